"""An environment with other values."""

from typing import Any

from modules.settings.environment import Environment

Changes = dict[str, Any]
"""Values by the path of their setting, such as `service.autoscaling.minimum_tasks`."""


def changed(environment: Environment, changes: Changes) -> Environment:
    """The environment with these values, checked like a file.

    Raises:
        ValueError: a value is not allowed.
    """
    content = environment.model_dump()
    for path, value in changes.items():
        *sections, last = path.split(".")
        section = content
        for name in sections:
            section = section[name]
        section[last] = value
    return Environment.model_validate(content)
