"""The table `sizes` of a profile: models that are generated, and what they have to fit."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Protocol

from pydantic import Field

from clusterbench.config.data_files import LARGEST_MESSAGE, batch_bytes
from clusterbench.config.tables import Clusters, ContenderName, Each, Features, FileTable, wrong
from clusterbench.model.sizes import Sizes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pydantic_core import InitErrorDetails

    from clusterbench.model.experiment import Scenario

#: The largest model, in numbers: servers read it as JSON at each start.
LARGEST_MODEL = 2**21


class SizesTable(FileTable):
    """Models that are generated, and which contenders are set against each other over them."""

    features: Each[Features]
    clusters: Each[Clusters]
    native: ContenderName = Field(description="Without Python; others are set against it.")
    python: ContenderName = Field(description="The library of `native`, called from Python.")
    rival: ContenderName = Field(description="May overtake `native` as sizes grow.")

    def sizes(self) -> Sizes:
        """Return the grid."""
        return Sizes(**self.model_dump())


class SizedProfile(Protocol):
    """What is looked at of a profile."""

    @property
    def sizes(self) -> SizesTable | None:
        """Return its sizes, if any."""

    @property
    def contenders(self) -> tuple[str, ...]:
        """Return its contenders' names."""

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Return its scenarios' names."""


def size_problems(
    profiles: Mapping[str, SizedProfile], scenarios: Mapping[str, Scenario]
) -> Iterator[InitErrorDetails]:
    """Return what is wrong between each profile's sizes, its contenders and its scenarios."""
    for name, profile in profiles.items():
        loads = [scenarios[each] for each in profile.scenarios]
        yield from _problems(name, profile.sizes, profile.contenders, loads)


def _problems(
    profile: str,
    sizes: SizesTable | None,
    contenders: Collection[str],
    scenarios: Sequence[Scenario],
) -> Iterator[InitErrorDetails]:
    if sizes is None:
        for scenario in scenarios:
            if scenario.rows is not None:
                what = f"holds {scenario.name!r}, whose `rows` take a profile with `sizes`"
                yield wrong(profile, "scenarios", what=what)
        return
    for key in ("native", "python", "rival"):
        if (name := getattr(sizes, key)) not in contenders:
            what = f"is {name!r}, which is none of the profile's contenders"
            yield wrong(profile, "sizes", key, what=what)
    for clusters, features in product(sizes.clusters, sizes.features):
        if (numbers := clusters * features) > LARGEST_MODEL:
            what = f"holds {clusters}: with {features} features that is {numbers} numbers"
            most = f"a generated model has {LARGEST_MODEL} at most"
            yield wrong(profile, "sizes", "clusters", what=f"{what}; {most}")
    for what in _loads_that_do_not_fit(sizes, scenarios):
        yield wrong(profile, "scenarios", what=what)


def _loads_that_do_not_fit(sizes: SizesTable, scenarios: Sequence[Scenario]) -> Iterator[str]:
    """Return what is wrong with the scenarios of a profile that has sizes."""
    taken: dict[int, str] = {}
    for scenario in scenarios:
        holds, rows = f"holds {scenario.name!r}", scenario.observations
        if rows is None:
            yield f"{holds}, which has no `rows`; with `sizes`, PredictBatch takes them"
            continue
        if len(scenario.sweep) > 1:
            yield f"{holds}, whose sweep has {len(scenario.sweep)} levels; `sizes` take one"
        if (other := taken.setdefault(rows, scenario.name)) != scenario.name:
            yield f"{holds} and {other!r}, and requests of both have {rows} rows"
        if (size := batch_bytes(rows, max(sizes.features))) > LARGEST_MESSAGE:
            most = f"the most is {LARGEST_MESSAGE}, gRPC's usual limit"
            yield f"{holds}, which makes requests of {size} bytes; {most}"
