"""Puts the parts of a comparison together: both contenders, what builds them, and a runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.cli import assembly
from clusterbench.config import arms
from clusterbench.config import compose_file as compose
from clusterbench.config.arms import Asked
from clusterbench.config.compose_file import Service
from clusterbench.config.data_folder import read_data, with_model
from clusterbench.errors import ConfigError, LabError, NotCompared, one_of
from clusterbench.local import revisions
from clusterbench.model.compare_plan import Arm, ComparePlan
from clusterbench.model.cpus import CpuPlan
from clusterbench.model.data import DataFolder
from clusterbench.model.units import Seconds
from clusterbench.plan import per_core
from clusterbench.runtime.process.built import Built

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.cli.compare_asked import CompareAsked
    from clusterbench.model.contender import Contender
    from clusterbench.runtime.port import WholeRuntime

#: What loads both arms.
GENERATOR = "grpc-load"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareAssembly:
    """What a comparison was asked to do, resolved against the lab's files and this host.

    `services` are those of compose.yaml, and of each revision that an arm is of; `models` the data
    of contenders that have a model of their own.
    """

    compare: ComparePlan
    asked: Mapping[Arm, Asked]
    plan: CpuPlan
    data: DataFolder
    models: Mapping[str, DataFolder]
    services: Mapping[str, Service]
    start_deadline: Seconds

    @property
    def of(self) -> Mapping[Arm, str]:
        """Return what each arm is, in the words of whoever asked; an arm and itself differ."""
        named = {arm: each.described for arm, each in self.asked.items()}
        alike = len({*named.values()}) == 1
        return {arm: f"{of} ({arm})" if alike else of for arm, of in named.items()}

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """Return the baseline and the candidate."""
        return self.compare.baseline, self.compare.candidate

    @property
    def same(self) -> bool:
        """Return whether an arm is compared with itself."""
        baseline, candidate = self.contenders
        return replace(baseline, name=candidate.name) == candidate

    def built_alike(self, images: Mapping[str, str]) -> bool:
        """Return whether two arms that are asked for differently were built from the same sources.

        `images` are the fingerprint's: what identifies each image or build.
        """
        baseline, candidate = self.contenders
        apart = replace(baseline, name=candidate.name, service=candidate.service) != candidate
        of = {
            images.get(str(each.build), images.get(str(each.service))) for each in self.contenders
        }
        return not self.same and not apart and len(of) == 1 and None not in of

    def images(self) -> tuple[str, ...]:
        """Return the entries of compose.yaml that build what is needed as it is now."""
        wanted = {contender.service for contender in self.contenders} | {compose.GENERATOR}
        return tuple(name for name, each in self.services.items() if each.of in wanted)

    def revisions(self) -> tuple[Mapping[str, str], ...]:
        """Return the `image` of each revision, and of which `service` and `commit` it is."""
        found: dict[str, Mapping[str, str]] = {}
        for arm, each in self.asked.items():
            if each.commit is not None:
                service = self.services[str(self.compare.contender(arm).service)]
                of = {"service": arms.plain(service.name), "commit": each.commit}
                found[service.name] = {"image": service.image, **of}
        return tuple(found.values())


def assemble(wanted: CompareAsked) -> CompareAssembly:
    """Read and check all that a comparison needs. Builds and starts nothing.

    A revision is checked out below `.lab`, as its compose.yaml says what its server is. Raises
    ConfigError naming what is wrong, NotCompared for two that do different things.
    """
    root = assembly.COMPOSE.resolve().parent
    services = dict(compose.read_services(assembly.COMPOSE))
    bench = assembly.read_bench(services, str(wanted.bench) if wanted.bench else None)
    given = {arm: arms.parse(text, tuple(bench.contenders)) for arm, text in wanted.arms.items()}
    _check_sources(given, services, wanted.runtime)
    asked = {arm: _resolved(each, root) for arm, each in given.items()}
    plan = assembly.laid(wanted.plan or bench.defaults.plan, wanted.runtime)
    both = {
        arm: per_core.resolve_one(each, plan)
        for arm, each in arms.contenders(asked, bench.contenders).items()
    }
    for arm, each in asked.items():
        _check_runtime(each, both[arm], wanted.runtime)
        if each.commit is not None:
            services |= _service_at(each, bench.contenders[str(each.name)], services, root)
    data = read_data(wanted.data)
    _check_alike(both, asked)
    own = next((with_model(data, Path(c.model)) for c in both.values() if c.model), None)
    models = {} if own is None else {each.name: own for each in both.values()}
    return CompareAssembly(
        compare=_compare_plan(wanted, both, plan),
        asked=asked,
        plan=plan,
        data=data,
        models=models,
        services=services,
        start_deadline=Seconds(bench.defaults.start_deadline),
    )


def runtime(
    parts: CompareAssembly,
    name: str,
    *,
    run_id: str,
    say: Callable[[str], None],
    install: bool | None = None,
) -> WholeRuntime:
    """Return the runtime of that name; for processes, build first what both arms are.

    Raises HostError where this host lacks what it takes.
    """
    if name == "docker":
        return assembly.containers(
            parts.services, parts.data, parts.models,
            run_id=run_id, wanted=dict.fromkeys(parts.images(), True), say=say,
        )  # fmt: skip
    from clusterbench.runtime.process.process_runtime import ProcessRuntime  # noqa: PLC0415

    assembly.provide([GENERATOR, "cc", "browser"], install=install, say=say)
    root = assembly.COMPOSE.resolve().parent
    return ProcessRuntime(
        services=parts.services,
        data=parts.data,
        root=root,
        built=_built(parts, root, say),
        project=assembly.project(),
        start_deadline=parts.start_deadline,
        models=parts.models,
    )


def _check_sources(
    given: Mapping[Arm, Asked], services: Mapping[str, Service], runtime: str | None
) -> None:
    """Raise ConfigError where an arm is built from sources, and there are none."""
    for each in given.values():
        if each.revision is not None:
            compose.require_sources(services, each.written)
    if runtime == "process":
        compose.require_sources(services, "--runtime process")


def _resolved(asked: Asked, root: Path) -> Asked:
    """Return an arm whose revision is a commit that is checked out."""
    if asked.revision is None or asked.commit is not None:  # by ./lab, outside this container
        return asked
    found = revisions.resolve(asked, root)
    revisions.check_out(root, str(found.commit))
    return found


def _service_at(
    asked: Asked, contender: Contender, services: Mapping[str, Service], root: Path
) -> dict[str, Service]:
    """Return a contender's service as its revision has it, under the name of both."""
    name, commit = str(contender.service), str(asked.commit)
    file = revisions.folder_of(root, commit) / assembly.COMPOSE.name
    try:
        theirs = compose.servers(compose.read_services(file))
    except LabError as error:
        raise ConfigError(
            f"{asked.described}: its compose.yaml is not one that this version of the lab reads; "
            f"choose a later revision\n{error}"
        ) from error
    if name not in theirs:
        raise ConfigError(
            f"{asked.described}: compose.yaml had no server {name} then; {one_of(name, theirs)}"
        )
    at = arms.at(name, commit)
    # The image is tagged by the commit: it is not the one of the working tree.
    image = compose.with_tag(services[name].image, arms.short(commit))
    return {at: replace(theirs[name], name=at, image=image)}


