"""Serve one K-means model from Python and from Rust, and measure what each costs.

`clusterbench.open(path)` reads a run folder into pandas DataFrames: see docs/data.md.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clusterbench.store.frames import open_run as open  # noqa: A004 - as in `gzip.open`

__version__ = "0.2.0"

__all__ = ["__version__", "open"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever is asked for
    """Load what takes pandas when it is first asked for."""
    if name == "open":
        from clusterbench.store.frames import open_run  # noqa: PLC0415

        return open_run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
