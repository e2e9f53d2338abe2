"""Security group rules keep their descriptions, and what is deleted is gone."""

import pytest

from .conftest import AwsClient


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_rule_keeps_its_description_whatever_it_names(
    aws: AwsClient, network: dict[str, list[str]], direction: str
) -> None:
    ec2, (group,) = aws("ec2"), network["securityGroups"]
    (prefix_list,) = ec2.describe_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": ["com.amazonaws.us-east-1.s3"]}]
    )["PrefixLists"]
    rule = {"IpProtocol": "tcp", "FromPort": 4000, "ToPort": 4000}
    getattr(ec2, f"authorize_security_group_{direction}")(
        GroupId=group,
        IpPermissions=[
            {**rule, "UserIdGroupPairs": [{"GroupId": group, "Description": "from the load balancer"}]},
            {**rule, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "from the office"}]},
            {**rule, "PrefixListIds": [{"PrefixListId": prefix_list["PrefixListId"], "Description": "S3"}]},
        ],
    )
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    described = {one.get("Description") for one in rules if one["IsEgress"] is (direction == "egress")}
    assert {"from the load balancer", "from the office", "S3"} <= described


@pytest.mark.parametrize("kind", ["Gateway", "Interface"])
def test_a_deleted_endpoint_is_gone(aws: AwsClient, network: dict[str, list[str]], kind: str) -> None:
    ec2 = aws("ec2")
    vpc = ec2.describe_subnets(SubnetIds=network["subnets"])["Subnets"][0]["VpcId"]
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType=kind)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpoint"]["VpcEndpointId"]])
    found = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["VpcEndpoints"]
    assert found == []
