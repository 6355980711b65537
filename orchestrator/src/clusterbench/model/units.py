"""The units of figures, as types."""

from __future__ import annotations

from typing import NewType

Seconds = NewType("Seconds", float)
Bytes = NewType("Bytes", int)
RequestsPerSecond = NewType("RequestsPerSecond", float)
