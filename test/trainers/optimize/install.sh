#!/usr/bin/env bash
# Installs what makes variants, and two real models to make them of, outside of the clone. Run again, it does nothing.
set -euo pipefail

"$(dirname "$0")/../install.sh" optimize
venv=${ONNWARD_CACHE:-$HOME/.cache/onnward}/trainers/optimize
[ -e "$venv/models/magika" ] && [ -e "$venv/models/silero_vad" ] && exit
# Their other files ask for packages that nothing here needs.
"$venv/bin/pip" install --quiet --no-deps --target "$venv/models" silero-vad==6.2.3 magika==1.0.3
