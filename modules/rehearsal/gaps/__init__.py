"""What AWS does and moto 5.2.5 does not, closed beside moto: one module for each service, one function for each gap.

Only what the architecture meets is here. When moto learns one of these, its function is to be dropped.
"""

from modules.rehearsal.gaps import (
    acm,
    application_autoscaling,
    arc_zonal_shift,
    budgets,
    cloudtrail,
    cloudwatch,
    core,
    ec2,
    ecs,
    elasticache,
    elasticache_groups,
    elasticache_users,
    elbv2,
    events,
    fis,
    iam,
    kms,
    logs,
    rds,
    rds_instances,
    rds_restore,
    s3,
    secretsmanager,
    sns,
)

_SERVICES = (
    core,
    acm,
    application_autoscaling,
    arc_zonal_shift,
    budgets,
    cloudtrail,
    cloudwatch,
    ec2,
    ecs,
    elasticache,
    elasticache_groups,
    elasticache_users,
    elbv2,
    events,
    fis,
    iam,
    kms,
    logs,
    rds,
    rds_instances,
    rds_restore,
    s3,
    secretsmanager,
    sns,
)


def install() -> None:
    """Closes every gap, in this process; refuses when moto's internals are not what the patches were written for."""
    for service in _SERVICES:
        service.install()
