#!/usr/bin/env bash
# Resolves the workspace's requirements into a file of pins and hashes without any address. Pins that still fit stay.
set -euo pipefail
output=$1; shift
skip=()
for member in "$@"; do
    skip+=(--no-emit-package "$(sed -n 's/^name = "\(.*\)"/\1/p' "$member/pyproject.toml" | head -1)")
done
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true}
.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --group pyproject.toml:dev \
    "${skip[@]}" --output-file "$output"
