"""What the process reported, as the metrics that Elastic Load Balancing sends to CloudWatch each minute."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from modules.rehearsal.balancer.configuration import Configuration, Report

NAMESPACE = "AWS/ApplicationELB"
Put = Callable[..., None]


class Minute:
    """One of AWS's minutes of all load balancers."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str, str], int] = defaultdict(int)
        self._seconds: dict[tuple[str, str, str], list[float]] = defaultdict(list)
        self._hosts: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
        self._targets: dict[str, int] = {}
        self._balancers: dict[str, str] = {}

    def add(self, report: Report, told: Configuration) -> None:
        for count in report.counts:
            self._counts[count.load_balancer, count.target_group, count.zone, count.metric] += count.count
        for times in report.times:
            self._seconds[times.load_balancer, times.target_group, times.zone].extend(times.seconds)
        for group in told.target_groups:
            if not group.health_check.enabled or group.arn not in report.health:
                continue
            states = report.health[group.arn]
            registered = [
                (target.zone, states[name].state)
                for target in group.targets
                if (name := f"{target.id}:{target.port}") in states and not target.draining
            ]
            self._targets[group.arn] = len(registered)
            self._balancers[group.arn] = group.load_balancer
            for zone in {"", *(zone for zone, _ in registered)}:
                here = [state for its_zone, state in registered if zone in ("", its_zone)]
                place = (group.load_balancer, group.arn, zone)
                self._hosts[*place, "HealthyHostCount"].append(sum(state == "healthy" for state in here))
                self._hosts[*place, "UnHealthyHostCount"].append(sum(state == "unhealthy" for state in here))

    def put(self, put: Put) -> None:
        """Counts are sent when they are not zero, the numbers of hosts always (Elastic Load Balancing, "CloudWatch
        metrics for your Application Load Balancer")."""
        # RequestCount is the sum over target groups, and so on: each count is known in the most detail that it has.
        sums: dict[tuple[str, str, str, str], float] = defaultdict(float)
        for (balancer, group, zone, metric), number in self._counts.items():
            for place in _places(balancer, group, zone):
                sums[*place, metric] += number
        for (balancer, group, zone, metric), total in sums.items():
            _put(put, metric, balancer, group, zone, [total], "Count")
        seconds: dict[tuple[str, str, str], list[float]] = defaultdict(list)
        for (balancer, group, zone), measured in self._seconds.items():
            for place in _places(balancer, group, zone):
                seconds[place].extend(measured)
        for (balancer, group, zone), values in seconds.items():
            _put(put, "TargetResponseTime", balancer, group, zone, values, "Seconds")
        for (balancer, group, zone, metric), samples in self._hosts.items():
            # Of all samples, what an alarm on the minute's minimum or maximum has to see.
            _put(put, metric, balancer, group, zone, sorted({min(samples), max(samples)}), "Count")
        for group, targets in self._targets.items():
            balancer = self._balancers[group]
            requests = sums.get((balancer, group, "", "RequestCount"), 0)
            if targets and requests:
                _put(put, "RequestCountPerTarget", balancer, group, "", [requests / targets], "Count")
                region = group.split(":")[3]
                dimensions = {"TargetGroup": _suffix(group)}
                put(region, NAMESPACE, "RequestCountPerTarget", dimensions, [requests / targets], unit="Count")


def _places(balancer: str, group: str, zone: str) -> Iterator[tuple[str, str, str]]:
    yield balancer, "", ""
    if zone:
        yield balancer, "", zone
    if group:
        yield balancer, group, ""
        if zone:
            yield balancer, group, zone


def _put(put: Put, metric: str, balancer: str, group: str, zone: str, values: Sequence[float], unit: str) -> None:
    dimensions = {"LoadBalancer": _suffix(balancer)}
    if group:
        dimensions["TargetGroup"] = _suffix(group)
    if zone:
        dimensions["AvailabilityZone"] = zone
    put(balancer.split(":")[3], NAMESPACE, metric, dimensions, list(values), unit=unit)


def _suffix(arn: str) -> str:
    """`app/name/id` or `targetgroup/name/id`."""
    return arn.split(":", 5)[5].removeprefix("loadbalancer/")
