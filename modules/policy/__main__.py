"""The command behind `make policy`."""

import contextlib
import io
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from modules.architecture.synthesis import Request, SynthesisError, synthesize
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
                # Warnings of the rules belong to plans; here they would hide the verdict.
                with contextlib.redirect_stderr(io.StringIO()):
                    synthesize(
                        Request(environment=name, rehearsal=False, account_id="123456789012"), str(directory / name)
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
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    sys.exit(main())
