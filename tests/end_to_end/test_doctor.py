"""`make doctor` finds nothing wrong with a deployment as it was made, and names what somebody changed by hand."""

from collections.abc import Iterator

import pytest

from .checkout import Checkout, Result
from .conftest import Aws

pytestmark = pytest.mark.end_to_end
LOG_GROUP = "/ecs/benchmark-litellm"
SSH_FROM_ANYWHERE = {
    "IpProtocol": "tcp",
    "FromPort": 22,
    "ToPort": 22,
    "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
}


@pytest.fixture
def changed_by_hand(deployment: Result, aws: Aws) -> Iterator[None]:
    """A log group that keeps less, and a port that is open to everybody, for as long as a test takes."""
    logs, ec2 = aws("logs"), aws("ec2")
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["benchmark-litellm-service"]}])[
        "SecurityGroups"
    ]
    (before,) = logs.describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"]
    logs.put_retention_policy(logGroupName=LOG_GROUP, retentionInDays=1)
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[SSH_FROM_ANYWHERE])
    yield
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[SSH_FROM_ANYWHERE])
    logs.put_retention_policy(logGroupName=LOG_GROUP, retentionInDays=before["retentionInDays"])


def test_a_deployment_as_it_was_made_is_well(checkout: Checkout, deployment: Result) -> None:
    found = checkout.make("doctor")

    assert found.code == 0, found.output
    assert "all resources are as the configuration wants them" in found.output
    assert "BAD" not in found.output


def test_what_was_changed_by_hand_is_named_also_where_terraform_does_not_look(
    checkout: Checkout, changed_by_hand: None
) -> None:
    found = checkout.make("doctor")

    assert found.code != 0
    assert "was changed outside Terraform: retention_in_days 7 -> 1" in found.output
    assert "benchmark-litellm-service has a rule that Terraform did not make: tcp 22 to 22 from 0.0.0.0/0" in (
        " ".join(found.output.split())
    )
    assert "is not as it should be: drift, security groups" in " ".join(found.output.split())
