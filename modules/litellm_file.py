"""LiteLLM's own configuration file: what a person wrote, completed by what the settings decide."""

from typing import Any

import yaml

from modules.environment_file import SettingsError
from modules.planning.connections import connection_pool
from modules.rules import transaction_buffer
from modules.settings import Environment

REHEARSAL_MODEL = "rehearsal"
REHEARSAL_UPSTREAM = "os.environ/REHEARSAL_UPSTREAM"
LOAD_TEST_MODEL = "load-test"
OTHER_NAMES = {"database_connection_pool_timeout": "database_connection_timeout"}
"""Keys that LiteLLM takes for another one (litellm/proxy/proxy_cli.py)."""


def complete(stated: Any, environment: Environment) -> str:
    """LiteLLM's YAML: the person's part and the environment's.

    Raises:
        SettingsError: the file is not a mapping, or states a key that comes from the settings.
    """
    litellm = environment.litellm
    if not isinstance(stated, dict):
        raise SettingsError(f"environments/{litellm.config_file}: got {stated!r}; it should be a mapping")
    derived: dict[str, dict[str, tuple[Any, str]]] = {
        "general_settings": {
            "master_key": ("os.environ/LITELLM_MASTER_KEY", "the secret"),
            "database_connection_pool_limit": (connection_pool(environment), "litellm.database_connection_pool"),
            "database_connection_timeout": (
                litellm.database_pool_timeout_seconds,
                "litellm.database_pool_timeout_seconds",
            ),
            "proxy_batch_write_at": (litellm.batch_write_seconds, "litellm.batch_write_seconds"),
        },
        "litellm_settings": {
            "request_timeout": (litellm.request_timeout_seconds, "litellm.request_timeout_seconds"),
            "json_logs": (True, "the log group, whose queries expect it"),
        },
    }
    if environment.cache:
        derived["general_settings"] |= {
            # For rate limits, budgets, cooldowns and spend alone: answers are kept there only if this file says
            # `litellm_settings.cache: true`. The rest of the connection is in REDIS_* (litellm/_redis.py, 1.106.2); a
            # block of its own, because LiteLLM gives up on variables alone when the cache does not answer at once.
            "coordination_redis": ({"host": "os.environ/REDIS_HOST"}, "cache"),
            "use_redis_transaction_buffer": (transaction_buffer(environment), "litellm.transaction_buffer"),
        }
    if environment.load_test and LOAD_TEST_MODEL in _model_names(stated):
        raise SettingsError(
            f"environments/{litellm.config_file}: model_list: {LOAD_TEST_MODEL} is the model that load_test adds; "
            "give yours another model_name"
        )
    completed = dict(stated)
    for section, values in derived.items():
        own = stated.get(section) or {}
        if not isinstance(own, dict):
            raise SettingsError(f"environments/{litellm.config_file}: {section}: got {own!r}; it should be a mapping")
        for key in own:
            name = OTHER_NAMES.get(key, key)
            if name in values:
                setting = values[name][1]
                raise SettingsError(
                    f"environments/{litellm.config_file}: {section}.{key} is decided by {setting}; take it out here"
                )
        completed[section] = {**own, **{key: value for key, (value, _) in values.items()}}
    return yaml.safe_dump(completed, sort_keys=True)


def _model_names(stated: dict[str, Any]) -> list[Any]:
    models = stated.get("model_list") or []
    return [model.get("model_name") for model in models if isinstance(model, dict)]


def with_rehearsal_model(configuration: str) -> str:
    """LiteLLM's YAML with one more model, `rehearsal`: the fake provider that the rehearsal runs beside its tasks, at
    an address that it gives them in a variable."""
    return _with_model(configuration, REHEARSAL_MODEL, REHEARSAL_UPSTREAM)


def with_load_test_model(configuration: str, upstream: str) -> str:
    """LiteLLM's YAML with one more model, `load-test`: the fake provider at that base URL."""
    return _with_model(configuration, LOAD_TEST_MODEL, upstream)


def _with_model(configuration: str, name: str, upstream: str) -> str:
    content = yaml.safe_load(configuration)
    model = {
        "model_name": name,
        "litellm_params": {"model": f"openai/{name}", "api_base": upstream, "api_key": "none is needed"},
    }
    content["model_list"] = [*(content.get("model_list") or []), model]
    return yaml.safe_dump(content, sort_keys=True)


def with_callback(configuration: str, callback: str) -> str:
    """LiteLLM's YAML with one more of `litellm_settings.callbacks`."""
    content = yaml.safe_load(configuration)
    settings = content["litellm_settings"]
    stated = settings.get("callbacks") or []
    # LiteLLM takes a single one without a list as well.
    settings["callbacks"] = [*(stated if isinstance(stated, list) else [stated]), callback]
    return yaml.safe_dump(content, sort_keys=True)
