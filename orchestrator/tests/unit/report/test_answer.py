"""The answer in words, made from made-up runs whose figures are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.model.contender import Alternative
from clusterbench.model.experiment import Method
from clusterbench.model.interval import Estimate
from clusterbench.model.objective import in_milliseconds
from clusterbench.model.trial import Limit
from clusterbench.report.answer import LONGEST, answer
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render
from support import reported_runs as runs
from support import summaries
from support.capacity_runs import CAPACITY, capacity, capacity_run, capacity_summary, question
from support.judged_runs import trained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.capacity import CapacitySummary
    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

RUST, LINFA, SKLEARN = "linfa on tonic", "linfa from Python on grpcio", "scikit-learn on grpcio"
WITHIN = "Within p99 ≤ 10 ms one core of "
TAKE = "10,000 requests/s with 30% headroom take "


def of(*found: CapacitySummary, run: RunRecord | None = None, **changes: Any) -> Sequence[str]:
    """The answer of a run that found these capacities."""
    run = run or capacity_run()
    return answer(run, replace(capacity_summary(run, found), **changes))


def steady(name: str, rate: float, **changes: Any) -> CapacitySummary:
    """A capacity that is the same in all rounds."""
    return capacity(name, (rate,) * 3, **changes)


def three(**changes: Any) -> list[CapacitySummary]:
    rates = {"sklearn-grpc": 1_900.0, "linfa-py-grpc": 3_900.0, "rust-tonic": 151_000.0}
    return [steady(name, rate, **changes.get(name, {})) for name, rate in rates.items()]


def changed_cells(run: RunRecord, of: str, **changes: Any) -> tuple[CellSummary, ...]:
    """The run's cells, those of one contender changed."""
    return tuple(
        replace(cell, **changes) if cell.contender == of else cell for cell in summaries.cells(run)
    )


# ---------------------------------------------------------------------------- within an objective


def test_the_answer_is_what_a_core_serves_the_ratio_and_what_the_asked_rate_takes() -> None:
    run = capacity_run()
    assert answer(run, capacity_summary(run)) == (
        (
            f"{WITHIN}{RUST} serves 150,000 requests/s (145,000 to 155,000), {LINFA} 6,500, "
            f"{SKLEARN} 2,000."
        ),
        f"That is 23.1 times (23.0 to 23.2) {LINFA} and 75.1 times (68.5 to 82.2) {SKLEARN}.",
        f"{TAKE}1 core of {RUST}, 3 of {LINFA}, 8 (7 to 9) of {SKLEARN}.",
    )


def test_what_nothing_speaks_against_has_no_line_of_distrust() -> None:
    assert not any(line.startswith("Distrust") for line in of(*three()))


def test_a_server_in_rust_that_is_slower_is_compared_the_other_way_round() -> None:
    found = of(steady("rust-tonic", 1_000.0), steady("sklearn-grpc", 1_500.0))
    assert found[0].startswith(f"{WITHIN}{SKLEARN} serves 1,500 requests/s")
    assert found[1] == f"That is 1.50 times {RUST}."


def test_what_is_equal_within_the_interval_is_no_difference() -> None:
    found = of(
        capacity("rust-tonic", (1_000.0, 1_100.0, 1_050.0)),
        capacity("sklearn-grpc", (1_050.0, 1_000.0, 1_090.0)),
        steady("linfa-py-grpc", 100.0),
    )
    assert found[1] == (
        f"That is 10.5 times (9.3 to 11.8) {LINFA}; no difference beyond the interval from "
        f"{SKLEARN} (0.82 to 1.22 times)."
    )
    alone = of(
        capacity("rust-tonic", (1_000.0, 1_100.0, 1_050.0)),
        capacity("sklearn-grpc", (1_050.0, 1_000.0, 1_090.0)),
    )
    assert alone[1] == f"No difference beyond the interval from {SKLEARN} (0.82 to 1.22 times)."


