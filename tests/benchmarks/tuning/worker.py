"""A LiteLLM process with a variant's settings on a core of its own, frozen while others are measured."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import yaml

from modules.architecture.container import ContainerInputs, container_definition
from modules.architecture.litellm_configuration import OVERHEAD_METRIC
from modules.litellm_file import REHEARSAL_MODEL, with_callback, with_rehearsal_model
from modules.operations.gateway import Gateway
from modules.preparation import Prepared
from modules.rehearsal.child import end_with
from modules.rehearsal.tasks.container import Surroundings, launch
from tests.benchmarks.tuning.variants import Variant, patched

KEY = "sk-tuning"
START_SECONDS = 90


@dataclass(frozen=True, kw_only=True)
class Program:
    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    configuration: str
    """LiteLLM's YAML."""


def program(variant: Variant, prepared: Prepared, *, folder: Path, address: str, upstream: str) -> Program:
    """What a task of the environment would run, as far as a machine without a database can, with the variant's changes.

    Args:
        folder: the worker's own; its configuration is in there as `litellm.yaml`.
        upstream: URL of the fake LLM provider.
    """
    # No secrets, no database, no bucket: whatever other constructs give is nothing here.
    nothing = {field.name: "" for field in fields(ContainerInputs) if field.default is MISSING}
    known = {"region": prepared.environment.region, "configuration_key": str(folder / "litellm.yaml")}
    inputs = ContainerInputs(**{**nothing, **known, "provider_keys": {}})
    definition = container_definition(prepared.environment, inputs)
    content = yaml.safe_load(
        with_callback(with_rehearsal_model(prepared.litellm_configuration), f"{OVERHEAD_METRIC.stem}.instance")
    )
    if variant.bare:
        # The source adds its models to the database; without one they are in a file.
        content = {"model_list": content["model_list"]}
        definition = {**definition, "environment": []}
    deployed = launch(
        definition,
        {"LITELLM_MASTER_KEY": KEY, "LITELLM_SALT_KEY": KEY},
        Surroundings(
            url="http://127.0.0.1:9",
            region=prepared.environment.region,
            address=address,
            scratch=folder,
            workers_limit=variant.workers,
            upstream=upstream,
        ),
    )
    # From a file: there is no S3.
    without = {"LITELLM_CONFIG_BUCKET_NAME": None, "LITELLM_CONFIG_BUCKET_OBJECT_KEY": None}
    return Program(
        arguments=(*deployed.arguments, *variant.arguments),
        variables=patched(deployed.environment, {**without, **variant.variables}),
        configuration=yaml.safe_dump(patched(content, variant.configuration)),
    )


class Worker:
    """
    Attributes:
        gateway: where it answers.
    """

    model = REHEARSAL_MODEL

    def __init__(self, variant: Variant, prepared: Prepared, *, folder: Path, address: str, upstream: str) -> None:
        folder.mkdir()
        started = program(variant, prepared, folder=folder, address=address, upstream=upstream)
        (folder / "litellm.yaml").write_text(started.configuration)
        shutil.copy(OVERHEAD_METRIC, folder)
        self.variant = variant
        self.gateway = Gateway(endpoint=f"http://{address}:{prepared.environment.service.port}", key=KEY)
        self._log = folder / "log"
        self._started = started
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, core: int) -> None:
        """Returns when it answers, and freezes it.

        Raises:
            RuntimeError: it ended, or did not answer in time.
        """
        output: IO[Any]
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                self._started.arguments,
                env=dict(self._started.variables),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(end_with, os.getpid()),
            )
        # Before it has threads or children, which inherit it.
        os.sched_setaffinity(self._process.pid, {core})
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.variant.name} did not start: {self._log.read_text()[-2000:]}")
            time.sleep(0.2)
        self.freeze()

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.gateway.endpoint}/health/liveliness", timeout=5):
                return True
        except (URLError, OSError):
            return False

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def cpu_seconds(self) -> float:
        """That all of its processes have used so far."""
        return sum(times.user + times.system for times in (one.cpu_times() for one in self._processes()))

    def memory_mib(self) -> float:
        """What forked processes share counts once."""
        return sum(one.memory_full_info().pss for one in self._processes()) / 2**20

    def _processes(self) -> list[psutil.Process]:
        assert self._process is not None
        own = psutil.Process(self._process.pid)
        return [own, *own.children(recursive=True)]
