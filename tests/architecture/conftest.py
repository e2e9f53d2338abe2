"""The synthesized Terraform of every environment, once; and of variants that a test asks for."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from modules.architecture.synthesis import Request, synthesize
from modules.environment_file import ENVIRONMENTS, environment_names
from modules.target import STATE_STACK

Json = dict[str, Any]
Environments = dict[str, "Stacks"]
Variant = Callable[..., "Stacks"]
Changes = dict[str, Any]

ACCOUNT_ID = "210987654321"
CERTIFICATE_ARN = "arn:aws:acm:us-east-1:210987654321:certificate/12345678-1234-1234-1234-123456789012"
CERTIFICATE = {"load_balancer.domain": None, "load_balancer.certificate_arn": CERTIFICATE_ARN}
REFERENCE = re.compile(r"\$\{(?P<type>aws_\w+)\.(?P<name>[\w-]+)\.(?P<attribute>\w+)}")


@dataclass(frozen=True)
class Stacks:
    """What one synthesis wrote."""

    environment: Json
    state: Json


def parsed(directory: Path, name: str) -> Stacks:
    def stack(id_: str) -> Json:
        content: Json = json.loads((directory / "stacks" / id_ / "cdk.tf.json").read_text())
        return content

    return Stacks(environment=stack(name), state=stack(STATE_STACK))


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    """Every environment of the project, for the rehearsal."""
    directory = tmp_path_factory.mktemp("environments")
    for name in environment_names():
        synthesize(Request(environment=name), str(directory / name))
    return {name: parsed(directory / name, name) for name in environment_names()}


@pytest.fixture(scope="session")
def benchmark(environments: Environments) -> Json:
    """The stack with the source document's numbers."""
    return environments["benchmark"].environment


@pytest.fixture(scope="session")
def production(environments: Environments) -> Json:
    return environments["production"].environment


@pytest.fixture
def variant(tmp_path: Path) -> Variant:
    """Synthesizes an environment of the project with other values at some dotted keys.

    What else is given goes to the request; `litellm` is the content of LiteLLM's own file.
    """

    def synthesized(base: str, changes: Changes | None = None, litellm: str | None = None, **request: Any) -> Stacks:
        directory = tmp_path / f"variant-{len(list(tmp_path.iterdir()))}"
        directory.mkdir()
        content = yaml.safe_load((ENVIRONMENTS / f"{base}.yaml").read_text())
        for key, value in (changes or {}).items():
            *sections, last = key.split(".")
            section = content
            for name in sections:
                section = section.setdefault(name, {})
            section[last] = value
        (directory / f"{base}.yaml").write_text(yaml.safe_dump(content))
        if litellm is None:
            shutil.copy(ENVIRONMENTS / "litellm.yaml", directory)
        else:
            (directory / "litellm.yaml").write_text(litellm)
        synthesize(Request(environment=base, directory=directory, **request), str(directory / "out"))
        return parsed(directory / "out", base)

    return synthesized


def resources(stack: Json, type_: str) -> list[Json]:
    """All resources of a type; tests tell them apart by what they say, not by their address."""
    return [
        {key: value for key, value in resource.items() if key != "//"}
        for resource in stack["resource"].get(type_, {}).values()
    ]


def the_only(stack: Json, type_: str) -> Json:
    (resource,) = resources(stack, type_)
    return resource


def named(stack: Json, type_: str, name: str) -> Json:
    (resource,) = [resource for resource in resources(stack, type_) if resource.get("name") == name]
    return resource


def referenced(stack: Json, expression: str, attribute: str) -> Json:
    """The resource that an expression is an attribute of."""
    match = REFERENCE.fullmatch(expression)
    assert match is not None, f"{expression} is not a reference"
    assert match["attribute"] == attribute
    resource: Json = stack["resource"][match["type"]][match["name"]]
    return resource


def task_definition(stack: Json) -> Json:
    """What the service runs."""
    return referenced(stack, the_only(stack, "aws_ecs_service")["task_definition"], "arn")


def gated_task(stack: Json, purpose: str) -> Json:
    """What is run once before the service."""
    (definition,) = [
        task for task in resources(stack, "aws_ecs_task_definition") if task["family"].endswith(f"-litellm-{purpose}")
    ]
    return definition


def container_of(definition: Json) -> Json:
    (container,) = json.loads(definition["container_definitions"])
    result: Json = container
    return result


def container(stack: Json) -> Json:
    """LiteLLM's, as it serves."""
    return container_of(task_definition(stack))


def litellm_file(stack: Json) -> Json:
    """LiteLLM's configuration in S3."""
    (file,) = [file for file in resources(stack, "aws_s3_object") if file["key"].endswith(".yaml")]
    return file


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every plain value in the JSON with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, str(index)))
    else:
        yield path, value


def differences(one: Json, other: Json) -> dict[str, tuple[Any, Any]]:
    """Dotted paths at which two stacks differ, with both values; None for one that is not there."""
    first, second = dict(leaves(one)), dict(leaves(other))
    return {
        ".".join(path): (first.get(path), second.get(path))
        for path in sorted({*first, *second})
        if first.get(path) != second.get(path)
    }


def without_hashes(stack: Json) -> Json:
    """A stack whose files for the tasks have the same names whatever is in them."""
    named_alike: Json = json.loads(re.sub(r"(litellm|overhead_metric)-[0-9a-f]{12}", r"\1", json.dumps(stack)))
    return named_alike


def statements(stack: Json, role: str) -> list[Json]:
    """What a role may do."""
    (policy,) = [
        json.loads(policy["policy"])
        for policy in resources(stack, "aws_iam_role_policy")
        if referenced(stack, policy["role"], "name")["name"] == role
    ]
    result: list[Json] = policy["Statement"]
    return result
