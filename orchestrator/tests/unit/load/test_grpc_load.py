from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterbench.errors import GeneratorFailed
from clusterbench.load.generator import Right
from clusterbench.load.generators.grpc_load import GrpcLoad
from clusterbench.model.check import Check
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.samples import STATUS_NAMES
from support.data_folders import data_folder
from support.loads import RECORDED, completed, make_load
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clusterbench.model.execution import Completed

GRPC_LOAD = GrpcLoad()
RUNS = ("open", "spoiled", "unchecked", "wrong", "errors")
FIELDS = [
    ["scheduled", "<i8"], ["latency", "<i8"], ["send_delay", "<i8"], ["held_back", "<i8"],
    ["outcome", "<i4"], ["reserved", "<i4"],
]  # fmt: skip
NAMES = (
    "wrong", "malformed", "reset", "refused", "lost", "expired", "unanswered", "not_sent",
)  # fmt: skip
#: A scheduled time (ns), a latency (ns) and an outcome.
Request = tuple[int, int, int]


def option(command: tuple[str, ...], name: str) -> str:
    return command[command.index(name) + 1]


def recorded(name: str, exit_status: int = 0) -> Completed:
    files = (RECORDED / f"{name}.grpc-load.{kind}" for kind in ("json", "bin"))
    return completed(*files, exit_status=exit_status)


def summary_of(requests: Sequence[Request], **changes: Any) -> dict[str, Any]:
    """A summary as it writes one, as far as it is read."""
    outcomes = [outcome for _, _, outcome in requests]
    counted = {name: outcomes.count(17 + number) for number, name in enumerate(NAMES)}
    counted |= {"scheduled": len(requests), "ok": outcomes.count(0)}
    return {
        "asked": {"expected": True, "threads": 2},
        "began": 100.0,
        "window": {"seconds": 5.0},
        "all": counted,
        "run_delay_s": None,
        "spoiled": [],
        **changes,
    }


def left(
    folder: Path,
    requests: Sequence[Request],
    *,
    delays: Sequence[int] = (),
    held: Sequence[int] = (),
    **changes: Any,
) -> Completed:
    """A grpc-load that ended with 0 and left these requests."""
    header = json.dumps({"header_bytes": 400, "fields": FIELDS, "about": {}}).encode()
    records = np.zeros(len(requests), np.dtype([(name, kind) for name, kind in FIELDS]))
    for record, (scheduled, latency, outcome) in zip(records, requests, strict=True):
        record["scheduled"], record["latency"], record["outcome"] = scheduled, latency, outcome
    records["send_delay"][: len(delays)] = delays
    records["held_back"][: len(held)] = held
    samples, summary = folder / "t.grpc-load.bin", folder / "t.grpc-load.json"
    samples.write_bytes(header.ljust(399) + b"\n" + records.tobytes())
    summary.write_text(json.dumps(summary_of(requests, **changes)))
    return completed(summary, samples)


# -------------------------------------------------------------------------- the command line


def test_a_closed_loop_keeps_its_concurrency_over_all_connections() -> None:
    command = GRPC_LOAD.invocation(make_load(level=800, connections=8), "t").command
    assert command[:3] == ("grpc-load", "server:5001", "ml.ClusteringService/Predict")
    assert option(command, "--concurrency") == "800"
    assert option(command, "--connections") == "8"
    assert option(command, "--duration") == "6500000us"
    assert "--rate" not in command


def test_an_open_loop_has_a_random_schedule_of_its_own_in_each_trial() -> None:
    load = make_load(loop=Loop.OPEN, level=5000)
    first, again, other = (
        GRPC_LOAD.invocation(load, tag).command for tag in ("r1-a", "r1-a", "r2-a")
    )
    assert option(first, "--rate") == "5000"
    assert option(first, "--arrivals") == "poisson"
    assert option(first, "--seed") == option(again, "--seed") != option(other, "--seed")
    assert "--concurrency" not in first


@pytest.mark.parametrize(
    ("rate", "threads", "quantum"),
    [(49_999, 1, "0"), (50_000, 1, "50us"), (50_000, 2, "0"), (100_000, 2, "50us")],
)
def test_requests_leave_in_groups_only_where_single_ones_would_fill_a_thread(
    rate: int, threads: int, quantum: str
) -> None:
    load = make_load(loop=Loop.OPEN, level=rate, threads=threads)
    assert option(GRPC_LOAD.invocation(load, "t").command, "--send-quantum") == quantum


def test_there_are_no_more_threads_than_connections() -> None:
    load = make_load(level=8, connections=2, threads=4)
    assert option(GRPC_LOAD.invocation(load, "t").command, "--threads") == "2"


