#!/usr/bin/env bash
# Installs the named packages of Debian that are missing: `.ci/debian.sh wrk`. A mirror that fails is asked again.
set -uo pipefail

missing=()
for package in "$@"; do
  dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
done
[ ${#missing[@]} = 0 ] && exit

export DEBIAN_FRONTEND=noninteractive
for wait in 5 20 60 0; do
  apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}" && exit
  sleep "$wait"
done
exit 1
