"""ElastiCache: users, their logins, and user groups.

moto has no user groups at all: they are kept as AWS would answer them, a dictionary by the names of the API.
"""

from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.elasticache.exceptions import (
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    UserNotFound,
)
from moto.elasticache.models import ElastiCacheBackend, User
from moto.elasticache.responses import ElastiCacheResponse

from modules.rehearsal.gaps.elasticache_tags import TAGGED, arn
from modules.rehearsal.gaps.patching import Method, add, wrap


class UserGroupNotFoundError(ServiceException):
    code = "UserGroupNotFound"


class DefaultUserRequiredError(ServiceException):
    code = "DefaultUserRequired"


def install() -> None:
    wrap(ElastiCacheBackend, "__init__", know_user_groups)
    wrap(User, "authentication", name_logins_as_aws_answers_them)
    wrap(ElastiCacheResponse, "create_user", refuse_a_role_under_another_name)
    for operation in (modify_user, create_user_group, describe_user_groups, modify_user_group, delete_user_group):
        add(ElastiCacheResponse, operation.__name__, operation)


def know_user_groups(original: Method, backend: Any, *arguments: Any, **named: Any) -> None:
    """AWS has user groups, with tags; moto has none."""
    original(backend, *arguments, **named)
    backend.user_groups = {}
    backend.arn_regex = TAGGED


def refuse_a_role_under_another_name(original: Method, response: Any) -> Any:
    """AWS lets a role log in only under its user's id; moto takes any name."""
    params = response._get_params()
    mode = params.get("AuthenticationMode") or {}
    if mode.get("Type") == "iam" and params["UserId"] != params["UserName"]:
        raise InvalidParameterValueException("A user with Authentication Mode: iam must have equal id and name.")
    return original(response)


def name_logins_as_aws_answers_them(original: Method, user: Any) -> Any:
    """AWS is told `no-password-required` and answers `no-password`; moto repeats what it was told."""
    login = original(user)
    return login | {"Type": "no-password"} if login["Type"] == "no-password-required" else login


def modify_user(self: Any) -> Any:
    """AWS changes a user's access string and how it logs in; moto lacks the operation."""
    user = _user(self, self._get_param("UserId"))
    user.access_string = self._get_param("AccessString") or user.access_string
    user.engine = (self._get_param("Engine") or user.engine).lower()
    mode = self._get_param("AuthenticationMode") or {}
    passwords = mode.get("Passwords") or self._get_param("Passwords")
    without = self._get_bool_param("NoPasswordRequired")
    stated = "password" if passwords else "no-password-required" if without else user.authentication_type
    user.authentication_type = mode.get("Type") or stated
    user.no_password_required = user.authentication_type == "no-password-required"
    user.passwords = passwords or (user.passwords if user.authentication_type == "password" else [])
    return ActionResult(user)


def create_user_group(self: Any) -> Any:
    """AWS groups users, whom a replication group then lets in; moto lacks the operation."""
    name = self._get_param("UserGroupId")
    backend = self.elasticache_backend
    group = {
        "UserGroupId": name,
        "Status": "active",
        "Engine": self._get_param("Engine").lower(),
        "UserIds": [],
        "MinimumEngineVersion": "6.0",
        "ARN": arn(backend, "usergroup", name),
    }
    _let_in(self, group, self._get_param("UserIds", []))
    backend.user_groups[name] = group
    backend.tagging_service.tag_resource(group["ARN"], self._get_param("Tags", []))
    return ActionResult(group)


def describe_user_groups(self: Any) -> Any:
    """AWS shows user groups and which replication groups use them; moto lacks the operation."""
    name = self._get_param("UserGroupId")
    backend = self.elasticache_backend
    groups = [_user_group(self, name)] if name else list(backend.user_groups.values())
    for group in groups:
        group["ReplicationGroups"] = [
            user.replication_group_id
            for user in backend.replication_groups.values()
            if group["UserGroupId"] in user.user_group_ids
        ]
    return ActionResult({"UserGroups": groups})


def modify_user_group(self: Any) -> Any:
    """AWS adds users to a group and removes them; moto lacks the operation."""
    group = _user_group(self, self._get_param("UserGroupId"))
    removed = self._get_param("UserIdsToRemove", [])
    group["Engine"] = (self._get_param("Engine") or group["Engine"]).lower()
    _let_in(self, group, [one for one in group["UserIds"] if one not in removed] + self._get_param("UserIdsToAdd", []))
    return ActionResult(group)


def delete_user_group(self: Any) -> Any:
    """AWS deletes a user group; moto lacks the operation."""
    group = _user_group(self, self._get_param("UserGroupId"))
    _let_in(self, group | {"Engine": None}, [])
    del self.elasticache_backend.user_groups[group["UserGroupId"]]
    self.elasticache_backend.tagging_service.delete_all_tags_for_resource(group["ARN"])
    return ActionResult(group | {"Status": "deleting"})


def _let_in(response: Any, group: dict[str, Any], user_ids: list[str]) -> None:
    """Makes these the group's users, on both sides."""
    users = [_user(response, user_id) for user_id in user_ids]
    if group["Engine"] == "redis" and not any(user.name == "default" for user in users):
        raise DefaultUserRequiredError("You must add default user to a user group.")
    if len({user.name for user in users}) < len(users):
        raise InvalidParameterCombinationException("Two users of a group must not have the same name.")
    name = group["UserGroupId"]
    for user in response.elasticache_backend.users.values():
        user.user_group_ids = [one for one in user.user_group_ids if one != name]
    for user in users:
        user.user_group_ids.append(name)
    group["UserIds"] = user_ids


def _user(response: Any, user_id: str) -> Any:
    users = response.elasticache_backend.users
    if user_id not in users:
        raise UserNotFound(user_id)
    return users[user_id]


def _user_group(response: Any, name: str) -> dict[str, Any]:
    groups: dict[str, dict[str, Any]] = response.elasticache_backend.user_groups
    if name not in groups:
        raise UserGroupNotFoundError(f"User Group {name} not found.")
    return groups[name]
