from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from google.protobuf import descriptor_pb2

from clusterbench.errors import GeneratorFailed
from clusterbench.load.generators.ghz import Ghz
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.samples import OK, STATUS_NAMES
from support.data_folders import data_folder
from support.loads import RECORDED, completed, ghz_left, ghz_report, make_load

if TYPE_CHECKING:
    from pathlib import Path

GHZ = Ghz()


def option(command: tuple[str, ...], name: str) -> str:
    return command[command.index(name) + 1]


# -------------------------------------------------------------------------- the command line


def test_a_closed_loop_waits_for_requests_in_flight_and_has_the_level_as_concurrency() -> None:
    command = GHZ.invocation(make_load(level=64, connections=8), "t").command
    assert option(command, "--duration-stop") == "wait"
    assert option(command, "--concurrency") == "64"
    assert option(command, "--connections") == "8"
    assert "--rps" not in command
    assert "--async" not in command
    assert command[-1] == "server:5001"


def test_as_published_ghz_has_its_own_defaults_and_requests_in_flight_are_cut_off() -> None:
    load = dataclasses.replace(make_load(level=64, connections=1), generator_defaults=True)
    command = GHZ.invocation(load, "t").command
    assert option(command, "--duration-stop") == "close"
    assert option(command, "--connections") == "1"
    ours = ("--timeout", "--disable-template-functions", "--disable-template-data", "GOGC=800")
    assert not set(ours) & set(command)


def test_what_ghz_cut_off_is_no_full_list_of_latencies() -> None:
    for asked, drained in ((False, True), (True, False)):
        load = dataclasses.replace(make_load(), generator_defaults=asked)
        reading = GHZ.read(load, completed(RECORDED / "ok.ghz.json"))
        assert reading.samples.drained is drained


def test_an_open_loop_has_the_level_as_rate_and_sends_without_waiting_for_responses() -> None:
    command = GHZ.invocation(make_load(loop=Loop.OPEN, level=500, connections=8), "t").command
    assert option(command, "--rps") == "500"
    assert "--async" in command
    assert int(option(command, "--concurrency")) >= 8


def test_a_fraction_of_a_second_of_load_stays_one() -> None:
    command = GHZ.invocation(make_load(duration=6.5), "t").command
    assert option(command, "--duration") == "6500000us"


def test_outputs_of_two_tags_never_share_a_name() -> None:
    first, second = (GHZ.invocation(make_load(), tag) for tag in ("one", "two"))
    assert not set(first.outputs) & set(second.outputs)
    assert option(first.command, "--output") == first.outputs[0]


@pytest.mark.parametrize(
    ("method", "requests"), [(Method.PREDICT, 50), (Method.PREDICT_BATCH, 100)]
)
def test_every_file_that_a_command_names_is_among_the_files_of_its_home(
    tmp_path: Path, method: Method, requests: int
) -> None:
    files = GHZ.files(data_folder(tmp_path, samples=50))
    command = GHZ.invocation(make_load(method=method), "t").command
    contract = descriptor_pb2.FileDescriptorSet.FromString(files[option(command, "--protoset")])
    (service,) = contract.file[0].service
    assert option(command, "--call") == f"{contract.file[0].package}.{service.name}.{method}"
    assert len(json.loads(files[option(command, "--data-file")])) == requests


# ---------------------------------------------------------------------------- recorded runs


def test_a_recorded_run_gives_each_request_from_the_first_ones_start() -> None:
    file = RECORDED / "ok.ghz.json"
    reading = GHZ.read(make_load(), completed(file))
    samples, report = reading.samples, json.loads(file.read_bytes())
    assert len(samples.start) == report["count"]
    assert samples.counts == {"OK": report["count"]}
    assert (samples.status == OK).all()
    assert samples.start.min() == 0.0
    assert samples.duration == samples.end.max()
    assert samples.latency.mean() == pytest.approx(report["average"] / 1e9, rel=1e-6)
    assert samples.latency.max() == pytest.approx(report["slowest"] / 1e9, rel=1e-6)
    assert samples.duration == pytest.approx(report["total"] / 1e9, rel=0.1)
    assert samples.drained
    assert not samples.truncated
    assert reading.response_bytes_ok is None


def test_a_recorded_closed_loop_never_has_more_requests_in_flight_than_its_concurrency() -> None:
    samples = GHZ.read(make_load(), completed(RECORDED / "ok.ghz.json")).samples
    moments = np.concatenate([samples.start, samples.end])
    change = np.concatenate([np.ones(len(samples.start)), -np.ones(len(samples.end))])
    in_flight = np.cumsum(change[np.lexsort((change, moments))])
    assert in_flight.max() == 4  # as it was recorded
    assert in_flight[-1] == 0


