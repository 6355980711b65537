from __future__ import annotations

import itertools

import pytest

from clusterbench.errors import HostError
from clusterbench.model.training import Shape
from clusterbench.plan import training_passes as plan
from support.training import SHAPE, training


def test_every_pass_starts_each_image_with_each_number_of_threads() -> None:
    planned = plan.passes(training(), images=["training"], cpus=4)
    assert sorted(p.key for p in planned) == [
        (1, "training", 1), (1, "training", 4), (2, "training", 1), (2, "training", 4),
    ]  # fmt: skip


def test_one_cpu_is_not_run_twice() -> None:
    planned = plan.passes(training(), images=["training"], cpus=1)
    assert [p.threads for p in planned] == [1, 1]


def test_an_image_runs_its_own_contenders_and_none_that_are_not_asked_for() -> None:
    planned = plan.passes(training(), images=["training", "training-2019"], cpus=1)
    assert {p.image for p in planned} == {"training"}, "no group asks for sklearn-2019"
    groups = {"defaults": ("sklearn", "sklearn-2019")}
    planned = plan.passes(training(groups=groups), images=["training", "training-2019"], cpus=1)
    found = {(p.image, job.contender) for p in planned for job in p.jobs}
    assert found == {("training", "sklearn"), ("training-2019", "sklearn-2019")}


def test_scaling_has_one_thread_fewer_passes_and_fewer_iterations() -> None:
    planned = plan.passes(training(), images=["training"], cpus=2)
    scaling = [(p, j) for p in planned for j in p.jobs if j.group == "scaling-points"]
    assert {(p.number, p.threads) for p, _ in scaling} == {(1, 1)}
    assert {j.max_iter for _, j in scaling} == {10}
    assert {j.shape.points for _, j in scaling} == {1000, 10_000}, "100,000 x 2 is over `largest`"
    assert plan.too_large(training()) == [Shape(points=100_000, features=2, clusters=3)]


def test_jobs_on_the_same_data_come_together_in_an_order_that_changes_with_the_pass() -> None:
    planned = plan.passes(training(passes=8), images=["training"], cpus=1)
    for each in planned:
        shapes = [job.shape for job in each.jobs]
        changes = sum(a != b for a, b in itertools.pairwise(shapes))
        assert changes == len(set(shapes)) - 1
    orders = {tuple(j.contender for j in p.jobs if j.group == "equal-work") for p in planned}
    assert len(orders) > 1
    assert planned == plan.passes(training(passes=8), images=["training"], cpus=1)


def test_what_memory_does_not_hold_is_not_planned() -> None:
    planned = plan.passes(training(), images=["training"], cpus=1, fits=[SHAPE])
    assert {job.shape for p in planned for job in p.jobs} == {SHAPE}


def test_data_that_does_not_fit_is_refused_with_what_would() -> None:
    large = Shape(points=10**9, features=2, clusters=3)
    with pytest.raises(
        HostError, match=r"--points 1000000000, .* ([\d,]+) points .* would fit"
    ) as e:
        plan.fitting([large], large, 4 * 2**30)
    most = int(str(e.value).split(";")[1].split()[0].replace(",", ""))
    fits = Shape(points=most, features=2, clusters=3)
    assert plan.fitting([fits, large], fits, 4 * 2**30) == (fits,)
