"""Claims judged by made-up runs: every verdict, every kind of reason, both sides of each bound."""

# ruff: noqa: RUF001 - the figures are written so

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.measure.claim_rules import Agreement, agreement
from clusterbench.measure.estimates import estimate
from clusterbench.measure.judge_claims import judge
from clusterbench.model.claim_result import ClaimResult, Verdict
from clusterbench.model.claims import Claim, Sides, Sources, Subject
from clusterbench.model.contender import Alternative, Contender, Handler
from clusterbench.model.interval import Estimate
from clusterbench.model.trial import Limit
from support.judged_runs import LEVELS, SOURCES, cell, claim, faster, judged, sweep, trained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.measure.claim_evidence import Judged


def verdict(of: Claim, *runs: Judged) -> ClaimResult:
    (result,) = judge([of], runs)
    return result


def interval(low: float, high: float) -> Estimate:
    return Estimate(value=(low * high) ** 0.5, low=low, high=high, rounds=(low, high))


# -------------------------------------------------------------------- how a ratio stands to 10x


@pytest.mark.parametrize(
    ("low", "high", "bound", "expected"),
    [
        # 10x within 25%: from 8 to 12.5.
        (9.0, 11.0, "", Agreement.AS_CLAIMED),
        (8.0, 8.0, "", Agreement.AS_CLAIMED),
        (7.99, 7.99, "", Agreement.SMALLER),
        (6.0, 8.0, "", Agreement.AS_CLAIMED),
        (6.0, 7.99, "", Agreement.SMALLER),
        (12.5, 20.0, "", Agreement.AS_CLAIMED),
        (12.51, 20.0, "", Agreement.LARGER),
        # 1x is in the interval: no difference, or nothing at all where 8x is in it too.
        (1.01, 7.0, "", Agreement.SMALLER),
        (1.0, 7.0, "", Agreement.NO_DIFFERENCE),
        (0.5, 8.0, "", Agreement.UNKNOWN),
        (0.5, 0.99, "", Agreement.REVERSED),
        (0.5, 1.0, "", Agreement.NO_DIFFERENCE),
        # A lower bound confirms up to itself.
        (8.0, 8.2, ">=", Agreement.AS_CLAIMED),
        (7.9, 8.2, ">=", Agreement.OPEN_ABOVE),
        (12.6, 13.0, ">=", Agreement.LARGER),
        (1.01, 1.2, ">=", Agreement.OPEN_ABOVE),
        (0.9, 1.2, ">=", Agreement.UNKNOWN),
        # An upper bound refutes down to itself.
        (2.0, 7.9, "<=", Agreement.SMALLER),
        (2.0, 8.0, "<=", Agreement.UNKNOWN),
        (0.5, 0.9, "<=", Agreement.REVERSED),
        (9.0, 11.0, "unknown", Agreement.UNKNOWN),
    ],
)
def test_a_ratio_stands_to_the_claimed_one_by_its_interval_and_bound(
    low: float, high: float, bound: str, expected: Agreement
) -> None:
    assert agreement(interval(low, high), claim(), bound) is expected


def test_the_published_method_ran_once_and_is_compared_by_its_point() -> None:
    assert agreement(estimate([8.0], positive=True), claim()) is Agreement.AS_CLAIMED
    assert agreement(estimate([7.9], positive=True), claim()) is Agreement.SMALLER


# ---------------------------------------------------------------------------------- throughput


def test_a_ratio_as_claimed_at_every_level_holds() -> None:
    found = verdict(claim(), judged(sweep(9_800.0)))
    assert found.verdict is Verdict.HOLDS
    assert "at 64 to 1,024 requests in flight it is 9.80×" in found.reason
    assert "reaches the claimed 10× within 25%" in found.reason
    assert found.reference["current"].ratio is not None
    assert found.reference["current"].ratio.value == pytest.approx(9.8)
    assert found.as_published is None


def test_a_ratio_as_claimed_on_the_whole_but_not_at_some_level_holds_in_part() -> None:
    by_level = {64: [5_000.0] * 3, 256: [11_000.0] * 3, 1024: [12_000.0] * 3}
    found = verdict(claim(), judged(sweep(by_level)))
    assert found.verdict is Verdict.IN_PART
    assert "on the whole, but not at 64 requests in flight" in found.reason
    assert "5.00× to 12.0×" in found.reason


