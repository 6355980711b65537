"""What a trial must show for its figures to count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.errors import GeneratorFailed, HostError, ServerFailed
from clusterbench.measure.limits import beyond_cpus

if TYPE_CHECKING:
    from clusterbench.load.generator import Reading
    from clusterbench.model.cell_summary import Figures
    from clusterbench.model.records import SideUsage


def all_right(reading: Reading) -> None:
    """Raise ServerFailed where a response was compared with the right one, and was another."""
    if reading.wrong:
        raise ServerFailed(
            f"{reading.wrong:,} of {reading.checked or reading.wrong:,} responses were not the "
            "right ones"
        )


def answered(reading: Reading, window: Figures) -> None:
    """Raise ServerFailed or GeneratorFailed where no right response came in the window."""
    if reading.response_bytes_ok is False:
        raise ServerFailed("responses of a wrong size: they were not the right ones")
    if not window.responses and not window.errors:
        raise GeneratorFailed("no request was answered within the window")


def within_cpus(server: SideUsage | None, generator: SideUsage | None) -> None:
    """Refuse a run in which a side used other CPUs than its own. Raises HostError."""
    for name, side in (("server", server), ("load generator", generator)):
        if side is not None and side.beyond_cpus:
            raise HostError(
                f"{beyond_cpus(name, side)}, and no figure would be right; see that the engine "
                "applies CPU sets (docker info), or choose CPU plan unpinned"
            )
