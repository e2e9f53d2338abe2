"""Whether the registry has the image that the tasks start from."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from modules.operations.examination.finding import Finding, bad, fine, unknown

TIMEOUT_SECONDS = 20
MANIFESTS = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
"""OCI Distribution Specification, "Pulling manifests"."""
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_PRIVATE = re.compile(r"\.dkr\.ecr\.[\w-]+\.amazonaws\.com$")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """
    Attributes:
        challenge: where a token is to be had, when there is none in the question.
    """

    status: int
    challenge: str = ""
    body: bytes = b""


Ask = Callable[[str, Mapping[str, str]], Reply]
"""Gets a URL with headers; an OSError when nobody answers."""


def image(reference: str, ask: Ask, *, rehearsal: bool) -> Iterator[Finding]:
    """
    Args:
        reference: repository with tag and perhaps digest, which then decides.
    """
    if rehearsal:
        yield fine("does not apply: the rehearsal's tasks run the LiteLLM of this checkout's Python packages")
        return
    repository, _, digest = reference.partition("@")
    repository, tag = repository.rsplit(":", 1)
    registry, _, name = repository.partition("/")
    if _PRIVATE.search(registry):
        yield unknown(f"{reference} is in a private registry, which is not asked", "see that the tag is there")
        return
    url = f"https://{registry}/v2/{name}/manifests/{digest or tag}"
    try:
        reply = ask(url, {"Accept": MANIFESTS})
        if reply.status == 401:
            token = _token(reply, ask)
            reply = ask(url, {"Accept": MANIFESTS, "Authorization": f"Bearer {token}"})
    except OSError as error:
        yield unknown(
            f"{registry} is not reached from here: {error}", "the tasks pull it on their own; go on if you know it"
        )
        return
    if reply.status == 200:
        yield fine(f"{registry} has {reference}")
    elif reply.status in (401, 403, 404):
        yield bad(
            f"{registry} has no {reference} for everybody", "see service.image, service.version and service.digest"
        )
    else:
        yield unknown(f"{registry} answers HTTP {reply.status} to the question for {reference}", "try again")


def ask_registry(url: str, headers: Mapping[str, str]) -> Reply:
    request = urllib.request.Request(url, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            return Reply(status=response.status, body=response.read())
    except urllib.error.HTTPError as error:
        return Reply(status=error.code, challenge=error.headers.get("WWW-Authenticate", ""))


def _token(refusal: Reply, ask: Ask) -> str:
    """That the registry gives to everybody (Docker Registry, "Token Authentication")."""
    challenge = dict(_CHALLENGE.findall(refusal.challenge))
    if not challenge.get("realm", "").startswith("https://"):
        return ""
    query = urllib.parse.urlencode({name: challenge[name] for name in ("service", "scope") if name in challenge})
    reply = ask(f"{challenge['realm']}?{query}", {})
    said = json.loads(reply.body or "{}") if reply.status == 200 else {}
    return str(said.get("token") or said.get("access_token") or "")
