#!/usr/bin/env bash
# Bring a clone to the state in which its commands run. A second run finds everything in place in a second.
#   scripts/setup.sh run    what the site takes
#   scripts/setup.sh test   what its tests take as well
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"
. scripts/progress.sh
purpose="${1:-run}"

# Debian's packages, Python's and the web client's come from different places: fetch them at once.
begun=()
trap 'kill "${begun[@]}" 2> /dev/null || true' EXIT
if "${PYTHON:-python3}" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
    scripts/python_env.sh "$purpose" packages &
    begun+=($!)
fi
scripts/system_packages.sh "$purpose"
scripts/frontend.sh &
frontend=$!
[[ -z "${begun[*]}" ]] || wait "${begun[0]}" || exit 1
begun=("$frontend")
# Now with what is compiled for the system's libraries.
scripts/python_env.sh "$purpose"
wait "$frontend" || exit 1
begun=()
trap - EXIT
