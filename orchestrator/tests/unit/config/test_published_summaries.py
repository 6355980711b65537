"""The published figures: read, and what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.config.claims_file import read_published
from clusterbench.errors import ConfigError
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SUMMARIES = ROOT / "data" / "published" / "summaries.csv"


def test_there_are_36_published_summaries_of_three_servers_at_twelve_levels() -> None:
    found = read_published(SUMMARIES)
    assert len(found) == len({(s.contender, s.concurrency) for s in found}) == 36
    assert {s.concurrency for s in found} == {2**n for n in range(1, 13)}


def test_published_errors_never_exceed_the_concurrency() -> None:
    for summary in read_published(SUMMARIES):
        assert 0 < summary.not_ok <= summary.concurrency
        assert summary.ok + summary.not_ok == summary.count


def test_published_throughput_counts_errors() -> None:
    for summary in read_published(SUMMARIES):
        assert summary.rps == pytest.approx(summary.count / summary.total_s, rel=1e-4)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("sklearn-grpc,two,1,1,0,1,1,1,1,1,1", r"summaries\.csv:2: not a published summary"),
        ("sklearn-grpc,2,1,1", r"summaries\.csv:2: not a published summary"),
        ("sklearn-grpc,2,1,1,0,1,nan,1,1,1,1", r":2: rps is nan; it takes a number from 0 to 100"),
        ("sklearn-grpc,2,1,1,-1,1,1,1,1,1,1", r":2: not_ok is -1; it takes a number from 0 to"),
        (f"sklearn-grpc,2,{'9' * 400},1,0,1,1,1,1,1,1", r":2: count is 9{40}; it takes a number"),
        (f"sklearn-grpc,2,{'9' * 200_000},1,0,1,1,1,1,1,1", r"cannot be read: field larger than"),
    ],
)
def test_a_broken_line_of_the_published_figures_is_named(
    tmp_path: Path, line: str, complaint: str
) -> None:
    file = tmp_path / "summaries.csv"
    file.write_text(f"{SUMMARIES.read_text().splitlines()[0]}\n{line}\n")
    with pytest.raises(ConfigError, match=complaint):
        read_published(file)


def test_missing_published_figures_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.csv: cannot be read"):
        read_published(tmp_path / "none.csv")
