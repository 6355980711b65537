"""How the lab's Python servers of 2019 differ from today's: in their options, and those alone."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from grpcio_server import options
from grpcio_server.options import UNBOUNDED, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What neither grpcio nor Python had, or nobody knew of.
_LACKING = ("executor", "batching", "gc")
_DIFFERING: Mapping[str, Mapping[str, Any]] = {
    "workers": {"read": whole(1, 1)},
    # What Python 3.7's ThreadPoolExecutor(max_workers=None), as published, takes for each CPU.
    "threads": {"default": 5 * len(os.sched_getaffinity(0))},
    "max_streams": {"default": UNBOUNDED},
}

OPTIONS = tuple(
    replace(each, **_DIFFERING.get(each.name, {}))
    for each in options.OPTIONS
    if each.name not in _LACKING
)
