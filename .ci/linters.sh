#!/usr/bin/env bash
# Installs the linters of Python and shell, outside of the clone. Run again, it does nothing.
set -euo pipefail

requirements=$(dirname "$0")/linters.txt
venv=${ONNWARD_CACHE:-$HOME/.cache/onnward}/lint
cmp --silent "$requirements" "$venv/installed" && exit
python3 -m venv --clear "$venv"
"$venv/bin/pip" install --quiet -r "$requirements"
cp "$requirements" "$venv/installed"
