"""The second region: the provider that reaches it, and the keys of the copies that are kept there."""

from cdktf import TerraformProvider
from constructs import Construct

from modules.architecture.encryption_keys import CustomerKey
from modules.settings import Encryption, SecondRegion as SecondRegionSettings
from modules.target import Target


class SecondRegion(Construct):
    """Where copies of the database's backups and of the secrets are kept.

    Attributes:
        backups_key: always a key of our own. The backups are encrypted, and AWS copies them only with a key of the
            region that they go to (Amazon RDS API, StartDBInstanceAutomatedBackupsReplication).
        secrets_key: None where AWS's own key is used.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        settings: SecondRegionSettings,
        encryption: Encryption,
        provider: TerraformProvider,
    ) -> None:
        super().__init__(scope, id_)
        self.region = settings.region
        self.backup_retention_days = settings.backup_retention_days
        self.provider = provider

        def key(kind: str, description: str) -> str:
            return CustomerKey(
                self,
                kind,
                alias=f"{name}/{kind}",
                description=f"{name}: {description}",
                account_id=target.account_id,
                deletion_window_days=encryption.deletion_window_days,
                provider=provider,
            ).arn

        self.backups_key = key("database", "copies of the database's backups")
        self.secrets_key = key("secrets", "copies of the secrets") if encryption.customer_keys else None
