"""Resources out of Terraform's JSON: a synthesized stack, or a plan.

Both say the same in two ways (Terraform documentation, "JSON Configuration Syntax" and "JSON Output Format"). Here a
resource is its known values and, for each attribute, the resources that it refers to.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modules.planning.cost.errors import CostError

Json = dict[str, Any]

PROVIDER_VERSION = "5.100.0"
"""The AWS provider whose attributes the pricers read."""
PLAN_FORMAT = "1."
_ADDRESS = re.compile(r"\b(aws_\w+)\.([\w-]+)")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of Terraform.

    Attributes:
        values: as configured or planned; what is not known before it is deployed is missing.
        references: addresses that each attribute refers to.
    """

    type: str
    name: str
    region: str
    values: Json
    references: Mapping[str, tuple[str, ...]]

    @property
    def address(self) -> str:
        return f"{self.type}.{self.name}"

    @property
    def configured(self) -> str:
        """The address without the index of `count` or `for_each`, as references state it."""
        return _without_index(self.address)

    def get(self, attribute: str, default: Any = None) -> Any:
        """A value; the default also where Terraform states null."""
        value = self.values.get(attribute)
        return default if value is None else value

    def blocks(self, name: str) -> list[Json]:
        """Nested blocks; a synthesized stack may state a single one without a list."""
        value = self.get(name, [])
        return [value] if isinstance(value, dict) else list(value)

    def block(self, name: str) -> Json:
        """The only nested block; an empty one where there is none."""
        return (self.blocks(name) or [{}])[0]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The resources of a stack.

    Attributes:
        prefix: before the addresses in an estimate, to tell stacks apart.
    """

    resources: tuple[Resource, ...]
    region: str
    provider_version: str
    prefix: str = ""

    def of(self, type_: str) -> list[Resource]:
        return [resource for resource in self.resources if resource.type == type_]

    def referred(self, resource: Resource, attribute: str, type_: str) -> list[Resource]:
        """The resources of a type that an attribute refers to."""
        wanted = set(resource.references.get(attribute, ()))
        return [other for other in self.of(type_) if other.configured in wanted]

    def referring(self, type_: str, attribute: str, to: Resource) -> list[Resource]:
        """The resources of a type whose attribute refers to a resource."""
        return [other for other in self.of(type_) if to.configured in other.references.get(attribute, ())]


def read_stack(stack: Json, prefix: str = "") -> Plan:
    """A synthesized stack (`cdk.tf.json`).

    Raises:
        CostError: it is none, or another version of the provider's.
    """
    providers = stack.get("provider", {}).get("aws", [])
    if "resource" not in stack or not providers:
        raise CostError("this is not a stack of Terraform's JSON with resources and the AWS provider")
    regions = {provider.get("alias", ""): provider.get("region") for provider in _as_list(providers)}
    version = stack.get("terraform", {}).get("required_providers", {}).get("aws", {}).get("version", "")
    resources = [
        Resource(
            type=type_,
            name=name,
            region=_known_region(regions, values.get("provider", "").partition(".")[2], f"{type_}.{name}"),
            values=values,
            references={attribute: tuple(sorted(set(_addresses(value)))) for attribute, value in values.items()},
        )
        for type_, named in stack["resource"].items()
        for name, values in named.items()
    ]
    if multiplied := [one.address for one in resources if one.get("count") or one.get("for_each")]:
        raise CostError(
            f"{multiplied[0]} is multiplied by Terraform (count or for_each): only its plan tells how many there are"
        )
    return _checked(Plan(resources=tuple(resources), region=regions[""], provider_version=version, prefix=prefix))


def read_plan(plan: Json, prefix: str = "", before: bool = False) -> Plan:
    """What `terraform show -json` says of a plan: what will be there, or what is there before it.

    Raises:
        CostError: it is none, in another format, or another version of the provider's.
    """
    form = str(plan.get("format_version", ""))
    if "planned_values" not in plan or "configuration" not in plan:
        raise CostError("this is not a plan as 'terraform show -json' prints it: planned_values or configuration miss")
    if not form.startswith(PLAN_FORMAT):
        raise CostError(f"the plan's format_version is {form}; this project reads {PLAN_FORMAT}x: use its Terraform")
    configuration = plan["configuration"]
    configured = {
        resource["address"]: resource for resource in configuration.get("root_module", {}).get("resources", [])
    }
    providers = configuration.get("provider_config", {})
    regions = {
        key: provider.get("expressions", {}).get("region", {}).get("constant_value")
        for key, provider in providers.items()
    }
    state = plan.get("prior_state", {}).get("values", {}) if before else plan["planned_values"]
    resources = [
        _planned(found, configured.get(_without_index(found["address"]), {}), regions)
        for found in _modules_resources(state.get("root_module", {}))
        if found.get("mode") == "managed"
    ]
    version = providers.get("aws", {}).get("version_constraint", "")
    return _checked(
        Plan(resources=tuple(resources), region=regions.get("aws") or "", provider_version=version, prefix=prefix)
    )


def _planned(found: Json, configured: Json, regions: Mapping[str, str | None]) -> Resource:
    expressions = configured.get("expressions", {})
    name = found["address"].partition(".")[2]
    # Terraform's own resources have a provider without a region, and one that is to be destroyed is not configured.
    provider = configured.get("provider_config_key", "aws")
    return Resource(
        type=found["type"],
        name=name,
        region=_known_region(regions, provider if provider.partition(".")[0] == "aws" else "aws", found["address"]),
        values=found.get("values", {}),
        references={attribute: tuple(sorted(set(_addresses(value)))) for attribute, value in expressions.items()},
    )


def _checked(plan: Plan) -> Plan:
    major = PROVIDER_VERSION.partition(".")[0]
    stated = plan.provider_version.lstrip("~>=! ")
    if stated.partition(".")[0] != major:
        raise CostError(
            f"the plan is made for version {plan.provider_version or '(none stated)'} of the AWS provider; the "
            f"estimate reads the attributes of {PROVIDER_VERSION}, and those of another major version may be named "
            "otherwise: plan it with this project's provider"
        )
    return plan


def _known_region(regions: Mapping[str, str | None], key: str, address: str) -> str:
    region = regions.get(key)
    if not region or "${" in region:
        raise CostError(f"{address}: the region of its provider is not stated; prices differ by region")
    return region


def _addresses(value: Any) -> Iterator[str]:
    """Of all resources that are mentioned anywhere in a value."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _addresses(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _addresses(inner)
    elif isinstance(value, str):
        for match in _ADDRESS.finditer(value):
            yield match.group(0)


def _modules_resources(module: Json) -> Iterator[Json]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _modules_resources(child)


def _without_index(address: str) -> str:
    return re.sub(r"\[[^]]*]$", "", address)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
