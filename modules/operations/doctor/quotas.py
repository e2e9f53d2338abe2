"""Quotas of the account, and free addresses in the tasks' subnets, against what the environment takes at its worst."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import botocore.exceptions

from modules.operations.examination.finding import Finding, bad, fine, unknown, warning
from modules.operations.outputs import Outputs
from modules.planning.connections import tasks_in_deployment
from modules.planning.fargate import CPU_UNITS_PER_VCPU
from modules.settings import Environment

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecs import ECSClient

FARGATE_VCPUS = ("fargate", "L-3032A538")
"""Service Quotas' codes: Fargate On-Demand vCPU resource count."""
NETWORK_INTERFACES = ("vpc", "L-DF5E4CA3")
"""Network interfaces per Region."""
ELASTIC_ADDRESSES = ("ec2", "L-0263D0A3")
"""EC2-VPC Elastic IPs."""
UNKNOWN_ERRORS = ("NoSuchResourceException", "NoSuchResource", "AccessDeniedException")


def account(service_quotas: Any, ec2: "EC2Client", environment: Environment) -> Iterator[Finding]:
    tasks = _most_tasks(environment)
    vcpus = environment.service.cpu_units / CPU_UNITS_PER_VCPU
    yield _judged(
        service_quotas,
        FARGATE_VCPUS,
        "Fargate vCPUs",
        tasks * vcpus,
        f"this environment takes up to {tasks * vcpus:g} in a deployment at the maximum of {tasks} tasks",
    )
    interfaces = sum(
        len(page["NetworkInterfaces"]) for page in ec2.get_paginator("describe_network_interfaces").paginate()
    )
    yield _judged(
        service_quotas,
        NETWORK_INTERFACES,
        "network interfaces",
        interfaces + tasks - environment.service.desired_tasks,
        f"{interfaces} are there, and up to {tasks - environment.service.desired_tasks} more tasks want one each",
    )
    addresses = len(ec2.describe_addresses()["Addresses"])
    yield _judged(service_quotas, ELASTIC_ADDRESSES, "elastic IP addresses", addresses, f"{addresses} are there")


def free_addresses(ecs: "ECSClient", ec2: "EC2Client", outputs: Outputs, environment: Environment) -> Iterator[Finding]:
    """Whether a deployment at the maximum of tasks finds an address for each, also with all of them in one subnet's
    share."""
    service = ecs.describe_services(cluster=outputs.cluster, services=[outputs.service])["services"][0]
    subnets = ec2.describe_subnets(SubnetIds=service["networkConfiguration"]["awsvpcConfiguration"]["subnets"])
    wanted = -(-(_most_tasks(environment) - service["runningCount"]) // len(subnets["Subnets"]))
    for subnet in subnets["Subnets"]:
        free = subnet["AvailableIpAddressCount"]
        what = f"{subnet['SubnetId']} in {subnet['AvailabilityZone']} has {free} free addresses"
        if free < wanted:
            yield bad(
                f"{what}, a deployment at the maximum takes {wanted} more",
                "find what else took them; larger network.private_subnet_cidrs take a new VPC",
            )
        else:
            yield fine(f"{what}; at most {wanted} more are needed")


def _most_tasks(environment: Environment) -> int:
    service = environment.service
    return tasks_in_deployment(service.maximum_tasks, service.deployment.maximum_percent)


def _judged(service_quotas: Any, quota: tuple[str, str], name: str, needed: float, arithmetic: str) -> Finding:
    service, code = quota
    try:
        allowed = service_quotas.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"]
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in UNKNOWN_ERRORS:
            raise
        return unknown(f"the quota of {name} ({service} {code}) is not told; {arithmetic}")
    what = f"{name}: the account's quota is {allowed:g}; {arithmetic}"
    if needed > allowed:
        return warning(
            what,
            f"raise it: aws service-quotas request-service-quota-increase --service-code {service} "
            f"--quota-code {code} --desired-value N",
        )
    return fine(what)
