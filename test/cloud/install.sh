#!/bin/sh
# Installs MiniStack, the emulated AWS of the lanes `s3` and `cloud`, below ~/.cache/onnward. Needs Python 3; about a
# minute the first time, nothing the next.
set -eu

version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' "$(dirname "$0")/ministack/extension/pinned.py")
venv="${ONNWARD_CACHE:-$HOME/.cache/onnward}/ministack"

if [ "$(cat "$venv/version" 2>/dev/null)" != "$version" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet "ministack[full]==$version"
  echo "$version" >"$venv/version"
fi
