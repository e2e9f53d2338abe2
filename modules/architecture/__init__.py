"""Constructs: settings in, Terraform out. The only package that knows cdktf."""

import os

# jsii draws a box about Node 20 in every synthesis; the set-up says it once, in a line.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
