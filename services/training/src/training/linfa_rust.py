"""linfa in Rust alone: a process that stays, and is told what to do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray

PROGRAM = "linfa-timing"


class LinfaFailed(Exception):  # noqa: N818 - as the lab's others
    """The process is missing, ended, or could not do what it was told."""


class OwnClock:
    """A clock that goes on by what a process says its work took, and stands still else.

    pytest-benchmark reads it before and after a call: what it sees is the process's own time,
    without the pipe to it.
    """

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        """Return the time (s)."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds


class LinfaProcess:
    """linfa-timing, running for as long as the `with` lasts; see its README for the orders."""

    def __init__(self) -> None:
        # Beside this Python first: that is where it is installed.
        places = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
        program = shutil.which(PROGRAM, path=os.pathsep.join(places))
        if program is None:
            raise LinfaFailed(f"{PROGRAM} is not installed")
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def load(self, observations: NDArray[np.float64]) -> None:
        """Send it the data."""
        points, features = observations.shape
        little = np.ascontiguousarray(observations, dtype="<f8")
        content = memoryview(little.data).cast("B")
        self._ask({"do": "load", "points": points, "features": features}, content)

    def fit(self, **order: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Have it train; return its answer."""
        return self._ask({"do": "fit", **order})

    def predict_one(self, **order: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Have it predict the rows it has, one by one, many times; return its answer."""
        return self._ask({"do": "predict_one", **order})

    def _ask(self, order: dict[str, Any], content: bytes | memoryview = b"") -> dict[str, Any]:
        pipes = self._process
        assert pipes.stdin is not None and pipes.stdout is not None  # noqa: S101, PT018 - as asked
        try:
            pipes.stdin.write(json.dumps(order).encode() + b"\n")
            pipes.stdin.write(content)
            pipes.stdin.flush()
            line = pipes.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            raise LinfaFailed(f"{PROGRAM} ended, {pipes.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise LinfaFailed(f"{PROGRAM}: {answer['error']}")
        return answer
