"""What was changed outside Terraform is told apart from what is only not deployed, and from what nobody minds."""

from typing import Any

from modules.operations.doctor.drift import SHOWN_RESOURCES, drift

GROUP = "aws_cloudwatch_log_group.service_logs"
SERVICE = "aws_ecs_service.service"


def change(actions: list[str], before: Any, after: Any, **more: Any) -> dict[str, Any]:
    return {"actions": actions, "before": before, "after": after, **more}


def plan(outside: dict[str, Any], planned: dict[str, Any]) -> dict[str, Any]:
    return {
        "resource_drift": [{"address": address, "change": one} for address, one in outside.items()],
        "resource_changes": [{"address": address, "change": one} for address, one in planned.items()],
    }


def test_a_plan_without_changes_is_fine() -> None:
    (found,) = drift(plan({}, {GROUP: change(["no-op"], {"retention_in_days": 7}, {"retention_in_days": 7})}))

    assert (found.severity, found.what) == ("fine", "all resources are as the configuration wants them")


def test_what_a_deployment_would_put_back_was_changed_outside_terraform() -> None:
    (found,) = drift(
        plan(
            {GROUP: change(["update"], {"retention_in_days": 7, "name": "x"}, {"retention_in_days": 1, "name": "x"})},
            {GROUP: change(["update"], {"retention_in_days": 1, "name": "x"}, {"retention_in_days": 7, "name": "x"})},
        )
    )

    assert found.severity == "bad"
    assert found.what == f"{GROUP} was changed outside Terraform: retention_in_days 7 -> 1"
    assert "'make deploy' puts it back" in found.advice


def test_what_is_gone_is_said_to_be_gone() -> None:
    (found,) = drift(
        plan({GROUP: change(["delete"], {"name": "x"}, None)}, {GROUP: change(["create"], None, {"name": "x"})})
    )

    assert (found.severity, found.what) == ("bad", f"{GROUP} was changed outside Terraform: it is gone")


def test_a_change_outside_that_the_configuration_leaves_to_others_is_nobodys_concern() -> None:
    scaled = change(["update"], {"desired_count": 4}, {"desired_count": 6})

    (found,) = drift(plan({SERVICE: scaled}, {}))

    assert found.severity == "fine"


def test_configuration_that_is_not_deployed_is_no_drift() -> None:
    (found,) = drift(plan({}, {SERVICE: change(["update"], {"desired_count": 4}, {"desired_count": 6})}))

    assert found.severity == "warning"
    assert found.what == f"{SERVICE}: configuration that is not deployed (change of desired_count)"


def test_a_resource_that_drifted_where_nobody_minds_and_waits_for_a_deployment_is_not_called_drift() -> None:
    (found,) = drift(
        plan(
            {SERVICE: change(["update"], {"desired_count": 4, "cpu": 1}, {"desired_count": 6, "cpu": 1})},
            {SERVICE: change(["update"], {"desired_count": 6, "cpu": 1}, {"desired_count": 6, "cpu": 2})},
        )
    )

    assert found.severity == "warning"
    assert "change of cpu" in found.what


def test_a_secret_value_is_not_shown() -> None:
    marks = {"password": True}
    before, after = {"password": "old"}, {"password": "new"}
    (found,) = drift(
        plan(
            {GROUP: change(["update"], before, after, before_sensitive=marks, after_sensitive=marks)},
            {GROUP: change(["update"], after, before)},
        )
    )

    assert "password (its value is not shown)" in found.what
    assert "old" not in found.what
    assert "new" not in found.what


def test_a_replacement_is_called_so() -> None:
    (found,) = drift(plan({}, {GROUP: change(["delete", "create"], {"name": "x"}, {"name": "y"})}))

    assert found.what.endswith("(replacement)")


def test_a_long_list_of_changes_is_cut_and_counted() -> None:
    many = {f"aws_subnet.{number}": change(["create"], None, {"id": "x"}) for number in range(SHOWN_RESOURCES + 3)}

    found = list(drift(plan({}, many)))

    assert len(found) == SHOWN_RESOURCES + 1
    assert found[-1].what == "3 more resources are not deployed"
