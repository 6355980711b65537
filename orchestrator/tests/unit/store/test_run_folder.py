from __future__ import annotations

import dataclasses
import multiprocessing
import os
import resource
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pytest

from clusterbench.errors import ConfigError, RunRefused, StoreError
from clusterbench.host import user_namespace
from clusterbench.model.cpus import CpuSet
from clusterbench.model.records import Outcome, TurnRecord
from clusterbench.model.samples import Samples
from clusterbench.model.units import Seconds
from clusterbench.store import run_folder as store
from clusterbench.store.run_folder import RunFolder
from support.factories import cpu_plan, experiment, run_record, trial_record

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDED = Path(__file__).parent / "fixtures"


def samples() -> Samples:
    return Samples(
        origin=1_900_000_000.25,
        start=np.array([0.0, 0.1, 0.2]),
        latency=np.array([0.01, 0.02, 0.3]),
        status=np.array([0, 0, 14], dtype=np.int8),
        counts={"OK": 2, "UNAVAILABLE": 1},
        truncated=True,
        duration=0.5,
        drained=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path, run_record())


def test_a_run_is_read_back_as_it_was_written(folder: RunFolder) -> None:
    assert RunFolder.open(folder.path).run == run_record()


def test_latest_points_at_the_newest_run(tmp_path: Path) -> None:
    for name in ("one", "two"):
        RunFolder.create(tmp_path, run_record(id=name))
    assert (tmp_path / "latest").readlink() == Path("two")


def test_a_folder_without_a_record_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"not a run folder, it has no run\.json"):
        RunFolder.open(tmp_path)


def test_records_are_read_back_in_their_order(folder: RunFolder) -> None:
    trial = trial_record()
    turn = TurnRecord(
        round=1,
        contender="rust-tonic",
        started="2030-01-01T00:00:00+00:00",
        outcome=Outcome.OK,
        steps={"start": Seconds(1.0)},
        startup={"server": "rust-tonic", "pools": {"tokio_worker_threads": 1}},
    )
    folder.append(trial)
    folder.append(turn)
    assert folder.records() == [trial, turn]


def test_a_later_record_of_a_trial_takes_the_place_of_an_earlier(folder: RunFolder) -> None:
    folder.append(trial_record(outcome=Outcome.FAILED, reason="the server ended"))
    folder.append(trial_record())
    assert folder.records() == [trial_record()]


def test_half_a_line_of_a_killed_run_is_dropped_and_written_over(folder: RunFolder) -> None:
    folder.append(trial_record())
    with (folder.path / "trials.jsonl").open("ab") as handle:
        handle.write(b'{"kind":"trial","id":"r1-')
    assert folder.records() == [trial_record()]
    folder.append(trial_record(id="another"))
    assert [r.id for r in folder.records()] == [trial_record().id, "another"]


def test_a_line_that_is_no_record_is_named(folder: RunFolder) -> None:
    folder.append(trial_record())
    with (folder.path / "trials.jsonl").open("ab") as handle:
        handle.write(b'{"kind":"trial","id":7}\n')
    with pytest.raises(StoreError, match=r"trials\.jsonl:2: not a record"):
        folder.records()


def test_samples_are_read_back_exactly(folder: RunFolder) -> None:
    kept = samples()
    folder.add_samples("r1-x", kept)
    read = folder.samples("r1-x")
    for name in ("start", "latency", "status"):
        np.testing.assert_array_equal(getattr(read, name), getattr(kept, name))
    for name in ("origin", "counts", "truncated", "duration", "drained"):
        assert getattr(read, name) == getattr(kept, name)
    assert [file.name for file in (folder.path / "samples").iterdir()] == ["r1-x.parquet"]


@pytest.mark.parametrize("part", ["send_delay", "held_back_for"])
@pytest.mark.parametrize("times", [None, np.array([0.0, 0.001, np.nan])])
def test_the_parts_of_an_open_loops_latency_are_kept_and_a_closed_one_has_none(
    folder: RunFolder, part: str, times: np.ndarray | None
) -> None:
    told: Any = {part: times}
    folder.add_samples("r1-x", dataclasses.replace(samples(), **told))
    read = getattr(folder.samples("r1-x"), part)
    assert (read is None) == (times is None)
    np.testing.assert_array_equal(read, times)


def test_missing_samples_are_named(folder: RunFolder) -> None:
    with pytest.raises(StoreError, match=r"r1-none\.parquet"):
        folder.samples("r1-none")


