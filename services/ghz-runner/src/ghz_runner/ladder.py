"""Climbs the sweep: one level after the other, each kept as it ends."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import msgspec

from clusterbench.errors import MeasureError
from clusterbench.load.generators.bodies import body
from clusterbench.load.generators.registry import generator
from clusterbench.load.port import CALL_TIMEOUT, Load, LoadGenerator, Reading
from clusterbench.measure.windows import figures
from clusterbench.model.cell_summary import Figures
from clusterbench.model.execution import Address, Completed
from clusterbench.model.experiment import GeneratorName, Loop, Seconds
from clusterbench.model.records import SideUsage
from ghz_runner.execution import Ended, execute
from ghz_runner.settings import PORT, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.data import DataFolder

#: A level ends at the latest this long (s) after its load and its last call's time-out.
_GRACE = 30.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A level of the sweep, measured or not: then `reason` says why."""

    level: int
    figures: Figures | None = None
    usage: SideUsage | None = None
    reason: str = ""


class Sweep:
    """What is needed to run a level; its working folder is gone when its `with` is left."""

    def __init__(self, settings: Settings, data: DataFolder, folder: Path, say: Say) -> None:
        self._settings = settings
        self._folder = folder
        self._say = say
        self._generator: LoadGenerator = generator(settings.generator)
        self._response_bytes = body(data, settings.method).response_bytes
        # Beside what is kept, since the log of a long level may not fit into memory.
        self._home = folder / ".work"
        self._home.mkdir()
        for name, content in self._generator.files(data).items():
            (self._home / name).write_bytes(content)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the working folder."""
        shutil.rmtree(self._home, ignore_errors=True)

    def run(self, level: int, left: Callable[[Seconds], Seconds]) -> Row:
        """Run a level. `left` tells, from its age (s), how long the whole sweep still takes.

        A failure is the row's reason.
        """
        settings = self._settings
        load = Load(
            address=Address(settings.target, PORT),
            method=settings.method,
            loop=Loop.CLOSED,
            level=level,
            connections=settings.connections_at(level),
            duration=settings.duration,
            response_bytes=self._response_bytes,
            threads=len(os.sched_getaffinity(0)),
        )

        def beat(age: Seconds) -> None:
            doing = f"{age:.0f} s of {load.duration:g} s" if age < load.duration else "ending"
            self._say(f"concurrency {level}: {doing}; about {left(age):.0f} s left in all")

        try:
            ended = execute(
                self._generator.invocation(load, f"c{level}"),
                self._home,
                timeout=Seconds(load.duration + CALL_TIMEOUT + _GRACE),
                beat=beat,
            )
            reading = self._generator.read(load, ended.completed)
            found = figures(reading.samples, settings.timing)
            self._keep(level, ended.completed, reading, found)
            return Row(
                level=level,
                figures=found,
                usage=self._usable(ended),
                reason=_wrong(reading, found),
            )
        except MeasureError as error:
            return Row(level=level, reason=str(error))

    def _usable(self, ended: Ended) -> SideUsage:
        """Return the generator's CPU, of those CPUs that it can fill."""
        usage = ended.usage
        if self._settings.generator is GeneratorName.GHZ:
            return usage
        return SideUsage(
            cpu=usage.cpu,
            seconds=usage.seconds,
            cpus=min(usage.cpus, self._settings.connections),
        )

    def _keep(self, level: int, completed: Completed, reading: Reading, found: Figures) -> None:
        """Leave what the generator said: ghz's own JSON, or h2load's text with the figures."""
        settings = self._settings
        kept = self._folder / f"{settings.generator}-{settings.method}-c{level}.json"
        outputs = list(completed.outputs.values())
        if settings.generator is GeneratorName.GHZ:
            outputs.pop().replace(kept)
        else:
            content: dict[str, Any] = {**reading.summary, "figures": found}
            kept.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1))
        for path in outputs:
            path.unlink()


def _wrong(reading: Reading, found: Figures) -> str:
    """Return why a level's figures are not to be trusted, or nothing."""
    if reading.response_bytes_ok is False:
        return "not all answers were right: their bodies have other sizes than right responses have"
    if not found.responses:
        errors = ", ".join(f"{name} {number}" for name, number in found.errors.items())
        return f"no call was answered OK ({errors or 'none ended in the window'})"
    return ""
