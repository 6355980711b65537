"""Made-up settings and passes of training."""

from __future__ import annotations

import dataclasses
from typing import Any

from clusterbench.model.training import PassRecord, Scaling, Shape, Training, TrainingRecord

SHAPE = Shape(points=1000, features=2, clusters=3)


def training(**changes: Any) -> Training:
    """Two contenders in two groups and along one axis, two passes, one image."""
    base = Training(
        form="made-up",
        shape=SHAPE,
        spread=1.0,
        seed=7,
        max_iter=100,
        tolerance=1e-4,
        passes=2,
        rounds=1,
        threads=("one", "all"),
        groups={
            "equal-work": ("sklearn", "linfa-py", "faiss"),
            "ten-restarts-against-one": ("sklearn", "linfa-py"),
            "scaling-points": ("sklearn", "linfa-py"),
        },
        images={"training": ("sklearn", "linfa-py", "faiss"), "training-2019": ("sklearn-2019",)},
        scaling=Scaling(
            points=(1000, 10_000, 100_000),
            features=(2,),
            clusters=(3,),
            passes=1,
            max_iter=10,
            largest=10**6,
        ),
        iterations_apart=0,
        inertia_apart=1e-6,
    )
    return dataclasses.replace(base, **changes)


def benchmark(contender: str, *seconds: float, **changes: Any) -> dict[str, Any]:
    """One entry of pytest-benchmark's JSON, as an image writes it."""
    group = changes.pop("group", "equal-work")
    info = {
        "contender": contender,
        "edition": "current",
        "threads": 1,
        "points": 1000,
        "features": 2,
        "clusters": 3,
        "n_init": 1,
        "n_iter": 4,
        "inertia": 10.0,
        "addition": False,
        "note": "",
        **changes,
    }
    return {"group": group, "stats": {"data": list(seconds)}, "extra_info": info}


def record(*passes: list[dict[str, Any]], **changes: Any) -> TrainingRecord:
    """What was kept of passes of one image with one thread."""
    kept = tuple(
        PassRecord(
            number=number,
            image="training",
            set="0",
            threads=1,
            contenders=(),
            result={"benchmarks": benchmarks},
        )
        for number, benchmarks in enumerate(passes, start=1)
    )
    return dataclasses.replace(TrainingRecord(passes=kept, planned=len(kept)), **changes)
