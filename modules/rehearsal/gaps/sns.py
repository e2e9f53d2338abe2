"""SNS: attributes of topics, and what was published."""

from collections import deque
from datetime import UTC, datetime
from typing import Any

from moto.sns.models import Topic
from moto.sns.responses import SNSResponse

from modules.rehearsal.gaps.patching import Method, wrap

_KEPT = {"SignatureVersion": "signature_version", "TracingConfig": "tracing_config"}

_REMEMBERED = 100

notifications: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)
"""The last messages to topics, oldest first, for whoever asks how long it took until somebody was told."""


def install() -> None:
    wrap(Topic, "publish", remember_the_last_messages)
    wrap(SNSResponse, "get_topic_attributes", show_every_attribute_that_is_set)


def remember_the_last_messages(
    original: Method, topic: Any, message: str, subject: str | None = None, *arguments: Any, **named: Any
) -> Any:
    """AWS keeps no message; moto keeps each for ever."""
    message_id = original(topic, message, subject, *arguments, **named)
    del topic.sent_notifications[:-_REMEMBERED]
    said = {"time": datetime.now(UTC).isoformat(), "topic": topic.arn, "subject": subject, "message": message[:200]}
    notifications.append(said)
    return message_id


def show_every_attribute_that_is_set(original: Method, response: Any) -> Any:
    """AWS shows how a topic signs and traces its messages; moto keeps it to itself."""
    answer = original(response)
    topic = response.backend.get_topic(response._get_param("TopicArn"))
    for name, attribute in _KEPT.items():
        if hasattr(topic, attribute):
            answer.result["Attributes"][name] = getattr(topic, attribute)
    return answer
