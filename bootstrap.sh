#!/bin/sh
# bootstrap.sh uv    print the path of a working uv; the pinned one is put into .uv where there is none
# bootstrap.sh venv  build .venv from requirements.lock and put the `kura` command into it
set -eu
cd "$(dirname "$0")"

find_uv() {
    # A shim on the PATH may stand for a uv of another interpreter: only one that answers counts.
    if uv --version >/dev/null 2>&1; then
        command -v uv
        return
    fi
    if [ ! -x .uv/bin/uv ]; then
        "${PYTHON:-python3}" -m pip --version >/dev/null 2>&1 || {
            echo "kura needs uv, or a python3 that has pip: install either and run this again" >&2
            exit 2
        }
        echo "fetching uv" >&2
        "${PYTHON:-python3}" -m pip install --quiet --quiet --root-user-action ignore --disable-pip-version-check --require-hashes --no-deps \
            --target .uv --upgrade --requirement requirements-uv.lock >&2
    fi
    echo "$PWD/.uv/bin/uv"
}

case "${1:-}" in
uv)
    find_uv
    ;;
venv)
    UV=$(find_uv)
    echo "building .venv from requirements.lock" >&2
    [ -x .venv/bin/python ] || "$UV" venv --quiet .venv
    VIRTUAL_ENV="$PWD/.venv" "$UV" pip sync --quiet --require-hashes requirements.lock
    VIRTUAL_ENV="$PWD/.venv" "$UV" pip install --quiet --no-deps --no-build-isolation --editable .
    ;;
*)
    echo "usage: bootstrap.sh uv | venv" >&2
    exit 2
    ;;
esac
