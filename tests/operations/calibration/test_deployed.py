"""Calibration by a real Locust on a played fleet: one server with a queue, and a provider behind it."""

import asyncio
import json
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from modules.operations.calibration import campaign, deployed
from modules.operations.deployment import Deployment
from modules.operations.gateway import Gateway
from modules.operations.load.run import run
from modules.operations.load.wish import Wish
from modules.planning.capacity.closed_loop import Users, closed_loop
from modules.planning.capacity.worker import Worker
from tests.operations.conftest import COMPLETION, PlayedGateway

WORKER = Worker(service_seconds=0.04, fixed_delay_seconds=0.15, delay_variation=0.05)


def one_server() -> Any:
    """A queue of one, then a delay that nobody queues for."""
    server, choose = asyncio.Lock(), random.Random(1)

    async def answer(request: web.Request, number: int) -> web.StreamResponse:
        async with server:
            await asyncio.sleep(choose.expovariate(1 / WORKER.service_seconds))
        await asyncio.sleep(choose.lognormvariate(-1.92, 0.22))
        return web.json_response(COMPLETION)

    return answer


def test_what_locust_measures_of_a_queue_is_what_the_model_says(played: PlayedGateway, tmp_path: Path) -> None:
    played.behaviour = one_server()
    users = Users(number=12)
    wish = Wish(load=users, seconds=12, warm_up_seconds=4, model="played")
    result = run(wish, played.gateway(), tmp_path / "run", say=lambda _: None).result
    loop = closed_loop(users, 1, WORKER)
    assert result.requests_per_second == pytest.approx(loop.requests_per_second, rel=0.15)
    assert result.latency
    assert result.latency.p50 == pytest.approx(loop.percentile_seconds(50), rel=0.3)


class Ecs:
    def __init__(self, running: int) -> None:
        self.running = running

    def describe_services(self, **_: object) -> dict[str, list[dict[str, int]]]:
        return {"services": [{"runningCount": self.running}]}


def deployment(*, on_rehearsal: bool) -> Deployment:
    """Two tasks, whose definition asks for four workers each."""
    return cast(
        Deployment,
        SimpleNamespace(
            outputs=SimpleNamespace(cluster="c", service="s"),
            environment=SimpleNamespace(service=SimpleNamespace(workers=4)),
            session=SimpleNamespace(client=lambda _: Ecs(2)),
            rehearsal_status={"settings": {"workers_per_task": 1}} if on_rehearsal else None,
        ),
    )


def test_a_rehearsal_s_workers_are_those_that_it_really_starts() -> None:
    assert deployed.workers_of(deployment(on_rehearsal=False)) == 8
    assert deployed.workers_of(deployment(on_rehearsal=True)) == 2


def test_the_numbers_are_left_for_scripts_and_the_tables_for_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from .test_campaign import DEV, played as fleet

    measure = fleet(DEV)

    def play(wish: Wish, gateway: object, folder: Path, **_: object) -> SimpleNamespace:
        folder.mkdir(parents=True, exist_ok=True)
        assert isinstance(wish.load, Users)
        return SimpleNamespace(result=measure(wish.load, wish.seconds))

    monkeypatch.setattr(deployed, "run", play)
    monkeypatch.setattr(deployed, "find_gateway", lambda _: Gateway(endpoint="http://127.0.0.1:9", key="sk"))
    found = deployed.calibrate_deployed(
        deployment(on_rehearsal=True), tmp_path, model="m", seconds=120, warm_up_seconds=1, say=lambda _: None
    )
    kept = json.loads((tmp_path / deployed.NUMBERS).read_text())
    assert kept["holds"] == found.holds
    assert kept["worker"]["service_seconds"] == found.worker.service_seconds
    assert len(kept["points"]) == len(campaign.ORDER)
    assert "SERVICE_SECONDS = 0.02" in (tmp_path / deployed.TEXT).read_text()
