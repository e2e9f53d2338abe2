"""What tasks of ECS have said, out of CloudWatch Logs, each line once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import botocore.exceptions

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient


@dataclass
class _Log:
    """As far as it has been read."""

    stream: str
    token: str | None = None
    lines: list[str] = field(default_factory=list)


class TaskLogs:
    """The logs of some tasks of one container each, which may still be writing."""

    def __init__(self, logs: "CloudWatchLogsClient", group: str, container: str, tasks: Sequence[str]) -> None:
        """
        Args:
            container: also the prefix of the streams.
            tasks: their ARNs.
        """
        self._client = logs
        self._group = group
        self._logs = [_Log(f"{container}/{container}/{task.rpartition('/')[2]}") for task in tasks]

    @property
    def lines(self) -> list[str]:
        """One task's after the other's, as far as they have been read."""
        return [line for log in self._logs for line in log.lines]

    def read_on(self) -> int:
        """How many lines are new."""
        before = len(self.lines)
        for log in self._logs:
            log.lines += self._new_lines(log)
        return len(self.lines) - before

    def _new_lines(self, log: _Log) -> Iterator[str]:
        while True:
            following = {"nextToken": log.token} if log.token else {}
            try:
                page = self._client.get_log_events(
                    logGroupName=self._group,
                    logStreamName=log.stream,
                    startFromHead=True,
                    **following,  # type: ignore[arg-type]
                )
            except botocore.exceptions.ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                # The task has not said anything yet.
                return
            yield from (event["message"] for event in page["events"])
            # The end has come when the answer says to ask the same again (CloudWatch Logs API, GetLogEvents).
            if page["nextForwardToken"] == log.token:
                return
            log.token = page["nextForwardToken"]
