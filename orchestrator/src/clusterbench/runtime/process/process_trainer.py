"""Passes as local processes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.errors import TrainingFailed
from clusterbench.model.experiment import Seconds
from clusterbench.runtime.process.spawn import clean_environment, spawn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.model.cpus import CpuSet

#: A pass that is told to end has so long for it (s).
_GRACE = Seconds(5.0)
_LONGEST = Seconds(4 * 3600.0)


class ProcessTrainer:
    """Runs passes by commands, one for each image: implements `running.Trainer`.

    `why` says what is lacking of the others; `software` is what identifies each that was built.
    """

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        why: Mapping[str, str],
        software: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._commands, self._why, self._software = commands, why, software or {}

    def lacks(self, image: str) -> str | None:
        """Return why an image cannot run here, or None."""
        if image in self._commands:
            return None
        return self._why.get(image, "it is not among the images of compose.yaml")

    def describe(self, image: str) -> Mapping[str, str]:
        """Return the digest of what it was built from, and its toolchains' versions."""
        return self._software.get(image, {})

    def limit(self, image: str) -> int | None:  # noqa: ARG002 - a process has this host's memory
        """Return None: what is free on the host is the limit."""
        return None

    def run(self, image: str, order: str, cpus: CpuSet) -> Mapping[str, Any]:
        """Run one pass; see `running.Trainer`."""
        with tempfile.TemporaryDirectory(prefix="clusterbench-") as name:
            folder = Path(name)
            out, said = folder / "pass.json", folder / "output"
            given = {"TRAINING_PASS": order, "TRAINING_OUT": str(out)}
            process = spawn(
                [*self._commands[image], "pass"],
                cpus=cpus,
                environment=clean_environment(given),
                folder=folder,
                stdout=said,
            )
            try:
                ended = process.wait(_LONGEST)
            finally:
                process.stop(_GRACE)
            if not ended or process.exit_status != 0:
                raise TrainingFailed(
                    f"{image} ended with {process.exit_status}", said.read_text(errors="replace")
                )
            return read_result(out.read_bytes() if out.is_file() else b"", image)


def read_result(content: bytes, image: str) -> Mapping[str, Any]:
    """Read what a pass wrote. Raises TrainingFailed where it is not pytest-benchmark's JSON."""
    if not content:  # pytest-benchmark writes no file where every contender was skipped
        return {"benchmarks": []}
    try:
        result: Mapping[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise TrainingFailed(f"{image}: its result cannot be read: {error}") from error
    if not isinstance(result.get("benchmarks"), list):
        raise TrainingFailed(f"{image}: its result has no benchmarks")
    return result
