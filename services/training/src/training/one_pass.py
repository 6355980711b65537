"""One pass, as the orchestrator starts it: TRAINING_PASS says what, TRAINING_OUT takes the JSON."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

from training.order import OrderError, pools, read_order

#: Exit code for a command or an order that cannot be read.
WRONG = 2
_HERE = Path(__file__).parent
#: pytest's exit codes of a session in which nothing failed; 5: there was nothing to run.
_WELL = (0, 5)


def main(program: str, contenders: str) -> int:
    """Run the pass, and return the exit code. `contenders` is the module with the EDITION."""
    if sys.argv[1:] != ["pass"]:
        return _refuse(program, "give `pass`, its one command; ./lab train runs whole trainings")
    try:
        order = read_order(os.environ.get("TRAINING_PASS", ""))
    except OrderError as error:
        return _refuse(program, str(error))
    # Before NumPy and what it brings is loaded: pools are made once.
    os.environ.update(pools(order.threads))
    import pytest  # noqa: PLC0415

    from training.plugin import OnePass  # noqa: PLC0415

    running = OnePass(order, importlib.import_module(contenders).EDITION)
    out = Path(os.environ.get("TRAINING_OUT") or "/out/pass.json")
    options = ["-c", os.devnull, "--rootdir", str(_HERE), "-p", "no:cacheprovider", "-q"]
    options += [f"--benchmark-json={out}", "--benchmark-disable-gc", "--tb=short"]
    status = int(pytest.main([*options, str(_HERE / "bench_training.py")], plugins=[running]))
    if status not in _WELL:
        return status
    if not out.exists() or not out.stat().st_size:
        # Nothing was timed, and pytest-benchmark writes nothing of that.
        out.write_text(json.dumps({"benchmarks": [], "skipped": running.skipped}))
    return 0


def _refuse(program: str, why: str) -> int:
    sys.stderr.write(f"{program}: {why}\n")
    return WRONG