@pytest.mark.parametrize("rate", [4_000.0, 30_000.0])
def test_a_ratio_of_another_size_in_the_same_direction_holds_in_part(rate: float) -> None:
    found = verdict(claim(), judged(sweep(rate)))
    assert found.verdict is Verdict.IN_PART
    assert "better, but not by the claimed 10×" in found.reason


@pytest.mark.parametrize(
    ("rate", "said"), [(1_000.0, "no difference is shown"), (500.0, "the opposite of")]
)
def test_no_difference_or_the_other_way_round_does_not_hold(rate: float, said: str) -> None:
    found = verdict(claim(), judged(sweep(rate)))
    assert found.verdict is Verdict.NOT
    assert said in found.reason


@pytest.mark.parametrize("rate", [500.0, 1_000.0, 4_000.0, 30_000.0])
def test_what_only_the_published_method_shows_is_an_artefact(rate: float) -> None:
    cells = [*sweep(rate), *sweep(10_500.0, of="then", rounds=1)]
    found = verdict(claim(), judged(cells))
    assert found.verdict is Verdict.ARTEFACT
    assert "by the published method it is 10.5×" in found.reason
    assert "the claimed 10× is an artefact of the published method" in found.reason
    assert found.as_published is not None
    assert found.as_published.ratio is not None
    assert found.as_published.ratio.low is None


def test_what_comes_out_neither_way_is_no_artefact() -> None:
    cells = [*sweep(4_000.0), *sweep(4_200.0, of="then", rounds=1)]
    assert verdict(claim(), judged(cells)).verdict is Verdict.IN_PART
    cells = [*sweep(500.0), *sweep(600.0, of="then", rounds=1)]
    assert verdict(claim(), judged(cells)).verdict is Verdict.NOT


def full_sweep(rate: float) -> list[Any]:
    return sweep(rate, generator=0.98, server=0.3)


def test_a_full_generator_confirms_no_more_than_it_could_do() -> None:
    found = verdict(claim(), judged(full_sweep(5_000.0)))
    assert found.verdict is Verdict.IN_PART
    assert "ghz's CPUs were full in 9 of 9 trials of rust" in found.reason
    assert "(a lower bound)" in found.reason
    assert "so the claimed 10× cannot be judged" in found.reason
    assert verdict(claim(), judged(full_sweep(9_000.0))).verdict is Verdict.HOLDS
    assert found.reference["current"].bound == ">="


def test_a_throttled_cell_confirms_no_more_than_it_could_do_and_its_reason_says_why() -> None:
    rust, every = [
        [
            dataclasses.replace(each, limit=Limit.THROTTLED, lower_bound=True)
            if each.contender in throttled
            else each
            for each in sweep(5_000.0)
        ]
        for throttled in ({"rust"}, {"rust", "slow"})
    ]
    found = verdict(claim(), judged(rust))
    assert found.verdict is Verdict.IN_PART
    assert f"a CPU quota throttled {len(LEVELS)} cells of rust (a lower bound)" in found.reason
    assert verdict(claim(), judged(every)).reference["current"].bound == "unknown"


def test_a_claimed_ratio_that_was_the_generators_limit_is_an_artefact() -> None:
    cells = [*full_sweep(9_500.0), *sweep(60_000.0, of="saturated")]
    found = verdict(claim(), judged(cells))
    assert found.verdict is Verdict.ARTEFACT
    assert "at 64 to 1,024 requests in flight it is 9.50×, but ghz's CPUs were full" in found.reason
    assert "saturated by h2load it is 60.0× [60.0, 60.0]" in found.reason
    assert "the load generator's limit, and the servers' ratio is not the claimed" in found.reason
    assert found.reference["current"].source == "saturated"


def test_the_saturated_server_decides_where_the_generator_was_the_limit() -> None:
    cells = [*full_sweep(5_000.0), *sweep(9_900.0, of="saturated")]
    assert verdict(claim(), judged(cells)).verdict is Verdict.HOLDS


def test_the_sweep_decides_where_no_generator_was_full() -> None:
    cells = [*sweep(9_900.0), *sweep(60_000.0, of="saturated")]
    found = verdict(claim(), judged(cells))
    assert found.verdict is Verdict.HOLDS
    assert "h2load" not in found.reason


