"""`calibrate`: measures how much a host's figures differ by themselves, and keeps that."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from clusterbench import __version__
from clusterbench.bench.signals import interruptible
from clusterbench.cli import assembly, compare_assembly
from clusterbench.cli.compare import ComparePlace, measured
from clusterbench.cli.compare_asked import USUAL, CompareAsked
from clusterbench.cli.output import Output
from clusterbench.errors import ConfigError, ExitCode
from clusterbench.measure.compare_verdicts import compared
from clusterbench.measure.host_noise import false_alarms, noise, visible
from clusterbench.measure.run_noise import run_noise
from clusterbench.model.calibration import Calibration, FalseAlarms, Noise, Visible
from clusterbench.model.compare_plan import Arm
from clusterbench.model.contender import CURRENT
from clusterbench.model.units import Seconds
from clusterbench.report import calibration_words
from clusterbench.report.render import terminal
from clusterbench.report.tables import calibration_tables
from clusterbench.store import calibrations, host_runs
from clusterbench.store import run_folder as store

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from clusterbench.cli.compare_assembly import CompareAssembly
    from clusterbench.store.compare_folder import CompareFolder

#: How long a comparison may take without options (s).
_USUAL_BUDGET = Seconds(USUAL["budget"])
#: More blocks than any budget has: the budget ends it.
_MOST_BLOCKS = 10_000


def calibrate(arguments: argparse.Namespace) -> ExitCode:
    """Compare contenders with themselves, and keep what that says of this host."""
    out = Output(arguments)
    names = arguments.contenders or _usual(arguments)
    parts = {name: _itself(name, arguments, len(names)) for name in names}
    if arguments.plan_only:
        _show(parts, out)
        return ExitCode.OK
    with interruptible(), store.lock(arguments.results):
        try:
            folders = {
                name: measured(_endless(each), ComparePlace.of(arguments, each.asked), out)
                for name, each in parts.items()
            }
        except KeyboardInterrupt:
            return ExitCode.INTERRUPTED
        found = _calibration(parts, folders, arguments)
        file = calibrations.write(arguments.results, found)
    out.data({**msgspec.to_builtins(found), "file": str(file)})
    if not out.json:
        width = shutil.get_terminal_size((120, 24)).columns
        for shown in (calibration_tables.noise(found), calibration_tables.visible(found)):
            out.end(terminal.table(shown, width))
        for line in calibration_words.alarms(found):
            out.end(line)
        out.end(f"calibration: {file}")
    return ExitCode.OK


def _usual(arguments: argparse.Namespace) -> list[str]:
    """Return the contenders that bench.toml lists first and last: the slowest and the fastest."""
    bench = assembly.read_bench(given=str(arguments.bench) if arguments.bench else None)
    plain = [
        name
        for name, each in bench.contenders.items()
        if each.service == name and each.edition == CURRENT
    ]
    if not plain:
        raise ConfigError("bench.toml has no plain contender; name one with --contender")
    return [*dict.fromkeys((plain[0], plain[-1]))]


def _itself(name: str, arguments: argparse.Namespace, number: int) -> CompareAssembly:
    """Return a usual comparison of a contender with itself, in its part of the budget."""
    wanted = CompareAsked(
        arms=dict.fromkeys(Arm, name),
        bench=arguments.bench,
        plan=arguments.plan,
        runtime=arguments.runtime,
        data=arguments.data,
        budget=Seconds(arguments.budget / number),
        seed=int(arguments.seed),
    )
    return compare_assembly.assemble(wanted)


def _endless(parts: CompareAssembly) -> CompareAssembly:
    """Return a comparison that nothing but its budget ends."""
    asked = replace(parts.compare, precision=0.0, most_blocks=_MOST_BLOCKS, fail_over=None)
    return replace(parts, compare=asked)


def _calibration(
    parts: Mapping[str, CompareAssembly],
    folders: Mapping[str, CompareFolder],
    arguments: argparse.Namespace,
) -> Calibration:
    record = next(iter(folders.values())).record
    spreads = run_noise(host_runs.cells_of_host(arguments.results, record.fingerprint))
    levels: list[Noise] = []
    least: list[Visible] = []
    alarms: list[FalseAlarms] = []
    took = 0.0
    for name, folder in folders.items():
        plan, records = parts[name].compare, folder.records()
        seconds = before.seconds if (before := folder.compared()) else 0.0
        found = compared(plan, records, seconds=seconds)
        own = [*noise(name, found, spreads)]
        levels += own
        least += visible(own, found)
        usual = replace(plan, budget=_USUAL_BUDGET)
        if (each := false_alarms(name, usual, records, found)) is not None:
            alarms.append(each)
        took += seconds
    return Calibration(
        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        clusterbench=__version__,
        digest=calibrations.digest_of(record.fingerprint),
        fingerprint=record.fingerprint,
        plan=record.plan,
        seconds=Seconds(took),
        noise=tuple(levels),
        visible=tuple(least),
        false_alarms=tuple(alarms),
    )


def _show(parts: Mapping[str, CompareAssembly], out: Output) -> None:
    """Print what would be measured; as JSON also which images are needed."""
    images: Sequence[str] = [*dict.fromkeys(i for each in parts.values() for i in each.images())]
    plans = {name: each.compare for name, each in parts.items()}
    out.data({
        "contenders": msgspec.to_builtins(plans),
        "wall_seconds": sum(each.budget for each in plans.values()),
        "images": [{"name": name, "needed": True} for name in images],
    })  # fmt: skip
    if not out.json:
        for name, plan in plans.items():
            out.end(f"{name}, compared with itself for {plan.budget / 60:.1f} min")
