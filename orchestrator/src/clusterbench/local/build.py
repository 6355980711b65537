"""Builds servers as compose.yaml's `x-lab` recipes say, and load generators; only what changed."""

from __future__ import annotations

import json
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.config.arms import plain
from clusterbench.errors import ConfigError, HostError, indent
from clusterbench.host.bounded import run_bounded
from clusterbench.local.cargo_profiles import said_profiles
from clusterbench.local.cargo_trees import forget_other_trees
from clusterbench.local.make import Say, held, make
from clusterbench.local.source_digest import digest
from clusterbench.local.system_tools import PROGRAMS, find_programs, missing
from clusterbench.local.toolchains import Toolchains
from clusterbench.own_files import kept, naming
from clusterbench.runtime.environments import clean_environment
from clusterbench.runtime.process.built import Built

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from clusterbench.config.compose_file import Recipe, Service

GHZ = "github.com/bojand/ghz/cmd/ghz"
_PATIENCE = 20.0
"""How long what was built is tried (s): a program that runs on is one that runs."""
_NOT_RUN = frozenset({126, 127, *range(129, 160)})
"""The status of what cannot be started, or was ended by a signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """One thing to build: its name, and its recipe with all placeholders filled.

    `where` says where that recipe is written. `service` is what it is a build of; one of a revision
    is named after it too: `rust-tonic@0123456789ab`.
    """

    name: str
    service: str
    where: str
    needs: tuple[str, ...]
    sources: tuple[Path, ...]
    build: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]
    variant: bool = False
    unfit: str | None = None
    """Why it cannot run on this machine, whatever is installed."""


def cache_of(root: Path) -> Path:
    """Return the folder of all that is built for the repository at `root`."""
    return kept(root) / "build"


def build(
    services: Mapping[str, Service],
    root: Path,
    say: Say,
    *,
    variants: Collection[str] = (),
    generators: Collection[str] | None = None,
    cache: Path | None = None,
) -> Built:
    """Build servers, their `variants` and load generators, where their sources changed.

    `variants` are `service@variant`, of these services. `generators` are those that are wanted
    (None: all); the system's are not built. `cache` is where all of it is kept, that of the
    repository by default: in another's, its revisions share what was compiled before. A server or a
    generator whose toolchain is missing is skipped, as is a variant that cannot be built, and `say`
    gets a warning. Raises HostError when another build fails, and ConfigError when a recipe names
    what is not there.
    """
    root = root.resolve()
    cache = cache or cache_of(root)
    toolchains = Toolchains(root, cache, say)
    commands: dict[str, tuple[str, ...]] = {}
    versions: dict[str, Mapping[str, str]] = {}
    digests: dict[str, str] = {}
    skipped = {name: why for name, why in missing().items() if name in PROGRAMS}
    with held(cache / "lock", what="building", say=say):
        for target in [
            *_servers(services.values(), variants, cache),
            *_generators(generators, root, cache),
        ]:
            name, may_fail = target.name, True
            try:
                needed = _versions(target, toolchains)
                may_fail = target.variant
                digests[name] = _build(target, needed, toolchains)
                commands[name], versions[name] = target.command, needed
            except HostError as error:
                if not may_fail:
                    raise
                skipped[name] = str(error)
                say(f"warning: {name} is skipped: {error}")
    programs = find_programs()
    programs |= {name: Path(commands.pop(name)[0]) for name in _GENERATORS if name in commands}
    return Built(
        commands=commands, programs=programs, skipped=skipped, digests=digests, versions=versions
    )


def _servers(
    services: Iterable[Service], variants: Collection[str], cache: Path
) -> Iterator[_Target]:
    for service in services:
        for name, recipe in _recipes(service, variants):
            yield _target(name, service, recipe, cache)


def _generators(wanted: Collection[str] | None, root: Path, cache: Path) -> Iterator[_Target]:
    for name, target in _GENERATORS.items():
        if wanted is None or name in wanted:
            yield target(root, cache)


def _recipes(service: Service, variants: Collection[str]) -> Iterator[tuple[str, Recipe]]:
    """Return what is built of a service, by name: itself, then the variants that are wanted."""
    if service.recipe is None:
        return
    yield service.name, service.recipe
    for variant, recipe in service.recipe.variants.items():
        name = f"{service.name}@{variant}"
        if name in variants:
            yield name, recipe


def _target(name: str, of: Service, recipe: Recipe, cache: Path) -> _Target:
    service = of.name
    places = {
        "python": sys.executable,
        "env": str(cache / name),
        "service": str(cache / service),
        "cache": str(cache),
    }
    where = f"compose.yaml: services.{service}.x-lab"
    if name != service:
        where += f".variants.{name.removeprefix(f'{service}@')}"

    def filled(words: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(word.format(**places) for word in words)
        except (KeyError, IndexError, ValueError) as error:
            raise ConfigError(
                f"{where}: {' '.join(words)}: allowed in braces: {', '.join(places)}"
            ) from error

    return _Target(
        name=name,
        service=service,
        where=where,
        needs=recipe.needs,
        sources=recipe.sources,
        build=tuple(filled(command) for command in recipe.build),
        command=filled(recipe.command),
        variant=name != service,
        unfit=of.wrong_machine(platform.machine()),
    )


def _ghz(root: Path, cache: Path) -> _Target:
    module = root / "services" / "ghz-runner"
    program = cache / "ghz"
    command = ("go", "build", "-C", str(module), "-mod=readonly", "-trimpath", "-o", str(program))
    return _Target(
        name="ghz",
        service="ghz",
        where="services/ghz-runner",
        needs=("go",),
        sources=(module / "go.mod", module / "go.sum"),
        build=((*command, GHZ),),
        command=(str(program),),
    )


def _grpc_load(root: Path, cache: Path) -> _Target:
    crate = root / "services" / "grpc-load"
    home = cache / "grpc-load"
    program = home / "bin" / "grpc-load"
    command = ("cargo", "install", "--quiet", "--locked", "--force", "--path", str(crate))
    places = ("--target-dir", str(cache / "cargo"), "--root", str(home))
    return _Target(
        name="grpc-load",
        service="grpc-load",
        where="services/grpc-load",
        needs=("cargo",),
        sources=(
            crate / "Cargo.toml",
            crate / "src",
            *(crate.parent / f"Cargo.{kind}" for kind in ("toml", "lock")),
        ),
        build=((*command, *places),),
        command=(str(program),),
    )


_GENERATORS: Mapping[str, Callable[[Path, Path], _Target]] = {"ghz": _ghz, "grpc-load": _grpc_load}
"""The load generators that are built, by name."""


def _versions(target: _Target, toolchains: Toolchains) -> Mapping[str, str]:
    """Return the toolchains' versions. Raises HostError where it cannot be built or run here."""
    if target.unfit is not None:
        raise HostError(target.unfit)
    return {need: toolchains.get(need).version for need in target.needs}


