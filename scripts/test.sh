#!/usr/bin/env bash
# Every check and every test: what of the catalog's tests asks its database on a private PostGIS, and the checks of the
# code beside it, since these keep one processor busy at a time; then all tests on SpatiaLite, whose summary is the last
# line. Each run of tests is shared among as many processes as there are processors. What fails ends the whole.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# What a developer has set for a site must not reach the tests.
unset DATABASE_URL REDIS_URL GEODATA_DATA_DIR GEODATA_STORAGE_URL DJANGO_SETTINGS_MODULE

# The same chance each time, so that a change is judged by what it changed; another one by `GEODATA_TEST_SEED=… make test`.
export GEODATA_TEST_SEED="${GEODATA_TEST_SEED:-20261128}"

# A file's tests stay together and in order: they share what is dear to make. A process that ends is not begun anew, as it
# would meet the same test again.
run_tests=(.venv/bin/python -m pytest --numprocesses "$(nproc)" --dist loadfile --no-loadscope-reorder --max-worker-restart 0)

said="$(mktemp -d)"
declare -A running=()
end_all() {
    for each in "${running[@]}"; do kill -INT -- "-$each" 2> /dev/null || true; done
    for each in "${running[@]}"; do wait "$each" || true; done
    rm -rf "$said"
}
trap end_all EXIT

begin() { # begin NAME command…: in a process group of its own, which can be ended whole
    set -m
    "${@:2}" > "$said/$1" 2>&1 < /dev/null &
    set +m
    running[$1]=$!
}

finish() { # finish NAME: show what it says until it ends
    local process="${running[$1]}"
    tail --lines=+1 --follow --pid="$process" --sleep-interval=0.2 "$said/$1"
    # Ended and asked for its status: nothing is left to stop, and its number may soon be another's.
    unset "running[$1]"
    wait "$process"
}

begin postgis .venv/bin/python -m tests.services.on_postgis "${run_tests[@]}" -m "database and not any_database" tests/catalog
echo "Checks of the code, and beside them tests on PostGIS:"
scripts/lint.sh
echo "The catalog's tests on PostGIS:"
finish postgis
echo "All tests, on SpatiaLite:"
"${run_tests[@]}"
