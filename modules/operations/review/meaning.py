"""What part of the architecture a resource is of."""

import re

GROUPS = {
    "Database": r"aws_db_(?!event).*",
    "Cache": r"aws_elasticache_.*",
    "Secrets and keys": r"aws_(secretsmanager|kms)_.*",
    "Load balancer and names": r"aws_(lb|lb_.*|acm_.*|route53_.*)",
    "Tasks": r"aws_(ecs|appautoscaling)_.*|aws_s3_object|terraform_data",
    "Who may reach whom": r"aws_(.*security_group.*|wafv2_.*)",
    "Who may do what": r"aws_iam_.*",
    "Network": r"aws_(vpc|subnet|route|internet_gateway|nat_gateway|eip|network)(_.*)?",
    "Logs and audit": r"aws_(s3_bucket.*|cloudtrail|flow_log|kinesis_.*"
    r"|cloudwatch_log_(group|stream|resource_policy|subscription_filter))",
    "Alarms and dashboards": r"aws_(cloudwatch_.*|sns_.*|db_event_.*|budgets_.*)",
    "Drills": r"aws_fis_.*",
    "Load tests": r"aws_service_discovery_.*",
}
"""Patterns of resource types; the first that fits decides. What fails worst comes first, as on the page."""
OTHER = "Other"


def group_of(type_: str) -> str:
    return next((name for name, pattern in GROUPS.items() if re.fullmatch(pattern, type_)), OTHER)
