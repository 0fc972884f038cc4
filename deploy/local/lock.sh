#!/usr/bin/env bash
# Resolves the workspace's requirements into files of pins and hashes without any address. Pins that still fit stay.
#   lock.sh FOLDER MEMBER…   writes FOLDER/requirements.lock (with development tools) and FOLDER/deploy/images/<service>.lock (without).
set -euo pipefail
folder=$1; shift
skip=()
for member in "$@"; do
    skip+=(--no-emit-package "$(sed -n 's/^name = "\(.*\)"/\1/p' "$member/pyproject.toml" | head -1)")
done
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true}
compile=(.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate "${skip[@]}")
"${compile[@]}" --group pyproject.toml:dev --output-file "$folder/requirements.lock"
mkdir -p "$folder/deploy/images"
for service in services/*; do
    name=$(basename "$service")
    members=("$service/pyproject.toml" libs/common/pyproject.toml)
    # The tool of operators and developers goes with the gateway.
    [[ $name != gateway ]] || members+=(libs/client/pyproject.toml libs/cli/pyproject.toml)
    "${compile[@]}" --constraints "$folder/requirements.lock" --output-file "$folder/deploy/images/$name.lock" "${members[@]}"
done
