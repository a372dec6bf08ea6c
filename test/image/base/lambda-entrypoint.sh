#!/bin/sh
# As in the image that it stands for: the emulator stands in for Lambda wherever Lambda itself is not there.
if [ $# -ne 1 ]; then
  echo 'entrypoint requires the handler name to be the first argument' >&2
  exit 142
fi
export _HANDLER="$1"
if [ -z "${AWS_LAMBDA_RUNTIME_API:-}" ]; then
  exec /usr/local/bin/aws-lambda-rie /var/runtime/bootstrap
fi
exec /var/runtime/bootstrap
