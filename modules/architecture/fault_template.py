"""One fault as an AWS FIS experiment template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cdktf import ITerraformDependable
from constructs import Construct

from modules.architecture import aws

LOG_SCHEMA = 2
"""AWS FIS User Guide, "Experiment logging": the current version."""


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What an action is for: resources of one type, told by their ARNs or by parameters.

    Attributes:
        key: what the action calls its targets.
    """

    key: str
    resource_type: str
    selection: str = "ALL"
    arns: Sequence[str] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Action:
    id: str
    aim: Aim
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all templates of an environment share."""

    name: str
    role_arn: str
    log_group_arn: str
    stop_alarm_arns: Sequence[str]
    needs: Sequence[ITerraformDependable]


def experiment_template(
    scope: Construct, fault: str, description: str, actions: Mapping[str, Action], around: Surroundings
) -> str:
    """A template, whose actions begin at the same time, and its id as a Terraform expression."""
    fis = aws.fis_experiment_template
    template = fis.FisExperimentTemplate(
        scope,
        fault,
        description=f"{description} ({around.name})",
        role_arn=around.role_arn,
        action=[
            fis.FisExperimentTemplateAction(
                name=name,
                action_id=action.id,
                parameter=[
                    fis.FisExperimentTemplateActionParameter(key=key, value=value)
                    for key, value in action.parameters.items()
                ],
                target=fis.FisExperimentTemplateActionTarget(key=action.aim.key, value=name),
            )
            for name, action in actions.items()
        ],
        target=[
            fis.FisExperimentTemplateTarget(
                name=name,
                resource_type=action.aim.resource_type,
                selection_mode=action.aim.selection,
                resource_arns=list(action.aim.arns) or None,
                parameters=dict(action.aim.parameters) or None,
            )
            for name, action in actions.items()
        ],
        stop_condition=[
            fis.FisExperimentTemplateStopCondition(source="aws:cloudwatch:alarm", value=arn)
            for arn in around.stop_alarm_arns
        ],
        experiment_options=fis.FisExperimentTemplateExperimentOptions(
            account_targeting="single-account", empty_target_resolution_mode="fail"
        ),
        log_configuration=fis.FisExperimentTemplateLogConfiguration(
            log_schema_version=LOG_SCHEMA,
            cloudwatch_logs_configuration=fis.FisExperimentTemplateLogConfigurationCloudwatchLogsConfiguration(
                log_group_arn=f"{around.log_group_arn}:*"
            ),
        ),
        tags={"Name": f"{around.name}-{fault}"},
        depends_on=list(around.needs),
    )
    return template.id
