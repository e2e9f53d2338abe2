"""The faults that a drill may cause, as AWS FIS experiment templates, and the one role that may cause them."""

import json
from collections.abc import Mapping, Sequence

from constructs import Construct

from modules.architecture import aws
from modules.architecture.database import Database
from modules.architecture.fault_permissions import (
    FIS,
    cut_subnets,
    deliver_logs,
    fail_over,
    hang_tasks,
    only_experiments,
    stop_tasks,
)
from modules.architecture.fault_template import Action, Aim, Surroundings, experiment_template
from modules.architecture.network import Network
from modules.architecture.roles import ServiceRole, Statement
from modules.architecture.service import Service
from modules.settings import Drills, Environment
from modules.target import Target

LOG_GROUP_PREFIX = "/aws/vendedlogs/fis/"


class Faults(Construct):
    """One template for each fault: it ends by itself, an alarm of users being hurt ends it earlier, and finding no
    target is a failure, not a success.

    A zone is lost to its tasks and its database: the network ACLs of its subnets deny everything. A database that has
    its primary there fails over at the same time, by a template of its own, because a failover with the primary in the
    other zone would go into the lost one: it finds no target then, and fails.

    Mitigating the loss of a zone is an operator's step, StartZonalShift on the load balancer: FIS could only trigger
    zonal autoshift, which shifts traffic by itself on other occasions, too.

    Attributes:
        template_ids: by fault: `stop-task`, `stop-share`, `hang-task`, `zone-<zone>`, `zone-<zone>-with-database`,
            `database-failover`; those that the environment can have.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        environment: Environment,
        settings: Drills,
        network: Network,
        database: Database,
        service: Service,
        stop_alarm_arns: Sequence[str],
        logs_key_arn: str | None,
    ) -> None:
        """
        Args:
            stop_alarm_arns: alarms of which any ends an experiment; up to five.
        """
        super().__init__(scope, id_)
        self._name = name
        self._duration = f"PT{settings.duration_minutes}M"
        subnets = {
            zone: [f"arn:aws:ec2:{target.region}:{target.account_id}:subnet/{subnet}" for subnet in ids]
            for zone, ids in network.own_subnet_ids.items()
        }
        all_subnets = [arn for arns in subnets.values() for arn in arns]
        log_group, delivery = self._log_group(target, environment, logs_key_arn)
        statements: list[Statement] = [
            *stop_tasks(service.cluster_name, service.cluster_arn, target),
            *(hang_tasks(service.cluster_name, target) if settings.hanging_task else []),
            *(cut_subnets(all_subnets, network.vpc_id, target) if all_subnets else []),
            *(fail_over(database.arn, target) if environment.database.multi_az else []),
            deliver_logs(),
        ]
        role = ServiceRole(
            self,
            "role",
            service=FIS,
            name=f"{name}-faults",
            account_id=target.account_id,
            statements=statements,
            condition=only_experiments(target),
        )
        faults = {
            **self._task_faults(settings, service, environment.service.port),
            **self._zone_faults(subnets, database if environment.database.multi_az else None),
        }
        around = Surroundings(
            name=name,
            role_arn=role.arn,
            log_group_arn=log_group.arn,
            stop_alarm_arns=stop_alarm_arns,
            needs=[delivery],
        )
        self.template_ids = {
            fault: experiment_template(self, fault, description, actions, around)
            for fault, (description, actions) in faults.items()
        }

    def _task_faults(self, settings: Drills, service: Service, port: int) -> dict[str, tuple[str, dict[str, Action]]]:
        share = settings.share_percent
        faults = {
            "stop-task": ("One task stops", {"stop": Action(id="aws:ecs:stop-task", aim=_tasks(service, "COUNT(1)"))}),
            "stop-share": (
                f"{share} % of the tasks stop at once",
                {"stop": Action(id="aws:ecs:stop-task", aim=_tasks(service, f"PERCENT({share})"))},
            ),
        }
        if settings.hanging_task:
            hang = Action(
                id="aws:ecs:task-network-blackhole-port",
                aim=_tasks(service, "COUNT(1)"),
                parameters={
                    "duration": self._duration,
                    "port": str(port),
                    "protocol": "tcp",
                    "trafficType": "ingress",
                    "useEcsFaultInjectionEndpoints": "true",
                },
            )
            faults["hang-task"] = ("One task takes requests and answers none", {"hang": hang})
        return faults

    def _zone_faults(
        self, subnets: Mapping[str, Sequence[str]], database: Database | None
    ) -> dict[str, tuple[str, dict[str, Action]]]:
        """
        Args:
            database: one that can fail over.
        """
        faults: dict[str, tuple[str, dict[str, Action]]] = {}
        for zone, arns in subnets.items():
            cut = Action(
                id="aws:network:disrupt-connectivity",
                aim=Aim(key="Subnets", resource_type="aws:ec2:subnet", arns=arns),
                parameters={"duration": self._duration, "scope": "all"},
            )
            faults[f"zone-{zone}"] = (f"{zone} is cut off", {"cut": cut})
            if database:
                faults[f"zone-{zone}-with-database"] = (
                    f"{zone} is cut off, and the database's primary in it fails over",
                    {"cut": cut, "fail-over": _failover(database, {"availabilityZoneIdentifiers": zone})},
                )
        if database:
            faults["database-failover"] = ("The database fails over", {"fail-over": _failover(database, {})})
        return faults

    def _log_group(
        self, target: Target, environment: Environment, key_arn: str | None
    ) -> tuple[
        aws.cloudwatch_log_group.CloudwatchLogGroup, aws.cloudwatch_log_resource_policy.CloudwatchLogResourcePolicy
    ]:
        """What the experiments did, and who may write it."""
        log_group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "logs",
            name=f"{LOG_GROUP_PREFIX}{self._name}",
            retention_in_days=environment.logs.retention_days,
            kms_key_id=key_arn,
        )
        account = f"arn:aws:logs:{target.region}:{target.account_id}"
        statement: Statement = {
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"{log_group.arn}:*"],
            "Condition": {
                "StringEquals": {"aws:SourceAccount": target.account_id},
                "ArnLike": {"aws:SourceArn": f"{account}:*"},
            },
        }
        # Without one AWS makes a policy itself, for which the role would need the right to write policies.
        delivery = aws.cloudwatch_log_resource_policy.CloudwatchLogResourcePolicy(
            self,
            "delivery",
            policy_name=f"{self._name}-faults",
            policy_document=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        return log_group, delivery


def _tasks(service: Service, selection: str) -> Aim:
    """Of the service alone: tasks that are run for a migration are not in it."""
    return Aim(
        key="Tasks",
        resource_type="aws:ecs:task",
        selection=selection,
        parameters={"cluster": service.cluster_name, "service": service.service_name},
    )


def _failover(database: Database, parameters: Mapping[str, str]) -> Action:
    return Action(
        id="aws:rds:reboot-db-instances",
        aim=Aim(key="DBInstances", resource_type="aws:rds:db", arns=[database.arn], parameters=parameters),
        parameters={"forceFailover": "true"},
    )
