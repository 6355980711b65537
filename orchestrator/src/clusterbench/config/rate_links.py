"""Scenarios of bench.toml whose rates are made from another scenario's throughput."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.config.tables import unknown, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import InitErrorDetails

    from clusterbench.config.bench_tables import ProfileTable, ScenarioTable


def rate_problems(
    scenarios: Mapping[str, ScenarioTable], profiles: Mapping[str, ProfileTable]
) -> Iterator[InitErrorDetails]:
    """Return which scenarios make their rates from one that does not serve for it."""
    for name, table in scenarios.items():
        of = table.load.saturated_by
        if of is None:
            continue
        key = ("scenarios", name, "load", "of")
        if of not in scenarios:
            yield from unknown(of, scenarios, *key)
            continue
        if not scenarios[of].scenario(of).saturates or len(scenarios[of].sweep) != 1:
            what = f"is {of!r}, which does not saturate servers: it takes a generator that can, a "
            yield wrong(*key, what=what + "closed loop and one level")
        elif scenarios[of].method is not table.method:
            yield wrong(*key, what=f"is {of!r}, which calls {scenarios[of].method}")
        for profile, each in profiles.items():
            if name in each.scenarios and of not in each.scenarios:
                what = f"holds {name!r}, whose rates are made from {of!r}: add that one too"
                yield wrong("profiles", profile, "scenarios", what=what)
