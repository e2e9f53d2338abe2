"""What a load test on AWS takes beside the environment: a provider without an LLM, and machines that send requests."""

from typing import Annotated

from pydantic import Field

from modules.settings.base import Count, Settings

_CpuUnits = Annotated[int, Field(strict=True, ge=256, le=16384)]
_MemoryMib = Annotated[int, Field(strict=True, ge=512, le=122880)]


class FakeUpstream(Settings):
    """Tasks of LiteLLM's own image that answer as an LLM provider does, with made-up text."""

    tasks: Count = 2
    cpu_units: _CpuUnits = 1024
    """One process answers in each task: a second vCPU would idle, a second task does not."""
    memory_mib: _MemoryMib = 2048
    latency_milliseconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 100
    """Median of the time to the first token."""
    latency_sigma: Annotated[float, Field(ge=0, le=3)] = 0.3
    """Spread of its lognormal distribution; 0: always the median."""
    tokens: Count = 16
    """In an answer, unless the request asks for fewer."""
    milliseconds_per_token: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 5


class LoadGenerators(Settings):
    """Locust's master and workers, which `make load` runs as tasks and stops afterwards."""

    image: Annotated[str, Field(pattern=r"^[a-z0-9.-]+(:\d+)?/[a-z0-9._/-]+:[\w.-]+$")] = (
        "docker.io/locustio/locust:2.47.0"
    )
    workers: Count = 4
    """Each is one process, which uses one vCPU at the most."""
    cpu_units: _CpuUnits = 1024
    """Of each worker, and of the master."""
    memory_mib: _MemoryMib = 2048


class LoadTest(Settings):
    """A model `load-test` that costs no tokens, and load from inside the region. The provider's tasks are there until
    this is taken out again, the generators' only while a test runs."""

    upstream: FakeUpstream = FakeUpstream()
    generators: LoadGenerators = LoadGenerators()

    @property
    def most_tasks(self) -> int:
        """That run at once, beside LiteLLM's: the provider's, the workers and their master."""
        return self.upstream.tasks + self.generators.workers + 1
