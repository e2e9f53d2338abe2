"""Where Terraform gets its provider: the registry, or a mirror that is found in the conventional places."""

from collections.abc import Callable
from pathlib import Path

import pytest

from modules.commands.errors import CommandError
from modules.commands.terraform_provider import (
    MIRROR_VARIABLE,
    PROVIDER,
    VERSION,
    platform_name,
    provider_variables,
    without_missing_configuration,
)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of a machine on which no provider is anywhere."""
    for name in ("home", "project", "shared"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return {"HOME": str(tmp_path / "home"), "XDG_DATA_DIRS": str(tmp_path / "shared")}


def unpacked(mirror: Path, version: str = VERSION, platform: str | None = None) -> Path:
    (mirror / PROVIDER / version / (platform or platform_name())).mkdir(parents=True)
    return mirror


def packed(mirror: Path, version: str = VERSION) -> Path:
    (mirror / PROVIDER).mkdir(parents=True)
    (mirror / PROVIDER / f"terraform-provider-aws_{version}_{platform_name()}.zip").touch()
    return mirror


def offline(variables: dict[str, str], *roots: Path) -> dict[str, str]:
    return provider_variables(variables, mirrors_in=roots, registry_is_reachable=lambda: False)


def online(variables: dict[str, str], *roots: Path) -> dict[str, str]:
    return provider_variables(variables, mirrors_in=roots, registry_is_reachable=lambda: True)


def mirror_of(variables: dict[str, str]) -> Path:
    """The folder that Terraform's init and cdktf's lock are both pointed to."""
    mirror = variables["TF_CLI_ARGS_init"].removeprefix("-plugin-dir=")
    assert variables["TF_CLI_ARGS_providers_lock"] == f"-fs-mirror={mirror}"
    return Path(mirror)


def test_with_the_registry_nothing_is_set_even_where_a_mirror_is(machine: dict[str, str], tmp_path: Path) -> None:
    unpacked(tmp_path / "add-on")
    assert online(machine, tmp_path) == {}


@pytest.mark.parametrize("fill", [unpacked, packed])
def test_without_the_registry_a_mirror_is_found_unpacked_or_packed(
    machine: dict[str, str], tmp_path: Path, fill: Callable[[Path], Path]
) -> None:
    fill(tmp_path / "software")
    assert mirror_of(offline(machine, tmp_path / "software")) == tmp_path / "software"


@pytest.mark.parametrize(
    "place",
    [
        "project/terraform.d/plugins",
        "home/.terraform.d/plugins",
        "home/Library/Application Support/io.terraform/plugins",
        "home/.local/share/terraform/plugins",
        "shared/terraform/plugins",
    ],
)
def test_terraforms_own_folders_are_looked_in(machine: dict[str, str], tmp_path: Path, place: str) -> None:
    unpacked(tmp_path / place)
    assert mirror_of(offline(machine)) == tmp_path / place


def test_a_persons_data_folder_is_looked_in_wherever_it_is(machine: dict[str, str], tmp_path: Path) -> None:
    unpacked(tmp_path / "data/terraform/plugins")
    variables = {**machine, "XDG_DATA_HOME": str(tmp_path / "data")}
    assert mirror_of(offline(variables)) == tmp_path / "data/terraform/plugins"


@pytest.mark.parametrize("place", ["", "terraform", "vendor/terraform-mirror"])
def test_add_on_software_is_looked_through_two_folders_deep(
    machine: dict[str, str], tmp_path: Path, place: str
) -> None:
    unpacked(tmp_path / "software" / place)
    found = mirror_of(offline(machine, tmp_path / "nothing", tmp_path / "software"))
    assert found == tmp_path / "software" / place


def test_add_on_software_is_not_looked_through_any_deeper(machine: dict[str, str], tmp_path: Path) -> None:
    unpacked(tmp_path / "software/one/two/three")
    with pytest.raises(CommandError):
        offline(machine, tmp_path / "software")


def test_the_variable_wins_over_every_other_place_and_over_the_registry(
    machine: dict[str, str], tmp_path: Path
) -> None:
    unpacked(tmp_path / "home/.terraform.d/plugins")
    stated = {**machine, MIRROR_VARIABLE: str(unpacked(tmp_path / "mine"))}
    assert mirror_of(offline(stated)) == tmp_path / "mine"
    assert mirror_of(online(stated)) == tmp_path / "mine"


def test_a_variable_that_names_the_wrong_folder_is_told_so(machine: dict[str, str], tmp_path: Path) -> None:
    unpacked(tmp_path / "home/.terraform.d/plugins")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError) as caught:
        online({**machine, MIRROR_VARIABLE: str(tmp_path / "empty")})
    assert str(caught.value) == (
        f"{MIRROR_VARIABLE} is '{tmp_path / 'empty'}', but there is no {PROVIDER}/{VERSION}/{platform_name()} in it; "
        "fill it with 'terraform providers mirror', or unset the variable"
    )


def test_with_neither_registry_nor_mirror_a_person_is_told_what_to_do(machine: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        offline(machine, tmp_path / "software")
    message = str(caught.value)
    assert "\n" not in message
    for part in (VERSION, PROVIDER, platform_name(), str(tmp_path / "software"), f"set {MIRROR_VARIABLE} to a folder"):
        assert part in message


def test_another_version_or_another_platform_is_not_taken(machine: dict[str, str], tmp_path: Path) -> None:
    unpacked(tmp_path / "one", version="5.99.0")
    packed(tmp_path / "two", version="6.0.0")
    unpacked(tmp_path / "three", platform="plan9_mips")
    with pytest.raises(CommandError, match="cannot be had"):
        offline(machine, tmp_path)


@pytest.mark.parametrize("where", [".terraformrc", "own.tfrc"])
def test_a_persons_own_provider_installation_is_left_to_say_where_providers_come_from(
    machine: dict[str, str], tmp_path: Path, where: str
) -> None:
    unpacked(tmp_path / "software")
    configuration = tmp_path / "home" / where
    configuration.write_text("provider_installation {\n  direct {}\n}\n")
    variables = machine if where == ".terraformrc" else {**machine, "TF_CLI_CONFIG_FILE": str(configuration)}
    assert offline(variables, tmp_path / "software") == {}


def test_a_persons_configuration_about_something_else_changes_nothing(machine: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "home/.terraformrc").write_text("disable_checkpoint = true\n")
    unpacked(tmp_path / "software")
    assert mirror_of(offline(machine, tmp_path / "software")) == tmp_path / "software"


def test_a_missing_configuration_file_hides_no_mirror(machine: dict[str, str], tmp_path: Path) -> None:
    unpacked(tmp_path / "software")
    variables = {**machine, "TF_CLI_CONFIG_FILE": str(tmp_path / "gone.tfrc")}
    assert mirror_of(offline(variables, tmp_path / "software")) == tmp_path / "software"


def test_a_missing_configuration_file_hides_no_provider_installation(machine: dict[str, str], tmp_path: Path) -> None:
    """The commands drop a TF_CLI_CONFIG_FILE that names no file, after which Terraform reads ~/.terraformrc."""
    (tmp_path / "home/.terraformrc").write_text("provider_installation {\n  direct {}\n}\n")
    assert offline({**machine, "TF_CLI_CONFIG_FILE": str(tmp_path / "gone.tfrc")}) == {}


def test_a_configuration_file_that_is_not_there_is_dropped_and_one_that_is_stays(tmp_path: Path) -> None:
    there = tmp_path / "own.tfrc"
    there.touch()
    kept = {"PATH": "/bin", "TF_CLI_CONFIG_FILE": str(there)}
    assert without_missing_configuration(kept) == kept
    assert without_missing_configuration({**kept, "TF_CLI_CONFIG_FILE": str(tmp_path / "gone")}) == {"PATH": "/bin"}
    assert without_missing_configuration({"PATH": "/bin"}) == {"PATH": "/bin"}