def test_broken_samples_are_named(folder: RunFolder) -> None:
    (folder.path / "samples" / "r1-bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(StoreError, match=r"r1-bad\.parquet: cannot be read"):
        folder.samples("r1-bad")


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Let writes end short and fail, as on a full disk: the kernel writes what still fits."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_up_is_said_and_what_was_measured_stays(folder: RunFolder) -> None:
    folder.append(trial_record())
    before = (folder.path / "trials.jsonl").read_bytes()
    with no_file_beyond(len(before) + 20), pytest.raises(StoreError, match=r"jsonl: .*--resume"):
        folder.append(trial_record(id="another"))
    assert (folder.path / "trials.jsonl").read_bytes() == before
    folder.append(trial_record(id="another"))
    assert [r.id for r in folder.records()] == [trial_record().id, "another"]


def test_samples_that_do_not_fit_leave_no_half_file(folder: RunFolder) -> None:
    with no_file_beyond(20), pytest.raises(StoreError, match=r"r1-x\.parquet: .*--resume"):
        folder.add_samples("r1-x", samples())
    assert list((folder.path / "samples").iterdir()) == []


def test_a_run_of_another_format_is_refused_with_the_version_that_reads_it(tmp_path: Path) -> None:
    shutil.copy(RECORDED / "format-1.run.json", tmp_path / "run.json")
    with pytest.raises(StoreError) as refused:
        RunFolder.open(tmp_path)
    said = str(refused.value)
    assert said.startswith(f"{tmp_path}: a run folder of format 1, which clusterbench 0.1 reads;")
    assert "reads format 2: use clusterbench 0.1 for it, or measure again" in said
    assert "\n" not in said


def test_a_run_of_a_later_format_is_refused(folder: RunFolder) -> None:
    (folder.path / "run.json").write_text('{"format": 3, "what": "nobody knows"}')
    with pytest.raises(StoreError, match="format 3, which a later clusterbench reads"):
        RunFolder.open(folder.path)


@pytest.mark.parametrize("text", ['{"id": "x"}', '{"format": 2, "id": "x"}', "no JSON"])
def test_a_file_that_is_no_record_of_a_run_is_refused(folder: RunFolder, text: str) -> None:
    (folder.path / "run.json").write_text(text)
    with pytest.raises(StoreError, match=r"run\.json: not the record of a run"):
        RunFolder.open(folder.path)


def _hold(results: Path, ready: int, go: int) -> None:
    with store.lock(results):
        os.write(ready, b"x")
        os.read(go, 1)


def test_two_runs_at_once_refuse_each_other_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    ready_in, ready_out = os.pipe()
    go_in, go_out = os.pipe()
    context = multiprocessing.get_context("fork")
    other = context.Process(target=_hold, args=(tmp_path, ready_out, go_in))
    other.start()
    os.read(ready_in, 1)
    with pytest.raises(RunRefused, match="another run is writing"), store.lock(tmp_path):
        pass
    other.kill()
    other.join()
    with store.lock(tmp_path):
        assert (tmp_path / ".lock").exists()
    for end in (ready_in, ready_out, go_in, go_out):
        os.close(end)


def test_a_run_does_not_differ_from_itself_under_another_load() -> None:
    now = run_record()
    busier = dataclasses.replace(now.fingerprint, load=(9.0, 9.0, 9.0))
    again = run_record(fingerprint=busier, created="2031-01-01", warnings=("busy",))
    assert store.differences(now, again) == []


def test_an_image_that_was_pushed_since_is_the_same_image() -> None:
    old = run_record()
    digests = {"rust-tonic": "reg.example/rust-tonic@sha256:1"}
    now = run_record(fingerprint=dataclasses.replace(old.fingerprint, digests=digests))
    assert store.differences(old, now) == []


def test_by_what_the_engine_was_found_is_kept_and_not_compared() -> None:
    old = run_record()
    engine = {**old.fingerprint.engine, "endpoint": "unix:///run/a.sock (DOCKER_SOCKET)"}
    now = run_record(fingerprint=dataclasses.replace(old.fingerprint, engine=engine))
    assert store.differences(old, now) == []


def test_a_folder_that_users_of_a_container_cannot_write_names_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(user_namespace, "is_remapped", lambda _proc: True)
    monkeypatch.setattr(Path, "open", denied)
    complaint = "cannot be written: Permission denied: .*userns-remap.*remedy: .*userns_mode: host"
    with pytest.raises(StoreError, match=complaint), store.lock(tmp_path):
        pass


def test_every_difference_is_named_with_both_values() -> None:
    old = run_record()
    now = run_record(
        experiment=experiment(rounds=5),
        plan=cpu_plan(server=CpuSet((0, 1))),
        fingerprint=dataclasses.replace(old.fingerprint, images={"rust-tonic": "sha256:2"}),
    )
    found = store.differences(old, now)
    assert "experiment.rounds: was 2, is 5" in found
    assert "fingerprint.images.rust-tonic: was sha256:1, is sha256:2" in found
    assert any(line.startswith("plan.server.cpus") for line in found)
    assert len(found) == 3
