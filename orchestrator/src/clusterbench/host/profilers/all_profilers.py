"""Every profiler. A new one is a module beside this, and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.host.profilers.perf import Perf
from clusterbench.host.profilers.py_spy import PySpy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.host.profilers.profiler import Profiler

#: In the order in which they sample a server.
PROFILERS: Sequence[Profiler] = (Perf(), PySpy())
