"""What the launcher tells its user: on standard error, one line each, at once."""

from __future__ import annotations

from clusterbench.cli.app import tell as say

__all__ = ["say"]
