"""Synthesis of all of `production` in a cold process, against a stock cdktf program with one VPC, in the same run."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.benchmark
PROJECT = Path(__file__).resolve().parents[2]
RUNS = 3
AT_MOST = 0.35
STOCK_PROGRAM = """
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.vpc import Vpc

app = App()
stack = TerraformStack(app, "stock")
AwsProvider(stack, "aws", region="us-east-1")
Vpc(stack, "vpc", cidr_block="10.0.0.0/16")
app.synth()
"""


def seconds(arguments: list[str], outdir: Path) -> float:
    variables = {**os.environ, "CDKTF_OUTDIR": str(outdir), "DEPLOY_ENVIRONMENT": "production"}
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=PROJECT, env=variables, capture_output=True, check=True)
    return time.perf_counter() - started


def test_synthesis_time(tmp_path: Path) -> None:
    ours, stock = [], []
    seconds(["main.py"], tmp_path / "warm-the-bindings-cache")
    for run in range(RUNS):
        stock.append(seconds(["-c", STOCK_PROGRAM], tmp_path / f"stock-{run}"))
        ours.append(seconds(["main.py"], tmp_path / f"ours-{run}"))

    assert (tmp_path / "ours-0/stacks/production/cdk.tf.json").is_file()
    ratio = statistics.median(ours) / statistics.median(stock)
    print(
        f"\nsynthesis of production {statistics.median(ours):.1f} s, stock program with one VPC "
        f"{statistics.median(stock):.1f} s (medians of {RUNS}): ratio {ratio:.2f}, to be at most {AT_MOST}"
    )
