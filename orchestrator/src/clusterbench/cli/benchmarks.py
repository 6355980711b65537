"""What `./lab bench` runs: comparisons of alternatives, single calls, or overload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.bench import call_timing as calls
from clusterbench.bench import comparisons as alternatives
from clusterbench.bench import overload_run as overload
from clusterbench.bench import session as running
from clusterbench.cli.show import say
from clusterbench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clusterbench.config.resolve import Overrides


def bench(
    names: Sequence[str],
    asked: Overrides,
    *,
    data: Path,
    results: Path,
    resume: bool,
    run_folder: Path | None,
) -> int:
    """Run what is named. Returns the exit code; raises LabError where nothing can be measured."""
    what, *rest = names or ["alternatives"]
    if what in {"calls", "overload"}:
        if resume:
            raise ConfigError(f"./lab bench {what} keeps no run to resume; start it again")
        if what == "calls":
            return calls.run(rest, asked, results=results, say=say)
        return overload.run(rest, asked, data=data, results=results)

    def run(this: Overrides, folder: Path | None) -> int:
        return running.run(
            this,
            data=data,
            results=results,
            runtime="process",
            resume=folder is not None,
            run_folder=folder,
        )

    found = alternatives.newest(results, run_folder) if resume else alternatives.Resume()
    return alternatives.compare(names, asked, data=data, resume=found, run=run, say=say)
