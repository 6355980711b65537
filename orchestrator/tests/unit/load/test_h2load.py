from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from clusterbench.errors import ConfigError, GeneratorFailed
from clusterbench.load.generators.h2load import H2load
from clusterbench.model.check import Check
from clusterbench.model.experiment import Loop, Method
from support.data_folders import data_folder
from support.loads import RECORDED, completed, make_load

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.execution import Completed

H2LOAD = H2load()

#: Each answer of the recorded runs: 5 bytes of frame, a tag, a cluster below 128.
ANSWER = 7


def option(command: tuple[str, ...], name: str) -> str:
    return command[command.index(name) + 1]


def recorded(name: str, **changes: str) -> Completed:
    text = (RECORDED / f"{name}.h2load.txt").read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return completed(RECORDED / f"{name}.h2load.log", stdout=text)


def printed(calls: int, data: int) -> str:
    return (
        f"requests: {calls} total, {calls} started, {calls} done, {calls} succeeded, 0 failed, "
        "0 errored, 0 timeout\n"
        f"traffic: 1KB (1024) total, 1B (1) headers (space savings 9.00%), 1B ({data}) data\n"
    )


def left(folder: Path, log: str, stdout: str) -> Completed:
    file = folder / "t.h2load.log"
    file.write_text(log)
    return completed(file, stdout=stdout)


# -------------------------------------------------------------------------- the command line


def test_the_level_is_shared_evenly_by_the_connections() -> None:
    command = H2LOAD.invocation(make_load(level=800, connections=8), "t").command
    assert option(command, "--clients") == "8"
    assert option(command, "--max-concurrent-streams") == "100"
    assert option(command, "--duration") == "6500ms"
    assert command[-1] == "http://server:5001/ml.ClusteringService/Predict"


def test_a_level_that_connections_cannot_share_evenly_is_refused() -> None:
    with pytest.raises(ConfigError, match="100 is no multiple of 8 connections"):
        H2LOAD.invocation(make_load(level=100, connections=8), "t")


def test_an_open_loop_is_refused() -> None:
    with pytest.raises(ConfigError, match="closed loops"):
        H2LOAD.invocation(make_load(loop=Loop.OPEN), "t")


def test_there_are_no_more_threads_than_connections() -> None:
    command = H2LOAD.invocation(make_load(level=8, connections=2, threads=4), "t").command
    assert option(command, "--threads") == "2"


@pytest.mark.parametrize("method", Method)
def test_the_body_that_a_command_names_is_among_the_files_of_its_home(
    tmp_path: Path, method: Method
) -> None:
    files = H2LOAD.files(data_folder(tmp_path))
    assert option(H2LOAD.invocation(make_load(method=method), "t").command, "--data") in files


# ---------------------------------------------------------------------------- recorded runs


def test_a_recorded_run_gives_each_request_and_knows_that_the_last_were_cut_off() -> None:
    reading = H2LOAD.read(make_load(duration=0.1), recorded("ok"))
    samples = reading.samples
    assert samples.counts == {"OK": 262}
    assert len(samples.start) == 262
    assert samples.start.min() == 0.0
    assert samples.duration == pytest.approx(0.1, abs=0.01)
    assert samples.latency.max() == pytest.approx(8.75e-3, rel=1e-3)  # as it printed
    assert not samples.drained
    assert reading.summary["traffic_bytes"]["data"] == 262 * ANSWER
    json.dumps(reading.summary)


def test_a_run_of_right_responses_has_the_bytes_of_right_responses() -> None:
    load = make_load(duration=0.1, level=4, connections=2, response_bytes=ANSWER)
    reading = H2LOAD.read(load, recorded("ok"))
    assert (reading.response_bytes_ok, reading.checked_by) == (True, Check.SIZE)


def test_errors_behind_a_good_http_status_show_in_the_bytes() -> None:
    load = make_load(duration=0.1, level=4, connections=2, response_bytes=ANSWER)
    reading = H2LOAD.read(load, recorded("errors"))
    assert set(reading.samples.counts) == {"OK"}  # all that HTTP says
    assert reading.response_bytes_ok is False


