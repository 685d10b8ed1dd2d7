# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes a JSON object out of what a model wrote, and checks it, whatever the server promised."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from helpdesk.assistant.chunks import whole

_MOST_BEGINNINGS = 100
"""Where an object might begin; more are a text about braces, or an attack on our time."""
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"?|,(?=\s*[}\]])', re.DOTALL)
_PERCENT = re.compile(r"\s*(-?\d{1,9})(?:\.0+)?\s*%?\s*")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def first_object(text: str) -> dict[str, Any] | None:
    """Return the first JSON object in a text: fences and chatter around it do not matter.

    A comma before a closing brace is forgiven and NaN is ``None``; an object that is cut off, or
    nested without end, is none.
    """
    empty: dict[str, Any] | None = None
    for candidate in (text, _without_trailing_commas(text)):
        for found in _objects_in(candidate):
            if found:
                return found
            empty = found
    return empty


def matched(value: object, allowed: Iterable[str]) -> str | None:
    """Return the allowed value that is meant, in its own spelling; ``None`` for any other."""
    if not isinstance(value, str):
        return None
    meant = value.strip().casefold()
    return next((each for each in allowed if each.strip().casefold() == meant), None)


def whole_number(value: object, low: int, high: int) -> int | None:
    """Return a whole number within bounds, also where it was written as 80.0, "80" or "80 %"."""
    if isinstance(value, str) and (found := _PERCENT.fullmatch(value)):
        value = int(found[1])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if low <= value <= high else None


def problems_with(value: object, schema: Mapping[str, Any], name: str = "the answer") -> list[str]:
    """Return what of a value breaks a schema, as sentences that the model can follow.

    Knows what every server enforces: types, enum, required, additionalProperties, lengths, ranges.
    """
    if "enum" in schema:
        allowed = schema["enum"]
        if any(value == each and type(value) is type(each) for each in allowed):
            return []
        return [f"{name} has to be one of {json.dumps(allowed, ensure_ascii=False)}"]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is_a(value, kind) for kind in kinds):
        return [f"{name} has to be of type {' or '.join(kinds)}"]
    return [*_problems_of_parts(value, schema, name), *_problems_of_size(value, schema, name)]


def _objects_in(text: str) -> Iterator[dict[str, Any]]:
    begin = text.find("{")
    for _ in range(_MOST_BEGINNINGS):
        if begin < 0:
            return
        try:
            found, end = _DECODER.raw_decode(text, begin)
            yield _storable(found)
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated"):
                return
            # What stands inside something broken or cut off is not what was asked for.
            end = max(begin + 1, error.pos)
        except (ValueError, RecursionError):
            return
        begin = text.find("{", end)


def _without_trailing_commas(text: str) -> str:
    return _STRING_OR_COMMA.sub(lambda found: "" if found[0] == "," else found[0], text)


def _storable(value: Any) -> Any:
    """Return a value without halves of surrogate pairs, which nothing can store."""
    if isinstance(value, str):
        text, rest = whole(value)
        return text + "\ufffd" * bool(rest)
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(each) for key, each in value.items()}
    return value


def _is_a(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES.get(kind, ()))


def _problems_of_parts(value: object, schema: Mapping[str, Any], name: str) -> Iterator[str]:
    if isinstance(value, list) and "items" in schema:
        for number, each in enumerate(value, 1):
            yield from problems_with(each, schema["items"], f"{name}, item {number},")
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    for key in schema.get("required", ()):
        if key not in value:
            yield f'{name} has to have a field "{key}"'
    for key, each in value.items():
        if key in known:
            yield from problems_with(each, known[key], f'"{key}"')
        elif schema.get("additionalProperties") is False:
            yield f"{name} has a field too many"


def _problems_of_size(value: object, schema: Mapping[str, Any], name: str) -> Iterator[str]:
    if isinstance(value, (str, list)):
        unit, most, least = (
            ("characters", "maxLength", "minLength")
            if isinstance(value, str)
            else ("items", "maxItems", "minItems")
        )
        size: float = len(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        unit, most, least, size = "", "maximum", "minimum", value
    else:
        return
    if most in schema and size > schema[most]:
        yield f"{name} may have at most {schema[most]} {unit}".rstrip()
    if least in schema and size < schema[least]:
        yield f"{name} has to have at least {schema[least]} {unit}".rstrip()
