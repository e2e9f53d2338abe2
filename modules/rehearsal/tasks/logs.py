"""What a container prints goes to CloudWatch Logs, as the `awslogs` driver sends it."""

import threading
import time
from typing import IO, Any

from moto.logs.models import logs_backends

from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.lifecycle import ACCOUNT_ID

_LONGEST_LINE_BYTES = 256 * 1024
"""CloudWatch Logs quotas: the size of one event."""
_KEPT_LINES = 20_000
"""Waiting to be sent: the driver's own buffer is limited, too."""


class ContainerLog:
    """One log stream: `<prefix>/<container>/<task id>` in the group that the definition names."""

    def __init__(self, configuration: dict[str, Any] | None, *, container: str, task_id: str, region: str) -> None:
        options = (configuration or {}).get("options", {})
        self._group: str | None = options.get("awslogs-group")
        self._stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{container}/{task_id}"
        self._region: str = options.get("awslogs-region", region)
        self._waiting: list[dict[str, Any]] = []
        self._guard = threading.Lock()
        self._reader: threading.Thread | None = None

    def problem(self) -> str | None:
        """Why the driver cannot start, in ECS's words; None: it can."""
        if self._group is None:
            return None
        with LOCK:
            if self._group in logs_backends[ACCOUNT_ID][self._region].groups:
                return None
        return (
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
            "failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not "
            f"exist. : exit status 1 ({self._group})"
        )

    def follow(self, output: IO[bytes]) -> None:
        """Reads until the last process that holds the other end is gone."""
        self._reader = threading.Thread(target=self._read, args=(output,), name="container-log", daemon=True)
        self._reader.start()

    def close(self) -> None:
        """The rest of what an ended container said."""
        if self._reader is not None:
            self._reader.join(timeout=1)
        self.flush()

    def flush(self) -> None:
        """Sends what has come since the last time, in one batch."""
        with self._guard:
            batch, self._waiting = self._waiting, []
        if not batch or self._group is None:
            return
        with LOCK:
            backend = logs_backends[ACCOUNT_ID][self._region]
            if self._group not in backend.groups:
                return
            backend.ensure_log_stream(self._group, self._stream)
            backend.put_log_events(self._group, self._stream, batch)

    def _read(self, output: IO[bytes]) -> None:
        with output:
            for line in iter(lambda: output.readline(_LONGEST_LINE_BYTES), b""):
                message = line.rstrip(b"\r\n").decode(errors="replace")
                if not message:
                    # CloudWatch Logs takes no empty events.
                    continue
                with self._guard:
                    self._waiting.append({"timestamp": int(time.time() * 1000), "message": message})
                    del self._waiting[:-_KEPT_LINES]
