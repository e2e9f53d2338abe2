"""The provider's bindings are loaded by what is used of them, which changes nothing but the time that it takes."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
BINDINGS = "cdktf_cdktf_provider_aws"
SYNTHESIZE = """
import sys
{first}
from modules.architecture.synthesis import Request, synthesize
synthesize(Request(environment="production"), sys.argv[1])
root = sys.modules["cdktf_cdktf_provider_aws"]
print(sum(1 for name in sys.modules if name.startswith("cdktf_cdktf_provider_aws.")))
"""
COUNT_COMPILED = """
const loaded = () => Object.keys(require.cache).filter((file) => file.includes("@cdktf/provider-aws/"));
process.on("exit", () => require("node:fs").appendFileSync(process.env.COUNT_FILE, `${loaded().length}\\n`));
"""


def start(outdir: Path, first: str = "") -> "subprocess.Popen[str]":
    outdir.mkdir()
    (outdir / "count.cjs").write_text(COUNT_COMPILED)
    return subprocess.Popen(
        [sys.executable, "-c", SYNTHESIZE.format(first=first), str(outdir)],
        cwd=PROJECT,
        env={
            **os.environ,
            "NODE_OPTIONS": f'--require "{outdir / "count.cjs"}"',
            "COUNT_FILE": str(outdir / "compiled"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def imported(process: "subprocess.Popen[str]") -> int:
    """How many of the bindings' modules the process had imported when it ended."""
    output, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors
    return int(output.splitlines()[-1])


def compiled(outdir: Path) -> int:
    """How many of the bindings' JavaScript files jsii's Node.js process had compiled when it ended."""
    return sum(int(line) for line in (outdir / "compiled").read_text().split())


def test_the_synthesized_json_is_the_same_byte_for_byte_with_the_stock_import(tmp_path: Path) -> None:
    stock = start(tmp_path / "stock", first=f"import {BINDINGS}")
    spared = start(tmp_path / "spared")
    assert imported(spared) * 10 < imported(stock)
    assert compiled(tmp_path / "spared") * 10 < compiled(tmp_path / "stock")
    written = sorted(path.relative_to(tmp_path / "stock") for path in (tmp_path / "stock").rglob("cdk.tf.json"))
    assert {path.parent.name for path in written} >= {"production", "state"}
    for path in written:
        assert (tmp_path / "spared" / path).read_bytes() == (tmp_path / "stock" / path).read_bytes(), path


def test_only_one_module_names_the_bindings() -> None:
    naming = {
        path.relative_to(PROJECT).as_posix()
        for path in [PROJECT / "main.py", *(PROJECT / "modules").rglob("*.py")]
        if BINDINGS in path.read_text()
    }
    assert naming == {"modules/architecture/aws.py"}
