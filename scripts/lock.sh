#!/usr/bin/env bash
# Pin Python packages anew, by version and hash. gdal stays out: its version follows the system's libgdal.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v uv > /dev/null || { echo "uv is needed: python3 -m pip install uv" >&2; exit 1; }
pin() {
    uv pip compile "$@" --generate-hashes --no-emit-index-url --no-emit-find-links \
        --no-emit-package gdal --no-annotate --no-header --python-version 3.11 --quiet > /dev/null
}
pin pyproject.toml --upgrade --extra dev --group build --output-file requirements-dev.lock
pin pyproject.toml --extra parquet --group build --constraint requirements-dev.lock --output-file requirements.lock
pin --upgrade --group docs --output-file requirements-docs.lock
