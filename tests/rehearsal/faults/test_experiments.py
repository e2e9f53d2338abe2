"""What FIS experiments do to what runs on the rehearsal."""

import json
from typing import Any

import pytest

from modules.rehearsal import status

from ..tasks.conftest import Ecs, wait_until
from .conftest import ALARM, LOG_GROUP, WORK, Experiments, process_state


def test_one_of_a_services_tasks_stops_and_is_replaced(ecs: Ecs, experiments: Experiments, service: str) -> None:
    ecs.create(service, ecs.define("work", WORK, stopTimeout=2), 2)
    ecs.create(f"{service}-other", ecs.define("work", WORK, stopTimeout=2), 1)
    ecs.steady(service)
    before = {task["taskArn"] for task in ecs.tasks(service)}

    id_ = experiments.start(experiments.on_tasks(service, "aws:ecs:stop-task"))
    ended = experiments.reaches(id_, "completed")

    (victim,) = experiments.targets(id_)
    assert victim in before
    assert ended["actions"]["fault"]["state"]["status"] == "completed"
    assert ended["state"]["reason"] == "Experiment completed."
    assert ended["startTime"] <= ended["endTime"]
    stopped = ecs.stopped(victim)
    assert (stopped["stopCode"], id_ in stopped["stoppedReason"]) == ("UserInitiated", True)
    wait_until(lambda: len({task["taskArn"] for task in ecs.tasks(service)} - {victim}) == 2, 20)
    ecs.client.delete_service(cluster="tests", service=f"{service}-other", force=True)


def test_a_share_of_the_tasks_stops_at_once(ecs: Ecs, experiments: Experiments, service: str) -> None:
    ecs.create(service, ecs.define("work", WORK, stopTimeout=2), 3)
    ecs.steady(service)
    before = {task["taskArn"] for task in ecs.tasks(service)}
    id_ = experiments.start(experiments.on_tasks(service, "aws:ecs:stop-task", "PERCENT(70)"))
    experiments.reaches(id_, "completed")
    victims = experiments.targets(id_)
    assert len(victims) == 2
    assert set(victims) < before
    for victim in victims:
        ecs.stopped(victim)
    ecs.steady(service)


def hanging(ecs: Ecs, experiments: Experiments, service: str, duration: str) -> tuple[str, int]:
    """An experiment that lets a service's only task hang, and the task's process."""
    ecs.create(service, ecs.define("work", WORK, stopTimeout=2), 1)
    ecs.steady(service)
    (task,) = ecs.tasks(service)
    pid = ecs.running(task["taskArn"])["pid"]
    parameters = {"duration": duration, "port": "4000", "trafficType": "ingress"}
    template = experiments.on_tasks(service, "aws:ecs:task-network-blackhole-port", **parameters)
    id_ = experiments.start(template)
    wait_until(lambda: process_state(pid) == "T", 60, lambda: experiments.get(id_)["state"])
    return id_, pid


def test_a_task_hangs_as_long_as_the_template_says_and_goes_on(
    ecs: Ecs, experiments: Experiments, service: str
) -> None:
    id_, pid = hanging(ecs, experiments, service, "PT10M")
    assert experiments.get(id_)["state"]["status"] == "running"
    assert experiments.get(id_)["actions"]["fault"]["state"]["status"] == "running"
    # Ten minutes at the pace of 50.
    ended = experiments.reaches(id_, "completed", seconds=40)
    assert (ended["endTime"] - ended["actions"]["fault"]["startTime"]).total_seconds() == pytest.approx(12, abs=2)
    assert process_state(pid) != "T"


