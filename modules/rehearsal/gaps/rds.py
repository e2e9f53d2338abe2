"""RDS: parameters of parameter groups, Performance Insights, resource identifiers."""

from typing import Any
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBParameterGroupNotFoundError
from moto.rds.models import DBInstance, DBParameterGroup
from moto.rds.responses import RDSResponse

from modules.rehearsal.gaps.patching import Method, add, wrap

_PERFORMANCE_INSIGHTS = {
    "enable_performance_insights": False,
    "performance_insights_retention_period": 7,
    "performance_insights_kms_key_id": None,
}


def install() -> None:
    wrap(DBParameterGroup, "update_parameters", mark_changed_parameters_as_the_users)
    wrap(RDSResponse, "describe_db_parameters", filter_parameters_by_source)
    add(RDSResponse, "reset_db_parameter_group", reset_db_parameter_group)
    wrap(DBInstance, "__init__", keep_performance_insights)
    wrap(DBInstance, "__init__", give_each_instance_a_resource_id)
    add(DBInstance, "performance_insights_enabled", property(lambda instance: instance.enable_performance_insights))


def mark_changed_parameters_as_the_users(original: Method, group: Any, new_parameters: Any) -> None:
    """AWS gives every parameter its source, `user` for one that was changed; moto gives none.

    Terraform's provider reads only the user's parameters back, so that without it each plan sets all of them again.
    """
    original(group, [{**parameter, "Source": "user"} for parameter in new_parameters])


def filter_parameters_by_source(original: Method, response: Any) -> Any:
    """AWS lists only the parameters of the source that is asked for; moto ignores the question."""
    parameters = original(response).result["Parameters"]
    source = response.params.get("Source")
    return ActionResult({"Parameters": [one for one in parameters if source in (None, one["Source"])]})


def reset_db_parameter_group(self: Any) -> Any:
    """AWS resets parameters to the engine's defaults, which is how Terraform removes one; moto lacks the operation."""
    name = self.params.get("DBParameterGroupName")
    groups = self.backend.describe_db_parameter_groups({"db_parameter_group_name": name})
    if not groups:
        raise DBParameterGroupNotFoundError(name)
    if self.params.get("ResetAllParameters"):
        groups[0].parameters.clear()
    for parameter in self.params.get("Parameters", []):
        groups[0].parameters.pop(parameter["ParameterName"], None)
    return ActionResult({"DBParameterGroupName": name})


def keep_performance_insights(original: Method, instance: Any, *arguments: Any, **settings: Any) -> None:
    """AWS keeps and shows an instance's Performance Insights; moto drops them at its creation."""
    original(instance, *arguments, **settings)
    for name, default in _PERFORMANCE_INSIGHTS.items():
        setattr(instance, name, settings.get(name, default))
    if not instance.enable_performance_insights:
        instance.performance_insights_retention_period = None


def give_each_instance_a_resource_id(original: Method, instance: Any, *arguments: Any, **settings: Any) -> None:
    """AWS gives every instance an identifier of its own for life, by which Terraform's provider finds it again.

    moto gives all of them the same one: of two instances the provider would read, change and delete the other.
    """
    original(instance, *arguments, **settings)
    instance.dbi_resource_id = f"db-{uuid4().hex[:26].upper()}"
