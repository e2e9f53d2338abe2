"""ECS on one machine: services and tasks of the control plane become processes."""

from modules.rehearsal.tasks.part import Tasks

__all__ = ["Tasks"]
