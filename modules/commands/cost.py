"""`make cost` and `make prices`: neither needs a target."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import boto3
import yaml

from modules.commands.errors import CommandError
from modules.costing import Costing, cost_of, plan_file
from modules.environment_file import ENVIRONMENTS, shown
from modules.operations.cost import tables
from modules.operations.cost.renewal import Renewal, UnreachableError, renew
from modules.operations.table import Table
from modules.planning.cost import answers, claims, infracost
from modules.planning.cost.compare import changes, unit_costs
from modules.planning.cost.errors import CostError
from modules.planning.cost.estimate import estimate
from modules.planning.cost.lines import Estimate
from modules.planning.cost.terraform_json import Plan
from modules.price_file import PRICES_FILE, how_old, load_prices, save_prices

PRICE_LIST_REGION = "us-east-1"
"""One of the few regions that answer for all (AWS Billing, "Price List endpoints")."""


def show_cost(environment: str, variables: Mapping[str, str] = os.environ) -> None:
    """Prints what the environment costs; with PLAN, what a plan's change costs.

    `INFRACOST=FILE` also writes the assumptions as Infracost's usage file.
    """
    try:
        directory = Path(variables.get("DEPLOY_ENVIRONMENTS_DIRECTORY", ENVIRONMENTS))
        before, after = _planned(variables)
        costing = cost_of(environment, directory, [after] if after else None)
        _print(costing, before)
        if path := variables.get("INFRACOST"):
            _write_infracost(costing, Path(path))
    except CostError as error:
        raise CommandError(str(error)) from error


def renew_prices(_: str, variables: Mapping[str, str] = os.environ) -> None:
    """Renews the book of prices from AWS's Price List, and says what changed; REGIONS adds regions."""
    today = datetime.now(UTC).date()
    try:
        book = load_prices()
        asked = variables.get("REGIONS", "")
        regions = [region for region in asked.replace(",", " ").split() if region] or book.regions
        client = boto3.client("pricing", region_name=PRICE_LIST_REGION)
        renewal = renew(book, client, regions, today.isoformat(), say=lambda line: print(line, flush=True))
    except UnreachableError as error:
        raise CommandError(
            f"AWS's Price List was not reached: {error}. Nothing is changed. {how_old(book.rows, today)} It takes "
            "credentials with pricing:GetProducts ('aws sso login', AWS_PROFILE, ...)"
        ) from None
    except CostError as error:
        raise CommandError(str(error)) from error
    save_prices(renewal.book)
    _print_renewal(renewal)


def _planned(variables: Mapping[str, str]) -> tuple[Plan | None, Plan | None]:
    return plan_file(Path(variables["PLAN"])) if variables.get("PLAN") else (None, None)


def _print(costing: Costing, before: Plan | None) -> None:
    name, typical, question = costing.environment.name, costing.typical, costing.question
    units = unit_costs(typical, costing.requests, costing.capacity_requests_per_second)
    told = [
        tables.totals(name, costing.estimates, units),
        tables.components(costing.estimates),
        tables.lines(typical, "A typical month, line by line"),
        tables.answers("What a choice would change", answers.savings(question)),
        tables.answers("What each step of availability costs", answers.availability(question)),
    ]
    if claim := claims.CLAIMS.get(name):
        told.append(tables.claims(claim, claims.check(question, claim)))
    if drills := answers.drills(question):
        told.append(tables.drills(drills))
    if before is not None:
        now = estimate([before], question.usage, question.book) if before.resources else None
        told.insert(0, _change(costing, now))
    if typical.not_priced:
        told.append(tables.not_priced(typical))
    print("\n\n".join(map(str, told)))
    print()
    for note in typical.notes:
        print(f"Note: {note}.")
    print(costing.age(datetime.now(UTC).date()))
    print(f"Assumptions: environments/usage/{name}.yaml and the defaults in modules/settings/usage.py; docs/cost.md.")


def _change(costing: Costing, before: Estimate | None) -> Table:
    old = before or Estimate(lines=())
    return tables.changes(changes(old, costing.typical), old, costing.typical)


def _write_infracost(costing: Costing, path: Path) -> None:
    question = costing.question
    content = infracost.usage_file(costing.typical, question.month(question.main))
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    print(f"Infracost's usage file: {shown(path.resolve())}")


def _print_renewal(renewal: Renewal) -> None:
    for change in renewal.changes:
        print(change)
    for failure in renewal.failures:
        print(f"kept as it was: {failure}")
    print(
        f"{renewal.read} prices read, {len(renewal.changes)} changed, {len(renewal.failures)} not found, "
        f"{renewal.unlisted} not in the Price List. {shown(PRICES_FILE)} is written: look at 'git diff' before you "
        "commit it."
    )