def test_a_contender_that_failed_is_named_and_has_no_figure() -> None:
    run = capacity_run()
    cells = tuple(
        summaries.failed(cell) if cell.contender == "linfa-py-grpc" else cell
        for cell in summaries.cells(run)
    )
    kept = [each for each in three() if each.contender != "linfa-py-grpc"]
    found = of(*kept, run=run, cells=cells)
    assert found == (
        (f"{WITHIN}{RUST} serves 151,000 requests/s, {SKLEARN} 1,900; {LINFA} failed."),
        f"That is 79.5 times {SKLEARN}.",
        f"{TAKE}1 core of {RUST}, 8 of {SKLEARN}.",
    )


def test_an_objective_that_one_contender_never_met_is_said_and_costs_nothing() -> None:
    unmet = [each for each in three() if each.contender == "rust-tonic"]
    unmet += [steady("linfa-py-grpc", 0.0), steady("sklearn-grpc", 0.0)]
    found = of(*unmet)
    assert found[0].endswith(f"; {SKLEARN} and {LINFA} met it at no rate that was tried.")
    assert found[1:] == (f"{TAKE}1 core of {RUST}.",)


def test_an_objective_that_none_met_gives_way_to_saturated_servers() -> None:
    found = of(*(steady(name, 0.0) for name in runs.THREE))
    assert found[0].startswith(f"Saturated, without a latency objective, one core of {RUST} serves")
    assert found[0].endswith("; p99 ≤ 10 ms was met by none at any rate that was tried.")
    assert found[2].startswith(f"By CPU time {TAKE}1 core of {RUST}, ")


def test_a_contender_that_met_the_objective_in_some_rounds_has_no_ratio_and_is_distrusted() -> None:
    found = of(steady("rust-tonic", 151_000.0), capacity("sklearn-grpc", (1_900.0, 0.0, 1_900.0)))
    assert not any("times" in line for line in found)
    assert f"10,000 requests/s with 30% headroom take 1 core of {RUST}, 12 (4 or more)" in found[1]
    assert found[-1] == f"Distrust: {SKLEARN} met the objective in 2 of 3 rounds only."


def test_a_lower_bound_is_marked_and_bounds_the_ratio_and_the_cores() -> None:
    found = of(*three(**{"rust-tonic": {"lower_bound": True}}))
    assert found == (
        (f"{WITHIN}{RUST} serves >= 151,000 requests/s, {LINFA} 3,900, {SKLEARN} 1,900."),
        f"That is >= 38.7 times {LINFA} and >= 79.5 times {SKLEARN}.",
        f"{TAKE}<= 1 core of {RUST}, 4 of {LINFA}, 8 of {SKLEARN}.",
        f"Distrust: the load generator limited {RUST}, so that figure is a lower bound.",
    )


def test_of_two_lower_bounds_the_ratio_is_unknown_and_of_the_lesser_one_it_is_an_upper_bound() -> (
    None
):
    both = {name: {"lower_bound": True} for name in ("rust-tonic", "linfa-py-grpc")}
    found = of(*three(**both))
    assert found[1] == (
        f"That is >= 79.5 times {SKLEARN}; the ratio to {LINFA} is unknown, since "
        "both are lower bounds."
    )
    lesser = of(*three(**{"linfa-py-grpc": {"lower_bound": True}}))
    assert lesser[1].startswith(f"That is <= 38.7 times {LINFA} and 79.5 times")


def test_one_round_has_no_intervals_and_says_so() -> None:
    run = capacity_run()
    run = replace(run, experiment=replace(run.experiment, rounds=1))
    found = of(capacity("rust-tonic", (151_000.0,)), capacity("sklearn-grpc", (1_900.0,)), run=run)
    assert found == (
        f"{WITHIN}{RUST} serves 151,000 requests/s, {SKLEARN} 1,900; {LINFA}: not measured.",
        f"That is 79.5 times {SKLEARN}.",
        f"{TAKE}1 core of {RUST}, 8 of {SKLEARN}.",
        "Distrust: one round, so no intervals.",
    )


