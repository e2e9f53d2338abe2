"""What a drill may break on purpose."""

from typing import Annotated

from pydantic import Field

from modules.settings.base import Flag, Settings


class Drills(Settings):
    """Faults as AWS FIS experiment templates: reviewed like any change, and free of charge until one is started."""

    duration_minutes: Annotated[int, Field(strict=True, ge=1, le=720)] = 5
    """How long a zone is cut off or a task hangs, unless an alarm or a person stops it before. Longer than the recovery
    that is to be seen."""
    share_percent: Annotated[int, Field(strict=True, ge=1, le=99)] = 50
    """Of the tasks, rounded down, that one experiment stops at once."""
    hanging_task: Flag = False
    """A task that hangs instead of dying. On Fargate only an agent inside of the task can do that: each task gets AWS's
    SSM agent as a container beside LiteLLM's, and installs it at its start. Not together with service.ecs_exec."""
