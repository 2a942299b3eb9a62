#!/usr/bin/env bash
# Install the web client's packages and build its bundle, when what they are made from has changed.
#   scripts/frontend.sh --rebuild   builds in any case
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
. "$ROOT/scripts/progress.sh"
cd "$ROOT/frontend"

packages_from="$(cat package.json package-lock.json | sha256sum | cut -c1-64) node $(node --version)"
sources_from() {
    find . \( -name node_modules -o -name static -o -name __pycache__ \) -prune -o -type f ! -name '*.py' -print0 |
        sort -z | xargs -0 sha256sum | sha256sum | cut -c1-64
}

if ! is_done npm "$packages_from" || [[ ! -d node_modules ]]; then
    step npm "Installing the web client's packages" npm ci --no-audit --no-fund
    mark_done npm "$packages_from"
fi
bundle_from="$packages_from $(sources_from)"
if [[ "${1:-}" == --rebuild ]] || ! is_done bundle "$bundle_from" || [[ ! -d static/frontend/dist ]]; then
    step bundle "Building the web client" npm run build
    mark_done bundle "$bundle_from"
fi
