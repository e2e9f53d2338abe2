"""A person starts the rehearsal, asks how it is, stops it, and things go wrong on the way."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest

from modules.rehearsal import lifecycle, processes
from modules.rehearsal.lifecycle import RehearsalError

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / ".rehearsal"
    yield directory
    lifecycle.stop(directory)


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "modules.rehearsal", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=90, check=False)


def port_of(rehearsal: lifecycle.Rehearsal) -> int:
    return int(rehearsal.url.rpartition(":")[2])


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while processes.identity(pid) is not None:
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.02)


def test_a_started_rehearsal_answers_as_aws_and_stops_without_a_trace(directory: Path) -> None:
    rehearsal = lifecycle.start(directory)
    caller = boto3.client(
        "sts",
        endpoint_url=rehearsal.url,
        aws_access_key_id="rehearsal",
        aws_secret_access_key="rehearsal",
        region_name="us-east-1",
    ).get_caller_identity()
    assert caller["Account"] == rehearsal.account_id == "123456789012"
    assert lifecycle.running(directory) == rehearsal

    assert lifecycle.stop(directory) is True
    assert processes.identity(rehearsal.pid) is None
    assert not directory.exists()
    assert lifecycle.running(directory) is None


def test_starting_again_returns_the_one_that_runs(directory: Path) -> None:
    assert lifecycle.start(directory) == lifecycle.start(directory)


def test_two_starts_at_once_make_one_rehearsal(directory: Path) -> None:
    with ThreadPoolExecutor() as pool:
        started = list(pool.map(lambda _: run("start", "--directory", str(directory)), range(3)))
    assert [one.returncode for one in started] == [0, 0, 0], started
    assert len({one.stdout for one in started}) == 1
    listed = subprocess.run(["pgrep", "-f", f"serve --directory {directory}"], capture_output=True, text=True)
    assert len(listed.stdout.split()) == 1


def test_stopping_what_does_not_run_is_no_error_and_makes_nothing(directory: Path) -> None:
    assert lifecycle.stop(directory) is False
    assert not directory.exists()


def test_stopping_keeps_what_the_rehearsal_did_not_put_there(directory: Path) -> None:
    directory.mkdir()
    (directory / "notes.txt").write_text("mine")
    lifecycle.start(directory)
    lifecycle.stop(directory)
    assert [path.name for path in directory.iterdir()] == ["notes.txt"]


def test_an_empty_directory_that_was_there_before_stays(directory: Path) -> None:
    directory.mkdir()
    lifecycle.start(directory)
    lifecycle.stop(directory)
    assert list(directory.iterdir()) == []


def test_it_listens_on_loopback_only(directory: Path) -> None:
    port = port_of(lifecycle.start(directory))
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    # Linux routes all of 127/8 to this machine: a socket bound to every interface would answer here.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_a_port_that_is_taken_is_named_with_its_setting_and_the_way_out(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RehearsalError, match=rf"port {port} .*REHEARSAL_PORT.*in use.*REHEARSAL_PORT=\.\.\."):
            lifecycle.start(directory, port=port)
    assert not directory.exists()


def test_a_running_rehearsal_is_not_moved_to_another_port(directory: Path) -> None:
    port = port_of(lifecycle.start(directory))
    with pytest.raises(RehearsalError, match=f"already runs at http://127.0.0.1:{port}, not on port {port + 1}"):
        lifecycle.start(directory, port=port + 1)


def test_after_a_crash_it_comes_back_on_the_same_port(directory: Path) -> None:
    crashed = lifecycle.start(directory)
    os.kill(crashed.pid, signal.SIGKILL)
    wait_until_gone(crashed.pid)
    assert lifecycle.running(directory) is None

    restarted = lifecycle.start(directory)
    assert restarted.url == crashed.url
    assert restarted.pid != crashed.pid
    lifecycle.stop(directory)
    assert not directory.exists()


def test_after_a_crash_it_takes_another_port_when_the_old_one_is_taken(directory: Path) -> None:
    crashed = lifecycle.start(directory)
    os.kill(crashed.pid, signal.SIGKILL)
    wait_until_gone(crashed.pid)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port_of(crashed)))
        taken.listen()
        assert lifecycle.start(directory).url != crashed.url


def test_a_stranger_with_the_same_process_id_is_neither_found_nor_stopped(directory: Path) -> None:
    rehearsal = lifecycle.start(directory)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        record_file = directory / "rehearsal.json"
        record = json.loads(record_file.read_text())
        record_file.write_text(json.dumps(record | {"pid": stranger.pid}))
        assert lifecycle.running(directory) is None
        assert lifecycle.stop(directory) is False
        assert stranger.poll() is None
        stranger.kill()
    os.kill(rehearsal.pid, signal.SIGTERM)
    wait_until_gone(rehearsal.pid)


def test_a_rehearsal_that_dies_at_its_start_shows_the_end_of_its_log(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "moto").mkdir()
    (tmp_path / "moto" / "__init__.py").write_text("raise ImportError('this moto is broken')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RehearsalError, match="this moto is broken") as failure:
        lifecycle.start(directory)
    assert str(directory / "control-plane.log") in str(failure.value)
    assert lifecycle.running(directory) is None
    lifecycle.stop(directory)
    assert not directory.exists()


def test_it_leaves_promptly_when_asked_to(directory: Path) -> None:
    lifecycle.start(directory)
    asked = time.monotonic()
    lifecycle.stop(directory)
    assert time.monotonic() - asked < lifecycle._STOP_SECONDS, "it had to be killed"


def test_it_outlives_the_shell_that_started_it(directory: Path) -> None:
    assert run("start", "--directory", str(directory)).returncode == 0
    rehearsal = lifecycle.running(directory)
    assert rehearsal is not None
    assert os.getsid(rehearsal.pid) == rehearsal.pid


def test_status_tells_where_it_is_and_how_it_is(directory: Path) -> None:
    rehearsal = lifecycle.start(directory)
    status = run("status", "--directory", str(directory))
    assert status.returncode == 0
    told = dict(line.split(maxsplit=1) for line in status.stdout.split("\n\n")[0].splitlines())
    assert told["url"] == rehearsal.url
    assert told["process"] == str(rehearsal.pid)
    assert told["log"] == str(directory / "control-plane.log")
    assert told["uptime"].startswith("0:00:")
    assert 30 < int(told["memory"].split()[0]) < 1000


@pytest.mark.parametrize("state", ["never started", "crashed"])
def test_status_of_what_does_not_run_is_one_line_and_exit_code_1(directory: Path, state: str) -> None:
    if state == "crashed":
        crashed = lifecycle.start(directory)
        os.kill(crashed.pid, signal.SIGKILL)
        wait_until_gone(crashed.pid)
    status = run("status", "--directory", str(directory))
    assert (status.returncode, status.stdout) == (1, "")
    assert status.stderr.startswith(f"no rehearsal runs in {directory}")
    assert status.stderr.count("\n") == 1
    assert ("is gone" in status.stderr) is (state == "crashed")


def test_the_log_stays_short(directory: Path) -> None:
    rehearsal = lifecycle.start(directory)
    for _ in range(20):
        socket_to_it = socket.create_connection(("127.0.0.1", port_of(rehearsal)))
        with socket_to_it:
            socket_to_it.sendall(b"GET /a-bucket HTTP/1.0\r\n\r\n")
            assert socket_to_it.recv(100).startswith(b"HTTP/1.1 404")
    assert rehearsal.log.read_text() == ""


def test_its_environment_wins_over_the_settings_of_a_real_account(
    rehearsal: lifecycle.Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_account = {
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "a-real-token",
        "AWS_ENDPOINT_URL_STS": "https://sts.amazonaws.com",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    for name, value in real_account.items():
        monkeypatch.setenv(name, value)
    script = "import boto3; c = boto3.client('sts'); print(c.get_caller_identity()['Account'], c.meta.region_name)"
    answer = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **rehearsal.environment("eu-central-1")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.stdout.split() == ["123456789012", "eu-central-1"], answer.stderr
