"""The loop of training, with made-up images."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from clusterbench.bench.progress import Progress
from clusterbench.bench.training_loop import train
from clusterbench.errors import HostError, RunRefused
from clusterbench.measure.training_times import summarise_training
from clusterbench.model.cpus import CpuSet
from clusterbench.model.training import TrainingRecord
from clusterbench.model.units import Seconds
from clusterbench.report.tables.training_tables import footnotes
from clusterbench.runtime.port import DIGEST
from support.fakes import FakeJobs
from support.training import training

CPUS = CpuSet((0,))


def run(
    images: FakeJobs, before: TrainingRecord | None = None
) -> tuple[int, list[TrainingRecord], str]:
    out = io.StringIO()
    kept: list[TrainingRecord] = []
    failed = train(
        training(threads=("one",)),
        images,
        cpus=CPUS,
        capacity=1,
        progress=Progress(0.0, Console(file=out, soft_wrap=True)),
        before=before or TrainingRecord(),
        keep=kept.append,
    )
    return failed, kept, out.getvalue()


def test_each_pass_is_kept_as_it_ends_with_what_trained_and_what_was_left_out() -> None:
    failed, kept, said = run(FakeJobs())
    assert failed == 0
    assert [len(record.passes) for record in kept] == [0, 1, 2]
    assert kept[-1].planned == 2
    assert kept[-1].software == {"training": {"image": "one"}}
    assert any("training-2019: is not built" in line for line in kept[-1].left_out)
    assert "training leaves out training-2019: is not built" in said


def test_a_pass_that_fails_is_kept_with_its_reason_and_the_others_are_run() -> None:
    failed, kept, said = run(FakeJobs(failing=1))
    assert failed == 1
    assert [each.reason for each in kept[-1].passes] == ["exit status 1", None]
    assert "failed: exit status 1" in said


@pytest.mark.parametrize(
    ("wrote", "why"),
    [(b"{", "cannot be read"), (b"[]", "cannot be read"), (b"{}", "no benchmarks")],
)
def test_a_result_that_is_none_is_the_reason_of_a_failed_pass(wrote: bytes, why: str) -> None:
    failed, kept, _ = run(FakeJobs(writes=wrote))
    assert failed == 2
    assert all(why in str(each.reason) for each in kept[-1].passes)


def test_a_pass_that_a_quota_held_back_is_kept_with_that_and_said_and_counted() -> None:
    images = FakeJobs()
    images.held = Seconds(2.5)
    _, kept, said = run(images)
    assert [each.throttled for each in kept[-1].passes] == [2.5, 2.5]
    assert said.count("throttled by a CPU quota") == 2
    summary = summarise_training(training(threads=("one",)), kept[-1])
    assert summary.throttled == 2
    assert any("throttled 2 starts of images" in line for line in footnotes(summary))


def test_a_pass_that_nothing_held_back_says_nothing_of_quotas() -> None:
    _, kept, said = run(FakeJobs())
    summary = summarise_training(training(threads=("one",)), kept[-1])
    assert summary.throttled == 0
    assert "quota" not in " ".join([said, *footnotes(summary)])


def test_a_pass_that_wrote_nothing_timed_nothing() -> None:
    failed, kept, said = run(FakeJobs(writes=b""))
    assert failed == 0
    assert kept[-1].passes[0].result == {"benchmarks": []}
    assert "0 timed" in said


def test_what_was_run_before_is_not_run_again() -> None:
    _, kept, _ = run(FakeJobs())
    images = FakeJobs()
    _, again, _ = run(images, kept[1])
    assert [order["pass"] for order in images.ordered] == [2]
    assert len(again[-1].passes) == 2


def test_passes_of_other_images_are_not_mixed() -> None:
    _, kept, _ = run(FakeJobs())
    other = FakeJobs(software={"training": {"image": "two", "libc6": "2.36"}})
    with pytest.raises(RunRefused) as refused:
        run(other, kept[1])
    assert "training: image was one, is two" in str(refused.value)
    assert "training: libc6 was -, is 2.36" in str(refused.value)
    assert not other.ordered
    run(other, kept[0])  # no pass was run yet
    assert len(other.ordered) == 2


def test_an_image_that_was_pushed_since_is_the_same_image() -> None:
    _, kept, _ = run(FakeJobs())
    pushed = FakeJobs(software={"training": {"image": "one", DIGEST: "reg/training@sha256:1"}})
    run(pushed, kept[1])
    assert len(pushed.ordered) == 1


def test_without_any_image_nothing_is_trained_and_each_reason_is_given() -> None:
    images = FakeJobs(why={"training": "is not built", "training-2019": "wants Python 3.7"})
    with pytest.raises(
        HostError, match=r"training: is not built; training-2019: wants Python 3\.7"
    ):
        run(images)
