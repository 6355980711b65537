"""Published claims judged by one run, or by several of one host."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, RunRefused
from clusterbench.measure.claim_evidence import Judged
from clusterbench.measure.judge_claims import judge
from clusterbench.report.render import terminal
from clusterbench.report.tables import claims_table as shown
from clusterbench.store.analysis import analyse
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clusterbench.cli.output import Output
    from clusterbench.model.claims import InForce
    from clusterbench.model.records import RunRecord


def show(paths: Sequence[Path], out: Output) -> None:
    """Print the claims table of these run folders.

    Raises RunRefused where they ran on different hosts, ConfigError where none kept its claims.
    """
    folders = [RunFolder.open(path) for path in paths]
    runs = [folder.run for folder in folders]
    check_hosts(runs)
    claims = in_force(runs)
    warnings = differences(runs)
    for warning in warnings:
        out.progress.warn(warning)
    judged = [Judged(folder.run, analyse(folder).summary) for folder in folders]
    found = judge(claims.claims, judged)
    out.data(
        {
            "runs": [run.id for run in runs],
            "warnings": warnings,
            "claims": found,
        }
    )
    if out.json:
        return
    for run in runs:
        out.say(f"{run.id}: profile {run.experiment.profile}, {run.runtime}; {run.plan}")
    out.say(terminal.claims(found, shutil.get_terminal_size((120, 24)).columns))
    out.end(f"\n{shown.tally(found)}. {shown.NOTE}")


def in_force(runs: Sequence[RunRecord]) -> InForce:
    """Return the claims that the runs are judged by: the first's that kept any."""
    kept = next((run.claims for run in runs if run.claims.claims), None)
    if kept is None:
        raise ConfigError(
            f"{', '.join(run.id for run in runs)}: no claims were in force; a run of this version "
            "keeps those of claims.toml"
        )
    return kept


def check_hosts(runs: Sequence[RunRecord]) -> None:
    """Refuse runs of different hosts: their figures say nothing of each other."""
    first, *others = runs
    for other in others:
        was, now = first.fingerprint.host, other.fingerprint.host
        found = [key for key in dict.fromkeys([*was, *now]) if was.get(key) != now.get(key)]
        if found:
            said = "; ".join(f"{key}: {was.get(key)} and {now.get(key)}" for key in found)
            raise RunRefused(
                f"{first.id} and {other.id} ran on different hosts ({said}); judge each alone"
            )


def differences(runs: Sequence[RunRecord]) -> list[str]:
    """Return where runs of one host differ in what their figures depend on."""
    first, *others = runs
    said = []
    for other in others:
        if first.runtime != other.runtime:
            said.append(f"{first.id} ran as {first.runtime}, {other.id} as {other.runtime}")
        was, now = first.fingerprint, other.fingerprint
        changed = [
            name
            for name in was.software
            if name in now.software
            and (was.software[name], was.images.get(name))
            != (now.software[name], now.images.get(name))
        ]
        if changed:
            names = ", ".join(changed)
            said.append(f"{first.id} and {other.id} ran other builds of {names}")
        if other.claims.claims and other.claims != first.claims:
            said.append(f"{other.id} had other claims in force than {first.id}")
    return said
