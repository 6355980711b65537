"""Serve one K-means model from Python and from Rust, and measure what each costs."""

__version__ = "0.1.0"
