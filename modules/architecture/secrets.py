"""The secrets that LiteLLM cannot do without."""

from collections.abc import Sequence

from constructs import Construct

from modules.architecture.generated_secret import GeneratedSecret, SecretCopy, SecretProtection
from modules.architecture.second_region import SecondRegion
from modules.settings import Secrets as SecretsSettings

ADMINISTRATOR, LITELLM = "administrator", "litellm"
"""Parts of the database's secret: the administrator's password, and the one of LiteLLM's own user."""


class Secrets(Construct):
    """Master key, salt key and database passwords, each a secret of its own."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        account_id: str,
        settings: SecretsSettings,
        kms_key_id: str | None,
        second_region: SecondRegion | None,
        password_generation: int,
    ) -> None:
        super().__init__(scope, id_)
        protection = SecretProtection(
            account_id=account_id,
            recovery_window_days=settings.recovery_window_days,
            kms_key_id=kms_key_id,
            copy=SecretCopy(region=second_region.region, kms_key_id=second_region.secrets_key)
            if second_region
            else None,
        )

        def secret(
            secret_id: str, description: str, prefix: str = "", parts: Sequence[str] = (), generation: int = 1
        ) -> GeneratedSecret:
            return GeneratedSecret(
                self,
                secret_id,
                name=f"{name}/{secret_id.replace('_', '-')}",
                description=description,
                protection=protection,
                prefix=prefix,
                parts=parts,
                generation=generation,
            )

        # LiteLLM takes a master key only when it starts like this.
        self.master_key = secret(
            "master_key", "LiteLLM's administrator key", prefix="sk-", generation=settings.master_key_generation
        )
        self.salt_key = secret("salt_key", "Encrypts provider credentials in LiteLLM's database; must never change")
        self.database_password = secret(
            "database_password",
            "Passwords of the database's administrator and of LiteLLM's user",
            parts=(ADMINISTRATOR, LITELLM),
            generation=password_generation,
        )
