#!/bin/sh
# What the container is for, by its first argument: `serve`, or the handler that Lambda calls. Both replace this shell,
# so that signals reach them.
set -eu

if [ "${1-}" = serve ]; then exec node /var/task/serve.mjs; fi
exec /lambda-entrypoint.sh "$@"