def test_a_recorded_run_with_errors_tells_them_from_responses() -> None:
    samples = GHZ.read(make_load(), completed(RECORDED / "errors.ghz.json")).samples
    assert samples.counts == {"OK": 65, "RESOURCE_EXHAUSTED": 26}
    busy = STATUS_NAMES.index("RESOURCE_EXHAUSTED")
    assert np.bincount(samples.status)[[OK, busy]].tolist() == [65, 26]


def test_a_recorded_run_in_another_time_zone_has_its_requests_at_the_same_moment() -> None:
    utc = GHZ.read(make_load(), completed(RECORDED / "ok.ghz.json")).samples
    india = GHZ.read(make_load(), completed(RECORDED / "offset.ghz.json")).samples
    assert abs(india.origin - utc.origin) < 60  # recorded within a minute of each other


def test_the_summary_is_the_report_without_its_single_requests_and_their_data() -> None:
    report = json.loads((RECORDED / "ok.ghz.json").read_bytes())
    del report["details"], report["options"]["data"]
    assert GHZ.read(make_load(), completed(RECORDED / "ok.ghz.json")).summary == report


# ------------------------------------------------------------------------------- what is odd


def test_a_request_starts_its_latency_before_its_time_stamp_and_decimals_may_be_fewer(
    tmp_path: Path,
) -> None:
    calls = [
        ("2026-01-01T00:00:01.000000003Z", 3, "OK"),
        ("2026-01-01T00:00:03Z", 1_500_000_000, "OK"),
        ("2026-01-01T00:00:02.5Z", 250_000_000, "OK"),
    ]
    samples = GHZ.read(make_load(), ghz_left(tmp_path, ghz_report(calls))).samples
    assert samples.start.tolist() == [0.0, 0.5, 1.25]
    assert samples.latency.tolist() == [3e-9, 1.5, 0.25]
    assert samples.origin == 1767225601.0
    assert samples.duration == 2.0


def test_stamps_of_several_offsets_are_put_on_one_clock(tmp_path: Path) -> None:
    calls = [
        ("2026-01-01T00:00:01Z", 0, "OK"),
        ("2026-01-01T05:30:01.25+05:30", 0, "OK"),
        ("2025-12-31T19:00:01.5-05:00", 0, "OK"),
    ]
    samples = GHZ.read(make_load(), ghz_left(tmp_path, ghz_report(calls))).samples
    assert samples.start.tolist() == [0.0, 0.25, 0.5]


@pytest.mark.parametrize(
    ("printed", "status"),
    [
        ("OK", "OK"), ("Canceled", "CANCELLED"), ("Unknown", "UNKNOWN"),
        ("InvalidArgument", "INVALID_ARGUMENT"), ("DeadlineExceeded", "DEADLINE_EXCEEDED"),
        ("NotFound", "NOT_FOUND"), ("AlreadyExists", "ALREADY_EXISTS"),
        ("PermissionDenied", "PERMISSION_DENIED"), ("ResourceExhausted", "RESOURCE_EXHAUSTED"),
        ("FailedPrecondition", "FAILED_PRECONDITION"), ("Aborted", "ABORTED"),
        ("OutOfRange", "OUT_OF_RANGE"), ("Unimplemented", "UNIMPLEMENTED"),
        ("Internal", "INTERNAL"), ("Unavailable", "UNAVAILABLE"), ("DataLoss", "DATA_LOSS"),
        ("Unauthenticated", "UNAUTHENTICATED"), ("Code(99)", "UNKNOWN"), ("", "UNKNOWN"),
    ],
)  # fmt: skip
def test_each_status_that_go_prints_is_known_and_anything_else_is_unknown(
    tmp_path: Path, printed: str, status: str
) -> None:
    report = ghz_report([("2026-01-01T00:00:01Z", 5, printed)])
    samples = GHZ.read(make_load(), ghz_left(tmp_path, report)).samples
    assert samples.counts == {status: 1}
    assert STATUS_NAMES[samples.status[0]] == status


def test_more_responses_than_listed_requests_mark_the_list_as_truncated(tmp_path: Path) -> None:
    report = ghz_report(
        [("2026-01-01T00:00:01Z", 5, "OK")] * 3, statusCodeDistribution={"OK": 9, "Unavailable": 1}
    )
    samples = GHZ.read(make_load(), ghz_left(tmp_path, report)).samples
    assert samples.truncated
    assert samples.counts == {"OK": 9, "UNAVAILABLE": 1}
    assert len(samples.start) == 3
    assert samples.duration == 2.0  # ghz's own total


