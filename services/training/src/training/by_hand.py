"""Training by hand: options in, a table out, pytest-benchmark's JSON kept beside it."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console

from clusterbench.bench.progress import Progress
from clusterbench.bench.signals import interruptible
from clusterbench.bench.training_loop import train
from clusterbench.cli.privileges import become_owner
from clusterbench.config.training_table import TrainingOverrides, pick, read
from clusterbench.errors import ConfigError, LabError, StoreError
from clusterbench.host.sysfs import read_topology
from clusterbench.measure.training_times import summarise_training
from clusterbench.model.training import TrainingRecord
from clusterbench.plan.cpu_plan import PLANS
from clusterbench.plan.cpu_plan import plan as cpu_plan
from clusterbench.runtime.process.process_trainer import ProcessTrainer
from training.printing import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.training import Training

BENCH, RESULTS = Path("/lab/bench.toml"), Path("/results")
IMAGE = "training"
FAILED, INTERRUPTED = 5, 130


def main(arguments: Sequence[str]) -> int:
    """Train as the options say. Exit code: 0, 2 for wrong options, 5 where a pass failed."""
    options = _parser().parse_args(list(arguments))
    console = Console(highlight=False, soft_wrap=True)
    try:
        with interruptible():
            become_owner(options.results)
            return _run(options, console)
    except LabError as error:
        sys.stderr.write(f"training: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(options: argparse.Namespace, console: Console) -> int:
    asked = TrainingOverrides(
        form="quick" if options.quick else "full",
        points=options.points,
        features=options.features,
        clusters=options.clusters,
        spread=options.spread,
        seed=options.seed,
        passes=options.passes,
        groups=tuple(options.group) or None,
        contenders=tuple(options.contender) or None,
        threads=tuple(options.threads) or None,
    )
    training = pick(read(options.bench), asked, "full")
    cpus = cpu_plan(options.plan, read_topology())
    folder = options.results / f"training-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    kept = _Kept(folder)
    progress = Progress(0.0, console)
    progress.say(f"{cpus.name}: training on {cpus.server}")
    try:
        failed = train(
            training,
            ProcessTrainer({IMAGE: (sys.executable, "-m", "training")}, _others(training)),
            cpus=cpus.server,
            capacity=cpus.server_capacity,
            progress=progress,
            before=TrainingRecord(),
            keep=kept.keep,
        )
    finally:
        # Also when stopped: what was measured is shown and kept.
        kept.show(training, console)
    return FAILED if failed else 0


def _others(training: Training) -> dict[str, str]:
    return {
        image: "it is an image of its own; `./lab train` runs both"
        for image in training.images
        if image != IMAGE
    }


class _Kept:
    """What was measured so far: in training.json at any time, and as a table at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._record = TrainingRecord()

    def keep(self, record: TrainingRecord) -> None:
        self._record = record
        if record.passes:
            self._write("training.json", msgspec.json.encode(record))

    def show(self, training: Training, console: Console) -> None:
        if not self._record.passes:
            console.print("nothing was measured", markup=False)
            return
        text = plain(summarise_training(training, self._record))
        self._write("table.txt", text.encode())
        console.print(f"\n{text}", markup=False)
        console.print(f"kept in {self._folder.parent.name}/{self._folder.name}", markup=False)

    def _write(self, name: str, content: bytes) -> None:
        file = self._folder / name
        temporary = file.with_name(f".{name}.part")
        try:
            self._folder.mkdir(exist_ok=True)
            temporary.write_bytes(content)
            temporary.replace(file)
        except OSError as error:
            raise StoreError(f"{file}: {error.strerror}") from error


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        sys.stderr.write(f"training: {message}; --help lists the options\n")
        sys.exit(ConfigError.exit_code)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="training",
        allow_abbrev=False,
        description="Times how long K-means takes to train in scikit-learn and in linfa."
        " What is not given is as bench.toml says.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer passes and sizes")
    for name, what in {
        "points": "observations",
        "features": "numbers in each",
        "clusters": "blobs, and clusters",
        "seed": "of data, starts and order",
        "passes": "how often all is run",
    }.items():
        parser.add_argument(f"--{name}", type=int, help=what)
    parser.add_argument("--spread", type=float, help="the blobs' standard deviation")
    for name, what in {
        "group": "only this group",
        "contender": "only this contender",
        "threads": "one, or all of the CPU set",
    }.items():
        parser.add_argument(f"--{name}", action="append", default=[], help=f"{what}; repeatable")
    parser.add_argument("--plan", choices=PLANS, default=PLANS[0], help="CPU plan")
    parser.add_argument("--bench", type=Path, default=BENCH, help=argparse.SUPPRESS)
    results = Path(os.environ.get("RESULTS") or RESULTS)
    parser.add_argument("--results", type=Path, default=results, help="where results go")
    return parser
