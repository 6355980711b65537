"""The command `compare`: its options, and what of them goes together.

Standard library only, as `commands` is.
"""

from __future__ import annotations

import argparse
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterbench.cli import options
from clusterbench.cli.options import common, count, data, install, json, plan, results, runtime
from clusterbench.cli.parser import Command, option
from clusterbench.cli.runs_given import is_a_run, runs_given
from clusterbench.cli.written_amounts import lasting, portion
from clusterbench.cli.written_values import within
from clusterbench.config.arms import TAKES, parse
from clusterbench.errors import ConfigError
from clusterbench.measure.metrics import METRICS
from clusterbench.model import bounds
from clusterbench.model.bounds import span
from clusterbench.model.compare_plan import Arm, ComparePlan
from clusterbench.model.experiment import Method

if TYPE_CHECKING:
    from clusterbench.cli.parser import Parser, Place

NEVER = "never"
"""What `--fail-over` takes for no failure at all."""
_METRICS = tuple(each.name for each in METRICS)
_DECIDING = ", ".join(
    each.name if each.opened else f"{each.name} (closed loop)" for each in METRICS if each.decides
)
_METHODS = tuple(map(str, Method))
_USUAL: dict[str, Any] = {each.name: each.default for each in fields(ComparePlan)}


class _Suggested(tuple[str, ...]):
    """What a shell completes of a value that may be something else too."""

    __slots__ = ()

    def __contains__(self, _value: object) -> bool:
        return True


def _arms(parser: Parser, place: Place) -> None:
    """Declare what is compared."""
    known = place.names.contenders
    for arm, what in (
        (Arm.BASELINE, f"what is compared against: {TAKES}; or a run that was measured before"),
        (Arm.CANDIDATE, "what is compared: the same forms; an arm and itself shows the noise"),
    ):
        parser.add_argument(
            arm.value, metavar=arm.upper(), choices=_Suggested(known), help=what,
            type=partial(_arm, known=known),
        )  # fmt: skip


def _arm(text: str, known: tuple[str, ...]) -> str:
    """Check one arm, and return it as it is written."""
    if is_a_run(text):
        return text
    try:
        parse(text, known)
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _load(parser: Parser, _place: Place) -> None:
    """Declare how a slice loads a server."""
    how = parser.add_mutually_exclusive_group()
    allowed = span(bounds.LEVELS.low, bounds.LEVELS.high)
    how.add_argument(
        "--rate", type=within(bounds.LEVELS), metavar="REQUESTS",
        help="requests per second of each slice (open loop); default: half of what the slower of "
        f"both serves when it is saturated;{allowed}",
    )  # fmt: skip
    how.add_argument(
        "--concurrency", type=within(bounds.LEVELS), metavar="N",
        help=f"requests in flight in each slice (closed loop);{allowed}",
    )  # fmt: skip


def fail_over(text: str) -> float | None:
    """Read how much worse a candidate may be: a share, None for `never`."""
    return None if text == NEVER else portion(bounds.REGRESSION)(text)


def _fail_over(text: str) -> str:
    fail_over(text)
    return text


def check(arguments: argparse.Namespace) -> None:
    """Check what goes together: two runs, or metrics that the loop has. Raises ConfigError."""
    if runs_given(arguments) is not None:
        return
    closed = arguments.concurrency is not None
    loop = "a closed loop (--concurrency)" if closed else "an open loop (--rate)"
    there = [each.name for each in METRICS if (each.closed if closed else each.opened)]
    for name in arguments.metrics or ():
        if name not in there:
            raise ConfigError(
                f"--metric {name}: {loop} has no such figure; allowed: {', '.join(there)}"
            )


COMPARE = Command(
    name="compare",
    summary="say whether one server is slower than another, in minutes: docs/compare.md",
    handler="clusterbench.cli.compare:compare",
    words="BASELINE CANDIDATE",
    check=check,
    options=(
        _arms, options.bench, _load,
        option(
            "--method", choices=_METHODS, metavar="METHOD",
            help=f"what is called: {', '.join(_METHODS)}; default: {_METHODS[0]}",
            default=_METHODS[0],
        ),
        count(
            "--connections", bounds.CONNECTIONS, help="default: 8, or 16 for each of several cores"
        ),
        option(
            "--slices", type=lasting(bounds.SLICE), metavar="TIME", default=_USUAL["slice"],
            help=f"how long each slice loads one server; default: {_USUAL['slice'] * 1e3:g}ms",
        ),
        count(
            "--pairs", bounds.PAIRS, default=_USUAL["pairs"],
            help=f"pairs of slices of a block; default: {_USUAL['pairs']}",
        ),
        option(
            "--precision", type=portion(bounds.PRECISION), metavar="SHARE",
            default=_USUAL["precision"],
            help="it ends when each figure that decides is known to +/- this; default: "
            f"{_USUAL['precision'] * 100:g}%%",
        ),
        option(
            "--fail-over", type=_fail_over, metavar="SHARE", default="5%",
            help="exit with 1 where the candidate is worse by this or more, beyond noise; default: "
            f"5%%; {NEVER} lets nothing fail",
        ),
        option(
            "--fail-on-noise", action="store_true",
            help="exit with 7 where noise hides the answer, in place of 0",
        ),
        option(
            "--budget", type=lasting(bounds.BUDGET), metavar="TIME", default=_USUAL["budget"],
            help="it ends after this time at the latest, without builds; default: "
            f"{_USUAL['budget'] / 60:g}m",
        ),
        option(
            "--metric", dest="metrics", action="append", choices=_METRICS, metavar="METRIC",
            help="only this figure decides; may be given several times: "
            f"{', '.join(_METRICS)}; default: {_DECIDING}",
        ),
        plan,
        options.seed(
            default=_USUAL["seed"], help=f"shuffles the slices; default: {_USUAL['seed']}"
        ),
        data, results, runtime, options.pull, install, options.plan_only,
        option(
            "--markdown", type=Path, metavar="FILE",
            help="also write what was found to this file, as Markdown: for a pull request",
        ),
        option(
            "--across-hosts", action="store_true",
            help="of two runs: print the figures side by side also where they were not measured on "
            "one host in one way; none is then judged",
        ),
        json, common,
    ),
)  # fmt: skip

CALIBRATE = Command(
    name="calibrate",
    summary="measure how much this host's figures differ by themselves: docs/method.md",
    handler="clusterbench.cli.calibrating:calibrate",
    options=(
        options.bench, options.contender, options.list_contenders,
        option(
            "--budget", type=lasting(bounds.BUDGET), metavar="TIME", default=360.0,
            help="it ends after this time, without builds; default: 6m",
        ),
        plan, options.seed(default=_USUAL["seed"], help="shuffles the slices; default: 1"),
        data, results, runtime, options.pull, install, options.plan_only, json, common,
    ),
)  # fmt: skip
