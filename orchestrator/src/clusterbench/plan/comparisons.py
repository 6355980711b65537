"""Which comparisons of alternatives run: the profiles `alternatives-NAME`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, RunRefused, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterbench.model.contender import Contender
    from clusterbench.model.cpus import CpuPlan
    from clusterbench.model.experiment import Experiment

PREFIX = "alternatives-"


def chosen(profiles: Iterable[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return the profiles of the comparisons named, each once; of all where none is named.

    Raises ConfigError naming those that there are.
    """
    there = [name.removeprefix(PREFIX) for name in profiles if name.startswith(PREFIX)]
    asked = [name.removeprefix(PREFIX) for name in names]
    for name in asked:
        if name not in there:
            raise ConfigError(f"bench {name}: {one_of(name, [*there, 'calls', 'overload'])}")
    return tuple(PREFIX + name for name in dict.fromkeys(asked or there))


def left(profiles: Sequence[str], resumed: str | None) -> tuple[str, ...]:
    """Return what is to be done: from the profile that is resumed on, where one is.

    Raises RunRefused where the newest run is none of the comparisons asked for.
    """
    if resumed is None:
        return tuple(profiles)
    if resumed not in profiles:
        raise RunRefused(
            f"--resume: the newest run is of profile {resumed}, which is none of "
            f"{', '.join(profiles)}; `run --resume` finishes it, or name its folder with --run"
        )
    return tuple(profiles[profiles.index(resumed) :])


def compared(experiment: Experiment) -> Sequence[Contender]:
    """Return the alternatives whose kept contender takes part too."""
    # Imported here, so that the names of comparisons take no package that is installed.
    from clusterbench.measure import standings  # noqa: PLC0415

    return standings.compared(experiment)


def is_comparison(experiment: Experiment) -> bool:
    """Return whether a run compares a contender with its alternatives.

    Other runs may have an alternative among their contenders, as `full` has no-op handlers.
    """
    return experiment.profile.startswith(PREFIX) and bool(compared(experiment))


def why_left_out(experiment: Experiment, plan: CpuPlan) -> str | None:
    """Return why a comparison says nothing under a plan, or None: all would have the same cores."""
    bounded = [contender for contender in compared(experiment) if contender.cores is not None]
    if not bounded or any(c.capacity(plan) < plan.server_capacity for c in bounded):
        return None
    return f"its alternatives have fewer cores than the kept one, and there are no more: {plan}"
