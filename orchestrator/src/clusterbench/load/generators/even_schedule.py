"""When requests were due, of a generator with an even schedule that lists only its sends. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from clusterbench.model.samples import Samples
    from clusterbench.model.units import Seconds


def from_due(samples: Samples, interval: Seconds) -> Samples:
    """Return the same requests, each counted from when it was due, and not from its send.

    What was sent as the i-th was due i intervals after the first. No request leaves before it is
    due, so the schedule is the latest one that has none leave early: the request that was least
    late counts as sent in time. Latency and send delay are therefore too short by that least
    delay, which is not known. Two requests that left in another order than they were due have
    their delays exchanged. All requests must be listed: behind a missing one, every other would
    seem to have been due earlier than it was.
    """
    sent = samples.start
    order = np.argsort(sent, kind="stable")
    due = np.empty(sent.shape)
    due[order] = np.arange(sent.size) * interval
    first = float((sent - due).min()) if sent.size else 0.0
    delay = np.maximum(sent - due - first, 0.0)
    return replace(
        samples,
        origin=samples.origin + first,
        start=due,
        latency=samples.latency + delay,
        duration=samples.duration - first,
        send_delay=delay,
    )
