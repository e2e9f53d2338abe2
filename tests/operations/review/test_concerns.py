"""Whoever cares for security sees each weakening with its value before and after."""

import json
from typing import Any

import pytest

from modules.operations.review.concern import Concern, Kind

from .plans import change, reviewed

INGRESS = "aws_vpc_security_group_ingress_rule.it"
POLICY = "aws_iam_role_policy.it"


def rule(cidr: str, port: int = 443, **other: Any) -> dict[str, Any]:
    tcp = {"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": port, "to_port": port}
    return {**tcp, "cidr_ipv4": cidr, **other}


def concerns(*changes: dict[str, Any]) -> list[Concern]:
    return list(reviewed(*changes).concerns)


def test_a_port_that_the_internet_reaches_from_now_on_is_dangerous() -> None:
    (found,) = concerns(change(INGRESS, None, rule("0.0.0.0/0")))
    assert (found.kind, found.before, found.after) == (Kind.OPENED, "closed", "tcp 443 from 0.0.0.0/0")
    assert found.dangerous


def test_a_way_in_that_is_widened_says_from_what() -> None:
    (found,) = concerns(change(INGRESS, rule("203.0.113.0/24"), rule("203.0.0.0/16")))
    assert (found.before, found.after) == ("tcp 443 from 203.0.113.0/24", "tcp 443 from 203.0.0.0/16")
    assert found.dangerous


@pytest.mark.parametrize(
    "open_before",
    [rule("0.0.0.0/0"), rule("203.0.0.0/16"), rule("203.0.113.0/24", ip_protocol="-1", from_port=None, to_port=None)],
)
def test_what_was_open_already_is_not_opened(open_before: dict[str, Any]) -> None:
    kept = change("aws_vpc_security_group_ingress_rule.old", open_before, open_before)
    assert concerns(kept, change(INGRESS, None, rule("203.0.113.0/24"))) == []


def test_a_rule_that_only_gets_another_address_in_terraform_opens_nothing() -> None:
    moved = change("aws_vpc_security_group_ingress_rule.old", rule("0.0.0.0/0"), None)
    assert concerns(moved, change(INGRESS, None, rule("0.0.0.0/0"))) == []


@pytest.mark.parametrize(
    "opened",
    [rule("10.0.0.0/8"), {**rule(""), "cidr_ipv4": None, "referenced_security_group_id": "sg-2"}],
)
def test_a_way_from_inside_is_told_and_not_dangerous(opened: dict[str, Any]) -> None:
    (found,) = concerns(change(INGRESS, None, opened))
    assert not found.dangerous


def test_the_ways_of_a_new_group_are_told_where_the_internet_has_them() -> None:
    new = {"unknown": {"security_group_id": True}}
    (found,) = concerns(change(INGRESS, None, {**rule("0.0.0.0/0"), "security_group_id": None}, **new))
    assert not found.dangerous
    assert concerns(change(INGRESS, None, {**rule("10.1.0.0/16"), "security_group_id": None}, **new)) == []


def test_ways_that_stand_in_the_group_itself_are_seen_as_well() -> None:
    closed = {"id": "sg-1", "ingress": []}
    block = {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}
    (found,) = concerns(change("aws_security_group.it", closed, {"id": "sg-1", "ingress": [block]}))
    assert found.after == "tcp 22 from 0.0.0.0/0"


def test_an_address_of_ip_version_6_is_one_of_the_internet() -> None:
    (found,) = concerns(change(INGRESS, None, {**rule(""), "cidr_ipv4": None, "cidr_ipv6": "::/0"}))
    assert found.dangerous


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "arn:aws:s3:::logs/*", **other: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **other}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"role": "benchmark-task", "policy": document(*statements)}


def test_a_permission_that_the_role_had_not_is_dangerous_and_named() -> None:
    (found,) = concerns(change(POLICY, policy(allow("s3:GetObject")), policy(allow(["s3:GetObject", "s3:PutObject"]))))
    assert found.kind is Kind.WIDENED
    assert found.after == "s3:PutObject on arn:aws:s3:::logs/*"
    assert found.dangerous


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (allow("s3:*"), allow("s3:GetObject")),
        (allow("s3:GetObject", "*"), allow("s3:GetObject", "arn:aws:s3:::logs/one")),
        (allow("s3:Get*"), allow("S3:GetObject")),
        (allow("s3:GetObject"), allow("s3:GetObject", Condition={"Bool": {"aws:SecureTransport": "true"}})),
        (allow(["s3:GetObject"]), allow("s3:GetObject")),
    ],
)
def test_less_than_before_or_the_same_in_other_words_is_no_concern(before: Any, after: Any) -> None:
    assert concerns(change(POLICY, policy(before), policy(after))) == []


def test_a_condition_that_is_taken_away_widens() -> None:
    bound = allow("s3:GetObject", Condition={"StringEquals": {"aws:SourceAccount": "1"}})
    (found,) = concerns(change(POLICY, policy(bound), policy(allow("s3:GetObject"))))
    assert "SourceAccount" in found.before
    assert "SourceAccount" not in found.after


def test_a_refusal_that_is_taken_away_is_a_protection_that_is_off() -> None:
    refusal = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": "tls"}}
    bucket = "aws_s3_bucket_policy.it"
    (found,) = concerns(change(bucket, {"policy": document(refusal)}, {"policy": document()}))
    assert found.kind is Kind.PROTECTION
    assert "s3:*" in found.before


