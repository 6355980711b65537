"""What a run would do, and what this host lacks for it: printed, and nothing is started."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.bench.progress import clock
from clusterbench.cli import assembly
from clusterbench.cli.output import Output
from clusterbench.config.compose_file import GENERATOR
from clusterbench.doctor import checks
from clusterbench.doctor.findings import State
from clusterbench.doctor.lab_parts import lab_parts
from clusterbench.errors import ExitCode
from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model.numbers import listing, plural
from clusterbench.model.training import scaling_group
from clusterbench.plan import schedule
from clusterbench.plan.training_passes import passes, seconds, shapes

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from clusterbench.bench.session import Assembly
    from clusterbench.load.kinds.kind import LoadKind
    from clusterbench.model.experiment import Experiment, Scenario
    from clusterbench.model.sizes import Sizes
    from clusterbench.model.training import Training
    from clusterbench.model.trial import Trial, Turn
    from clusterbench.model.units import Seconds


def plan(arguments: argparse.Namespace) -> None:
    """Print what would run, on which CPUs, and how long it would take. Starts nothing."""
    show(assembly.assemble_asked(arguments, arguments.runtime), Output(arguments))


def doctor(arguments: argparse.Namespace) -> ExitCode:
    """Print what is missing or would spoil figures, and the fix."""
    out = Output(arguments)
    services = assembly.services_there()
    image = services[GENERATOR].image if services and GENERATOR in services else None
    findings = (
        *lab_parts(Path(), services, arguments.runtime),
        *checks.doctor(results=arguments.results, runtime=arguments.runtime, image=image),
    )
    out.data({"runtime": arguments.runtime, "findings": findings})
    shown = [each for each in findings if each.state is not State.OK or not arguments.quiet]
    for finding in shown:
        found = (finding.found, f"-> {finding.remedy}") if finding.remedy else (finding.found,)
        out.item((finding.state, finding.subject), found)
    return ExitCode.HOST if any(f.state is State.MISSING for f in findings) else ExitCode.OK


def show(parts: Assembly, out: Output) -> None:
    """Print what would run, in order, on which CPUs, and how long it would take."""
    if out.json:
        out.data(described(parts))
        return
    out.end(str(parts.plan))
    if parts.experiment.scenarios:
        _show_serving(parts, out)
    if parts.experiment.training is not None:
        _show_training(parts.experiment.training, parts.plan.server_capacity, out)


def described(parts: Assembly) -> Mapping[str, Any]:
    """Return what would run, as JSON can hold it; times are in seconds."""
    experiment = parts.experiment
    turns = _turns(parts)
    time = schedule.duration(experiment, turns)
    training, cpus = experiment.training, parts.plan.server_capacity
    images = assembly.images(parts)
    wall = float(time.wall)
    if training:
        wall += seconds(training, passes(training, images=training.images, cpus=cpus))
    return {
        "profile": experiment.profile,
        "rounds": experiment.rounds,
        "seed": experiment.seed,
        "cpu_plan": {**msgspec.to_builtins(parts.plan), "text": str(parts.plan)},
        "resumes": parts.resumed.run.id if parts.resumed else None,
        "load_seconds": time.load,
        "wall_seconds": wall,
        "again_seconds": time.again,
        "contenders": {name: c.service for name, c in experiment.contenders.items()},
        "scenarios": _scenarios(experiment, turns),
        "turns": [
            {
                "round": turn.round,
                "contender": turn.contender,
                "trials": [
                    {"scenario": t.cell.scenario, "level": t.cell.level} for t in turn.trials
                ],
            }
            for turn in turns
        ],
        "training": msgspec.to_builtins(training),
        "images": [{"name": name, "needed": needed} for name, needed in images.items()],
        "left_out": parts.left_out,
        "notes": parts.notes,
    }


def _turns(parts: Assembly) -> Sequence[Turn]:
    turns = schedule.schedule(parts.experiment)
    return schedule.remaining(parts.experiment, turns, parts.done())


def _scenarios(experiment: Experiment, turns: Sequence[Turn]) -> list[Mapping[str, Any]]:
    return [
        {
            "name": scenario.name,
            "method": scenario.method,
            "generator": scenario.generator,
            "load": scenario.load,
            "connections": scenario.connections,
            "levels": scenario.sweep,
            "contenders": scenario.contenders,
            "trials": len(loads),
            "load_seconds": sum(loads),
        }
        for scenario in experiment.scenarios.values()
        for loads in [_loads(experiment, turns, scenario.name)]
    ]


def _loads(experiment: Experiment, turns: Sequence[Turn], scenario: str) -> list[Seconds]:
    """Return how long each trial of a scenario loads its server (s)."""
    trials = (trial for turn in turns for trial in turn.trials)
    return [schedule.load_of(experiment, t) for t in trials if t.cell.scenario == scenario]


def _show_training(training: Training, cpus: int, out: Output) -> None:
    planned = passes(training, images=training.images, cpus=cpus)
    out.end(
        f"training, form {training.form}: {training.passes} passes on data of {training.shape}, "
        f"{len(planned)} starts of {', '.join(training.images)}, about "
        f"{clock(seconds(training, planned))} in all, without builds, if every image is there"
    )
    along = {
        scaling_group(axis): " ".join(str(getattr(shape, axis)) for shape in each)
        for axis, each in shapes(training).items()
    }
    rows = [
        (group, " ".join(names), along.get(group, str(training.shape)))
        for group, names in training.groups.items()
    ]
    out.table(("group", "contenders", "sizes"), rows, "training")


def _show_serving(parts: Assembly, out: Output) -> None:
    experiment = parts.experiment
    turns = _turns(parts)
    time = schedule.duration(experiment, turns)
    for line in assembly.said(parts):
        out.end(line)
    out.end(
        f"profile {experiment.profile}: {experiment.rounds} rounds, {len(turns)} turns, "
        f"{sum(len(turn.trials) for turn in turns)} trials ({experiment.timing.dropped:g} s "
        f"dropped, {experiment.timing.window:g} s window, {experiment.timing.margin:g} s margin)"
    )
    out.end(f"about {clock(time.load)} of load, {clock(time.wall)} in all, without builds")
    if time.again:
        rule = experiment.interference
        out.end(
            f"at worst {clock(time.again)} more: a trial is run again at the end of its turn while "
            f"others have {rule.bound:.0%} of a side's CPUs or more, "
            f"up to {plural(rule.repeats, 'time')}"
        )
    shape = experiment.data
    out.end(
        _sizes(experiment.sizes, experiment.seed)
        if experiment.sizes
        else f"model {shape.n_clusters} x {shape.n_features}, data in {parts.data.path}"
    )
    _show_scenarios(experiment, turns, out)
    out.end("turns, one server at a time, and their trials in order")
    for number, turn in enumerate(turns, start=1):
        trials = "  ".join(_words(experiment, trial) for trial in turn.trials)
        out.item((str(number), f"round {turn.round}", turn.contender), (trials,))


def _show_scenarios(experiment: Experiment, turns: Sequence[Turn], out: Output) -> None:
    """Print each scenario: how it loads servers, for how long, and which, where not all."""
    everyone = {taker for each in experiment.scenarios.values() for taker in each.contenders}
    all_of = {experiment.contenders[taker].base or taker for taker in everyone}
    out.end(f"scenarios, of {', '.join(name for name in _names(experiment) if name in all_of)}")
    for name, how, time, takers in _described(experiment, turns):
        own = () if set(takers) == all_of else (f"only {', '.join(takers)}",)
        out.item((name,), (how, time, *own))


def _names(experiment: Experiment) -> list[str]:
    """Return the contenders of bench.toml, each once, in their order."""
    contenders = experiment.contenders.values()
    return [*dict.fromkeys(each.base or each.name for each in contenders)]


def _described(
    experiment: Experiment, turns: Sequence[Turn]
) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Return of each scenario of bench.toml its name, its load, its time and its contenders.

    Whatever the models are that it sends to, it is one.
    """
    groups: dict[str, list[Scenario]] = {}
    for scenario in experiment.scenarios.values():
        groups.setdefault(scenario.base, []).append(scenario)
    for name, group in groups.items():
        loads = [load for each in group for load in _loads(experiment, turns, each.name)]
        takers = [experiment.contenders[taker] for each in group for taker in each.contenders]
        first = group[0]
        levels = " ".join(_level(kind_of(first), level) for level in first.sweep)
        over = plural(first.connections, "connection")
        yield (
            name,
            f"{first.method} by {first.generator}, {first.load['kind']} at {levels} over {over}",
            f"{plural(len(loads), 'trial')}, {_time(loads)}",
            tuple(dict.fromkeys(taker.base or taker.name for taker in takers)),
        )


def _sizes(sizes: Sizes, seed: int) -> str:
    """Write which models are generated."""
    features, clusters = (
        listing([f"{each:,}" for each in axis]) for axis in (sizes.features, sizes.clusters)
    )
    return (
        f"{plural(len(sizes.models), 'model')}, generated from seed {seed}: {features} features "
        f"with {clusters} clusters; each contender serves each of them"
    )


def _words(experiment: Experiment, trial: Trial) -> str:
    """Name a trial's scenario, and its level in words."""
    scenario = experiment.scenarios[trial.cell.scenario]
    return f"{scenario.base}:{_level(kind_of(scenario), trial.cell.level)}"


def _level(kind: LoadKind, level: int) -> str:
    """Write a level in one word, for lists of them."""
    return kind.level_words(level).replace(" ", "").replace(",", "")


def _time(loads: Sequence[Seconds]) -> str:
    """Write how long trials load servers, in all and each."""
    each = " or ".join(f"{load:g}" for load in sorted(set(loads)))
    return f"{each} s each, {clock(sum(loads))} in all"
