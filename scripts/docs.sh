#!/usr/bin/env bash
# Build the pages of docs/ into build/docs, with warnings as errors. What builds them is installed by hash into an
# environment of its own, once; then no network is needed.
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"
. scripts/progress.sh
LOCK=requirements-docs.lock
VENV=.cache/docs
locked="$(sha256sum < "$LOCK" | cut -c1-64)"

install_builder() {
    rm -rf "$VENV"
    "${PYTHON:-python3}" -m venv "$VENV"
    "$VENV/bin/python" -m pip install --disable-pip-version-check --no-compile --no-deps --require-hashes --requirement "$LOCK"
}
if ! is_done docs "$locked" || [[ ! -x "$VENV/bin/mkdocs" ]]; then
    step docs "Installing $(grep -c == "$LOCK") Python packages that build pages" install_builder
    mark_done docs "$locked"
fi
# Its own notice tells of other programs, on every run.
export NO_MKDOCS_2_WARNING=1
exec "$VENV/bin/mkdocs" build --strict --clean "$@"
