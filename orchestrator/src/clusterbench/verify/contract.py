"""The whole contract, point by point, and what holds a server to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc

from clusterbench.errors import ServerFailed, indent
from clusterbench.verify import answers, bad_input, ending, getting_ready, under_pressure
from clusterbench.verify.complaints import Differs, NotChecked
from clusterbench.verify.point import Point, PointState, PointVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.verify.checked_server import CheckedServer

#: In the order in which they are checked: those that stop the server come last.
CONTRACT: tuple[Point, ...] = (
    *getting_ready.POINTS,
    *answers.POINTS,
    *bad_input.POINTS,
    *under_pressure.POINTS,
    *ending.POINTS,
)


def verdicts(subject: CheckedServer) -> Iterator[PointVerdict]:
    """Hold a server to each point, and return each verdict as it comes."""
    for point in CONTRACT:
        yield judge(point, subject)


def judge(point: Point, subject: CheckedServer) -> PointVerdict:
    """Check one point. Raises HostError where this host lacks something, and no ServerFailed."""
    state, seen = _seen(point, subject)
    if state is not PointState.NOT_CHECKED and subject.ended():
        state = PointState.FAILS
        seen = f"{seen}; then the server ended by itself\n{indent(subject.last_words(), 5)}"
        subject.drop()
    elif state is PointState.FAILS and not point.required:
        state = PointState.LACKS
    return PointVerdict(
        point=point.name,
        required=point.required,
        state=state,
        expected=point.expected,
        seen=seen,
        remedy=point.remedy,
    )


def _seen(point: Point, subject: CheckedServer) -> tuple[PointState, str]:
    """Return what became of a point, and what was seen."""
    if subject.noop and point.of_the_model:
        return PointState.NOT_CHECKED, "a no-op handler returns a constant"
    try:
        return PointState.OK, point.check(subject)
    except Differs as error:
        return PointState.FAILS, error.seen
    except NotChecked as error:
        return PointState.NOT_CHECKED, error.why
    except ServerFailed as error:
        return PointState.FAILS, str(error)
    except grpc.RpcError as error:
        return PointState.FAILS, f"{error.code().name}: {error.details()}"
