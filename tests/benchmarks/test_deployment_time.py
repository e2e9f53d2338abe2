"""`make deploy` against `terraform apply` of the same JSON, each on a fresh rehearsal, in the same run."""

import time
from pathlib import Path

import pytest

from tests.end_to_end.checkout import Checkout

pytestmark = pytest.mark.benchmark
AT_MOST = 1.25
STACKS = ("state", "benchmark")


def apply_with_terraform(checkout: Checkout, json_from: Path) -> float:
    """Both stacks one after the other, as `make deploy` has to: the second needs the first one's bucket."""
    for stack in STACKS:
        folder = checkout.directory / "cdktf.out/stacks" / stack
        folder.mkdir(parents=True)
        (folder / "cdk.tf.json").write_text((json_from / stack / "cdk.tf.json").read_text())
    local = checkout.directory / "cdktf.out/stacks/state/backend_override.tf"
    local.write_text('terraform {\n  backend "local" {}\n}\n')
    checkout.shell("true")
    started = time.perf_counter()
    for stack in STACKS:
        terraform = f"terraform -chdir=cdktf.out/stacks/{stack}"
        result = checkout.shell(f"{terraform} init -input=false && {terraform} apply -auto-approve -input=false")
        assert result.code == 0, result.output
    return time.perf_counter() - started


def test_deployment_time(tmp_path: Path) -> None:
    ours, terraform = (Checkout.create(tmp_path / name / "project") for name in ("ours", "terraform"))
    try:
        started = time.perf_counter()
        result = ours.make("deploy")
        deployment = time.perf_counter() - started
        assert result.code == 0, result.output
        apply = apply_with_terraform(terraform, ours.directory / "cdktf.out/stacks")
    finally:
        for checkout in (ours, terraform):
            checkout.make("rehearsal-stop")

    print(
        f"\nmake deploy {deployment:.0f} s, terraform apply of the same JSON {apply:.0f} s: "
        f"ratio {deployment / apply:.2f}, to be at most {AT_MOST}"
    )
