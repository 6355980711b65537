"""`runs list`, `runs show` and `runs prune`: the run folders that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterbench.cli import options
from clusterbench.cli.parser import Command, Group
from clusterbench.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from clusterbench.cli.output import Output
    from clusterbench.cli.parser import Parser, Place
    from clusterbench.store.catalogue import RunEntry

_MIB = 2**20


def declare(parser: Parser, _place: Place) -> None:
    """Declare what all of them take."""
    options.results(parser)
    options.json(parser)
    options.common(parser)


def declare_show(parser: Parser, place: Place) -> None:
    """Declare the options of `runs show`."""
    options.run_argument(parser)
    declare(parser, place)


def declare_prune(parser: Parser, place: Place) -> None:
    """Declare the options of `runs prune`."""
    parser.add_argument("--keep", type=options.from_one, metavar="N", help="keep the newest N runs")
    parser.add_argument(
        "--older-than", type=options.days, metavar="DAYS", help="only runs older than this: 30d"
    )
    parser.add_argument("--yes", action="store_true", help="remove them without asking")
    declare(parser, place)


def check_prune(arguments: argparse.Namespace) -> None:
    """Check that it is said which runs go."""
    if arguments.keep is None and arguments.older_than is None:
        raise ConfigError("runs prune: say which runs go, with --keep N, --older-than 30d or both")


def run_list(arguments: argparse.Namespace) -> int:
    """Print every run, the newest first."""
    from clusterbench.cli.output import Output  # noqa: PLC0415
    from clusterbench.store.catalogue import list_runs  # noqa: PLC0415

    out = Output(arguments)
    entries = list_runs(arguments.results)
    out.data({"runs": [_described(entry) for entry in entries]})
    _table(entries, out)
    if not entries:
        out.say(f"{arguments.results}: no run here yet; `run` makes one")
    return ExitCode.OK


def run_show(arguments: argparse.Namespace) -> int:
    """Print what one run was: its experiment, where it ran, what repeats it."""
    from clusterbench.cli.output import Output  # noqa: PLC0415
    from clusterbench.store.catalogue import list_runs  # noqa: PLC0415
    from clusterbench.store.run_folder import RunFolder  # noqa: PLC0415

    path = options.find_run(arguments.run_name, arguments.results)
    run = RunFolder.open(path).run
    entry = next(e for e in list_runs(path.parent) if e.id == run.id)
    out = Output(arguments)
    detail = {
        **_described(entry),
        "clusterbench": run.clusterbench,
        "cpu_plan": str(run.plan),
        "contenders": list(run.experiment.contenders),
        "scenarios": list(run.experiment.scenarios),
        "host": run.fingerprint.host,
        "left_out": run.left_out,
        "warnings": run.warnings,
        "commands": run.commands,
    }
    out.data(detail)
    if not out.json:
        for name, value in detail.items():
            out.end(f"{name.replace('_', ' ')}: {_text(value)}")
    return ExitCode.OK


def run_prune(arguments: argparse.Namespace) -> int:
    """Remove old runs, after asking."""
    from clusterbench.cli.output import Output  # noqa: PLC0415
    from clusterbench.local.system_tools import confirmed, on_terminal  # noqa: PLC0415
    from clusterbench.store.catalogue import list_runs, prunable, remove  # noqa: PLC0415

    out = Output(arguments)
    entries = prunable(
        list_runs(arguments.results), keep=arguments.keep, older_than_days=arguments.older_than
    )
    _table(entries, out)
    sure = arguments.yes or not entries
    if not sure and not on_terminal():
        raise ConfigError(f"runs prune: {_runs(entries)} would be removed; --yes removes them")
    if not sure and not confirmed(f"Remove {_runs(entries)} for good?"):
        entries = ()
    for entry in entries:
        remove(entry)
    out.data({"removed": [_described(entry) for entry in entries]})
    out.end(f"{_runs(entries)} removed")
    return ExitCode.OK


def _described(entry: RunEntry) -> Mapping[str, Any]:
    return {
        "id": entry.id,
        "path": str(entry.path),
        "created": str(entry.created),
        "profile": entry.profile,
        "runtime": entry.runtime,
        "complete": entry.complete,
        "trials": entry.trials,
        "failed": entry.failed,
        "size_bytes": entry.bytes,
        "problem": entry.problem,
    }


def _table(entries: Sequence[RunEntry], out: Output) -> None:
    from rich.table import Table  # noqa: PLC0415

    table = Table(show_edge=False)
    for heading in ("run", "runtime", "trials", "failed", "complete", "MiB"):
        table.add_column(heading, overflow="fold")
    for entry in entries:
        size = f"{entry.bytes / _MIB:,.1f}"
        complete = "cannot be read" if entry.problem else "yes" if entry.complete else "no"
        table.add_row(entry.id, entry.runtime, str(entry.trials), str(entry.failed), complete, size)
    if entries:
        out.table(table)


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_text(each)}" for key, each in value.items()) or "none"
    if isinstance(value, list | tuple):
        several = "\n  ".join(["", *map(str, value)]) if len(value) > 1 else ""
        return several or "".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "none"


def _runs(entries: Sequence[RunEntry]) -> str:
    return f"{len(entries)} run{'s'[: len(entries) != 1]}"


LIST = Command(
    name="runs list",
    summary="list the runs, the newest first",
    group=Group.RESULTS,
    declare=declare,
    run=run_list,
)
SHOW = Command(
    name="runs show",
    summary="print what a run was, and the command that repeats it",
    words="[RUN]",
    group=Group.RESULTS,
    declare=declare_show,
    check=options.check_runs,
    run=run_show,
)
PRUNE = Command(
    name="runs prune",
    summary="remove old runs: --keep N, --older-than 30d",
    group=Group.RESULTS,
    declare=declare_prune,
    check=check_prune,
    run=run_prune,
)
