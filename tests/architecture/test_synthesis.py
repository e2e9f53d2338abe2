"""From a request to Terraform: complete and readable, or refused with one line and nothing written."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cdktf import TerraformResource, Testing as CdktfTesting

from modules.architecture.litellm_stack import LiteLLMStack
from modules.architecture.state_stack import StateStack
from modules.architecture.synthesis import REHEARSAL_ACCOUNT_ID, Request, SynthesisError, synthesize
from modules.commands import terraform_provider
from modules.commands.session import QUIET
from modules.environment_file import ENVIRONMENTS
from modules.litellm_file import with_rehearsal_model
from modules.preparation import prepare
from modules.target import Target

from .conftest import ACCOUNT_ID, Environments, Json, Stacks, Variant, differences, leaves, parsed, without_hashes

PROJECT = Path(__file__).parents[2]
HASH = re.compile(r"_[0-9A-Fa-f]{8}$")
REFERENCES = re.compile(r"\b(?P<data>data\.)?(?P<type>aws_\w+)\.(?P<name>[\w-]+)")
OVERLAPPING = "network: {private_subnet_cidrs: [10.0.1.0/24, 10.0.12.0/24]}"
PLAINTEXT = "load_balancer: {allow_plaintext: true}"


def all_stacks(environments: Environments) -> Iterator[Json]:
    for stacks in environments.values():
        yield stacks.environment
        yield stacks.state


def directory_with(directory: Path, *lines: str) -> Path:
    """A folder of environments with one, called `lab`."""
    directory.mkdir(exist_ok=True)
    (directory / "lab.yaml").write_text("\n".join(["name: lab", *lines]))
    shutil.copy(ENVIRONMENTS / "litellm.yaml", directory)
    return directory


def test_every_address_reads_like_its_place_in_the_architecture_without_a_hash(environments: Environments) -> None:
    for stack in all_stacks(environments):
        for kind in ("resource", "data", "ephemeral"):
            for type_, named in stack.get(kind, {}).items():
                assert not [f"{type_}.{name}" for name in named if HASH.search(name)]
        assert not [name for name in stack["output"] if HASH.search(name)]
    assert "network_private_us-east-1a" in environments["benchmark"].environment["resource"]["aws_subnet"]


def test_no_two_resources_share_an_address() -> None:
    """Without cdktf's hash two could, and the later one would silently win."""
    prepared = prepare("production")
    target = Target(account_id=ACCOUNT_ID, region=prepared.environment.region, rehearsal=True)
    app = CdktfTesting.app()
    stacks = [
        LiteLLMStack(
            app,
            target=target,
            environment=prepared.environment,
            litellm_configuration=prepared.litellm_configuration,
            local_states=None,
        ),
        StateStack(
            app,
            target=target,
            local_states=None,
            import_existing=False,
            copy_region=prepared.state_copy_region,
        ),
    ]
    for stack in stacks:
        addresses = [
            (construct.terraform_resource_type, construct.friendly_unique_id)
            for construct in stack.node.find_all()
            if TerraformResource.is_terraform_resource(construct)
        ]
        assert addresses
        assert len(addresses) == len(set(addresses))


def test_every_reference_is_to_something_in_the_same_stack(environments: Environments) -> None:
    for stack in all_stacks(environments):
        found = 0
        for path, value in leaves({key: part for key, part in stack.items() if key != "//"}):
            if not isinstance(value, str) or "//" in path:
                continue
            for expression in re.findall(r"\$\{([^}]*)}", value):
                for match in REFERENCES.finditer(expression):
                    kind = "data" if match["data"] else "ephemeral" if "ephemeral." in expression else "resource"
                    assert match["name"] in stack[kind][match["type"]], expression
                    found += 1
        assert found > 0


def test_nothing_is_left_unresolved_or_to_be_filled_in(environments: Environments) -> None:
    for stack in all_stacks(environments):
        for path, value in leaves(stack):
            text = str(value)
            assert "TfToken" not in text, path
            assert "e+298" not in text, path
            assert not re.search(r"\b(todo|fixme|changeme|placeholder)\b", text, re.IGNORECASE), path


