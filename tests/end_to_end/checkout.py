"""A checkout of the project as a stranger has it, with a rehearsal of its own, driven through `make`."""

import functools
import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psutil

from modules.commands.policies import RECORDED
from modules.rehearsal import lifecycle

PROJECT = Path(__file__).resolve().parents[2]
INSTALLED = (".venv", ".tools", "node_modules")
"""What `make setup` made; linked, because installing it again would test the registries and not the project."""
PACE = "5"
"""AWS's own waits are so many times shorter."""
TARGET_VARIABLES = ("AWS_", "DEPLOY_", "REHEARSAL_", "TF_CLI_ARGS", "TERRAFORM_", "CDKTF_", "MAKE")


@dataclass(frozen=True)
class Result:
    code: int
    output: str

    def line(self, start: str) -> str:
        """The one line that starts so, spaces aside."""
        found = [line.strip() for line in self.output.splitlines() if line.strip().startswith(start)]
        assert len(found) == 1, f"{len(found)} lines start with {start!r} in:\n{self.output}"
        return found[0]


@dataclass(frozen=True)
class Checkout:
    directory: Path
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def create(cls, directory: Path, **variables: str) -> "Checkout":
        """The tracked files as they are in the work tree, uncommitted changes included."""
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True, check=True
        )
        for name in filter(lambda name: (PROJECT / name).is_file(), listed.stdout.splitlines()):
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, directory / name)
        for name in INSTALLED:
            (directory / name).symlink_to(PROJECT / name)
        slow_words = {"REHEARSAL_UPSTREAM_MILLISECONDS_PER_TOKEN": "20"}
        return cls(directory, {"REHEARSAL_PACE": PACE, **slow_words, **variables})

    def environment(self) -> dict[str, str]:
        """A person's shell, without what an outer `make`, or its `make env`, may have left in it."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(TARGET_VARIABLES)}
        return {**own, **self.variables}

    def make(self, *arguments: str, **variables: str) -> Result:
        process = self.start(*arguments, **variables)
        output, _ = process.communicate()
        return Result(process.returncode, output if process.returncode == 0 else output + self.control_plane_log())

    def control_plane_log(self) -> str:
        """What the rehearsal says of a failure goes with the checkout, and nobody can read it there afterwards."""
        log = self.directory / ".rehearsal/control-plane.log"
        return f"\n{log}:\n{log.read_text(errors='replace')[-4000:]}" if log.exists() else ""

    def calls(self) -> dict[str, Any]:
        """What each command has called on this checkout's rehearsal; kept for `make policies` as well."""
        rehearsal = lifecycle.running(self.directory / ".rehearsal")
        assert rehearsal is not None
        with urllib.request.urlopen(f"{rehearsal.url}{lifecycle.CALLS_PATH}") as answer:
            said: dict[str, Any] = json.load(answer)
        RECORDED.mkdir(parents=True, exist_ok=True)
        (RECORDED / f"{self.directory.parent.name}.json").write_text(json.dumps(said))
        return said

    def stop_rehearsal(self) -> None:
        """Holds that nothing is left of it."""
        if lifecycle.running(self.directory / ".rehearsal"):
            self.calls()
        stopped = self.make("rehearsal-stop")
        assert stopped.code == 0, stopped.output
        assert not (self.directory / ".rehearsal").exists()
        left = [process.info for process in psutil.process_iter(["pid", "cmdline"]) if self._is_named_in(process)]
        assert left == []

    def _is_named_in(self, process: psutil.Process) -> bool:
        return any(str(self.directory) in word for word in process.info["cmdline"] or [])

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        """`make` in a process group of its own, as in a terminal, so that Ctrl-C can be sent to all of it.

        It is heard also where the tests run in the background, in which a shell has it ignored.
        """
        return subprocess.Popen(
            ["env", "--default-signal=INT", "make", *arguments],
            cwd=self.directory,
            env={**self.environment(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def shell(self, script: str, environment: str = "benchmark") -> Result:
        """A shell in which the target's variables were set as the README says."""
        return self.run(f'eval "$(make -s env ENV={environment})" && {script}')

    def run(self, command: str) -> Result:
        """A line that a person typed."""
        completed = subprocess.run(
            ["bash", "-c", command],
            cwd=self.directory,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Result(completed.returncode, completed.stdout)

    def client(self, service: str) -> Any:
        """A boto3 client on this checkout's rehearsal."""
        return self.clients()(service)

    def clients(self, environment: str = "benchmark") -> Callable[..., Any]:
        """Makes boto3 clients on this checkout's rehearsal, by service and region."""
        url = self.shell("echo $AWS_ENDPOINT_URL", environment).output.strip()
        session = boto3.Session(aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal")

        @functools.cache
        def client(service: str, region: str = "us-east-1") -> Any:
            return session.client(service, endpoint_url=url, region_name=region)

        return client

    def plan_exit_code(self, stack: str, environment: str = "benchmark") -> int:
        """Terraform's own word on a stack: 0 no changes, 2 changes."""
        command = f"terraform -chdir=cdktf.out/stacks/{stack} plan -detailed-exitcode -input=false -no-color"
        return self.shell(command, environment).code
