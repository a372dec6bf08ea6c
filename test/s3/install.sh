#!/bin/sh
# Installs the two S3 servers that the lane `s3` runs against, MinIO and MiniStack, below ~/.cache/onnward. Needs Go
# and Python 3; about two minutes the first time, nothing the next.
set -eu

minio=v0.0.0-20260212201848-7aac2a2c5b7c
cache="${ONNWARD_CACHE:-$HOME/.cache/onnward}"

if [ "$(cat "$cache/bin/minio.version" 2>/dev/null)" != "$minio" ]; then
  mkdir -p "$cache/bin"
  GOBIN="$cache/bin" go install "github.com/minio/minio@$minio"
  echo "$minio" >"$cache/bin/minio.version"
fi

"$(dirname "$0")/../cloud/install.sh"
