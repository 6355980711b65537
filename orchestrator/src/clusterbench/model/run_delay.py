"""Whether a load generator that sent late had to wait for its CPU, in words. Pure."""

from __future__ import annotations

#: From this share of its threads' time on, waiting for a CPU is why a generator sends late.
WAITED = 0.01


def cause(run_delay: float | None) -> str:
    """Return what its run delay says of why a generator sent late, to follow that it did.

    `run_delay` is the share of its threads' time in which they were ready to run and others had
    their CPUs; None where the generator or the kernel does not tell, which gives "".
    """
    if run_delay is None:
        return ""
    is_it = "is" if run_delay > WAITED else "is not"
    return f"; others had its CPU for {run_delay:.1%} of the time, which {is_it} the cause"
