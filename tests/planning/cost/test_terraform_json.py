"""A stack and a plan are read to the same resources; what cannot be read is told."""

import copy
from typing import Any

import pytest

from modules.planning.cost.errors import CostError
from modules.planning.cost.estimate import estimate
from modules.planning.cost.terraform_json import Json, read_plan, read_stack
from modules.settings.usage import Usage

from .conftest import BOOK, plan, stack

COPIES = {"aws_secretsmanager_secret": {"copy": {"provider": "aws.us-west-2"}}}


def as_expression(value: Any) -> Any:
    """A value of a stack as a plan's configuration states it."""
    if isinstance(value, dict):
        return {key: as_expression(inner) for key, inner in value.items()}
    if isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        return [as_expression(inner) for inner in value]
    texts = value if isinstance(value, list) else [value]
    references = [text.removeprefix("${").removesuffix("}") for text in map(str, texts) if text.startswith("${")]
    if not references:
        return {"constant_value": value}
    # Terraform names the attribute and the resource that it is of.
    return {"references": [one for text in references for one in (text, text.rpartition(".")[0])]}


def known(value: Any) -> Any:
    """What a plan knows of a value: all but what another resource tells once it is there."""
    if isinstance(value, dict):
        return {key: known(inner) for key, inner in value.items() if known(inner) is not None}
    if isinstance(value, list):
        rest = [known(inner) for inner in value]
        return None if None in rest else rest
    return None if str(value).startswith("${") else value


def as_plan(stack: Json) -> Json:
    """What Terraform's `show -json` says of a stack that is not deployed yet; nested blocks are lists there."""
    addresses = [(type_, name, values) for type_, named in stack["resource"].items() for name, values in named.items()]
    planned, configured = [], []
    for type_, name, values in addresses:
        provider = values.get("provider", "aws")
        own = {key: value for key, value in values.items() if key != "provider"}
        blocks = {key: [value] if isinstance(value, dict) else value for key, value in own.items()}
        address = {"address": f"{type_}.{name}", "mode": "managed", "type": type_, "name": name}
        planned.append({**address, "values": {key: value for key, value in known(blocks).items() if value is not None}})
        configured.append({**address, "provider_config_key": provider, "expressions": as_expression(own)})
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": planned}},
        "configuration": {
            "provider_config": {
                "aws": {"version_constraint": "5.100.0", "expressions": {"region": {"constant_value": "us-east-1"}}},
                "aws.us-west-2": {"expressions": {"region": {"constant_value": "us-west-2"}}},
            },
            "root_module": {"resources": configured},
        },
    }


def test_a_plan_costs_what_the_stack_costs_that_it_is_made_of() -> None:
    synthesized, planned = read_stack(stack(**COPIES)), read_plan(as_plan(stack(**COPIES)))
    assert estimate([planned], Usage(), BOOK).by_key() == estimate([synthesized], Usage(), BOOK).by_key()
    assert {one.address: one.region for one in planned.resources} == {
        one.address: one.region for one in synthesized.resources
    }


def test_before_a_first_deployment_there_is_nothing() -> None:
    assert read_plan(as_plan(stack()), before=True).resources == ()


def test_before_a_change_there_is_what_the_state_says() -> None:
    changing = as_plan(stack())
    deployed = copy.deepcopy(changing["planned_values"])
    (database,) = [one for one in deployed["root_module"]["resources"] if one["type"] == "aws_db_instance"]
    database["values"]["multi_az"] = True
    changing["prior_state"] = {"values": deployed}
    before = estimate([read_plan(changing, before=True)], Usage(), BOOK)
    after = estimate([read_plan(changing)], Usage(), BOOK)
    assert before.usd - after.usd == pytest.approx(730 * 0.07 + 100 * 0.1)


def test_a_resource_in_another_region_is_one_of_its_providers() -> None:
    (secret,) = plan(**COPIES).of("aws_secretsmanager_secret")
    assert secret.region == "us-west-2"


@pytest.mark.parametrize("version", ["6.2.0", "~> 4.67", ""])
def test_a_plan_of_another_major_version_of_the_provider_is_refused(version: str) -> None:
    content = stack()
    content["terraform"]["required_providers"]["aws"]["version"] = version
    with pytest.raises(CostError, match=r"version .* of the AWS provider; the estimate reads the attributes of 5\.100"):
        read_stack(content)


def test_one_of_another_minor_version_is_priced_and_told() -> None:
    content = stack()
    content["terraform"]["required_providers"]["aws"]["version"] = "5.98.0"
    assert estimate([read_stack(content)], Usage(), BOOK).notes == (
        "the plan is made for version 5.98.0 of the AWS provider; the estimate reads 5.100.0's",
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"terraform": {}}, "not a stack of Terraform's JSON"),
        ({**stack(), "provider": {"aws": [{"region": "${var.region}"}]}}, "the region of its provider is not stated"),
        (stack(aws_eip={"nat": {"count": 2}}), "aws_eip.nat is multiplied by Terraform"),
    ],
)
def test_a_stack_that_cannot_be_priced_is_told(content: Json, told: str) -> None:
    with pytest.raises(CostError, match=told):
        read_stack(content)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (stack(), "not a plan as 'terraform show -json' prints it"),
        ({**as_plan(stack()), "format_version": "2.0"}, "format_version is 2.0; this project reads 1.x"),
    ],
)
def test_a_plan_that_cannot_be_read_is_told(content: Json, told: str) -> None:
    with pytest.raises(CostError, match=told):
        read_plan(content)


def test_a_provider_whose_region_is_a_variable_is_told() -> None:
    content = as_plan(stack(**COPIES))
    content["configuration"]["provider_config"]["aws.us-west-2"]["expressions"] = {"region": {"references": ["var.x"]}}
    with pytest.raises(CostError, match=r"aws_secretsmanager_secret\.copy: the region of its provider is not stated"):
        read_plan(content)


def test_of_a_plan_with_count_each_resource_is_priced() -> None:
    content = as_plan(stack())
    resources = content["planned_values"]["root_module"]["resources"]
    (gateway,) = [one for one in resources if one["type"] == "aws_nat_gateway"]
    resources.remove(gateway)
    resources += [{**gateway, "address": f"aws_nat_gateway.nat[{index}]"} for index in (0, 1)]
    found = estimate([read_plan(content)], Usage(), BOOK)
    hours = [line for line in found.lines if line.address.startswith("aws_nat_gateway") and line.what == "hours"]
    assert [line.usd for line in hours] == [pytest.approx(36.5)] * 2
