#!/usr/bin/env bash
# Make .venv from the lock, by hash, and build GDAL's bindings for the system's libgdal.
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"
. scripts/progress.sh
PYTHON="${PYTHON:-python3}"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

# The development lock holds the other one whole.
locks=(requirements.lock)
[[ "${1:-run}" == test ]] && locks=(requirements-dev.lock)
gdal_version="$(gdal-config --version)"
python_version="$("$PYTHON" -c 'import sys; print(sys.version)' | tr -d '\n')"
made_from="$(cat "${locks[@]}" | sha256sum | cut -c1-64) python $python_version gdal $gdal_version"

install_locked() {
    .venv/bin/python -m pip install --require-hashes --no-deps --requirement "${locks[0]}"
}

# Without a cached wheel: one that was built where numpy was missing has no gdal_array. What is compiled only hands calls
# on to libgdal, so the compiler's best efforts would be spent on nothing. Debian's python3-numpy puts its headers among
# Python's own, where they would be found before those of the numpy in .venv.
install_gdal() {
    local flags
    flags="-O1 -g0 -I$(.venv/bin/python -c 'import numpy; print(numpy.get_include())')"
    CFLAGS="$flags" CXXFLAGS="$flags" .venv/bin/python -m pip install "gdal==$gdal_version" \
        --no-deps --no-build-isolation --use-pep517 --no-cache-dir --no-binary gdal --force-reinstall
}

gdal_works() {
    .venv/bin/python -c "
from osgeo import gdal, gdal_array
assert gdal.__version__ == '$gdal_version', gdal.__version__" 2> /dev/null
}

if ! { .venv/bin/python -c 'import sys; print(sys.version)' 2> /dev/null | tr -d '\n' | grep -qxF "$python_version"; }; then
    rm -rf .venv "$CACHE_DIR"/python-*.stamp
    step venv "Making .venv with Python ${python_version%% *}" "$PYTHON" -m venv .venv
fi
if ! is_done "python-${1:-run}" "$made_from"; then
    step "python-packages" "Installing $(grep -cE '^[a-zA-Z0-9]' "${locks[0]}") Python packages" install_locked
    if ! gdal_works; then
        step "python-gdal" "Building GDAL $gdal_version for Python" install_gdal
        gdal_works || fail "GDAL's Python bindings were built and don't load; see .cache/setup/python-gdal.log"
    fi
    mark_done "python-${1:-run}" "$made_from"
fi
# It judges the address of every connection (geodata.confinement.gate looks for it under this name).
gate=".venv/lib/geodata-gate-$(sha256sum geodata/confinement/gate.c | cut -c1-16).so"
if [[ ! -f "$gate" && "$(uname)" == Linux ]]; then
    step gate "Building the network gate" gcc -shared -fPIC -O2 -o "$gate" geodata/confinement/gate.c
fi
