"""LiteLLM itself: timeouts, connections, provider keys, and what it tells about itself."""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from modules.settings.base import Count, Flag, Settings

OURS = (
    "AWS_",
    "CONFIG_FILE_PATH",
    "DATABASE_",
    "DIRECT_URL",
    "DISABLE_SCHEMA_UPDATE",
    "GRACEFUL_SHUTDOWN_TIMEOUT",
    "IAM_TOKEN_DB_AUTH",
    "KEEPALIVE_TIMEOUT",
    "LITELLM_",
    "PYTHON_GC_THRESHOLD",
    "REDIS_",
    "STORE_MODEL_IN_DB",
)
"""Beginnings of the variables that the other settings decide."""


class LiteLLM(Settings):
    config_file: Annotated[str, Field(pattern=r"^[\w.-]+\.ya?ml$")] = "litellm.yaml"
    """LiteLLM's own configuration, beside the environment's file; what the settings decide is added to it."""
    provider_keys: dict[str, str] = Field(default_factory=dict)
    """Variables of LLM providers (OPENAI_API_KEY, ...) and the name of the Secrets Manager secret that holds each. The
    secrets exist before the deployment; their values are never in a file of this project."""
    request_timeout_seconds: Count = 600
    """Longest wait for an LLM."""
    keep_alive_seconds: Count = 620
    """Idle time after which a worker closes a connection; the load balancer must always be first."""
    graceful_shutdown_seconds: Count = 105
    """Time that a worker gives running requests after SIGTERM."""
    database_connection_pool: Literal["auto"] | Count = "auto"
    """Connections of one worker; `auto` takes the largest that fits `max_connections` at the worst moment."""
    database_pool_timeout_seconds: Count = 60
    batch_write_seconds: Count = 60
    """Time for which spend is collected before it is written to the database."""
    transaction_buffer: Literal["auto"] | Flag = "auto"
    """Spend is collected in the cache by all workers together; `auto` does so where there is a cache and the stated
    load is above what LiteLLM recommends it for."""
    garbage_collection_threshold: Count = 5000
    """New objects in a worker after which Python looks for cycles among them; its own is 700, from 3.13 on 2000."""
    log_level: Literal["ERROR", "INFO", "DEBUG"] = "ERROR"
    store_models_in_database: Flag = True
    overhead_metric: Flag = True
    """LiteLLM's own share of each request's time, as a metric with percentiles."""

    @field_validator("provider_keys")
    @classmethod
    def keys_are_named_not_told(cls, keys: dict[str, str]) -> dict[str, str]:
        for variable, secret in keys.items():
            if not re.fullmatch(r"[A-Z][A-Z0-9_]*", variable):
                raise ValueError(f"{variable} is no name of an environment variable, such as OPENAI_API_KEY")
            if variable.startswith(OURS):
                raise ValueError(f"{variable} is decided by other settings; take it out here")
            if not _names_a_secret(secret):
                # Whatever stands there may be the key itself: it is not repeated.
                raise ValueError(
                    f"{variable} should be the name of a Secrets Manager secret, such as litellm/openai; what stands "
                    "there does not look like one. If it is the key itself, it is no longer secret: revoke it"
                )
        return keys


_PREFIXES_OF_KEYS = ("sk-", "sk_", "AKIA", "ASIA", "AIza", "gsk_", "hf_", "xai-", "pplx-", "r8_", "Bearer ")


def _names_a_secret(text: str) -> bool:
    """Secrets Manager API, CreateSecret, Name: letters, digits and /_+=.@-; keys of the large providers are told by
    how they begin, others by their length without a structure."""
    allowed = all(character.isalnum() or character in "/_+=.@-" for character in text)
    unstructured = len(text) >= 32 and not set(text) & set("/.@")
    return bool(text) and allowed and not text.startswith(_PREFIXES_OF_KEYS) and not unstructured
