"""One worker a core: who takes part on which CPU plan, over how many connections."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterbench.errors import ConfigError
from clusterbench.model.contender import Contender, Handler
from clusterbench.model.experiment import Experiment, Loop, Method, Scenario
from clusterbench.plan import per_core as percore
from clusterbench.plan.cpu_plan import plan
from support.factories import cpu_plan, experiment
from support.machines import plain

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.cpus import CpuPlan

ONE, SEVERAL = "mine", "mine-per-core"


def scenario(
    name: str = "predict",
    generator: str = "ghz",
    sweep: tuple[int, ...] = (8, 64, 1024),
    **changes: object,
) -> Scenario:
    base = Scenario(
        name=name,
        method=Method.PREDICT,
        generator=generator,
        connections=8,
        sweep=sweep,
        contenders=(ONE, SEVERAL),
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def bench(*scenarios: Scenario) -> Experiment:
    contenders = {
        ONE: Contender(name=ONE, service="mine"),
        SEVERAL: Contender(name=SEVERAL, service="mine", per_core=True),
    }
    return experiment(contenders=contenders, scenarios={s.name: s for s in scenarios})


def cores(number: int) -> CpuPlan:
    return cpu_plan(server_capacity=number)


FILLED = scenario("saturated", "h2load", (800,))


@pytest.mark.parametrize(
    ("host", "name", "workers"),
    [
        (4, "ryzen-7-1700", 2),
        (8, "ryzen-7-1700", 4),
        (16, "ryzen-7-1700", 4),
        (2, "unpinned", 2),
        (16, "unpinned", 16),
    ],
)
def test_it_gets_one_worker_for_each_core_of_the_servers_set(
    tmp_path: Path, host: int, name: str, workers: int
) -> None:
    on = plan(name, plain(host).read(tmp_path))
    found = percore.resolve(bench(scenario(), FILLED), on)
    assert found.experiment.contenders[SEVERAL].environment == {"SERVER_WORKERS": str(workers)}
    assert found.experiment.contenders[SEVERAL].workers == workers
    assert found.experiment.contenders[ONE].environment == {}
    assert {s.connections for s in found.experiment.scenarios.values()} == {16 * workers}
    assert not found.left_out


@pytest.mark.parametrize(("host", "name"), [(1, "unpinned"), (2, "ryzen-7-1700"), (16, "one-core")])
def test_where_the_server_has_one_core_it_is_left_out_with_the_reason(
    tmp_path: Path, host: int, name: str
) -> None:
    on = plan(name, plain(host).read(tmp_path))
    found = percore.resolve(bench(scenario(), FILLED), on)
    assert list(found.experiment.contenders) == [ONE]
    assert all(s.contenders == (ONE,) for s in found.experiment.scenarios.values())
    assert f"CPU plan {name} gives the server one" in found.left_out[SEVERAL]
    assert not found.notes


def test_on_one_core_what_the_others_take_stays_as_it_was() -> None:
    alone = experiment()
    beside = dataclasses.replace(
        alone,
        contenders={**alone.contenders, SEVERAL: Contender(name=SEVERAL, per_core=True)},
        scenarios={
            name: dataclasses.replace(s, contenders=(*s.contenders, SEVERAL))
            for name, s in alone.scenarios.items()
        },
    )
    assert percore.resolve(beside, cores(1)).experiment == alone


def test_a_scenario_that_nobody_takes_any_more_is_left_out() -> None:
    own = scenario("own", contenders=(SEVERAL,))
    found = percore.resolve(bench(scenario(), own), cores(1)).experiment
    assert list(found.scenarios) == ["predict"]


def test_one_that_was_asked_for_by_name_is_refused_on_one_core_with_the_remedy() -> None:
    with pytest.raises(ConfigError, match=r"--contender mine-per-core: .* one here; .*--plan"):
        percore.resolve(bench(scenario()), cores(1), [ONE, SEVERAL])


def test_an_experiment_of_such_contenders_alone_is_refused_on_one_core() -> None:
    with pytest.raises(ConfigError, match=r"profile made-up: nothing is left .*--plan"):
        percore.resolve(bench(scenario(contenders=(SEVERAL,))), cores(1))


def test_an_experiment_without_such_contenders_is_the_same_on_one_core() -> None:
    found = percore.resolve(experiment(), cores(1))
    assert found.experiment == experiment()
    assert not found.left_out
    assert not found.notes


def test_without_such_contenders_too_several_cores_have_their_connections() -> None:
    alone = bench(scenario(contenders=(ONE,)))
    found = percore.resolve(
        dataclasses.replace(alone, contenders={ONE: alone.contenders[ONE]}), cores(4)
    )
    assert found.experiment.scenarios["predict"].connections == 64
    assert found.experiment.contenders[ONE].environment == {}
    assert not found.left_out


@pytest.mark.parametrize(("number", "takers"), [(1, (ONE,)), (4, (SEVERAL,))])
def test_in_a_scenario_of_one_worker_per_core_it_stands_for_its_service(
    number: int, takers: tuple[str, ...]
) -> None:
    made = bench(scenario("at-rate", per_core=True), scenario("predict"))
    resolved = percore.resolve(made, cores(number)).experiment.scenarios
    assert resolved["at-rate"].contenders == takers
    assert ONE in resolved["predict"].contenders


def test_who_has_no_stand_in_of_its_service_and_handler_stays() -> None:
    made = bench(scenario("at-rate", per_core=True, contenders=(ONE, SEVERAL, "other", "noop")))
    others = {
        "other": Contender(name="other", service="other"),
        "noop": Contender(name="noop", service="mine", handler=Handler.NOOP),
    }
    made = dataclasses.replace(made, contenders={**made.contenders, **others})
    (resolved,) = percore.resolve(made, cores(4)).experiment.scenarios.values()
    assert resolved.contenders == (SEVERAL, "other", "noop")


def test_what_became_of_connections_and_levels_is_said() -> None:
    found = percore.resolve(bench(scenario(), FILLED), cores(3))
    assert found.experiment.scenarios["saturated"].sweep == (816,)
    assert found.notes == (
        (
            "48 connections in place of 8, 16 for each of 3 workers, for all contenders: "
            "predict, saturated"
        ),
        "saturated: h2load's levels are now 816, multiples of 48 connections, in place of 800",
    )


def test_levels_that_become_the_same_are_one() -> None:
    close = scenario("saturated", "h2load", (800, 808, 816))
    found = percore.resolve(bench(close), cores(3)).experiment
    assert found.scenarios["saturated"].sweep == (816,)


def test_connections_that_suffice_already_are_kept() -> None:
    many = scenario(connections=200)
    found = percore.resolve(bench(many), cores(4))
    assert found.experiment.scenarios["predict"] == many
    assert not found.notes


scenarios = st.builds(
    scenario,
    name=st.sampled_from(["a", "b", "c"]),
    generator=st.sampled_from(["ghz", "h2load"]),
    connections=st.integers(1, 300),
    sweep=st.lists(st.integers(1, 5000), min_size=1, max_size=6, unique=True).map(tuple),
    contenders=st.sampled_from([(ONE,), (SEVERAL,), (ONE, SEVERAL)]),
    loop=st.just(Loop.CLOSED),
)


@given(st.lists(scenarios, min_size=1, max_size=3), st.integers(2, 256))
def test_every_worker_has_its_connections_and_h2load_levels_it_can_share(
    given: list[Scenario], workers: int
) -> None:
    before = bench(*given)
    after = percore.resolve(before, cores(workers)).experiment
    for name, was in before.scenarios.items():
        now = after.scenarios[name]
        assert now.contenders == was.contenders  # who all have this one number of connections
        assert now.connections >= max(was.connections, 16 * workers)
        assert len(set(now.sweep)) == len(now.sweep)
        if now.generator == "ghz":
            assert now.sweep == was.sweep
            continue
        assert max(now.sweep) >= max(was.sweep)
        for level in was.sweep:
            raised = min(found for found in now.sweep if found >= level)
            assert raised - level < now.connections
        assert all(level % now.connections_at(level) == 0 for level in now.sweep)


@given(st.lists(scenarios, min_size=1, max_size=3), st.integers(2, 64))
def test_resolving_again_changes_nothing(given: list[Scenario], workers: int) -> None:
    once = percore.resolve(bench(*given), cores(workers))
    again = percore.resolve(once.experiment, cores(workers))
    assert again.experiment == once.experiment
    assert not again.notes


def test_a_scenario_may_take_those_of_one_process_or_those_of_one_worker_per_core_alone() -> None:
    made = bench(scenario("both"), scenario("one", per_core=False), scenario("all", per_core=True))
    found = percore.resolve(made, cores(4)).experiment.scenarios
    assert {name: each.contenders for name, each in found.items()} == {
        "both": (ONE, SEVERAL),
        "one": (ONE,),
        "all": (SEVERAL,),
    }


def test_on_one_core_a_scenario_takes_those_of_one_process_whatever_it_says() -> None:
    made = bench(scenario("one", per_core=False), scenario("all", per_core=True))
    found = percore.resolve(made, cores(1)).experiment.scenarios
    assert {each.contenders for each in found.values()} == {(ONE,)}


def test_a_scenario_that_nobody_may_take_is_left_out() -> None:
    made = bench(scenario("one", per_core=False), scenario("both"))
    alone = {
        name: dataclasses.replace(each, contenders=(SEVERAL,))
        for name, each in made.scenarios.items()
    }
    asked = dataclasses.replace(made, scenarios=alone)
    assert list(percore.resolve(asked, cores(4)).experiment.scenarios) == ["both"]
