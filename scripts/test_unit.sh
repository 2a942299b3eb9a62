#!/usr/bin/env bash
# The tests that a change is tried by while it is written: no service, no browser, no database, nothing slow.
# Arguments go to pytest, after `--`'s fashion: scripts/test_unit.sh tests/tiles -k stretch
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset DATABASE_URL REDIS_URL GEODATA_DATA_DIR GEODATA_STORAGE_URL DJANGO_SETTINGS_MODULE
exec .venv/bin/python -m pytest --quiet --numprocesses "$(nproc)" --dist loadfile \
    -m "not services and not browser and not database and not slow" "$@"
