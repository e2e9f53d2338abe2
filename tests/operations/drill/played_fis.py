"""As much of AWS FIS as a drill sees; each answer and each error has the shape that botocore's model gives it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .shapes import answer as shaped, error

TEMPLATE = "EXT0123456789"


def answer(operation: str, content: dict[str, Any]) -> dict[str, Any]:
    return shaped("fis", operation, content)


@dataclass
class Experiment:
    """
    Attributes:
        lasts_seconds: until it ends by itself.
        ends_as: what it is then.
    """

    id: str
    template: str
    began: float
    lasts_seconds: float
    ends_as: str = "completed"
    reason: str = ""
    stopped: float | None = None

    def status(self, now: float) -> str:
        if self.stopped is not None:
            return "stopping" if now < self.stopped + 2 else "stopped"
        if now < self.began + 1:
            return "initiating"
        return "running" if now < self.began + self.lasts_seconds else self.ends_as


@dataclass
class PlayedFis:
    """
    Attributes:
        trouble: errors that the next calls of an operation answer with, by the operation's name.
        lose_the_answer: the experiment starts, but whoever started it never hears of it.
    """

    now: float = 1_800_000_000.0
    lasts_seconds: float = 30
    ends_as: str = "completed"
    reason: str = ""
    experiments: dict[str, Experiment] = field(default_factory=dict)
    template: dict[str, Any] = field(default_factory=dict)
    trouble: dict[str, list[Exception]] = field(default_factory=dict)
    lose_the_answer: BaseException | None = None
    page_size: int = 2
    listed_after_seconds: float = 0
    asked: list[str] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def get_experiment_template(self, *, id: str) -> Any:
        self._called("GetExperimentTemplate")
        if id != TEMPLATE:
            raise error("ResourceNotFoundException", "GetExperimentTemplate")
        template = {
            "id": id,
            "stopConditions": [{"source": "aws:cloudwatch:alarm", "value": "arn:aws:cloudwatch:alarm"}],
            "experimentOptions": {"emptyTargetResolutionMode": "fail"},
            "targets": {"tasks": {"resourceType": "aws:ecs:task", "selectionMode": "COUNT(1)"}},
            **self.template,
        }
        return answer("GetExperimentTemplate", {"experimentTemplate": template})

    def start_experiment(self, *, experimentTemplateId: str) -> Any:  # noqa: N803  AWS's name
        self._called("StartExperiment")
        id_ = f"EXP{len(self.experiments) + 1}"
        self.begin(id_, experimentTemplateId)
        if self.lose_the_answer:
            raise self.lose_the_answer
        return answer("StartExperiment", {"experiment": self._shown(self.experiments[id_])})

    def begin(self, id_: str, template: str = TEMPLATE) -> None:
        self.experiments[id_] = Experiment(id_, template, self.now, self.lasts_seconds, self.ends_as, self.reason)

    def get_experiment(self, *, id: str) -> Any:
        self._called("GetExperiment")
        if id not in self.experiments:
            raise error("ResourceNotFoundException", "GetExperiment")
        return answer("GetExperiment", {"experiment": self._shown(self.experiments[id])})

    def stop_experiment(self, *, id: str) -> Any:
        self._called("StopExperiment")
        experiment = self.experiments[id]
        if experiment.status(self.now) not in ("initiating", "running"):
            raise error("ValidationException", "StopExperiment")
        experiment.stopped = self.now
        return answer("StopExperiment", {"experiment": self._shown(experiment)})

    def list_experiments(self, **request: str) -> Any:
        self._called("ListExperiments")
        first = int(request.get("nextToken", "0"))
        listed = [one for one in self.experiments.values() if self.now >= one.began + self.listed_after_seconds]
        page: dict[str, Any] = {
            "experiments": [
                {"id": one.id, "experimentTemplateId": one.template, "state": {"status": one.status(self.now)}}
                for one in listed[first : first + self.page_size]
            ]
        }
        if first + self.page_size < len(listed):
            page["nextToken"] = str(first + self.page_size)
        return answer("ListExperiments", page)

    def under_way(self) -> list[str]:
        return [
            one.id for one in self.experiments.values() if one.status(self.now) in ("initiating", "running", "stopping")
        ]

    def _shown(self, one: Experiment) -> dict[str, Any]:
        status = one.status(self.now)
        action: dict[str, Any] = {"actionId": "aws:ecs:stop-task", "state": {"status": "running"}}
        if status != "initiating":
            action["startTime"] = datetime.fromtimestamp(one.began + 1, UTC)
        if status in ("completed", "failed", "stopped"):
            ended = one.stopped or one.began + one.lasts_seconds
            action |= {"endTime": datetime.fromtimestamp(ended, UTC), "state": {"status": status}}
        state = {"status": status} | ({"reason": one.reason} if one.reason else {})
        return {"id": one.id, "experimentTemplateId": one.template, "state": state, "actions": {"stop": action}}

    def _called(self, operation: str) -> None:
        self.asked.append(operation)
        if self.trouble.get(operation):
            raise self.trouble[operation].pop(0)
