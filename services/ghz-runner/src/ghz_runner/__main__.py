"""Entry point: environment in, table out."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from clusterbench.cli.privileges import become_owner
from clusterbench.config.data_folder import read_data
from clusterbench.errors import LabError, MeasureError, StoreError
from clusterbench.model.execution import Address
from clusterbench.model.experiment import Seconds
from ghz_runner.health import wait_until_serving
from ghz_runner.settings import PORT, Settings
from ghz_runner.signals import Stopped, stopping
from ghz_runner.sweep import Row, Say, Sweep
from ghz_runner.table import head, notes, table

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA, RESULTS = Path("/data"), Path("/results")

#: How long a server may take to start.
DEADLINE = Seconds(60.0)
#: Around each level: the generator's start and end, and reading what it left.
_AROUND = 1.0


def main() -> None:
    """Run the sweep. Exit code: 0, 2 for wrong settings, 5 where a level failed."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        with stopping():
            code = run(os.environ, data=DATA, results=RESULTS, console=console)
    except Stopped as error:
        code = _tell(error, error.exit_code)
    except LabError as error:
        code = _tell(error, error.exit_code)
    sys.exit(code)


def _tell(error: Exception, code: int) -> int:
    sys.stderr.write(f"ghz-runner: {error}\n")
    return code


def run(environment: Mapping[str, str], *, data: Path, results: Path, console: Console) -> int:
    """Read the settings, climb the sweep, print and keep the table; return the exit code."""
    settings = Settings.read(environment)
    become_owner(results)
    folder = read_data(data)
    console.print(head(settings), style="bold", markup=False)

    def say(line: str) -> None:
        console.print(line, markup=False)

    wait_until_serving(Address(settings.target, PORT), DEADLINE, say)
    rows: list[Row] = []
    try:
        kept = _folder(results, settings)
        try:
            with Sweep(settings, folder, kept, say) as sweep:
                _climb(sweep, settings, rows, say)
        finally:
            # Also when stopped: what was measured is shown and kept.
            _show(settings, rows, kept, console)
    except OSError as error:
        raise StoreError(f"{error.filename or results}: {error.strerror}") from error
    return MeasureError.exit_code if any(row.reason for row in rows) else 0


def _climb(sweep: Sweep, settings: Settings, rows: list[Row], say: Say) -> None:
    each = settings.duration + _AROUND
    for done, level in enumerate(settings.levels):
        after = (len(settings.levels) - done - 1) * each

        def left(age: Seconds, after: float = after) -> Seconds:
            return Seconds(after + max(each - age, 0.0))

        say(
            f"level {done + 1} of {len(settings.levels)}: concurrency {level}, "
            f"about {left(Seconds(0.0)):.0f} s left in all"
        )
        row = sweep.run(level, left)
        rows.append(row)
        if row.reason:
            say(f"concurrency {level} failed: {row.reason}")


def _folder(results: Path, settings: Settings) -> Path:
    """Make this run's folder: its start (UTC) and its target."""
    now = dt.datetime.now(dt.UTC)
    folder = results / f"ghz-runner-{now:%Y%m%dT%H%M%SZ}-{settings.target}"
    folder.mkdir()
    return folder


def _show(settings: Settings, rows: list[Row], kept: Path, console: Console) -> None:
    if not rows:
        if not any(kept.iterdir()):
            kept.rmdir()
        console.print("nothing was measured", markup=False)
        return
    text = "\n".join([head(settings), "", table(rows), "", *notes(settings, rows)])
    (kept / "table.txt").write_text(f"{text.rstrip()}\n")
    console.print(f"\n{text.rstrip()}\n", markup=False)
    console.print(f"kept in {kept.parent.name}/{kept.name}", markup=False)


if __name__ == "__main__":
    main()