def test_nothing_is_compared_where_no_response_is_said_to_be_right() -> None:
    assert "--expect" not in GRPC_LOAD.invocation(make_load(), "t").command


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("right", Right)
def test_the_files_that_a_command_names_are_in_its_home(
    tmp_path: Path, method: Method, right: Right
) -> None:
    files = GRPC_LOAD.files(data_folder(tmp_path))
    command = GRPC_LOAD.invocation(make_load(method=method, right=right), "t").command
    for name in ("--descriptor-set", "--data", "--expect"):
        assert option(command, name) in files
    assert len(json.loads(files[option(command, "--data")])) == len(
        json.loads(files[option(command, "--expect")])
    )


def test_what_it_leaves_is_named_after_the_trial() -> None:
    invocation = GRPC_LOAD.invocation(make_load(), "r1-a")
    assert invocation.outputs == ("r1-a.grpc-load.json", "r1-a.grpc-load.bin")
    assert option(invocation.command, "--output") == invocation.outputs[0]
    assert option(invocation.command, "--samples") == invocation.outputs[1]


# ---------------------------------------------------------------------------- recorded runs


@pytest.mark.parametrize("name", RUNS)
def test_a_recorded_result_holds_to_the_schema_that_it_ships_with(name: str) -> None:
    schema = json.loads((ROOT / "services/grpc-load/schema/result.schema.json").read_bytes())
    jsonschema.validate(json.loads((RECORDED / f"{name}.grpc-load.json").read_bytes()), schema)


def test_a_recorded_open_loop_gives_each_request_from_when_it_was_due() -> None:
    kept = json.loads((RECORDED / "open.grpc-load.json").read_bytes())
    reading = GRPC_LOAD.read(make_load(loop=Loop.OPEN, level=2000), recorded("open"))
    samples = reading.samples
    assert samples.counts == {"OK": 190}
    assert len(samples.start) == kept["all"]["scheduled"] == 190
    assert samples.start.min() == 0.0
    assert samples.start.max() < 0.1
    assert 0 <= samples.origin - kept["began"] < 0.1
    assert samples.latency.max() == pytest.approx(kept["latency"]["max"], rel=0.01)
    assert samples.drained
    assert not samples.truncated
    assert samples.send_delay is not None
    assert samples.send_delay.max() == pytest.approx(kept["send_delay"]["max"], rel=0.01)
    assert (samples.send_delay <= samples.latency).all()
    assert reading.checked == 190
    assert reading.wrong == 0
    assert reading.doubts == ()


def test_the_summary_keeps_percentiles_and_leaves_histograms_out() -> None:
    summary = GRPC_LOAD.read(make_load(), recorded("open")).summary
    for name in ("latency", "send_delay", "held_back"):
        assert {"p50", "p99", "max"} <= set(summary[name])
        assert "histogram" not in summary[name]
    assert summary["cpu_s"] > 0
    json.dumps(summary)


def test_wrong_responses_are_counted_and_are_no_good_ones() -> None:
    reading = GRPC_LOAD.read(make_load(), recorded("wrong"))
    assert reading.wrong > 0
    assert reading.checked == reading.counts.get("OK", 0) + reading.wrong
    assert reading.counts["UNKNOWN"] == reading.wrong
    assert int((reading.samples.status == 0).sum()) == reading.counts.get("OK", 0)


def test_responses_are_not_said_to_be_checked_where_none_was_compared() -> None:
    reading = GRPC_LOAD.read(make_load(), recorded("unchecked"))
    assert reading.counts["OK"] > 0
    assert reading.checked is None
    assert reading.checked_by is Check.STATUS
    assert GRPC_LOAD.read(make_load(), recorded("open")).checked_by is Check.MESSAGE


def test_a_servers_errors_keep_their_status() -> None:
    counts = GRPC_LOAD.read(make_load(), recorded("errors")).counts
    assert set(counts) == {"INVALID_ARGUMENT"}


def test_figures_that_its_own_delay_spoiled_are_read_with_its_doubt() -> None:
    reading = GRPC_LOAD.read(make_load(loop=Loop.OPEN), recorded("spoiled", exit_status=3))
    assert len(reading.doubts) == 1
    assert "the generator itself sent late" in reading.doubts[0]
    assert reading.summary["spoiled"] == list(reading.doubts)
    assert reading.counts["OK"] == len(reading.samples.start) > 0


# ------------------------------------------------------------------------------- what is odd


def test_a_request_counts_as_an_error_of_the_time_in_which_it_was_due_if_it_never_left(
    tmp_path: Path,
) -> None:
    samples = GRPC_LOAD.read(
        make_load(), left(tmp_path, [(5_000_000, 1_000_000, 0), (7_000_000, -1, 24)])
    ).samples
    assert samples.counts == {"OK": 1, "UNAVAILABLE": 1}
    assert samples.origin == pytest.approx(100.005)
    assert samples.start.tolist() == [0.0, 0.002]
    assert samples.end.tolist() == [0.001, 0.002]


def test_a_request_that_never_left_has_no_send_delay(tmp_path: Path) -> None:
    ended = left(tmp_path, [(0, 9, 0), (1, -1, 24)], delays=[7, -1])
    delay = GRPC_LOAD.read(make_load(loop=Loop.OPEN), ended).samples.send_delay
    assert delay is not None
    assert np.array_equal(delay, [7e-9, np.nan], equal_nan=True)


