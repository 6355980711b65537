"""Measures: `run`, `capacity`, `train`, `bench`, `bench overload`: run folders with reports."""

from __future__ import annotations

import argparse
import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterbench import report
from clusterbench.bench.progress import clock
from clusterbench.bench.session import Session
from clusterbench.bench.signals import interruptible
from clusterbench.cli import assembly, planned
from clusterbench.cli.commands import COMMANDS
from clusterbench.cli.concluding import conclude
from clusterbench.cli.options import DATA
from clusterbench.cli.output import Output
from clusterbench.cli.parser import Place, command_line, words
from clusterbench.config.compose_file import has_sources
from clusterbench.config.resolve import Overrides
from clusterbench.config.training_table import TrainingOverrides
from clusterbench.doctor import checks
from clusterbench.errors import EngineLost, ExitCode, RunRefused
from clusterbench.host.own_commit import own_commit
from clusterbench.plan import schedule
from clusterbench.plan.comparisons import PREFIX, chosen, left, why_left_out
from clusterbench.store import run_folder as store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.bench.session import Assembly
    from clusterbench.model.experiment import Experiment

OVERLOAD = "overload"
"""The profile that `bench overload` runs."""
CAPACITY = "capacity"
"""The profile that `capacity` runs."""


# ---------------------------------------------------------------------------------- commands


def run(arguments: argparse.Namespace) -> ExitCode:
    """Check everything that was given, then measure a profile."""
    parts = assembly.assemble_asked(arguments, arguments.runtime)
    return measure(parts, arguments, Output(arguments), runtime=arguments.runtime)


def capacity(arguments: argparse.Namespace) -> ExitCode:
    """Check everything that was given, then run the profile `capacity`, or print what would run."""
    parts = assembly.assemble_asked(arguments, arguments.runtime, profile=CAPACITY)
    out = Output(arguments)
    if arguments.plan_only:
        planned.show(parts, out)
        return ExitCode.OK
    return measure(
        parts,
        arguments,
        out,
        runtime=arguments.runtime,
        command="capacity",
        shown=report.capacities,
    )


def train(arguments: argparse.Namespace) -> ExitCode:
    """Check everything that was given, then train, or print what would run."""
    names = [each.name for each in dataclasses.fields(TrainingOverrides) if each.name != "form"]
    given: dict[str, Any] = {name: getattr(arguments, name) for name in names}
    lists = {name: tuple(each) for name, each in given.items() if isinstance(each, list)}
    form = "quick" if arguments.quick else "full"
    training = TrainingOverrides(form=form, **(given | lists))
    asked = Overrides(plan=arguments.plan, training=training)
    parts = assembly.assemble(asked, DATA, runtime=arguments.runtime)
    out = Output(arguments)
    if arguments.plan_only:
        planned.show(parts, out)
        return ExitCode.OK
    return measure(parts, arguments, out, runtime=arguments.runtime, command="train")


def bench(arguments: argparse.Namespace) -> ExitCode:
    """Run each server beside its alternatives: the profiles `alternatives-NAME`, one by one.

    All of them are checked before the first begins. A run to go on with is the first. Returns the
    worst exit code.
    """
    out = Output(arguments)
    todo = _comparisons(arguments, out)
    wall = sum(
        schedule.duration(parts.experiment, schedule.schedule(parts.experiment)).wall
        for parts in todo
    )
    out.say(f"{len(todo)} comparisons, about {clock(wall)} in all, without builds")
    worst = ExitCode.OK
    for number, parts in enumerate(todo, start=1):
        named = parts.experiment.profile.removeprefix(PREFIX)
        out.say(f"comparison {number} of {len(todo)}: {named}")
        code = measure(parts, arguments, out, runtime="process")
        worst = max(worst, code)
        if code is ExitCode.INTERRUPTED:
            break
    return worst


def bench_overload(arguments: argparse.Namespace) -> ExitCode:
    """Run the profile `overload`."""
    names = tuple(arguments.names) or None
    parts = assembly.assemble_asked(arguments, "process", profile=OVERLOAD, contenders=names)
    return measure(parts, arguments, Output(arguments), runtime="process")


