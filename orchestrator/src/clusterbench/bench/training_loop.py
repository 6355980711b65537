"""The loop of training: one pass at a time, each kept as it ends."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.bench.progress import clock
from clusterbench.errors import HostError, JobFailed, MeasureError, cannot_resume
from clusterbench.host import memory
from clusterbench.measure.limits import is_throttled
from clusterbench.model.numbers import plural
from clusterbench.model.training import PassRecord
from clusterbench.model.units import Seconds
from clusterbench.plan import training_passes as plan
from clusterbench.runtime.port import DIGEST, Job

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from contextlib import AbstractContextManager

    from clusterbench.bench.progress import Progress
    from clusterbench.model.cpus import CpuSet
    from clusterbench.model.training import Pass, Shape, Training, TrainingRecord
    from clusterbench.runtime.port import Jobs

_OUTPUT = "pass.json"
_LONGEST = Seconds(4 * 3600.0)


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
    where: Jobs,
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
    why = {image: where.skip_service(image) for image in training.images}
    images = [image for image, reason in why.items() if reason is None]
    if not images:
        reasons = "; ".join(f"{image}: {reason}" for image, reason in why.items())
        raise HostError(f"nothing can be trained here: {reasons}")
    software = {image: where.describe_service(image) for image in images}
    _same(before, software)
    limits = [limit for image in images if (limit := where.memory_limit(image))]
    there = memory.available(min(limits, default=None))
    fits = plan.fitting(plan.every_shape(training), training.shape, there)
    planned = plan.passes(training, images=images, cpus=capacity, fits=fits)
    left_out = tuple(_left_out(training, why, fits, there))
    record = dataclasses.replace(before, planned=len(planned), left_out=left_out, software=software)
    keep(record)
    for line in left_out:
        progress.warn(f"training leaves out {line}")
    left = plan.remaining(planned, {each.key for each in record.passes})
    return _passes(training, where, left, cpus, progress=progress, record=record, keep=keep)


def _passes(
    training: Training,
    where: Jobs,
    left: Sequence[Pass],
    cpus: CpuSet,
    *,
    progress: Progress,
    record: TrainingRecord,
    keep: Callable[[TrainingRecord], None],
) -> int:
    """Run passes, keeping all after each; return how many failed."""
    expected = plan.seconds(training, left)
    progress.expect(expected)
    progress.say(
        f"training: {len(left)} passes on {cpus}, data of {training.shape}, "
        f"about {clock(expected)} in all"
    )
    failed = 0
    for number, each in enumerate(left, start=1):
        what = f"training [{number}/{len(left)}] {each.image}, {plural(each.threads, 'thread')}"
        step = progress.step(f"{what}, {len(each.jobs)} benchmarks", plan.seconds(training, [each]))
        done = _one(training, where, each, cpus, step)
        record = dataclasses.replace(record, passes=(*record.passes, done))
        keep(record)
        if done.reason:
            failed += 1
            progress.warn(f"{what}: failed: {done.reason}")
        else:
            progress.say(f"  {what}: {len((done.result or {})['benchmarks'])} timed")
        if is_throttled(done.throttled, done.seconds):
            progress.warn(f"{what}: throttled by a CPU quota: its times are the quota's")
    return failed


def _left_out(
    training: Training, why: Mapping[str, str | None], fits: Collection[Shape], there: int
) -> list[str]:
    """Return what is not trained, and why; `there` is how much memory may be used (bytes)."""
    largest = plan.gib(training.scaling.largest)
    return [
        *(f"{image}: {reason}" for image, reason in why.items() if reason),
        *(f"{shape}: more than {largest} of data" for shape in plan.too_large(training)),
        *(
            f"{shape}: needs about {plan.gib(plan.memory(shape))} of memory, "
            f"{plan.gib(there)} are free"
            for shape in plan.every_shape(training)
            if shape not in fits
        ),
    ]


def _same(before: TrainingRecord, now: Mapping[str, Mapping[str, str]]) -> None:
    """Raise RunRefused where passes were run by images that are others now.

    What registries call them is not compared: an image that was pushed since is the same.
    """
    changed = [
        f"{image}: {key} was {was.get(key, '-')}, is {now[image].get(key, '-')}"
        for image, was in before.software.items()
        if image in now and before.passes
        for key in sorted({*was, *now[image]} - {DIGEST})
        if was.get(key) != now[image].get(key)
    ]
    if changed:
        raise cannot_resume("training", "train", changed)


def _one(
    training: Training, where: Jobs, each: Pass, cpus: CpuSet, step: AbstractContextManager[None]
) -> PassRecord:
    """Run one pass, as a step that fails with it; a failure is its record's reason."""
    job = Job(
        service=each.image,
        command=("pass",),
        environment={"TRAINING_PASS": order(training, each), "TRAINING_OUT": _OUTPUT},
        cpus=cpus,
        output=_OUTPUT,
        timeout=_LONGEST,
    )
    result: Mapping[str, Any] | None = None
    reason = None
    held, began = Seconds(0.0), time.monotonic()
    try:
        with step:
            output = where.run_once(job)
            held = output.throttled
            result = parse_result(output.content, each.image)
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
        seconds=Seconds(time.monotonic() - began),
        throttled=held,
    )


def parse_result(content: bytes, image: str) -> Mapping[str, Any]:
    """Return what a pass wrote. Raises JobFailed where it is not pytest-benchmark's JSON."""
    if not content:  # pytest-benchmark writes no file where every contender was skipped
        return {"benchmarks": []}
    try:
        result: Mapping[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise JobFailed(f"{image}: its result cannot be read: {error}") from error
    if not isinstance(result.get("benchmarks"), list):
        raise JobFailed(f"{image}: its result has no benchmarks")
    return result
