"""`compare`: measures two servers side by side, says which is slower, and exits by that."""

from __future__ import annotations

import argparse
import datetime as dt
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from clusterbench import __version__
from clusterbench.bench.comparing import Comparing
from clusterbench.bench.progress import clock
from clusterbench.bench.signals import interruptible
from clusterbench.cli import compare_assembly
from clusterbench.cli.compare_asked import asked_by
from clusterbench.cli.compare_concluding import conclude_comparison
from clusterbench.cli.compare_options import fail_over
from clusterbench.cli.comparing_runs import compare_runs
from clusterbench.cli.measuring import noise
from clusterbench.cli.output import Output
from clusterbench.cli.parser import words
from clusterbench.cli.runs_given import runs_given
from clusterbench.config.arms import short
from clusterbench.errors import EngineLost, ExitCode, MeasureError, NotCompared
from clusterbench.host.cpu_time import cpu_times
from clusterbench.model.compare_plan import Arm
from clusterbench.model.compared import CompareVerdict
from clusterbench.model.slices import CompareRecord
from clusterbench.own_program import program
from clusterbench.store import run_folder as store
from clusterbench.store.compare_folder import COMPARE, CompareFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.cli.compare_assembly import CompareAssembly
    from clusterbench.config.arms import Asked
    from clusterbench.model.compared import Compared
    from clusterbench.runtime.port import WholeRuntime


#: What a comparison of two that do not differ shows.
_NOISE = "what is found between them is noise"


def compare(arguments: argparse.Namespace) -> ExitCode:
    """Check everything that was given, then compare, or print what would be done.

    Two runs that were measured before are compared by what they are.
    """
    if (runs := runs_given(arguments)) is not None:
        found_of_runs = compare_runs(arguments, *runs)
        allowed = fail_over(arguments.fail_over)
        failing = allowed is not None and found_of_runs.failing(allowed)
        return ExitCode.REGRESSION if failing else ExitCode.OK
    parts = compare_assembly.assemble(asked_by(arguments))
    out = Output(arguments)
    if arguments.plan_only:
        _show(parts, out)
        return ExitCode.OK
    with interruptible():
        with store.lock(arguments.results):
            try:
                folder = measured(parts, ComparePlace.of(arguments, parts.asked), out)
            except KeyboardInterrupt:
                return ExitCode.INTERRUPTED
        found, written = conclude_comparison(folder, out, markdown=arguments.markdown)
    code = exit_code(found, fail_on_noise=arguments.fail_on_noise)
    out.data({**written, "exit_code": code})
    return code


def exit_code(found: Compared, *, fail_on_noise: bool) -> ExitCode:
    """Return what a comparison exits with: worst first, what fails, then what is not known."""
    if found.fails:
        return ExitCode.REGRESSION
    if found.verdict is CompareVerdict.NOT_COMPARED:
        return ExitCode.NOT_COMPARED
    noisy = any(each.decides and each.verdict is CompareVerdict.TOO_NOISY for each in found.metrics)
    return ExitCode.NOT_COMPARED if noisy and fail_on_noise else ExitCode.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePlace:
    """Where a comparison runs, and where it is kept: a new folder of `results`.

    `command` is the command line that measures the same again. `install` says whether system
    packages may be installed, None to ask.
    """

    results: Path
    runtime: str
    install: bool | None
    command: str

    @classmethod
    def of(cls, arguments: argparse.Namespace, asked: Mapping[Arm, Asked]) -> Self:
        """Return the place that options say, for arms that are resolved."""
        return cls(
            results=arguments.results,
            runtime=arguments.runtime,
            install=arguments.install,
            command=_repeating(asked, arguments),
        )


