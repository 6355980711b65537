"""The command `training-2019 pass`: one pass, as services/training/README.md says."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Dict

POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")


class Skipped:
    """A pytest plugin that names at the JSON's top level who was skipped, and versions."""

    def __init__(self, why: Dict[str, str], versions: Dict[str, str]) -> None:
        self.why, self.versions = why, versions

    def pytest_benchmark_update_json(self, output_json: Dict[str, Any]) -> None:
        """Add to what pytest-benchmark writes."""
        output_json.update(skipped=self.why, versions=self.versions)


def main() -> None:
    """Run the pass that TRAINING_PASS describes, and write TRAINING_OUT."""
    if sys.argv[1:] != ["pass"]:
        sys.exit("training-2019: the one command is `pass`; services/training/README.md has it")
    try:
        threads = int(json.loads(os.environ["TRAINING_PASS"])["threads"])
    except (KeyError, ValueError, TypeError) as error:
        sys.exit(f"training-2019: TRAINING_PASS describes no pass: {error!r}")
    # NumPy and rayon read these when they load.
    os.environ.update(dict.fromkeys(POOLS, str(threads)))
    import pytest  # noqa: PLC0415

    from training_2019 import contenders  # noqa: PLC0415

    out = Path(os.environ.get("TRAINING_OUT", "/out/pass.json"))
    bench = Path(__file__).with_name("bench_training.py")
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(bench.parent)]
    options += ["--benchmark-disable-gc", "--benchmark-json", str(out)]
    plugins = [Skipped(contenders.SKIPPED, contenders.VERSIONS)]
    status = int(pytest.main([*options, str(bench)], plugins=plugins))
    if status == 0 and (not out.exists() or not out.stat().st_size):
        # Nothing was timed, of which pytest-benchmark writes nothing.
        out.write_text(json.dumps({"benchmarks": [], "skipped": contenders.SKIPPED}))
    sys.exit(status)


if __name__ == "__main__":
    main()
