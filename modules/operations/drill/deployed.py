"""What a drill watches and demands of a deployment, found from its outputs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import boto3

from modules.operations.drill import preconditions, sources
from modules.operations.drill.blast_radius import leaves_enough
from modules.operations.drill.clients import Fis
from modules.operations.drill.observation import Watched
from modules.operations.drill.preconditions import Check
from modules.operations.outputs import Outputs

FAST_SECONDS = 1.0
"""Target health and the service: recovery is measured by them."""
SLOW_SECONDS = 5.0
"""Whatever brings its own times along, so that asking seldom costs no precision."""
ALARM_SECONDS = 10.0
"""CloudWatch allows few calls for alarms' history; alarms change by the minute."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    session: boto3.Session
    cluster: str
    service: str
    database: str
    target_group_arn: str
    load_balancer_arn: str

    @classmethod
    def find(cls, session: boto3.Session, outputs: Outputs) -> Self:
        """
        Raises:
            botocore.exceptions.ClientError: something of the deployment is gone.
        """
        described = session.client("ecs").describe_services(cluster=outputs.cluster, services=[outputs.service])
        group_arn = described["services"][0]["loadBalancers"][0]["targetGroupArn"]
        group = session.client("elbv2").describe_target_groups(TargetGroupArns=[group_arn])["TargetGroups"][0]
        return cls(
            session=session,
            cluster=outputs.cluster,
            service=outputs.service,
            database=outputs.database,
            target_group_arn=group_arn,
            load_balancer_arn=group["LoadBalancerArns"][0],
        )

    def sources(self, alarms: Collection[str], since: float) -> list[Watched]:
        """
        Args:
            since: nothing that happened before is told.
        """
        ecs, rds = self.session.client("ecs"), self.session.client("rds")
        return [
            sources.targets(self.session.client("elbv2"), self.target_group_arn, FAST_SECONDS),
            sources.service(ecs, self.cluster, self.service, since, FAST_SECONDS),
            sources.tasks(ecs, self.cluster, self.service, since, SLOW_SECONDS),
            sources.database(rds, self.database, FAST_SECONDS),
            sources.database_events(rds, self.database, since, SLOW_SECONDS),
            sources.alarms(self.session.client("cloudwatch"), alarms, since, ALARM_SECONDS),
        ]

    def checks(
        self, *, template_id: str, alarms: Sequence[str], least_survivors: int, needs_standby: bool
    ) -> Mapping[str, Check]:
        """The preconditions beside those that every drill has.

        Args:
            least_survivors: healthy tasks that the experiment has to leave.
            needs_standby: the fault is the database's failover.
        """
        ec2, elbv2 = self.session.client("ec2"), self.session.client("elbv2")
        fis: Fis = self.session.client("fis")
        standby = {"standby": lambda: preconditions.standby_database(self.session.client("rds"), self.database)}
        return {
            "service": lambda: preconditions.steady_service(self.session.client("ecs"), self.cluster, self.service),
            "targets": lambda: preconditions.healthy_targets(elbv2, self.target_group_arn),
            "alarms": lambda: preconditions.quiet_alarms(self.session.client("cloudwatch"), alarms),
            "blast radius": lambda: leaves_enough(
                fis,
                ec2,
                elbv2,
                template_id=template_id,
                target_group_arn=self.target_group_arn,
                least_survivors=least_survivors,
            ),
            **(standby if needs_standby else {}),
        }


def stop_alarms(fis: Fis, template_id: str) -> list[str]:
    """Names of the alarms that end the template's experiments."""
    template = fis.get_experiment_template(id=template_id)["experimentTemplate"]
    return [
        condition["value"].partition(":alarm:")[2]
        for condition in template.get("stopConditions", [])
        if condition["source"] == "aws:cloudwatch:alarm"
    ]
