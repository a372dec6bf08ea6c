#!/usr/bin/env bash
# Installs PyTorch and what its trainer needs besides, 5.5 GB, outside of the clone. Run again, it does nothing.
set -euo pipefail

"$(dirname "$0")/../install.sh" pytorch