def test_on_shared_cpus_a_generator_that_used_more_of_them_than_the_server_was_the_limit() -> None:
    cells = [*sweep(9_900.0, generator=0.7, server=0.25), *sweep(60_000.0, of="saturated")]
    found = verdict(claim(), judged(cells, pinned=False))
    assert found.verdict is Verdict.ARTEFACT
    assert "of the CPUs that both shared ghz used 70% and rust 25%" in found.reason
    idle = [*sweep(9_900.0, generator=0.5, server=0.25), *sweep(60_000.0, of="saturated")]
    assert verdict(claim(), judged(idle, pinned=False)).verdict is Verdict.HOLDS


def test_an_interval_that_reaches_from_no_difference_to_the_claim_judges_nothing() -> None:
    by_level = {level: [900.0, 40_000.0, 3_000.0] for level in LEVELS}
    found = verdict(claim(), judged(sweep(by_level)))
    assert found.verdict is Verdict.NOT_DECIDED
    assert "more rounds" in found.reason


# ----------------------------------------------------------------------------------- one round


@pytest.mark.parametrize("rate", [500.0, 1_000.0, 4_000.0, 10_000.0, 30_000.0])
@pytest.mark.parametrize("subject", [Subject.THROUGHPUT, Subject.LATENCY])
def test_one_round_decides_nothing_and_says_what_would(subject: Subject, rate: float) -> None:
    cells = [*sweep(rate, rounds=1), *sweep(10_500.0, of="then", rounds=1)]
    found = verdict(claim(subject), judged(cells, rounds=1))
    assert found.verdict is Verdict.NOT_DECIDED
    assert "one round has no interval and decides nothing: more rounds (--rounds)" in found.reason
    assert found.reference["current"].ratio is not None
    assert "artefact" not in found.reason


def test_one_round_of_saturated_servers_decides_nothing_either() -> None:
    cells = [*full_sweep(9_500.0), *sweep(60_000.0, of="saturated", rounds=1)]
    once = [dataclasses.replace(c, trials=1) for c in cells]
    found = verdict(claim(), judged([c for c in once if c.scenario == "saturated"], rounds=1))
    assert found.verdict is Verdict.NOT_DECIDED


def test_a_run_of_several_rounds_decides_beside_one_of_one_round() -> None:
    once = judged(sweep(4_000.0, rounds=1), rounds=1, run="once")
    often = judged(sweep(10_000.0), run="often", pinned=False)
    for runs in ((once, often), (often, once)):
        found = verdict(claim(), *runs)
        assert found.verdict is Verdict.HOLDS
        assert found.reference["current"].run == "often"


def test_one_round_of_the_edition_of_2019_alone_is_not_decided_by_its_own_words() -> None:
    cells = sweep(10_000.0, rounds=1, names=("rust-2019", "slow-2019"))
    found = verdict(claim(), judged(cells, rounds=1))
    assert found.verdict is Verdict.NOT_DECIDED
    assert found.reason.startswith("2019: at 64 to 1,024 requests in flight it is 10.0×; one round")


# ------------------------------------------------------------------- what counts as measured


def test_a_run_without_the_cells_measures_nothing_and_says_what_would() -> None:
    found = verdict(claim(), judged(sweep(10_000.0, names=("other", "slow"))))
    assert found.verdict is Verdict.NOT_MEASURED
    assert "`./lab run --mine` would" in found.reason
    assert not found.reference


def test_as_published_alone_judges_nothing_but_is_shown() -> None:
    found = verdict(claim(), judged(sweep(10_000.0, of="then", rounds=1)))
    assert found.verdict is Verdict.NOT_MEASURED
    assert "by the published method it is 10.0×" in found.reason
    assert found.as_published is not None


def test_levels_that_the_claim_is_not_about_do_not_count() -> None:
    of = claim(levels=(256, 1024))
    by_level = {64: [500.0] * 3, 256: [10_000.0] * 3, 1024: [10_000.0] * 3}
    assert verdict(of, judged(sweep(by_level))).verdict is Verdict.HOLDS
    assert verdict(claim(levels=(64, 2)), judged(sweep(by_level))).verdict is Verdict.NOT_MEASURED


def test_a_level_with_a_failed_round_does_not_count() -> None:
    cells = sweep({64: [500.0] * 2, 256: [10_000.0] * 3, 1024: [10_000.0] * 3})
    found = verdict(claim(), judged(cells))
    assert found.verdict is Verdict.HOLDS
    assert set(found.reference["current"].by_level) == {"256", "1024"}


