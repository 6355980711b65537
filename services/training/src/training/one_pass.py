"""The command `pass`: one pass, as the orchestrator starts it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from training.order import OrderError, pools, read_order

#: Exit code for an order that cannot be read.
WRONG = 2
_HERE = Path(__file__).parent
#: pytest's exit codes of a session in which nothing failed; 5: there was nothing to run.
_WELL = (0, 5)


def main() -> int:
    """Run the pass that TRAINING_PASS says, into the file of TRAINING_OUT; return the exit code."""
    try:
        order = read_order(os.environ.get("TRAINING_PASS", ""))
    except OrderError as error:
        sys.stderr.write(f"training: {error}\n")
        return WRONG
    # Before NumPy and what it brings is loaded: pools are made once.
    os.environ.update(pools(order.threads))
    import pytest  # noqa: PLC0415

    out = os.environ.get("TRAINING_OUT") or "/out/pass.json"
    options = ["-c", os.devnull, "--rootdir", str(_HERE), "--override-ini", "python_files=bench_*"]
    options += ["-p", "training.plugin", "-p", "no:cacheprovider", "--tb=short", "-q"]
    options += [f"--benchmark-json={out}", "--benchmark-disable-gc", "--benchmark-quiet"]
    status = int(pytest.main([*options, str(_HERE / "bench_training.py")]))
    return 0 if status in _WELL else status
