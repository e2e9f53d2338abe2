"""The command behind `make policy`."""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from modules.architecture.synthesis import REHEARSAL_ACCOUNT_ID, Request, SynthesisError, synthesize
from modules.environment_file import SettingsError, environment_names
from modules.policy.checkov import ROOT, CheckovError, run_checkov
from modules.policy.judgement import WAIVERS_FILE, judge
from modules.policy.waivers import WaiversError, read_waivers


def main() -> int:
    try:
        waivers = read_waivers(ROOT / WAIVERS_FILE)
        with tempfile.TemporaryDirectory() as temporary:
            directory = Path(temporary).resolve()
            for name in environment_names():
                synthesize(
                    Request(environment=name, rehearsal=False, account_id=REHEARSAL_ACCOUNT_ID), str(directory / name)
                )
            results = run_checkov(directory)
    except (SynthesisError, SettingsError, WaiversError, CheckovError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    verdict = judge(results, waivers, datetime.now(UTC).date())
    for count in verdict.counts:
        print(f"policy: {count}")
    for problem in verdict.problems:
        print(f"error: {problem}", file=sys.stderr)
    if verdict.problems:
        print(
            f"Mend what fails in modules/architecture; where that is impossible, waive it in {WAIVERS_FILE}, "
            "with stack, resource, check, a reason, and the day on which the waiver expires.",
            file=sys.stderr,
        )
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    sys.exit(main())
