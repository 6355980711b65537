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
        self._write(_line({"do": "load", "points": points, "features": features}))
        little = np.ascontiguousarray(observations, dtype="<f8")
        self._write(memoryview(little.data).cast("B"))
        self._answer()

    def fit(self, **order: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Have it train; return its answer."""
        self._write(_line({"do": "fit", **order}))
        return self._answer()

    def predict_one(self, **order: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Have it predict the rows it has, one by one, many times; return its answer."""
        self._write(_line({"do": "predict_one", **order}))
        return self._answer()

    def _write(self, content: bytes | memoryview) -> None:
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        try:
            self._process.stdin.write(content)
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise LinfaFailed(f"{PROGRAM} ended, {self._process.wait()}") from error

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        line = self._process.stdout.readline()
        if not line:
            raise LinfaFailed(f"{PROGRAM} ended, {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise LinfaFailed(f"{PROGRAM}: {answer['error']}")
        return answer


def _line(order: dict[str, Any]) -> bytes:
    return json.dumps(order).encode() + b"\n"
