"""What a notebook starts from: the environment and the target that `make` has set up for it."""

import os
from collections.abc import Mapping
from pathlib import Path

import boto3
from IPython.core.getipython import get_ipython

from modules import run_order
from modules.environment_file import ENVIRONMENTS, load
from modules.operations.deployment import Deployment
from modules.operations.outputs import read_outputs
from modules.rehearsal import lifecycle, status
from modules.settings import Environment
from modules.target import Target


class NotSetUpError(Exception):
    """The notebook was not opened by `make`."""


def open_place(environment: str, variables: Mapping[str, str] = os.environ) -> tuple[Environment, Target]:
    """An environment's settings and where it goes, deployed or not. From here on, the notebook's cells run from top to
    bottom.

    Raises:
        NotSetUpError: `make` has not set this process up.
        SettingsError: there is no such environment, or its file is wrong.
    """
    try:
        target = Target.from_variables(variables)
    except KeyError as missing:
        raise NotSetUpError(f"{missing} is not set: open the notebook with 'make lab'") from None
    settings = load(environment, Path(variables.get("DEPLOY_ENVIRONMENTS_DIRECTORY", ENVIRONMENTS)))
    run_order.enforce(get_ipython())
    return settings, target


def open_runbook(environment: str, variables: Mapping[str, str] = os.environ) -> Deployment:
    """As `open_place`, for what is deployed.

    Raises:
        NotSetUpError: `make` has not set this process up, or the rehearsal is gone.
        SettingsError: there is no such environment, or its file is wrong.
        NotDeployedError: it is not on the target.
    """
    settings, target = open_place(environment, variables)
    rehearsal = lifecycle.running(Path(variables["REHEARSAL_DIRECTORY"])) if target.rehearsal else None
    if target.rehearsal and rehearsal is None:
        raise NotSetUpError("the rehearsal that this notebook was opened on has ended: 'make deploy', then 'make lab'")
    session = boto3.Session()
    return Deployment(
        environment=settings,
        target=target,
        outputs=read_outputs(session.client("s3"), target, environment),
        session=session,
        rehearsal_status=status.read(rehearsal) if rehearsal else None,
    )
