#!/usr/bin/env bash
# Every check that reads the code without running it. All of them run; one that fails fails the whole.
set -uo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"
export DJANGO_SETTINGS_MODULE=geodata.settings.testing
failed=()

check() { # check "what" command…
    local what="$1" output started=$SECONDS
    shift
    if output="$("$@" 2>&1 < /dev/null)"; then
        printf 'ok      %s (%s s)\n' "$what" $((SECONDS - started))
    else
        printf 'FAILED  %s: %s\n%s\n' "$what" "$*" "$output"
        failed+=("$what")
        return 1
    fi
}

openapi_is_current() { scripts/openapi.sh | diff --unified docs/openapi.json - || { echo "run: make schema"; return 1; }; }

build_packages() {
    local folder
    folder="$(mktemp -d)"
    scripts/build.sh "$folder" && rm -rf "$folder"
}

# It takes as long as all the others: beside them.
check "Python types" .venv/bin/mypy . &
types=$!
check "Python style" .venv/bin/ruff check .
check "Python format" .venv/bin/ruff format --check .
check "shell scripts' syntax" bash -n scripts/*.sh .ci/run
check "Django's own checks" .venv/bin/python manage.py check
check "migrations match models" .venv/bin/python manage.py makemigrations --check --dry-run
check "migrations are safe while a site serves" .venv/bin/python scripts/check_migrations.py
check "docs/openapi.json is current" openapi_is_current
check "what is in the packages" build_packages
check "web client: style" npm --prefix frontend run --silent lint
check "web client: types" npm --prefix frontend run --silent typecheck
check "web client: unit tests" npm --prefix frontend run --silent test
wait "$types" || failed+=("Python types")

if ((${#failed[@]})); then
    printf '\n%s of these checks failed.\n' "${#failed[@]}"
    exit 1
fi
