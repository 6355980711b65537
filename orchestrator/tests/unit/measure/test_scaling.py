"""What a contender does on more cores, from runs that measured it on several counts."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import pytest

from clusterbench.measure.claim_evidence import Judged
from clusterbench.measure.cost import Basis, costs
from clusterbench.measure.scaling import scaling
from clusterbench.measure.usl import Law
from clusterbench.model.contender import Contender
from support.capacity_runs import capacity, capacity_run, capacity_summary, question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.measure.cost import ContenderCost

LAW = Law(gamma=2_000.0, alpha=0.04, beta=0.002)
ONE, SEVERAL = "sklearn-grpc", "sklearn-grpc-per-core"
UP_AND_DOWN = (0.98, 1.0, 1.02)


def measured(cores: int, rounds: Sequence[float] = UP_AND_DOWN, law: Law = LAW) -> Judged:
    """A run on so many cores that has capacities alone: of one process, or of one per core."""
    name = ONE if cores == 1 else SEVERAL
    rates = [law.rate(cores) * each for each in rounds]
    run = capacity_run([name], cores=cores, id=f"run-{cores}")
    found = capacity(name, rates, cores=cores, workers=cores)
    return Judged(run, dataclasses.replace(capacity_summary(run, [found]), cells=()))


def cost(at: Judged, beside: Sequence[Judged], rate: float) -> ContenderCost:
    (made,) = costs(at.run, at.summary, question(rate, headroom=0.0), beside)
    return made


def test_a_law_is_fitted_over_runs_of_one_two_and_four_cores() -> None:
    runs = [measured(1), measured(2), measured(4)]
    found = scaling(runs[0].summary.capacities[0], runs[0], runs[1:])
    assert found is not None
    assert found.law.alpha == pytest.approx(LAW.alpha, abs=1e-3)
    assert [(point.cores, point.run) for point in found.points] == [
        (1, "run-1"),
        (2, "run-2"),
        (4, "run-4"),
    ]
    assert all(abs(point.residual) < 0.001 for point in found.points)
    assert found.most_cores == 4


def test_fewer_than_three_numbers_of_cores_or_another_host_give_no_law() -> None:
    one, two, four = measured(1), measured(2), measured(4)
    assert scaling(one.summary.capacities[0], one, [two]) is None
    elsewhere = dataclasses.replace(
        four.run, fingerprint=dataclasses.replace(four.run.fingerprint, host={"cpu": "another"})
    )
    assert scaling(one.summary.capacities[0], one, [two, Judged(elsewhere, four.summary)]) is None
    assert scaling(one.summary.capacities[0], one, [two, four]) is not None


def test_a_lower_bound_and_an_objective_that_was_not_met_settle_no_law() -> None:
    one, two, four = measured(1), measured(2), measured(4)
    (found,) = four.summary.capacities
    for left_out in (
        dataclasses.replace(found, lower_bound=True),
        dataclasses.replace(found, unmet=1),
    ):
        changed = Judged(four.run, dataclasses.replace(four.summary, capacities=(left_out,)))
        assert scaling(one.summary.capacities[0], one, [two, changed]) is None


# ---------------------------------------------------------------------------- within one run


def on(cores: int, **changes: object) -> Contender:
    base = Contender(name=f"tonic-{cores}", service="rust-tonic", cores=cores)
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def one_run(contenders: Mapping[str, Contender]) -> Judged:
    """One run on four cores, with contenders on as many of them as their names end with."""
    run = capacity_run(["rust-tonic"], cores=4)
    names = tuple(contenders)
    scenarios = {
        name: dataclasses.replace(each, contenders=names)
        for name, each in run.experiment.scenarios.items()
    }
    experiment = dataclasses.replace(run.experiment, contenders=contenders, scenarios=scenarios)
    run = dataclasses.replace(run, experiment=experiment)
    found = [capacity(name, rates(LAW, name), cores=int(name[-1])) for name in contenders]
    return Judged(run, capacity_summary(run, found))


def rates(law: Law, name: str) -> Sequence[float]:
    return [law.rate(int(name[-1]))] * 2


def test_contenders_of_one_run_that_differ_in_their_cores_alone_share_a_law() -> None:
    run = one_run({f"tonic-{n}": on(n) for n in (1, 2, 4)})
    for each in run.summary.capacities:
        found = scaling(each, run)
        assert found is not None
        assert found.law.beta == pytest.approx(LAW.beta)


def test_another_setting_makes_it_another_server() -> None:
    for other in (on(4, environment={"SERVER_WORKERS": "1"}), on(4, variant="native")):
        run = one_run({"tonic-1": on(1), "tonic-2": on(2), "tonic-4": other})
        assert all(scaling(each, run) is None for each in run.summary.capacities)


def test_saturated_throughputs_give_the_shape_where_capacities_do_not() -> None:
    run = one_run({f"tonic-{n}": on(n) for n in (1, 2, 4)})
    double = Law(gamma=2 * LAW.gamma, alpha=LAW.alpha, beta=LAW.beta)
    cells = [
        dataclasses.replace(
            cell,
            throughput=capacity(cell.contender, rates(double, cell.contender)).capacity,
            lower_bound=False,
        )
        for cell in run.summary.cells
        if cell.scenario == "predict-saturated"
    ]
    assert len(cells) == 3
    one = run.summary.capacities[0]
    summary = dataclasses.replace(run.summary, cells=tuple(cells), capacities=(one,))
    found = scaling(one, Judged(run.run, summary))
    assert found is not None
    assert found.of == "saturated throughput"
    assert found.law.gamma == pytest.approx(LAW.gamma)
    assert found.law.alpha == pytest.approx(LAW.alpha)
    assert found.law.rate(4) == pytest.approx(LAW.rate(4))


# ------------------------------------------------------------------------------ what it costs


def test_cores_within_those_measured_are_by_the_law() -> None:
    one, two, four = measured(1), measured(2), measured(4)
    made = cost(one, [two, four], LAW.rate(3))
    assert made.basis is Basis.MEASURED
    assert made.cores is not None
    assert made.cores.value == pytest.approx(3.0, rel=1e-3)
    assert made.measured_cores == 4


def test_a_little_beyond_those_measured_the_law_is_extrapolated_with_its_interval() -> None:
    one, two, four = measured(1), measured(2), measured(4)
    made = cost(one, [two, four], LAW.rate(4.6))
    assert made.basis is Basis.LAW
    assert made.cores is not None
    assert made.cores.value == pytest.approx(4.6, rel=1e-3)
    assert made.whole_cores == 5
    assert made.cores.ends is not None
    low, high = made.cores.ends
    assert low < made.cores.value < high


def test_one_server_is_extrapolated_to_twice_its_cores_and_then_there_are_several() -> None:
    one, two, four = measured(1), measured(2), measured(4)
    assert cost(one, [two, four], 0.99 * LAW.rate(8)).basis is Basis.LAW
    made = cost(one, [two, four], 2 * LAW.rate(8) + LAW.rate(3))
    assert made.basis is Basis.SERVERS
    assert made.cores is not None
    assert made.cores.value == pytest.approx(8 + 8 + 3, rel=1e-2)
    assert made.processes == made.whole_cores


def test_no_server_has_more_cores_than_the_laws_peak() -> None:
    peaks_early = Law(gamma=2_000.0, alpha=0.1, beta=0.03)
    runs = [measured(n, law=peaks_early) for n in (1, 2, 4)]
    found = scaling(runs[0].summary.capacities[0], runs[0], runs[1:])
    assert found is not None
    assert peaks_early.peak < 2 * 4
    assert found.largest_server == math.floor(peaks_early.peak)


def test_more_requests_never_take_fewer_cores() -> None:
    one, two, four = measured(1), measured(2), measured(4, (0.9, 1.0, 1.1))
    cores = [cost(one, [two, four], 500.0 * 1.1**n).cores for n in range(60)]
    values = [each.value for each in cores if each is not None]
    assert values == sorted(values)
    assert len(values) == 60


def test_without_a_law_more_cores_come_by_adding_processes() -> None:
    made = cost(measured(1), [measured(2)], 10 * LAW.gamma)
    assert made.basis is Basis.PROCESSES
    assert made.scaling is None
    assert made.measured_cores == 1
