"""How a load generator knows that responses were right. No I/O here."""

from __future__ import annotations

from enum import StrEnum


class Check(StrEnum):
    """What a load generator looked at, the strictest first.

    The whole message against the right one; the gRPC status of each response; the bytes of all
    responses together against those of right ones; the HTTP status of each alone.
    """

    MESSAGE = "message"
    STATUS = "status"
    SIZE = "size"
    HTTP_STATUS = "http-status"
