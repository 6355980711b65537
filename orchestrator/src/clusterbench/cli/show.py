"""What the commands other than `run` do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from clusterbench import report
from clusterbench.bench import comparisons as alternatives
from clusterbench.bench.progress import clock
from clusterbench.cli import assembly
from clusterbench.config.generate_data import blobs, generate
from clusterbench.doctor import checks
from clusterbench.errors import ConfigError, StoreError
from clusterbench.model.experiment import Seconds
from clusterbench.model.training import scaling_group
from clusterbench.plan import schedule
from clusterbench.plan.training_passes import passes, seconds, shapes
from clusterbench.store import run_folder as store
from clusterbench.store.analysis import analyse
from clusterbench.store.schemas import schemas

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.config.resolve import Overrides
    from clusterbench.model.experiment import Experiment, Scenario
    from clusterbench.model.training import Training

#: Exit code of `doctor` where something that a run needs is missing.
MISSING = 3

_console = Console(highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a line."""
    _console.print(text, markup=False)


def levels(text: str | None) -> tuple[int, ...] | None:
    """Read `64,256` as levels. Raises ConfigError where it is not that."""
    if text is None:
        return None
    words = text.replace(",", " ").split()
    if not words or not all(word.isdecimal() and int(word) > 0 for word in words):
        raise ConfigError(f"--levels {text}: it takes whole numbers from 1 up, like 64,256")
    return tuple(dict.fromkeys(int(word) for word in words))


def show_plan(asked: Overrides, *, data: Path) -> None:
    """Print what would run, in order, on which CPUs, and how long it would take."""
    bench = assembly.read(asked, data)
    experiment = bench.experiment
    say(str(bench.plan))
    if experiment.scenarios:
        _show_serving(bench)
    if experiment.training is not None:
        _show_training(experiment.training, bench.plan.server_capacity)


def _show_training(training: Training, cpus: int) -> None:
    planned = passes(training, images=training.images, cpus=cpus)
    say(
        f"training, form {training.form}: {training.passes} passes on data of {training.shape}, "
        f"{len(planned)} starts of {', '.join(training.images)}, about "
        f"{clock(seconds(training, planned))} in all, without builds, were every image there"
    )
    groups = Table(title="training", title_justify="left")
    for heading in ("group", "contenders", "sizes"):
        groups.add_column(heading)
    along = {scaling_group(a): " ".join(str(getattr(s, a)) for s in each)
             for a, each in shapes(training).items()}  # fmt: skip
    for group, names in training.groups.items():
        groups.add_row(group, " ".join(names), along.get(group, str(training.shape)))
    _console.print(groups)


def _show_serving(bench: assembly.Assembly) -> None:
    experiment = bench.experiment
    turns = schedule.schedule(experiment)
    time = schedule.duration(experiment, turns)
    for line in bench.said:
        say(line)
    then = sorted({
        experiment.timing_of(scenario.name).load
        for scenario in experiment.scenarios.values()
        if scenario.as_published
    })  # fmt: skip
    say(
        f"profile {experiment.profile}: {experiment.rounds} rounds, {len(turns)} turns, "
        f"{sum(len(turn.trials) for turn in turns)} trials, of {experiment.timing.load:g} s each "
        f"({experiment.timing.dropped:g} s dropped, {experiment.timing.window:g} s window, "
        f"{experiment.timing.margin:g} s margin)"
        + "".join(f", as published of {load:g} s" for load in then)
    )
    say(f"about {clock(time.load)} of load, {clock(time.wall)} in all, without builds")
    shape = experiment.data
    say(f"model {shape.n_clusters} x {shape.n_features}, data in {bench.data.path}")
    scenarios = Table(title="scenarios", title_justify="left")
    for heading in ("scenario", "method", "generator", "conns.", "sweep", "load", "contenders"):
        scenarios.add_column(heading, overflow="fold")
    for scenario in experiment.scenarios.values():
        scenarios.add_row(
            scenario.name,
            scenario.method,
            f"{scenario.generator}, {scenario.loop} loop",
            str(scenario.connections),
            " ".join(map(str, scenario.sweep)),
            f"{clock(_under_load(experiment, scenario))}, "
            f"{experiment.timing_of(scenario.name).load:g} s each",
            " ".join(scenario.contenders),
        )
    _console.print(scenarios)
    order = Table(title="turns, one server at a time", title_justify="left")
    for heading in ("turn", "round", "contender", "trials, in their order"):
        order.add_column(heading)
    for number, turn in enumerate(turns, start=1):
        trials = "  ".join(f"{t.cell.scenario}:{t.cell.level}" for t in turn.trials)
        order.add_row(str(number), str(turn.round), turn.contender, trials)
    _console.print(order)


def _under_load(experiment: Experiment, scenario: Scenario) -> Seconds:
    """Return how long all trials of a scenario send, without warm-up."""
    trials = len(scenario.sweep) * len(scenario.contenders) * experiment.rounds_of(scenario.name)
    return Seconds(trials * experiment.timing_of(scenario.name).load)


def make_report(run_folder: Path | None, *, results: Path) -> None:
    """Make a run's summary, plots and page again from what it measured."""
    folder = store.RunFolder.open(run_folder or store.latest(results))
    found = analyse(folder)
    folder.write_summary(found.summary)
    report.conclude(folder, found.summary, say)
    alternatives.conclude(found, say)


def doctor(*, results: Path, runtime: str) -> int:
    """Print what is missing or would spoil figures, and the fix. Returns the exit code."""
    findings = checks.doctor(results=results, runtime=runtime)
    table = Table(show_edge=False)
    for heading in ("subject", "", "found", "what to do"):
        table.add_column(heading)
    for finding in findings:
        table.add_row(finding.subject, finding.state, finding.found, finding.remedy)
    _console.print(table)
    return MISSING if any(f.state is checks.State.MISSING for f in findings) else 0


def write_schemas(out: Path) -> None:
    """Write the JSON schemas, for those who change the classes that they are made from."""
    for name, content in schemas().items():
        (out / name).write_bytes(content)


def generate_data(
    *, clusters: int, features: int, samples: int, batch: int, seed: int, out: Path
) -> None:
    """Write a data folder.

    Raises ConfigError for a wrong count, StoreError where it cannot write.
    """
    files = generate(clusters=clusters, features=features, samples=samples, batch=batch, seed=seed)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).write_bytes(content)
    except OSError as error:
        raise StoreError(f"{out}: cannot be written: {error.strerror}") from error
    say(
        f"{out}: a model of {clusters} clusters by {features} features, {samples} requests, "
        f"100 batches of {batch}, seed {seed}"
    )


def generate_blobs(*, points: int, seed: int, out: Path) -> None:
    """Write a model of blobs. Raises ConfigError for a wrong count, StoreError on disk's."""
    content = blobs(points=points, seed=seed)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{out}: cannot be written: {error.strerror}") from error
    say(f"{out}: a model of {points} clusters, each a point of 3 blobs, seed {seed}")