def _comparisons(arguments: argparse.Namespace, out: Output) -> list[Assembly]:
    """Return the comparisons that were named, checked. Raises RunRefused where there is none."""
    asked, resumed = assembly.asked(arguments), assembly.resumed(arguments)
    profile = resumed.run.experiment.profile if resumed else None
    todo: list[Assembly] = []
    for name in left(
        chosen(assembly.read_bench(given=asked.bench).profiles, arguments.names), profile
    ):
        this = dataclasses.replace(asked, profile=name)
        before = resumed if name == profile else None
        parts = assembly.assemble(this, arguments.data, before, runtime="process")
        if reason := why_left_out(parts.experiment, parts.plan):
            out.progress.warn(f"{name.removeprefix(PREFIX)} is left out: {reason}")
        else:
            todo.append(parts)
    if not todo:
        raise RunRefused("nothing can be compared on this host: see above")
    return todo


# ------------------------------------------------------------------------- what they share


def measure(
    parts: Assembly,
    arguments: argparse.Namespace,
    out: Output,
    *,
    runtime: str,
    command: str = "run",
    shown: report.Shown = report.screen,
) -> ExitCode:
    """Measure what is left of a run, report it, and return the exit code.

    `command` is the one that repeats the run, `shown` says how much is printed of it. Raises
    LabError where nothing could be measured.
    """
    with interruptible():
        with store.lock(arguments.results):
            try:
                folder, failed = _session(parts, arguments, out, runtime=runtime, command=command)
            except KeyboardInterrupt:
                return ExitCode.INTERRUPTED
            concluded = conclude(folder, out, shown=shown)
        # Drawing holds up nobody: the engine and the results folder are free for the next run.
        written = concluded.illustrated(out)
    out.data({**written, "failed": failed})
    if failed:
        out.progress.warn(f"{failed} failed; {folder.path / store.TRIALS} says why")
    return ExitCode.FAILED if failed else ExitCode.OK


def _session(
    parts: Assembly, arguments: argparse.Namespace, out: Output, *, runtime: str, command: str
) -> tuple[store.RunFolder, int]:
    """Measure what is left of a run; return its folder, and how many failed.

    Raises LabError where nothing could be measured, and KeyboardInterrupt, which it has told of.
    """
    old, results, say = parts.resumed, arguments.results, out.say
    sources = has_sources(parts.services)
    run_id = old.run.id if old else store.new_id(parts.experiment.profile)
    for line in (str(parts.plan), *assembly.said(parts)):
        say(line)
    try:
        where = assembly.runtime(runtime, parts, run_id=run_id, say=say, install=arguments.install)
        with where.open():
            return Session(
                id=run_id,
                parts=parts,
                where=where,
                progress=out.progress,
                commands=repeating(
                    command, parts.asked, parts.experiment, runtime, sources=sources
                ),
                warnings=(*noise(runtime), *where.warnings()),
                commit=own_commit(Path.cwd()) if sources else None,
            ).run(results)
    except KeyboardInterrupt:
        out.end(f"interrupted: all is stopped; {_kept(results / run_id)}")
        raise
    except EngineLost as error:
        raise EngineLost(f"{error}; {_kept(results / run_id)}") from error


def _kept(folder: Path) -> str:
    """Return what is left of a run that was cut short."""
    if not folder.exists():
        return "nothing had begun"
    return (
        f"what was measured is in {folder}; `run --resume` finishes it, `report` shows it as it is"
    )


def repeating(
    command: str,
    asked: Mapping[str, Any],
    experiment: Experiment,
    runtime: str,
    *,
    sources: bool = True,
) -> tuple[str, ...]:
    """Return the command lines that repeat a run, given what was asked for by name.

    Where there are no `sources`, there is no ./lab.
    """
    given: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in asked.items()
    }
    training: dict[str, Any] = dict(given.pop("training", None) or {})
    if levels := given.get("levels"):
        given["levels"] = tuple(levels)
    given |= {"quick": training.pop("form", None) == "quick", **training}
    if experiment.scenarios:
        given["profile"] = experiment.profile
    leaf = command_line(COMMANDS, Place()).leaves[command]
    line = words(argparse.Namespace(command=leaf.get_default("command"), leaf=leaf, **given))
    if runtime == "process":
        return (shlex.join(["./lab", line[0], "--runtime", "process", *line[1:]]),)
    inside = ["docker", "compose", "run", "--rm", "orchestrator", *line]
    if not sources:
        return (shlex.join(inside), shlex.join(["clusterbench", *line]))
    inside.insert(4, "--build")
    return (shlex.join(inside), shlex.join(["./lab", *line]))


def noise(runtime: str) -> tuple[str, ...]:
    """Return what would spoil figures on this host."""
    findings = [each for each in checks.noise(runtime) if each.state is checks.State.WARN]
    return tuple(f"{finding.subject}: {finding.found}; {finding.remedy}" for finding in findings)