def test_one_contender_alone_has_no_ratio() -> None:
    run = capacity_run(("rust-tonic",))
    assert of(steady("rust-tonic", 151_000.0), run=run) == (
        f"{WITHIN}{RUST} serves 151,000 requests/s.",
        f"{TAKE}1 core of {RUST}.",
    )


def test_one_worker_per_core_stands_for_its_service_where_it_serves_more() -> None:
    names = ("sklearn-grpc", "sklearn-grpc-per-core", "rust-tonic")
    run = capacity_run(names, cores=4)
    found = of(
        steady("sklearn-grpc", 2_300.0, cores=4),
        steady("sklearn-grpc-per-core", 8_000.0, cores=4, workers=4),
        steady("rust-tonic", 480_000.0, cores=4),
        run=run,
    )
    assert found[0] == (f"{WITHIN}{RUST} serves 120,000 requests/s, {SKLEARN} 2,000.")
    assert found[2] == f"{TAKE}1 core of {RUST}, 8 of {SKLEARN}."


def test_one_worker_per_core_alone_has_the_name_of_its_service() -> None:
    run = capacity_run(("sklearn-grpc-per-core",), cores=4)
    known = dict(run.experiment.contenders)
    known["sklearn-grpc-per-core"] = replace(
        known["sklearn-grpc-per-core"], title=f"{SKLEARN}, one process per core"
    )
    run = replace(run, experiment=replace(run.experiment, contenders=known))
    found = of(steady("sklearn-grpc-per-core", 8_000.0, cores=4, workers=4), run=run)
    assert found[0] == f"{WITHIN}{SKLEARN} serves 2,000 requests/s."


def test_an_objective_that_was_not_measured_gives_way_to_the_nearest_one_that_was() -> None:
    asked = question(objective=in_milliseconds("p99", 20))
    found = of(*three(), run=capacity_run(asks=asked))
    assert found[0].startswith(f"{WITHIN}{RUST} serves")


def test_without_a_question_capacities_are_told_and_no_cores() -> None:
    run = capacity_run()
    run = replace(run, experiment=replace(run.experiment, question=None))
    found = of(*three(), run=run)
    assert found[0].startswith(f"{WITHIN}{RUST} serves 151,000 requests/s")
    assert "headroom" not in " ".join(found)


def test_a_rate_without_headroom_names_none() -> None:
    found = of(*three(), run=capacity_run(asks=question(headroom=0.0)))
    assert found[2].startswith("10,000 requests/s take 1 core of")


def test_many_contenders_are_counted_where_they_do_not_fit_into_a_line() -> None:
    names = tuple(f"a-server-of-a-long-enough-name-{number}" for number in range(9))
    found = of(
        *(steady(name, 1_000.0 * (9 - place)) for place, name in enumerate(names)),
        run=capacity_run(names),
    )
    assert ", and 6 more." in found[0]
    assert all(len(line) < 2 * LONGEST for line in found)


# ------------------------------------------------------------------------------------ saturated


def test_without_capacities_saturated_servers_answer_by_throughput_and_cpu_time() -> None:
    run = runs.run()
    found = answer(run, summaries.summary(run))
    assert found[0].startswith(
        f"Saturated, without a latency objective, one core of {RUST} serves 214,000 requests/s ("
    )
    assert found[1].startswith("That is 28.")
    assert found[2].startswith("A request takes CPU time of 4.5")
    assert f" with {RUST}, " in found[2]


def test_with_a_question_saturated_servers_are_counted_by_cpu_time_per_request() -> None:
    run = runs.run()
    run = replace(run, experiment=replace(run.experiment, question=question()))
    found = answer(run, summaries.summary(run))
    assert found[2] == f"By CPU time {TAKE}1 core of {RUST}, 2 of {LINFA}, 7 (6 to 7) of {SKLEARN}."


