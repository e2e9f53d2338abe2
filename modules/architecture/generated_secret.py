"""A secret whose value is made at the first apply and stands nowhere but in Secrets Manager."""

from cdktf import TerraformStack
from constructs import Construct

from modules.architecture import aws
from modules.architecture.base_stack import address_name

LENGTH = 48


class GeneratedSecret(Construct):
    """A random value, written through write-only arguments: it is in no file, plan, state or output.

    Terraform opens ephemeral resources anew in every run; only another version number would write another value.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, description: str, recovery_window_days: int, prefix: str = ""
    ) -> None:
        super().__init__(scope, id_)
        secret = aws.secretsmanager_secret.SecretsmanagerSecret(
            self, "this", name=name, description=description, recovery_window_in_days=recovery_window_days
        )
        self.arn = secret.arn
        self.name = secret.name
        self._secret_id = secret.id
        generated = self._ephemeral(
            "aws_secretsmanager_random_password",
            # Letters and digits: any more is refused somewhere (RDS: / " @ and space; URLs: most others).
            {"password_length": LENGTH, "exclude_punctuation": True},
        )
        self.version_id = aws.secretsmanager_secret_version.SecretsmanagerSecretVersion(
            self,
            "value",
            secret_id=secret.id,
            secret_string_wo=f"{prefix}${{{generated}.random_password}}",
            secret_string_wo_version=1,
        ).version_id

    def stored_value(self) -> str:
        """Terraform expression of the stored value, for write-only arguments alone.

        Read back instead of reused: after an interrupted apply the next run generates another value, which is not the
        one that was stored.
        """
        stored = self._ephemeral(
            "aws_secretsmanager_secret_version", {"secret_id": self._secret_id, "version_id": self.version_id}
        )
        return f"${{{stored}.secret_string}}"

    def _ephemeral(self, type_: str, arguments: dict[str, object]) -> str:
        """An ephemeral resource; cdktf 0.21 has no class for them. Returns its address."""
        name = address_name(self.node)
        TerraformStack.of(self).add_override(f"ephemeral.{type_}.{name}", arguments)
        return f"ephemeral.{type_}.{name}"