def test_a_fault_is_shown_and_a_person_who_stops_it_finds_it_mended(
    ecs: Ecs, experiments: Experiments, service: str
) -> None:
    id_, pid = hanging(ecs, experiments, service, "PT30M")
    (fault,) = status.faults(experiments.status())
    assert f"experiment {id_} is running, for" in fault
    assert "A fault of the tests [task/tests/" in fault

    assert experiments.fis.stop_experiment(id=id_)["experiment"]["state"]["status"] == "stopping"
    assert experiments.reaches(id_, "stopped")["actions"]["fault"]["state"]["status"] == "stopped"
    assert process_state(pid) != "T"
    assert list(status.faults(experiments.status())) == []
    # It has ended: nothing changes any more.
    experiments.fis.stop_experiment(id=id_)
    assert experiments.get(id_)["state"]["status"] == "stopped"


def test_an_alarm_of_users_being_hurt_ends_it(ecs: Ecs, experiments: Experiments, service: str) -> None:
    id_, pid = hanging(ecs, experiments, service, "PT30M")
    cloudwatch = ecs.aws("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="tests")
    assert experiments.reaches(id_, "stopped")["state"]["reason"] == "Experiment halted by stop condition."
    assert process_state(pid) != "T"

    again = experiments.start(experiments.get(id_)["experimentTemplateId"])
    assert experiments.reaches(again, "stopped")["actions"]["fault"]["state"]["status"] == "cancelled"
    assert process_state(pid) != "T"


def cut(experiments: Experiments, zone: str, **more: Any) -> str:
    subnets = experiments.ecs.aws("ec2").describe_subnets(
        Filters=[{"Name": "availability-zone", "Values": [zone]}, {"Name": "cidr-block", "Values": ["10.9.*"]}]
    )["Subnets"]
    actions = {
        "cut": {
            "actionId": "aws:network:disrupt-connectivity",
            "parameters": {"duration": "PT5M", "scope": "all"},
            "targets": {"Subnets": "subnets"},
        },
        **more.get("actions", {}),
    }
    targets = {
        "subnets": {
            "resourceType": "aws:ec2:subnet",
            "selectionMode": "ALL",
            "resourceArns": [f"arn:aws:ec2:us-east-1:123456789012:subnet/{one['SubnetId']}" for one in subnets],
        },
        **more.get("targets", {}),
    }
    return experiments.template(actions, targets)


def test_a_lost_zone_is_cut_off_for_tasks_and_balancer_until_the_experiment_ends(
    ecs: Ecs, experiments: Experiments, service: str
) -> None:
    ecs.create(service, ecs.define("work", WORK, stopTimeout=2), 2)
    ecs.steady(service)
    processes = {task["availabilityZone"]: ecs.running(task["taskArn"])["pid"] for task in ecs.tasks(service)}
    id_ = experiments.start(cut(experiments, "us-east-1b"))
    wait_until(lambda: experiments.status()["parts"]["tasks"]["zones_cut"] == ["us-east-1b"], 10)
    parts = experiments.status()["parts"]
    assert parts["balancer"]["cut_zones"] == ["us-east-1b"]
    assert process_state(processes["us-east-1b"]) == "T"
    assert process_state(processes["us-east-1a"]) != "T"

    experiments.reaches(id_, "completed")
    parts = experiments.status()["parts"]
    assert (parts["tasks"]["zones_cut"], parts["balancer"]["cut_zones"]) == ([], [])
    assert process_state(processes["us-east-1b"]) != "T"


def test_nothing_to_break_is_a_failure_that_says_so(experiments: Experiments) -> None:
    id_ = experiments.start(experiments.on_tasks("nobodys", "aws:ecs:stop-task"))
    failed = experiments.reaches(id_, "failed")
    assert failed["state"]["reason"] == "Target resolution returned empty set."
    assert failed["state"]["error"] == {"accountId": "123456789012", "code": "InvalidTarget", "location": "tasks"}
    assert experiments.targets(id_) == []


def test_what_happened_is_told_to_event_rules_and_written_to_the_log(ecs: Ecs, experiments: Experiments) -> None:
    logs, events = ecs.aws("logs"), ecs.aws("events")
    logs.create_log_group(logGroupName="/events/fis")
    events.put_rule(Name="fis", EventPattern=json.dumps({"source": ["aws.fis"]}))
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:/events/fis"
    events.put_targets(Rule="fis", Targets=[{"Id": "log", "Arn": arn}])

    id_ = experiments.start(
        experiments.template({"wait": {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}}}, {})
    )
    experiments.reaches(id_, "completed")

    told = [json.loads(one["message"]) for one in logs.filter_log_events(logGroupName="/events/fis")["events"]]
    assert [one["detail"]["new-state"]["status"] for one in told] == ["initiating", "running", "completed"]
    assert {one["detail-type"] for one in told} == {"FIS Experiment State Change"}
    assert {one["detail"]["experiment-id"] for one in told} == {id_}
    written = logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=id_)["events"]
    types = [json.loads(one["message"])["log_type"] for one in written]
    assert types == ["experiment-start", "target-resolution-end", "action-start", "action-end", "experiment-end"]
    events.remove_targets(Rule="fis", Ids=["log"])
    events.delete_rule(Name="fis")


