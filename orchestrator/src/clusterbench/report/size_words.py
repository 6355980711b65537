"""What a run over sizes says, in one sentence made of its figures. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.size_effects import Overtaking, overtaken, python_share
from clusterbench.model import numbers as fmt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.measure.size_effects import Overtaken
    from clusterbench.model.size_summary import SizeRow
    from clusterbench.model.sizes import Sizes


def sentence(sizes: Sizes, found: Sequence[SizeRow], rounds: int) -> str:
    """Return where the rival overtakes, and how far Python's share falls."""
    clauses = [*_overtaking(sizes, found), _share(sizes, found)]
    if rounds == 1:
        clauses.append("this is one round, so there are no intervals")
    return f"{'; '.join(clauses)}."


def _overtaking(sizes: Sizes, found: Sequence[SizeRow]) -> Iterator[str]:
    """Return with which models the rival overtakes, with which it does not, and what is open."""
    rival, native = sizes.rival, sizes.native
    results = overtaken(sizes, found)
    states = [each.state for each in results]
    ahead, never, undecided, unknown = map(states.count, Overtaking)
    if unknown == len(results):
        yield f"whether {rival} overtakes {native} was not measured"
        return
    up_to = f"up to {max(row.rows for row in found):,} rows per request"
    if ahead:
        yield f"{rival} overtakes {native} {_from(results)}"
    if never and ahead:
        the = "the " if ahead + never == len(results) else ""
        yield f"it does not with {the}{fmt.plural(never, 'other model')}, {up_to}"
    elif never:
        yield f"{rival} does not overtake {native} with {_any(never, results)}, {up_to}"
    if undecided and (ahead or never):
        yield f"with {fmt.plural(undecided, 'model')} it is undecided"
    elif undecided:
        yield f"whether {rival} overtakes {native} is undecided with {_any(undecided, results)}"
    if unknown:
        yield f"a figure of {fmt.plural(unknown, 'model')} is missing"


def _any(number: int, results: Sequence[Overtaken]) -> str:
    """Write `any of the 9 models`, or `4 of 9 models`."""
    of = f"any of the {number}" if number == len(results) else f"{number} of {len(results)}"
    return f"{of} models" if len(results) > 1 else "the model"


def _from(results: Sequence[Overtaken]) -> str:
    """Write `from 100 rows per request on with 128 features and 1,000 clusters`."""
    rows = sorted({each.rows for each in results if each.rows is not None})
    return ", ".join(
        f"from {fmt.plural(number, 'row')} per request on with "
        + " or ".join(str(each.size) for each in results if each.rows == number)
        for number in rows
    )


def _share(sizes: Sizes, found: Sequence[SizeRow]) -> str:
    """Write how far Python's share falls, and with which models and requests."""
    whose = f"Python's share of {sizes.python}'s CPU time"
    shares = [(share, row) for row in found if (share := python_share(sizes, row)) is not None]
    if not shares:
        return f"{whose} was not measured"
    most, least = (pick(shares, key=lambda each: each[0]) for pick in (max, min))
    if most == least:
        return f"{whose} is {_at(*most)}"
    return f"{whose} falls from {_at(*most)} to {_at(*least)}"


def _at(share: float, row: SizeRow) -> str:
    return f"{fmt.percent(share)} ({row.size}, {fmt.plural(row.rows, 'row')} per request)"
