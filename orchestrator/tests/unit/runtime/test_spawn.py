"""A process that the lab starts, apart from what runtimes do with it."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Seconds
from clusterbench.runtime.environments import clean_environment
from clusterbench.runtime.process.spawn import spawn

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_can_be_told_to_end_even_where_the_lab_ignores_that(
    tmp_path: Path, number: signal.Signals
) -> None:
    """What is ignored is passed on from process to process, and the lab ends what it starts."""
    before = signal.signal(number, signal.SIG_IGN)
    out = tmp_path / "out"
    try:
        started = spawn(
            ["sh", "-c", "echo started; exec sleep 60"],
            cpus=CpuSet(()), environment=clean_environment(), folder=tmp_path, stdout=out,
        )  # fmt: skip
        while not out.read_text():
            assert started.running()
        started.stop(Seconds(30.0), number)
    finally:
        signal.signal(number, before)
    assert started.exit_status == -number
