"""All that watches an environment, beside the alarms that a deployment waits for (user_alarms.py)."""

from constructs import Construct

from modules.architecture.alarms import Alarms
from modules.architecture.cache_alarms import CacheAlarms
from modules.architecture.dashboard import Dashboard, Sources
from modules.architecture.database import Database
from modules.architecture.database_alarms import DatabaseAlarms
from modules.architecture.fleet_alarms import FleetAlarms
from modules.architecture.load_balancer import LoadBalancer
from modules.architecture.log_alarms import LogAlarms
from modules.architecture.log_queries import LogQueries
from modules.architecture.metrics import LoadBalancerMetrics, ServiceMetrics
from modules.architecture.nat_alarms import NatAlarms
from modules.architecture.network import Network
from modules.architecture.service import Service
from modules.architecture.task_events import TaskEvents
from modules.settings import Environment
from modules.target import Target


class Watching(Construct):
    """Alarms, their two sums, events of tasks, dashboard and saved queries."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        environment: Environment,
        alarms: Alarms,
        network: Network,
        load_balancer: LoadBalancer,
        database: Database,
        service: Service,
        replication_group_id: str | None,
        flow_log_group_name: str | None,
    ) -> None:
        super().__init__(scope, id_)
        cache = environment.cache
        # ElastiCache names the nodes of a replication group by itself, in this way.
        members = [f"{replication_group_id}-{number:03}" for number in range(1, cache.nodes + 1)] if cache else []
        FleetAlarms(self, "fleet", alarms=alarms, service=service, environment=environment)
        DatabaseAlarms(
            self,
            "database",
            name=name,
            alarms=alarms,
            database=database,
            settings=environment.database,
            thresholds=environment.alarms,
        )
        if cache:
            CacheAlarms(self, "cache", alarms=alarms, member_ids=members, settings=cache, thresholds=environment.alarms)
        NatAlarms(self, "nat", alarms=alarms, gateway_ids=network.nat_gateway_ids)
        LogAlarms(self, "logs", name=name, alarms=alarms, log_group_name=service.log_group_name)
        TaskEvents(self, "events", name=name, target=target, alarms=alarms, service=service)
        alarms.composite(
            self,
            "users_hurt",
            meaning="users hurt",
            description="Users meet errors or wait: one of the alarms that say so is on",
        )
        alarms.composite(
            self,
            "redundancy_lost",
            meaning="redundancy lost",
            description="Users may not notice yet, but the next loss of the same kind would hurt them",
        )
        Dashboard(
            self,
            "dashboard",
            name=name,
            alarms=alarms,
            environment=environment,
            sources=Sources(
                load_balancer=LoadBalancerMetrics(
                    load_balancer=load_balancer.arn_suffix, target_group=load_balancer.target_group_arn_suffix
                ),
                service=ServiceMetrics(cluster=service.cluster_name, service=service.service_name),
                database=database.identifier,
                replica=database.read_replica_identifier,
                cache_members=members,
                nat_gateways=network.nat_gateway_ids,
            ),
        )
        LogQueries(
            self,
            "queries",
            name=name,
            log_group_name=service.log_group_name,
            overhead_metric=environment.litellm.overhead_metric,
            flow_log_group_name=flow_log_group_name,
        )
