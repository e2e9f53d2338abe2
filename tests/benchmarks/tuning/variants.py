"""The variants of LiteLLM's settings that are measured, each the deployed ones but for what it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Patch = Mapping[str, Any]
"""A JSON merge patch (RFC 7396): what is None is taken away."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Variant:
    """
    Attributes:
        name: what differs from the deployed settings, as a person would write it.
        choice: what the environments do about it, and why.
        bare: starts from LiteLLM's own defaults, not from the deployed settings.
        arguments: more of LiteLLM's command line.
        variables: more of its environment; None: without this one.
        configuration: what changes in its YAML.
        client_reuses_connections: a client that opens a connection for each request is no setting, but what a setting
            of the load balancer or a careless client comes to.
    """

    name: str
    choice: str
    bare: bool = False
    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str | None] = field(default_factory=dict)
    configuration: Patch = field(default_factory=dict)
    workers: int = 1
    client_reuses_connections: bool = True


def patched(configuration: Mapping[str, Any], patch: Patch) -> dict[str, Any]:
    """The YAML's content with a merge patch applied; neither is changed."""
    result = dict(configuration)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            inner = result.get(key)
            result[key] = patched(inner if isinstance(inner, Mapping) else {}, value)
        else:
            result[key] = value
    return result


DEPLOYED = Variant(name="as deployed", choice="what `benchmark` deploys, with one worker")
CONTROL = Variant(name="as deployed, once more", choice="how far two equal workers are apart")

VARIANTS: Sequence[Variant] = (
    DEPLOYED,
    CONTROL,
    Variant(
        name="as the source has it",
        choice="not followed: LiteLLM's own defaults, with a line of log for each request, Python's garbage collection "
        "and connections closed after 5 idle seconds, which a load balancer answers with 502",
        bare=True,
    ),
    Variant(
        name="server: gunicorn (`--run_gunicorn`)",
        choice="uvicorn: gunicorn closes idle connections after 2 s whatever is set (502), and logs each request",
        arguments=("--run_gunicorn",),
    ),
    Variant(
        name="server: granian (`--run_granian`)",
        choice="uvicorn: LiteLLM gives granian neither the keep-alive nor the time for a graceful shutdown",
        arguments=("--run_granian",),
    ),
    Variant(
        name="two workers on the vCPU (`--num_workers 2`)",
        choice="as many workers as vCPUs: a second one on the same takes twice the memory and the connections to the "
        "database",
        # The supervisor kills workers that do not answer it for 5 s, as frozen ones do not.
        arguments=("--timeout_worker_healthcheck", "600"),
        workers=2,
    ),
    Variant(
        name="`LITELLM_LOG=INFO`",
        choice="`litellm.log_level: ERROR`: LiteLLM's checklist says so; each line is also paid for in CloudWatch",
        variables={"LITELLM_LOG": "INFO"},
    ),
    Variant(
        name="`LITELLM_LOG=DEBUG`",
        choice="ERROR: debugging writes prompts into the log, too",
        variables={"LITELLM_LOG": "DEBUG"},
    ),
    Variant(
        name="`json_logs: false`",
        choice="true: the saved log queries need it; with ERROR there is hardly a line to format",
        configuration={"litellm_settings": {"json_logs": False}},
    ),
    Variant(
        name="without the overhead's metric",
        choice="`litellm.overhead_metric: true`: without it nobody sees LiteLLM's own share of the latency",
        configuration={"litellm_settings": {"callbacks": None}},
    ),
    Variant(
        name="`callbacks: prometheus` besides",
        choice="no: CloudWatch has the metrics that the alarms need",
        configuration={"litellm_settings": {"callbacks": ["overhead_metric.instance", "prometheus"]}},
    ),
    Variant(
        name="`routing_strategy: latency-based-routing`",
        choice="simple-shuffle, as LiteLLM's checklist says; where several deployments of a model differ, this may pay",
        configuration={"router_settings": {"routing_strategy": "latency-based-routing"}},
    ),
    Variant(
        name="`routing_strategy: usage-based-routing-v2`",
        choice="simple-shuffle, as LiteLLM's checklist says",
        configuration={"router_settings": {"routing_strategy": "usage-based-routing-v2"}},
    ),
    Variant(
        name="httpx calls the LLM (`DISABLE_AIOHTTP_TRANSPORT=True`)",
        choice="aiohttp, LiteLLM's default",
        variables={"DISABLE_AIOHTTP_TRANSPORT": "True"},
    ),
    Variant(
        name="connections to the LLM closed when idle (`AIOHTTP_KEEPALIVE_TIMEOUT=0`)",
        choice="kept for 120 s, LiteLLM's default; with a real LLM each new one costs a TLS handshake besides",
        variables={"AIOHTTP_KEEPALIVE_TIMEOUT": "0"},
    ),
    Variant(
        name="clients that open a connection for each request",
        choice="`litellm.keep_alive_seconds: 620`: the load balancer keeps its connections to the workers",
        client_reuses_connections=False,
    ),
    Variant(
        name="Python 3.11's garbage collection (`PYTHON_GC_THRESHOLD=700,10,10`)",
        choice="`litellm.garbage_collection_threshold: 5000`: it looks at fewer objects that live as long as a request",
        variables={"PYTHON_GC_THRESHOLD": "700,10,10"},
    ),
    Variant(
        name="Python 3.13's (`2000,10,10`), which LiteLLM's image has",
        choice="5000",
        variables={"PYTHON_GC_THRESHOLD": "2000,10,10"},
    ),
    Variant(
        name="hardly any (`20000,50,50`)",
        choice="5000: what is in cycles stays for minutes, prompts included, and a task's memory is bounded",
        variables={"PYTHON_GC_THRESHOLD": "20000,50,50"},
    ),
)
