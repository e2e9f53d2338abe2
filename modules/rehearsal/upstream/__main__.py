"""The fake provider's process: `python -m modules.rehearsal.upstream --address 127.0.0.1 --port 8900 ...`."""

import argparse
import asyncio
import random
import signal

import uvloop
from aiohttp import web

from modules.rehearsal.child import end_with
from modules.rehearsal.upstream.behaviour import Behaviour
from modules.rehearsal.upstream.provider import Provider


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m modules.rehearsal.upstream")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--latency-milliseconds", type=float, default=100)
    parser.add_argument("--latency-sigma", type=float, default=0.3)
    parser.add_argument("--error-percent", type=float, default=0)
    parser.add_argument("--tokens", type=int, default=16)
    parser.add_argument("--milliseconds-per-token", type=float, default=5)
    parser.add_argument("--seed", type=int, help="the same latencies and errors in each run")
    parser.add_argument("--parent", type=int, help="process id: ends with it")
    arguments = parser.parse_args()
    if arguments.parent:
        end_with(arguments.parent)
    behaviour = Behaviour(
        latency_median_seconds=arguments.latency_milliseconds / 1000,
        latency_sigma=arguments.latency_sigma,
        error_share=arguments.error_percent / 100,
        tokens=arguments.tokens,
        seconds_per_token=arguments.milliseconds_per_token / 1000,
        choose=random.Random(arguments.seed),
    )
    uvloop.run(_serve(behaviour, arguments.address, arguments.port))


async def _serve(behaviour: Behaviour, address: str, port: int) -> None:
    runner = web.ServerRunner(web.Server(Provider(behaviour).answer, access_log=None, keepalive_timeout=3600))
    await runner.setup()
    await web.TCPSite(runner, address, port, backlog=4096, reuse_address=True).start()
    asked_to_leave = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked_to_leave.set)
    await asked_to_leave.wait()


main()
