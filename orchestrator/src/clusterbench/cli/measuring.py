"""What `run`, `train` and `bench` share: from checked parts to a run folder with its report."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any

from clusterbench.bench.session import Session
from clusterbench.bench.signals import interruptible
from clusterbench.cli import assembly
from clusterbench.cli.concluding import conclude
from clusterbench.cli.parser import Place, command_line, words
from clusterbench.doctor import checks
from clusterbench.errors import ExitCode
from clusterbench.store import run_folder as store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clusterbench.bench.session import Assembly
    from clusterbench.cli.output import Output
    from clusterbench.cli.parser import Command
    from clusterbench.model.experiment import Experiment


def measure(
    parts: Assembly,
    command: Command,
    out: Output,
    *,
    runtime: str,
    results: Path,
    install: bool | None,
) -> ExitCode:
    """Measure what is left of a run, report it, and return the exit code.

    `command` is the one that repeats the run. Raises LabError where nothing could be measured.
    """
    old = parts.resumed
    say = out.say
    with interruptible(), store.lock(results):
        run_id = old.run.id if old else store.new_id(parts.experiment.profile)
        for line in (str(parts.plan), *assembly.said(parts)):
            say(line)
        try:
            where = assembly.runtime(runtime, parts, run_id=run_id, say=say, install=install)
            with where.open():
                folder, failed = Session(
                    id=run_id,
                    parts=parts,
                    where=where,
                    progress=out.progress,
                    commands=repeating(command, parts.asked, parts.experiment, runtime),
                    warnings=_noise(),
                ).run(results)
        except KeyboardInterrupt:
            kept = (
                f"what was measured is in {results / run_id}; `run --resume` finishes it, "
                "`report` shows it as it is"
            )
            begun = (results / run_id).exists()
            out.end(f"interrupted: all is stopped; {kept if begun else 'nothing had begun'}")
            return ExitCode.INTERRUPTED
        written = conclude(folder, out)
    out.data({**written, "failed": failed})
    if failed:
        out.progress.warn(f"{failed} failed; {folder.path / store.TRIALS} says why")
    return ExitCode.FAILED if failed else ExitCode.OK


def repeating(
    command: Command, asked: Mapping[str, Any], experiment: Experiment, runtime: str
) -> tuple[str, ...]:
    """Return the command lines that repeat a run, given what was asked for by name."""
    given: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in asked.items()
    }
    training: dict[str, Any] = dict(given.pop("training", None) or {})
    if levels := given.get("levels"):
        given["levels"] = tuple(levels)
    given |= {"quick": training.pop("form", None) == "quick", **training}
    if experiment.scenarios:
        given["profile"] = experiment.profile
    leaf = command_line([command], Place()).leaves[command.name]
    line = words(argparse.Namespace(command=command, leaf=leaf, **given))
    if runtime == "process":
        return (shlex.join(["./lab", line[0], "--runtime", "process", *line[1:]]),)
    inside = ["docker", "compose", "run", "--rm", "--build", "orchestrator"]
    return (shlex.join([*inside, *line]), shlex.join(["./lab", *line]))


def _noise() -> tuple[str, ...]:
    """Return what would spoil figures on this host."""
    findings = [finding for finding in checks.noise() if finding.state is checks.State.WARN]
    return tuple(f"{finding.subject}: {finding.found}; {finding.remedy}" for finding in findings)
