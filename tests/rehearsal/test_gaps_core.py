"""What every service of the rehearsal does alike."""

import pytest
from botocore.exceptions import ClientError

from modules.rehearsal.gaps import patching
from modules.rehearsal.lifecycle import Rehearsal

from .conftest import AwsClient

FORECAST = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/core/proxy",
    "ScalableDimension": "ecs:service:DesiredCount",
    "PolicyName": "up",
    "StartTime": "2026-01-01",
    "EndTime": "2026-01-02",
}


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("application-autoscaling", "get_predictive_scaling_forecast", FORECAST),
        ("rds", "describe_account_attributes", {}),
        ("ecs", "submit_task_state_change", {}),
    ],
)
def test_an_unknown_operation_is_refused_at_once_by_name(
    aws: AwsClient, rehearsal: Rehearsal, service: str, operation: str, arguments: dict[str, str]
) -> None:
    log_before = rehearsal.log.read_text()
    with pytest.raises(ClientError) as refusal:
        getattr(aws(service), operation)(**arguments)
    camel = "".join(word.capitalize() for word in operation.split("_"))
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refusal.value.response["Error"]["Code"] == "InvalidAction"
    assert f"the rehearsal does not know {service} {camel}" in refusal.value.response["Error"]["Message"]
    assert rehearsal.log.read_text() == log_before


class Moto:
    def known(self) -> str:
        return "moto"


def test_a_patch_of_what_moto_no_longer_has_fails_loudly() -> None:
    with pytest.raises(AttributeError, match=r"extends .*Moto\.gone, which this release of moto does not have"):
        patching.wrap(Moto, "gone", lambda original, self: None)


def test_an_addition_that_moto_has_by_now_fails_loudly() -> None:
    with pytest.raises(AttributeError, match=r"Moto\.known exists in this release of moto: drop"):
        patching.add(Moto, "known", lambda self: "rehearsal")


def test_closing_a_gap_twice_extends_moto_once() -> None:
    class Another(Moto):
        pass

    def louder(original: patching.Method, moto: Moto) -> str:
        return str(original(moto)) + "!"

    patching.wrap(Another, "known", louder)
    patching.wrap(Another, "known", louder)
    assert Another().known() == "moto!"
