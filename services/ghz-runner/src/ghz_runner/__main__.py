"""Entry point: environment in, a run folder and the lab's table out."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from clusterbench.bench.progress import Progress
from clusterbench.bench.signals import interruptible
from clusterbench.bench.turns import Runner
from clusterbench.cli.app import guarded
from clusterbench.cli.privileges import become_owner
from clusterbench.config.data_folder import read_data
from clusterbench.errors import LabError, MeasureError
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.model.execution import Address
from clusterbench.plan.schedule import duration
from clusterbench.report.render.terminal import plain
from clusterbench.runtime.attached import AttachedRuntime
from clusterbench.store import run_folder as store
from clusterbench.store.analysis import analyse
from ghz_runner.settings import read_settings, unread
from ghz_runner.sweep import NAME, run_record, turn

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA, RESULTS = Path("/data"), Path("/results")
#: The published port: every server of compose.yaml listens here.
PORT = 5001


def main() -> None:
    """Run the sweep. Exit code: 0, 2 for wrong settings, 5 where a level failed."""
    sys.exit(guarded(_run_here))


def _run_here() -> int:
    console = Console(highlight=False, soft_wrap=True)
    try:
        with interruptible():
            return run(os.environ, data=DATA, results=RESULTS, console=console)
    except KeyboardInterrupt as stopped:
        number = signal.Signals(stopped.args[0] if stopped.args else signal.SIGINT)
        sys.stderr.write(f"{NAME}: stopped by {number.name}\n")
        return 128 + number
    except LabError as error:
        sys.stderr.write(f"{NAME}: {error}\n")
        return error.exit_code


def run(environment: Mapping[str, str], *, data: Path, results: Path, console: Console) -> int:
    """Load the target level by level, keep and show what was measured; return the exit code."""
    settings = read_settings(environment)
    become_owner(results)
    requests = read_data(data)
    progress = Progress(0.0, console)
    if found := unread(environment):
        progress.warn(found)
    with store.lock(results):
        run_id = store.new_id(f"{NAME}-{settings.target}")
        runtime = AttachedRuntime(
            Address(settings.target, PORT),
            log=f"its log: docker compose logs {settings.target}",
            scratch=results / run_id / ".work",
        )
        record = run_record(run_id, settings, requests, runtime)
        folder = store.RunFolder.create(results, record, progress.warn)
        turns = [turn(settings)]
        progress.expect(duration(record.experiment, turns).wall)
        try:
            with runtime.open():
                failed = Runner(
                    folder=folder,
                    runtime=runtime,
                    data=requests,
                    generators={
                        settings.scenario.generator: GENERATORS[settings.scenario.generator]
                    },
                    progress=progress,
                ).run(turns)
        finally:
            # Also when stopped: what was measured is shown and kept.
            _show(folder, progress)
    return MeasureError.exit_code if failed else 0


def _show(folder: store.RunFolder, progress: Progress) -> None:
    if not folder.records():
        progress.say("nothing was measured")
        return
    width = shutil.get_terminal_size((120, 24)).columns
    progress.say(f"\n{plain(folder.run, analyse(folder).summary, width)}\n")
    progress.say(f"kept in {folder.path.parent.name}/{folder.path.name}")


if __name__ == "__main__":
    main()
