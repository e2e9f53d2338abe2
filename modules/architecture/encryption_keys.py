"""KMS keys of our own: one for each kind of data."""

import json
from collections.abc import Sequence
from typing import Any

from cdktf import TerraformProvider
from constructs import Construct

from modules.architecture import aws
from modules.settings import Encryption
from modules.target import Target

Statement = dict[str, Any]


class CustomerKey(Construct):
    """A key that KMS rotates every year, with an alias that says what it is for."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        alias: str,
        description: str,
        account_id: str,
        deletion_window_days: int,
        services: Sequence[Statement] = (),
        provider: TerraformProvider | None = None,
    ) -> None:
        """
        Args:
            services: statements for AWS services that use the key by themselves, beside the account's own principals.
            provider: the provider of another region.
        """
        super().__init__(scope, id_)
        account = {
            "Sid": "AccountsOwnPrincipals",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
        key = aws.kms_key.KmsKey(
            self,
            "this",
            description=description,
            enable_key_rotation=True,
            deletion_window_in_days=deletion_window_days,
            policy=json.dumps({"Version": "2012-10-17", "Statement": [account, *services]}),
            provider=provider,
        )
        aws.kms_alias.KmsAlias(self, "alias", name=f"alias/{alias}", target_key_id=key.key_id, provider=provider)
        self.arn = key.arn


class EncryptionKeys(Construct):
    """The environment's keys, by kind of data; None where AWS's own keys are used.

    Attributes:
        database: the instance, its replica, snapshots and Performance Insights.
        cache: the replication group and its snapshots.
        secrets: everything in Secrets Manager.
        logs: log groups, the notifications' topic, the trail.
        storage: buckets with configuration and archives.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, target: Target, settings: Encryption) -> None:
        super().__init__(scope, id_)

        def key(kind: str, description: str, services: Sequence[Statement] = ()) -> str | None:
            if not settings.customer_keys:
                return None
            return CustomerKey(
                self,
                kind,
                alias=f"{name}/{kind}",
                description=f"{name}: {description}",
                account_id=target.account_id,
                deletion_window_days=settings.deletion_window_days,
                services=services,
            ).arn

        all_log_groups = f"arn:aws:logs:{target.region}:{target.account_id}:log-group:*"
        logs = {
            "Sid": "CloudWatchLogs",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{target.region}.amazonaws.com"},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": all_log_groups}},
        }
        trail = {
            "Sid": "CloudTrail",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {
                "StringEquals": {
                    "aws:SourceArn": f"arn:aws:cloudtrail:{target.region}:{target.account_id}:trail/{name}"
                }
            },
        }
        self.database = key("database", "database and its snapshots")
        self.cache = key("cache", "cache and its snapshots")
        self.secrets = key("secrets", "secrets")
        self.logs = key(
            "logs",
            "logs, notifications and audit trail",
            [logs, trail, *_publish_to_encrypted_topics(target.account_id)],
        )
        self.storage = key("storage", "configuration and archives")


def _publish_to_encrypted_topics(account_id: str) -> list[Statement]:
    """Amazon SNS Developer Guide, "Enable compatibility between event sources from AWS services and encrypted topics".

    EventBridge and RDS do not say for whom they ask: with a condition on the account their messages would be lost
    (awslabs/landing-zone-accelerator-on-aws#407).
    """

    def use(sid: str, *services: str) -> Statement:
        return {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": list(services)},
            "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
            "Resource": "*",
        }

    return [
        use("AlarmsAndBudgets", "cloudwatch.amazonaws.com", "budgets.amazonaws.com")
        | {"Condition": {"StringEquals": {"aws:SourceAccount": account_id}}},
        use("Events", "events.amazonaws.com", "events.rds.amazonaws.com"),
    ]
