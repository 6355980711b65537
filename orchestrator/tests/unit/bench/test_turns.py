"""The loop, on made-up servers and generators: what is recorded, and what is always stopped."""

from __future__ import annotations

import time
from itertools import accumulate, chain, count
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clusterbench.bench.progress import clock
from clusterbench.errors import GeneratorFailed, HostError, ServerFailed
from clusterbench.load.generator import Reading
from clusterbench.model.contender import Contender
from clusterbench.model.execution import Unknown, Usage
from clusterbench.model.experiment import WarmUp
from clusterbench.model.records import (
    Outcome,
    TrialRecord,
    TurnRecord,
    WorkerShare,
)
from clusterbench.model.samples import Samples
from clusterbench.model.units import Bytes, Seconds
from clusterbench.plan.schedule import duration, schedule
from support.factories import experiment
from support.fakes import FakeServer
from support.lab import TIMING, Lab

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager


def test_every_trial_is_recorded_with_samples_and_the_generators_summary(
    lab: Callable[..., Lab],
) -> None:
    made = lab()
    assert made.run() == 0
    assert len(made.trials) == 6
    assert {r.outcome for r in made.folder.records()} == {Outcome.OK}
    for record in made.trials:
        assert len(made.folder.samples(record.id).start) == sum(record.summary_counts.values())
        assert (made.folder.path / "generator" / f"{record.id}.json").is_file()