@pytest.mark.parametrize("size", [ANSWER - 1, ANSWER + 1])
def test_responses_of_another_size_are_not_right_ones(size: int) -> None:
    load = make_load(duration=0.1, level=4, connections=2, response_bytes=size)
    assert H2LOAD.read(load, recorded("ok")).response_bytes_ok is False


def test_bodies_of_requests_that_were_cut_off_are_allowed_for_and_no_more() -> None:
    load = make_load(duration=0.1, level=4, connections=2, response_bytes=ANSWER)
    for calls, right in ((4, True), (5, False)):
        ended = recorded("ok", **{"(1834) data": f"({1834 + calls * ANSWER}) data"})
        assert H2LOAD.read(load, ended).response_bytes_ok is right


def test_responses_are_unchecked_where_nothing_is_expected() -> None:
    reading = H2LOAD.read(make_load(duration=0.1), recorded("ok"))
    assert (reading.response_bytes_ok, reading.checked_by) == (None, Check.HTTP_STATUS)


def test_a_server_that_was_never_there_is_told() -> None:
    with pytest.raises(GeneratorFailed, match="no call to server:5001 was answered"):
        H2LOAD.read(make_load(duration=0.1), recorded("down"))


def test_a_server_that_went_away_is_told_though_h2load_counts_no_failure() -> None:
    with pytest.raises(GeneratorFailed, match=r"nothing more 0\.1 s into a load of 6\.5 s"):
        H2LOAD.read(make_load(duration=6.5), recorded("ok"))


# ------------------------------------------------------------------------------- what is odd


def test_a_broken_stream_is_unavailable_and_another_http_status_unknown(tmp_path: Path) -> None:
    log = "1000000\t200\t500\n1000100\t-1\t500\n1000200\t503\t500\n"
    load = make_load(duration=0.1)
    samples = H2LOAD.read(load, left(tmp_path, log, printed(3, 7))).samples
    assert samples.counts == {"OK": 1, "UNAVAILABLE": 1, "UNKNOWN": 1}
    assert samples.origin == 1.0
    assert samples.start.tolist() == [0.0, 0.0001, 0.0002]


@pytest.mark.parametrize(
    "log",
    [
        "1000000\t200\t500\n1000000\t20",
        "1000000\t200\n",
        "1000000 200 500\n",
        "1000000\t200\tquick\n",
        "1000000\t200\t5.5\n",
        "1000000\t\t500\n",
        "1000000\t200\t500\n\n",
        "1000000\t200\t500\t1\n",
    ],
)
def test_a_log_with_any_other_line_is_refused(tmp_path: Path, log: str) -> None:
    with pytest.raises(GeneratorFailed, match="its log cannot be read"):
        H2LOAD.read(make_load(duration=0.1), left(tmp_path, log, printed(1, 7)))


def test_a_log_that_disagrees_with_the_printed_count_is_refused(tmp_path: Path) -> None:
    log = "1000000\t200\t500\n" * 10
    load = make_load(duration=0.1, level=8)
    with pytest.raises(GeneratorFailed, match="lists 10 calls, it counted 19"):
        H2LOAD.read(load, left(tmp_path, log, printed(19, 133)))


@pytest.mark.parametrize("line", ["requests:", "traffic:"])
def test_output_in_another_form_is_refused(line: str) -> None:
    with pytest.raises(GeneratorFailed, match=f"no line `{line}"):
        H2LOAD.read(make_load(duration=0.1), recorded("ok", **{line: f"all {line}"}))


def test_a_failed_command_is_told_with_its_exit_status_and_last_lines() -> None:
    ended = completed(exit_status=127, stderr="h2load: not found\n")
    with pytest.raises(GeneratorFailed, match=r"exit status 127[\s\S]*not found"):
        H2LOAD.read(make_load(), ended)
