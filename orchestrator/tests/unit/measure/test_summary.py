from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest

from clusterbench.measure.summarise import summarise
from clusterbench.model.cell_summary import CellSummary, Comparison, Figures, Pairing
from clusterbench.model.check import Check
from clusterbench.model.contender import EDITION_2019, Alternative, Contender
from clusterbench.model.records import Outcome, TrialRecord, TurnRecord
from clusterbench.model.summary import Summary
from clusterbench.model.trial import Limit
from clusterbench.model.units import Bytes, Seconds
from support.factories import run_record
from support.trials import FAST, NOOP, SLOW, experiment, figures_of, held_back, side, trial, turn

Record = TrialRecord | TurnRecord


def whole_run(
    throughputs: dict[str, list[float]],
    **changes: Any,
) -> tuple[list[Record], dict[str, Figures]]:
    """Records and figures of a run in which nothing failed."""
    records: list[Record] = []
    figures: dict[str, Figures] = {}
    for contender, rounds in throughputs.items():
        for number, throughput in enumerate(rounds, start=1):
            done = trial(contender, number, **changes)
            figures[done.id] = figures_of(throughput)
            records += [done, turn(contender, number)]
    return records, figures


def cell(summary: Summary, contender: str, level: int = 64) -> CellSummary:
    (found,) = (c for c in summary.cells if (c.contender, c.level) == (contender, level))
    return found


def comparison(summary: Summary, numerator: str, denominator: str) -> Comparison:
    (found,) = (
        c for c in summary.comparisons if (c.numerator, c.denominator) == (numerator, denominator)
    )
    return found


def test_one_trial_whose_generator_sent_late_marks_its_cell() -> None:
    records, figures = whole_run({SLOW: [100.0] * 3, FAST: [400.0] * 3})
    late = {"p50": Seconds(0.001), "p99": Seconds(0.002)}
    for number, factor in enumerate((0.1, 0.1, 10.0), start=1):
        times = {name: Seconds(value * factor) for name, value in late.items()}
        figures[trial(SLOW, number).id] = figures_of(100.0, {"p99": 0.01}, send_delay=times)
    records[0] = trial(SLOW, 1, doubts=("it sent late",), run_delay=0.5)
    for place, number in ((2, 2), (4, 3)):
        assert records[place].round == number
        records[place] = trial(SLOW, number, run_delay=0.02)
    summary = summarise(run_record(experiment=experiment()), records, figures)
    marked = cell(summary, SLOW)
    assert (marked.delayed, marked.doubts) == (True, ("it sent late",))
    assert marked.send_delay["p99"].rounds == pytest.approx((0.0002, 0.0002, 0.02))
    assert marked.run_delay == 0.02  # of the third trial, which was late
    fast = cell(summary, FAST)
    assert (fast.delayed, fast.send_delay, fast.run_delay) == (False, {}, None)


def test_what_limits_held_back_is_estimated_over_the_rounds() -> None:
    records, figures = whole_run({SLOW: [100.0] * 2, FAST: [400.0] * 2})
    for number, held in ((1, 0.0), (2, 0.5)):
        times = {"p99": Seconds(held)}
        figures[trial(SLOW, number).id] = figures_of(100.0, held_back_for=times)
    summary = summarise(run_record(experiment=experiment()), records, figures)
    assert cell(summary, SLOW).held_back_for["p99"].rounds == (0.0, 0.5)
    assert cell(summary, FAST).held_back_for == {}


WHOLE = {SLOW: [100.0, 110.0, 90.0], FAST: [400.0, 440.0, 360.0], NOOP: [800.0, 880.0, 720.0]}


def test_a_cells_throughput_is_estimated_over_its_rounds_in_their_order() -> None:
    records, figures = whole_run(WHOLE)
    summary = summarise(run_record(experiment=experiment()), records[::-1], figures)
    throughput = cell(summary, SLOW).throughput
    assert throughput is not None
    assert throughput.rounds == (100.0, 110.0, 90.0)
    assert throughput.low is not None
    assert throughput.low < throughput.value < 110.0


def test_ratios_are_paired_by_round_so_that_what_slows_a_round_down_cancels() -> None:
    summary = summarise(run_record(experiment=experiment()), *whole_run(WHOLE))
    ratio = comparison(summary, FAST, SLOW).ratio
    assert ratio.rounds == pytest.approx((4.0, 4.0, 4.0))
    assert ratio.low == pytest.approx(4.0)
    assert ratio.high == pytest.approx(4.0)


