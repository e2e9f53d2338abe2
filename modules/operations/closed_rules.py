"""Whether the admin paths are closed to strangers by the load balancer's rules, wherever the question is asked from."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from ipaddress import ip_network
from typing import TYPE_CHECKING

from modules.operations.closed_paths import PATHS
from modules.operations.examination.finding import Finding, bad, fine
from modules.operations.outputs import Outputs

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import RuleConditionOutputTypeDef, RuleTypeDef


def closed_rules(ecs: "ECSClient", elbv2: "ElasticLoadBalancingv2Client", outputs: Outputs) -> Iterator[Finding]:
    """A finding for each listener."""
    service = ecs.describe_services(cluster=outputs.cluster, services=[outputs.service])["services"][0]
    group_arn = service["loadBalancers"][0]["targetGroupArn"]
    balancer_arn = elbv2.describe_target_groups(TargetGroupArns=[group_arn])["TargetGroups"][0]["LoadBalancerArns"][0]
    for listener in elbv2.describe_listeners(LoadBalancerArn=balancer_arn)["Listeners"]:
        rules = [
            rule
            for page in elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener["ListenerArn"])
            for rule in page["Rules"]
        ]
        name = f"{listener['Protocol']} on port {listener['Port']}"
        if forwarded := open_to_strangers(rules, PATHS):
            yield bad(
                f"{name} forwards strangers to {', '.join(forwarded)}",
                "'make plan' shows whether the rules were changed; 'make deploy' puts them back",
            )
        else:
            yield fine(f"{name}: its rules close {len(PATHS)} admin paths to all but load_balancer.admin_cidrs")


def open_to_strangers(rules: "Sequence[RuleTypeDef]", paths: Sequence[str]) -> list[str]:
    """Those of the paths that are forwarded for an address that no rule names; the default rule is among the rules."""
    ordered = sorted(rules, key=lambda rule: (rule["IsDefault"], 0 if rule["IsDefault"] else int(rule["Priority"])))
    return [path for path in paths if _forwards(ordered, path)]


def _forwards(ordered: "Sequence[RuleTypeDef]", path: str) -> bool:
    first = next(rule for rule in ordered if all(_matches(one, path) for one in rule.get("Conditions", [])))
    return first["Actions"][-1]["Type"] == "forward"


def _matches(condition: "RuleConditionOutputTypeDef", path: str) -> bool:
    """Whatever else a rule wants, a stranger may have."""
    match condition["Field"]:
        case "path-pattern":
            return any(fnmatchcase(path, pattern) for pattern in condition["PathPatternConfig"]["Values"])
        case "source-ip":
            return any(ip_network(cidr).prefixlen == 0 for cidr in condition["SourceIpConfig"]["Values"])
    return True
