"""bench.toml -> what it holds, checked: each wrong key is named with what is allowed."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from clusterbench.config import toml_table as toml
from clusterbench.config import training_table as settings
from clusterbench.config.resolve import PER_CORE, PLANS, BenchFile, Profile
from clusterbench.errors import ConfigError
from clusterbench.model.experiment import (
    WORKERS,
    Alternative,
    Contender,
    GeneratorName,
    Loop,
    Method,
    Overload,
    Scenario,
    Seconds,
    Timing,
    WarmUp,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from clusterbench.config.toml_table import Table

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def read(file: Path, services: Mapping[str, Collection[str]]) -> BenchFile:
    """Read bench.toml; `services` are the servers of compose.yaml, each with its variants' names.

    Raises ConfigError naming the file, the key, its value and what is allowed.
    """
    top = toml.read(file).only(
        "defaults",
        "contenders",
        "alternatives",
        "scenarios",
        "profiles",
        "training",
        "calls",
        "overload",
    )
    defaults = top.table("defaults").only(
        "profile", "plan", "seed", "start_deadline", "timing", "warm_up"
    )
    timing = _read_timing(defaults.table("timing"), None)
    warm_up = _read_warm_up(defaults.table("warm_up"), None)
    plan = defaults.choice("plan", PLANS)
    seed = defaults.take("seed", int)
    contenders = {
        name: _read_contender(name, table, services)
        for name, table in top.table("contenders").tables().items()
    }
    for name, table in top.table("alternatives").tables().items():
        contenders[name] = _read_alternative(name, table, contenders, services)
    scenarios = {
        name: _read_scenario(name, table, contenders)
        for name, table in top.table("scenarios").tables().items()
    }
    trainings = settings.read_forms(top.table("training"))
    profiles: dict[str, Profile] = {}
    for name, table in top.table("profiles").tables().items():
        table.only(
            "description", "rounds", "plan", "seed", "contenders", "scenarios", "timing", "warm_up",
            "training",
        )  # fmt: skip
        profiles[name] = Profile(
            name=name,
            description=table.take("description", str, ""),
            rounds=_from_one(table, "rounds"),
            plan=table.choice("plan", PLANS, plan),
            seed=table.take("seed", int, seed),
            contenders=table.names("contenders", contenders),
            scenarios=table.names("scenarios", scenarios),
            timing=_read_timing(table.table("timing"), timing),
            warm_up=_read_warm_up(table.table("warm_up"), warm_up),
            training=table.choice("training", trainings) if "training" in table else None,
        )
    return BenchFile(
        file=file,
        default_profile=defaults.choice("profile", profiles),
        start_deadline=Seconds(_above_zero(defaults, "start_deadline", None)),
        contenders=contenders,
        scenarios=scenarios,
        profiles=profiles,
        trainings=trainings,
        calls_rounds=_from_one(top.table("calls").only("rounds"), "rounds"),
        overload=_read_overload(top.table("overload")),
    )


def _read_overload(table: Table) -> Overload:
    table.only("connections", "callers", "before", "stopped", "after")
    overload = Overload(
        connections=_from_one(table, "connections"),
        callers=_from_one(table, "callers"),
        before=Seconds(_above_zero(table, "before", None)),
        stopped=Seconds(_above_zero(table, "stopped", None)),
        after=Seconds(_above_zero(table, "after", None)),
    )
    if overload.callers % overload.connections:
        raise table.error(
            "callers",
            f"is {overload.callers}; it takes a multiple of `connections`, as h2load does",
        )
    return overload


def _read_contender(name: str, table: Table, services: Mapping[str, Collection[str]]) -> Contender:
    _check_name(f"contenders.{name}", name)
    table.only(
        "service", "variant", "image", "command", "environment", "title", "workers", "model",
        "published",
    )  # fmt: skip
    kinds = [key for key in ("service", "image", "command") if key in table]
    if not kinds or ("service" in kinds and len(kinds) > 1):
        raise table.error("service", "or else `image`, `command` or both must say what it is")
    service = table.choice("service", services) if "service" in kinds else None
    variant = None
    if "variant" in table:
        if service is None:
            raise table.error("variant", "is another build of a `service`, which is missing")
        variant = table.choice("variant", services[service])
    per_core = "workers" in table and table.choice("workers", [PER_CORE]) == PER_CORE
    if per_core and WORKERS in table.texts("environment"):
        raise table.error("workers", "and SERVER_WORKERS in `environment` say the same; keep one")
    return Contender(
        name=name,
        service=service,
        variant=variant,
        image=table.take("image", str) if "image" in kinds else None,
        command=_command(table) if "command" in kinds else None,
        environment=table.texts("environment"),
        title=table.take("title", str, name),
        per_core=per_core,
        model=table.take("model", str) if "model" in table else None,
        published=table.take("published", str) if "published" in table else None,
    )


def _read_alternative(
    name: str,
    table: Table,
    contenders: Mapping[str, Contender],
    services: Mapping[str, Collection[str]],
) -> Contender:
    """Read an alternative: a contender by its name, or one made from what it stands against."""
    known = contenders.get(name)
    differs = () if known else ("variant", "environment", "cores")
    table.only("of", "about", "goal", *differs)
    kept = contenders[table.choice("of", [other for other in contenders if other != name])]
    alternative = Alternative(
        of=kept.name,
        about=table.take("about", str),
        goal=_above_zero(table, "goal", None) if "goal" in table else None,
    )
    if known:
        return dataclasses.replace(known, alternative=alternative)
    _check_name(f"alternatives.{name}", name)
    variants = services.get(kept.service or "", ())
    return dataclasses.replace(
        kept,
        name=name,
        title=alternative.about,
        variant=table.choice("variant", variants) if "variant" in table else kept.variant,
        environment={**kept.environment, **table.texts("environment")},
        cores=_from_one(table, "cores") if "cores" in table else kept.cores,
        alternative=alternative,
    )


def _check_name(where: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{where}: a name takes letters, digits, `.`, `_` and `-`, up to 63 of them"
        )


def _command(table: Table) -> tuple[str, ...]:
    words = table.take("command", list)
    if not words or not all(isinstance(word, str) for word in words):
        raise table.error("command", f"is {words!r}; it takes a list of texts")
    return tuple(words)


def _read_scenario(
    name: str, table: Table, contenders: Collection[str]
) -> tuple[Scenario, tuple[str, ...] | None]:
    table.only(
        "method", "generator", "loop", "connections", "sweep", "contenders",
        "as_published", "duration", "rounds",
    )  # fmt: skip
    own = table.names("contenders", contenders) if "contenders" in table else None
    scenario = Scenario(
        name=name,
        method=Method(table.choice("method", [m.value for m in Method])),
        generator=GeneratorName(table.choice("generator", [g.value for g in GeneratorName])),
        loop=Loop(table.choice("loop", [loop.value for loop in Loop], Loop.CLOSED.value)),
        connections=_from_one(table, "connections"),
        sweep=table.numbers("sweep"),
        contenders=own or (),
        as_published="as_published" in table and table.take("as_published", bool),
        duration=Seconds(_above_zero(table, "duration", None)) if "duration" in table else None,
        rounds=_from_one(table, "rounds") if "rounds" in table else None,
    )
    _check_as_published(table, scenario)
    if scenario.generator is GeneratorName.H2LOAD:
        if scenario.loop is Loop.OPEN:
            raise table.error("loop", "is 'open'; h2load drives closed loops only, ghz both")
        for level in scenario.sweep:
            if level % scenario.connections_at(level):
                raise table.error(
                    "sweep",
                    f"holds {level}; h2load gives each of {scenario.connections} connections as "
                    "many streams, so a level must be a multiple of that",
                )
    return scenario, own


def _check_as_published(table: Table, scenario: Scenario) -> None:
    if not scenario.as_published:
        if scenario.duration is not None:
            raise table.error(
                "duration",
                "is for scenarios with as_published = true; other trials last as the profile's "
                "`timing` says",
            )
        return
    if scenario.duration is None:
        raise table.error("duration", "is missing; as_published = true takes it, in seconds")
    if scenario.generator is not GeneratorName.GHZ:
        raise table.error(
            "generator", f"is {scenario.generator.value!r}; as_published = true takes 'ghz'"
        )
    if scenario.loop is not Loop.CLOSED:
        raise table.error("loop", "is 'open'; as_published = true takes 'closed'")


def _read_timing(table: Table, base: Timing | None) -> Timing:
    table.only("dropped", "window", "margin")
    return Timing(
        dropped=Seconds(_not_negative(table, "dropped", base.dropped if base else None)),
        window=Seconds(_above_zero(table, "window", base.window if base else None)),
        margin=Seconds(_not_negative(table, "margin", base.margin if base else None)),
    )


def _read_warm_up(table: Table, base: WarmUp | None) -> WarmUp:
    table.only("chunk", "agree_within", "shortest", "longest", "concurrency")
    return WarmUp(
        chunk=Seconds(_above_zero(table, "chunk", base.chunk if base else None)),
        agree_within=_above_zero(table, "agree_within", base.agree_within if base else None),
        shortest=Seconds(_not_negative(table, "shortest", base.shortest if base else None)),
        longest=Seconds(_not_negative(table, "longest", base.longest if base else None)),
        concurrency=_from_one(table, "concurrency", base.concurrency if base else None),
    )


def _not_negative(table: Table, key: str, default: float | None) -> float:
    value = table.take(key, float, default)
    if not 0 <= value < float("inf"):
        raise table.error(key, f"is {value}; it takes a number of 0 or more")
    return value


def _above_zero(table: Table, key: str, default: float | None) -> float:
    value = table.take(key, float, default)
    if not 0 < value < float("inf"):
        raise table.error(key, f"is {value}; it takes a number above 0")
    return value


def _from_one(table: Table, key: str, default: int | None = None) -> int:
    value = table.take(key, int, default)
    if value < 1:
        raise table.error(key, f"is {value}; it takes a whole number from 1 up")
    return value
