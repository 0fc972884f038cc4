#!/bin/sh
# Founds an organization of its own, with a key for everything, and plays the worked example in it.
set -eu
field() { python -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
org=$(python -m usageflow_gateway org create --name Demo --json | field id)
USAGEFLOW_API_KEY=$(python -m usageflow_gateway key create --org "$org" --name demo --scopes '*' --json | field secret)
export USAGEFLOW_API_KEY
exec python -m usageflow_cli demo --receiver-host "$(hostname -i)"
