"""Each server beside its alternatives: ordinary runs of the profiles `alternatives-NAME`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from clusterbench.bench.progress import clock
from clusterbench.cli import assembly, measuring, run_command
from clusterbench.errors import ExitCode, RunRefused
from clusterbench.plan import schedule
from clusterbench.plan.comparisons import PREFIX, chosen, left, why_left_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clusterbench.bench.session import Assembly
    from clusterbench.cli.output import Output
    from clusterbench.config.resolve import Overrides
    from clusterbench.store.run_folder import RunFolder


def compare(
    names: Sequence[str],
    asked: Overrides,
    out: Output,
    *,
    data: Path,
    results: Path,
    install: bool | None,
    resumed: RunFolder | None,
) -> int:
    """Run the comparisons one after another; return the worst exit code.

    All of them are checked before the first begins. A run to go on with is the first.
    """
    profile = resumed.run.experiment.profile if resumed else None
    profiles = left(chosen(assembly.read_bench().profiles, names), profile)
    todo: list[Assembly] = []
    for name in profiles:
        this = dataclasses.replace(asked, profile=name)
        parts = assembly.assemble(this, data, resumed if name == profile else None)
        if reason := why_left_out(parts.experiment, parts.plan):
            out.progress.warn(f"{name.removeprefix(PREFIX)} is left out: {reason}")
        else:
            todo.append(parts)
    if not todo:
        raise RunRefused("nothing can be compared on this host: see above")
    wall = sum(
        schedule.duration(parts.experiment, schedule.schedule(parts.experiment)).wall
        for parts in todo
    )
    out.say(f"{len(todo)} comparisons, about {clock(wall)} in all, without builds")
    worst = ExitCode.OK
    for number, parts in enumerate(todo, start=1):
        named = parts.experiment.profile.removeprefix(PREFIX)
        out.say(f"comparison {number} of {len(todo)}: {named}")
        code = measuring.measure(
            parts, run_command.COMMAND, out, runtime="process", results=results, install=install
        )
        worst = max(worst, code)
        if code is ExitCode.INTERRUPTED:
            break
    return worst
