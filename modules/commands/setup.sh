#!/bin/sh
# Installs what the project needs into the project's folder, when the lock files say so; a second run is a few checks.
set -u
cd "$(dirname "$0")/../.." || exit 1

python=${PYTHON:-python3}
PIPENV_VERSION=2026.10.3

refuse() {
    echo "error: $1" >&2
    exit 1
}

# $1 found version, $2 least version: whether the first is at least the second.
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# $1 command, $2 its version, $3 least version, $4 what to install
require() {
    command -v "$1" >/dev/null 2>&1 || refuse "$1 is missing: install $4"
    at_least "$2" "$3" || refuse "$1 is version ${2:-unknown}, but $3 or later is needed: install $4"
}

require "$python" "$("$python" -c 'import platform; print(platform.python_version())' 2>/dev/null)" 3.11 \
    "Python 3.11 or later (python.org/downloads, or your system's packages), or name one with PYTHON=..."
require node "$(node --version 2>/dev/null | sed 's/^v//')" 20 "Node.js 22 or 24 (nodejs.org/en/download)"
require npm "$(npm --version 2>/dev/null)" 9 "npm, which comes with Node.js (nodejs.org/en/download)"
require terraform \
    "$(TF_CLI_CONFIG_FILE='' CHECKPOINT_DISABLE=1 terraform version 2>/dev/null | sed -n 's/^Terraform v//p')" 1.11 \
    "Terraform 1.11 or later (developer.hashicorp.com/terraform/install)"

export PIPENV_VENV_IN_PROJECT=1 PIPENV_IGNORE_VIRTUALENVS=1 PIPENV_NOSPIN=1 PIPENV_VERBOSITY=-1
fingerprint() {
    cksum "$@" | cut -d ' ' -f 1,2 | tr '\n' ' '
}

# $1 where the log is; tells it when something failed
explain() {
    tail -n 20 "$1" >&2
    refuse "$2; the whole log is $1"
}

if [ ! -x .tools/pipenv/bin/pipenv ] || [ "$(cat .tools/pipenv/version 2>/dev/null)" != "$PIPENV_VERSION" ]; then
    echo "Installing Pipenv $PIPENV_VERSION into .tools" >&2
    mkdir -p .tools
    "$python" -m venv --clear .tools/pipenv >.tools/setup.log 2>&1 \
        || explain .tools/setup.log "Python's venv does not work (Debian: install python3-venv)"
    .tools/pipenv/bin/pip install --quiet "pipenv==$PIPENV_VERSION" >.tools/setup.log 2>&1 \
        || explain .tools/setup.log "Pipenv cannot be installed"
    echo "$PIPENV_VERSION" >.tools/pipenv/version
fi

if [ "$(cat .venv/.installed 2>/dev/null)" != "$(fingerprint Pipfile.lock)" ]; then
    total=$(grep -c '"version": "==' Pipfile.lock)
    echo "Installing $total Python packages into .venv (about two minutes the first time)" >&2
    # Left to itself, Pipenv takes the newest Python that it finds anywhere.
    [ -x .venv/bin/python ] || "$python" -m venv .venv >.tools/setup.log 2>&1 \
        || explain .tools/setup.log "the environment .venv cannot be made"
    .tools/pipenv/bin/pipenv sync --dev >.tools/setup.log 2>&1 &
    sync=$!
    while kill -0 "$sync" 2>/dev/null; do
        sleep 5
        installed=$(find .venv/lib -maxdepth 3 -name '*.dist-info' 2>/dev/null | wc -l)
        echo "  $installed of $total" >&2
    done
    wait "$sync" || explain .tools/setup.log "the Python packages cannot be installed"
    fingerprint Pipfile.lock >.venv/.installed
fi

if [ "$(cat node_modules/.installed 2>/dev/null)" != "$(fingerprint package-lock.json)" ]; then
    echo "Installing the cdktf command line into node_modules" >&2
    npm ci --loglevel=error >.tools/setup.log 2>&1 || explain .tools/setup.log "cdktf-cli cannot be installed"
    fingerprint package-lock.json >node_modules/.installed
    case $(node --version) in
        v20.*) echo "note: Node 20 is past its end of life and works here; 22 or 24 is better" >&2 ;;
    esac
fi
