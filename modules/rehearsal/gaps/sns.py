"""SNS: attributes of topics."""

from typing import Any

from moto.sns.responses import SNSResponse

from modules.rehearsal.gaps.patching import Method, wrap

_KEPT = {"SignatureVersion": "signature_version", "TracingConfig": "tracing_config"}


def install() -> None:
    wrap(SNSResponse, "get_topic_attributes", show_every_attribute_that_is_set)


def show_every_attribute_that_is_set(original: Method, response: Any) -> Any:
    """AWS shows how a topic signs and traces its messages; moto keeps it to itself."""
    answer = original(response)
    topic = response.backend.get_topic(response._get_param("TopicArn"))
    for name, attribute in _KEPT.items():
        if hasattr(topic, attribute):
            answer.result["Attributes"][name] = getattr(topic, attribute)
    return answer
