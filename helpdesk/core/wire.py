# SPDX-License-Identifier: GPL-3.0-or-later
"""How a call of an operation and its answer look on the wire, for server and client alike.

The path names some arguments. Of the others, a GET or DELETE carries each field as a query
parameter, one that is a DTO itself as JSON; everything else carries its one DTO as the JSON body,
or its plain arguments as the fields of an object.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter

from helpdesk.core.api import API_PREFIX
from helpdesk.core.errors import Conflict, DeskError, Fault, error_class
from helpdesk.core.operation import Operation
from helpdesk.core.schemas.base import Request, Result

SEARCH_TEXT, SEARCH_PARAMETER = "text", "q"
"""What a query DTO calls its text, and what the wire calls it."""

_IN_PATH = re.compile(r"{(\w+)}")
_NO_PROBLEM = "The server answered in a way that this program does not understand; try again later."


@dataclass(frozen=True, slots=True)
class Parts:
    """Where each argument of an operation travels."""

    path: tuple[str, ...]
    dto: str | None
    plain: tuple[str, ...]
    in_query: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One request, apart from its headers."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: bytes | None


@cache
def parts_of(operation: Operation) -> Parts:
    """Return where each argument travels. Raises ``TypeError`` for a DTO beside plain ones."""
    path = tuple(_IN_PATH.findall(operation.declaration.path))
    others = [name for name in operation.parameters if name not in path]
    dtos = [name for name in others if _is_dto(operation.parameters[name])]
    if dtos and len(others) > 1:
        raise TypeError(f"{operation.full_name} has a DTO beside other arguments")
    in_query = operation.declaration.method in {"GET", "DELETE"}
    return Parts(path, dtos[0] if dtos else None, () if dtos else tuple(others), in_query)


def call_of(operation: Operation, arguments: dict[str, Any]) -> Call:
    """Return the request that carries a call."""
    parts = parts_of(operation)
    path = operation.declaration.path
    for name in parts.path:
        path = path.replace(f"{{{name}}}", quote(str(arguments[name]), safe=""))
    carried = _carried(parts, arguments)
    method = operation.declaration.method
    if parts.in_query:
        return Call(method, API_PREFIX + path, tuple(_query(carried)), None)
    body = json.dumps(carried, ensure_ascii=False).encode() if parts.dto or parts.plain else None
    return Call(method, API_PREFIX + path, (), body)


def encoded_result(operation: Operation, result: Any) -> bytes:
    """Return an answer as JSON."""
    return _adapter(operation).dump_json(result)


def decoded_result(operation: Operation, body: bytes) -> Any:
    """Return the answer of JSON. Raises ``ValueError`` where it is none of this operation."""
    return _adapter(operation).validate_json(body or b"null")


def problem_of(error: DeskError) -> dict[str, Any]:
    """Return an error in the one shape of the API (RFC 9457)."""
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": _title(type(error)),
        "status": error.status,
        "detail": str(error),
        "code": error.code,
    }
    if error.field is not None:
        problem["field"] = error.field
    if error.retry_after is not None:
        problem["retry_after"] = error.retry_after
    if isinstance(error, Conflict) and error.current is not None:
        problem["current"] = error.current.model_dump(mode="json")
    return problem


def error_of(operation: Operation, problem: Any) -> DeskError:
    """Return the error that a problem tells of; one that is not understood is a ``Fault``."""
    if not isinstance(problem, dict) or not isinstance(problem.get("detail"), str):
        return Fault(_NO_PROBLEM)
    kind = error_class(str(problem.get("code"))) or DeskError
    if issubclass(kind, Conflict):
        return kind(problem["detail"], current=_current(operation, problem.get("current")))
    wait, field = problem.get("retry_after"), problem.get("field")
    return kind(
        problem["detail"],
        field=field if isinstance(field, str) else None,
        retry_after=wait if isinstance(wait, int) else None,
    )


def _is_dto(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Request)


def _carried(parts: Parts, arguments: dict[str, Any]) -> dict[str, Any]:
    if parts.dto is None:
        return {name: arguments[name] for name in parts.plain if name in arguments}
    dto: Request = arguments[parts.dto]
    return dto.model_dump(mode="json", exclude_unset=True, exclude_defaults=parts.in_query)


def _query(carried: dict[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in carried.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        shown = SEARCH_PARAMETER if name == SEARCH_TEXT else name
        pairs += [(shown, _word(each)) for each in values if each is not None]
    return pairs


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value.value) if isinstance(value, Enum) else str(value)


@cache
def _adapter(operation: Operation) -> TypeAdapter[Any]:
    return TypeAdapter(operation.result)


def _title(kind: type[DeskError]) -> str:
    """Return the name of a class as words: 'Too many attempts'."""
    words = re.findall(r"[A-Z][a-z]+", kind.__name__)
    return " ".join(words).capitalize()


def _current(operation: Operation, state: Any) -> Result | None:
    """Return the present state of what was to be changed, which is what the call answers with."""
    if not isinstance(state, dict):
        return None
    try:
        found = _adapter(operation).validate_python(state)
    except ValueError:
        return None
    return found if isinstance(found, Result) else None
