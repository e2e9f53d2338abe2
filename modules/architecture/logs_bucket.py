"""The bucket of everything that is recorded: requests, connections, archived log lines, the audit trail."""

from constructs import Construct

from modules.architecture.private_bucket import ACCESS_LOGS_PREFIX, Expiry, PrivateBucket
from modules.architecture.roles import Statement
from modules.settings import AuditTrail, Logs
from modules.target import Target

LOAD_BALANCER_ACCESS = "load-balancer/access"
LOAD_BALANCER_CONNECTIONS = "load-balancer/connections"
ARCHIVE = "litellm"
ARCHIVE_ERRORS = "litellm-errors"
TRAIL = "audit-trail"
OLD_VERSIONS_EXPIRE_DAYS = 30


class LogsBucket(Construct):
    """One bucket, in which each writer has a prefix of its own and may do nothing but add to it.

    Its default is S3's own keys, the only ones that Elastic Load Balancing and S3's server access logs can write with;
    archive and audit trail ask for a customer key with each object that they write.

    Attributes:
        name: reference that is known once the policy lets the writers in.
        bucket: for other buckets, whose access logs go there.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, target: Target, logs: Logs, audit_trail: AuditTrail | None
    ) -> None:
        super().__init__(scope, id_)
        bucket_name = f"{name}-logs-{target.account_id}"
        arn = f"arn:aws:s3:::{bucket_name}"
        statements = [_from_load_balancer(arn, target), _from_buckets(arn, target)]
        expiries = [
            Expiry(prefix="load-balancer/", days=logs.retention_days),
            Expiry(prefix=ACCESS_LOGS_PREFIX, days=logs.retention_days),
        ]
        if logs.archive:
            expiries += [
                Expiry(
                    prefix=f"{ARCHIVE}/",
                    days=logs.archive.expire_after_days,
                    cold_after_days=logs.archive.cold_after_days,
                ),
                Expiry(prefix=f"{ARCHIVE_ERRORS}/", days=logs.archive.expire_after_days),
            ]
        if audit_trail:
            statements += _from_trail(arn, target, trail_arn(name, target))
            expiries += [Expiry(prefix=f"{TRAIL}/", days=audit_trail.expire_after_days)]
        self.bucket = PrivateBucket(
            self,
            "this",
            name=bucket_name,
            old_versions_expire_days=OLD_VERSIONS_EXPIRE_DAYS,
            written_by_log_services=True,
            statements=statements,
            expiries=expiries,
        )
        # The policy's reference, not the bucket's: AWS refuses a writer that the policy does not let in yet.
        self.name = self.bucket.policy.bucket
        self.arn = self.bucket.arn


def trail_arn(name: str, target: Target) -> str:
    """The trail's ARN, which its bucket and its topic have to know before it exists."""
    return f"arn:aws:cloudtrail:{target.region}:{target.account_id}:trail/{name}"


def _from_load_balancer(arn: str, target: Target) -> Statement:
    """Elastic Load Balancing, "Enable access logs for your Application Load Balancer"; the same in all regions."""
    return {
        "Sid": "LoadBalancer",
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": [
            f"{arn}/{prefix}/AWSLogs/{target.account_id}/*"
            for prefix in (LOAD_BALANCER_ACCESS, LOAD_BALANCER_CONNECTIONS)
        ],
    }


def _from_buckets(arn: str, target: Target) -> Statement:
    return {
        "Sid": "Buckets",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{arn}/{ACCESS_LOGS_PREFIX}*",
        "Condition": {"StringEquals": {"aws:SourceAccount": target.account_id}},
    }


def _from_trail(arn: str, target: Target, trail: str) -> list[Statement]:
    """AWS CloudTrail, "Amazon S3 bucket policy for CloudTrail"."""
    principal = {"Service": "cloudtrail.amazonaws.com"}
    return [
        {
            "Sid": "TrailLooks",
            "Effect": "Allow",
            "Principal": principal,
            "Action": "s3:GetBucketAcl",
            "Resource": arn,
            "Condition": {"StringEquals": {"aws:SourceArn": trail}},
        },
        {
            "Sid": "TrailWrites",
            "Effect": "Allow",
            "Principal": principal,
            "Action": "s3:PutObject",
            "Resource": f"{arn}/{TRAIL}/AWSLogs/{target.account_id}/*",
            "Condition": {
                "StringEquals": {"aws:SourceArn": trail, "s3:x-amz-acl": "bucket-owner-full-control"},
            },
        },
    ]
