"""What a turn sends: which requests, checked once, and put where generators find them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clusterbench.bench.requests import GeneratorFiles, checked, requests_of
from clusterbench.config.generated_models import generated
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.model.experiment import Method
from clusterbench.model.records import Outcome, Parity
from support.factories import experiment
from support.fakes import Driver
from support.sized_runs import LEVEL, SIZES, SMALL, sized_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clusterbench.load.generator import Invocation, Load
    from clusterbench.model.data import DataFolder
    from clusterbench.model.experiment import Scenario
    from support.lab import Lab


@pytest.fixture(scope="module")
def data() -> DataFolder:
    return generated(SMALL, rows=1000, seed=1)


@pytest.fixture
def scenarios() -> list[Scenario]:
    """Scenarios of one model: Predict, and batches of 10 and of 1,000."""
    return [s for s in sized_run().experiment.scenarios.values() if s.size == SMALL]


def test_a_scenario_on_a_model_sends_batches_of_its_rows(
    data: DataFolder, scenarios: list[Scenario]
) -> None:
    found = requests_of(data, scenarios)
    assert {name: len(each.batches[0]) for name, each in found.items()} == {
        "rows-1-f2-c10": 1, "rows-10-f2-c10": 10, "rows-1000-f2-c10": 1000,
    }  # fmt: skip


def test_other_scenarios_send_what_the_data_folder_has(data: DataFolder) -> None:
    found = requests_of(data, experiment().scenarios.values())
    assert all(each is data for each in found.values())


def test_all_that_is_sent_is_checked_once_each_by_its_methods(
    data: DataFolder, scenarios: list[Scenario]
) -> None:
    asked: list[tuple[int, set[Method]]] = []

    def check(each: DataFolder, methods: set[Method]) -> Parity:
        asked.append((len(each.batches[0]), methods))
        return Parity(observations=len(each.batches), worst_excess=1e-12 * len(asked))

    again = replace(scenarios[1], name="again")
    every = [*scenarios, again]
    found = checked(requests_of(data, every), every, check)
    batch = {Method.PREDICT_BATCH}
    assert asked == [(1, {Method.PREDICT}), (10, batch), (1000, batch)]
    assert found == Parity(observations=100 + 100 + 2, worst_excess=3e-12)


class Home:
    """A generators' home that counts what is put there."""

    def __init__(self) -> None:
        self.puts: list[set[str]] = []

    def put(self, files: Mapping[str, bytes]) -> None:
        self.puts.append(set(files))


def test_files_are_put_anew_only_where_other_requests_are_there(
    data: DataFolder, scenarios: list[Scenario]
) -> None:
    home = Home()
    files = GeneratorFiles(home)  # type: ignore[arg-type] - of its methods one is called
    ten, thousand = (requests_of(data, scenarios)[s.name] for s in scenarios[1:])
    ghz, h2load = GENERATORS["ghz"], GENERATORS["h2load"]
    for driver, requests, puts in (
        (ghz, ten, 1), (ghz, ten, 1), (h2load, ten, 2), (h2load, thousand, 3), (ghz, thousand, 4),
        (ghz, ten, 5), (h2load, ten, 6), (ghz, ten, 6),
    ):  # fmt: skip
        files.put(driver, requests)
        assert len(home.puts) == puts


class Telling(Driver):
    """A generator that tells of each load how many rows its requests had, and its level."""

    def __init__(self, made: Lab) -> None:
        super().__init__(made.world, "grpc-load")
        self.there = 0
        self.sent: list[tuple[str, int, int]] = []

    def files(self, data: DataFolder) -> Mapping[str, bytes]:
        self.there = len(data.batches[0])
        return super().files(data)

    def invocation(self, load: Load, tag: str) -> Invocation:
        self.sent.append((tag, self.there, load.level))
        return super().invocation(load, tag)


def over_one_size(lab: Callable[..., Lab], data: DataFolder) -> tuple[Lab, Telling]:
    """A lab whose contenders serve one model, which `data` has."""
    one = replace(SIZES, features=(SMALL.features,), clusters=(SMALL.clusters,))
    over = sized_run(one).experiment
    made = lab(contenders=over.contenders, scenarios=over.scenarios, sizes=one)
    made.runner.models = dict.fromkeys(over.contenders, data)
    made.drivers["grpc-load"] = driver = Telling(made)
    return made, driver


def test_each_trial_of_a_run_over_sizes_sends_requests_of_its_own_rows(
    lab: Callable[..., Lab], data: DataFolder
) -> None:
    made, driver = over_one_size(lab, data)
    assert made.run() == 0
    assert len(made.trials) == 9
    scenarios = made.folder.run.experiment.scenarios
    sent = {tag: rows for tag, rows, _ in driver.sent}
    for trial in made.trials:
        assert trial.outcome is Outcome.OK
        assert sent[trial.id] == scenarios[trial.scenario].observations


def test_no_more_large_requests_are_in_flight_in_a_warm_up_than_in_trials(
    lab: Callable[..., Lab], data: DataFolder
) -> None:
    made, driver = over_one_size(lab, data)
    made.run()
    warm_ups = [(rows, level) for tag, rows, level in driver.sent if tag.startswith("warm-up")]
    assert warm_ups
    for rows, level in warm_ups:
        assert level == (made.folder.run.experiment.warm_up.concurrency if rows == 1 else LEVEL)