@pytest.mark.parametrize(
    "differs",
    [
        {"environment": {"SERVER_WORKERS": "4"}},
        {"per_core": True},
        {"handler": Handler.NOOP},
        {"variant": "native"},
        {"cores": 1},
        {"alternative": Alternative(of="other", about="")},
    ],
)
def test_several_processes_noop_handlers_and_alternatives_do_not_count(differs: Any) -> None:
    contenders = {
        "rust": Contender(name="rust", service="rust", published="rust", **differs),
        "slow": Contender(name="slow", service="slow"),
    }
    found = verdict(claim(), judged(sweep(10_000.0), contenders=contenders))
    assert found.verdict is Verdict.NOT_MEASURED


def test_a_contender_counts_for_whom_it_is_said_to_stand_for() -> None:
    contenders = {
        "own": Contender(name="own", service="rust", published="rust"),
        "slow": Contender(name="slow", service="slow"),
    }
    cells = sweep(10_000.0, names=("own", "slow"))
    assert verdict(claim(), judged(cells, contenders=contenders)).verdict is Verdict.HOLDS


def test_a_run_with_cpus_of_its_own_for_each_side_is_preferred() -> None:
    shared = judged(sweep(4_000.0), pinned=False, rounds=3, run="shared")
    pinned = judged(sweep(10_000.0), run="pinned")
    for runs in ((shared, pinned), (pinned, shared)):
        found = verdict(claim(), *runs)
        assert found.verdict is Verdict.HOLDS
        assert found.reference["current"].run == "pinned"


def test_a_preferred_run_whose_interval_says_nothing_gives_way_to_one_that_says_something() -> None:
    wide = judged(sweep({level: [900.0, 40_000.0, 3_000.0] for level in LEVELS}), run="pinned")
    narrow = judged(sweep(10_000.0), pinned=False, run="shared")
    found = verdict(claim(), wide, narrow)
    assert found.verdict is Verdict.HOLDS
    assert found.reference["current"].run == "shared"
    alone = verdict(claim(), wide)
    assert alone.verdict is Verdict.NOT_DECIDED
    assert alone.reference["current"].run == "pinned"


def test_training_is_judged_by_the_run_of_most_passes() -> None:
    few = trained(faster("equal-work", [9.0, 10.0, 11.0]))
    many = dataclasses.replace(trained(faster("equal-work", [1.0] * 10)), passes=10)
    runs = judged([], training=few, run="few"), judged([], training=many, run="many")
    sources = Sources(as_published=("then",), sweep=("equal-work",), command="")
    of = claim(Subject.TRAINING, better="linfa-py", than=("sklearn",), sources=sources)
    for given in (runs, runs[::-1]):
        found = verdict(of, *given)
        assert found.reference["current"].run == "many"
        assert found.verdict is Verdict.NOT


def test_each_row_takes_from_each_run_what_it_measured() -> None:
    then = judged(sweep(10_500.0, of="then", rounds=1), pinned=False, run="then")
    now = judged(sweep(3_000.0), run="now")
    found = verdict(claim(), now, then)
    assert found.verdict is Verdict.ARTEFACT
    assert found.as_published is not None
    assert (found.as_published.run, found.reference["current"].run) == ("then", "now")


# ------------------------------------------------------------------------------------ editions


def of_2019(rate: float) -> list[Any]:
    return sweep(rate, names=("rust-2019", "slow-2019"))


@pytest.mark.parametrize(
    ("current", "then", "expected"),
    [
        (10_000.0, 10_000.0, Verdict.HOLDS),
        (10_000.0, 1_000.0, Verdict.IN_PART),
        (1_000.0, 10_000.0, Verdict.IN_PART),
        (1_000.0, 500.0, Verdict.NOT),
        (4_000.0, 1_000.0, Verdict.IN_PART),
    ],
)
def test_editions_that_differ_hold_in_part_where_one_does(
    current: float, then: float, expected: Verdict
) -> None:
    found = verdict(claim(), judged([*sweep(current), *of_2019(then)]))
    assert found.verdict is expected
    assert set(found.reference) == {"current", "2019"}
    assert found.reason.startswith("Current edition: ")
    assert ". 2019: " in found.reason


def test_one_edition_measured_alone_decides() -> None:
    found = verdict(claim(), judged(of_2019(10_000.0)))
    assert found.verdict is Verdict.HOLDS
    assert set(found.reference) == {"2019"}
    assert found.reason.startswith("2019: ")


