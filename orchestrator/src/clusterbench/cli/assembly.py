"""Puts the parts of a run together: the lab's files, this host, and a runtime by its name."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterbench.bench.session import Assembly
from clusterbench.cli.options import DATA, find_run
from clusterbench.config import bench_file, claims_file
from clusterbench.config import compose_file as compose
from clusterbench.config.data_folder import read_data, with_model
from clusterbench.config.generated_models import generated
from clusterbench.config.resolve import Overrides
from clusterbench.errors import ConfigError
from clusterbench.host.own_cgroup import own_quota
from clusterbench.host.sysfs import read_topology
from clusterbench.local import system_tools
from clusterbench.model.data import MODEL, DataFolder
from clusterbench.model.numbers import reasons
from clusterbench.own_files import kept
from clusterbench.plan import per_core
from clusterbench.plan.cpu_plan import plan as cpu_plan
from clusterbench.plan.within_quota import within
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Collection, Mapping

    from clusterbench.config.compose_file import Service
    from clusterbench.config.resolve import BenchFile
    from clusterbench.model.cpus import CpuPlan
    from clusterbench.model.experiment import Experiment
    from clusterbench.runtime.port import WholeRuntime

#: The files that every command reads, in the folder where it is called.
COMPOSE, BENCH = Path("compose.yaml"), Path("bench.toml")
#: The published claims and figures.
CLAIMS, PUBLISHED = Path("claims.toml"), Path("data/published/summaries.csv")


def assemble(
    asked: Overrides, data: Path, resumed: RunFolder | None = None, *, runtime: str | None = None
) -> Assembly:
    """Read and check the lab's files and the data folder, and lay the CPU plan on this host.

    A run to go on with adds what its command line asked for. Nothing is started or written.
    Raises ConfigError naming what is wrong.
    """
    if resumed:
        asked = asked.after(resumed.run.asked)
    services = compose.read_services(COMPOSE)
    if runtime == "process":
        compose.require_sources(services, "local processes (--runtime process, bench)")
    folder = read_data(data)
    bench = read_bench(services, asked.bench)
    experiment = bench.experiment(folder.describe(), asked)
    plan = laid(experiment.plan, runtime)
    fitted = per_core.resolve(experiment, plan, asked.contenders or ())
    models = _models(fitted.experiment, folder)
    return Assembly(
        experiment=_with_digests(fitted.experiment, models),
        plan=plan,
        data=folder,
        models=models,
        claims=claims_file.read(CLAIMS, PUBLISHED, bench),
        left_out=fitted.left_out,
        notes=fitted.notes,
        asked=asked.given(),
        services=services,
        resumed=resumed,
    )


def laid(name: str, runtime: str | None) -> CpuPlan:
    """Lay a CPU plan on this host.

    As local processes both sides share a CPU quota over this process, and the plan fits it.
    """
    plan = cpu_plan(name, read_topology())
    return within(plan, own_quota()) if runtime == "process" else plan


def _models(experiment: Experiment, folder: DataFolder) -> Mapping[str, DataFolder]:
    """Return the data of those contenders that have a model of their own, or a generated one.

    Raises ConfigError where a data folder was given though all models are generated.
    """
    if experiment.sizes and folder.path.resolve() != DATA.resolve():
        raise ConfigError(
            f"--data {folder.path}: profile {experiment.profile} generates its models and its "
            "requests; leave it out, or choose another profile"
        )
    rows = max((each.observations or 1 for each in experiment.scenarios.values()), default=1)
    contenders = experiment.contenders.values()
    made = {
        size: generated(size, rows=rows, seed=experiment.seed)
        for size in dict.fromkeys(each.size for each in contenders)
        if size is not None
    }
    return {
        each.name: made[each.size] if each.size else with_model(folder, Path(each.model or ""))
        for each in contenders
        if each.size or each.model
    }


def asked(arguments: argparse.Namespace) -> Overrides:
    """Return what a command line changes in a profile."""
    names = {each.name for each in fields(Overrides)} & {*vars(arguments)}
    given: dict[str, Any] = {name: getattr(arguments, name) for name in names}
    lists = {name: tuple(each) or None for name, each in given.items() if isinstance(each, list)}
    file = getattr(arguments, "bench", None)
    return Overrides(**{**given, **lists, "bench": str(file.absolute()) if file else None})


def assemble_asked(
    arguments: argparse.Namespace,
    runtime: str,
    **changes: Any,  # noqa: ANN401 - fields of Overrides
) -> Assembly:
    """Assemble what a command line asks for, but for `changes`; see `assemble`."""
    return assemble(
        replace(asked(arguments), **changes), arguments.data, resumed(arguments), runtime=runtime
    )


def resumed(arguments: argparse.Namespace) -> RunFolder | None:
    """Open the run that is to be finished, if any."""
    if not arguments.resume and arguments.run_folder is None:
        return None
    return RunFolder.open(find_run(arguments.run_folder, arguments.results))


def read_bench(
    services: Mapping[str, Service] | None = None, given: str | None = None
) -> BenchFile:
    """Read bench.toml, or what was given in its place: what there is to choose from."""
    return bench_file.read(Path(given or BENCH), services or compose.read_services(COMPOSE))


def images(parts: Assembly) -> Mapping[str, bool]:
    """Return the entries of compose.yaml that build a run's images, and whether it needs each.

    Without one that is optional, the run leaves its service out.
    """
    experiment = parts.experiment
    wanted = {contender.service for contender in experiment.contenders.values()}
    if experiment.scenarios:
        wanted.add(compose.GENERATOR)
    if experiment.training:
        wanted.update(experiment.training.images)
    return images_of(parts.services, wanted)


def images_of(
    services: Mapping[str, Service], wanted: Collection[str | None]
) -> Mapping[str, bool]:
    """Return the entries that build the images of these services; see `images`."""
    return {
        name: not entry.optional
        for name, entry in services.items()
        if entry.of is not None and entry.of in wanted
    }


def services_there() -> Mapping[str, Service] | None:
    """Return the services of compose.yaml; None where it cannot be read."""
    try:
        return compose.read_services(COMPOSE)
    except ConfigError:
        return None


def said(parts: Assembly) -> list[str]:
    """Return what to say of the CPU plan's effects, a line each."""
    return [*(f"left out: {line}" for line in reasons(parts.left_out)), *parts.notes]


