"""The parts of AWS's API that a drill uses and for which the project has no typed client."""

from collections.abc import Mapping
from typing import Any, Protocol


class Fis(Protocol):
    """`boto3.client("fis")`."""

    def get_experiment_template(self, *, id: str) -> Mapping[str, Any]: ...

    def start_experiment(self, *, experimentTemplateId: str) -> Mapping[str, Any]: ...  # noqa: N803  AWS's name

    def get_experiment(self, *, id: str) -> Mapping[str, Any]: ...

    def stop_experiment(self, *, id: str) -> Mapping[str, Any]: ...

    def list_experiments(self, **request: str) -> Mapping[str, Any]: ...


class CloudWatch(Protocol):
    """`boto3.client("cloudwatch")`."""

    def describe_alarms(self, **request: Any) -> Mapping[str, Any]: ...

    def describe_alarm_history(self, **request: Any) -> Mapping[str, Any]: ...