def _check_runtime(asked: Asked, contender: Contender, name: str | None) -> None:
    """Raise ConfigError where a runtime cannot have such an arm, whatever is installed."""
    if name == "docker" and contender.command is not None and contender.image is None:
        why = "a command runs without an engine only: --runtime process"
    elif name == "process" and contender.image is not None and contender.command is None:
        why = "an image runs with an engine only: --runtime docker"
    elif name == "docker" and contender.variant is not None:
        why = f"another build than the image of {contender.service}: --runtime process"
    else:
        return
    raise ConfigError(f"{asked.written}: {why}")


def _check_alike(both: Mapping[Arm, Contender], asked: Mapping[Arm, Asked]) -> None:
    """Raise NotCompared where the two would not serve one model."""
    models = {arm: each.model for arm, each in both.items()}
    if len({*models.values()}) > 1:
        of = "; ".join(
            f"{asked[arm].written} serves {model or 'that of --data'}"
            for arm, model in models.items()
        )
        raise NotCompared(f"these two cannot be compared, since their models differ: {of}")


def _compare_plan(
    wanted: CompareAsked, both: Mapping[Arm, Contender], plan: CpuPlan
) -> ComparePlan:
    connections = wanted.connections or per_core.connections(wanted.load.connections, plan)
    return ComparePlan(
        baseline=both[Arm.BASELINE],
        candidate=both[Arm.CANDIDATE],
        load=replace(wanted.load, connections=connections),
        slice=wanted.slice,
        pairs=wanted.pairs,
        precision=wanted.precision,
        fail_over=wanted.fail_over,
        budget=wanted.budget,
        metrics=wanted.metrics,
        seed=wanted.seed,
    )


def _built(parts: CompareAssembly, root: Path, say: Callable[[str], None]) -> Built:
    """Build the load generator and both arms, each from its own sources, in one cache."""
    from clusterbench.local.build import build, cache_of  # noqa: PLC0415

    variants = {each.build for each in parts.contenders if each.build and each.variant}
    trees: dict[Path, dict[str, Service]] = {root: {}}
    for arm, asked in parts.asked.items():
        service = parts.compare.contender(arm).service
        if service is not None:
            tree = revisions.folder_of(root, asked.commit) if asked.commit else root
            trees.setdefault(tree, {})[service] = parts.services[service]
    made = Built()
    for tree, services in trees.items():
        generators = (GENERATOR,) if tree == root else ()
        found = build(
            services, tree, say, variants=variants, generators=generators, cache=cache_of(root)
        )
        made = made.also(found)
    return made