def test_an_open_loops_latency_counts_from_when_a_request_was_due_also_if_it_was_sent_late(
    tmp_path: Path,
) -> None:
    # Four a second; the second request left half a second late, and took a quarter of a second.
    calls = [
        ("2026-01-01T00:00:01.25Z", 250_000_000, "OK"),
        ("2026-01-01T00:00:02Z", 250_000_000, "OK"),
        ("2026-01-01T00:00:02Z", 125_000_000, "OK"),
    ]
    left = ghz_left(tmp_path, ghz_report(calls))
    samples = GHZ.read(make_load(loop=Loop.OPEN, level=4), left).samples
    assert samples.send_delay is not None
    assert samples.send_delay.tolist() == [0.0, 0.5, 0.375]
    assert samples.start.tolist() == [0.0, 0.25, 0.5]
    assert samples.latency.tolist() == [0.25, 0.75, 0.5]
    closed = GHZ.read(make_load(level=4, connections=4), left).samples
    assert closed.send_delay is None
    assert closed.latency.tolist() == [0.25, 0.25, 0.125]


def test_a_schedule_is_in_whole_nanoseconds_as_ghz_keeps_it(tmp_path: Path) -> None:
    calls = [("2026-01-01T00:00:01Z", 0, "OK"), ("2026-01-01T00:00:01.333333333Z", 0, "OK")]
    left = ghz_left(tmp_path, ghz_report(calls))
    samples = GHZ.read(make_load(loop=Loop.OPEN, level=3, connections=1), left).samples
    assert samples.start.tolist() == [0.0, 0.333333333]
    assert samples.send_delay is not None
    assert samples.send_delay.max() < 1e-9


def test_an_open_loop_whose_requests_are_not_all_listed_is_refused_with_a_way_out(
    tmp_path: Path,
) -> None:
    report = ghz_report([("2026-01-01T00:00:01Z", 5, "OK")] * 3, statusCodeDistribution={"OK": 9})
    with pytest.raises(GeneratorFailed, match=r"first 3 requests.*take a lower rate"):
        GHZ.read(make_load(loop=Loop.OPEN, level=4), ghz_left(tmp_path, report))


def test_a_run_without_any_request_has_no_samples(tmp_path: Path) -> None:
    samples = GHZ.read(make_load(), ghz_left(tmp_path, ghz_report([]))).samples
    assert len(samples.start) == 0
    assert samples.counts == {}
    assert samples.duration == 0.0


def test_a_million_requests_are_read(tmp_path: Path) -> None:
    call = '{"timestamp":"2026-01-01T00:00:01.25Z","latency":1000,"error":"","status":"OK"}'
    report = json.dumps(
        ghz_report([], statusCodeDistribution={"OK": 1_000_000}, details="HERE")
    ).replace('"HERE"', f"[{','.join([call] * 1_000_000)}]")
    samples = GHZ.read(make_load(), ghz_left(tmp_path, report)).samples
    assert len(samples.start) == 1_000_000
    assert not samples.truncated


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"details": [',
        "[]",
        json.dumps({"count": 1}),
        json.dumps(ghz_report([("yesterday", 5, "OK")])),
        json.dumps(ghz_report([("2026-01-01T00:00:01+25h", 5, "OK")])),
        json.dumps(ghz_report([("2026-01-01T00:00:01Z", 5, "OK")], statusCodeDistribution={})),
        json.dumps(ghz_report([], statusCodeDistribution={"OK": 1}, total=None)),
    ],
    ids=["empty", "cut off", "a list", "no calls", "no time", "no offset", "no counts", "no total"],
)
def test_a_report_that_cannot_be_read_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(GeneratorFailed, match="its report cannot be read"):
        GHZ.read(make_load(), ghz_left(tmp_path, content))


def test_a_failed_command_is_told_with_its_exit_status_and_last_lines() -> None:
    ended = completed(exit_status=1, stderr="line 1\nno such file: centroids.proto\n")
    with pytest.raises(GeneratorFailed, match=r"exit status 1[\s\S]*no such file: centroids"):
        GHZ.read(make_load(), ended)


def test_a_command_that_left_no_report_is_refused() -> None:
    with pytest.raises(GeneratorFailed, match="left nothing"):
        GHZ.read(make_load(), completed())


def test_a_report_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeneratorFailed, match="No such file"):
        GHZ.read(make_load(), completed(tmp_path / "gone.ghz.json"))
