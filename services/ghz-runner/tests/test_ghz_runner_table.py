from __future__ import annotations

import dataclasses

from ghz_runner.settings import Settings
from ghz_runner.sweep import Row
from ghz_runner.table import head, notes, table

from clusterbench.model.cell_summary import Figures
from clusterbench.model.experiment import RequestsPerSecond, Seconds
from clusterbench.model.records import SideUsage

SETTINGS = Settings.read(
    {
        "TARGET": "rust-tonic",
        "CONCURRENCY": "64 128",
        "DURATION": "30s",
        "METHOD": "Predict",
        "CONNECTIONS": "8",
        "GENERATOR": "ghz",
        "SERVER_CPUS": "0-3",
    }
)
FIGURES = Figures(
    throughput=RequestsPerSecond(1_234_567.8),
    latency={name: Seconds(value) for name, value in (("p50", 0.00125), ("p95", 0.5), ("p99", 2))},
    responses=35_802_466,
    errors={},
    error_rate=0.0,
)


def usage(share: float) -> SideUsage:
    return SideUsage(cpu=Seconds(30 * share), seconds=Seconds(30), cpus=1)


def test_the_head_says_what_each_side_was_pinned_to_and_what_is_dropped() -> None:
    said = head(SETTINGS)
    assert "rust-tonic, Predict, ghz, closed loop over 8 connections" in said
    assert "server pinned to CPUs 0-3, generator unpinned" in said
    assert "the first 1 s of each" in said


def test_a_level_is_shown_in_answers_a_second_and_milliseconds() -> None:
    shown = table([Row(level=64, figures=FIGURES, usage=usage(0.5))]).splitlines()[-1].split()
    assert shown == ["64", "1,234,568", "1.25", "500.00", "2,000.00", "0", "50%"]


def test_a_level_whose_generator_was_full_is_a_lower_bound_and_says_so() -> None:
    rows = [Row(level=64, figures=FIGURES, usage=usage(0.97))]
    assert ">= 1,234,568" in table(rows)
    assert any("GENERATOR=h2load" in note for note in notes(SETTINGS, rows))


def test_errors_are_counted_in_the_table_and_named_below() -> None:
    found = dataclasses.replace(FIGURES, errors={"UNAVAILABLE": 1500}, error_rate=0.25)
    rows = [Row(level=64, figures=found, usage=usage(0.5))]
    assert "1,500 (25.00%)" in table(rows)
    assert "concurrency 64: errors: UNAVAILABLE 1,500" in notes(SETTINGS, rows)


def test_a_level_that_failed_is_shown_with_its_reason_and_no_figures() -> None:
    rows = [Row(level=64, reason="the server went away")]
    assert table(rows).splitlines()[-1].split() == ["64", "failed", "-", "-", "-", "-", "-"]
    assert list(notes(SETTINGS, rows)) == ["concurrency 64: the server went away"]


def test_a_level_without_answers_has_no_percentiles() -> None:
    none = dataclasses.replace(FIGURES, throughput=RequestsPerSecond(0.0), latency={}, responses=0)
    shown = table([Row(level=64, figures=none)]).splitlines()[-1].split()
    assert shown == ["64", "0", "-", "-", "-", "0", "-"]