def test_experiments_are_listed_by_their_template(experiments: Experiments) -> None:
    template = experiments.template({"wait": {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}}}, {})
    ids = {experiments.start(template), experiments.start(template)}
    listed = experiments.fis.list_experiments(experimentTemplateId=template)["experiments"]
    assert {one["id"] for one in listed} == ids
    for id_ in ids:
        experiments.reaches(id_, "completed")
    with pytest.raises(experiments.fis.exceptions.ResourceNotFoundException):
        experiments.fis.start_experiment(experimentTemplateId="EXTunknown")


def test_a_zone_with_the_primary_in_it_is_lost_and_the_database_fails_over_once(experiments: Experiments) -> None:
    rds = experiments.ecs.aws("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="faults",
        DBInstanceClass="db.r6g.large",
        Engine="postgres",
        EngineVersion="16",
        AllocatedStorage=100,
        MasterUsername="litellm",
        MasterUserPassword="password-of-the-tests",
        DBName="litellm",
        MultiAZ=True,
    )

    def database() -> dict[str, Any]:
        found: dict[str, Any] = rds.describe_db_instances(DBInstanceIdentifier="faults")["DBInstances"][0]
        return found

    wait_until(lambda: database()["DBInstanceStatus"] == "available", 60, database)
    wait_until(lambda: "SecondaryAvailabilityZone" in database(), 60, database)
    lost, kept = database()["AvailabilityZone"], database()["SecondaryAvailabilityZone"]

    def failover(zone: str) -> dict[str, Any]:
        return {
            "actions": {
                "fail-over": {
                    "actionId": "aws:rds:reboot-db-instances",
                    "parameters": {"forceFailover": "true"},
                    "targets": {"DBInstances": "database"},
                }
            },
            "targets": {
                "database": {
                    "resourceType": "aws:rds:db",
                    "selectionMode": "ALL",
                    "resourceArns": [database()["DBInstanceArn"]],
                    "parameters": {"availabilityZoneIdentifiers": zone},
                }
            },
        }

    try:
        # The primary is in the other zone: a failover would go into the lost one.
        wrong = experiments.start(cut(experiments, kept, **failover(kept)))
        assert experiments.reaches(wrong, "failed")["state"]["error"]["location"] == "database"
        assert experiments.status()["parts"]["tasks"]["zones_cut"] == []

        id_ = experiments.start(cut(experiments, lost, **failover(lost)))
        wait_until(lambda: database()["AvailabilityZone"] == kept, 30, database)
        assert experiments.reaches(id_, "completed")["actions"]["fail-over"]["state"]["status"] == "completed"
        wait_until(lambda: database()["DBInstanceStatus"] == "available", 30, database)
        events = rds.describe_events(SourceIdentifier="faults", SourceType="db-instance", Duration=60)["Events"]
        messages = [event["Message"] for event in events]
        assert sum("failover started" in message.lower() for message in messages) == 1, messages
        assert not [message for message in messages if "abandon" in message.lower()]
    finally:
        rds.delete_db_instance(DBInstanceIdentifier="faults", SkipFinalSnapshot=True)
