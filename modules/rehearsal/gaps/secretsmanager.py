"""Secrets Manager: keys of the copies in other regions, ages of versions."""

import json
from typing import Any

from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from modules.rehearsal.gaps.patching import Method, wrap


def install() -> None:
    wrap(FakeSecret, "create_replicas", encrypt_copies_with_the_key_that_is_asked_for)
    wrap(SecretsManagerBackend, "list_secret_version_ids", tell_when_each_version_was_made)


def encrypt_copies_with_the_key_that_is_asked_for(
    original: Method, secret: Any, replica_regions: list[dict[str, str]], *arguments: Any, **named: Any
) -> Any:
    """AWS encrypts each copy with the key that the request names for its region; moto shows its own service's key,
    and Terraform would make every copy anew in each plan."""
    copies = original(secret, replica_regions, *arguments, **named)
    keys = {asked["Region"]: asked["KmsKeyId"] for asked in replica_regions if asked.get("KmsKeyId")}
    for copy in copies:
        copy.config["KmsKeyId"] = keys.get(copy.region, copy.config["KmsKeyId"])
    return copies


def tell_when_each_version_was_made(original: Method, backend: Any, secret_id: str, *arguments: Any) -> str:
    """AWS tells when each version was made; moto says that it was now."""
    answer = json.loads(original(backend, secret_id, *arguments))
    made = backend.secrets[secret_id].versions
    for version in answer["Versions"]:
        version["CreatedDate"] = made[version["VersionId"]].get("createdate", version["CreatedDate"])
    return json.dumps(answer)