def test_an_artefact_on_one_edition_that_does_not_hold_on_the_other_is_an_artefact() -> None:
    cells = [*sweep(1_000.0), *sweep(10_000.0, of="then", rounds=1), *of_2019(1_000.0)]
    assert verdict(claim(), judged(cells)).verdict is Verdict.ARTEFACT


# ------------------------------------------------------------------------------------- latency


def test_a_latency_that_repeats_the_throughput_in_a_closed_loop_is_an_artefact() -> None:
    found = verdict(claim(Subject.LATENCY), judged(sweep(10_000.0)))
    assert found.verdict is Verdict.ARTEFACT
    assert "throughput × mean latency is 1.00 of the concurrency in these cells" in found.reason
    assert "latency is concurrency over throughput" in found.reason
    assert "repeats the throughput's 10.0× [10.0, 10.0]" in found.reason


@pytest.mark.parametrize(
    ("of_concurrency", "repeats"), [(1.14, True), (1.16, False), (0.71, True), (0.69, False)]
)
def test_only_where_throughput_times_latency_is_the_concurrency_is_it_repeated(
    of_concurrency: float, *, repeats: bool
) -> None:
    cells = []
    for made in sweep(10_000.0):
        mean = estimate([r * of_concurrency for r in made.latency["mean"].rounds], positive=True)
        cells.append(dataclasses.replace(made, latency={**made.latency, "mean": mean}))
    found = verdict(claim(Subject.LATENCY), judged(cells))
    assert found.verdict is (Verdict.ARTEFACT if repeats else Verdict.HOLDS)


@pytest.mark.parametrize(("share", "repeats"), [(1.0, True), (0.84, True), (0.82, False)])
def test_a_percentile_repeats_the_throughput_within_the_stated_share(
    share: float, *, repeats: bool
) -> None:
    cells = [
        made
        for level in LEVELS
        for made in (
            cell("rust", "sweep", level, [10_000.0] * 3),
            cell("slow", "sweep", level, latency=level / 1000.0 * share),
        )
    ]
    found = verdict(claim(Subject.LATENCY), judged(cells))
    assert (found.verdict is Verdict.ARTEFACT) is repeats
    assert ("closed loop" in found.reason) is repeats


def test_a_latency_of_its_own_is_judged_as_any_ratio() -> None:
    for latency, expected in ((0.0064, Verdict.HOLDS), (0.064, Verdict.NOT)):
        cells = [
            made
            for level in LEVELS
            for made in (
                cell("rust", "sweep", level, [2_000.0] * 3, latency=latency),
                cell("slow", "sweep", level, latency=0.064),
            )
        ]
        assert verdict(claim(Subject.LATENCY), judged(cells)).verdict is expected


def test_a_latency_that_is_no_better_does_not_hold_whatever_it_repeats() -> None:
    assert verdict(claim(Subject.LATENCY), judged(sweep(1_000.0))).verdict is Verdict.NOT


def test_each_percentile_is_judged_by_its_own_latency() -> None:
    cells = []
    for made in sweep(10_000.0):
        late = {**made.latency, "p99": estimate([0.5, 0.5, 0.5], positive=True)}
        cells.append(dataclasses.replace(made, latency=late))
    p50, p99 = judge(
        [claim(Subject.LATENCY, percentile=p) for p in ("p50", "p99")], [judged(cells)]
    )
    assert p50.verdict is Verdict.ARTEFACT
    assert p99.verdict is Verdict.NOT


def test_h2load_which_has_no_latencies_measures_none() -> None:
    found = verdict(claim(Subject.LATENCY), judged(sweep(10_000.0, of="saturated")))
    assert found.verdict is Verdict.NOT_MEASURED


# -------------------------------------------------------------------------------------- errors


def failing(
    rust: Sequence[int], slow: Sequence[int], *, of: str = "sweep", rounds: int = 3
) -> list[Any]:
    """Cells with so many errors at each level."""
    return [
        made
        for level, ours, theirs in zip(LEVELS, rust, slow, strict=True)
        for made in (
            cell("rust", of, level, [1_000.0] * rounds, errors=ours),
            cell("slow", of, level, [1_000.0] * rounds, errors=theirs),
        )
    ]


ERRORS = claim(Subject.ERRORS)
NONE = (0, 0, 0)


