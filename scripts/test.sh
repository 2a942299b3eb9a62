#!/usr/bin/env bash
# Every test. The catalog's run twice: on a private PostGIS first, then with everything else on SpatiaLite, so that the
# last line is the summary of the largest run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# What a developer has set for a site must not reach the tests.
unset DATABASE_URL REDIS_URL GEODATA_DATA_DIR GEODATA_STORAGE_URL DJANGO_SETTINGS_MODULE

echo "The catalog's tests on PostGIS:"
.venv/bin/python -m tests.services.on_postgis .venv/bin/python -m pytest --quiet tests/catalog
echo "All tests, on SpatiaLite:"
.venv/bin/python -m pytest
