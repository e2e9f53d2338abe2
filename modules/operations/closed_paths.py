"""Whether the admin paths are closed to a stranger: asked without any key, so that nothing is changed."""

import aiohttp
from yarl import URL

from modules.operations.examination.finding import Finding, bad, fine, unknown, warning
from modules.operations.gateway import Gateway
from modules.settings import LoadBalancer

PATHS = ("/ui/", "/key/generate", "/k%65y/generate", "/user/new", "/config/update", "/metrics", "/health")
"""Admin page, keys (also spelled as LiteLLM reads it and a list of closed paths would not), users, settings, metrics,
and the health check that asks every model."""
REFUSED = 403
"""By the load balancer (modules/architecture/open_paths.py) or its firewall; LiteLLM itself would say 401."""


async def closed_paths(session: aiohttp.ClientSession, gateway: Gateway, load_balancer: LoadBalancer) -> list[Finding]:
    """From here: whoever asks from one of `load_balancer.admin_cidrs` is let through."""
    if load_balancer.admin_paths_open:
        what = "load_balancer.admin_cidrs lets everybody reach the admin paths, with a key"
        return [warning(what, "state the operators' addresses there")]
    answers = {path: await _status(session, gateway, path) for path in PATHS}
    through = [f"{path} (HTTP {status})" for path, status in answers.items() if status != REFUSED]
    if not through:
        return [fine(f"{len(answers)} admin paths are closed (HTTP {REFUSED})")]
    if load_balancer.admin_cidrs:
        advice = "right if this machine's address is in load_balancer.admin_cidrs; ask from another one too"
        return [unknown(f"not refused from here: {', '.join(through)}", advice)]
    advice = "'make plan' shows whether the load balancer's rules were changed; 'make deploy' puts them back"
    return [bad(f"admin paths reach LiteLLM from here: {', '.join(through)}", advice)]


async def _status(session: aiohttp.ClientSession, gateway: Gateway, path: str) -> int:
    url = URL(f"{gateway.endpoint}{path}", encoded=True)
    async with session.get(url, allow_redirects=False) as response:
        return response.status
