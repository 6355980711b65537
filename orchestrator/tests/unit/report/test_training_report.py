from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clusterbench.measure.training_times import summarise_training
from clusterbench.model.training import (
    PassRecord,
    Scaling,
    Shape,
    Training,
    TrainingRecord,
)
from clusterbench.report.figures.training_charts import growth, times, times_caption
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render
from clusterbench.report.render.terminal import plain
from clusterbench.report.sections import TRAINING
from support import reported_runs as runs
from support import summaries
from support.charts import drawn

if TYPE_CHECKING:
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

SHAPE = Shape(points=1000, features=2, clusters=3)


def settings() -> Training:
    return Training(
        form="made-up", shape=SHAPE, spread=1.0, seed=7, max_iter=100, tolerance=1e-4, passes=2,
        rounds=1, threads=("one",), groups={}, images={},
        scaling=Scaling(
            points=(1000,), features=(2,), clusters=(3,), passes=1, max_iter=5, largest=1
        ),
        iterations_apart=0, inertia_apart=1e-6,
    )  # fmt: skip


def benchmark(contender: str, seconds: float, group: str, **changes: object) -> dict[str, object]:
    info = {
        "contender": contender, "edition": "current", "threads": 1, "points": 1000, "features": 2,
        "clusters": 3, "n_init": 1, "n_iter": 4, "inertia": 10.0, "addition": False, "note": "",
        **changes,
    }  # fmt: skip
    return {"group": group, "stats": {"data": [seconds]}, "extra_info": info}


def trained() -> TrainingRecord:
    passes = []
    for number in (1, 2):
        benchmarks = [
            benchmark("sklearn", 0.2 + number / 100, "equal-work"),
            benchmark("linfa-py", 0.1 + number / 100, "equal-work"),
            benchmark("faiss", 0.05, "equal-work", addition=True, n_iter=9),
            benchmark("sklearn", 2.0, "ten-restarts-against-one", n_init=10, n_iter=None),
            *(
                benchmark("sklearn", n * (1 + number / 100) / 1e6, "scaling-points", points=n)
                for n in (1000, 10_000, 100_000)
            ),
        ]
        passes.append(
            PassRecord(number=number, image="training", set="0", threads=1, contenders=(),
                       result={"benchmarks": benchmarks})
        )  # fmt: skip
    return TrainingRecord(passes=tuple(passes), planned=2)


@pytest.fixture
def run() -> tuple[RunRecord, Summary]:
    """A run that served nothing, and trained."""
    served = runs.run()
    experiment = replace(
        served.experiment, contenders={}, scenarios={}, rounds=1, training=settings()
    )
    summary = replace(
        summaries.summary(served), cells=(), contenders=(), comparisons=(),
        training=summarise_training(settings(), trained()),
    )  # fmt: skip
    return replace(served, experiment=experiment), summary


def test_every_medium_shows_the_times_the_ratios_the_slopes_and_what_is_not_equal(
    run: tuple[RunRecord, Summary],
) -> None:
    record, summary = run
    page = render(record, summary, drawn(record, summary))
    for shown in (page, markdown(record, summary), plain(*run, 150)):
        for words in ("ten-restarts-against-one", "10 restarts", "addition", "not equal work",
                      "Ratios of training time", "slope", "1,000 points x 2 features"):  # fmt: skip
            assert words in shown
        assert "[" in shown, "intervals"


def test_the_fingerprint_says_what_trained(run: tuple[RunRecord, Summary]) -> None:
    kept = trained()
    last = replace(kept.passes[-1], result={"benchmarks": [], "versions": {"numpy": "1.99"}})
    held = {"training": {"image": "sha256:beef"}, "never-ran": {"image": "sha256:dead"}}
    record = replace(kept, passes=(*kept.passes, last), software=held)
    summary = replace(run[1], training=summarise_training(settings(), record))
    said = markdown(run[0], summary)
    assert "| training | image | sha256:beef |" in said
    assert "| training | numpy | 1.99 |" in said
    assert "never-ran" not in said


def test_a_run_that_only_trains_has_no_words_on_serving(run: tuple[RunRecord, Summary]) -> None:
    record, summary = run
    page = render(record, summary, drawn(record, summary))
    assert "Saturated servers" not in page
    assert "Where the time went" not in page
    assert "no server was measured" in page


def test_the_plot_of_times_has_each_contender_in_each_group_with_additions_open(
    run: tuple[RunRecord, Summary],
) -> None:
    found = run[1].training
    assert found is not None
    lines = {trace.name: trace for trace in times(found).data}
    assert set(lines) == {"sklearn", "linfa-py", "faiss (addition)"}
    assert tuple(lines["sklearn"].x) == ("equal-work", "ten-restarts-against-one")
    assert lines["linfa-py"].y[0] == pytest.approx(114.9, abs=0.1)
    assert lines["linfa-py"].error_y.array[0] > 0
    assert lines["faiss (addition)"].marker.symbol[0].endswith("-open")


def test_open_marks_and_cut_bars_are_said_only_where_there_are_any(
    run: tuple[RunRecord, Summary],
) -> None:
    found = run[1].training
    assert found is not None
    said = " ".join(times_caption(found))
    assert "Open marks: additions to the published comparison (faiss)." in said
    assert "goes on beyond" not in said
    of_2019 = [
        PassRecord(number=n, image="training-2019", set="0", threads=1, contenders=(),
                   result={"benchmarks": [benchmark("linfa-py-2019", seconds, "as-published",
                                                    edition="2019", n_iter=None)]})
        for n, seconds in ((1, 0.1), (2, 9.0))
    ]  # fmt: skip
    kept = replace(trained(), passes=(*trained().passes, *of_2019))
    said = " ".join(times_caption(summarise_training(settings(), kept)))
    assert "(faiss); libraries of 2019, darker." in said
    assert "goes on beyond" in said


def test_each_number_of_threads_is_a_facet_with_room_for_its_name(
    run: tuple[RunRecord, Summary],
) -> None:
    (alone,) = (c for c in drawn(*run) if c.name == "training")
    assert alone.facets == 1
    two = [
        replace(each, threads=2, result={"benchmarks": [benchmark("sklearn", 0.1, "defaults",
                                                                  threads=2)]})
        for each in trained().passes
    ]  # fmt: skip
    kept = replace(trained(), passes=(*trained().passes, *two))
    summary = replace(run[1], training=summarise_training(settings(), kept))
    (both,) = (c for c in drawn(run[0], summary) if c.name == "training")
    assert both.facets == 2
    titles = {note.text for note in both.figure.layout.annotations}
    assert {"1 thread", "2 threads"} <= titles


def test_the_plot_of_growth_has_the_time_of_an_iteration_at_each_size_and_the_slope(
    run: tuple[RunRecord, Summary],
) -> None:
    found = run[1].training
    assert found is not None
    figure = growth(found)
    (line,) = figure.data
    assert tuple(line.x) == (1000, 10_000, 100_000)
    assert line.y[2] / line.y[0] == pytest.approx(100)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert "sklearn 1.00 [1.00, 1.00]" in figure.layout.annotations[0].text


def test_a_summary_without_training_shows_none() -> None:
    record = runs.run()
    summary = summaries.summary(record)
    assert not [chart for chart in drawn(record, summary) if chart.section == TRAINING]
    assert "Training" not in markdown(record, summary)
