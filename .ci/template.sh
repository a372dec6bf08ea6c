#!/usr/bin/env bash
# Synthesises every variant of a stage and has cfn-lint and checkov read the templates: `.ci/template.sh`. Installs both,
# outside of the clone, where they are missing. What they find and stays has its reason in test/template/reasons.ts.
set -euo pipefail

here=$(dirname "$0")
venv=${ONNWARD_CACHE:-$HOME/.cache/onnward}/template
if ! cmp --silent "$here/template.txt" "$venv/installed"; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet -r "$here/template.txt"
  cp "$here/template.txt" "$venv/installed"
fi

templates=$(mktemp -d -t onnward-templates.XXXXXX)
trap 'rm -rf "$templates"' EXIT
npx node "$here/template.ts" write "$templates"

# Both end with a failure where they find something, which is not for them to judge.
"$venv/bin/cfn-lint" --regions eu-west-1 --format json -- "$templates"/*.template.json >"$templates/cfn-lint.json" || true
"$venv/bin/checkov" --directory "$templates" --framework cloudformation --skip-download --quiet --compact --output json \
  >"$templates/checkov.json" || true
npx node "$here/template.ts" check "$templates"
