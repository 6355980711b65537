"""What is wrong in a file, all of it at once: pydantic's errors as lines that name file and key.

What a key takes is found in the model's JSON Schema, so that it is written nowhere else.
"""

from __future__ import annotations

import functools
import math
import reprlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from clusterbench.errors import ConfigError, one_of
from clusterbench.model.bounds import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic_core import ErrorDetails
    from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

    from clusterbench.config.source_files import Source

M = TypeVar("M", bound=BaseModel)


def check(model: type[M], source: Source, context: Mapping[str, Any] | None = None) -> M:
    """Return what a file holds as a model. Raises one ConfigError that lists every mistake.

    `context` has the names that `known` keys may take.
    """
    try:
        return model.model_validate(source.values, context=context)
    except ValidationError as error:
        schema = _schema(model)
        found = [each for each in error.errors() if not _follows(each)]
        raise mistakes(_mistake(source, schema, each) for each in found) from None


@functools.cache
def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.model_json_schema(schema_generator=FileSchema)


def _follows(error: ErrorDetails) -> bool:
    """Return whether a list is told to be short only since its items are wrong."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def mistakes(found: Iterable[tuple[int, str]]) -> ConfigError:
    """Return the error for mistakes in one file, given as (line, text)."""
    lines = list(dict.fromkeys(text for _, text in sorted(found, key=lambda each: each[0])))
    if len(lines) == 1:
        return ConfigError(lines[0])
    return ConfigError("\n  ".join([f"{len(lines)} mistakes:", *lines]))


def _mistake(source: Source, schema: Mapping[str, Any], error: ErrorDetails) -> tuple[int, str]:
    """Return a mistake's line (0 where it has none) and the text that names it."""
    key, node = _find(schema, error["loc"])
    path, line = source.place(key)
    where = f"{path}:{line}" if line else str(path)
    name = ".".join(part for part in key if isinstance(part, str))
    what = _what(key, node, error)
    return line or 0, f"{where}: {f'`{name}` ' if name else ''}{what}"


def _what(key: Sequence[str | int], node: Mapping[str, Any], error: ErrorDetails) -> str:
    """Return what is wrong with a key, and what it takes."""
    value, context = error["input"], error.get("ctx", {})
    choices: list[str] = context.get("choices") or _choices(node)
    written = value if isinstance(value, str) else _shown(value)
    is_value = f"{'holds' if key and isinstance(key[-1], int) else 'is'} {_shown(value)}"
    match error["type"]:
        case "says":
            what = str(context["what"])
        case "takes":
            what = f"{is_value}; it takes {context['what']}"
        case "missing":
            what = f"is missing; it takes {_takes(node)}"
        case "union_tag_not_found":
            what = f"has no `kind`; allowed: {', '.join(_keys(node))}"
        case "union_tag_invalid":
            what = f"is of kind {context['tag']!r}; {one_of(context['tag'], _keys(node))}"
        case "extra_forbidden":
            what = f"is not a key here; {one_of(str(key[-1]), _keys(node))}"
        case "none_of" | "literal_error" if error["loc"][-1] == "[key]":
            what = f"is not a key here; {one_of(written, choices)}"
        case "none_of" | "literal_error" | "enum":
            what = f"{is_value}; {one_of(written, choices)}"
        case _:
            what = f"{is_value}; it takes {_takes(node)}"
    return what


def _shown(value: object) -> str:
    """Write a value as Python does, cut where it is long."""
    try:
        return _Short().repr(value)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        return "a number of thousands of digits"


class _Short(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 200
        self.maxdict = self.maxlist = self.maxtuple = 20


# ---------------------------------------------------------------- what a JSON Schema says


class FileSchema(GenerateJsonSchema):
    """Makes JSON Schemas without `null` and its default: a file leaves a key out instead."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        """Return the schema of what a key holds where it is there."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """Return a schema with its default, where that can be written in a file."""
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def _find(
    schema: Mapping[str, Any], location: Sequence[str | int]
) -> tuple[tuple[str | int, ...], Mapping[str, Any]]:
    """Return the key that an error is about, and its schema; for an unknown key, its table's.

    An error's location also names the kind of a table (`load.closed-loop.x`), which is no key.
    """
    key: list[str | int] = []
    node = around = _resolved(schema, schema)
    for number, part in enumerate(location):
        if part == "[key]":  # the name itself is wrong
            return tuple(key), around.get("propertyNames", {})
        if isinstance(part, str) and part in (tags := _tags(node)):
            node = _resolved(schema, {"$ref": tags[part]})
            continue
        key.append(part)
        around = node
        if isinstance(part, int):
            below = node.get("items", {})
        else:
            below = node.get("properties", {}).get(part, node.get("additionalProperties"))
        if not isinstance(below, Mapping):
            key += location[number + 1 :]
            break
        node = _resolved(schema, below)
    return tuple(key), node


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        name = str(node["$ref"]).removeprefix("#/$defs/")
        node = {**schema["$defs"][name], **{k: v for k, v in node.items() if k != "$ref"}}
    return node


def _tags(node: Mapping[str, Any]) -> Mapping[str, str]:
    found: Mapping[str, str] = node.get("discriminator", {}).get("mapping", {})
    return found


def _keys(node: Mapping[str, Any]) -> list[str]:
    return list(_tags(node) or node.get("properties", {}))


def _choices(node: Mapping[str, Any]) -> list[str]:
    return [node["const"]] if "const" in node else list(node.get("enum", ()))


def _takes(node: Mapping[str, Any]) -> str:
    """Return what a schema allows, in words: `a whole number from 1 up`."""
    if choices := _choices(node):
        return " or ".join(map(repr, choices))
    kind = node.get("type")
    if kind == "array":
        return "a list" + (" of one or more" if node.get("minItems") else "")
    if kind == "object":
        keys = _keys(node)
        return f"a table of {', '.join(keys)}" if keys else "a table"
    words = {"string": "a text", "boolean": "true or false", "integer": "a whole number"}
    return words.get(str(kind), "a number") + _bounds(node)


def _bounds(node: Mapping[str, Any]) -> str:
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    high = node.get("maximum", math.inf)
    if above is not None and below is not None:
        return f" between {above:g} and {below:g}"
    if above is not None:
        return span(above, high, above=True)
    return span(node["minimum"], high) if "minimum" in node else ""
