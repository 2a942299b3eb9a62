# Sourced by the other scripts: one line a step on the screen, the step's own words in a log that is shown when it fails.
CACHE_DIR="$ROOT/.cache/setup"
mkdir -p "$CACHE_DIR"

say() { printf '%s\n' "$*"; }

fail() {
    printf '\nSet-up stopped: %s\n' "$*" >&2
    exit 1
}

# step LOG-NAME "What happens" command…
step() {
    local log="$CACHE_DIR/$1.log" what="$2" started=$SECONDS
    shift 2
    printf '  %s …\n' "$what"
    if ! "$@" > "$log" 2>&1 < /dev/null; then
        # npm says what is wrong first, pip says it last.
        (($(wc -l < "$log") > 60)) && { head -n 20 "$log"; echo "  […]"; } >&2
        tail -n 40 "$log" >&2
        fail "\"$what\" failed; all of its output is in ${log#"$ROOT"/}"
    fi
    printf '  %s: done in %s s\n' "$what" $((SECONDS - started))
}

# A stamp holds what a finished step was made from: the step is due again only when that has changed.
is_done() { [[ -f "$CACHE_DIR/$1.stamp" && "$(cat "$CACHE_DIR/$1.stamp")" == "$2" ]]; }
mark_done() { printf '%s\n' "$2" > "$CACHE_DIR/$1.stamp"; }
