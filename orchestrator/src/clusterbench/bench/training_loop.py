"""The loop of training: one pass at a time, each kept as it ends."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from clusterbench.bench.progress import clock
from clusterbench.errors import HostError, MeasureError, cannot_resume
from clusterbench.host import memory
from clusterbench.model.training import PassRecord
from clusterbench.plan import training_passes as plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clusterbench.bench.progress import Progress
    from clusterbench.model.cpus import CpuSet
    from clusterbench.model.training import Pass, Training, TrainingRecord


class Trainer(Protocol):
    """Runs one pass where images run: in containers, or as local processes."""

    def lacks(self, image: str) -> str | None:
        """Return why an image cannot run here, or None."""
        ...

    def describe(self, image: str) -> Mapping[str, str]:
        """Return what identifies an image that is there, and versions of what it holds."""
        ...

    def limit(self, image: str) -> int | None:
        """Return the most memory that it may use (bytes), or None where there is no limit."""
        ...

    def run(self, image: str, order: str, cpus: CpuSet) -> Mapping[str, Any]:
        """Run one pass and give pytest-benchmark's JSON. Raises MeasureError where it failed."""
        ...


def order(training: Training, each: Pass) -> str:
    """Write what an image is told of a pass: TRAINING_PASS, see services/training/README.md."""
    jobs = [
        {
            "group": job.group,
            "contender": job.contender,
            **msgspec.to_builtins(job.shape),
            "max_iter": job.max_iter,
        }
        for job in each.jobs
    ]
    told = {
        "pass": each.number,
        "threads": each.threads,
        "rounds": training.rounds,
        "tolerance": training.tolerance,
        "spread": training.spread,
        "seed": training.seed,
        "benchmarks": jobs,
    }
    return msgspec.json.encode(told).decode()


def train(
    training: Training,
    trainer: Trainer,
    *,
    cpus: CpuSet,
    capacity: int,
    progress: Progress,
    before: TrainingRecord,
    keep: Callable[[TrainingRecord], None],
) -> int:
    """Run the passes that are not in `before`, keeping all after each; return how many failed.

    `capacity` is how many CPUs `cpus` can fill. Raises, before anything is trained, HostError
    where nothing can be here, and RunRefused where the passes of `before` were of other images.
    """
    why = {image: trainer.lacks(image) for image in training.images}
    images = [image for image, reason in why.items() if reason is None]
    if not images:
        reasons = "; ".join(f"{image}: {reason}" for image, reason in why.items())
        raise HostError(f"nothing can be trained here: {reasons}")
    software = {image: trainer.describe(image) for image in images}
    _same(before, software)
    limits = [limit for image in images if (limit := trainer.limit(image))]
    there = memory.available(min(limits, default=None))
    every = plan.every_shape(training)
    fits = memory.fitting(every, training.shape, there)
    left_out = [f"{image}: {reason}" for image, reason in why.items() if reason]
    left_out += [f"{shape}: more than {_gib(training.scaling.largest)} of data"
                 for shape in plan.too_large(training)]  # fmt: skip
    left_out += [
        f"{shape}: needs about {_gib(plan.memory(shape))} of memory, {_gib(there)} are free"
        for shape in every
        if shape not in fits
    ]
    planned = plan.passes(training, images=images, cpus=capacity, fits=fits)
    record = dataclasses.replace(
        before, planned=len(planned), left_out=tuple(left_out), software=software
    )
    keep(record)
    for line in left_out:
        progress.warn(f"training leaves out {line}")
    left = plan.remaining(planned, {each.key for each in record.passes})
    expected = plan.seconds(training, left)
    progress.expect(expected)
    progress.say(
        f"training: {len(left)} passes on {cpus}, data of {training.shape}, "
        f"about {clock(expected)} in all"
    )
    failed = 0
    for number, each in enumerate(left, start=1):
        what = f"training [{number}/{len(left)}] {each.image}, {_threads(each.threads)}"
        with progress.step(f"{what}, {len(each.jobs)} benchmarks"):
            done = _one(training, trainer, each, cpus)
        record = dataclasses.replace(record, passes=(*record.passes, done))
        keep(record)
        if done.reason:
            failed += 1
            progress.warn(f"{what}: failed: {done.reason}")
        else:
            progress.say(f"  {what}: {len((done.result or {})['benchmarks'])} timed")
        progress.done(plan.seconds(training, [each]))
    return failed


def _same(before: TrainingRecord, now: Mapping[str, Mapping[str, str]]) -> None:
    """Raise RunRefused where passes were run by images that are others now."""
    changed = [
        f"{image}: {key} was {was.get(key, '-')}, is {now[image].get(key, '-')}"
        for image, was in before.software.items()
        if image in now and before.passes
        for key in sorted({*was, *now[image]})
        if was.get(key) != now[image].get(key)
    ]
    if changed:
        raise cannot_resume("training", "train", changed)


def _one(training: Training, trainer: Trainer, each: Pass, cpus: CpuSet) -> PassRecord:
    result: Mapping[str, Any] | None = None
    reason = None
    try:
        result = trainer.run(each.image, order(training, each), cpus)
    except MeasureError as error:
        reason = str(error)
    return PassRecord(
        number=each.number,
        image=each.image,
        set=str(cpus),
        threads=each.threads,
        contenders=tuple(dict.fromkeys(job.contender for job in each.jobs)),
        result=result,
        reason=reason,
    )


def _threads(number: int) -> str:
    return f"{number} thread{'s'[: number != 1]}"


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