def test_errors_of_requests_cut_off_are_an_artefact_where_the_reference_method_has_none() -> None:
    then = failing((10, 50, 100), (64, 256, 1024), of="then", rounds=1)
    found = verdict(ERRORS, judged([*failing(NONE, NONE), *then]))
    assert found.verdict is Verdict.ARTEFACT
    assert "requests that `close` cut off" in found.reason
    assert "in 6 trials never more than were in flight (at most 64 of 64)" in found.reason
    assert "none of 90,000 requests failed" in found.reason


def test_as_published_a_share_is_lower_on_the_whole_or_not() -> None:
    for ours, expected in (((60, 50, 100), Verdict.ARTEFACT), ((64, 256, 1024), Verdict.NOT)):
        then = failing(ours, (50, 256, 1024), of="then", rounds=1)
        assert verdict(ERRORS, judged([*failing(NONE, NONE), *then])).verdict is expected


def test_one_error_more_than_were_in_flight_was_not_cut_off() -> None:
    then = failing((10, 50, 100), (65, 256, 1024), of="then", rounds=1)
    found = verdict(ERRORS, judged([*failing(NONE, NONE), *then]))
    assert found.verdict is Verdict.ARTEFACT
    assert "cut off" not in found.reason
    assert "artefact of the published method" in found.reason


def test_errors_of_one_round_decide_nothing() -> None:
    then = failing((10, 50, 100), (64, 256, 1024), of="then", rounds=1)
    for ours in (NONE, (3, 3, 3), (60, 60, 60)):
        now = failing(ours, (30, 30, 30), rounds=1)
        found = verdict(ERRORS, judged([*now, *then], rounds=1))
        assert found.verdict is Verdict.NOT_DECIDED
        assert "one round has no interval and decides nothing" in found.reason


def test_a_level_of_one_round_alone_is_not_lower_by_intervals() -> None:
    (ours, theirs, *others) = failing((3, 3, 3), (30, 30, 30))
    once = cell("rust", "sweep", 64, [1_000.0], errors=1)
    found = verdict(ERRORS, judged([once, theirs, *others]))
    assert ours.level == once.level
    assert found.verdict is Verdict.IN_PART
    assert "fewer only at 256 and 1,024 requests in flight" in found.reason


def test_no_errors_at_all_are_no_lower_share() -> None:
    found = verdict(ERRORS, judged(failing(NONE, NONE)))
    assert found.verdict is Verdict.NOT
    assert "none of 90,000 requests failed" in found.reason
    higher = failing((64, 256, 1024), (10, 50, 100), of="then", rounds=1)
    assert verdict(ERRORS, judged([*failing(NONE, NONE), *higher])).verdict is Verdict.NOT


def test_a_lower_share_of_true_errors_at_every_level_holds() -> None:
    found = verdict(ERRORS, judged(failing((3, 3, 3), (30, 30, 30))))
    assert found.verdict is Verdict.HOLDS
    assert "fewer at each of 64, 256 and 1,024 requests in flight, by intervals" in found.reason


def test_a_lower_share_at_some_levels_holds_in_part() -> None:
    found = verdict(ERRORS, judged(failing((3, 30, 30), (30, 30, 30))))
    assert found.verdict is Verdict.IN_PART
    assert "fewer only at 64 requests in flight" in found.reason


def test_the_same_or_a_higher_share_does_not_hold() -> None:
    for ours in ((30, 30, 30), (60, 60, 60)):
        found = verdict(ERRORS, judged(failing(ours, (30, 30, 30))))
        assert found.verdict is Verdict.NOT
        assert "at no level fewer, by intervals" in found.reason


def test_shares_whose_intervals_overlap_are_not_lower() -> None:
    apart = dataclasses.replace(
        cell("slow", "sweep", 64, errors=30), error_rate=interval(0.0001, 0.01)
    )
    cells = [c for c in failing((3, 0, 0), (0, 0, 0)) if (c.contender, c.level) != ("slow", 64)]
    assert verdict(ERRORS, judged([*cells, apart])).verdict is Verdict.NOT


