from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from support.factories import run_record, trial_record
from support.run_folders import LATENCY, LEVEL, closed_loop, measured

if TYPE_CHECKING:
    from pathlib import Path

from clusterbench.errors import StoreError
from clusterbench.model.records import PartRecord
from clusterbench.model.units import RequestsPerSecond, Seconds
from clusterbench.store.analysis import analyse
from clusterbench.store.run_folder import RunFolder


def test_a_run_is_read_into_its_figures(tmp_path: Path) -> None:
    found = analyse(measured(tmp_path))
    assert len(found.trials) == 5
    assert set(found.figures) == {t.id for t in found.trials if t.level == LEVEL}
    by_name = {cell.contender: cell for cell in found.summary.cells if cell.trials}
    for name, latency in LATENCY.items():
        throughput = by_name[name].throughput
        assert throughput is not None
        assert throughput.value == pytest.approx(LEVEL / latency, rel=0.02)


def test_reading_a_run_writes_nothing(tmp_path: Path) -> None:
    folder = measured(tmp_path)

    def state() -> dict[Path, tuple[bytes, int]]:
        files = (file for file in tmp_path.rglob("*") if file.is_file())
        return {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files}

    before = state()
    analyse(RunFolder.open(folder.path))
    assert state() == before


def test_a_run_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: Counter[str] = Counter()
    folder = measured(tmp_path)
    for name in ("records", "samples"):
        real = getattr(RunFolder, name)

        def counted(self: RunFolder, *of: str, name: str = name, real: object = real) -> object:
            read[" ".join((name, *of))] += 1
            return real(self, *of)  # type: ignore[operator]

        monkeypatch.setattr(RunFolder, name, counted)
    analyse(folder)
    assert set(read.values()) == {1}
    assert len(read) == 1 + 4


def test_a_trial_without_its_samples_is_named(tmp_path: Path) -> None:
    folder = measured(tmp_path)
    (folder.path / "samples" / "r1-rust-tonic-predict-64.parquet").unlink()
    with pytest.raises(StoreError, match=r"r1-rust-tonic-predict-64\.parquet"):
        analyse(folder)


def test_a_server_that_was_paused_is_in_the_summary_with_what_became_of_it(
    tmp_path: Path,
) -> None:
    folder = RunFolder.create(tmp_path, run_record())
    rate = RequestsPerSecond(1000.0)
    trial = trial_record(
        parts=(
            PartRecord(name="normal", seconds=Seconds(1.0), throughput=rate),
            PartRecord(
                name="overload", seconds=Seconds(6.0), throughput=rate,
                paused=Seconds(2.0), resumed=Seconds(3.0),
            ),
            PartRecord(name="after", seconds=Seconds(1.0), throughput=rate),
        )
    )  # fmt: skip
    folder.add_samples(trial.id, closed_loop(0.016))
    folder.append(trial)
    (recovery,) = analyse(folder).summary.recoveries
    assert (recovery.contender, recovery.level) == ("rust-tonic", 64)
    assert recovery.normal == rate
    assert recovery.seconds[-1] == pytest.approx(LEVEL / 0.016, rel=0.05)
