"""A secret whose value is made at the first apply and stands nowhere but in Secrets Manager."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import TerraformStack
from constructs import Construct

from modules.architecture import aws
from modules.architecture.base_stack import address_name

LENGTH = 48


@dataclass(frozen=True, kw_only=True)
class SecretCopy:
    """Where Secrets Manager keeps a copy of a secret in step.

    Attributes:
        kms_key_id: a key of that region; without one AWS's own.
    """

    region: str
    kms_key_id: str | None


@dataclass(frozen=True, kw_only=True)
class SecretProtection:
    """What the secrets of an environment have in common."""

    account_id: str
    recovery_window_days: int
    kms_key_id: str | None
    copy: SecretCopy | None


class Secret(Construct):
    """A value, written through a write-only argument: it is in no file, plan, state or output.

    Attributes:
        version_id: the stored version; another one as soon as another value is stored.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        description: str,
        protection: SecretProtection,
        value: str,
        generation: int = 1,
    ) -> None:
        """
        Args:
            value: Terraform expression, of which only ephemeral values are secret.
            generation: the value is written again when this number changes, and only then.
        """
        super().__init__(scope, id_)
        copy = protection.copy
        secret = aws.secretsmanager_secret.SecretsmanagerSecret(
            self,
            "this",
            name=name,
            description=description,
            kms_key_id=protection.kms_key_id,
            recovery_window_in_days=protection.recovery_window_days,
            replica=[
                aws.secretsmanager_secret.SecretsmanagerSecretReplica(region=copy.region, kms_key_id=copy.kms_key_id)
            ]
            if copy
            else None,
        )
        self.arn = secret.arn
        self.name = secret.name
        self._secret_id = secret.id
        aws.secretsmanager_secret_policy.SecretsmanagerSecretPolicy(
            self,
            "policy",
            secret_arn=secret.arn,
            policy=_own_account_over_tls(protection.account_id),
            block_public_policy=True,
        )
        self.version_id = aws.secretsmanager_secret_version.SecretsmanagerSecretVersion(
            self, "value", secret_id=secret.id, secret_string_wo=value, secret_string_wo_version=generation
        ).version_id

    def reference(self, part: str = "") -> str:
        """What ECS takes as a secret's `valueFrom`: this version of the secret, or one of its parts.

        The version is in it, so that a task definition goes with the value that it was made for: a task that starts
        after a rollback gets the former one.
        """
        return f"{self.arn}:{part}::{self.version_id}"

    def stored_value(self, part: str | None = None) -> str:
        """Terraform expression of the stored value, or of one of its parts; for write-only arguments alone.

        Read back instead of reused: after an interrupted apply the next run generates another value, which is not the
        one that was stored.
        """
        stored = _ephemeral(
            self,
            "aws_secretsmanager_secret_version",
            address_name(self.node),
            {"secret_id": self._secret_id, "version_id": self.version_id},
        )
        value = f"{stored}.secret_string"
        return f"${{{value}}}" if part is None else f'${{jsondecode({value})["{part}"]}}'


class GeneratedSecret(Secret):
    """A random value, or several in a JSON object.

    Terraform opens ephemeral resources anew in every run; only another generation would write another value.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        description: str,
        protection: SecretProtection,
        prefix: str = "",
        parts: Sequence[str] = (),
        generation: int = 1,
    ) -> None:
        """
        Args:
            prefix: what a single value starts with.
            parts: keys of the JSON object, each with a value of its own.
        """
        own_name = f"{address_name(scope.node)}_{id_}"

        def random(suffix: str) -> str:
            generated = _ephemeral(
                scope,
                "aws_secretsmanager_random_password",
                own_name + suffix,
                # Letters and digits: any more is refused somewhere (RDS: / " @ and space; URLs: most others).
                {"password_length": LENGTH, "exclude_punctuation": True},
            )
            return f"{generated}.random_password"

        values = ", ".join(f"{part} = {random(f'_{part}')}" for part in parts)
        super().__init__(
            scope,
            id_,
            name=name,
            description=description,
            protection=protection,
            value=f"${{jsonencode({{{values}}})}}" if parts else f"{prefix}${{{random('')}}}",
            generation=generation,
        )
        self.protection = protection


def _ephemeral(scope: Construct, type_: str, name: str, arguments: dict[str, object]) -> str:
    """An ephemeral resource; cdktf 0.21 has no class for them. Returns its address."""
    TerraformStack.of(scope).add_override(f"ephemeral.{type_}.{name}", arguments)
    return f"ephemeral.{type_}.{name}"


def _own_account_over_tls(account_id: str) -> str:
    """Denials only: what is allowed is said by the roles' own policies.

    A service that acts by itself has no account (IAM User Guide, "aws:PrincipalAccount"); ECS reads with the task's
    execution role, which has.
    """
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "secretsmanager:*",
                    "Resource": "*",
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
                {
                    "Sid": "OwnAccountOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "secretsmanager:*",
                    "Resource": "*",
                    "Condition": {
                        "StringNotEquals": {"aws:PrincipalAccount": account_id},
                        "Bool": {"aws:PrincipalIsAWSService": "false"},
                    },
                },
            ],
        }
    )