def test_what_the_servers_limits_held_back_is_told_of_each_request_that_left(
    tmp_path: Path,
) -> None:
    ended = left(tmp_path, [(0, 9, 0), (1, -1, 24)], delays=[7, -1], held=[2, 0])
    held = GRPC_LOAD.read(make_load(loop=Loop.OPEN), ended).samples.held_back_for
    assert held is not None
    assert np.array_equal(held, [2e-9, np.nan], equal_nan=True)


def test_a_closed_loop_has_no_send_delay(tmp_path: Path) -> None:
    ended = left(tmp_path, [(0, 9, 0)], delays=[7])
    samples = GRPC_LOAD.read(make_load(), ended).samples
    assert samples.send_delay is samples.held_back_for is None


def test_the_run_delay_is_a_share_of_the_time_of_all_threads(tmp_path: Path) -> None:
    waited = left(tmp_path, [(0, 9, 0)], run_delay_s=0.5)
    assert GRPC_LOAD.read(make_load(), waited).run_delay == pytest.approx(0.05)
    untold = left(tmp_path, [(0, 9, 0)])
    assert GRPC_LOAD.read(make_load(), untold).run_delay is None


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (17, "UNKNOWN"), (18, "INTERNAL"), (19, "UNAVAILABLE"), (20, "UNAVAILABLE"),
        (21, "UNAVAILABLE"), (22, "DEADLINE_EXCEEDED"), (23, "DEADLINE_EXCEEDED"),
        *enumerate(STATUS_NAMES),
    ],
)  # fmt: skip
def test_each_end_of_a_request_has_a_status(tmp_path: Path, outcome: int, status: str) -> None:
    counts = GRPC_LOAD.read(make_load(), left(tmp_path, [(0, 10, outcome)])).counts
    assert counts == {status: 1}


@given(requests=st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**11),
                                   st.integers(0, 24)), max_size=20))  # fmt: skip
def test_every_request_counts_once_and_only_right_ones_are_good(
    tmp_path_factory: pytest.TempPathFactory, requests: list[Request]
) -> None:
    folder = tmp_path_factory.mktemp("left")
    reading = GRPC_LOAD.read(make_load(), left(folder, requests))
    shutil.rmtree(folder)
    assert sum(reading.counts.values()) == len(requests) == len(reading.samples.status)
    assert reading.counts.get("OK", 0) == sum(outcome == 0 for _, _, outcome in requests)
    assert reading.wrong == sum(outcome == 17 for _, _, outcome in requests)
    assert bool((reading.samples.latency >= 0).all())
    assert bool((reading.samples.start >= 0).all())


@pytest.mark.parametrize("outcome", [-1, 25])
def test_an_outcome_that_is_not_known_is_refused(tmp_path: Path, outcome: int) -> None:
    with pytest.raises(GeneratorFailed, match="outcome"):
        GRPC_LOAD.read(make_load(), left(tmp_path, [(0, 10, outcome)]))


def test_samples_that_disagree_with_its_count_are_refused(tmp_path: Path) -> None:
    ended = left(tmp_path, [(0, 10, 0)], all=summary_of([(0, 10, 0)] * 2)["all"])
    with pytest.raises(GeneratorFailed, match="samples list 1 as scheduled, it counted 2"):
        GRPC_LOAD.read(make_load(), ended)


@pytest.mark.parametrize("length", [0, 10, 1200, 1201, 1239])
def test_samples_that_are_cut_off_are_refused(tmp_path: Path, length: int) -> None:
    whole = (RECORDED / "open.grpc-load.bin").read_bytes()
    samples, summary = tmp_path / "t.grpc-load.bin", tmp_path / "t.grpc-load.json"
    samples.write_bytes(whole[:length])
    summary.write_bytes((RECORDED / "open.grpc-load.json").read_bytes())
    with pytest.raises(GeneratorFailed, match="its result cannot be read"):
        GRPC_LOAD.read(make_load(), completed(summary, samples))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"all": 3}', "null"])
def test_a_summary_in_another_form_is_refused(tmp_path: Path, text: str) -> None:
    ended = left(tmp_path, [(0, 10, 0)])
    (tmp_path / "t.grpc-load.json").write_text(text)
    with pytest.raises(GeneratorFailed, match="its result cannot be read"):
        GRPC_LOAD.read(make_load(), ended)


@pytest.mark.parametrize("status", [1, 2, 127])
def test_a_failed_command_is_told_with_its_exit_status_and_last_lines(status: int) -> None:
    ended = completed(exit_status=status, stderr="grpc-load: cannot connect\n")
    with pytest.raises(GeneratorFailed, match=rf"exit status {status}\)[\s\S]*cannot connect"):
        GRPC_LOAD.read(make_load(), ended)