def measured(parts: CompareAssembly, place: ComparePlace, out: Output) -> CompareFolder:
    """Measure until it is enough; return the folder with all slices.

    Raises NotCompared where a server fails, and KeyboardInterrupt, which it has told of.
    """
    path = place.results / store.new_id(COMPARE)
    for line in _said(parts):
        out.say(line)
    try:
        where = compare_assembly.runtime(
            parts, place.runtime, run_id=path.name, say=out.say, install=place.install
        )
        with where.open():
            _check_there(parts, where)
            folder = CompareFolder.create(path.parent, _record(parts, place, where, path.name))
            for warning in folder.record.warnings:
                out.progress.warn(warning)
            if parts.built_alike(folder.record.fingerprint.images):
                out.say(f"both arms are built from the same sources: {_NOISE}")
            Comparing(
                folder=folder,
                runtime=where,
                data=parts.data,
                models=parts.models,
                progress=out.progress,
                machine=cpu_times,
                start_deadline=parts.start_deadline,
            ).run()
    except KeyboardInterrupt:
        out.end(f"interrupted: all is stopped; {_kept(path)}")
        raise
    except EngineLost as error:
        raise EngineLost(f"{error}; {_kept(path)}") from error
    except MeasureError as error:
        raise NotCompared(f"these two cannot be compared: {error}\n{_kept(path)}") from error
    return folder


def _check_there(parts: CompareAssembly, where: WholeRuntime) -> None:
    """Raise NotCompared where an arm, or the load generator, cannot run here."""
    for arm, asked in parts.asked.items():
        if reason := where.skip(parts.compare.contender(arm)):
            raise NotCompared(f"{asked.described} cannot run here: {reason}")
    if reason := where.lacks(compare_assembly.GENERATOR):
        raise NotCompared(f"{compare_assembly.GENERATOR} cannot run here: {reason}")


def _record(
    parts: CompareAssembly, place: ComparePlace, where: WholeRuntime, name: str
) -> CompareRecord:
    return CompareRecord(
        id=name,
        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        clusterbench=__version__,
        runtime=where.name,
        compare=parts.compare,
        plan=parts.plan,
        fingerprint=where.describe(parts.contenders),
        of=parts.of,
        commands=(place.command,),
        warnings=(*noise(place.runtime), *where.warnings()),
    )


def _repeating(asked: Mapping[Arm, Asked], arguments: argparse.Namespace) -> str:
    """Return the command line that measures the same again, at the same commits."""
    given = argparse.Namespace(**vars(arguments))
    given.results = given.data = given.markdown = given.install = None
    given.json = given.quiet = given.verbose = False
    for arm, each in asked.items():
        if each.commit is not None:
            setattr(given, arm, f"{each.name}@{short(each.commit)}")
    return shlex.join([program(), *words(given)])


def _kept(folder: Path) -> str:
    """Return what is left of a comparison that was cut short."""
    if not folder.exists():
        return "nothing had begun"
    return f"what was measured is in {folder}, and `report {folder.name}` shows it"


def _said(parts: CompareAssembly) -> list[str]:
    """Return what is compared, on which CPUs, and how long that may take, a line each."""
    plan = parts.compare
    load = plan.load
    how = (
        f"{load.concurrency} in flight" if load.concurrency is not None
        else f"{load.rate:,.0f} requests/s" if load.rate is not None
        else f"{load.share:.0%} of what the slower of both serves when it is saturated"
    )  # fmt: skip
    of = parts.of
    until = f", until figures are known to +/- {plan.precision:.1%}" if plan.precision else ""
    lasts = (
        f"{plan.least_blocks} to {plan.most_blocks} blocks of {plan.pairs} pairs of "
        f"{plan.slice * 1e3:g} ms slices{until}; at most {clock(plan.budget)}, without builds"
    )
    lines = [
        f"baseline {of[Arm.BASELINE]}, candidate {of[Arm.CANDIDATE]}",
        str(parts.plan),
        f"{load.method}, {how}, {load.connections} connections",
        lasts,
    ]
    if parts.same:
        lines.insert(1, f"both arms are the same: {_NOISE}")
    return lines


def _show(parts: CompareAssembly, out: Output) -> None:
    """Print what would be compared; as JSON also which images are needed."""
    plan = parts.compare
    described: dict[str, Any] = {
        **{str(arm): of for arm, of in parts.of.items()},
        "same": parts.same,
        "compare": msgspec.to_builtins(plan),
        "cpu_plan": {**msgspec.to_builtins(parts.plan), "text": str(parts.plan)},
        "load_seconds_of_a_block": 2 * plan.pairs * plan.slice,
        "wall_seconds": plan.budget,
        "images": [{"name": name, "needed": True} for name in parts.images()],
        "revisions": parts.revisions(),
    }
    out.data(described)
    if not out.json:
        for line in _said(parts):
            out.end(line)
