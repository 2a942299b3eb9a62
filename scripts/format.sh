#!/usr/bin/env bash
# Rewrite the code in the house style, as far as tools can.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
.venv/bin/ruff check --fix --exit-zero .
.venv/bin/ruff format .
npm --prefix frontend run --silent format
