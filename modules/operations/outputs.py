"""What a deployment says of itself: the outputs in its remote state."""

import json
from typing import TYPE_CHECKING

from pydantic import BaseModel

from modules.target import Target, state_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class NotDeployedError(Exception):
    """The environment has no outputs on this target, or not all of them."""


class LoadGenerators(BaseModel):
    """What a load test's machines are started with.

    Attributes:
        workers: beside the master.
    """

    task_definition: str
    subnets: list[str]
    security_group: str
    log_group: str
    workers: int


class Outputs(BaseModel):
    """Names and addresses of an environment; no secret values."""

    endpoint: str
    cluster: str
    service: str
    database: str
    database_endpoint: str
    log_group: str
    master_key_secret: str
    salt_key_secret: str
    database_password_secret: str
    fault_templates: dict[str, str] | None = None
    """Ids of the FIS experiment templates by fault; None where drills are off."""
    load_test: LoadGenerators | None = None


def read_outputs(s3: "S3Client", target: Target, environment: str) -> Outputs:
    """The outputs of the environment's last apply.

    Raises:
        NotDeployedError: there is no state, or nothing in it, or a first apply ended halfway.
    """
    try:
        state = json.loads(s3.get_object(Bucket=target.state_bucket, Key=state_key(environment))["Body"].read())
    except (s3.exceptions.NoSuchKey, s3.exceptions.NoSuchBucket):
        state = {}
    values = {name: output["value"] for name, output in state.get("outputs", {}).items()}
    deploy = f"'make deploy{'' if target.rehearsal else ' TARGET=aws'} ENV={environment}'"
    if not values:
        raise NotDeployedError(f"{environment} is not deployed on {target}: run {deploy}")
    if missing := [name for name, one in Outputs.model_fields.items() if one.is_required() and name not in values]:
        raise NotDeployedError(
            f"{environment} is deployed on {target} in part: its first deployment ended before {', '.join(missing)} "
            f"{'was' if len(missing) == 1 else 'were'} there; {deploy} takes up where it ended"
        )
    return Outputs.model_validate(values)
