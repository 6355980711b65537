"""What was published of a server, and ghz's own figures."""

from __future__ import annotations

import json

import pytest

from clusterbench.config.claims_file import read_published
from clusterbench.errors import GeneratorFailed
from clusterbench.measure.published import published_figures, published_sweep
from support.loads import RECORDED
from support.repository import ROOT

SUMMARIES = ROOT / "data" / "published" / "summaries.csv"
FIXTURE = RECORDED / "errors.ghz.json"


def test_a_published_sweep_is_one_servers_in_ascending_order() -> None:
    found = published_sweep("rust-tonic", read_published(SUMMARIES))
    assert [s.concurrency for s in found] == [2**n for n in range(1, 13)]
    assert published_sweep("somebody", read_published(SUMMARIES)) == ()


def test_ghzs_own_figures_count_errors_in_throughput_and_have_no_p999() -> None:
    summary = json.loads(FIXTURE.read_text())
    found = published_figures(summary, {"OK": 65, "RESOURCE_EXHAUSTED": 26})
    assert found.throughput == pytest.approx(summary["rps"])
    assert (found.responses, found.errors) == (65, {"RESOURCE_EXHAUSTED": 26})
    assert found.error_rate == pytest.approx(26 / 91)
    assert set(found.latency) == {"mean", "p50", "p95", "p99"}
    assert found.latency["p50"] == pytest.approx(1.737432e-3)
    assert found.latency["mean"] == pytest.approx(2.492949e-3)


def test_a_ghz_summary_without_its_figures_is_refused() -> None:
    with pytest.raises(GeneratorFailed, match=r"lacks a figure: .*rps"):
        published_figures({"count": 3, "average": 2}, {"OK": 3})


def test_ghz_without_one_ok_response_has_no_latencies() -> None:
    summary = {"count": 2, "average": 5.0, "rps": 1.0, "latencyDistribution": None}
    found = published_figures(summary, {"UNAVAILABLE": 2})
    assert (dict(found.latency), found.error_rate) == ({}, 1.0)