def test_a_round_that_one_side_lacks_is_left_out_of_the_ratio() -> None:
    records, figures = whole_run(WHOLE)
    failed = trial(SLOW, 2, outcome=Outcome.FAILED, reason="it died")
    records = [r for r in records if getattr(r, "id", "") != failed.id] + [failed]
    figures.pop(failed.id)
    ratio = comparison(
        summarise(run_record(experiment=experiment()), records, figures), FAST, SLOW
    ).ratio
    assert len(ratio.rounds) == 2


def test_a_side_without_ok_responses_gives_no_ratio() -> None:
    summary = summarise(
        run_record(experiment=experiment()), *whole_run({**WHOLE, SLOW: [0.0, 0.0, 0.0]})
    )
    assert (FAST, SLOW) not in {(c.numerator, c.denominator) for c in summary.comparisons}


def test_later_contenders_are_compared_with_earlier_ones_and_noop_handlers_with_their_own() -> None:
    summary = summarise(run_record(experiment=experiment()), *whole_run(WHOLE))
    pairs = [(c.numerator, c.denominator) for c in summary.comparisons]
    assert pairs == [(FAST, SLOW), (NOOP, FAST)]


def test_each_edition_is_compared_within_itself_and_a_service_with_its_own_of_2019() -> None:
    names = ("one", "two", "one-2019", "two-2019", "other")
    base = experiment()
    scenario = dataclasses.replace(base.scenarios["predict"], contenders=names)
    editions = dataclasses.replace(
        base,
        contenders={
            "one": Contender(name="one", service="one"),
            "two": Contender(name="two", service="two"),
            "one-2019": Contender(
                name="one-2019", service="x", edition=EDITION_2019, published="one"
            ),
            "two-2019": Contender(
                name="two-2019", service="y", edition=EDITION_2019, published="two"
            ),
            "other": Contender(
                name="other", service="one", alternative=Alternative(of="one", about="")
            ),
        },
        scenarios={"predict": scenario},
    )
    summary = summarise(
        run_record(experiment=editions), *whole_run({name: [1.0, 2.0, 3.0] for name in names})
    )
    assert [(c.pairing, c.numerator, c.denominator) for c in summary.comparisons] == [
        (Pairing.ONE_PROCESS, "two", "one"),
        (Pairing.OF_2019, "two-2019", "one-2019"),
        (Pairing.SINCE_2019, "one", "one-2019"),
        (Pairing.SINCE_2019, "two", "two-2019"),
    ]


@pytest.mark.parametrize(
    ("fast", "slow", "bound"),
    [
        (side(0.95), side(0.95), ""),
        (side(0.3), side(0.95), ">="),
        (side(0.95), side(0.3), "<="),
        (side(0.3), side(0.3), "unknown"),
    ],
)
def test_a_ratio_says_what_it_bounds_where_the_generator_limited_a_side(
    fast: object, slow: object, bound: str
) -> None:
    records: list[Record] = []
    figures = {}
    for name, server in ((FAST, fast), (SLOW, slow)):
        done = trial(name, 1, server=server, generator=side(0.99))
        figures[done.id] = figures_of(100.0)
        records.append(done)
    summary = summarise(run_record(experiment=experiment(rounds=1)), records, figures)
    assert comparison(summary, FAST, SLOW).bound == bound


def test_a_cell_limited_by_its_generator_is_a_lower_bound() -> None:
    records, figures = whole_run(WHOLE, server=side(0.25), generator=side(1.0))
    found = cell(summarise(run_record(experiment=experiment()), records, figures), FAST)
    assert found.limit is Limit.CLIENT_BOUND
    assert found.lower_bound


def test_a_cell_limited_by_its_server_is_no_bound() -> None:
    found = cell(summarise(run_record(experiment=experiment()), *whole_run(WHOLE)), FAST)
    assert found.limit is Limit.SERVER_BOUND
    assert not found.lower_bound


