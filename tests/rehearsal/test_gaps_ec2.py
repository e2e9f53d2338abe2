"""Security group rules keep their descriptions."""

import pytest

from .conftest import AwsClient


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_rule_keeps_its_description_whether_it_names_a_group_or_addresses(
    aws: AwsClient, network: dict[str, list[str]], direction: str
) -> None:
    ec2, (group,) = aws("ec2"), network["securityGroups"]
    rule = {"IpProtocol": "tcp", "FromPort": 4000, "ToPort": 4000}
    getattr(ec2, f"authorize_security_group_{direction}")(
        GroupId=group,
        IpPermissions=[
            {**rule, "UserIdGroupPairs": [{"GroupId": group, "Description": "from the load balancer"}]},
            {**rule, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "from the office"}]},
        ],
    )
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    described = {one.get("Description") for one in rules if one["IsEgress"] is (direction == "egress")}
    assert {"from the load balancer", "from the office"} <= described
