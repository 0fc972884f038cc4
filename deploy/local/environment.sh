#!/usr/bin/env bash
# Makes .venv from requirements.lock: once, and again when the lock or a member's pyproject.toml has changed.
set -euo pipefail
members=("$@")
python=${PYTHON:-python3}
stop() { printf '%s\n' "$@" >&2; exit 3; }

stamp=.venv/.made-from
here=$PWD
wanted=$(cat requirements.lock pyproject.toml "${members[@]/%//pyproject.toml}" deploy/local/environment.sh | sha256sum)$'\n'$here
if [[ -x .venv/bin/python && -f $stamp && $(<"$stamp") == "$wanted" ]]; then exit 0; fi

command -v "$python" >/dev/null || stop "Python is missing. UsageFlow needs Python 3.11 or newer:" \
    "  Debian, Ubuntu: apt-get install python3 python3-venv    macOS: brew install python@3.12" \
    "or name one: make PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || stop \
    "$("$python" --version) is too old: UsageFlow needs Python 3.11 or newer. Name one: make PYTHON=python3.12"
"$python" -c 'import ensurepip, venv' 2>/dev/null || stop \
    "$("$python" --version) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv"

echo "Making the Python environment (.venv) …" >&2
# Begun anew when an attempt broke off before pip was there, or when the checkout has moved: its programs name their place.
if ! .venv/bin/python -c 'import pip' 2>/dev/null || [[ $(tail -n 1 "$stamp" 2>/dev/null || echo "$here") != "$here" ]]; then
    "$python" -m venv --clear .venv
fi
rm -f "$stamp"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore 'uv>=0.13,<0.14'
# The certificates that the machine trusts, as pip does: a company may have its own.
export UV_PYTHON=.venv/bin/python UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true} UV_LINK_MODE=${UV_LINK_MODE:-hardlink}
.venv/bin/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
.venv/bin/uv pip install --quiet --no-deps "${members[@]/#/--editable=}"
printf '%s' "$wanted" > "$stamp"
