"""The run folders that there are: listed, shown, removed and exported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import clusterbench
from clusterbench.cli import options
from clusterbench.cli.output import Output
from clusterbench.errors import ConfigError
from clusterbench.local import system_tools
from clusterbench.store import catalogue
from clusterbench.store import export as exporting
from clusterbench.store.compare_folder import CompareFolder
from clusterbench.store.newest_run import holds_comparison
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from clusterbench.store.catalogue import RunEntry

_MIB = 2**20


def list_all(arguments: argparse.Namespace) -> None:
    """Print every run and every comparison, the newest first."""
    out = Output(arguments)
    entries = catalogue.list_runs(arguments.results)
    out.data({"runs": [_described(entry) for entry in entries]})
    _table(entries, out)
    if not entries:
        out.say(f"{arguments.results}: no run here yet; `run` makes one")


def show(arguments: argparse.Namespace) -> None:
    """Print what one run was: its experiment, where it ran, what repeats it."""
    path = options.find_run(arguments.run_name, arguments.results)
    of = _of_a_comparison if holds_comparison(path) else _of_a_run
    detail = {**_described(catalogue.read_entry(path)), **of(path)}
    out = Output(arguments)
    out.data(detail)
    if not out.json:
        for name, value in detail.items():
            out.end(f"{name.replace('_', ' ')}: {_text(value)}")


def _of_a_run(path: Path) -> dict[str, Any]:
    run = RunFolder.open(path).run
    return {
        "clusterbench": run.clusterbench,
        "cpu_plan": str(run.plan),
        "contenders": list(run.experiment.contenders),
        "scenarios": list(run.experiment.scenarios),
        "host": run.fingerprint.host,
        "left_out": run.left_out,
        "warnings": run.warnings,
        "commands": run.commands,
    }


def _of_a_comparison(path: Path) -> dict[str, Any]:
    record = CompareFolder.open(path).record
    return {
        "clusterbench": record.clusterbench,
        "cpu_plan": str(record.plan),
        **{str(arm): of for arm, of in record.of.items()},
        "host": record.fingerprint.host,
        "warnings": record.warnings,
        "commands": record.commands,
    }


def prune(arguments: argparse.Namespace) -> None:
    """Remove old runs, after asking."""
    out = Output(arguments)
    entries = catalogue.prunable(
        catalogue.list_runs(arguments.results),
        keep=arguments.keep,
        older_than_days=arguments.older_than,
    )
    _table(entries, out)
    sure = arguments.yes or not entries
    if not sure and not system_tools.on_terminal():
        raise ConfigError(f"runs prune: {_runs(entries)} would be removed; --yes removes them")
    if not sure and not system_tools.confirmed(f"Remove {_runs(entries)} for good?"):
        entries = ()
    for entry in entries:
        catalogue.remove(entry)
    out.data({"removed": [_described(entry) for entry in entries]})
    out.end(f"{_runs(entries)} removed")


def export(arguments: argparse.Namespace) -> None:
    """Write the tables of a run, a file each, with units in the columns' names."""
    opened = clusterbench.open(options.find_run(arguments.run_name, arguments.results))
    tables = arguments.tables or exporting.DEFAULT_TABLES
    out = Output(arguments)
    for file in exporting.write(opened, arguments.format, arguments.out, tables):
        out.end(f"written: {file}")


def _described(entry: RunEntry) -> Mapping[str, Any]:
    return {
        "id": entry.id,
        "path": str(entry.path),
        "created": str(entry.created),
        "kind": "comparison" if entry.compares else "run",
        "profile": entry.profile,
        "runtime": entry.runtime,
        "complete": entry.complete,
        "trials": entry.trials,
        "failed": entry.failed,
        "size_bytes": entry.bytes,
        "problem": entry.problem,
    }


def _table(entries: Sequence[RunEntry], out: Output) -> None:
    rows = [
        (
            entry.id,
            entry.runtime,
            f"{entry.trials} slices" if entry.compares else str(entry.trials),
            str(entry.failed),
            "cannot be read" if entry.problem else _text(entry.complete),
            f"{entry.bytes / _MIB:,.1f}",
        )
        for entry in entries
    ]
    if rows:
        out.table(("run", "runtime", "trials", "failed", "complete", "MiB"), rows)


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
