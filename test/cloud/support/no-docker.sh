#!/bin/sh
# Named stand-in for docker, as CDK_DOCKER: nothing of an image is ever run in the emulator, so none has to be built.
exit 0
