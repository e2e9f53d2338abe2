"""What everybody may call: the LLM API. Admin page, keys, users, spend, settings and metrics are the operators' own.

A list of what is open, not of what is closed. LiteLLM has some 500 admin paths under 100 beginnings, more with each
version, and understands `/k%65y/generate` where the load balancer compares what was sent: whatever nobody thought of
is refused here. It is cheaper as well: each request is compared with rules until one matches, and ten are free (Elastic
Load Balancing pricing, rule evaluations); the paths that carry the load come first.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from cdktf import ITerraformDependable
from constructs import Construct

from modules.architecture import aws
from modules.architecture.security_groups import ANYWHERE
from modules.settings import LoadBalancer as LoadBalancerSettings

VALUES_IN_A_RULE = 5
"""Elastic Load Balancing, "Quotas for your Application Load Balancers": condition values, and wildcards, per rule."""

CLOSED = {"error": {"message": "This path is closed here.", "type": "forbidden", "code": "403"}}
"""In the shape of OpenAI's errors, which clients of LiteLLM read."""

OPEN_PATHS: Mapping[str, tuple[str, ...]] = {
    "chat": ("/v1/chat/completions", "/chat/completions", "/v1/messages*", "/v1/responses*", "/responses*"),
    "text": ("/v1/completions", "/completions", "/v1/embeddings", "/embeddings", "/engines/*"),
    # Liveliness is for monitors outside. Readiness says no more than whether the database is connected, from a cache.
    "health": ("/health/liveliness", "/health/liveness", "/health/readiness"),
    "models": ("/v1/models*", "/models*", "/model/info", "/v1/model/info", "/model_group/info"),
    "media": ("/v1/images/*", "/images/*", "/v1/audio/*", "/audio/*", "/v1/videos*"),
    "media_and_ranking": ("/videos*", "/v1/rerank", "/rerank", "/v2/rerank", "/v1/ocr"),
    "checks": ("/ocr", "/v1/moderations", "/moderations", "/guardrails/apply_guardrail", "/utils/token_counter"),
    "realtime": ("/v1/realtime*", "/realtime*", "/utils/model_info", "/utils/transform_request"),
    "search": ("/v1/search", "/v1/search/*", "/search", "/search/*"),
    "files": ("/v1/files*", "/files*", "/v1/batches*", "/batches*"),
    "fine_tuning": ("/v1/fine_tuning/jobs*", "/fine_tuning/jobs*", "/v1/containers*", "/containers*"),
    "assistants": ("/v1/assistants*", "/assistants*", "/v1/threads*", "/threads*"),
    "stores": ("/v1/vector_stores*", "/vector_stores*", "/v1/vector_store/list", "/vector_store/list"),
    "retrieval": ("/v1/rag/*", "/rag/*", "/v1/skills*", "/claude_code_gateway/v1/messages*"),
    "decisions": ("/v1/decisions", "/decisions", "/v1/systemone", "/systemone"),
    "google": ("/v1beta/models/*", "/v1beta/interactions*", "/interactions*", "/v1beta/agents*"),
    "tools": ("/mcp", "/mcp/*", "/mcp-rest/tools/*", "/v1/mcp/tools", "/token"),
    "agents": ("/agents", "/a2a/*", "/v1/a2a/*/message/send", "/introspect", "/claude-code/marketplace.json"),
    "providers_1": ("/anthropic/*", "/azure/*", "/azure_ai/*", "/bedrock/*", "/openai/*"),
    "providers_2": ("/gemini/*", "/vertex_ai/*", "/vertex-ai/*", "/mistral/*", "/cohere/*"),
    "providers_3": ("/openrouter/*", "/openai_passthrough/*", "/vllm/*", "/watsonx/*", "/nvidia_nim/*"),
    "providers_4": ("/cursor/*", "/langfuse/*", "/assemblyai/*", "/eu.assemblyai/*", "/deepgram/*"),
    "providers_5": ("/azure_speech/*", "/transcribe*", "/comprehendmedical*", "/fal_ai/*", "/milvus/*"),
    "providers_6": ("/gigachat/*", "/tinyfish/*", "/typesafe/*", "/laya/*", "/bespoke/*"),
}
"""By name of the rule, in the order in which requests are compared: what LiteLLM calls its LLM API
(`litellm.proxy._types.LiteLLMRoutes`), without its trace analysis and its plugin registry. Tests hold it to the
installed LiteLLM's routes."""


class OpenPaths(Construct):
    """Rules that forward the LLM API for everybody, all of LiteLLM for the operators' addresses, and nothing else.

    Attributes:
        rules: what has to be there before a task may be reached.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        listener_arn: str,
        target_group_arn: str,
        settings: LoadBalancerSettings,
    ) -> None:
        super().__init__(scope, id_)
        forward = aws.lb_listener_rule.LbListenerRuleAction(type="forward", target_group_arn=target_group_arn)
        refuse = aws.lb_listener_rule.LbListenerRuleAction(
            type="fixed-response",
            fixed_response=aws.lb_listener_rule.LbListenerRuleActionFixedResponse(
                status_code="403", content_type="application/json", message_body=json.dumps(CLOSED)
            ),
        )
        operators = [str(cidr) for cidr in settings.admin_cidrs]
        rules = [
            *((name, _path_is(values), forward) for name, values in OPEN_PATHS.items()),
            *((name, _path_is(values), forward) for name, values in _in_rules("own", settings.open_paths)),
            *((name, _address_is(values), forward) for name, values in _in_rules("operators", operators)),
            ("everything_else_refused", _address_is([ANYWHERE]), refuse),
        ]
        self.rules: list[ITerraformDependable] = [
            aws.lb_listener_rule.LbListenerRule(
                self,
                name,
                listener_arn=listener_arn,
                priority=priority,
                condition=[condition],
                action=[action],
                tags={"Name": name},
            )
            for priority, (name, condition, action) in enumerate(rules, start=1)
        ]


def _path_is(patterns: Sequence[str]) -> aws.lb_listener_rule.LbListenerRuleCondition:
    return aws.lb_listener_rule.LbListenerRuleCondition(
        path_pattern=aws.lb_listener_rule.LbListenerRuleConditionPathPattern(values=list(patterns))
    )


def _address_is(cidrs: Sequence[str]) -> aws.lb_listener_rule.LbListenerRuleCondition:
    return aws.lb_listener_rule.LbListenerRuleCondition(
        source_ip=aws.lb_listener_rule.LbListenerRuleConditionSourceIp(values=list(cidrs))
    )


def _in_rules(name: str, values: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """As many rules as the values need."""
    for start in range(0, len(values), VALUES_IN_A_RULE):
        yield f"{name}_{start // VALUES_IN_A_RULE + 1}", tuple(values[start : start + VALUES_IN_A_RULE])
