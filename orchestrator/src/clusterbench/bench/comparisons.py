"""Each server beside its alternatives: ordinary runs of the profiles `alternatives-NAME`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.bench.progress import clock
from clusterbench.cli import assembly
from clusterbench.errors import ConfigError, RunRefused, one_of
from clusterbench.measure.standings import compared, standings
from clusterbench.plan import schedule
from clusterbench.report.bench_result import tell
from clusterbench.report.tables import standings_table as shown
from clusterbench.store import run_folder as store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clusterbench.config.resolve import BenchFile, Overrides
    from clusterbench.model.cpus import CpuPlan
    from clusterbench.model.experiment import Experiment
    from clusterbench.store.analysis import AnalysedRun

PREFIX = "alternatives-"
UNDECIDED = "A goal that is not decided lies within its ratio's interval: --rounds N narrows that."


def chosen(bench: BenchFile, names: Sequence[str]) -> tuple[str, ...]:
    """Return the profiles of the comparisons named, each once; of all where none is named.

    Raises ConfigError naming those that there are.
    """
    there = [name.removeprefix(PREFIX) for name in bench.profiles if name.startswith(PREFIX)]
    asked = [name.removeprefix(PREFIX) for name in names]
    for name in asked:
        if name not in there:
            raise ConfigError(f"./lab bench {name}: {one_of(name, [*there, 'calls', 'overload'])}")
    return tuple(PREFIX + name for name in dict.fromkeys(asked or there))


def left(profiles: Sequence[str], resumed: str | None) -> tuple[str, ...]:
    """Return what is to be done: from the profile that is resumed on, where one is.

    Raises RunRefused where the newest run is none of the comparisons asked for.
    """
    if resumed is None:
        return tuple(profiles)
    if resumed not in profiles:
        raise RunRefused(
            f"--resume: the newest run is of profile {resumed}, which is none of "
            f"{', '.join(profiles)}; `run --resume` finishes it, or name its folder with --run"
        )
    return tuple(profiles[profiles.index(resumed) :])


def why_left_out(experiment: Experiment, plan: CpuPlan) -> str | None:
    """Return why a comparison says nothing under a plan, or None: all would have the same cores."""
    bounded = [contender for contender in compared(experiment) if contender.cores is not None]
    if not bounded or any(c.capacity(plan) < plan.server_capacity for c in bounded):
        return None
    return f"its alternatives have fewer cores than the kept one, and there are no more: {plan}"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """The run to finish first, if any."""

    folder: Path | None = None
    profile: str | None = None


def compare(
    names: Sequence[str],
    asked: Overrides,
    *,
    data: Path,
    resume: Resume,
    run: Callable[[Overrides, Path | None], int],
    say: Callable[[str], None],
) -> int:
    """Run the comparisons one after another; give the worst exit code.

    `run` measures a profile, given what was asked and the folder to resume, if any.
    """
    profiles = left(chosen(assembly.profiles(), names), resume.profile)
    todo: list[tuple[str, Overrides]] = []
    wall = 0.0
    for profile in profiles:
        this = dataclasses.replace(asked, profile=profile)
        bench = assembly.read(this, data)
        if reason := why_left_out(bench.experiment, bench.plan):
            say(f"{profile.removeprefix(PREFIX)} is left out: {reason}")
            continue
        todo.append((profile, this))
        wall += schedule.duration(bench.experiment, schedule.schedule(bench.experiment)).wall
    if not todo:
        raise RunRefused("nothing can be compared on this host: see above")
    say(f"{len(todo)} comparisons, about {clock(wall)} in all, without builds")
    worst = 0
    for number, (profile, this) in enumerate(todo, start=1):
        say(f"comparison {number} of {len(todo)}: {profile.removeprefix(PREFIX)}")
        code = run(this, resume.folder if profile == resume.profile else None)
        worst = max(worst, code)
        if code == INTERRUPTED:
            break
    return worst


#: What a run gives when it was stopped; the comparisons after it are then not begun.
INTERRUPTED = 130


def conclude(of: AnalysedRun, say: Callable[[str], None]) -> bool:
    """Print and write how alternatives stand; return whether the run is such a comparison.

    Other runs may have one among their contenders, as `full` has no-op handlers: they get a report.
    """
    run = of.run
    if not run.experiment.profile.startswith(PREFIX) or not compared(run.experiment):
        return False
    found = standings(run.experiment, of.summary, of.trials, of.figures)
    notes = shown.notes(run, found)
    if shown.undecided(found):
        notes.append(UNDECIDED)
    tell(
        of.folder.path,
        title=f"{run.experiment.profile.removeprefix(PREFIX)} and its alternatives",
        tables=list(shown.tables(run, found)),
        notes=notes,
        data={"run": run.id, "standings": found},
        say=say,
    )
    return True


def newest(results: Path, run_folder: Path | None) -> Resume:
    """Find the run to resume: the one given, or else the newest."""
    folder = run_folder or store.latest(results)
    return Resume(folder=folder, profile=store.RunFolder.open(folder).run.experiment.profile)
