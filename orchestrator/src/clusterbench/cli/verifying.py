"""Holds one server to the contract: `verify NAME`, `verify image:REFERENCE`, `verify HOST:PORT`."""

from __future__ import annotations

import dataclasses
import os
import textwrap
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.bench.signals import interruptible
from clusterbench.cli import assembly
from clusterbench.cli.output import Output
from clusterbench.cli.verify_target import Target, parse_target
from clusterbench.config import compose_file as compose
from clusterbench.config.data_folder import read_data, with_model
from clusterbench.errors import ConfigError, ExitCode, HostError, one_of
from clusterbench.model.contender import WORKERS, Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.model.execution import Address
from clusterbench.model.numbers import plural
from clusterbench.model.units import Seconds
from clusterbench.runtime.attached import AttachedServer
from clusterbench.verify.checked_server import CheckedServer
from clusterbench.verify.contract import CONTRACT, verdicts
from clusterbench.verify.point import PointState

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from clusterbench.config.compose_file import Service
    from clusterbench.model.data import DataFolder
    from clusterbench.runtime.port import Runtime
    from clusterbench.verify.point import PointVerdict

_WIDTH, _STATES, _NAMES = 80, 13, 32


def verify(arguments: argparse.Namespace) -> ExitCode:
    """Hold a server to each point of the contract, and print the verdicts; 1 where one fails."""
    out, target = Output(arguments), parse_target(arguments.target)
    services = compose.read_services(assembly.COMPOSE)
    given = str(arguments.bench.absolute()) if arguments.bench else None
    bench = assembly.read_bench(services, given)
    contender = None if target.address else _contender(target, bench.contenders)
    if arguments.plan_only:
        _show_points(out, contender, services)
        return ExitCode.OK
    folder = read_data(arguments.data)
    data = with_model(folder, Path(contender.model)) if contender and contender.model else folder
    deadline = Seconds(bench.defaults.start_deadline)
    with interruptible():
        if target.address:
            server = AttachedServer(Address(*target.address), "its log is not seen from here")
            subject = CheckedServer(
                lambda: nullcontext(server), data, ours=False, deadline=deadline
            )
            return _check(out, arguments.target, "attached", subject)
        assert contender is not None  # noqa: S101 - for the type checker
        where = _runtime(arguments.runtime, contender, services, data, out)
        if reason := where.skip(contender):
            raise HostError(f"{contender.name} cannot run here: {reason}")
        with where.open():
            subject = CheckedServer(
                lambda: where.server(contender, CpuSet()),
                data,
                noop=contender.noop,
                deadline=deadline,
            )
            return _check(out, arguments.target, where.name, subject)


def _contender(target: Target, known: Mapping[str, Contender]) -> Contender:
    """Return what is to be started. Raises ConfigError for a name that bench.toml does not have."""
    if target.image:
        return Contender(name="image", image=target.image)
    if target.name not in known:
        raise ConfigError(
            f"verify {target.name}: {one_of(target.name, known)}; it also takes image:REFERENCE "
            "and HOST:PORT"
        )
    contender = known[target.name]
    if not contender.per_core:
        return contender
    environment = {**contender.environment, WORKERS: str(os.cpu_count() or 1)}
    return dataclasses.replace(contender, environment=environment)


def _runtime(
    name: str,
    contender: Contender,
    services: Mapping[str, Service],
    data: DataFolder,
    out: Output,
) -> Runtime:
    """Return the runtime of that name; for processes, build the server first where it changed."""
    if name == "docker":
        wanted = assembly.images_of(services, {contender.service, compose.GENERATOR})
        return assembly.containers(services, data, {}, run_id="verify", wanted=wanted, say=out.say)
    if contender.service:
        compose.require_sources(services, "--runtime process")
    from clusterbench.local.build import build  # noqa: PLC0415
    from clusterbench.runtime.process.process_runtime import ProcessRuntime  # noqa: PLC0415

    root = assembly.COMPOSE.resolve().parent
    own = {name: each for name, each in services.items() if name == contender.service}
    variants = {contender.build} if contender.build and contender.variant else set()
    built = build(own, root, out.say, variants=variants, generators=())
    return ProcessRuntime(
        services=services, data=data, root=root, built=built, project=assembly.project()
    )


# ---------------------------------------------------------------------------- what is printed


def _check(out: Output, name: str, runtime: str, subject: CheckedServer) -> ExitCode:
    """Check each point, print each verdict as it comes, and return the exit code."""
    out.say(f"{name} ({runtime}): {len(CONTRACT)} points of docs/add-a-contender.md")
    found = []
    with subject:
        for verdict in verdicts(subject):
            found.append(verdict)
            tell = out.say if verdict.state is PointState.OK else out.end
            for line in lines_of(verdict):
                tell(line)
    counts = {state: sum(each.state is state for each in found) for state in PointState}
    out.end(", ".join(f"{number} {state}" for state, number in counts.items() if number))
    failed = counts[PointState.FAILS]
    kept = not failed
    out.end(
        f"{name} keeps the contract"
        if kept
        else f"{name} does not keep the contract: {plural(failed, 'required point')} above"
    )
    out.data({"server": name, "runtime": runtime, "keeps_contract": kept, "points": found})
    return ExitCode.OK if kept else ExitCode.ERROR


def lines_of(verdict: PointVerdict) -> Iterator[str]:
    """Write a verdict in lines of 80 columns: what was seen, else also what to do."""
    head = f"{verdict.state:{_STATES}}{verdict.point:{_NAMES}} "
    first, *more = verdict.seen.splitlines() or [""]
    yield from _wrapped(first, head)
    for line in more:
        yield f"{'':{_STATES}}{line}"
    if verdict.state in {PointState.FAILS, PointState.LACKS}:
        yield from _wrapped(verdict.expected, f"{'':{_STATES}}expected: ")
        yield from _wrapped(verdict.remedy, f"{'':{_STATES}}to do:    ")


def _wrapped(text: str, head: str) -> Sequence[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    ) or [head.rstrip()]


def _show_points(out: Output, contender: Contender | None, services: Mapping[str, Service]) -> None:
    """Print the points; as JSON also the images that are built for the contender first."""
    rows = [(each.name, "must" if each.required else "should", each.expected) for each in CONTRACT]
    out.table(("point", "", "what is expected"), rows)
    wanted = {contender.service, compose.GENERATOR} if contender else set()
    out.data(
        {
            "points": [
                {"point": name, "required": how == "must", "expected": what}
                for name, how, what in rows
            ],
            "images": [
                {"name": name, "needed": needed}
                for name, needed in assembly.images_of(services, wanted).items()
            ],
        }
    )