def runtime(
    name: str,
    parts: Assembly,
    *,
    run_id: str,
    say: Callable[[str], None],
    install: bool | None = None,
) -> WholeRuntime:
    """Return the runtime of that name; for processes, provide and build first what they need.

    Raises HostError where this host lacks what it takes.
    """
    if name == "docker":
        return containers(
            parts.services, parts.data, parts.models,
            run_id=run_id, wanted=_pulled(parts), say=say,
        )  # fmt: skip
    return _processes(parts, say=say, install=install)


def containers(
    services: Mapping[str, Service],
    data: DataFolder,
    models: Mapping[str, DataFolder],
    *,
    run_id: str,
    wanted: Mapping[str, bool],
    say: Callable[[str], None],
) -> WholeRuntime:
    """Return the runtime of an engine, which has all images of the `wanted` entries that it needs.

    Those that no sources are here for are pulled. Raises HostError without an engine, or an image.
    """
    # Imported here: a host without an engine has no need of its client, nor the other way round.
    from clusterbench.runtime.docker import pulling  # noqa: PLC0415
    from clusterbench.runtime.docker.connection import connect  # noqa: PLC0415
    from clusterbench.runtime.docker.docker_runtime import DockerRuntime  # noqa: PLC0415

    client = connect()
    pulling.provide(client, services, wanted, say)
    return DockerRuntime(
        services=services,
        data=data,
        project=project(),
        run_id=run_id,
        client=client,
        models=models,
    )


def _pulled(parts: Assembly) -> Mapping[str, bool]:
    """Return what a run's images are, with that of its profilers, which it can do without."""
    experiment, wanted = parts.experiment, dict(images(parts))
    if experiment.profiler or experiment.counters:
        services = compose.with_role(parts.services, compose.Role.ORCHESTRATOR)
        wanted |= dict.fromkeys(images_of(parts.services, services), False)
    return wanted


def _processes(
    parts: Assembly, *, say: Callable[[str], None], install: bool | None
) -> WholeRuntime:
    from clusterbench.local.build import build  # noqa: PLC0415
    from clusterbench.runtime.process.process_runtime import ProcessRuntime  # noqa: PLC0415

    root = COMPOSE.resolve().parent
    contenders = parts.experiment.contenders
    provide([*parts.experiment.generators, "cc", "browser"], install=install, say=say)
    trained = parts.experiment.training.images if parts.experiment.training else ()
    wanted = {*(contender.service for contender in contenders.values()), *trained}
    services = {name: each for name, each in parts.services.items() if name in wanted}
    variants = {c.build for c in contenders.values() if c.build and c.variant}
    return ProcessRuntime(
        services=parts.services,
        data=parts.data,
        root=root,
        built=build(services, root, say, variants=variants, generators=parts.experiment.generators),
        project=project(),
        start_deadline=parts.experiment.start_deadline,
        models=parts.models,
    )


def provide(parts: list[str], *, install: bool | None, say: Callable[[str], None]) -> None:
    """Provide the system's parts of a run, as far as that is allowed."""
    log = kept(COMPOSE.resolve().parent) / "logs" / "install.log"
    system_tools.provide(parts, install=install, log=log, say=say)


def _with_digests(experiment: Experiment, models: Mapping[str, DataFolder]) -> Experiment:
    """Keep the contenders' own models among what the data's digests name."""
    own: dict[str, str] = {}
    for name, data in models.items():
        contender = experiment.contenders[name]
        if contender.size is None:
            own[str(contender.model)] = data.digest[MODEL]
        else:
            own |= {f"{contender.size.name} {what}": each for what, each in data.digest.items()}
    described = replace(experiment.data, digest={**experiment.data.digest, **own})
    return replace(experiment, data=described)


def project() -> str:
    """Name the project whose containers and locks these are."""
    return os.environ.get("COMPOSE_PROJECT_NAME") or "clusterbench"
