#!/bin/sh
# engine.sh podman|buildah ARGUMENT…: runs it with all that it keeps below ~/.cache/onnward/image, apart from the machine's
# own containers, and with what a machine without a Docker engine or systemd has.
set -eu

state="${ONNWARD_CACHE:-$HOME/.cache/onnward}/image/engine"
mkdir -p "$state"
export CONTAINERS_CONF="$state/containers.conf" CONTAINERS_STORAGE_CONF="$state/storage.conf" TMPDIR="$state"

cat >"$CONTAINERS_CONF.$$" <<CONF
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=30000:30000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "$state/tmp"
[network]
network_config_dir = "$state/networks"
CONF
mv "$CONTAINERS_CONF.$$" "$CONTAINERS_CONF"
cat >"$CONTAINERS_STORAGE_CONF.$$" <<CONF
[storage]
driver = "overlay"
graphroot = "$state/root"
runroot = "$state/run"
CONF
mv "$CONTAINERS_STORAGE_CONF.$$" "$CONTAINERS_STORAGE_CONF"
# conmon leaves a note in its folder when memory runs out.
cd "$state"
exec "$@"
