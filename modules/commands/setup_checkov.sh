#!/bin/sh
# Installs checkov into an environment of its own: what it needs excludes what the project needs.
set -u
cd "$(dirname "$0")/../.." || exit 1

python=${PYTHON:-python3}
packages=requirements-checkov.txt
log=.tools/setup-checkov.log

refuse() {
    tail -n 20 "$log" >&2
    echo "error: $1; the whole log is $log" >&2
    exit 1
}

fingerprint=$(cksum "$packages")
[ "$(cat .tools/checkov/.installed 2>/dev/null)" != "$fingerprint" ] || exit 0
echo "Installing checkov into .tools/checkov" >&2
mkdir -p .tools
"$python" -m venv --clear .tools/checkov >"$log" 2>&1 || refuse "Python's venv does not work"
.tools/checkov/bin/pip install --quiet --no-deps --requirement "$packages" >"$log" 2>&1 \
    || refuse "checkov cannot be installed"
echo "$fingerprint" >.tools/checkov/.installed
