#!/usr/bin/env bash
# Installs what makes variants, and two real models to make them of, outside of the clone. Run again, it does nothing.
set -euo pipefail

requirements=$(dirname "$0")/../../../trainers/optimize/requirements.txt
venv=${ONNWARD_CACHE:-$HOME/.cache/onnward}/trainers/optimize
cmp --silent "$requirements" "$venv/installed" && exit
python3 -m venv --clear "$venv"
"$venv/bin/pip" install --quiet --no-deps -r "$requirements"
# Their other files ask for packages that nothing here needs.
"$venv/bin/pip" install --quiet --no-deps --target "$venv/models" silero-vad==6.2.3 magika==1.0.3
cp "$requirements" "$venv/installed"
