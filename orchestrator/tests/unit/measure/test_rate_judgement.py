"""Whether a window was within an objective, and what the load generator had to do with it."""

from __future__ import annotations

from clusterbench.measure.rate_judgement import judge
from clusterbench.model.cell_summary import Figures
from clusterbench.model.objective import in_milliseconds
from clusterbench.model.units import RequestsPerSecond, Seconds

OBJECTIVE = in_milliseconds("p99", 10)


def window(
    *,
    p50: float = 1.0,
    p99: float = 4.0,
    errors: int = 0,
    send_delay: float = 0.05,
    held_back: float = 0.0,
    sent: float | None = 1.0,
) -> Figures:
    """A window's figures; times in milliseconds."""
    return Figures(
        throughput=RequestsPerSecond(990.0),
        latency={"p50": Seconds(p50 / 1e3), "p99": Seconds(p99 / 1e3)},
        responses=990,
        errors={"UNAVAILABLE": errors} if errors else {},
        send_delay={"p99": Seconds(send_delay / 1e3)},
        held_back_for={"max": Seconds(held_back / 1e3)},
        sent_share=sent,
    )


def test_a_window_within_the_limit_holds_and_one_beyond_it_does_not() -> None:
    assert judge(window(p99=10.0), OBJECTIVE).holds
    beyond = judge(window(p99=10.4), OBJECTIVE)
    assert not beyond.holds
    assert beyond.why == "p99 was 10.4 ms"
    assert beyond.share > 1.0


def test_the_percentile_is_that_of_the_objective() -> None:
    assert not judge(window(p50=11.0, p99=12.0), in_milliseconds("p50", 10)).holds
    assert judge(window(p50=9.0, p99=12.0), in_milliseconds("p50", 10)).holds


def test_one_error_is_enough_for_a_rate_not_to_hold() -> None:
    judged = judge(window(errors=1), OBJECTIVE)
    assert not judged.holds
    assert judged.why == "there was 1 error"
    assert not judged.spoiled


def test_a_window_in_which_nothing_was_answered_does_not_hold() -> None:
    empty = Figures(throughput=RequestsPerSecond(0.0), latency={}, responses=0, errors={})
    judged = judge(empty, OBJECTIVE)
    assert not judged.holds
    assert not judged.tail_alone
    assert judged.why == "of so few responses there is no p99"


def test_a_send_delay_of_a_tenth_of_the_limit_spoils_a_window_and_says_so() -> None:
    assert not judge(window(send_delay=0.99), OBJECTIVE).spoiled
    spoiled = judge(window(send_delay=1.0), OBJECTIVE)
    assert spoiled.holds
    assert spoiled.spoiled == "the load generator's own send delay was 1 ms (p99)"


def test_a_latency_that_the_send_delay_does_not_explain_is_the_servers() -> None:
    explained = judge(window(p99=16.0, send_delay=1.5), OBJECTIVE)
    assert not explained.holds
    assert explained.spoiled == "the load generator's own send delay was 1.5 ms (p99)"
    beyond = judge(window(p99=18.0, send_delay=1.5), OBJECTIVE)
    assert not beyond.holds
    assert not beyond.spoiled


def test_a_schedule_that_was_not_sent_does_not_hold_and_is_the_load_generators_fault() -> None:
    assert judge(window(sent=0.99), OBJECTIVE).holds
    judged = judge(window(sent=0.98), OBJECTIVE)
    assert judged.why == "98.0% of the schedule was sent"
    assert judged.spoiled == "the load generator sent 98.0% of the schedule"


def test_what_the_servers_limits_held_back_is_not_the_load_generators_fault() -> None:
    judged = judge(window(sent=0.9, held_back=40.0, errors=99), OBJECTIVE)
    assert not judged.holds
    assert not judged.spoiled


def test_a_slow_tail_is_told_from_an_overload() -> None:
    assert judge(window(p50=1.0, p99=80.0), OBJECTIVE).tail_alone
    assert not judge(window(p50=40.0, p99=80.0), OBJECTIVE).tail_alone
