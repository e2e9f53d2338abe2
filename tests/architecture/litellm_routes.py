"""Prints every route of the installed LiteLLM as JSON: what it calls its LLM API, and the rest.

A program of its own, because LiteLLM takes seconds to import. `{name}` in a route stands for one part of a path,
`{name:path}` for several.
"""

import importlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from litellm.proxy._lazy_features import LAZY_FEATURES
from litellm.proxy._types import LiteLLMRoutes
from litellm.proxy.auth.route_checks import RouteChecks
from litellm.proxy.proxy_server import app


def paths(routes: Sequence[Any], prefix: str = "") -> Iterator[str]:
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            for context in route.effective_route_contexts():
                yield prefix + (getattr(context.starlette_route, "path", None) or context.path)
        else:
            yield prefix + route.path
            yield from paths(getattr(route, "routes", None) or [], prefix + route.path)


def is_llm_api(route: str) -> bool:
    path = re.sub(r"\{[^}]*}", "x", route)
    return RouteChecks.is_llm_api_route(path) or path in LiteLLMRoutes.llm_api_routes.value


for feature in LAZY_FEATURES:
    feature.register_fn(app, importlib.import_module(feature.module_path))
every = sorted(set(paths(app.routes)))
llm_api = [route for route in every if is_llm_api(route)]
json.dump({"llm_api": llm_api, "others": [route for route in every if route not in llm_api]}, sys.stdout)
