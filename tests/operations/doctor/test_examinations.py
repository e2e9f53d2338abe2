"""State, versions, certificates, secrets and backups: what is fine, what is not, and what to do then."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import boto3
import botocore.exceptions
import pytest

from modules.operations.doctor import backups, certificates, secrets, state, versions
from modules.operations.examination.finding import Finding, bad, examine, fine
from modules.operations.examination.shown import shown
from modules.operations.outputs import Outputs
from modules.settings import Environment, Secrets

BUCKET = "states"


def make_bucket(aws: boto3.Session) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    close(aws, closed=True)


def close(aws: boto3.Session, *, closed: bool) -> None:
    aws.client("s3").put_public_access_block(
        Bucket=BUCKET,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": closed,
            "IgnorePublicAcls": closed,
            "BlockPublicPolicy": closed,
            "RestrictPublicBuckets": closed,
        },
    )


def test_a_states_bucket_as_it_was_made_is_fine(aws: boto3.Session) -> None:
    make_bucket(aws)

    (found,) = state.bucket(aws.client("s3"), BUCKET)

    assert found.severity == "fine"


def test_a_states_bucket_that_is_gone_or_was_opened_is_bad(aws: boto3.Session) -> None:
    (gone,) = state.bucket(aws.client("s3"), BUCKET)
    make_bucket(aws)
    close(aws, closed=False)
    aws.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    found = list(state.bucket(aws.client("s3"), BUCKET))

    assert (gone.severity, gone.what) == ("bad", f"there is no bucket {BUCKET}")
    assert [one.severity for one in found] == ["bad", "bad"]
    assert "keeps no old versions" in found[0].what
    assert "public access" in found[1].what


def test_a_lock_of_hours_is_one_to_ask_its_holder_about(now: datetime) -> None:
    young = state.lock("benchmark", "ann@host (apply)", now - timedelta(minutes=5), now)
    old = state.lock("benchmark", "ann@host (apply)", now - timedelta(hours=7), now)

    assert "a run is under way" in young.advice
    assert "make unlock" not in young.advice
    assert old.what == "the state of benchmark is locked by ann@host (apply), for 7 h"
    assert "'make unlock'" in old.advice


@pytest.mark.parametrize(
    ("own", "states", "severity"),
    [("1.12.2", "1.12.2", "fine"), ("1.12.0", "1.9.8", "fine"), ("1.9.8", "1.12.0", "bad")],
)
def test_a_terraform_older_than_the_state_is_bad(own: str, states: str, severity: str) -> None:
    assert versions.terraform(own, states).severity == severity


def test_another_provider_than_the_locked_one_is_bad() -> None:
    assert versions.provider("5.100.0", "5.100.0").severity == "fine"
    assert versions.provider("6.2.0", "5.100.0").severity == "bad"


@pytest.mark.parametrize(("days", "severity"), [(300, "fine"), (30, "warning"), (3, "bad"), (-2, "bad")])
def test_a_certificate_that_ends_soon_is_told_before_it_does(days: int, severity: str, now: datetime) -> None:
    found = certificates._until("it", now + timedelta(days=days, hours=1), now, "renew it")

    assert found.severity == severity
    assert found.advice == ("" if severity == "fine" else "renew it")


@pytest.mark.parametrize(
    ("maximum_days", "age_days", "old"), [(90, 89, 0), (90, 90, 0), (90, 91, 2), (30, 31, 2), (None, 4000, 0)]
)
def test_keys_and_passwords_older_than_the_setting_are_told_but_never_the_salt_key(
    aws: boto3.Session, outputs: Outputs, now: datetime, maximum_days: int | None, age_days: int, old: int
) -> None:
    environment = Environment(name="test", secrets=Secrets(maximum_age_days=maximum_days))

    found = list(
        secrets.ages(aws.client("secretsmanager"), outputs, environment, now + timedelta(days=age_days, minutes=1))
    )

    told = [one.what for one in found if one.severity == "warning"]
    assert len(told) == old
    assert not any("salt" in what for what in told)
    assert all(f"{age_days} days old" in what for what in told)


def test_a_salt_key_that_is_to_be_deleted_is_bad(aws: boto3.Session, outputs: Outputs, now: datetime) -> None:
    aws.client("secretsmanager").delete_secret(SecretId=outputs.salt_key_secret)

    *_, found = secrets.ages(aws.client("secretsmanager"), outputs, Environment(name="test"), now)

    assert found.severity == "bad"
    assert f"restore-secret --secret-id {outputs.salt_key_secret}" in found.advice


def make_database(aws: boto3.Session, *, retention_days: int) -> None:
    aws.client("rds").create_db_instance(
        DBInstanceIdentifier="test-litellm",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        EngineVersion="16.4",
        AllocatedStorage=20,
        MasterUsername="litellm",
        MasterUserPassword="password",
        BackupRetentionPeriod=retention_days,
    )


def test_a_new_database_with_backups_is_fine(aws: boto3.Session, outputs: Outputs, now: datetime) -> None:
    make_database(aws, retention_days=7)

    assert {one.severity for one in backups.restorable(aws.client("rds"), outputs, now)} == {"fine"}


def test_a_database_whose_backups_were_turned_off_is_bad(aws: boto3.Session, outputs: Outputs, now: datetime) -> None:
    make_database(aws, retention_days=0)

    (found,) = backups.restorable(aws.client("rds"), outputs, now)

    assert (found.severity, found.what) == ("bad", "test-litellm has no automated backups")


def test_backups_that_have_stopped_are_bad(aws: boto3.Session, outputs: Outputs, now: datetime) -> None:
    make_database(aws, retention_days=7)

    # moto's latest restorable moment is always its own present; a look from two days later sees it two days old.
    found = list(backups.restorable(aws.client("rds"), outputs, now + timedelta(days=2)))

    assert found[0].severity == "bad"
    assert "48 h ago" in found[0].what


def test_backups_that_are_not_copied_to_the_second_region_are_bad(aws: boto3.Session, now: datetime) -> None:
    found = backups.copied(aws.client("rds", region_name="us-west-2"), "test-litellm", "us-west-2", now)

    assert (found.severity, found.what) == ("bad", "no backups of test-litellm are copied to us-west-2")


def test_postgresql_of_another_version_than_stated_is_bad(aws: boto3.Session, outputs: Outputs) -> None:
    make_database(aws, retention_days=7)
    rds = aws.client("rds")

    def first(stated: str) -> Finding:
        environment = Environment.model_validate({"name": "test", "database": {"engine_version": stated}})
        return next(iter(versions.database(rds, outputs, environment)))

    assert [first(stated).severity for stated in ("16", "16.4", "16.9", "17", "1")] == [
        "fine",
        "fine",
        "bad",
        "bad",
        "bad",
    ]


def test_an_examination_that_aws_refuses_to_answer_keeps_what_it_found_and_the_others_go_on() -> None:
    def refused() -> Iterator[Finding]:
        yield fine("so far")
        raise botocore.exceptions.ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeThings")

    examined = examine({"first": refused, "second": lambda: [bad("broken", "mend it")]})

    assert [one.severity for one in examined["first"]] == ["fine", "unknown"]
    assert "AccessDenied" in examined["first"][1].what
    assert [one.severity for one in examined["second"]] == ["bad"]


def test_a_terminal_shows_each_finding_and_below_it_what_to_do() -> None:
    assert shown({"locks": [fine("nobody holds one")], "state": [bad("it is open", "close it")]}, 80).splitlines() == [
        "locks",
        "  fine     nobody holds one",
        "state",
        "  BAD      it is open",
        "           -> close it",
        "",
        "1 BAD, 1 fine",
    ]
