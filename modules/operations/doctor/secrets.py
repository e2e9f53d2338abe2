"""Ages of secrets: since when each has the value that it has."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from modules.operations.examination.finding import Finding, bad, fine, warning
from modules.operations.outputs import Outputs
from modules.settings import Environment

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CURRENT = "AWSCURRENT"


def ages(
    secretsmanager: "SecretsManagerClient", outputs: Outputs, environment: Environment, now: datetime
) -> Iterator[Finding]:
    """Of all that can be renewed. The salt key never is: what LiteLLM encrypted with it could not be read any more."""
    renewals = {
        outputs.master_key_secret: "'make rotate-keys WHICH=master_key'; callers that use it need the new one",
        outputs.database_password_secret: "'make rotate-keys WHICH=database_password'",
        **dict.fromkeys(
            environment.litellm.provider_keys.values(),
            "make a new key at the provider, and store it in this secret; new tasks take it",
        ),
    }
    for name, renewal in renewals.items():
        yield _age(secretsmanager, name, renewal, environment.secrets.maximum_age_days, now)
    salt_key = secretsmanager.describe_secret(SecretId=outputs.salt_key_secret)
    if "DeletedDate" in salt_key:
        yield bad(
            f"{outputs.salt_key_secret} is to be deleted",
            f"at once: aws secretsmanager restore-secret --secret-id {outputs.salt_key_secret}",
        )
    else:
        yield fine(f"{outputs.salt_key_secret}: of any age, as it must never change")


def _age(
    secretsmanager: "SecretsManagerClient", name: str, renewal: str, maximum_days: int | None, now: datetime
) -> Finding:
    versions = secretsmanager.list_secret_version_ids(SecretId=name)["Versions"]
    current = next((one for one in versions if CURRENT in one["VersionStages"]), None)
    if current is None:
        return bad(f"{name} has no value", renewal)
    days = (now - current["CreatedDate"]).days
    if maximum_days is not None and days > maximum_days:
        return warning(f"{name} is {days} days old, secrets.maximum_age_days is {maximum_days}", renewal)
    return fine(f"{name} is {days} days old")
