"""What of a parameter group this PostgreSQL takes, in the group's own units, and what it leaves out and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

FORCE_SSL = "rds.force_ssl"
_LIBRARIES = {
    "shared_preload_libraries",
    "session_preload_libraries",
    "local_preload_libraries",
    "dynamic_library_path",
}
_REHEARSALS_OWN = {
    "config_file",
    "data_directory",
    "external_pid_file",
    "hba_file",
    "hot_standby",
    "ident_file",
    "listen_addresses",
    "log_destination",
    "log_directory",
    "log_filename",
    "logging_collector",
    "port",
    "primary_conninfo",
    "synchronous_standby_names",
    "unix_socket_directories",
}


@dataclass(frozen=True)
class GroupParameter:
    """One parameter as it is deployed.

    Attributes:
        immediate: applied to a running database, as far as PostgreSQL can; else at the next restart.
    """

    value: str
    immediate: bool


def why_ignored(name: str, value: str, known: Collection[str]) -> str | None:
    """The reason for which a parameter is left out, for a person; None: PostgreSQL gets it.

    RDS counts in PostgreSQL's own units (RDS User Guide, "Parameter groups"), so that a value goes in as it is.
    """
    if name.startswith("rds."):
        return "known to RDS only" if name != FORCE_SSL else None
    if name in _LIBRARIES or "." in name:
        return "the library is not in this PostgreSQL"
    if name in _REHEARSALS_OWN or name.startswith("ssl"):
        return "the rehearsal's own"
    if "{" in value:
        return "a formula over the instance class's memory"
    if name not in known:
        return "not a parameter of this PostgreSQL"
    return None


def usable(group: Mapping[str, GroupParameter], known: Collection[str]) -> dict[str, str]:
    """What goes into postgresql.conf at a start."""
    return {
        name: parameter.value
        for name, parameter in group.items()
        if name != FORCE_SSL and why_ignored(name, parameter.value, known) is None
    }


def ignored(group: Mapping[str, GroupParameter], known: Collection[str]) -> dict[str, str]:
    """The parameters that are left out, each with its reason."""
    reasons = {name: why_ignored(name, parameter.value, known) for name, parameter in group.items()}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def after_change(
    running: Mapping[str, str], group: Mapping[str, GroupParameter], known: Collection[str]
) -> dict[str, str]:
    """What a running database is configured with once its group has changed.

    A parameter that waits for a restart keeps the value that the database started with; one that was reset to the
    engine's default leaves at once.
    """
    wanted = usable(group, known)
    waiting = {name for name in wanted if not group[name].immediate}
    kept = {name: value for name, value in running.items() if name in waiting}
    return kept | {name: value for name, value in wanted.items() if name not in waiting}


def forces_tls(group: Mapping[str, GroupParameter]) -> bool:
    """RDS for PostgreSQL 15 and later refuses plain connections unless it is told otherwise (RDS User Guide, "Requiring
    an SSL connection")."""
    return FORCE_SSL not in group or group[FORCE_SSL].value.lower() in ("1", "on", "true")


def configuration(settings: Mapping[str, str]) -> str:
    """The text of a postgresql.conf."""
    quoted = ((name, value.replace("'", "''")) for name, value in settings.items())
    return "".join(f"{name} = '{value}'\n" for name, value in quoted)
