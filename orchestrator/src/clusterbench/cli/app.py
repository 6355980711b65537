"""Declares the commands. The one place where an error becomes an exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from clusterbench import __version__
from clusterbench.bench import session as running
from clusterbench.cli import benchmarks as bench
from clusterbench.cli import by_hand as byhand
from clusterbench.cli import judge as verdicts
from clusterbench.cli import show as commands
from clusterbench.cli import training_options as options
from clusterbench.config.resolve import Overrides
from clusterbench.errors import LabError

app = typer.Typer(
    name="clusterbench",
    help="Serve one K-means model from Python and from Rust, and measure what each costs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data_app = typer.Typer(help="Make data folders.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(data_app, name="data")

ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile", envvar="PROFILE", help="A profile of bench.toml.", show_default=False
    ),
]
PlanOption = Annotated[str | None, typer.Option("--plan", help="CPU plan.")]
ContenderOption = Annotated[
    list[str] | None,
    typer.Option("--contender", help="Only this contender; may be given several times."),
]
LevelsOption = Annotated[
    str | None, typer.Option("--levels", help="Levels for ghz in place of the sweeps: 64,256.")
]
RoundsOption = Annotated[int | None, typer.Option("--rounds", help="How many rounds.")]
WindowOption = Annotated[float | None, typer.Option("--window", help="Seconds of each window.")]
WarmUpOption = Annotated[
    float | None, typer.Option("--warm-up", help="Seconds of warm-up at most; 0 for none.")
]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Shuffles contenders and levels.")]
DurationOption = Annotated[
    float | None,
    typer.Option("--duration", help="Seconds of each trial that is measured as published."),
]
DataOption = Annotated[Path, typer.Option("--data", help="The data folder.")]
ResultsOption = Annotated[
    Path, typer.Option("--results", envvar="RESULTS", help="Where run folders go.")
]
RuntimeOption = Annotated[
    str,
    typer.Option(
        "--runtime", envvar="CLUSTERBENCH_RUNTIME", help="docker, or process: local processes."
    ),
]
RunArgument = Annotated[
    Path | None, typer.Argument(help="A run folder; the newest when none is given.")
]

_RESULTS = Path("results")
_DATA = Path("data")


def _overrides(
    *,
    profile: str | None,
    plan: str | None,
    contender: list[str] | None,
    levels: str | None,
    rounds: int | None,
    window: float | None,
    warm_up: float | None,
    seed: int | None,
    duration: float | None,
) -> Overrides:
    return Overrides(
        profile=profile,
        plan=plan,
        contenders=tuple(contender) if contender else None,
        levels=commands.levels(levels),
        rounds=rounds,
        window=window,
        warm_up=warm_up,
        seed=seed,
        duration=duration,
    )


@app.command()
def run(
    *,
    profile: ProfileOption = None,
    plan: PlanOption = None,
    contender: ContenderOption = None,
    levels: LevelsOption = None,
    rounds: RoundsOption = None,
    window: WindowOption = None,
    warm_up: WarmUpOption = None,
    seed: SeedOption = None,
    duration: DurationOption = None,
    data: DataOption = _DATA,
    results: ResultsOption = _RESULTS,
    runtime: RuntimeOption = "docker",
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish the newest run, or the one of --run.")
    ] = False,
    run_folder: Annotated[
        Path | None, typer.Option("--run", help="The run folder that --resume finishes.")
    ] = None,
) -> None:
    """Measure: serve each contender in turn, load it, and leave figures, plots and a page."""
    asked = _overrides(
        profile=profile,
        plan=plan,
        contender=contender,
        levels=levels,
        rounds=rounds,
        window=window,
        warm_up=warm_up,
        seed=seed,
        duration=duration,
    )
    code = running.run(
        asked,
        data=data,
        results=results,
        runtime=runtime,
        resume=resume or run_folder is not None,
        run_folder=run_folder,
    )
    raise typer.Exit(code)


@app.command()
def train(
    *,
    quick: options.Quick = False,
    points: options.Points = None,
    features: options.Features = None,
    clusters: options.Clusters = None,
    spread: options.Spread = None,
    seed: options.Seed = None,
    passes: options.Passes = None,
    group: options.Groups = None,
    contender: options.Contenders = None,
    threads: options.Threads = None,
    plan: PlanOption = None,
    results: ResultsOption = _RESULTS,
    runtime: RuntimeOption = "docker",
    show: Annotated[bool, typer.Option("--plan-only", help="Say what would run, and end.")] = False,
) -> None:
    """Train: time scikit-learn and linfa on the same data, and leave figures, plots and a page."""
    asked = Overrides(
        plan=plan,
        training=options.asked(
            quick=quick,
            points=points,
            features=features,
            clusters=clusters,
            spread=spread,
            seed=seed,
            passes=passes,
            groups=group,
            contenders=contender,
            threads=threads,
        ),
    )
    if show:
        commands.show_plan(asked, data=_DATA)
        return
    raise typer.Exit(running.run(asked, data=_DATA, results=results, runtime=runtime))


@app.command("plan")
def show_plan(
    *,
    profile: ProfileOption = None,
    plan: PlanOption = None,
    contender: ContenderOption = None,
    levels: LevelsOption = None,
    rounds: RoundsOption = None,
    window: WindowOption = None,
    warm_up: WarmUpOption = None,
    seed: SeedOption = None,
    duration: DurationOption = None,
    data: DataOption = _DATA,
) -> None:
    """Return what would run, on which CPUs, and how long it would take. Starts nothing."""
    asked = _overrides(
        profile=profile,
        plan=plan,
        contender=contender,
        levels=levels,
        rounds=rounds,
        window=window,
        warm_up=warm_up,
        seed=seed,
        duration=duration,
    )
    commands.show_plan(asked, data=data)


@app.command("bench")
def run_bench(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Comparisons: alternatives-NAME of bench.toml's profiles; all when none is named. "
            "Or `calls`: what single calls cost; or `overload [CONTENDER]...`: offered more than "
            "a server can take.",
            show_default=False,
        ),
    ] = None,
    *,
    plan: PlanOption = None,
    rounds: RoundsOption = None,
    window: WindowOption = None,
    warm_up: WarmUpOption = None,
    seed: SeedOption = None,
    data: DataOption = _DATA,
    results: ResultsOption = _RESULTS,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish the newest comparison, then the rest.")
    ] = False,
    run_folder: Annotated[
        Path | None, typer.Option("--run", help="The run folder that --resume finishes.")
    ] = None,
) -> None:
    """Compare each server with its alternatives, as local processes, in interleaved rounds."""
    asked = Overrides(plan=plan, rounds=rounds, window=window, warm_up=warm_up, seed=seed)
    code = bench.bench(
        names or [],
        asked,
        data=data,
        results=results,
        resume=resume or run_folder is not None,
        run_folder=run_folder,
    )
    raise typer.Exit(code)


@app.command()
def report(run_folder: RunArgument = None, *, results: ResultsOption = _RESULTS) -> None:
    """Make summary, plots and page of a run again, from what it measured."""
    commands.make_report(run_folder, results=results)


@app.command()
def claims(
    run_folders: Annotated[
        list[Path] | None,
        typer.Argument(help="Run folders; the newest when none is given.", show_default=False),
    ] = None,
    *,
    results: ResultsOption = _RESULTS,
) -> None:
    """Judge the published claims by what runs measured, each by whichever measured it."""
    verdicts.show(run_folders or [], results=results)


@app.command()
def doctor(*, results: ResultsOption = _RESULTS, runtime: RuntimeOption = "docker") -> None:
    """Return what is missing here or would spoil the figures, and the fix."""
    raise typer.Exit(commands.doctor(results=results, runtime=runtime))


@app.command(hidden=True)
def build() -> None:
    """Build servers and ghz for local processes: `./lab build`."""
    byhand.build_all(_tell)


@app.command(hidden=True)
def serve(
    name: str, *, data: DataOption = _DATA, port: Annotated[int, typer.Option()] = 5001
) -> None:
    """Become one server, as a local process: `./lab serve`."""
    byhand.serve_one(name, data=data, port=port, say=_tell)


def _tell(text: str) -> None:
    typer.echo(f"lab: {text}", err=True)


@app.command(hidden=True)
def schema(out: Annotated[Path, typer.Argument()] = Path("orchestrator/schema")) -> None:
    """Write the JSON schemas of what a run folder holds."""
    commands.write_schemas(out)


@data_app.command("generate")
def generate(
    *,
    clusters: Annotated[int, typer.Option(help="Centroids of the model.")] = 100,
    features: Annotated[int, typer.Option(help="Numbers in an observation.")] = 2,
    samples: Annotated[int, typer.Option(help="Requests of one observation.")] = 1000,
    batch: Annotated[int, typer.Option(help="Observations in each of 100 batches.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = _DATA,
) -> None:
    """Make a data folder: a model, and requests for it."""
    commands.generate_data(
        clusters=clusters, features=features, samples=samples, batch=batch, seed=seed, out=out
    )


@data_app.command("blobs")
def blobs(
    *,
    points: Annotated[int, typer.Option(help="Points, each a centroid.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    out: Annotated[Path, typer.Option(help="The file to write.")],
) -> None:
    """Make a model whose centroids are points of blobs: scikit-learn's, as published."""
    commands.generate_blobs(points=points, seed=seed, out=out)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> NoReturn:
    """Run the command line; an error of the lab is one message and an exit code."""
    try:
        app()
    except LabError as error:
        typer.echo(f"clusterbench: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("clusterbench: interrupted", err=True)
        sys.exit(running.INTERRUPTED)
    sys.exit(0)