def test_a_cell_with_a_throttled_trial_is_throttled_and_a_lower_bound() -> None:
    records, figures = whole_run(WHOLE)
    records[0] = trial(SLOW, 1, server=held_back(0.25), generator=held_back(0.25))
    found = cell(summarise(run_record(experiment=experiment()), records, figures), SLOW)
    assert found.limit is Limit.THROTTLED
    assert found.lower_bound


def test_a_trial_whose_side_used_other_cpus_than_its_own_is_a_failure_and_no_figure() -> None:
    records, figures = whole_run(WHOLE)
    records[0] = trial(SLOW, 1, server=side(1.9))
    found = cell(summarise(run_record(experiment=experiment()), records, figures), SLOW)
    assert found.trials == 2
    assert found.failures == (
        "round 1: the server used 1.90 CPUs where its CPU set has 1: the set did not bind it",
    )
    assert found.server_share is not None
    assert max(found.server_share.rounds) <= 1.0


def test_cpu_time_per_request_is_the_servers_over_its_ok_responses() -> None:
    records, figures = whole_run({SLOW: [100.0], FAST: [], NOOP: []}, server=side(0.5))
    found = cell(summarise(run_record(experiment=experiment(rounds=1)), records, figures), SLOW)
    assert found.cpu_per_request is not None
    assert found.cpu_per_request.value == pytest.approx(0.5 / 100.0)
    assert found.server_share is not None
    assert found.server_share.value == pytest.approx(0.5)


def test_a_cell_of_which_nothing_was_measured_is_there_with_its_reasons() -> None:
    records: list[Record] = [
        trial(SLOW, 1, outcome=Outcome.FAILED, reason="the server ended"),
        turn(SLOW, 1),
        turn(SLOW, 2, outcome=Outcome.FAILED, reason="not healthy after 60 s"),
    ]
    found = cell(summarise(run_record(experiment=experiment()), records, {}), SLOW)
    assert found.trials == 0
    assert found.throughput is None
    assert found.error_rate is None
    assert found.latency == {}
    assert found.limit is None
    assert found.failures == (
        "round 1: the server ended",
        "round 2: not healthy after 60 s",
    )


def test_a_trial_whose_samples_are_gone_is_a_failure_and_not_a_zero() -> None:
    records, figures = whole_run(WHOLE)
    del figures[trial(SLOW, 2).id]
    found = cell(summarise(run_record(experiment=experiment()), records, figures), SLOW)
    assert found.trials == 2
    assert found.failures == ("round 2: its requests are missing from the run folder",)


def test_errors_are_added_up_over_rounds_by_status() -> None:
    records, figures = whole_run(WHOLE)
    for number, errors in ((1, {"UNAVAILABLE": 2}), (2, {"UNAVAILABLE": 1, "INTERNAL": 5})):
        figures[trial(SLOW, number).id] = figures_of(100.0, errors=errors)
    found = cell(summarise(run_record(experiment=experiment()), records, figures), SLOW)
    assert found.errors == {"UNAVAILABLE": 3, "INTERNAL": 5}
    assert found.error_rate is not None
    assert found.error_rate.rounds == (2 / 502, 6 / 506, 0.0)


def test_a_percentile_that_only_some_rounds_have_is_left_out() -> None:
    records, figures = whole_run(WHOLE)
    both = {"p50": 0.01, "p99.9": 0.1}
    for number, latency in ((1, both), (2, both), (3, {"p50": 0.02})):
        figures[trial(SLOW, number).id] = figures_of(100.0, latency)
    found = cell(summarise(run_record(experiment=experiment()), records, figures), SLOW)
    assert set(found.latency) == {"p50"}


def test_responses_that_were_compared_with_the_right_ones_are_counted_over_all_trials() -> None:
    records, figures = whole_run(WHOLE)
    checked = {trial(FAST, number).id: number * 1000 for number in (1, 2)}
    records = [
        dataclasses.replace(r, responses_checked=checked.get(r.id))
        if isinstance(r, TrialRecord)
        else r
        for r in records
    ]
    summary = summarise(run_record(experiment=experiment()), records, figures)
    assert cell(summary, FAST).responses_checked == 3000
    assert cell(summary, FAST).checks == {Check.MESSAGE: 3000}
    assert cell(summary, SLOW).responses_checked is None