def test_every_stack_uses_the_provider_that_the_commands_look_for(environments: Environments) -> None:
    for stack in all_stacks(environments):
        assert stack["terraform"]["required_providers"]["aws"]["version"] == terraform_provider.VERSION


def test_a_plan_for_one_account_cannot_be_applied_to_another(variant: Variant) -> None:
    stacks = variant("dev", rehearsal=False, account_id=ACCOUNT_ID)
    for stack in (stacks.environment, stacks.state):
        (provider,) = stack["provider"]["aws"]
        assert provider["allowed_account_ids"] == [ACCOUNT_ID]
        assert provider["region"] == "us-east-1"


def test_everything_is_tagged_with_its_environment_and_a_persons_own_tags(variant: Variant) -> None:
    stack = variant("dev", {"tags": {"owner": "platform", "cost-center": "4711"}}).environment
    (provider,) = stack["provider"]["aws"]
    assert provider["default_tags"] == [
        {"tags": {"project": "litellm", "environment": "dev", "owner": "platform", "cost-center": "4711"}}
    ]


def test_without_tags_of_a_person_there_are_only_the_projects(environments: Environments) -> None:
    for name, stacks in environments.items():
        for provider in stacks.environment["provider"]["aws"]:
            assert provider["default_tags"] == [{"tags": {"project": "litellm", "environment": name}}]


def test_the_rehearsal_and_aws_differ_only_in_path_style_waiting_and_account(
    environments: Environments, variant: Variant
) -> None:
    def with_account_of_the_rehearsal(stacks: Stacks) -> Iterator[dict[str, tuple[object, object]]]:
        for name, real in (("environment", stacks.environment), ("state", stacks.state)):
            rehearsed = getattr(environments["production"], name)
            found = differences(without_hashes(rehearsed), without_hashes(real))
            yield {
                path: (was, now)
                for path, (was, now) in found.items()
                if str(was).replace(REHEARSAL_ACCOUNT_ID, ACCOUNT_ID) != str(now)
            }

    environment, state = with_account_of_the_rehearsal(variant("production", rehearsal=False, account_id=ACCOUNT_ID))
    path_style = {
        "provider.aws.0.s3_use_path_style": (True, None),
        "provider.aws.1.s3_use_path_style": (True, None),
        "terraform.backend.s3.use_path_style": (True, None),
    }
    assert state == path_style
    # LiteLLM's file names its bucket, whose name ends with the account, and the rehearsal's has one model more.
    rehearsed, real = environment.pop("resource.aws_s3_object.configuration_litellm.content")
    assert with_rehearsal_model(str(real)) == str(rehearsed).replace(REHEARSAL_ACCOUNT_ID, ACCOUNT_ID)
    assert environment == path_style


def test_outputs_say_what_a_person_looks_for_after_a_deployment(environments: Environments) -> None:
    """Issue 2: endpoint, cluster, service, database, secrets' names."""
    for stacks in environments.values():
        wanted = {"endpoint", "cluster", "service", "database", "master_key_secret", "database_password_secret"}
        assert wanted <= set(stacks.environment["output"])


def test_an_environments_own_stack_has_its_name_beside_the_state_stack(environments: Environments) -> None:
    for name, stacks in environments.items():
        assert stacks.environment["//"]["metadata"]["stackName"] == name
        assert stacks.state["//"]["metadata"]["stackName"] == "state"