def test_there_is_never_more_than_one_server(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.run()
    assert made.world.most_alive == 1
    assert made.world.alive == 0


def test_parity_comes_before_any_load(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.run()
    assert sorted(made.checked) == ["rust-tonic", "sklearn-grpc"]
    assert all(turn.parity is not None for turn in made.turns)


def test_usage_is_what_was_used_within_the_window(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.run()
    for record in made.trials:
        assert record.server is not None
        assert record.generator is not None
        assert record.server.share == pytest.approx(1.0, rel=1e-6)
        assert record.generator.share == pytest.approx(0.5, rel=1e-6)
        assert 0 < record.server.seconds <= 1


def test_a_throttled_trial_is_recorded_with_its_quota_and_said(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.world.quota = 0.25
    made.world.busy = {"server": 0.1, "generator": 0.1}
    made.world.throttled["server"] = 0.6
    made.run()
    for record in made.trials:
        assert record.server is not None
        assert record.generator is not None
        assert record.server.quota == record.generator.quota == 0.25
        assert record.server.throttled == pytest.approx(0.6 * record.server.seconds, rel=1e-6)
        assert record.generator.throttled == 0.0
        assert record.server.share == pytest.approx(0.4, rel=1e-6)
    said = made.out.getvalue()
    assert said.count("throttled by a quota of 0.25 CPUs") == len(made.trials)
    assert "neither" not in said


@pytest.mark.parametrize("side", ["server", "generator"])
def test_a_side_that_used_other_cpus_than_its_own_refuses_the_run(
    lab: Callable[..., Lab], side: str
) -> None:
    made = lab()
    made.world.busy[side] = 3.0
    with pytest.raises(HostError, match=r"used 3\.00 CPUs where its CPU set has 1") as refused:
        made.run()
    assert "docker info" in str(refused.value)
    assert made.trials == []
    assert made.world.alive == 0
    assert "%" not in made.out.getvalue()


def test_each_server_is_verified(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.run()
    assert sorted(made.world.verified) == ["rust-tonic", "sklearn-grpc"]


def test_a_server_whose_limits_were_dropped_refuses_the_run(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.world.drops_limits = True
    with pytest.raises(HostError, match="CPU set: 0 was asked for, and it is unpinned"):
        made.run()
    assert made.trials == []
    assert made.world.alive == 0


def test_a_turn_keeps_the_memory_of_the_idle_server_and_the_size_of_its_image(
    lab: Callable[..., Lab],
) -> None:
    made = lab()
    made.run()
    for turn in made.turns:
        assert turn.idle_memory == 1000
        assert turn.peak_memory == turn.peak_without_files == 1000
        assert turn.image_size == 127_000_000
        assert turn.unknown == {}


def test_what_is_not_known_of_a_servers_footprint_has_its_reason(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.world.counters = False
    made.world.image_size = Unknown("a local process has no image")
    made.run()
    for turn in made.turns:
        assert turn.outcome is Outcome.OK
        assert turn.idle_memory is turn.peak_memory is turn.image_size is None
        assert turn.unknown["image_size"] == "a local process has no image"
        for figure in ("idle_memory", "peak_memory"):
            assert "cannot be read from here" in turn.unknown[figure]


def test_the_share_of_time_that_tasks_waited_for_a_cpu_is_recorded(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.world.waits = 0.25
    made.run()
    for record in made.trials:
        for side in (record.server, record.generator):
            assert side is not None
            assert side.pressure == pytest.approx(0.25)
    assert all("cpu_pressure" not in turn.unknown for turn in made.turns)


def test_a_kernel_that_tells_no_pressure_is_said_once_a_turn(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.world.waits = None
    made.run()
    sides = [side for record in made.trials for side in (record.server, record.generator)]
    assert {side.pressure for side in sides if side is not None} == {None}
    assert all(turn.unknown["cpu_pressure"] == "made up" for turn in made.turns)


def test_until_a_server_serves_is_counted_from_the_end_of_its_start(
    lab: Callable[..., Lab],
) -> None:
    made = lab()
    made.world.started_ago = 1000.0
    made.run()
    for turn in made.turns:
        assert turn.steps["serving"] > 1000.0
        assert turn.steps["first_response"] < 1000.0


def test_a_warm_up_goes_on_until_two_chunks_agree(lab: Callable[..., Lab]) -> None:
    made = lab(contenders={"rust-tonic": Contender(name="rust-tonic", service="rust-tonic")})
    made.world.counters = False
    made.world.rates = iter([1e5, 2e5, 4e5, 4e5])
    made.run()
    (turn,) = made.turns
    assert len(turn.warm_up) == 4
    assert turn.warm


def test_a_warm_up_ends_at_its_bound_and_says_that_it_was_not_warm(
    lab: Callable[..., Lab],
) -> None:
    made = lab(contenders={"rust-tonic": Contender(name="rust-tonic", service="rust-tonic")})
    made.world.counters = False
    made.world.rates = iter([1e5, 2e5, 4e5, 8e5, 16e5, 32e5])
    made.run()
    (turn,) = made.turns
    assert len(turn.warm_up) == 5
    assert not turn.warm


@pytest.mark.parametrize(
    ("cost", "chunks", "warm"),
    [((1.0, 1.0, 1.0, 1.0, 1.0), 2, True), ((5.0, 3.0, 2.0, 2.0, 1.0), 4, True),
     ((5.0, 4.0, 3.0, 2.0, 1.0), 5, False)],
)  # fmt: skip
def test_chunks_of_a_warm_up_agree_by_cpu_time_whatever_the_throughput_does(
    lab: Callable[..., Lab],
    monkeypatch: pytest.MonkeyPatch,
    cost: Sequence[float],
    chunks: int,
    warm: bool,
) -> None:
    made = lab(contenders={"rust-tonic": Contender(name="rust-tonic", service="rust-tonic")})
    rates = [1e5, 3e5, 2e5, 4e5, 1e5]
    made.world.rates = iter([*rates, *[1e5] * 99])
    spent = accumulate(1e-12 * rate * each for rate, each in zip(rates, cost, strict=True))
    # The idle server, and before the first chunk; then after each chunk; then in trials.
    read = chain([0.0, 0.0], spent, count(1e-3, 1e-9))
    monkeypatch.setattr(
        FakeServer,
        "usage",
        lambda _self: Usage(at=time.monotonic(), cpu=Seconds(next(read)), memory=Bytes(1)),
    )
    made.run()
    (turn,) = made.turns
    assert (len(turn.warm_up), turn.warm) == (chunks, warm)


def test_a_warm_up_lasts_its_least_though_chunks_agree_sooner(lab: Callable[..., Lab]) -> None:
    longer = WarmUp(
        chunk=Seconds(0.01),
        agree_within=0.5,
        shortest=Seconds(0.04),
        longest=Seconds(0.05),
        concurrency=64,
    )
    made = lab(contenders={"rust-tonic": Contender(name="rust-tonic", service="rust-tonic")})
    made.world.counters = False
    made.runner._experiment = experiment(
        timing=TIMING,
        warm_up=longer,
        rounds=1,
        contenders=made.folder.run.experiment.contenders,
    )
    made.run()
    assert len(made.turns[0].warm_up) == 4


def test_a_server_that_does_not_start_fails_its_turn_with_its_last_lines_and_no_other(
    lab: Callable[..., Lab],
) -> None:
    made = lab()
    made.world.refuses = {"sklearn-grpc"}
    assert made.run() == 1
    by_name = {turn.contender: turn for turn in made.turns}
    assert by_name["sklearn-grpc"].outcome is Outcome.FAILED
    assert "Traceback: no model" in str(by_name["sklearn-grpc"].reason)
    assert by_name["rust-tonic"].outcome is Outcome.OK
    assert {trial.contender for trial in made.trials} == {"rust-tonic"}


def test_what_a_failed_turn_had_still_to_do_is_no_longer_in_the_time_left(
    lab: Callable[..., Lab],
) -> None:
    made = lab()
    turns = schedule(made.folder.run.experiment)
    made.world.refuses = {turns[0].contender}
    made.run()
    other = clock(duration(made.folder.run.experiment, turns[1:]).wall)
    assert f"{turns[1].contender}, round 1 of 1 (about {other} left)" in made.out.getvalue()


def test_the_steps_of_turns_are_planned_to_take_as_long_as_the_run(
    lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = lab()
    planned: dict[str, float] = {}
    step = made.runner.progress.step

    def noted(what: str, seconds: float) -> AbstractContextManager[None]:
        planned[what] = seconds
        return step(what, seconds)

    monkeypatch.setattr(made.runner.progress, "step", noted)
    made.run()
    done = made.folder.run.experiment
    assert sum(planned.values()) == pytest.approx(duration(done, schedule(done)).wall)


def test_a_server_that_dies_in_mid_trial_fails_the_trial_and_ends_the_turn(
    lab: Callable[..., Lab],
) -> None:
    made = lab()
    made.world.dies_at = "r1-rust-tonic-saturated-800"
    assert made.run() == 2
    failed = [r for r in made.folder.records() if r.outcome is Outcome.FAILED]
    assert [type(r) for r in failed] == [TrialRecord, TurnRecord]
    assert all("rust-tonic says goodbye" in str(r.reason) for r in failed)
    assert made.world.alive == 0
    assert len([t for t in made.trials if t.outcome is Outcome.OK]) == 5


def test_a_failed_trial_leaves_the_rest_of_its_turn(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.world.fails = {"r1-rust-tonic-predict-64": GeneratorFailed("ghz exited with 1")}
    assert made.run() == 1
    assert len([t for t in made.trials if t.outcome is Outcome.OK]) == 5
    assert {turn.outcome for turn in made.turns} == {Outcome.OK}
    assert "failed: ghz exited with 1" in made.out.getvalue()


def test_a_failed_trial_is_run_again_by_resume_and_a_good_one_is_not(
    lab: Callable[..., Lab],
) -> None:
    made = lab()
    made.world.fails = {"r1-rust-tonic-predict-64": GeneratorFailed("ghz exited with 1")}
    made.run()
    good = {t.id for t in made.trials if t.outcome is Outcome.OK}
    assert good == {
        t.id
        for turn in schedule(made.folder.run.experiment)
        for t in turn.trials
        if t.id != "r1-rust-tonic-predict-64"
    }


def test_an_interrupt_stops_the_server_and_keeps_what_was_measured(
    lab: Callable[..., Lab],
) -> None:
    made = lab()
    third = schedule(made.folder.run.experiment)[0].trials[2].id
    made.world.fails = {third: KeyboardInterrupt()}  # type: ignore[dict-item]
    with pytest.raises(KeyboardInterrupt):
        made.run()
    assert made.world.alive == 0
    assert len(made.trials) == 2


def test_a_level_beyond_the_servers_bound_on_streams_is_marked(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.world.first_words = '{"event": "starting", "max_streams": 10}\n'
    made.run()
    marks = {(t.scenario, t.level): t.held_back for t in made.trials}
    assert marks == {("predict", 64): None, ("predict", 128): 80, ("saturated", 800): 80}


def test_a_server_without_a_response_fails_the_trial(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.drivers["h2load"].read = lambda load, completed: Reading(  # type: ignore[method-assign]
        samples=Samples(
            origin=0.0,
            start=np.empty(0),
            latency=np.empty(0),
            status=np.empty(0, dtype=np.int8),
        ),
        summary={},
    )
    assert made.run() == 2
    reasons = {t.reason for t in made.trials if t.outcome is Outcome.FAILED}
    assert reasons == {"no request was answered within the window"}


def test_a_servers_output_is_kept_in_logs(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.run()
    kept = (made.folder.path / "logs" / "r1-rust-tonic.log").read_text()
    assert kept == "rust-tonic says goodbye\n"


def test_a_server_is_stopped_once_its_trials_are_over_and_its_last_words_are_kept(
    lab: Callable[..., Lab],
) -> None:
    made = lab(contenders={"rust-tonic": Contender(name="rust-tonic", service="rust-tonic")})
    made.world.last_words = (
        '\n{"event": "stopped", "workers": [{"requests": 30, "cpu_seconds": 1.5, "connections": 4},'
        ' {"requests": 10, "cpu_seconds": 0.5}]}'
    )
    made.run()
    assert made.world.log[-2:] == ["asked to stop rust-tonic", "stop rust-tonic"]
    (turn,) = made.turns
    assert turn.outcome is Outcome.OK
    assert turn.workers == (
        WorkerShare(requests=30, cpu_seconds=Seconds(1.5), connections=4),
        WorkerShare(requests=10, cpu_seconds=Seconds(0.5)),
    )
    kept = (made.folder.path / "logs" / "r1-rust-tonic.log").read_text()
    assert kept == f"rust-tonic says goodbye{made.world.last_words}\n"


def test_the_time_of_stopping_is_a_step_of_its_turn(lab: Callable[..., Lab]) -> None:
    made = lab(contenders={"rust-tonic": Contender(name="rust-tonic", service="rust-tonic")})
    made.world.stops_in = 0.2
    made.run()
    (turn,) = made.turns
    assert turn.steps["stop"] >= 0.2


def test_a_server_that_says_nothing_of_its_workers_has_none(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.run()
    assert {turn.workers for turn in made.turns} == {()}


def test_a_server_that_died_in_mid_turn_is_not_asked_to_stop_and_has_no_workers(
    lab: Callable[..., Lab],
) -> None:
    made = lab(contenders={"rust-tonic": Contender(name="rust-tonic", service="rust-tonic")})
    made.world.dies_at = "r1-rust-tonic-saturated-800"
    made.run()
    assert "asked to stop rust-tonic" not in made.world.log
    (turn,) = made.turns
    assert (turn.outcome, turn.workers) == (Outcome.FAILED, ())


def test_a_server_that_cannot_be_stopped_fails_its_turn_and_keeps_its_trials(
    lab: Callable[..., Lab],
) -> None:
    made = lab(contenders={"rust-tonic": Contender(name="rust-tonic", service="rust-tonic")})
    made.world.never_stops = True
    assert made.run() == 1
    (turn,) = made.turns
    assert (turn.outcome, turn.reason) == (Outcome.FAILED, "cannot stop it")
    assert {trial.outcome for trial in made.trials} == {Outcome.OK}
    assert made.world.alive == 0


def test_a_turns_steps_and_its_trials_add_up_to_its_time(lab: Callable[..., Lab]) -> None:
    made = lab()
    began = time.monotonic()
    made.run()
    wall = time.monotonic() - began
    named = sum(sum(record.steps.values()) for record in made.folder.records())
    assert 0.8 * wall < named <= wall * 1.001


def test_what_fails_while_a_turn_is_cleaned_up_does_not_hide_why_it_failed(
    lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = lab(contenders={"rust-tonic": Contender(name="rust-tonic", service="rust-tonic")})
    made.world.never_stops = True
    said = FakeServer.logs

    def no_last_words(server: FakeServer) -> str:
        if "asked to stop rust-tonic" in made.world.log:
            raise ServerFailed("cannot read its logs")
        return said(server)

    monkeypatch.setattr(FakeServer, "logs", no_last_words)
    made.run()
    (turn,) = made.turns
    assert turn.reason == "cannot stop it"
