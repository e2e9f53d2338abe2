"""The commands behind `make`; `make help` explains them."""

import argparse
import os
import shlex
import sys
from collections.abc import Callable
from functools import partial

from modules.commands import cost, deploy, drill, load
from modules.commands.doctor import doctor
from modules.commands.errors import CommandError
from modules.commands.lab import run_lab
from modules.commands.master_key import show_master_key
from modules.commands.plan import plan
from modules.commands.policies import write_policies
from modules.commands.preflight import preflight
from modules.commands.restore import restore
from modules.commands.rotate_keys import rotate_keys
from modules.commands.scale import scale
from modules.commands.session import TARGETS, Session, enter, open_session
from modules.commands.smoke import run_smoke
from modules.commands.teardown import teardown
from modules.environment_file import SettingsError
from modules.operations.outputs import NotDeployedError
from modules.rehearsal.lifecycle import RehearsalError


def show_variables(session: Session) -> None:
    """Prints the session's variables for a shell to evaluate."""
    for name, value in sorted(session.variables.items()):
        print(f"export {name}={shlex.quote(value)}")
    if "TF_CLI_CONFIG_FILE" not in os.environ:
        print("unset TF_CLI_CONFIG_FILE")


COMMANDS: dict[str, Callable[[Session], int | None]] = {
    "deploy": deploy.deploy,
    "plan": plan,
    "destroy": deploy.destroy,
    "unlock": deploy.unlock,
    "env": show_variables,
    "master-key": show_master_key,
    "doctor": doctor,
    "preflight": preflight,
    "smoke": run_smoke,
    "lab": run_lab,
    "drill-task": partial(drill.drill, name="task"),
    "drill-az": partial(drill.drill, name="az"),
    "drill-rds": partial(drill.drill, name="rds"),
    "drill-abort": drill.abort,
    "scale": scale,
    "restore": restore,
    "teardown": teardown,
    "rotate-keys": rotate_keys,
    "load": load.load,
    "calibrate": load.calibrate,
}
ON_A_DEPLOYMENT = (
    "master-key",
    "doctor",
    "smoke",
    "scale",
    "restore",
    "rotate-keys",
    "drill-task",
    "drill-az",
    "drill-rds",
    "drill-abort",
    "load",
    "calibrate",
)
"""Those that have nothing to do on a rehearsal that would be started for them."""
WITHOUT_TARGET: dict[str, Callable[[str], None]] = {
    "cost": cost.show_cost,
    "drills": lambda _: drill.show_scorecard(),
    "policies": write_policies,
    "prices": cost.renew_prices,
}
"""Those that look at this checkout's files alone, given the environment's name: no rehearsal is started for them, and
AWS is not asked, but for its public list of prices."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m modules.commands")
    parser.add_argument("command", choices=[*COMMANDS, *WITHOUT_TARGET])
    parser.add_argument("--target", default="rehearsal", help=f"one of {', '.join(TARGETS)}")
    parser.add_argument("--environment", default="benchmark", help="a file in environments/, without its ending")
    arguments = parser.parse_args()
    try:
        if arguments.command in WITHOUT_TARGET:
            WITHOUT_TARGET[arguments.command](arguments.environment)
            return 0
        start = arguments.command not in ON_A_DEPLOYMENT
        session = open_session(arguments.target, arguments.environment, os.environ, start=start)
        enter(session, arguments.command)
        return COMMANDS[arguments.command](session) or 0
    except (CommandError, SettingsError, RehearsalError, NotDeployedError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
