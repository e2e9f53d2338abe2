"""Takes the package index out of Pipfile.lock, so that everyone installs from their own pip's index.

Pipenv writes the index of whoever locked into the file; `pipenv sync`, `verify` and `install --deploy` do without.
"""

import json
import sys
from pathlib import Path

for path in map(Path, sys.argv[1:]):
    lock = json.loads(path.read_text())
    lock["_meta"]["sources"] = []
    for section in ("default", "develop"):
        for package in lock[section].values():
            package.pop("index", None)
    path.write_text(json.dumps(lock, indent=4) + "\n")