def test_ok_responses_of_whole_loads_are_counted_by_how_they_were_checked() -> None:
    records, figures = whole_run(WHOLE)
    counts = {"OK": 500, "UNAVAILABLE": 7}
    by_size = trial(SLOW, 1, checked_by=Check.SIZE, summary_counts=counts)
    by_status = trial(SLOW, 2, checked_by=Check.STATUS, summary_counts=counts)
    again = {each.id: each for each in (by_size, by_status)}
    records = [again.get(getattr(record, "id", ""), record) for record in records]
    summary = summarise(run_record(experiment=experiment()), records, figures)
    assert cell(summary, SLOW).checks == {Check.STATUS: 500, Check.SIZE: 500}
    assert cell(summary, FAST).checks == {}


def test_a_bound_on_streams_and_a_cut_list_mark_the_cell() -> None:
    records, figures = whole_run(WHOLE)
    held = trial(FAST, 1, held_back=40)
    records = [held if getattr(r, "id", "") == held.id else r for r in records]
    figures[trial(SLOW, 2).id] = figures_of(100.0, truncated=True)
    summary = summarise(run_record(experiment=experiment()), records, figures)
    assert cell(summary, FAST).held_back == 40
    assert cell(summary, SLOW).held_back is None
    assert cell(summary, SLOW).truncated
    assert not cell(summary, FAST).truncated


def test_a_contenders_memory_and_start_are_those_of_its_turns_that_went_well() -> None:
    records: list[Record] = [
        turn(FAST, 1, peak_memory=Bytes(100), peak_memory_source="kernel"),
        turn(FAST, 2, peak_memory=Bytes(100), peak_memory_source="sampled", warm=False),
        turn(FAST, 3, outcome=Outcome.FAILED, reason="it did not start", steps={}),
    ]
    summary = summarise(run_record(experiment=experiment()), records, {})
    (found,) = (c for c in summary.contenders if c.name == FAST)
    assert found.turns == 2
    assert found.warm_turns == 1
    needs = found.footprint
    assert needs.peak_memory is not None
    assert needs.peak_memory.value == pytest.approx(100)
    assert needs.peak_memory_source == "sampled"
    assert needs.start is not None
    assert needs.start.value == pytest.approx(0.5)
    assert found.failures == ("round 3: it did not start",)


def test_a_run_is_complete_when_every_planned_trial_is_settled() -> None:
    records, figures = whole_run(WHOLE)
    assert summarise(run_record(experiment=experiment()), records, figures).complete
    missing = trial(FAST, 2).id
    fewer = [r for r in records if getattr(r, "id", "") != missing]
    assert not summarise(run_record(experiment=experiment()), fewer, figures).complete
    fewer = [
        r for r in fewer if not (isinstance(r, TurnRecord) and (r.contender, r.round) == (FAST, 2))
    ]
    fewer.append(turn(FAST, 2, outcome=Outcome.FAILED, reason="it did not start"))
    assert summarise(run_record(experiment=experiment()), fewer, figures).complete


def test_nothing_measured_still_gives_every_cell() -> None:
    summary = summarise(run_record(experiment=experiment(sweep=(64, 128))), [], {})
    assert [(c.contender, c.level) for c in summary.cells] == [
        (SLOW, 64), (FAST, 64), (NOOP, 64), (SLOW, 128), (FAST, 128), (NOOP, 128),
    ]  # fmt: skip
    assert not summary.complete
    assert summary.comparisons == ()
    assert summary.time.wall == Seconds(0.0)


def test_a_low_concurrency_has_no_more_connections_than_requests_in_flight() -> None:
    summary = summarise(run_record(experiment=experiment(sweep=(2, 64))), [], {})
    assert cell(summary, SLOW, 2).connections == 2
    assert cell(summary, SLOW, 64).connections == 8


def test_a_summary_comes_back_from_json_as_it_was() -> None:
    summary = summarise(run_record(experiment=experiment()), *whole_run(WHOLE))
    assert msgspec.json.decode(msgspec.json.encode(summary), type=Summary) == summary


def test_a_trial_measured_before_its_turn_failed_counts_and_is_no_failure() -> None:
    done = trial(SLOW, 1)
    records: list[Record] = [done, turn(SLOW, 1, outcome=Outcome.FAILED, reason="it died later")]
    found = cell(
        summarise(run_record(experiment=experiment()), records, {done.id: figures_of(100.0)}), SLOW
    )
    assert found.trials == 1
    assert found.failures == ()
