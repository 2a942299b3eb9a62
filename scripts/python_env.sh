#!/usr/bin/env bash
# Make .venv from the lock, by hash, and build GDAL's bindings for the system's libgdal.
#   scripts/python_env.sh run|test             all of it
#   scripts/python_env.sh run|test packages    what needs neither a compiler nor libgdal
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"
. scripts/progress.sh
PYTHON="${PYTHON:-python3}"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

# The development lock holds the other one whole.
locks=(requirements.lock)
[[ "${1:-run}" == test ]] && locks=(requirements-dev.lock)
python_version="$("$PYTHON" -c 'import sys; print(sys.version)' | tr -d '\n')"
made_from="$(cat "${locks[@]}" | sha256sum | cut -c1-64) python $python_version"

# Without compiling 160 MB of modules, of which few are ever imported: Python compiles those when they are.
install_locked() {
    .venv/bin/python -m pip install --no-compile --require-hashes --no-deps --requirement "${locks[0]}"
}

# pip's own cache would give a wheel that was built where numpy was missing, which has no gdal_array: this one is kept by
# what it was built for. What is compiled only hands calls on to libgdal, so the compiler's best efforts would be spent on
# nothing. Debian's python3-numpy puts its headers among Python's own, where they would be found before those of the numpy
# in .venv.
install_gdal() {
    local numpy headers kept flags
    read -r numpy headers < <(.venv/bin/python -c 'import numpy; print(numpy.__version__, numpy.get_include())')
    kept="${XDG_CACHE_HOME:-$HOME/.cache}/geodata/gdal-$gdal_version"
    kept+="-$(echo "$python_version $numpy $(uname -srm) $(gdal-config --libs)" | sha256sum | cut -c1-16)"
    if install_wheel "$kept" && gdal_works; then
        return
    fi
    rm -rf "$kept"
    flags="-O1 -g0 -I$headers"
    CFLAGS="$flags" CXXFLAGS="$flags" .venv/bin/python -m pip wheel "gdal==$gdal_version" --wheel-dir "$kept" \
        --no-deps --no-build-isolation --use-pep517 --no-cache-dir --no-binary gdal
    install_wheel "$kept"
}

install_wheel() { .venv/bin/python -m pip install --no-deps --no-index --force-reinstall "$1"/*.whl; }

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
    mark_done "python-${1:-run}" "$made_from"
fi
[[ "${2:-}" != packages ]] || exit 0

gdal_version="$(gdal-config --version)"
if ! is_done "python-gdal" "$made_from $gdal_version"; then
    if ! gdal_works; then
        step "python-gdal" "Building GDAL $gdal_version for Python" install_gdal
        gdal_works || fail "GDAL's Python bindings were built and don't load; see .cache/setup/python-gdal.log"
    fi
    mark_done "python-gdal" "$made_from $gdal_version"
fi
# It judges the address of every connection (geodata.confinement.gate looks for it under this name).
gate=".venv/lib/geodata-gate-$(sha256sum geodata/confinement/gate.c | cut -c1-16).so"
if [[ ! -f "$gate" && "$(uname)" == Linux ]]; then
    step gate "Building the network gate" gcc -shared -fPIC -O2 -o "$gate" geodata/confinement/gate.c
fi
