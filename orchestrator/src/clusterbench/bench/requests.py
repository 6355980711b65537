"""What a turn sends: each scenario's requests, put where its load generator reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from clusterbench.model.records import Parity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from clusterbench.load.generator import LoadGenerator
    from clusterbench.model.data import DataFolder
    from clusterbench.model.experiment import Method, Scenario
    from clusterbench.runtime.port import Generator

#: The requests of each scenario of a turn, by its name.
Requests = Mapping[str, "DataFolder"]


def requests_of(data: DataFolder, scenarios: Iterable[Scenario]) -> Requests:
    """Return what each scenario sends: the data folder's requests, or batches of its rows.

    Scenarios that send the same share one object. Raises ValueError where there are not as many
    observations as a batch has.
    """
    kept = list(scenarios)
    cut = {
        rows: data.in_batches(rows) if rows else data
        for rows in {_rows(scenario) for scenario in kept}
    }
    return {scenario.name: cut[_rows(scenario)] for scenario in kept}


def checked(
    requests: Requests,
    scenarios: Iterable[Scenario],
    check: Callable[[DataFolder, set[Method]], Parity],
) -> Parity:
    """Have all that is sent checked, each request once; return how many observations that was."""
    found = [check(data, methods) for data, methods in _asked(requests, scenarios)]
    return Parity(
        observations=sum(each.observations for each in found),
        worst_excess=max((each.worst_excess for each in found), default=0.0),
    )


class GeneratorFiles:
    """The files of the load generators in their home: those of the requests that come next."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._there: DataFolder | None = None
        self._drivers: set[str] = set()

    def put(self, driver: LoadGenerator, data: DataFolder) -> None:
        """Put a generator's files for these requests, unless they are there."""
        if data is not self._there:
            # Generators share names of files, so those of other requests are there no more.
            self._there, self._drivers = data, set()
        if driver.name not in self._drivers:
            self._generator.put(driver.files(data))
            self._drivers.add(driver.name)


def _rows(scenario: Scenario) -> int | None:
    """Return the rows of what a scenario sends to a generated model; None for the data folder."""
    return scenario.observations if scenario.size else None


def _asked(
    requests: Requests, scenarios: Iterable[Scenario]
) -> Iterator[tuple[DataFolder, set[Method]]]:
    """Return all that is sent, with the methods that it is sent to."""
    methods: dict[DataFolder, set[Method]] = {}
    for scenario in scenarios:
        methods.setdefault(requests[scenario.name], set()).add(scenario.method)
    yield from methods.items()
