#!/usr/bin/env bash
# Every check and every test, each run of tests shared among as many processes as there are processors. The catalog's
# tests run twice: on a private PostGIS, beside the checks, then with all others on SpatiaLite, so that the last line is
# the summary of the largest run. What fails ends the whole.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# What a developer has set for a site must not reach the tests.
unset DATABASE_URL REDIS_URL GEODATA_DATA_DIR GEODATA_STORAGE_URL DJANGO_SETTINGS_MODULE

# The same chance each time, so that a change is judged by what it changed; another one by `GEODATA_TEST_SEED=… make test`.
export GEODATA_TEST_SEED="${GEODATA_TEST_SEED:-20261128}"

# A file's tests stay together and in order: they share what is dear to make.
run_tests=(.venv/bin/python -m pytest --numprocesses "$(nproc)" --dist loadfile --no-loadscope-reorder)

echo "Checks of the code, and beside them the catalog's tests on PostGIS:"
said="$(mktemp)"
set -m # A process group of its own, which can be ended whole.
.venv/bin/python -m tests.services.on_postgis "${run_tests[@]}" tests/catalog > "$said" 2>&1 < /dev/null &
postgis=$!
set +m
trap 'kill -INT -- "-$postgis" 2> /dev/null || true; wait "$postgis" || true; rm -f "$said"' EXIT
scripts/lint.sh

echo "The catalog's tests on PostGIS:"
tail --lines=+1 --follow --pid="$postgis" --sleep-interval=0.2 "$said"
wait "$postgis"
# Ended and asked for its status: nothing is left to stop, and its number may soon be another's.
trap 'rm -f "$said"' EXIT

echo "All tests, on SpatiaLite:"
"${run_tests[@]}"
