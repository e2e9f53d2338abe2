"""`make rotate-keys`."""

import dataclasses
import os
import time
from pathlib import Path

import boto3

from modules.commands.archive import RUNS, run_file
from modules.commands.deploy import deploy
from modules.commands.errors import CommandError
from modules.commands.person import confirm
from modules.commands.runs import run_and_archive
from modules.commands.session import Session
from modules.environment_file import ENVIRONMENTS, shown
from modules.operations.gateway import find_gateway
from modules.operations.outputs import Outputs, read_outputs
from modules.operations.rotation.evidence import Evidence
from modules.operations.rotation.found import version
from modules.operations.rotation.kinds import RefusedError, chosen, next_generations, secrets_of
from modules.operations.rotation.settings_line import NotEditableError, with_setting
from modules.operations.rotation.watch import Watch, newer_value
from modules.preparation import prepare
from modules.runbook import open_runbook

NOTEBOOK = "rotate_keys"


def rotate_keys(session: Session) -> None:
    """Writes the next generation into the environment's file, deploys it, and verifies it by the notebook; without
    WHICH it shows how old the secrets are."""
    try:
        which = chosen(os.environ.get("WHICH", ""))
    except RefusedError as error:
        raise CommandError(str(error)) from None
    outputs = read_outputs(boto3.client("s3"), session.target, session.name)
    parameters = {"ENVIRONMENT": session.name, "EVIDENCE": ""}
    if which:
        confirm(
            session, f"This makes a new {' and a new '.join(which).replace('_', ' ')} for, and replaces every task of,"
        )
        evidence = run_file(RUNS, NOTEBOOK, environment=session.name, now=time.time()).with_suffix(".json")
        evidence.parent.mkdir(parents=True, exist_ok=True)
        evidence.write_text(_rotate(session, outputs, which).model_dump_json())
        parameters["EVIDENCE"] = str(evidence)
    run_and_archive(session, NOTEBOOK, parameters)


def _rotate(session: Session, outputs: Outputs, which: tuple[str, ...]) -> Evidence:
    secrets = boto3.client("secretsmanager")
    names = secrets_of(outputs)
    before = {name: version(secrets, names[name]) or "" for name in which}
    watched = version(secrets, outputs.master_key_secret) or ""
    _state_next_generations(session, which)
    watch = Watch(
        find_gateway(open_runbook(session.name)),
        lambda: newer_value(secrets, outputs.master_key_secret, watched),
        time.monotonic,
    )
    watch.start()
    try:
        deploy(dataclasses.replace(session, prepared=prepare(session.name, _directory())))
    finally:
        probes, seconds = watch.stop()
    return Evidence(which=which, versions=before, probes=probes, ended=seconds)


def _state_next_generations(session: Session, which: tuple[str, ...]) -> None:
    """The line stays when the deployment fails: the next one goes on with it."""
    file = _directory() / f"{session.name}.yaml"
    text = file.read_text()
    for path, generation in next_generations(session.prepared.environment, which).items():
        try:
            text = with_setting(text, path, generation)
        except NotEditableError as error:
            raise CommandError(f"{shown(file)}: {error}") from None
        print(f"{shown(file)}: {path} is {generation} now; commit that", flush=True)
    file.write_text(text)


def _directory() -> Path:
    return Path(os.environ.get("DEPLOY_ENVIRONMENTS_DIRECTORY", ENVIRONMENTS))
