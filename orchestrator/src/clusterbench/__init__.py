"""Serve one K-means model from Python and from Rust, and measure what each costs."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("clusterbench")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