def test_a_server_of_one_process_on_several_cores_is_told_by_the_cpu_time_that_it_used() -> None:
    run = runs.run(rounds=1)
    run = replace(run, plan=replace(run.plan, server_capacity=4, server=run.plan.server))
    cells = changed_cells(
        run,
        "sklearn-grpc",
        limit=Limit.NEITHER,
        cpu_per_request=Estimate(value=4e-4, low=None, high=None, rounds=(4e-4,)),
    )
    found = answer(run, summaries.summary(run, cells))
    assert f"{SKLEARN} 2,500." in found[0]
    assert f"{SKLEARN} did not fill the server's CPUs, so the figure is per core of CPU" in found[3]


def test_servers_that_share_their_cpus_with_the_generator_are_told_by_cpu_time() -> None:
    run = runs.run()
    run = replace(run, plan=replace(run.plan, generator=run.plan.server))
    found = answer(run, summaries.summary(run))
    assert found[-1].endswith("server and load generator shared CPUs.")


def test_saturated_batches_are_batches() -> None:
    only = (runs.scenario("predict-batch", method=Method.PREDICT_BATCH),)
    run = runs.run(only)
    assert " batches/s " in answer(run, summaries.summary(run))[0]


def test_noop_handlers_and_servers_of_2019_are_not_in_the_answer() -> None:
    names = (*runs.THREE, "rust-tonic-noop", "rust-tonic-2019")
    run = runs.run((runs.scenario(contenders=names),))
    said = " ".join(answer(run, summaries.summary(run)))
    assert RUST in said
    assert "2019" not in said
    assert "noop" not in said


def test_servers_of_2019_alone_are_the_answer() -> None:
    run = runs.run((runs.scenario(contenders=("rust-tonic-2019",)),))
    assert "rust-tonic-2019 serves" in answer(run, summaries.summary(run))[0]


def test_a_run_of_which_everything_failed_says_so() -> None:
    run = runs.run()
    cells = [summaries.failed(cell) for cell in summaries.cells(run)]
    found = answer(run, summaries.summary(run, cells))
    assert found == (f"No contender has a figure: {SKLEARN}, {LINFA} and {RUST} failed.",)


# ------------------------------------------------------------------------------- what to distrust


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"limit": Limit.THROTTLED},
            f"a CPU quota held back a side with {RUST}, so its CPUs can do this or more",
        ),
        ({"doubts": ("its schedule slipped",)}, f"the load generator doubts its figures of {RUST}"),
        (
            {"disturbed": 2, "interference": 0.12},
            f"other processes had up to 12% of the CPUs with {RUST}",
        ),
        (
            {"drifting": 1, "drift": 0.2},
            f"the figures of {RUST} went up or down within their windows",
        ),
        (
            {"paused": 1, "pause": 0.35},
            f"no request of {RUST} ended for up to 350 ms within a window",
        ),
        ({"delayed": True}, f"the load generator sent late with {RUST}, which counts as latency"),
        ({"failures": ("round 2: it ended",)}, f"1 trial of {RUST} failed"),
    ],
)
def test_what_speaks_against_a_contenders_figure_is_named(
    changes: dict[str, Any], said: str
) -> None:
    run = capacity_run()
    found = of(*three(), run=run, cells=changed_cells(run, "rust-tonic", **changes))
    assert found[-1] == f"Distrust: {said}."


def test_a_send_delay_says_nothing_against_a_saturated_throughput() -> None:
    run = runs.run()
    cells = changed_cells(run, "rust-tonic", delayed=True)
    said = " ".join(answer(run, summaries.summary(run, cells)))
    assert "sent late" not in said


def test_interference_is_graver_than_a_lower_bound() -> None:
    run = capacity_run()
    cells = changed_cells(run, "rust-tonic", disturbed=1, interference=0.3)
    found = of(*three(**{"rust-tonic": {"lower_bound": True}}), run=run, cells=cells)
    assert found[-1] == (
        f"Distrust: other processes had up to 30% of the CPUs with {RUST}; the load generator "
        f"limited {RUST}, so that figure is a lower bound."
    )


