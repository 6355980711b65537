"""A point of the contract, and the verdict on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from clusterbench.verify.checked_server import CheckedServer


class PointState(StrEnum):
    """What became of a point; `lacks` is a point that is recommended, and not met."""

    OK = "ok"
    FAILS = "fails"
    LACKS = "lacks"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What a server must do (or should, where it is not `required`), and what checks it.

    `check` returns what was seen, in words. It raises Differs, ServerFailed or an RpcError where
    the server does otherwise, and NotChecked. `remedy` is what to do then. `of_the_model` says that
    a no-op handler, which returns a constant, need not do it.
    """

    name: str
    expected: str
    remedy: str
    check: Callable[[CheckedServer], str]
    required: bool = True
    of_the_model: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PointVerdict:
    """What was found of a point: what was expected, what was seen, what to do."""

    point: str
    required: bool
    state: PointState
    expected: str
    seen: str
    remedy: str
