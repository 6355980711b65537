#!/usr/bin/env bash
# Prints where builds of local processes are kept, and under which key: what every lock file and the
# release of Rust make of it. Sources are not in the key: what they change is built again.
set -euo pipefail

lab=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
cd "$lab"
locked=$(
  {
    printf '%s\n' "$NAME"
    find . \( -name .lab -o -name .git -o -name .github \) -prune -o -type f \
      \( -name '*.lock' -o -name 'requirements*.txt' -o -name go.sum -o -name rust-toolchain.toml \) -print0 \
      | sort -z | xargs -0 sha256sum
  } | sha256sum | cut -c 1-16
)

{
  echo "key=clusterbench-$RUNNER_OS-$RUNNER_ARCH-$locked"
  echo 'paths<<END'
  printf '%s\n' "$lab/.lab/env" "$lab/.lab/build" \
    "$HOME/.cargo/registry/index" "$HOME/.cargo/registry/cache" "$HOME/.cache/pip"
  echo END
} >>"$GITHUB_OUTPUT"
