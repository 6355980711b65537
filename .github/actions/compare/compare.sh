#!/usr/bin/env bash
# Runs `./lab compare`, keeps what it found in a folder, and says it in the job's summary. Always
# exits with 0 once the comparison ended: the action's last step passes or fails.
set -euo pipefail

unset CDPATH
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
folder=$RUNNER_TEMP/compare-$NAME
mkdir -p "$folder"

# Whatever is wanted of a name goes into files' names and outputs.
if [[ ! $NAME =~ ^[A-Za-z0-9._-]+$ ]]; then
  echo "compare: name '$NAME': letters, digits, '.', '_' and '-' alone" >&2
  exit 2
fi

# One word each, but for `options`, which are several.
read -r -a more <<<"$OPTIONS"
if [[ -n $BENCH ]]; then
  more+=(--bench "$(realpath "$BENCH")")
fi

code=0
"$lab/lab" compare "$BASELINE" "$CANDIDATE" --runtime "$LAB_RUNTIME" --no-install \
  --fail-over "$FAIL_OVER" --precision "$PRECISION" --budget "$BUDGET" \
  --results "$folder/results" --markdown "$folder/comment.md" --json "${more[@]}" \
  >"$folder/compare.json" 2> >(tee "$folder/compare.log" >&2) || code=$?

verdict=$(python3 - "$folder/compare.json" <<'PYTHON'
import json
import sys
from contextlib import suppress

with suppress(OSError, ValueError, KeyError):
    print(json.load(open(sys.argv[1], encoding="utf-8"))["verdict"])
PYTHON
)

# The page alone is kept beside the text: the folder of slices is large, and says no more.
find "$folder/results" -name report.html -exec cp {} "$folder/report.html" \; 2>/dev/null || true
rm -rf "$folder/results"

{
  if [[ -s $folder/comment.md ]]; then
    cat "$folder/comment.md"
  else
    printf '### %s was not compared (exit status %s)\n\n' "$NAME" "$code"
    tail -n 20 "$folder/compare.log" | sed 's/^/    /'
  fi
} >>"$GITHUB_STEP_SUMMARY"

{
  echo "folder=$folder"
  echo "verdict=$verdict"
  echo "exit-code=$code"
} >>"$GITHUB_OUTPUT"
