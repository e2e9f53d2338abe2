"""The AWS provider's bindings that the constructs use: the only place that imports them.

The bindings' root package imports all of its 2,000 submodules, which costs eight seconds in every synthesis, whichever
one is asked for (hashicorp/terraform-cdk#3753). A root of that name with a path and no content lets Python find the
submodules and skips the rest; the synthesized JSON is the same (tests/architecture/test_provider_import.py). The
bindings of CDK Terrain load lazily: on moving there, the shim goes and the import below changes its package's name.
"""

import importlib.util
import sys

_BINDINGS = "cdktf_cdktf_provider_aws"
if _BINDINGS not in sys.modules:
    _spec = importlib.util.find_spec(_BINDINGS)
    if _spec is None:
        raise ModuleNotFoundError(f"{_BINDINGS} is not installed; run 'make setup'")
    sys.modules[_BINDINGS] = importlib.util.module_from_spec(_spec)

from cdktf_cdktf_provider_aws import (  # noqa: E402, the shim has to come first
    acm_certificate,
    acm_certificate_validation,
    appautoscaling_policy,
    appautoscaling_target,
    cloudwatch_log_group,
    cloudwatch_metric_alarm,
    data_aws_route53_zone,
    db_instance,
    db_parameter_group,
    db_subnet_group,
    default_security_group,
    ecs_cluster,
    ecs_service,
    ecs_task_definition,
    eip,
    flow_log,
    iam_role,
    iam_role_policy,
    internet_gateway,
    lb,
    lb_listener,
    lb_target_group,
    nat_gateway,
    provider,
    route,
    route53_record,
    route_table,
    route_table_association,
    s3_bucket,
    s3_bucket_lifecycle_configuration,
    s3_bucket_policy,
    s3_bucket_public_access_block,
    s3_bucket_server_side_encryption_configuration,
    s3_bucket_versioning,
    s3_object,
    secretsmanager_secret,
    secretsmanager_secret_version,
    security_group,
    subnet,
    vpc,
    vpc_endpoint,
    vpc_security_group_egress_rule,
    vpc_security_group_ingress_rule,
)

__all__ = [
    "acm_certificate",
    "acm_certificate_validation",
    "appautoscaling_policy",
    "appautoscaling_target",
    "cloudwatch_log_group",
    "cloudwatch_metric_alarm",
    "data_aws_route53_zone",
    "db_instance",
    "db_parameter_group",
    "db_subnet_group",
    "default_security_group",
    "ecs_cluster",
    "ecs_service",
    "ecs_task_definition",
    "eip",
    "flow_log",
    "iam_role",
    "iam_role_policy",
    "internet_gateway",
    "lb",
    "lb_listener",
    "lb_target_group",
    "nat_gateway",
    "provider",
    "route",
    "route53_record",
    "route_table",
    "route_table_association",
    "s3_bucket",
    "s3_bucket_lifecycle_configuration",
    "s3_bucket_policy",
    "s3_bucket_public_access_block",
    "s3_bucket_server_side_encryption_configuration",
    "s3_bucket_versioning",
    "s3_object",
    "secretsmanager_secret",
    "secretsmanager_secret_version",
    "security_group",
    "subnet",
    "vpc",
    "vpc_endpoint",
    "vpc_security_group_egress_rule",
    "vpc_security_group_ingress_rule",
]
