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
    acm_certificate as acm_certificate,
    acm_certificate_validation as acm_certificate_validation,
    appautoscaling_policy as appautoscaling_policy,
    appautoscaling_scheduled_action as appautoscaling_scheduled_action,
    appautoscaling_target as appautoscaling_target,
    budgets_budget as budgets_budget,
    cloudtrail as cloudtrail,
    cloudwatch_composite_alarm as cloudwatch_composite_alarm,
    cloudwatch_dashboard as cloudwatch_dashboard,
    cloudwatch_event_rule as cloudwatch_event_rule,
    cloudwatch_event_target as cloudwatch_event_target,
    cloudwatch_log_group as cloudwatch_log_group,
    cloudwatch_log_metric_filter as cloudwatch_log_metric_filter,
    cloudwatch_log_resource_policy as cloudwatch_log_resource_policy,
    cloudwatch_log_stream as cloudwatch_log_stream,
    cloudwatch_log_subscription_filter as cloudwatch_log_subscription_filter,
    cloudwatch_metric_alarm as cloudwatch_metric_alarm,
    cloudwatch_query_definition as cloudwatch_query_definition,
    data_aws_prefix_list as data_aws_prefix_list,
    data_aws_route53_zone as data_aws_route53_zone,
    data_aws_secretsmanager_secret as data_aws_secretsmanager_secret,
    db_event_subscription as db_event_subscription,
    db_instance as db_instance,
    db_instance_automated_backups_replication as db_instance_automated_backups_replication,
    db_parameter_group as db_parameter_group,
    db_subnet_group as db_subnet_group,
    default_security_group as default_security_group,
    ecs_cluster as ecs_cluster,
    ecs_cluster_capacity_providers as ecs_cluster_capacity_providers,
    ecs_service as ecs_service,
    ecs_task_definition as ecs_task_definition,
    eip as eip,
    elasticache_parameter_group as elasticache_parameter_group,
    elasticache_replication_group as elasticache_replication_group,
    elasticache_subnet_group as elasticache_subnet_group,
    elasticache_user as elasticache_user,
    elasticache_user_group as elasticache_user_group,
    fis_experiment_template as fis_experiment_template,
    flow_log as flow_log,
    iam_role as iam_role,
    iam_role_policy as iam_role_policy,
    iam_role_policy_attachment as iam_role_policy_attachment,
    internet_gateway as internet_gateway,
    kinesis_firehose_delivery_stream as kinesis_firehose_delivery_stream,
    kms_alias as kms_alias,
    kms_key as kms_key,
    lb as lb,
    lb_listener as lb_listener,
    lb_listener_rule as lb_listener_rule,
    lb_target_group as lb_target_group,
    nat_gateway as nat_gateway,
    provider as provider,
    route as route,
    route53_record as route53_record,
    route_table as route_table,
    route_table_association as route_table_association,
    s3_bucket as s3_bucket,
    s3_bucket_lifecycle_configuration as s3_bucket_lifecycle_configuration,
    s3_bucket_logging as s3_bucket_logging,
    s3_bucket_notification as s3_bucket_notification,
    s3_bucket_ownership_controls as s3_bucket_ownership_controls,
    s3_bucket_policy as s3_bucket_policy,
    s3_bucket_public_access_block as s3_bucket_public_access_block,
    s3_bucket_replication_configuration as s3_bucket_replication_configuration,
    s3_bucket_server_side_encryption_configuration as s3_bucket_server_side_encryption_configuration,
    s3_bucket_versioning as s3_bucket_versioning,
    s3_object as s3_object,
    secretsmanager_secret as secretsmanager_secret,
    secretsmanager_secret_policy as secretsmanager_secret_policy,
    secretsmanager_secret_version as secretsmanager_secret_version,
    security_group as security_group,
    service_discovery_private_dns_namespace as service_discovery_private_dns_namespace,
    service_discovery_service as service_discovery_service,
    sns_topic as sns_topic,
    sns_topic_policy as sns_topic_policy,
    sns_topic_subscription as sns_topic_subscription,
    subnet as subnet,
    vpc as vpc,
    vpc_endpoint as vpc_endpoint,
    vpc_security_group_egress_rule as vpc_security_group_egress_rule,
    vpc_security_group_ingress_rule as vpc_security_group_ingress_rule,
    wafv2_web_acl as wafv2_web_acl,
    wafv2_web_acl_association as wafv2_web_acl_association,
    wafv2_web_acl_logging_configuration as wafv2_web_acl_logging_configuration,
)
