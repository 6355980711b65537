"""Of the loads of a trial, the requests of those alone are held that can still be the trial's."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import numpy as np

from clusterbench.bench.loads_done import Done, LoadsDone
from clusterbench.load.generator import Reading
from clusterbench.load.kinds.kind import Part
from clusterbench.model.capacity import FoundCapacity
from clusterbench.model.cell_summary import Figures
from clusterbench.model.experiment import Timing
from clusterbench.model.objective import in_milliseconds
from clusterbench.model.records import PartRecord
from clusterbench.model.samples import Samples
from clusterbench.model.units import RequestsPerSecond, Seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Seen = weakref.ref[NDArray[np.float64]]

TIMING = Timing(dropped=Seconds(0.0), window=Seconds(1.0), margin=Seconds(0.0))


def add(
    loads: LoadsDone, rate: float | None, *, measured: bool = True, holds: bool = False
) -> Seen:
    """Take in a load, and return what shows whether its requests are still held."""
    latency = np.full(1, rate or 0.0)
    samples = Samples(
        origin=0.0, start=np.zeros(1), latency=latency, status=np.zeros(1, dtype=np.int8)
    )
    of = None if rate is None else RequestsPerSecond(rate)
    throughput = RequestsPerSecond(1.0)
    done = Done(
        part=Part(name="load", timing=TIMING, counters=(0.0, 1.0), measured=measured),
        usage=(None, None),
        record=PartRecord(name="load", seconds=Seconds(1.0), throughput=throughput, rate=of),
        window=Figures(throughput=throughput, latency={}, responses=1, errors={}),
        last=None,
    )
    loads.add(done, Reading(samples=samples, summary={}), may_be_the_trial=holds)
    return weakref.ref(latency)


def held(*seen: Seen) -> list[bool]:
    gc.collect()
    return [each() is not None for each in seen]


def found(rate: float) -> FoundCapacity:
    return FoundCapacity(objective=in_milliseconds("p99", 10), rate=RequestsPerSecond(rate))


def test_short_windows_and_rates_that_did_not_hold_are_let_go_of_the_found_one_stays() -> None:
    loads = LoadsDone()
    probe = add(loads, 90.0, measured=False, holds=True)
    low = add(loads, 100.0, holds=True)
    high = add(loads, 130.0)
    middle = add(loads, 115.0, holds=True)
    last = add(loads, 120.0)
    assert held(probe, low, high, middle, last) == [False, True, False, True, True]
    done, reading = loads.of_the_trial(found(115.0))
    assert (done.record.rate, reading.samples.latency[0]) == (115.0, 115.0)
    assert [each.record.rate for each in loads.all] == [90.0, 100.0, 130.0, 115.0, 120.0]


def test_of_two_windows_at_one_rate_the_later_one_counts() -> None:
    loads = LoadsDone()
    first = add(loads, 100.0, holds=True)
    second = add(loads, 100.0, holds=True)
    last = add(loads, 110.0)
    assert held(first, second, last) == [False, True, True]
    assert loads.of_the_trial(found(100.0))[1].samples.latency is second()


def test_where_nothing_was_found_the_last_measured_load_is_the_trial() -> None:
    loads = LoadsDone()
    first, last = add(loads, None), add(loads, None)
    after = add(loads, None, measured=False)
    assert held(first, last, after) == [False, True, False]
    for capacity in (None, found(0.0)):
        assert loads.of_the_trial(capacity)[1].samples.latency is last()
