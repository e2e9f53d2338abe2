"""A drill of real parts by the real clock: only the gateway and AWS FIS are played."""

import asyncio
import threading
import time
from pathlib import Path

import pytest
from aiohttp import web

from modules.operations.drill.evidence import Evidence, verify
from modules.operations.drill.facts import Fact
from modules.operations.drill.hypothesis import Hypothesis
from modules.operations.drill.measures import Limits
from modules.operations.drill.observation import Observation
from modules.operations.drill.probe import Probe
from modules.operations.drill.report import Settings
from modules.operations.drill.requests import Request
from modules.operations.drill.run import run
from modules.operations.drill.scorecard import scorecard
from modules.operations.drill.tools import Tools
from tests.operations.conftest import COMPLETION, PlayedGateway

from .played_fis import TEMPLATE, PlayedFis

RATE = 20
HUNG_SECONDS = 2.0
WINDOW_SECONDS = 0.5


class FisByTheClock(PlayedFis):
    """Its experiment hangs the gateway as soon as it runs."""

    @property
    def now(self) -> float:
        return time.time()

    @now.setter
    def now(self, value: float) -> None:
        pass


def test_a_gateway_that_hangs_for_two_seconds_is_measured_as_such(played: PlayedGateway, tmp_path: Path) -> None:
    fis = FisByTheClock(lasts_seconds=1 + HUNG_SECONDS)

    async def hangs_while_it_runs(request: web.Request, number: int) -> web.StreamResponse:
        if any(one.status(time.time()) == "running" for one in fis.experiments.values()):
            await asyncio.sleep(60)
        return web.json_response(COMPLETION)

    played.behaviour = hangs_while_it_runs
    evidence = Evidence(tmp_path / "hang")
    said: list[str] = []
    settings = Settings(
        environment="benchmark",
        drill="hang",
        target="the rehearsal",
        rehearsal={"pace": 1},
        template_id=TEMPLATE,
        template_ids=(TEMPLATE,),
        hypothesis=Hypothesis(p95_seconds=1),
        limits=Limits(error_rate=0.2, window_seconds=WINDOW_SECONDS, settle_seconds=2),
        objectives={"rto_degraded_seconds": 3},
        baseline_seconds=2,
        observe_at_least_seconds=4,
        timeout_seconds=30,
    )
    probe = Probe(
        played.gateway(),
        model="rehearsal",
        rate_per_second=RATE,
        timeout_seconds=1.5,
        in_flight_limit=100,
        file=evidence.probe,
    )
    report = run(
        settings,
        Tools(
            fis=fis,
            load=probe,
            observation=Observation([], clock=time.time, file=evidence.facts),
            evidence=evidence,
            checks={},
            confirm=None,
            clock=time.time,
            sleep=time.sleep,
            say=said.append,
        ),
    )
    assert report.measures, said
    assert (report.outcome, report.reasons) == ("pass", ("every objective is met",))
    assert report.measures.rto_degraded_seconds == pytest.approx(HUNG_SECONDS, abs=0.5)
    assert report.measures.failed_requests == pytest.approx(RATE * HUNG_SECONDS, abs=10)
    assert set(report.measures.errors) == {"no complete answer within 1.5 s"}

    lines = evidence.probe.read_text().splitlines()
    assert len([Request.model_validate_json(line) for line in lines]) == report.measures.requests
    facts = [Fact.model_validate_json(line) for line in evidence.facts.read_text().splitlines()]
    states = [fact.text for fact in facts if fact.about == "EXP1"]
    assert states[-2:] == ["running", "completed"]
    assert verify(evidence.folder) == []
    (row,) = scorecard(tmp_path)
    assert (row.outcome, row.drill, row.pace) == ("pass", "hang", 1)
    assert "probe" not in {thread.name for thread in threading.enumerate()}
