"""A restore, put together for a deployment: what is there, what has to hold, and doing it with its measurements."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import psycopg
from psycopg import sql

from modules.operations.completion import Question, complete
from modules.operations.deployment import Deployment
from modules.operations.drill.login import connector as login
from modules.operations.drill.preconditions import Precondition, checked
from modules.operations.drill.writes import Writer
from modules.operations.drill.written import Writes, WritesError
from modules.operations.gateway import connector, find_gateway
from modules.operations.restore.instances import Instances, RestoreError
from modules.operations.restore.request import MomentError, moment_of
from modules.operations.restore.run import Names, Restored, restore
from modules.operations.restore.state import TerraformError, address_of
from modules.target import state_key

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef

TIMEOUT_SECONDS = 6 * 3600.0
"""Of a single wait: RDS loads the whole of a large database before it is available."""
MARK_SECONDS = 0.1
ANSWER_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What an operator decides.

    Attributes:
        at: `latest`, or a time in ISO 8601 with its zone.
        mark: whether numbered rows are written first, until the backups reach them, to measure what a restore loses:
            an exercise, up to five minutes longer; it takes a way into the database's subnets.
        model: that is asked a question in the end.
    """

    at: str
    mark: bool
    model: str


@dataclass(frozen=True, kw_only=True)
class Preparation:
    deployment: Deployment
    wish: Wish
    instances: Instances
    names: Names

    @property
    def source(self) -> "DBInstanceTypeDef":
        """The instance that serves now, as AWS describes it now."""
        found = self.instances.rds.describe_db_instances(DBInstanceIdentifier=self.names.serving)
        return found["DBInstances"][0]

    def connect(self, host: str = "") -> "psycopg.Connection[Any]":
        """As LiteLLM does.

        Args:
            host: of another instance than the one that serves.
        """
        client, outputs = self.deployment.session.client, self.deployment.outputs
        return login(
            client("ecs"),
            client("secretsmanager"),
            client("rds"),
            cluster=outputs.cluster,
            service=outputs.service,
            host=host,
        )()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    Attributes:
        acknowledged: numbers of rows, and when the database acknowledged each; empty without marks.
        writes: what became of them; None without marks, or when they could not be read back.
    """

    restored: Restored
    acknowledged: list[tuple[int, float]]
    writes: Writes | None


def prepare(deployment: Deployment, wish: Wish, say: Callable[[str], None] = print) -> Preparation:
    instances = Instances(
        rds=deployment.session.client("rds"),
        clock=time.time,
        sleep=time.sleep,
        say=say,
        timeout_seconds=TIMEOUT_SECONDS,
    )
    names = Names.at(deployment.outputs.database, time.time())
    return Preparation(deployment=deployment, wish=wish, instances=instances, names=names)


def preconditions(preparation: Preparation) -> list[Precondition]:
    """What has to be so before anything is made."""
    return checked(
        {
            "the instance can be restored": lambda: _restorable(preparation),
            "no replica would be left behind": lambda: _without_replica(preparation.source),
            "Terraform knows the instance": lambda: _known_to_terraform(preparation),
            **({"rows can be written from here": lambda: _reachable(preparation)} if preparation.wish.mark else {}),
        }
    )


def perform(preparation: Preparation) -> Outcome:
    """Marks, where they are wished for, then the restore.

    Raises:
        RestoreError: something does not hold, so that nothing was done; or it stopped on the way.
    """
    if wrong := [line for one in preconditions(preparation) for line in one.wrong]:
        raise RestoreError("the restore does not begin:\n" + "\n".join(f"  {line}" for line in wrong))
    instances, names = preparation.instances, preparation.names
    if not preparation.wish.mark:
        return Outcome(restored=_restore(preparation), acknowledged=[], writes=None)
    schema = names.restored.removeprefix(names.serving).strip("-").replace("-", "_")
    marks = Writer(
        preparation.connect,
        schema=schema,
        clock=instances.clock,
        say=instances.say,
        interval_seconds=MARK_SECONDS,
    )
    try:
        marks.start()
        _wait_until_restorable(preparation, instances.clock())
        restored = _restore(preparation)
    except WritesError as error:
        raise RestoreError(f"the rows cannot be written: {error}") from None
    finally:
        writes = marks.finish()
    _drop(preparation, schema)
    return Outcome(restored=restored, acknowledged=marks.acknowledged, writes=writes)


def other_host(preparation: Preparation) -> str:
    """The old instance's own endpoint, after the restore."""
    found = preparation.instances.rds.describe_db_instances(DBInstanceIdentifier=preparation.names.old)
    return found["DBInstances"][0]["Endpoint"]["Address"]


