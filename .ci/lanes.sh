# shellcheck shell=bash
# A lane is a command with a name, a limit of minutes and a log. Sourced by run and full.

logs=${ONNWARD_LOGS:-$(mktemp -d -t onnward-ci.XXXXXX)}
mkdir -p "$logs"
: >"$logs/results"

# lane NAME MINUTES COMMAND: one passed or failed check. COMMAND is a line of shell.
lane() { note "$1" "$(timed "$@")"; }

# tests NAME MINUTES COMMAND: the tests that COMMAND, a vitest, runs; each counts.
tests() {
  local counts=$logs/$1.json outcome passed failed
  outcome=$(timed "$1" "$2" "$3 --reporter=default --reporter=json --outputFile.json=$counts")
  passed=$(count numPassedTests "$counts") failed=$(count numFailedTests "$counts")
  # A file that cannot be loaded, and a run without a test, are failures that no test counts.
  if [ "${outcome% *}" != 0 ] || [ "$passed" = 0 ]; then failed=$((failed > 0 ? failed : 1)); fi
  note "$1" "$outcome" "$passed" "$failed"
}

count() { grep -o "\"$1\":[0-9]*" "$2" 2>/dev/null | head -n 1 | cut -d: -f2 | grep . || echo 0; }

# Runs a lane in a process group of its own, and prints its exit status and its seconds.
timed() {
  local log=$logs/$1.log started=$SECONDS status=0 group
  timeout --kill-after=10 "${2}m" bash -c "$3" >"$log" 2>&1 </dev/null &
  group=$!
  trap 'kill -- "-$group"' INT TERM
  wait "$group" || status=$?
  if outlives "$group" >>"$log"; then status=1; fi
  echo "$status $((SECONDS - started))"
}

# Whether a process of the group is still there seconds after its end. It is named, and killed: it would disturb the next lane.
outlives() {
  for _ in 1 2 3 4 5 6; do
    pgrep -g "$1" >/dev/null || return 1
    sleep 0.5
  done
  echo 'These processes were left behind:'
  pgrep -a -g "$1"
  kill -KILL -- "-$1"
}

# note NAME "STATUS SECONDS" [PASSED FAILED]: records a lane, and shows the end of its log if it failed.
note() {
  local name=$1 status=${2% *} seconds=${2#* } passed failed
  passed=${3:-$((status == 0))} failed=${4:-$((status != 0))}
  printf '%s %s %s %s\n' "$name" "$seconds" "$passed" "$failed" >>"$logs/results"
  printf '%-16s %4s s  %s passed, %s failed\n' "$name" "$seconds" "$passed" "$failed"
  [ "$failed" = 0 ] && return
  printf -- '---- %s, exit status %s, the end of %s ----\n' "$name" "$status" "$logs/$name.log"
  tail -n "${ONNWARD_LOG_LINES:-80}" "$logs/$name.log" | sed 's/\x1b\[[0-9;]*m//g'
  printf -- '----\n'
}

# The table of all lanes, and the sum over them on the last line. Fails if any lane failed.
summary() {
  printf '\n%-16s %8s %8s %8s  %s\n' lane seconds passed failed "logs in $logs"
  awk '{ printf "%-16s %8d %8d %8d\n", $1, $2, $3, $4; passed += $3; failed += $4 }
       END { printf "\n%d passed, %d failed\n", passed, failed; exit failed > 0 || NR == 0 }' "$logs/results"
}
