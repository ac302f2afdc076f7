#!/bin/sh
# Installs typedserver into a virtual environment of its own. It is all that the Dockerfile runs, and needs no Docker.
# usage: sh container/install.sh SOURCE TARGET
#   SOURCE: this tree, or a wheel. TARGET: the folder of the environment, which must not exist.
#   PYTHON in the environment: the interpreter, python3 if it is not set.
set -eu
if [ $# -ne 2 ]; then
    echo "usage: sh container/install.sh SOURCE TARGET" >&2
    exit 2
fi
if [ -e "$2" ]; then
    echo "$2 exists already: remove it, or name another folder" >&2
    exit 2
fi
"${PYTHON:-python3}" -m venv "$2"
"$2/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir "$1"
"$2/bin/typedserver" --version
