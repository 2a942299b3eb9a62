#!/usr/bin/env bash
# The tests by which a change is tried while it is written: no service, no browser, no database, nothing slow.
# Which those are, tests/marks.py tells. Arguments go to pytest: scripts/test_unit.sh tests/tiles -k stretch
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset DATABASE_URL REDIS_URL GEODATA_DATA_DIR GEODATA_STORAGE_URL DJANGO_SETTINGS_MODULE
# Where such tests are: to look through all others for them would take half of the time.
folders=(
    tests/test_architecture.py tests/test_design_notes.py tests/tiles tests/geodata tests/frontend
    tests/catalog/{documents,extraction,services} tests/catalog/stac/{cql2,free_text,aggregation}
)
(($#)) && folders=()
exec .venv/bin/python -m pytest --quiet --numprocesses "$(nproc)" --dist loadfile \
    -m "not services and not browser and not database and not slow" "${folders[@]}" "$@"
