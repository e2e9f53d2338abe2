"""The fake provider's part in the control plane: it starts its process and says where it is."""

from pathlib import Path
from typing import Any

from modules.rehearsal.addresses import Addresses
from modules.rehearsal.child import Child
from modules.rehearsal.part import Part
from modules.rehearsal.settings import RehearsalSettings

PORT = 8900


class Upstream(Part):
    """
    Attributes:
        url: base URL, as an OpenAI client wants it.
    """

    name = "upstream"

    def __init__(self, *, url: str, directory: Path, settings: RehearsalSettings, addresses: Addresses) -> None:
        address = addresses.of("upstream")
        self.url = f"http://{address}:{PORT}/v1"
        options = {
            "--address": address,
            "--port": PORT,
            "--latency-milliseconds": settings.upstream_latency_milliseconds,
            "--latency-sigma": settings.upstream_latency_sigma,
            "--error-percent": settings.upstream_error_percent,
            "--tokens": settings.upstream_tokens,
            "--milliseconds-per-token": settings.upstream_milliseconds_per_token,
        }
        self._child = Child.of_module(
            "modules.rehearsal.upstream", [str(part) for option in options.items() for part in option]
        )

    def start(self) -> None:
        self._child.start()

    def stop(self) -> None:
        self._child.stop()

    def failure(self) -> str | None:
        return self._child.failure()

    def process_ids(self) -> list[int]:
        return self._child.process_ids()

    def status(self) -> dict[str, Any]:
        return {"url": self.url, **self._child.status()}
