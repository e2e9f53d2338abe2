"""Alarms on the NAT gateways: the tasks' way to the LLM providers."""

from collections.abc import Mapping

from constructs import Construct

from modules.architecture.alarms import Alarms
from modules.architecture.metrics import nat_gateway_metric


class NatAlarms(Construct):
    """Connections that a gateway has no port for: 55,000 at once to one address of a provider (Amazon VPC User Guide,
    "NAT gateways")."""

    def __init__(self, scope: Construct, id_: str, *, alarms: Alarms, gateway_ids: Mapping[str, str]) -> None:
        """
        Args:
            gateway_ids: by zone.
        """
        super().__init__(scope, id_)
        for zone, gateway_id in gateway_ids.items():
            alarms.add(
                self,
                "nat_ports",
                of=zone,
                meaning="filling up",
                description=f"The NAT gateway in {zone} has no port left for a new connection",
                watched=nat_gateway_metric(gateway_id, "ErrorPortAllocation"),
                comparison="GreaterThanThreshold",
                threshold=0,
                minutes=1,
                missing="notBreaching",
            )
