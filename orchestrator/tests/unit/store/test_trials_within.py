"""What went on within trials is read from the samples of those that count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.model.trial import Cell
from clusterbench.store.analysis import analyse
from clusterbench.store.trials_within import read_within
from support.run_folders import LATENCY, LEVEL, measured

if TYPE_CHECKING:
    from pathlib import Path


def cell(contender: str, level: int = LEVEL) -> Cell:
    return Cell(contender=contender, scenario="predict", level=level)


def test_a_cell_has_a_course_of_each_round_and_a_curve(tmp_path: Path) -> None:
    found = read_within(analyse(measured(tmp_path)), {cell("rust-tonic")})
    assert set(found) == {cell("rust-tonic")}
    within = found[cell("rust-tonic")]
    assert [each.round for each in within.rounds] == [1, 2]
    latency = LATENCY["rust-tonic"]
    assert [each.value for each in within.curve] == pytest.approx([latency] * len(within.curve))
    for each in within.rounds:
        rates = [value for value in each.course.throughput if value is not None]
        assert sum(rates) / len(rates) == pytest.approx(LEVEL / latency, rel=0.02)
        assert len(rates) == len(within.middles)
        assert (each.drift, each.stop, each.disturbed) == (None, None, None)


def test_a_cell_of_which_no_trial_succeeded_is_left_out(tmp_path: Path) -> None:
    assert read_within(analyse(measured(tmp_path)), {cell("rust-tonic", 128)}) == {}


def test_only_the_samples_of_wanted_cells_are_read(tmp_path: Path) -> None:
    analysed = analyse(measured(tmp_path))
    for file in tmp_path.glob("*/samples/*sklearn*"):
        file.unlink()
    assert set(read_within(analysed, {cell("rust-tonic")})) == {cell("rust-tonic")}
