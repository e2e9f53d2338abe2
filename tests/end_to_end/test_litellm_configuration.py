"""The files that tasks read at their start, through changes that end halfway: the real Terraform on their bucket."""

from pathlib import Path

import pytest
from cdktf import App, DataResource, LocalExecProvisioner

from modules.architecture.base_stack import BaseStack
from modules.architecture.litellm_configuration import LiteLLMConfiguration
from modules.target import Target

from .checkout import Checkout, Result

pytestmark = pytest.mark.end_to_end
TARGET = Target(account_id="123456789012", region="us-east-1", rehearsal=True)
BUCKET = f"files-configuration-{TARGET.account_id}"


def write_stack(directory: Path, content: str, *, then: str) -> None:
    """LiteLLM's files and, in the service's place, a step after them that runs `then` whenever they change."""
    app = App(outdir=str(directory))
    stack = BaseStack(app, "files", target=TARGET, tags={}, local_states=directory)
    files = LiteLLMConfiguration(
        stack,
        "configuration",
        name="files",
        account_id=TARGET.account_id,
        content=content,
        overhead_metric=True,
        key_arn=None,
        access_logs_to=None,
    )
    # Terraform's provider takes most of a minute to believe that a bucket has its rules.
    files.node.find_child("bucket").node.try_remove_child("lifecycle")
    DataResource(
        stack,
        "service",
        triggers_replace={"file": files.object_key},
        provisioners=[LocalExecProvisioner(type="local-exec", command=then)],
    )
    app.synth()


def test_taking_a_change_back_that_ended_halfway_leaves_the_tasks_their_files(
    checkout: Checkout, tmp_path: Path
) -> None:
    terraform = f"terraform -chdir={tmp_path}/stacks/files"
    init_and_apply = f"{terraform} init -input=false && {terraform} apply -auto-approve -input=false"

    def apply(content: str, then: str) -> Result:
        write_stack(tmp_path, content, then=then)
        return checkout.shell(init_and_apply)

    def files() -> list[str]:
        return sorted(found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"])

    s3 = checkout.client("s3")
    first = apply("litellm_settings: {drop_params: true}", then="true")
    assert first.code == 0, first.output
    before = files()
    halfway = apply("litellm_settings: {drop_params: false}", then="false")
    assert halfway.code != 0
    assert set(before) < set(files()), "running tasks keep their file, new ones find theirs"

    back = apply("litellm_settings: {drop_params: true}", then="true")

    assert back.code == 0, back.output
    assert files() == before
