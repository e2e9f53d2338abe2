"""Before and after a deployment: whether it can begin, and whether it serves, asked of what is deployed."""

import pytest

from .checkout import Checkout, Result

pytestmark = pytest.mark.end_to_end


def test_a_deployment_that_serves_passes_the_smoke_test(checkout: Checkout, deployment: Result) -> None:
    result = checkout.make("smoke")

    assert result.code == 0, result.output
    for said in (
        "rehearsal answers in pieces, the first within",
        "LiteLLM's own share of it is told",
        "a request without a key is refused (HTTP 401)",
        # `benchmark` calls this machine an operator's.
        "not refused from here: /ui/",
        "its rules close 7 admin paths to all but load_balancer.admin_cidrs",
    ):
        assert said in " ".join(result.output.split())
    assert "BAD" not in result.output


def test_what_is_deployed_can_be_deployed_again_and_what_does_not_apply_here_says_why(
    checkout: Checkout, deployment: Result
) -> None:
    result = checkout.make("preflight")

    assert result.code == 0, result.output
    said = " ".join(result.output.split())
    for line in (
        "the rehearsal: benchmark is deployed there, and is changed",
        "nobody holds the lock of a state",
        "does not apply: the rehearsal's tasks run the LiteLLM of this checkout's Python packages",
        "benchmark-litellm can be restored to any moment until",
    ):
        assert line in said
