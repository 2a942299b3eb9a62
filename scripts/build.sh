#!/usr/bin/env bash
# Build the source distributions and wheels of the site and of `tiles` alone into dist/, each wheel from its source
# distribution, and check what is in them.
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"
. scripts/progress.sh
VERSION=1.27.0
TOOLS="$ROOT/.cache/packaging"

install_hatchling() {
    rm -rf "$TOOLS"
    .venv/bin/python -m venv "$TOOLS"
    "$TOOLS/bin/python" -m pip install --quiet --disable-pip-version-check "hatchling==$VERSION"
}
if ! is_done packaging "$VERSION" || [[ ! -x "$TOOLS/bin/hatchling" ]]; then
    step packaging "Installing hatchling $VERSION" install_hatchling
    mark_done packaging "$VERSION"
fi

build() { # build FOLDER: its source distribution, and the wheel of that
    local unpacked
    (cd "$1" && "$TOOLS/bin/hatchling" build --target sdist --directory "$ROOT/dist")
    unpacked="$(mktemp -d)"
    tar --extract --gzip --directory="$unpacked" --strip-components=1 --file="$(ls -t dist/*.tar.gz | head -n 1)"
    (cd "$unpacked" && "$TOOLS/bin/hatchling" build --target wheel --directory "$ROOT/dist")
    rm -rf "$unpacked"
}
rm -rf dist
build .
build packaging/tiles
.venv/bin/python scripts/check_packages.py dist
