"""A local process that is told what to do line by line, over pipes."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from clusterbench.errors import GeneratorFailed
from clusterbench.model.units import Seconds
from clusterbench.runtime.command_results import ended, program
from clusterbench.runtime.line_dialogue import LineDialogue
from clusterbench.runtime.process.spawn import Spawned, spawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from clusterbench.model.cpus import CpuSet

_KILL, _ENDS_WITHIN = Seconds(0.0), Seconds(2.0)
_AT_ONCE = 1 << 16


@contextmanager
def piped(
    command: Sequence[str],
    *,
    cpus: CpuSet,
    environment: Mapping[str, str],
    folder: Path,
    stderr: Path,
) -> Iterator[tuple[Spawned, LineDialogue]]:
    """Start a command and talk with it; it is killed at the end. See `port.Dialogue`."""
    its_input, our_output = os.pipe()
    our_input, its_output = os.pipe()
    try:
        spawned = spawn(
            command, cpus=cpus, environment=environment, folder=folder, stdout=stderr,
            pipes=(its_input, its_output),
        )  # fmt: skip
    except BaseException:
        os.close(our_input)
        os.close(our_output)
        raise
    finally:
        os.close(its_input)
        os.close(its_output)

    dialogue = LineDialogue(
        write=lambda told: _write(our_output, told),
        chunks=_chunks(our_input),
        failed=lambda why: _failure(program(command), spawned, stderr, why),
    )
    try:
        yield spawned, dialogue
    finally:
        spawned.stop(_KILL)
        os.close(our_output)
        # Its end is that of what it writes: the reader is then at rest, and needs its pipe no more.
        if dialogue.over(_ENDS_WITHIN):
            with suppress(OSError):
                os.close(our_input)


def _failure(name: str, spawned: Spawned, stderr: Path, why: str | None) -> GeneratorFailed:
    """Return the error of a dialogue. Raises HostError where it was not given its CPUs."""
    over = why is None and spawned.wait(_ENDS_WITHIN)
    said = stderr.read_text(encoding="utf-8", errors="replace")
    if over:
        spawned.check_pinned(said)
        why = f"ended in mid-dialogue, {ended(spawned.exit_status)}"
    return GeneratorFailed(f"{name} {why or 'closed its output'}", said)


def _write(descriptor: int, told: bytes) -> None:
    while told:
        told = told[os.write(descriptor, told) :]


def _chunks(descriptor: int) -> Iterator[bytes]:
    while chunk := os.read(descriptor, _AT_ONCE):
        yield chunk