def test_an_environment_cannot_take_the_state_stacks_name(tmp_path: Path) -> None:
    (tmp_path / "state.yaml").write_text(f"name: state\n{PLAINTEXT}")
    shutil.copy(ENVIRONMENTS / "litellm.yaml", tmp_path)
    with pytest.raises(SynthesisError, match="name: got 'state'"):
        synthesize(Request(environment="state", directory=tmp_path), str(tmp_path / "out"))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        pytest.param(["workers: 4"], "workers: unknown key; ", id="a wrong file"),
        pytest.param(
            [PLAINTEXT, OVERLAPPING], "error: network: subnets 10.0.1.0/24 and 10.0.1.0/24 overlap", id="a rule"
        ),
        pytest.param(
            [PLAINTEXT, "service: {memory_mib: 4096}"],
            "error: task_size: Fargate has no task with",
            id="a Fargate pair",
        ),
        pytest.param([], "error: plaintext: ", id="neither HTTPS nor an opt-in"),
        pytest.param(
            [PLAINTEXT, "litellm: {database_connection_pool: 100}"], "error: connection_budget: ", id="connections"
        ),
    ],
)
def test_what_is_refused_leaves_nothing_behind(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(SynthesisError) as caught:
        synthesize(Request(environment="lab", directory=directory_with(tmp_path, *lines)), str(tmp_path / "out"))
    assert said in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("variables", "request_"),
    [
        ({}, Request()),
        ({"DEPLOY_ENVIRONMENT": "dev"}, Request(environment="dev")),
        (
            {"DEPLOY_TARGET": "aws", "DEPLOY_ACCOUNT_ID": ACCOUNT_ID},
            Request(rehearsal=False, account_id=ACCOUNT_ID),
        ),
        ({"DEPLOY_TARGET": "rehearsal", "DEPLOY_ACCOUNT_ID": ACCOUNT_ID}, Request(account_id=ACCOUNT_ID)),
        ({"DEPLOY_LOCAL_STATES": "/tmp/states"}, Request(local_states=Path("/tmp/states"))),
        ({"DEPLOY_IMPORT_STATE_BUCKET": "true"}, Request(import_state_bucket=True)),
        ({"DEPLOY_IMPORT_STATE_BUCKET": "false"}, Request()),
    ],
)
def test_the_request_comes_from_the_variables_and_is_the_rehearsal_without_any(
    variables: dict[str, str], request_: Request
) -> None:
    assert Request.from_environment(variables) == request_
    assert Request().rehearsal
    assert Request().environment == "benchmark"


@pytest.mark.parametrize("target", ["prod", "AWS", ""])
def test_an_unknown_target_is_refused_with_those_that_there_are(target: str) -> None:
    with pytest.raises(SynthesisError) as caught:
        Request.from_environment({"DEPLOY_TARGET": target})
    assert str(caught.value) == f"DEPLOY_TARGET is {target!r}; allowed: 'rehearsal', 'aws'"


@pytest.mark.parametrize("account", [{}, {"DEPLOY_ACCOUNT_ID": ""}])
def test_aws_without_an_account_is_refused_and_never_guessed(account: dict[str, str]) -> None:
    with pytest.raises(SynthesisError) as caught:
        Request.from_environment({"DEPLOY_TARGET": "aws", **account})
    assert str(caught.value) == (
        "DEPLOY_TARGET is 'aws', but DEPLOY_ACCOUNT_ID is not set; run: eval \"$(make env TARGET=aws)\""
    )


def test_main_says_what_is_wrong_in_one_line_and_writes_nothing(tmp_path: Path) -> None:
    """As cdktf runs it."""
    broken = directory_with(tmp_path / "broken", OVERLAPPING, PLAINTEXT)
    cases = {
        "a rule": ({"DEPLOY_ENVIRONMENTS_DIRECTORY": str(broken), "DEPLOY_ENVIRONMENT": "lab"}, "overlap"),
        "no account": ({"DEPLOY_TARGET": "aws"}, "DEPLOY_ACCOUNT_ID is not set"),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DEPLOY_")}

    def run(name: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "main.py"],
            cwd=PROJECT,
            env={**inherited, **QUIET, "CDKTF_OUTDIR": str(tmp_path / name / "out"), **cases[name][0]},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    with ThreadPoolExecutor(max_workers=2) as pool:
        results = dict(zip(cases, pool.map(run, cases), strict=True))
    for name, result in results.items():
        assert result.returncode == 1, name
        assert cases[name][1] in result.stderr, name
        assert len(result.stderr.strip().splitlines()) == 1, result.stderr
        assert result.stdout == "", name
        assert not (tmp_path / name).exists(), name


def test_synthesizing_twice_gives_the_same(tmp_path: Path, environments: Environments) -> None:
    synthesize(Request(environment="production"), str(tmp_path))
    assert parsed(tmp_path, "production") == environments["production"]
