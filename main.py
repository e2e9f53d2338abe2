"""Synthesizes the state stack and one environment's stack; `cdktf` runs it.

Which environment, and for which target, comes from the variables that `make env` prints; without them it is the
`benchmark` environment on the rehearsal.
"""

import os
import sys

from modules.architecture.synthesis import Request, SynthesisError, synthesize


def main() -> int:
    try:
        synthesize(Request.from_environment(os.environ))
    except SynthesisError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
