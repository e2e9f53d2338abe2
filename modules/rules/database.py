"""The database: versions, memory, windows."""

from collections.abc import Iterator

from modules.planning.database_classes import database_class
from modules.planning.windows import daily_windows, weekly_window
from modules.rules.finding import Finding, Rule
from modules.settings import Environment

OLDEST_MINOR_VERSIONS = {16: 11, 17: 7}
"""What RDS still creates; older ones are blocked since 2026-10-01 (AWS Health notices, see operations.md section 3)."""
SHORTEST_WINDOW_MINUTES = 30
"""Amazon RDS API, CreateDBInstance: PreferredBackupWindow, PreferredMaintenanceWindow."""
LARGEST_SHARED_BUFFERS_PERCENT = 75
"""Above it nothing is left for connections and the operating system: PostgreSQL does not start, or is killed."""
USEFUL_SHARED_BUFFERS_PERCENT = 40
"""PostgreSQL documentation, "Resource Consumption": more than this share is unlikely to work better."""


def version_can_be_created(environment: Environment) -> Iterator[Finding]:
    version = environment.database.engine_version
    major, _, minor = version.partition(".")
    oldest = OLDEST_MINOR_VERSIONS.get(int(major))
    if minor and oldest and int(minor) < oldest:
        yield Finding(
            rule="versions",
            severity="error",
            message=f"RDS no longer creates PostgreSQL {version} (database.engine_version); set '{major}', which takes "
            f"the newest minor version, or {major}.{oldest} or later",
        )


def windows_are_apart(environment: Environment) -> Iterator[Finding]:
    database = environment.database
    yield from windows(
        "database",
        ("backup_window", database.backup_window),
        ("maintenance_window", database.maintenance_window),
        SHORTEST_WINDOW_MINUTES,
    )


def windows(section: str, daily: tuple[str, str], weekly: tuple[str, str], shortest_minutes: int) -> Iterator[Finding]:
    """Findings on a daily and a weekly window that AWS would refuse."""

    def finding(message: str) -> Finding:
        return Finding(rule="windows", severity="error", message=message)

    (daily_key, daily_text), (weekly_key, weekly_text) = daily, weekly
    every_day, once_a_week = daily_windows(daily_text), weekly_window(weekly_text)
    for key, text, minutes in (
        (daily_key, daily_text, every_day[0].minutes),
        (weekly_key, weekly_text, once_a_week.minutes),
    ):
        if minutes < shortest_minutes:
            yield finding(f"{section}.{key} {text} is {minutes} minutes long; AWS wants at least {shortest_minutes}")
    if any(window.overlaps(once_a_week) for window in every_day):
        yield finding(
            f"{section}.{daily_key} {daily_text} and {section}.{weekly_key} {weekly_text} overlap, which AWS refuses; "
            "move one of them"
        )


def parameters_fit_the_class(environment: Environment) -> Iterator[Finding]:
    database, parameters = environment.database, environment.database.parameters
    classes = {"database.instance_class": database.instance_class}
    if database.read_replica and database.read_replica.instance_class:
        # The replica has the primary's parameters.
        classes["database.read_replica.instance_class"] = database.read_replica.instance_class
    for key, name in classes.items():
        shape = database_class(name)
        if shape is None:
            continue
        percent = 100 * parameters.shared_buffers_mib / shape.memory_mib
        if percent > USEFUL_SHARED_BUFFERS_PERCENT:
            too_much = percent > LARGEST_SHARED_BUFFERS_PERCENT
            yield Finding(
                rule="database_memory",
                severity="error" if too_much else "warning",
                message=f"database.parameters.shared_buffers_mib {parameters.shared_buffers_mib} is {percent:.1f} % of "
                f"the {shape.memory_mib} MiB of {key} {name}; "
                + (
                    f"PostgreSQL does not run with more than {LARGEST_SHARED_BUFFERS_PERCENT} %"
                    if too_much
                    else f"more than {USEFUL_SHARED_BUFFERS_PERCENT} % seldom helps"
                )
                + f": set {shape.memory_mib // 4} or take a larger class",
            )
        if parameters.max_connections > shape.default_max_connections:
            yield Finding(
                rule="database_memory",
                severity="warning",
                message=f"database.parameters.max_connections {parameters.max_connections} is above what RDS gives "
                f"{key} {name} by itself, {shape.memory_mib} MiB / 9531392 bytes = {shape.default_max_connections}: "
                "when all are open, memory may run out; take a larger class",
            )


RULES: tuple[Rule, ...] = (
    version_can_be_created,
    windows_are_apart,
    parameters_fit_the_class,
)
