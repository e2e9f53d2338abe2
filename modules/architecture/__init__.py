"""Constructs: settings in, Terraform out. The only package that knows cdktf."""

import os
from pathlib import Path

# jsii draws a box about Node 20 in every synthesis; the set-up says it once, in a line.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

# Set here because importing cdktf starts jsii's Node.js process.
_PRELOAD = Path(__file__).with_name("lazy_bindings.cjs")
if str(_PRELOAD) not in os.environ.get("NODE_OPTIONS", ""):
    os.environ["NODE_OPTIONS"] = f'{os.environ.get("NODE_OPTIONS", "")} --require "{_PRELOAD}"'.lstrip()
