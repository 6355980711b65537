"""Counters per request in a report: a table among what explains CPU time, with reasons."""

from __future__ import annotations

import dataclasses
from typing import Any

from clusterbench.model.counts import HARDWARE, RequestCounters
from clusterbench.model.interval import Estimate
from clusterbench.report.chapter import Chapter, Media
from clusterbench.report.chapters import chapters
from clusterbench.report.sections import ATTRIBUTION
from support import reported_runs as runs
from support import summaries

ONE = Estimate(value=2.5, low=2.4, high=2.6, rounds=(2.5, 2.5))


def counted(name: str, **changes: Any) -> RequestCounters:
    base = RequestCounters(contender=name, scenario="predict-saturated", level=800, voluntary=ONE)
    return dataclasses.replace(base, **changes)


def shown(*found: RequestCounters) -> dict[str, Chapter]:
    run = runs.run()
    summary = dataclasses.replace(summaries.summary(run), counters=found)
    return {each.id: each for each in chapters(run, summary, Media.TEXT)}


def test_each_contender_has_a_row_and_what_is_lacking_its_reason() -> None:
    why = {HARDWARE: "there are none"}
    chapter = shown(counted("a", lacking=why), counted("b", lacking=why))[ATTRIBUTION]
    (block,) = [b for b in chapter.blocks if b.table and b.table.title == "Counters per request"]
    assert block.table is not None
    assert [row[0].text for row in block.table.rows] == ["a", "b"]
    assert [row[1].text for row in block.table.rows] == ["n/a", "n/a"]
    assert "Hardware counters: n/a, since there are none." in block.notes


def test_a_reason_of_one_contender_names_it() -> None:
    chapter = shown(counted("a", lacking={HARDWARE: "there are none"}), counted("b"))[ATTRIBUTION]
    assert "Hardware counters: n/a of a: there are none." in chapter.blocks[-1].notes


def test_counters_that_took_turns_and_saw_no_kernel_are_told() -> None:
    chapter = shown(counted("a", instructions=ONE, ipc=ONE, counted_share=0.5, user_only=True))
    notes = " ".join(chapter[ATTRIBUTION].blocks[-1].notes)
    assert "counted 50% of the time" in notes
    assert "outside the kernel alone" in notes


def test_a_run_that_counted_nothing_has_no_such_table() -> None:
    assert ATTRIBUTION not in shown()
