"""Calibrations are kept one per host."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from clusterbench.errors import StoreError
from clusterbench.model.calibration import Calibration, Noise
from clusterbench.model.units import Seconds
from clusterbench.store import calibrations
from support.factories import cpu_plan, run_record

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.records import Fingerprint


def _of(fingerprint: Fingerprint, **changes: object) -> Calibration:
    base = Calibration(
        created="2026-11-26T12:00:00Z",
        clusterbench="1.0",
        digest=calibrations.digest_of(fingerprint),
        fingerprint=fingerprint,
        plan=cpu_plan(),
        seconds=Seconds(300.0),
        noise=(Noise(contender="rust-tonic", metric="cpu", slice=0.1, instance=0.02, blocks=8),),
    )
    return dataclasses.replace(base, **changes)


def test_a_calibration_is_read_as_it_was_written_and_replaces_the_older_one(tmp_path: Path) -> None:
    fingerprint = run_record().fingerprint
    calibrations.write(tmp_path, _of(fingerprint, created="2025-01-01T00:00:00Z"))
    written = _of(fingerprint)
    file = calibrations.write(tmp_path, written)
    assert calibrations.calibration_of(tmp_path, fingerprint) == written
    assert [each.name for each in file.parent.iterdir()] == [f"{written.digest}.json"]


def test_another_host_has_no_calibration_and_other_images_have_the_same(tmp_path: Path) -> None:
    fingerprint = run_record().fingerprint
    calibrations.write(tmp_path, _of(fingerprint))
    elsewhere = dataclasses.replace(fingerprint, host={**fingerprint.host, "cpu": "another"})
    assert calibrations.calibration_of(tmp_path, elsewhere) is None
    rebuilt = dataclasses.replace(fingerprint, images={"rust-tonic": "sha256:0"}, load=(9, 9, 9))
    assert calibrations.calibration_of(tmp_path, rebuilt) is not None
    assert calibrations.calibration_of(tmp_path / "nothing", fingerprint) is None


def test_a_calibration_of_another_format_is_none_and_a_broken_one_is_named(tmp_path: Path) -> None:
    fingerprint = run_record().fingerprint
    file = calibrations.write(tmp_path, _of(fingerprint, format=99))
    assert calibrations.calibration_of(tmp_path, fingerprint) is None
    file.write_text('{"format": 1}')
    with pytest.raises(StoreError, match=r"not a calibration.*calibrate again"):
        calibrations.calibration_of(tmp_path, fingerprint)


def test_the_noise_of_an_unknown_contender_is_that_of_the_noisiest() -> None:
    noise = tuple(
        Noise(contender=name, metric="cpu", run=run) for name, run in (("a", 0.01), ("b", 0.05))
    )
    found = _of(run_record().fingerprint, noise=noise)
    assert found.noise_of("a", "cpu") == noise[0]
    assert found.noise_of("other", "cpu") == noise[1]
    assert found.noise_of("a", "p99") is None
