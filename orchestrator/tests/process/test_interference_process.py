"""Somebody else on the server's CPU is found, as much as it took."""

from __future__ import annotations

import subprocess
import sys
import uuid
from typing import TYPE_CHECKING

import pytest

from clusterbench.bench.loading import Watch
from clusterbench.host.cpu_time import cpu_times
from clusterbench.host.procfs import usage
from clusterbench.load.kinds.kind import Part
from clusterbench.measure.interference import disturbed
from clusterbench.model.experiment import Timing
from clusterbench.model.units import Seconds
from support.stand_in_processes import ONE, SERVES, STAND_IN, Lab, until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process

BUSY = SERVES.replace("    time.sleep(0.02)", "    pass")
PIN = "import os; os.sched_setaffinity(0, {%d})\nwhile True: pass"


def test_a_disturber_on_the_servers_cpu_is_found(tmp_path: Path) -> None:
    lab = Lab(tmp_path, f"labtest-{uuid.uuid4().hex}")
    (cpu,) = ONE.cpus
    runtime = lab.runtime(BUSY)
    timing = Timing(dropped=Seconds(0.0), window=Seconds(2.0), margin=Seconds(0.0))
    part = Part(name="load", timing=timing, counters=(0.0, 2.0))
    with (
        runtime.open(),
        runtime.server(STAND_IN, ONE) as server,
        runtime.generator(ONE) as home,
        subprocess.Popen([sys.executable, "-c", PIN % cpu]) as disturber,
    ):
        try:
            assert until(lambda: usage(disturber.pid).cpu > 0.1)
            watch = Watch(server, home, part, machine=cpu_times)
            before = usage(disturber.pid)
            watch.through(lambda: True)
            after = usage(disturber.pid)
        finally:
            disturber.kill()
    side, _ = watch.with_interference(watch.usage(1, 1), (ONE, ONE))
    assert side is not None
    assert side.interference is not None
    assert disturbed(side)
    took = (after.cpu - before.cpu) / (after.at - before.at)
    assert side.interference > took / 2
