#!/usr/bin/env bash
# Installs Evidently, with which drift detection is compared, outside of the clone. Run again, it does nothing.
set -euo pipefail

requirements=$(dirname "$0")/requirements.txt
venv=${ONNWARD_CACHE:-$HOME/.cache/onnward}/evidently
cmp --silent "$requirements" "$venv/installed" && exit
python3 -m venv --clear "$venv"
"$venv/bin/pip" install --quiet --no-deps -r "$requirements"
cp "$requirements" "$venv/installed"
