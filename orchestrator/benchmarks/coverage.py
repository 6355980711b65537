"""Prints how often intervals hold what they estimate, on noise that was recorded.

    PYTHONPATH=orchestrator/src:orchestrator/tests python orchestrator/benchmarks/coverage.py

docs/method.md (Estimates) has its table.
"""

from __future__ import annotations

import sys

from support.coverage import compare_row, pooled_row, run_rows
from support.recorded_noise import recorded

#: How many comparisons and runs each line is of, and by how much instances differ.
COMPARISONS, RUNS = 2000, 4000
INSTANCES = (0.0, 0.01, 0.02, 0.04)


def main() -> None:
    """Print both tables as Markdown."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else COMPARISONS
    say = sys.stdout.write
    say("| contender | instances | holds | false alarms | 5% found | blocks, median | 90% |\n")
    say("|---|---:|---:|---:|---:|---:|---:|\n")
    for name, noise in recorded().items():
        for instance in INSTANCES:
            row = compare_row(noise, instance, number)
            say(
                f"| {name} | {instance:.0%} | {row.holds:.1%} | {row.alarms:.1%} | "
                f"{row.found:.1%} | {row.blocks:.0f} | {row.most:.0f} |\n"
            )
        pooled = pooled_row(noise, INSTANCES[2], number)
        say(f"| {name}, slices as if independent | {INSTANCES[2]:.0%} | {pooled:.1%} | | | | |\n")
    say("\n| contender | figure | 3 rounds | 5 rounds | 10 rounds |\n|---|---|---:|---:|---:|\n")
    for name, noise in recorded().items():
        for figure, shares in run_rows(noise, RUNS).items():
            say(f"| {name} | {figure} | " + " | ".join(f"{each:.1%}" for each in shares) + " |\n")


if __name__ == "__main__":
    main()