def _build(target: _Target, versions: Mapping[str, str], toolchains: Toolchains) -> str:
    """Build a target where its sources changed; return the digest of what it was built from."""
    root, cache, say = toolchains.root, toolchains.cache, toolchains.say
    environment = toolchains.environment(target.needs)
    if "cargo" in target.needs:
        environment |= said_profiles(target.build, root)
    built_from = _digest(target, toolchains, versions, environment)
    stamp = cache / "stamps" / f"{target.name}.json"
    whole = {"digest": built_from, "python": sys.base_prefix, "runs": True}
    if _stamped(stamp) == whole and shutil.which(target.command[0]) is not None:
        return f"sha256:{built_from}"
    # The stamp goes first and comes back last: a build that was cut short is no build.
    stamp.unlink(missing_ok=True)
    log = cache / "logs" / f"{target.name}.log"
    log.unlink(missing_ok=True)
    forget_other_trees(target.build, root, target.sources, cache.parent.parent)
    for step, command in enumerate(target.build, 1):
        what = f"building {target.name}, step {step} of {len(target.build)}"
        say(what)
        make(command, what=what, cwd=root, log=log, say=say, env=environment)
    if shutil.which(target.command[0]) is None:
        raise HostError(
            f"building {target.name} left no {target.command[0]}; its output is in {log}"
        )
    _try(target, cache)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    with naming(stamp):
        stamp.write_text(json.dumps(whole))
    return f"sha256:{built_from}"


def _try(target: _Target, cache: Path) -> None:
    """Start what was built, once, as a run would: it may be of another machine, or lack a library.

    Raises HostError where it cannot be started.
    """
    log = cache / "logs" / f"{target.name}.try.log"
    words = [*target.command, "--help"]
    status = run_bounded(
        words, deadline=_PATIENCE, environment=clean_environment(), folder=cache, output=log
    )
    if status in _NOT_RUN:
        said = indent(log.read_text(encoding="utf-8", errors="replace"), 5)
        raise HostError(
            f"{target.name} was built, but does not run on this machine: `{' '.join(words)}` ended"
            f" with {status}\n{said}"
        )


def _digest(
    target: _Target,
    toolchains: Toolchains,
    versions: Mapping[str, str],
    environment: Mapping[str, str],
) -> str:
    root, cache = toolchains.root, toolchains.cache
    # Paths of this clone say nothing about what is built: two clones' digests can be compared.
    # The interpreter first, since it lies in this clone: which environment builds says nothing.
    recipe = json.dumps([target.build, target.command]).replace(sys.executable, "")
    # Nor does the name of a revision: what two of them have alike has one digest.
    recipe = recipe.replace(str(cache / target.service), str(cache / plain(target.service)))
    recipe = recipe.replace(str(cache), "").replace(str(root), "")
    also = [recipe, json.dumps(versions, sort_keys=True), environment.get("CARGO_BUILD_TARGET", "")]
    try:
        return digest(root, target.sources, also)
    except OSError as error:
        raise ConfigError(f"{target.where}.sources: {error.filename}: {error.strerror}") from error


def _stamped(stamp: Path) -> object:
    """Read what was built last, or an empty dict where nothing was built whole."""
    try:
        return json.loads(stamp.read_text())
    except (FileNotFoundError, ValueError):
        return {}
