"""What tables of the lab's files are made of: pydantic models, types of keys, ways to complain.

Validators complain by `says`, `takes` and `none_of`; pydantic complains by itself of missing keys,
wrong types and wrong numbers. `problems` turns both into lines that name file and key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    Strict,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import literal_schema

from clusterbench.model import bounds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from clusterbench.model.bounds import Bounds

T = TypeVar("T")


class FileTable(BaseModel):
    """A table of a file: keys that it does not name are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# ---------------------------------------------------------------------------- complaints


def says(what: str) -> PydanticCustomError:
    """Return the error that says of a key: `KEY WHAT`."""
    return PydanticCustomError("says", "{what}", {"what": what})


def takes(what: str) -> PydanticCustomError:
    """Return the error for a key's value, `what` being allowed."""
    return PydanticCustomError("takes", "{what}", {"what": what})


def none_of(choices: Iterable[str]) -> PydanticCustomError:
    """Return the error for a value that is none of the choices."""
    return PydanticCustomError("none_of", "{choices}", {"choices": list(choices)})


def wrong(*key: str | int, what: str) -> InitErrorDetails:
    """Return the error that says of a key below a table: `KEY WHAT`."""
    return InitErrorDetails(type=says(what), loc=key, input=None)


def unknown(
    value: str | Sequence[str], names: Collection[str], *key: str | int
) -> Iterator[InitErrorDetails]:
    """Return an error for a key's name, or for each of its list, that is none of the names."""
    if not isinstance(value, str):
        for number, each in enumerate(value):
            yield from unknown(each, names, *key, number)
    elif value not in names:
        yield InitErrorDetails(type=none_of(names), loc=key, input=value)


def several(found: Iterable[InitErrorDetails]) -> None:
    """Raise all that a table's validator found, if anything."""
    if errors := list(found):
        raise ValidationError.from_exception_data("table", errors)


# ---------------------------------------------------------------------- what keys take


def among(choices: Collection[str]) -> GetPydanticSchema:
    """Mark a text that is one of these."""
    return GetPydanticSchema(lambda _source, _handler: literal_schema(list(choices)))


def known(names: str) -> AfterValidator:
    """Mark a text that is one of the names that the validation's context has under `names`."""

    def check(value: str, info: ValidationInfo) -> str:
        choices: Collection[str] = (info.context or {}).get(names, ())
        if value not in choices:
            raise none_of(choices)
        return value

    return AfterValidator(check)


def named(pattern: str, what: str) -> AfterValidator:
    """Mark a text that is a name; `what` says which letters it takes."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise says(f"is no name; {what}")
        return value

    return AfterValidator(check)


def _each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if twice := [value for value in values if values.count(value) > 1]:
        raise says(f"holds {twice[0]!r} twice")
    return values


Text = Annotated[str, Strict()]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]
#: A list of different items, one or more.
Each = Annotated[tuple[T, ...], Field(min_length=1), AfterValidator(_each_once)]
Share = Annotated[float, Strict(), Field(gt=0, lt=1)]
ContenderName = Annotated[Text, known("contenders")]


# Numbers, each with the bounds that the command line has too: `model.bounds` says why.


def within(bounds: Bounds) -> Any:  # noqa: ANN401 - as pydantic types its Field
    """Mark a number that is within these bounds."""
    kind = int if bounds.whole else float
    low, high = kind(bounds.low), kind(bounds.high)
    if bounds.above:
        return Field(gt=low, le=high, allow_inf_nan=False)
    if bounds.whole:
        return Field(ge=low, le=high)
    return Field(ge=low, le=high, allow_inf_nan=False)


Level = Annotated[int, Strict(), within(bounds.LEVELS)]
Connections = Annotated[int, Strict(), within(bounds.CONNECTIONS)]
Rounds = Annotated[int, Strict(), within(bounds.ROUNDS)]
Repeats = Annotated[int, Strict(), within(bounds.REPEATS)]
Seed = Annotated[int, Strict(), within(bounds.SEEDS)]
CpuCount = Annotated[int, Strict(), within(bounds.CPUS)]
Number = Annotated[int, Strict(), within(bounds.NUMBERS)]
LoadTime = Annotated[float, Strict(), within(bounds.LOAD)]
PartTime = Annotated[float, Strict(), within(bounds.PART)]
WaitTime = Annotated[float, Strict(), within(bounds.WAIT)]
Deadline = Annotated[float, Strict(), within(bounds.DEADLINE)]
Agreement = Annotated[float, Strict(), within(bounds.SHARE)]
ServedRate = Annotated[int, Strict(), within(bounds.RATES)]
Headroom = Annotated[float, Strict(), within(bounds.HEADROOM)]
Ratio = Annotated[float, Strict(), within(bounds.RATIO)]
Points = Annotated[int, Strict(), within(bounds.POINTS)]
Features = Annotated[int, Strict(), within(bounds.FEATURES)]
Clusters = Annotated[int, Strict(), within(bounds.CLUSTERS)]
Iterations = Annotated[int, Strict(), within(bounds.ITERATIONS)]
DataBytes = Annotated[int, Strict(), within(bounds.BYTES)]
Spread = Annotated[float, Strict(), within(bounds.SPREAD)]
