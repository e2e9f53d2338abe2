"""A task that has to end well before Terraform goes on to what depends on it."""

import shlex
from collections.abc import Iterator, Sequence

from cdktf import DataResource, LocalExecProvisioner, TerraformResource
from constructs import Construct, IConstruct

from modules.architecture import aws
from modules.architecture.cluster import Cluster
from modules.target import Target

PROJECT = "${path.root}/../../.."
"""From the folder that Terraform runs in, cdktf.out/stacks/<stack>."""


class GatedTask(Construct):
    """Runs a task definition once for each of its revisions, as a step of the apply.

    Terraform has no resource for a task: a local program (modules/operations/gated_task.py) starts it and waits. When
    it fails, the apply ends there, and the next one starts it again.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        purpose: str,
        target: Target,
        cluster: Cluster,
        task_definition: aws.ecs_task_definition.EcsTaskDefinition,
        subnet_ids: Sequence[str],
        security_group_id: str,
        timeout_seconds: int,
        needs: Sequence[IConstruct],
    ) -> None:
        """
        Args:
            purpose: one word, for the lines that the program prints and for the task's `startedBy`.
            needs: what has to be complete before the task starts, beside what its definition names: routes, rules of
                security groups, policies of roles.
        """
        super().__init__(scope, id_)
        arguments = [
            *("--region", target.region),
            *("--cluster", cluster.name),
            *("--task-definition", task_definition.arn),
            *("--subnets", *subnet_ids),
            *("--security-group", security_group_id),
            *("--timeout-seconds", str(timeout_seconds)),
        ]
        program = ["exec", ".venv/bin/python", "-m", "modules.operations.gated_task", purpose]
        self.run = DataResource(
            self,
            "this",
            triggers_replace={"task_definition": task_definition.arn},
            provisioners=[
                LocalExecProvisioner(
                    type="local-exec",
                    working_dir=PROJECT,
                    command=" ".join([*program, *(_quoted(argument) for argument in arguments)]),
                )
            ],
            depends_on=[resource for construct in needs for resource in resources_of(construct)],
        )


def _quoted(argument: str) -> str:
    """For the shell; Terraform's expressions are of ids, names and ARNs, which need no quotes."""
    return argument if argument.startswith("${") else shlex.quote(argument)


def resources_of(construct: IConstruct) -> Iterator[TerraformResource]:
    """The construct itself, or all that it consists of."""
    for node in construct.node.find_all():
        if isinstance(node, TerraformResource):
            yield node
