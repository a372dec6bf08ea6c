#!/bin/sh
# Readies the lane `image`: Debian's container tools and what compiles the runtime's interface client, then the stand-in
# for Lambda's base image. Two to four minutes on a new machine.
set -eu
cd "$(dirname "$0")/.."

.ci/debian.sh podman buildah runc netavark aardvark-dns iptables mmdebstrap cmake g++ make xz-utils
test/image/install.sh
