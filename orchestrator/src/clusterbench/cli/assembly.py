"""Puts the parts of a run together: the files of this folder, and a runtime by its name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.config import bench_file as benchfile
from clusterbench.config import claims_file as judging
from clusterbench.config import compose_file as compose
from clusterbench.config import resolve as config
from clusterbench.config.compose_file import Service
from clusterbench.config.data_folder import read_data, with_model
from clusterbench.errors import ConfigError, one_of
from clusterbench.host.sysfs import read_topology
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.model.claims import InForce
from clusterbench.model.cpus import CpuPlan
from clusterbench.model.data import MODEL, DataFolder
from clusterbench.model.experiment import Experiment
from clusterbench.model.numbers import reasons
from clusterbench.plan import per_core as percore
from clusterbench.plan.cpu_plan import plan as cpu_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clusterbench.config.resolve import Overrides
    from clusterbench.load.generator import LoadGenerator
    from clusterbench.runtime.port import WholeRuntime

#: The files that every command reads, in the folder where it is called.
COMPOSE, BENCH = Path("compose.yaml"), Path("bench.toml")
#: The published claims and figures.
CLAIMS, PUBLISHED = Path("claims.toml"), Path("data/published/summaries.csv")
RUNTIMES = ("docker", "process")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """What was asked for, resolved against this folder and this host.

    `models` are the requests with the model of those contenders that have one of their own.
    `left_out` says why the CPU plan has no room for a contender, `notes` what it made of the load.
    """

    experiment: Experiment
    plan: CpuPlan
    data: DataFolder
    services: Mapping[str, Service]
    models: Mapping[str, DataFolder]
    claims: InForce
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[str, ...]:
        """Return what to say of the plan's effects, a line each."""
        return (*(f"left out: {line}" for line in reasons(self.left_out)), *self.notes)


def read(asked: Overrides, data: Path) -> Assembly:
    """Read the lab's files and the data folder, and lay the CPU plan on this host.

    Raises ConfigError naming what is wrong.
    """
    services = compose.read_services(COMPOSE)
    folder = read_data(data)
    chosen = profiles(services)
    experiment = chosen.experiment(folder.describe(), asked)
    plan = cpu_plan(experiment.plan, read_topology())
    fitted = percore.resolve(experiment, plan, asked.contenders or ())
    models = {
        name: with_model(folder, Path(contender.model))
        for name, contender in fitted.experiment.contenders.items()
        if contender.model
    }
    return Assembly(
        experiment=_with_digests(fitted.experiment, models),
        plan=plan,
        data=folder,
        services=services,
        models=models,
        claims=judging.read(CLAIMS, PUBLISHED, chosen),
        left_out=fitted.left_out,
        notes=fitted.notes,
    )


def profiles(services: Mapping[str, Service] | None = None) -> config.BenchFile:
    """Read bench.toml: what there is to choose from."""
    return benchfile.read(BENCH, services or compose.read_services(COMPOSE))


def _with_digests(experiment: Experiment, models: Mapping[str, DataFolder]) -> Experiment:
    """Keep the contenders' own models among what the data's digests name."""
    own = {
        str(experiment.contenders[name].model): data.describe().digest[MODEL]
        for name, data in models.items()
    }
    described = replace(experiment.data, digest={**experiment.data.digest, **own})
    return replace(experiment, data=described)


def runtime(name: str, *, bench: Assembly, run_id: str, say: Callable[[str], None]) -> WholeRuntime:
    """Return the runtime of that name; for processes, build first what they need.

    Raises ConfigError for another name, HostError where this host lacks what it takes.
    """
    project = _project()
    # Imported here: a host without an engine has no need of its client, nor the other way round.
    if name == "docker":
        from clusterbench.runtime.docker.docker_runtime import DockerRuntime  # noqa: PLC0415

        return DockerRuntime(
            services=bench.services,
            data=bench.data,
            project=project,
            run_id=run_id,
            models=bench.models,
        )
    if name == "process":
        from clusterbench.local.build import build  # noqa: PLC0415
        from clusterbench.runtime.process.process_runtime import ProcessRuntime  # noqa: PLC0415

        root = COMPOSE.resolve().parent
        contenders = bench.experiment.contenders.values()
        trained = bench.experiment.training.images if bench.experiment.training else ()
        wanted = {*(c.service for c in contenders), *trained}
        services = {n: s for n, s in bench.services.items() if n in wanted}
        variants = {c.build for c in contenders if c.build and c.variant}
        return ProcessRuntime(
            services=bench.services,
            data=bench.data.path,
            root=root,
            built=build(
                services, root, say, variants=variants, ghz=bool(bench.experiment.scenarios)
            ),
            project=project,
            start_deadline=bench.experiment.start_deadline,
            models={
                name: Path(contender.model)
                for name, contender in bench.experiment.contenders.items()
                if contender.model
            },
        )
    raise ConfigError(f"--runtime {name}: {one_of(name, RUNTIMES)}")


def generators(names: Iterable[str]) -> Mapping[str, LoadGenerator]:
    """Return the load generators of these names."""
    return {name: GENERATORS[name] for name in names}


def _project() -> str:
    """Name the project whose containers and locks these are."""
    return os.environ.get("COMPOSE_PROJECT_NAME") or "clusterbench"
