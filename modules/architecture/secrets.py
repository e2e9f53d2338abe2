"""The secrets that LiteLLM cannot do without."""

from constructs import Construct

from modules.architecture.generated_secret import GeneratedSecret
from modules.settings import Secrets as SecretsSettings


class Secrets(Construct):
    """Master key, salt key and database password, each a secret of its own."""

    def __init__(self, scope: Construct, id_: str, *, name: str, settings: SecretsSettings) -> None:
        super().__init__(scope, id_)

        def secret(secret_id: str, description: str, prefix: str = "") -> GeneratedSecret:
            return GeneratedSecret(
                self,
                secret_id,
                name=f"{name}/{secret_id.replace('_', '-')}",
                description=description,
                recovery_window_days=settings.recovery_window_days,
                prefix=prefix,
            )

        # LiteLLM takes a master key only when it starts like this.
        self.master_key = secret("master_key", "LiteLLM's administrator key", prefix="sk-")
        self.salt_key = secret("salt_key", "Encrypts provider credentials in LiteLLM's database; must never change")
        self.database_password = secret("database_password", "Password of LiteLLM's database user")

    @property
    def all(self) -> list[GeneratedSecret]:
        return [self.master_key, self.salt_key, self.database_password]
