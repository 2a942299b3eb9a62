#!/usr/bin/env bash
# Change the code in one small way at a time, and tell which changes no unit test notices. Takes minutes a part.
#   scripts/mutation.sh            all parts
#   scripts/mutation.sh cql2 …     some of: styling cql2 access
#   MUTATION_SAMPLE=200 …          so many changes of a part, chosen by GEODATA_TEST_SEED, in the place of all
# What survived is listed at the end; one of them as a difference:
#   cd .cache/mutation/cql2 && ../bin/mutmut show NAME
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"
. scripts/progress.sh
unset DATABASE_URL REDIS_URL GEODATA_DATA_DIR GEODATA_STORAGE_URL DJANGO_SETTINGS_MODULE
VERSION=3.8.1
HOME_OF_IT="$ROOT/.cache/mutation"

# An environment of its own, which sees the packages of .venv: what only this takes stays out of the lock.
install_mutmut() {
    rm -rf "$HOME_OF_IT"
    .venv/bin/python -m venv "$HOME_OF_IT"
    local packages
    packages="$("$HOME_OF_IT/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
    .venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$packages/project.pth"
    # Each call takes two frames more there: texts nested as deep as is allowed would reach the interpreter's own limit.
    echo 'import sys; sys.setrecursionlimit(5000)' > "$packages/deeper.pth"
    "$HOME_OF_IT/bin/python" -m pip install --quiet --disable-pip-version-check "mutmut==$VERSION"
}

code_of() {
    case "$1" in
        styling) echo tiles/styling ;;
        cql2) echo catalog/querying/cql2 ;;
        access) echo catalog/services/access ;;
        *) fail "no part is called $1; there are styling, cql2 and access" ;;
    esac
}

tests_of() {
    case "$1" in
        styling) ls -d tests/tiles/styling tests/tiles/test_style*.py tests/tiles/test_expression.py tests/tiles/test_coloring.py ;;
        cql2) ls tests/catalog/stac/cql2/test_conditions.py ;;
        access) ls tests/catalog/{api,stac}/test_access.py tests/catalog/api/test_{signatures,token_scopes}.py \
            tests/catalog/test_mosaic_owners.py tests/catalog/test_audit.py tests/catalog/services/test_groups.py ;;
    esac
}

# mutmut works in a copy: it writes beside what it changes.
copy_tree() { # copy_tree PART FOLDER
    rm -rf "$2"
    mkdir -p "$2"
    git ls-files -z --cached --others --exclude-standard geodata frontend/\*.py frontend/templates catalog tiles tests docs \
        manage.py pyproject.toml |
        tar --create --null --files-from=- | tar --extract --directory="$2"
    # In place of a table of pyproject.toml: which part is changed and by which tests it is judged.
    {
        printf '[mutmut]\nsource_paths=\n    geodata\n    frontend\n    catalog\n    tiles\nalso_copy=\n    docs\n    manage.py\n'
        printf 'only_mutate=%s/*\ntimeout_constant=60\nuse_git_change_detection=false\ntrack_dependencies=false\n' "$(code_of "$1")"
        printf 'pytest_add_cli_args_test_selection=\n'
        tests_of "$1" | sed 's/^/    /'
    } > "$2/setup.cfg"
}

run_part() {
    local folder="$HOME_OF_IT/$1" children
    copy_tree "$1" "$folder"
    # Tests of one database wait for each other.
    children="$([[ "$1" == access ]] && echo 1 || echo "${MUTATION_PROCESSES:-$(nproc)}")"
    mkdir -p "$folder/site"
    printf '\n%s\n' "$1: $(code_of "$1")"
    (
        cd "$folder"
        export GEODATA_TESTING_DIR="$folder/site" PYTEST_ADDOPTS="-p no:cacheprovider --reuse-db"
        sample=()
        if [[ "${MUTATION_SAMPLE:-}" ]]; then
            # A name that no change has: they are made and listed, and the tests timed, and none is tried.
            GEODATA_TEST_SEED=1 "$HOME_OF_IT/bin/mutmut" run --max-children "$children" none > mutmut.log 2>&1 || true
            mapfile -t sample < <("$HOME_OF_IT/bin/mutmut" results --all true | sed -n 's/^ *\(.*\): .*/\1/p' |
                shuf -n "$MUTATION_SAMPLE" --random-source=<(yes "${GEODATA_TEST_SEED:-1}"))
            ((${#sample[@]})) || { tail -n 60 mutmut.log; exit 1; }
        fi
        export GEODATA_TEST_SEED=1
        "$HOME_OF_IT/bin/mutmut" run --max-children "$children" "${sample[@]}" > mutmut.log 2>&1 || { tail -n 60 mutmut.log; exit 1; }
        "$HOME_OF_IT/bin/mutmut" results --all true | grep -v ': not checked$' > results.txt
        grep -v ': killed$' results.txt || true
        awk '{ count[$NF]++; all++ } END {
            for (state in count) printf "%s %d, ", state, count[state]
            printf "of %d: %.1f %% noticed\n", all, 100 * (count["killed"] + count["timeout"]) / all }' results.txt
    )
}

if ! is_done mutation "$VERSION" || [[ ! -x "$HOME_OF_IT/bin/mutmut" ]]; then
    step mutation "Installing mutmut $VERSION" install_mutmut
    mark_done mutation "$VERSION"
fi
(($#)) || set -- styling cql2 access
for part in "$@"; do
    code_of "$part" > /dev/null
    run_part "$part"
done
