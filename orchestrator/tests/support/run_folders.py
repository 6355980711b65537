"""Run folders as a run leaves them, small and with figures that are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clusterbench.model.records import Outcome, TurnRecord
from clusterbench.model.samples import Samples
from clusterbench.model.units import Bytes, Seconds
from clusterbench.store.run_folder import RunFolder
from support.factories import run_record, trial_record

if TYPE_CHECKING:
    from pathlib import Path

#: Contender -> the latency of its requests (s); 64 in flight, so 64 / latency responses/s.
LATENCY = {"sklearn-grpc": 0.064, "rust-tonic": 0.016}
LEVEL = 64


def closed_loop(latency: float, seconds: float = 6.2) -> Samples:
    """Requests of LEVEL in flight, each of which takes `latency` seconds and is OK."""
    starts = np.repeat(np.arange(0.0, seconds - latency, latency), LEVEL)
    return Samples(
        origin=1_900_000_000.0,
        start=starts,
        latency=np.full(starts.shape, latency),
        status=np.zeros(starts.shape, dtype=np.int8),
        counts={"OK": int(starts.size)},
        duration=seconds,
    )


def measured(results: Path, **changes: Any) -> RunFolder:
    """Two contenders at level 64 of `predict` in two rounds; one trial of level 128 failed."""
    folder = RunFolder.create(results, run_record(**changes))
    for number in (1, 2):
        for name, latency in LATENCY.items():
            trial = trial_record(id=f"r{number}-{name}-predict-64", contender=name, round=number)
            folder.add_samples(trial.id, closed_loop(latency))
            folder.append(trial)
            folder.append(
                TurnRecord(
                    round=number,
                    contender=name,
                    started="2030-01-01T00:00:00+00:00",
                    outcome=Outcome.OK,
                    steps={"create": Seconds(0.25), "start": Seconds(0.75)},
                    startup={"workers": 2},
                    idle_memory=Bytes(40_000_000),
                    image_size=Bytes(127_000_000),
                    peak_memory=Bytes(100_000_000),
                    peak_memory_source="kernel",
                )
            )
    folder.append(
        trial_record(
            id="r1-rust-tonic-predict-128", level=128, outcome=Outcome.FAILED,
            reason="it died", server=None, generator=None,
        )
    )  # fmt: skip
    return folder
