#!/usr/bin/env bash
# Installs the packages of reference trainers outside of the clone: `test/trainers/install.sh tabular`. Run again, it does nothing.
set -euo pipefail

for trainer in "$@"; do
  requirements=$(dirname "$0")/../../trainers/$trainer/requirements.txt
  venv=${ONNWARD_CACHE:-$HOME/.cache/onnward}/trainers/$trainer
  cmp --silent "$requirements" "$venv/installed" && continue
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --no-deps -r "$requirements"
  cp "$requirements" "$venv/installed"
done
