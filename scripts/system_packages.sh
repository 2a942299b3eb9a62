#!/usr/bin/env bash
# Install the Debian packages whose function is missing. Functions are probed, not package names, so that a system
# which has them from elsewhere is left alone.
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
. "$ROOT/scripts/progress.sh"
purpose="${1:-run}"
PYTHON="${PYTHON:-python3}"

has() { command -v "$1" > /dev/null 2>&1; }
has_python_headers() {
    "$PYTHON" -c 'import pathlib, sysconfig; assert (pathlib.Path(sysconfig.get_path("include")) / "Python.h").exists()' 2> /dev/null
}
has_spatialite() { "$PYTHON" -c 'import ctypes; ctypes.CDLL("mod_spatialite.so")' 2> /dev/null; }
has_postgresql() { has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null; }
has_postgis() { compgen -G '/usr/share/postgresql/*/extension/postgis.control' > /dev/null; }
has_chromium() { has chromium || has chromium-browser || has google-chrome; }

missing=()
need() { # need PACKAGE probe…
    local package="$1"
    shift
    "$@" || missing+=("$package")
}

probe_all() {
    missing=()
    need python3 has "$PYTHON"
    need python3-venv "$PYTHON" -c 'import ensurepip, venv'
    need python3-dev has_python_headers
    need gcc has gcc
    need g++ has g++
    need libgdal-dev has gdal-config
    need libsqlite3-mod-spatialite has_spatialite
    need redis-server has redis-server
    if [[ "$purpose" == test || "$purpose" == benchmark ]]; then
        need postgresql has_postgresql
        need postgresql-postgis has_postgis
    fi
    if [[ "$purpose" == test ]]; then
        need chromium has_chromium
    fi
    if [[ "$purpose" == benchmark ]]; then
        need wrk has wrk
        need nginx has nginx
    fi
}

check_versions() {
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed; $PYTHON is $("$PYTHON" --version 2>&1). Name another: PYTHON=/path/to/python3 make …"
    has node && has npm || fail "Node.js 20.19 or newer with npm is needed to build the web client: see nodejs.org"
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
        fail "Node.js 20.19 or newer is needed; this one is $(node --version)"
}

install_missing() {
    local sudo=()
    if ! has apt-get; then
        fail "these are missing, under their Debian names; install them in your system's way: ${missing[*]}"
    fi
    if [[ "$(id -u)" != 0 ]]; then
        # Without a terminal nobody can type a password.
        if has sudo && { sudo -n true 2> /dev/null || [[ -t 0 ]]; }; then
            sudo -v
            sudo=(sudo)
        else
            fail "these packages are missing; have them installed, then run this again:
    apt-get install ${missing[*]}"
        fi
    fi
    step apt-update "Reading Debian's package lists" "${sudo[@]}" env apt-get update
    step apt-install "Installing ${missing[*]}" \
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}"
}

probe_all
if ((${#missing[@]})); then
    install_missing
    probe_all
    ((${#missing[@]} == 0)) || fail "installed, and still not found: ${missing[*]}"
fi
check_versions