def test_a_new_role_may_have_its_permissions_but_not_all_of_them() -> None:
    role = change("aws_iam_role.it", None, {"name": "benchmark-task"})
    assert concerns(role, change(POLICY, None, policy(allow("s3:GetObject")))) == []
    (found,) = concerns(role, change(POLICY, None, policy(allow("*", "*"))))
    assert found.dangerous


def test_one_more_policy_of_a_role_that_is_there_widens_it() -> None:
    assert [one.kind for one in concerns(change(POLICY, None, policy(allow("s3:GetObject"))))] == [Kind.WIDENED]
    attached = {"role": "benchmark-task", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    (found,) = concerns(change("aws_iam_role_policy_attachment.it", None, attached))
    assert "AdministratorAccess" in found.after


def test_a_policy_that_the_plan_cannot_show_is_said_and_stops_nothing() -> None:
    before = policy(allow("s3:GetObject"))
    (found,) = concerns(change(POLICY, before, {"role": "benchmark-task"}, unknown={"policy": True}))
    assert not found.dangerous
    assert found.after == "(known after apply)"


@pytest.mark.parametrize(
    ("type_", "before", "after", "kind"),
    [
        ("aws_cloudwatch_log_group", {"retention_in_days": 30}, {"retention_in_days": 1}, Kind.RETENTION),
        ("aws_cloudwatch_log_group", {"retention_in_days": 0}, {"retention_in_days": 365}, Kind.RETENTION),
        ("aws_db_instance", {"backup_retention_period": 7}, {"backup_retention_period": 1}, Kind.RETENTION),
        (
            "aws_s3_bucket_lifecycle_configuration",
            {"rule": [{"expiration": [{"days": 400}]}]},
            {"rule": [{"expiration": [{"days": 30}]}]},
            Kind.RETENTION,
        ),
        ("aws_secretsmanager_secret", {"recovery_window_in_days": 30}, {"recovery_window_in_days": 0}, Kind.RETENTION),
        ("aws_db_instance", {"deletion_protection": True}, {"deletion_protection": False}, Kind.PROTECTION),
        ("aws_lb", {"enable_deletion_protection": True}, {"enable_deletion_protection": False}, Kind.PROTECTION),
        ("aws_db_instance", {"multi_az": True}, {"multi_az": False}, Kind.PROTECTION),
        ("aws_db_instance", {"publicly_accessible": False}, {"publicly_accessible": True}, Kind.PROTECTION),
        ("aws_kms_key", {"enable_key_rotation": True}, {"enable_key_rotation": False}, Kind.PROTECTION),
        (
            "aws_s3_bucket_versioning",
            {"versioning_configuration": [{"status": "Enabled"}]},
            {"versioning_configuration": [{"status": "Suspended"}]},
            Kind.PROTECTION,
        ),
        ("aws_elasticache_replication_group", {"transit_encryption_enabled": True}, {}, Kind.PLAINTEXT),
        ("aws_cloudwatch_log_group", {"kms_key_id": "arn:aws:kms:key"}, {"kms_key_id": None}, Kind.PLAINTEXT),
        ("aws_lb_listener", {"protocol": "HTTPS"}, {"protocol": "HTTP"}, Kind.PLAINTEXT),
        (
            "aws_db_parameter_group",
            {"parameter": [{"name": "rds.force_ssl", "value": "1"}]},
            {"parameter": [{"name": "rds.force_ssl", "value": "0"}]},
            Kind.PLAINTEXT,
        ),
    ],
)
def test_each_weakening_is_dangerous_and_its_way_back_is_not(type_: str, before: Any, after: Any, kind: Kind) -> None:
    same = {"name": "it"}
    found = concerns(change(f"{type_}.it", {**same, **before}, {**same, **after}))
    assert [(one.kind, one.dangerous) for one in found] == [(kind, True)]
    assert concerns(change(f"{type_}.it", {**same, **after}, {**same, **before})) == []


@pytest.mark.parametrize(
    "type_",
    ["aws_wafv2_web_acl_association", "aws_s3_bucket_public_access_block", "aws_cloudtrail", "aws_flow_log"],
)
def test_a_guard_that_goes_is_dangerous(type_: str) -> None:
    (found,) = concerns(change(f"{type_}.it", {"name": "it"}, None))
    assert (found.kind, found.dangerous) == (Kind.PROTECTION, True)


def test_a_listener_that_stops_sending_its_clients_to_https_is_dangerous() -> None:
    listener = {"protocol": "HTTP", "port": 80, "load_balancer_arn": "arn:1"}
    redirecting = {**listener, "default_action": [{"type": "redirect"}]}
    serving = {**listener, "default_action": [{"type": "forward"}]}
    (found,) = concerns(change("aws_lb_listener.it", redirecting, serving))
    assert (found.before, found.dangerous) == ("redirects to HTTPS", True)
    assert concerns(change("aws_lb_listener.it", serving, redirecting)) == []


def test_settings_inside_a_container_definition_are_seen() -> None:
    def task(read_only: bool) -> dict[str, str]:
        return {"container_definitions": json.dumps([{"name": "litellm", "readonlyRootFilesystem": read_only}])}

    (found,) = concerns(change("aws_ecs_task_definition.it", task(True), task(False)))
    assert "readonlyRootFilesystem" in found.what
    later = change("aws_ecs_task_definition.it", task(True), {}, unknown={"container_definitions": True})
    assert concerns(later) == []
