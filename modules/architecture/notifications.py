"""Who is told: an encrypted topic that AWS's own services of this account publish to."""

import json

from constructs import Construct

from modules.architecture import aws
from modules.architecture.alarms import Alarms
from modules.architecture.encryption_keys import EncryptionKeys, Statement
from modules.settings import Notifications as NotificationsSettings
from modules.target import Target

PUBLISHERS = {
    "Alarms": "cloudwatch.amazonaws.com",
    "DatabaseEvents": "events.rds.amazonaws.com",
    "Budgets": "budgets.amazonaws.com",
}
EVENTS = "events.amazonaws.com"


class Notifications(Construct):
    """The topic, who may publish, and the people who get mail.

    Attributes:
        topic_arn: once its policy lets the services publish.
        alarms: makes alarms that tell the topic.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        keys: EncryptionKeys,
        settings: NotificationsSettings,
    ) -> None:
        super().__init__(scope, id_)
        topic = aws.sns_topic.SnsTopic(
            self,
            "this",
            name=f"{name}-notifications",
            # AWS's own key for SNS lets no other service use it, so that their messages would be lost.
            kms_master_key_id=keys.logs,
        )
        policy = aws.sns_topic_policy.SnsTopicPolicy(
            self,
            "policy",
            arn=topic.arn,
            policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        *(
                            _publish(publisher, service, topic.arn)
                            | {"Condition": {"StringEquals": {"aws:SourceAccount": target.account_id}}}
                            for publisher, service in PUBLISHERS.items()
                        ),
                        # EventBridge does not say for whom it publishes: with a condition all its messages are lost,
                        # silently (EventBridge User Guide, "Using resource-based policies": no Condition for SNS).
                        _publish("Events", EVENTS, topic.arn),
                    ],
                }
            ),
        )
        for email in settings.emails:
            aws.sns_topic_subscription.SnsTopicSubscription(
                self,
                f"to_{email.replace('@', '_at_').replace('.', '_')}",
                topic_arn=topic.arn,
                protocol="email",
                endpoint=email,
            )
        # The policy's ARN is the topic's: whoever takes it waits for the policy.
        self.topic_arn = policy.arn
        self.alarms = Alarms(name=name, topic_arn=self.topic_arn, runbook_url=settings.runbook_url)


def _publish(sid: str, service: str, topic_arn: str) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sns:Publish",
        "Resource": topic_arn,
    }
