#!/usr/bin/env bash
# Bring a clone to the state in which its commands run. A second run finds everything in place in a second.
#   scripts/setup.sh run    what the site takes
#   scripts/setup.sh test   what its tests take as well
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"
. scripts/progress.sh
purpose="${1:-run}"

scripts/system_packages.sh "$purpose"

# Python's packages and the browser bundle come from different places: fetch both at once.
scripts/frontend.sh &
frontend=$!
trap 'kill "$frontend" 2> /dev/null || true' EXIT
scripts/python_env.sh "$purpose"
trap - EXIT
wait "$frontend" || exit 1
