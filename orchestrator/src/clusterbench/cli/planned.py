"""What a run would do, and what this host lacks for it: printed, and nothing is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.bench.progress import clock
from clusterbench.cli import assembly
from clusterbench.cli.output import Output
from clusterbench.doctor import checks
from clusterbench.doctor.findings import State
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
    parts = assembly.assemble(
        assembly.asked(arguments),
        arguments.data,
        assembly.resumed(arguments),
        runtime=arguments.runtime,
    )
    show(parts, Output(arguments))


def doctor(arguments: argparse.Namespace) -> ExitCode:
    """Print what is missing or would spoil figures, and the fix."""
    out = Output(arguments)
    image = assembly.generators_image()
    findings = checks.doctor(results=arguments.results, runtime=arguments.runtime, image=image)
    out.data({"runtime": arguments.runtime, "findings": findings})
    rows = [
        (finding.subject, finding.state, finding.found, finding.remedy)
        for finding in findings
        if finding.state is not State.OK or not arguments.quiet
    ]
    out.table(("subject", "", "found", "what to do"), rows)
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
    shape = experiment.data
    out.end(
        _sizes(experiment.sizes, experiment.seed)
        if experiment.sizes
        else f"model {shape.n_clusters} x {shape.n_features}, data in {parts.data.path}"
    )
    headings = ("scenario", "method", "generator", "conns.", "sweep", "load", "contenders")
    out.table(headings, [*_rows(experiment, turns)], "scenarios")
    order = [
        (
            str(number),
            str(turn.round),
            turn.contender,
            "  ".join(_words(experiment, t) for t in turn.trials),
        )
        for number, turn in enumerate(turns, start=1)
    ]
    columns = ("turn", "round", "contender", "trials, in their order")
    out.table(columns, order, "turns, one server at a time")


def _rows(experiment: Experiment, turns: Sequence[Turn]) -> Iterator[tuple[str, ...]]:
    """Return a row for each scenario of bench.toml, whatever the models that it sends to."""
    groups: dict[str, list[Scenario]] = {}
    for scenario in experiment.scenarios.values():
        groups.setdefault(scenario.base, []).append(scenario)
    for name, group in groups.items():
        loads = [load for each in group for load in _loads(experiment, turns, each.name)]
        takers = [experiment.contenders[taker] for each in group for taker in each.contenders]
        yield (
            name,
            group[0].method,
            f"{group[0].generator}, {group[0].load['kind']}",
            str(group[0].connections),
            " ".join(_level(kind_of(group[0]), level) for level in group[0].sweep),
            _time(loads),
            " ".join(dict.fromkeys(taker.base or taker.name for taker in takers)),
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
    return f"{clock(sum(loads))}, {each} s each"