def test_an_incomplete_run_is_distrusted_first() -> None:
    found = of(*three(**{"rust-tonic": {"lower_bound": True}}), complete=False)
    assert found[-1].startswith("Distrust: the run is incomplete; the load generator limited")


def test_servers_that_did_not_become_warm_are_distrusted() -> None:
    run = capacity_run()
    summary = capacity_summary(run, three())
    cold = tuple(
        replace(each, warm_turns=1) if each.name == "sklearn-grpc" else each
        for each in summary.contenders
    )
    found = answer(run, replace(summary, contenders=cold))
    assert found[-1] == f"Distrust: {SKLEARN} did not become warm."


def test_more_doubts_than_fit_are_counted() -> None:
    run = capacity_run()
    every = {
        "disturbed": 2, "interference": 0.12, "delayed": True, "doubts": ("late",),
        "failures": ("round 2: it ended",),
    }  # fmt: skip
    cells = changed_cells(run, "rust-tonic", **every)
    found = of(*three(**{"rust-tonic": {"lower_bound": True}}), run=run, cells=cells)
    assert len(found) == 4
    assert found[-1].endswith("; and 3 more.")
    assert len(found[-1]) < 2 * LONGEST


# ----------------------------------------------------------------------------------- no answer


def test_a_run_that_compares_alternatives_has_no_answer() -> None:
    run = runs.run(profile="alternatives-rust-tonic")
    instead = Alternative(of="rust-tonic", about="another allocator")
    known = dict(run.experiment.contenders)
    known["linfa-py-grpc"] = replace(known["linfa-py-grpc"], alternative=instead)
    run = replace(run, experiment=replace(run.experiment, contenders=known))
    assert answer(run, summaries.summary(run)) == ()


def test_a_run_by_the_published_method_alone_has_no_answer() -> None:
    then = replace(
        runs.scenario("then"), reference=False, load={"kind": "as-published", "duration": 1.0}
    )
    run = runs.run((then,))
    assert answer(run, summaries.summary(run)) == ()


def test_a_run_that_trains_alone_has_no_answer() -> None:
    run = runs.run(())
    assert answer(run, replace(summaries.summary(run), training=trained())) == ()


def test_a_run_of_overload_has_no_answer() -> None:
    overload = replace(
        runs.scenario("overload", generator="h2load", sweep=(64_000,)),
        load={
            "kind": "overload",
            "normal": {"connections": 8, "concurrency": 800},
            "before": 5.0,
            "paused": 1.0,
            "after": 6.0,
        },
    )
    run = runs.run((overload,))
    assert answer(run, summaries.summary(run)) == ()


# ------------------------------------------------------------------------------------ everywhere


def first_in(text: str, lines: Sequence[str]) -> bool:
    places = [text.index(line) for line in lines]
    return places == sorted(places)


def test_the_answer_comes_first_in_report_md_and_on_the_page() -> None:
    run = capacity_run()
    summary = capacity_summary(run)
    lines = answer(run, summary)
    text, page = markdown(run, summary), render(run, summary, ())
    assert text.startswith(f"# Run {run.id}\n\n{lines[0]}\n\n{lines[1]}\n\n")
    assert first_in(page, [*lines, 'id="glance"'])


def scenario_names(run: RunRecord) -> Sequence[str]:
    return tuple(run.experiment.scenarios)


def test_every_sentence_of_every_made_up_run_is_short_and_there_are_four_at_most() -> None:
    made: list[tuple[RunRecord, Summary]] = [(run := capacity_run(), capacity_summary(run))]
    for scenarios in (runs.STANDARD, runs.SEVERAL, runs.FULL):
        for rounds in (1, 3):
            run = runs.run(scenarios, rounds=rounds)
            made.append((run, summaries.summary(run)))
    for run, summary in made:
        found = answer(run, summary)
        assert 1 <= len(found) <= 4, scenario_names(run)
        assert all(len(line) < 2 * LONGEST for line in found)
    assert CAPACITY in made[0][0].experiment.scenarios
