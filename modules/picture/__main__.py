"""The command behind `make picture`."""

import json
import sys
import tempfile
from pathlib import Path

from modules.architecture.synthesis import Request, SynthesisError, synthesize
from modules.picture.drawing import draw
from modules.picture.facts import PictureError, read_facts
from modules.target import STATE_STACK

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "architecture.svg"
ENVIRONMENT = "production"


def main() -> int:
    try:
        with tempfile.TemporaryDirectory() as directory:
            synthesize(Request(environment=ENVIRONMENT), directory)
            environment, state = (
                json.loads(Path(directory, "stacks", name, "cdk.tf.json").read_text())
                for name in (ENVIRONMENT, STATE_STACK)
            )
        PICTURE.write_text(draw(read_facts(ENVIRONMENT, environment, state)))
    except (SynthesisError, PictureError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