def test_the_lowest_share_is_lower_than_each_of_the_others() -> None:
    of = claim(Subject.ERRORS, than=("slow", "third"))
    third = [cell("third", "sweep", level, errors=5) for level in LEVELS]
    found = verdict(of, judged([*failing((9, 9, 9), (30, 30, 30)), *third]))
    assert found.verdict is Verdict.NOT
    assert list(found.reference["current"].shares) == ["rust", "slow", "third"]
    found = verdict(of, judged([*failing((1, 1, 1), (30, 30, 30)), *third]))
    assert found.verdict is Verdict.HOLDS


def test_errors_as_published_alone_judge_nothing_but_are_shown() -> None:
    found = verdict(ERRORS, judged(failing((1, 1, 1), (9, 9, 9), of="then", rounds=1)))
    assert found.verdict is Verdict.NOT_MEASURED
    assert "`./lab run --mine` would" in found.reason
    assert found.as_published is not None


# ------------------------------------------------------------------------------------- training

TRAINING = claim(
    Subject.TRAINING,
    better="linfa-py",
    than=("sklearn",),
    times=11.0,
    levels=(),
    sources=dataclasses.replace(
        SOURCES, as_published=("ten-restarts-against-one",), sweep=("equal-work", "as-published")
    ),
)


def trained_run(*comparisons: Any) -> Judged:
    return judged([], training=trained(*comparisons))


def test_ten_restarts_against_one_make_an_artefact_of_one_against_one() -> None:
    found = verdict(
        TRAINING,
        trained_run(
            faster("ten-restarts-against-one", (10.5, 11.0, 11.5)),
            faster("equal-work", (1.45, 1.5, 1.55)),
        ),
    )
    assert found.verdict is Verdict.ARTEFACT
    assert "equal work, one restart each" in found.reason
    assert "1.50× [1.38, 1.63] on 1 thread" in found.reason
    assert "by the published method it is 11.0× [" in found.reason


def test_one_pass_of_training_decides_nothing() -> None:
    found = verdict(TRAINING, trained_run(faster("equal-work", (11.0,))))
    assert found.verdict is Verdict.NOT_DECIDED
    assert "one pass has no interval and decides nothing: more passes (--passes)" in found.reason


def test_training_as_claimed_on_equal_work_holds() -> None:
    found = verdict(TRAINING, trained_run(faster("equal-work", (10.9, 11.0, 11.1))))
    assert found.verdict is Verdict.HOLDS


def test_training_is_judged_on_one_thread_and_must_be_as_claimed_on_all() -> None:
    found = verdict(
        TRAINING,
        trained_run(
            faster("equal-work", (10.9, 11.0, 11.1)),
            faster("equal-work", (4.9, 5.0, 5.1), threads=4),
        ),
    )
    assert found.verdict is Verdict.IN_PART
    assert "but not at 4 threads" in found.reason


def test_a_comparison_the_other_way_round_is_turned_over() -> None:
    upside_down = faster("equal-work", (1 / 11,) * 3, names=("linfa-py", "sklearn"))
    assert verdict(TRAINING, trained_run(upside_down)).verdict is Verdict.HOLDS


def test_the_published_shape_of_data_is_judged_where_there_is_one() -> None:
    found = verdict(
        TRAINING,
        trained_run(
            faster("equal-work", (3.0, 3.0, 3.1), points=10_000_000),
            faster("equal-work", (10.9, 11.0, 11.1)),
        ),
    )
    assert found.verdict is Verdict.HOLDS


def test_the_2019_edition_trains_under_its_own_names() -> None:
    names = ("sklearn-2019", "linfa-py-2019")
    sides = Sides(better="linfa-py-2019", than=("sklearn-2019",))
    found = verdict(
        dataclasses.replace(TRAINING, editions={"2019": sides}),
        trained_run(
            faster("equal-work", (1.4, 1.5, 1.6)),
            faster("as-published", (1.25, 1.3, 1.35), names=names),
            faster("ten-restarts-against-one", (10.9, 11.0, 11.1), names=names),
        ),
    )
    assert set(found.reference) == {"current", "2019"}
    assert found.as_published is not None
    assert found.as_published.contenders == ("linfa-py-2019", "sklearn-2019")
    assert found.verdict is Verdict.IN_PART


def test_a_run_that_did_not_train_says_what_would() -> None:
    of = dataclasses.replace(
        TRAINING, sources=dataclasses.replace(TRAINING.sources, command="./lab train")
    )
    found = verdict(of, judged(sweep(10_000.0)))
    assert found.verdict is Verdict.NOT_MEASURED
    assert "`./lab train` would" in found.reason
