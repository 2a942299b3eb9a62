#!/usr/bin/env bash
# Build the source distributions and wheels of the site and of `tiles` alone, each wheel from its source distribution, and
# check what is in them.
#   scripts/build.sh            into dist/
#   scripts/build.sh FOLDER     into another one, which is emptied first
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"
. scripts/progress.sh
VERSION=1.27.0
TOOLS="$ROOT/.cache/packaging"
OUT="$(realpath --canonicalize-missing "${1:-dist}")"

install_hatchling() {
    rm -rf "$TOOLS"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --target "$TOOLS" "hatchling==$VERSION"
}
if ! is_done packaging "$VERSION" || [[ ! -d "$TOOLS/hatchling" ]]; then
    step packaging "Installing hatchling $VERSION" install_hatchling
    mark_done packaging "$VERSION"
fi

hatchling() { PYTHONPATH="$TOOLS" "$ROOT/.venv/bin/python" -m hatchling build --directory "$OUT" --target "$1"; }

build() { # build FOLDER: its source distribution, and the wheel of that
    local unpacked
    (cd "$1" && hatchling sdist)
    unpacked="$(mktemp -d)"
    tar --extract --gzip --directory="$unpacked" --strip-components=1 --file="$(ls -t "$OUT"/*.tar.gz | head -n 1)"
    (cd "$unpacked" && hatchling wheel)
    rm -rf "$unpacked"
}
rm -rf "$OUT"
build .
build packaging/tiles
.venv/bin/python scripts/check_packages.py "$OUT"
