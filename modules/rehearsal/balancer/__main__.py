"""`python -m modules.rehearsal.balancer --control-plane URL --directory DIRECTORY`: started by the balancer's part."""

import argparse
import asyncio
import gc
import signal
from pathlib import Path

import uvloop

from modules.rehearsal.balancer.process import BalancerProcess
from modules.rehearsal.child import end_with


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m modules.rehearsal.balancer")
    parser.add_argument("--control-plane", required=True, metavar="URL")
    parser.add_argument("--directory", type=Path, required=True, help="for the certificate authority")
    parser.add_argument("--interval-seconds", type=float, default=0.5, help="between two reports")
    parser.add_argument("--parent", type=int, help="process id: ends with it")
    arguments = parser.parse_args()
    if arguments.parent:
        end_with(arguments.parent)
    process = BalancerProcess(
        arguments.directory, f"{arguments.control_plane}/_rehearsal/balancer", arguments.interval_seconds
    )
    # Most of what a request leaves behind is freed without the collector, which costs a tenth of the throughput.
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    uvloop.run(_run(process))


async def _run(process: BalancerProcess) -> None:
    leave = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave.set)
    await process.run(leave)


main()
