"""Where Terraform gets the AWS provider: the registry or, where that cannot be reached, a mirror on this machine."""

import platform
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from modules.commands.errors import CommandError

REGISTRY = "registry.terraform.io"
PROVIDER = f"{REGISTRY}/hashicorp/aws"
VERSION = "5.100.0"
"""The version that the bindings in Pipfile.lock were made for."""
MIRROR_VARIABLE = "TERRAFORM_PROVIDER_MIRROR"
ADD_ON_SOFTWARE = (Path("/opt"), Path("/usr/local/lib"), Path("/usr/local/share"), Path("/usr/lib"), Path("/usr/share"))
"""Filesystem Hierarchy Standard: where software lives that does not come with the system."""


def platform_name() -> str:
    """This machine in Terraform's words, such as `linux_amd64`."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"


def holds_the_provider(mirror: Path) -> bool:
    """Whether a folder is a registry tree with the pinned provider, unpacked or packed (Terraform CLI,
    "Provider Installation", filesystem_mirror)."""
    provider = mirror / PROVIDER
    packed = provider / f"terraform-provider-aws_{VERSION}_{platform_name()}.zip"
    return (provider / VERSION / platform_name()).is_dir() or packed.is_file()


def implied_mirrors(variables: Mapping[str, str]) -> list[Path]:
    """The folders that Terraform itself looks in ("Provider Installation", implied local mirror directories)."""
    home = Path(variables.get("HOME", "~")).expanduser()
    data_home = variables.get("XDG_DATA_HOME") or str(home / ".local/share")
    data_folders = (variables.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    return [
        Path("terraform.d/plugins").resolve(),
        home / ".terraform.d/plugins",
        home / "Library/Application Support/io.terraform/plugins",
        Path("/Library/Application Support/io.terraform/plugins"),
        *(Path(folder) / "terraform/plugins" for folder in [data_home, *data_folders]),
    ]


def add_on_mirrors(roots: Iterable[Path] = ADD_ON_SOFTWARE) -> Iterator[Path]:
    """Registry trees among the add-on software, at most two folders deep."""
    for root in roots:
        for pattern in (REGISTRY, f"*/{REGISTRY}", f"*/*/{REGISTRY}"):
            yield from (tree.parent for tree in sorted(root.glob(pattern)))


def find_mirror(variables: Mapping[str, str], roots: Iterable[Path] = ADD_ON_SOFTWARE) -> Path | None:
    """The first folder with the pinned provider.

    Raises:
        CommandError: the variable names a folder that does not hold it.
    """
    if stated := variables.get(MIRROR_VARIABLE):
        if not holds_the_provider(Path(stated)):
            raise CommandError(
                f"{MIRROR_VARIABLE} is {stated!r}, but there is no {PROVIDER}/{VERSION}/{platform_name()} in it; fill "
                "it with 'terraform providers mirror', or unset the variable"
            )
        return Path(stated).resolve()
    candidates = [*implied_mirrors(variables), *add_on_mirrors(roots)]
    return next((candidate for candidate in candidates if holds_the_provider(candidate)), None)


def registry_answers() -> bool:
    try:
        with urllib.request.urlopen(f"https://{REGISTRY}/.well-known/terraform.json", timeout=3):
            return True
    except (urllib.error.URLError, OSError):
        return False


def provider_variables(
    variables: Mapping[str, str],
    *,
    mirrors_in: Iterable[Path] = ADD_ON_SOFTWARE,
    registry_is_reachable: Callable[[], bool] = registry_answers,
) -> dict[str, str]:
    """Variables with which Terraform and cdktf find the provider.

    A person's own Terraform configuration that says where providers come from is left to say it.

    Raises:
        CommandError: there is neither a registry nor a mirror.
    """
    if states_provider_installation(variables):
        return {}
    mirror = find_mirror(variables, mirrors_in)
    if not variables.get(MIRROR_VARIABLE) and registry_is_reachable():
        return {}
    if mirror is None:
        raise CommandError(
            f"Terraform's AWS provider {VERSION} cannot be had: {REGISTRY} does not answer, and no folder with "
            f"{PROVIDER}/{VERSION}/{platform_name()} is in Terraform's plugin folders or below "
            f"{', '.join(str(root) for root in mirrors_in)}; connect to the registry, or set {MIRROR_VARIABLE} to a "
            "folder that 'terraform providers mirror' filled"
        )
    return {
        "TF_CLI_ARGS_init": f"-plugin-dir={mirror}",
        # cdktf locks the providers' checksums from the registry, unless told where else they are.
        "TF_CLI_ARGS_providers_lock": f"-fs-mirror={mirror}",
        # A mirror is linked to; a cache beside it would copy the provider's 700 MB.
        "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "1",
    }


def states_provider_installation(variables: Mapping[str, str]) -> bool:
    home = Path(variables.get("HOME", "~")).expanduser()
    stated = Path(variables.get("TF_CLI_CONFIG_FILE") or home / ".terraformrc")
    if not stated.is_file():
        stated = home / ".terraformrc"
    return stated.is_file() and "provider_installation" in stated.read_text()


def without_missing_configuration(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables without a `TF_CLI_CONFIG_FILE` that names no file: Terraform warns about it in every call, and
    cdktf prints the warning as an error."""
    stated = variables.get("TF_CLI_CONFIG_FILE")
    missing = stated is not None and not Path(stated).is_file()
    return {name: value for name, value in variables.items() if not (missing and name == "TF_CLI_CONFIG_FILE")}