def state_of(deployment: Deployment) -> Mapping[str, Any]:
    """Terraform's state of the environment."""
    s3 = deployment.session.client("s3")
    key = state_key(deployment.environment.name)
    state: dict[str, Any] = json.loads(s3.get_object(Bucket=deployment.target.state_bucket, Key=key)["Body"].read())
    return state


def _restore(preparation: Preparation) -> Restored:
    source = preparation.source
    return restore(
        preparation.instances,
        source,
        preparation.names,
        moment_of(preparation.wish.at, latest=source["LatestRestorableTime"]),
        serves=partial(_why_not_served, preparation),
    )


def _restorable(preparation: Preparation) -> Iterator[str]:
    source = preparation.source
    if source["DBInstanceStatus"] != "available":
        yield f"{preparation.names.serving} is {source['DBInstanceStatus']}"
    if not source["BackupRetentionPeriod"]:
        yield "there are no backups: database.backup_retention_days is 0"
    elif "LatestRestorableTime" not in source:
        yield "there is no backup yet: the first one follows the instance's creation within minutes"
    else:
        try:
            moment_of(preparation.wish.at, latest=source["LatestRestorableTime"])
        except MomentError as error:
            yield str(error)


def _without_replica(source: "DBInstanceTypeDef") -> Iterator[str]:
    if replicas := source.get("ReadReplicaDBInstanceIdentifiers"):
        yield (
            f"{', '.join(replicas)} would go on following the old instance: deploy without database.read_replica "
            "first, and with it again afterwards"
        )


def _known_to_terraform(preparation: Preparation) -> Iterator[str]:
    try:
        address_of(state_of(preparation.deployment), preparation.source["DbiResourceId"])
    except TerraformError as error:
        yield str(error)


def _reachable(preparation: Preparation) -> Iterator[str]:
    try:
        preparation.connect().close()
    except psycopg.Error as error:
        yield f"{str(error).strip()}; on AWS it takes a tunnel or a VPN, or MARK=no"


def _wait_until_restorable(preparation: Preparation, moment: float) -> None:
    instances = preparation.instances
    instances.say("rows are written until the backups reach them: at most five minutes of AWS's")
    deadline = instances.clock() + 1200
    while preparation.source["LatestRestorableTime"].timestamp() <= moment:
        if instances.clock() >= deadline:
            raise RestoreError("the backups do not go on: LatestRestorableTime has not moved for 20 minutes")
        instances.sleep(1)


def _why_not_served(preparation: Preparation) -> str | None:
    if preparation.wish.mark:
        try:
            with preparation.connect() as connection:
                connection.execute("SELECT txid_current()")
        except psycopg.Error as error:
            return f"LiteLLM's login writes nothing: {str(error).strip()}"
    # In a thread of its own: a notebook's has an event loop already.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, _what_litellm_says(preparation)).result()


async def _what_litellm_says(preparation: Preparation) -> str | None:
    deployment, gateway = preparation.deployment, find_gateway(preparation.deployment)
    async with aiohttp.ClientSession(connector=connector(gateway)) as session:
        question = Question(model=preparation.wish.model, content=f"Are you there at {time.time()}?")
        answer = await complete(session, gateway, question, ANSWER_SECONDS, time.time)
        if answer.error:
            return f"LiteLLM does not answer: {answer.error}"
        if deployment.target.rehearsal:
            # Its LiteLLM runs without the database.
            return None
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        try:
            async with session.get(f"{gateway.endpoint}/health/readiness", timeout=timeout) as response:
                # Whoever is not in admin_cidrs is refused, and cannot tell.
                said = await response.json() if response.status == 200 else {"db": "connected"}
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"readiness is not known: {type(error).__name__}"
    return None if said.get("db") == "connected" else f"LiteLLM says of its database: {said.get('db')}"


def _drop(preparation: Preparation, schema: str) -> None:
    """From the old instance, too, where the rows were written first."""
    try:
        with preparation.connect(other_host(preparation)) as connection:
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
    except psycopg.Error as error:
        preparation.instances.say(f"the schema {schema} is left in {preparation.names.old}: {error}")
