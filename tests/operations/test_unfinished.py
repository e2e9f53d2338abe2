"""The page of a deployment that ended halfway, read by whoever has to go on."""

import html
import re
from typing import Any

from modules.operations.apply_progress import ApplyProgress, Failure
from modules.operations.unfinished import Unfinished, page

STATE = {
    "resources": [
        {
            "mode": "data",
            "type": "aws_caller_identity",
            "name": "current",
            "instances": [{"attributes": {"id": "123456789012"}}],
        },
        {
            "mode": "managed",
            "type": "aws_vpc",
            "name": "network",
            "instances": [{"attributes": {"id": "vpc-1"}}],
        },
        {
            "mode": "managed",
            "type": "aws_db_instance",
            "name": "database",
            "instances": [{"attributes": {"id": "db-1", "identifier": "dev-litellm"}, "status": "tainted"}],
        },
        {
            "mode": "managed",
            "type": "aws_subnet",
            "name": "private",
            "instances": [{"index_key": "a", "attributes": {"id": "subnet-1"}, "deposed": "1b2c3d4e"}],
        },
    ]
}


def read(**changes: Any) -> str:
    progress = ApplyProgress(clock=lambda: 0, planned=61, done=12, under_way={"aws_db_instance.database": "Creating"})
    progress.failures = [Failure(what="InstanceQuotaExceeded", address="aws_db_instance.database")]
    stated = {
        "description": "environment dev on the rehearsal",
        "error": "cdktf deploy ended with exit code 1",
        "progress": progress,
        "state": STATE,
        "make_arguments": " ENV=dev",
        "locked_by": None,
    }
    lines = re.sub(r"</?(tr|p|li|h\d|table|ul|ol)>", "\n", page(Unfinished(**{**stated, **changes})))
    return html.unescape(re.sub(r"<[^>]+>", " ", lines))


def test_it_says_what_failed_and_what_was_under_way() -> None:
    said = read()

    assert "12 of 61 operations were done" in said
    assert re.search(r"InstanceQuotaExceeded +aws_db_instance.database", said)
    assert re.search(r"aws_db_instance.database +Creating", said)


def test_without_terraforms_own_words_the_reason_is_that_of_the_command() -> None:
    silent = ApplyProgress(clock=lambda: 0)

    assert "cdktf deploy ended with exit code 1" in read(progress=silent)
    assert "0 operations" not in read(progress=silent)


def test_what_exists_is_what_terraform_manages_with_what_is_not_complete_first() -> None:
    existing = read().partition("What exists")[2]

    assert "3 resources" in existing
    assert "aws_caller_identity" not in existing
    assert re.findall(r"aws_\S+", existing) == [
        "aws_db_instance.database",
        'aws_subnet.private["a"]',
        "aws_vpc.network",
    ]
    assert re.search(r"aws_db_instance.database +dev-litellm +tainted: to be made anew", existing)
    assert re.search(r"subnet-1 +replaced already, to be destroyed", existing)
    assert re.search(r"vpc-1 +complete", existing)


def test_how_to_go_on_names_the_commands_of_this_environment() -> None:
    said = read(make_arguments=" TARGET=aws ENV=dev")

    for command in ("make plan", "make deploy", "make smoke", "make destroy"):
        assert f"{command} TARGET=aws ENV=dev" in said
    assert "unlock" not in said


def test_a_lock_that_was_left_behind_comes_first() -> None:
    said = read(locked_by="ann@host since noon (apply)")

    assert said.index("locked by ann@host since noon (apply)") < said.index("Mend the reason")
    assert "'make unlock ENV=dev'" in said


def test_what_no_way_back_undoes_is_said() -> None:
    going_back = read().partition("Going back instead")[2]

    for lost in ("schema", "replaced or destroyed", "storage", "spend"):
        assert lost in going_back


def test_without_a_state_it_says_so() -> None:
    assert "0 resources" in read(state=None)
    unknown = read(state=None, state_unknown="the security token is expired")
    assert "state cannot be read: the security token is expired" in unknown
    assert "0 resources" not in unknown
