"""An environment's costs: its files, its Terraform and the prices put together, for the command and the notebook."""

import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from modules.environment_file import ENVIRONMENTS, load
from modules.planning.capacity import capacity
from modules.planning.cost.answers import Question
from modules.planning.cost.errors import CostError
from modules.planning.cost.estimate import scenarios
from modules.planning.cost.lines import Estimate
from modules.planning.cost.terraform_json import Json, Plan, read_plan, read_stack
from modules.price_file import how_old, load_prices
from modules.settings import Environment
from modules.settings.usage import Scenario
from modules.target import STATE_STACK
from modules.usage_file import load_usage

STATE_PREFIX = "state: "
"""Before the addresses of the bucket that all environments of a region keep their Terraform state in."""


@dataclass(frozen=True, kw_only=True)
class Costing:
    """An environment with the estimate of each scenario."""

    environment: Environment
    question: Question
    estimates: dict[Scenario, Estimate]

    @property
    def typical(self) -> Estimate:
        return self.estimates["typical"]

    @property
    def requests(self) -> float:
        """Of a typical month."""
        return self.question.month(self.question.main).requests

    @property
    def capacity_requests_per_second(self) -> float:
        """That saturates the wanted tasks."""
        service = self.environment.service
        return capacity(service.desired_tasks, service.workers)

    def age(self, today: date) -> str:
        """How old the prices of the estimate are."""
        return how_old((line.price for estimate in self.estimates.values() for line in estimate.lines), today)


def cost_of(name: str, directory: Path = ENVIRONMENTS, plans: Iterable[Plan] | None = None) -> Costing:
    """The costs of the environment `name`.

    Args:
        plans: what to price instead of the environment as it is synthesized now.

    Raises:
        SettingsError: a file of the environment is wrong.
        CostError: there is no price book, no prices of the region, or the plan cannot be read.
    """
    environment = load(name, directory)
    usage, book = load_usage(name, directory), load_prices()
    book.check_region(environment.region)
    question = Question(plans=tuple(plans or synthesized(name, directory)), usage=usage, book=book)
    return Costing(
        environment=environment, question=question, estimates=scenarios(question.plans, question.usage, question.book)
    )


def synthesized(name: str, directory: Path = ENVIRONMENTS) -> list[Plan]:
    """The environment's stack, and that of Terraform's states.

    Raises:
        CostError: the settings are wrong, or a rule stops them.
    """
    # Loads cdktf, which takes seconds that nobody else should wait for.
    from modules.architecture.synthesis import Request, SynthesisError, synthesize

    with tempfile.TemporaryDirectory() as out:
        try:
            synthesize(Request(environment=name, directory=directory), out)
        except SynthesisError as error:
            raise CostError(str(error)) from None

        def stack(id_: str) -> Json:
            content: Json = json.loads(Path(out, "stacks", id_, "cdk.tf.json").read_text())
            return content

        return [read_stack(stack(name)), read_stack(stack(STATE_STACK), STATE_PREFIX)]


def plan_file(path: Path) -> tuple[Plan, Plan]:
    """What is there before a plan and after it, out of what `terraform show -json` printed.

    Raises:
        CostError: the file is missing or holds something else.
    """
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise CostError(f"{path} does not exist; 'terraform show -json PLAN > {path}' makes it") from None
    except (ValueError, OSError) as error:
        raise CostError(f"{path} is not what 'terraform show -json' prints: {error}") from None
    return read_plan(content, before=True), read_plan(content)
