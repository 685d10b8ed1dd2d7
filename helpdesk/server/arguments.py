# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the arguments of an operation from a request, strictly: nothing is guessed or ignored."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Iterator
from functools import cache
from types import NoneType
from typing import Annotated, Any
from urllib.parse import parse_qsl

from pydantic import Field, ValidationError, create_model

from helpdesk.core.errors import DeskError, Invalid, Malformed, NotFound
from helpdesk.core.operation import Operation
from helpdesk.core.schemas.base import Request
from helpdesk.core.validation import invalid, unknown
from helpdesk.core.wire import SEARCH_PARAMETER, SEARCH_TEXT, parts_of
from helpdesk.server.shape import require_readable, unstorable

WholeNumber = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""What fits into any database."""
LARGEST_ID = 2**63 - 1
_MOST_PARAMETERS = 500

_NO_JSON = "The request holds no readable JSON; send one JSON object as UTF-8."
_NO_QUERY = "The query of the address cannot be read; check how it is encoded."
_REPEATED = "One parameter is given more than once, but takes one value."
_UNKNOWN = "The request names something that cannot be set here."
_NOT_THERE = "There is nothing at this address."
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_PLAIN_NAME = re.compile(r"[a-z][a-z_]{0,39}")


@cache
def carrier_of(operation: Operation) -> type[Request] | None:
    """Return the DTO that carries what the path does not, made up for plain arguments."""
    parts = parts_of(operation)
    if parts.dto is not None:
        found: type[Request] = operation.parameters[parts.dto]
        return found
    if not parts.plain:
        return None
    fields: dict[str, Any] = {name: _plain_field(operation, name) for name in parts.plain}
    name = "".join(field.title().replace("_", "") for field in fields)
    return create_model(name, __base__=Request, __doc__=_about(fields), **fields)


def wire_name(field: str) -> str:
    """Return what the query of an address calls a field of a DTO."""
    return SEARCH_PARAMETER if field == SEARCH_TEXT else field


class Reader:
    """Reads the arguments of one operation."""

    def __init__(self, operation: Operation) -> None:
        """Prepare for an operation."""
        self._operation = operation
        self._parts = parts_of(operation)
        self._carrier = carrier_of(operation)
        self._many = dict(_multiplicity(self._carrier))
        self.wants_body = self._carrier is not None and not self._parts.in_query

    def read(self, path: dict[str, Any], query: bytes, body: bytes) -> dict[str, Any]:
        """Return the arguments by name. Raises ``Invalid``, ``Malformed`` or ``NotFound``."""
        arguments = {name: self._path_argument(path[name]) for name in self._parts.path}
        if self.wants_body:
            require_no_query(query)
            return arguments | self._named(self._from_body(body))
        return arguments | self._named(self._from_query(query))

    def _path_argument(self, value: Any) -> Any:
        if isinstance(value, int) and not 1 <= value <= LARGEST_ID:
            raise NotFound(_NOT_THERE)
        return value

    def _named(self, carried: Request | None) -> dict[str, Any]:
        if carried is None:
            return {}
        if self._parts.dto is not None:
            return {self._parts.dto: carried}
        return {name: getattr(carried, name) for name in self._parts.plain}

    def _from_body(self, body: bytes) -> Request | None:
        if self._carrier is None:
            return None
        require_readable(body)
        try:
            return self._carrier.model_validate_json(body, strict=True)
        except ValidationError as error:
            raise unstorable() if _is_half_a_character(error, body) else _refusal(error) from None

    def _from_query(self, query: bytes) -> Request | None:
        if self._carrier is None:
            require_no_query(query)
            return None
        try:
            return self._carrier.model_validate(self._fields(query))
        except ValidationError as error:
            raise _refusal(error) from None

    def _fields(self, query: bytes) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for shown, value in pairs_of(query):
            name = SEARCH_TEXT if shown == SEARCH_PARAMETER else shown
            if name not in self._many or (shown == SEARCH_TEXT):
                raise _unknown(shown)
            if self._many[name]:
                found.setdefault(name, []).append(value)
            elif name in found:
                raise Invalid(_REPEATED, field=name)
            else:
                found[name] = value
        return found


def pairs_of(query: bytes) -> list[tuple[str, str]]:
    """Return the parameters of an address. Raises ``Malformed`` or ``Invalid``."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except UnicodeDecodeError:
        raise unstorable() from None
    except ValueError:
        raise Malformed(_NO_QUERY) from None
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise unstorable()
    return pairs


def require_no_query(query: bytes) -> None:
    """Raise ``Invalid`` for parameters where there are none to give."""
    if query and (pairs := pairs_of(query)):
        raise _unknown(pairs[0][0])


def _plain_field(operation: Operation, name: str) -> tuple[Any, Any]:
    kind = operation.parameters[name]
    default = inspect.signature(operation.function).parameters[name].default
    if default is inspect.Parameter.empty:
        # What is nothing is not written into an address.
        may_be_left_out = parts_of(operation).in_query and NoneType in typing.get_args(kind)
        default = None if may_be_left_out else ...
    return (WholeNumber if kind is int else kind), default


def _about(fields: dict[str, Any]) -> str:
    return f"The {' and '.join(name.replace('_', ' ') for name in fields)} that a call needs."


def _multiplicity(carrier: type[Request] | None) -> Iterator[tuple[str, bool]]:
    """Yield each field, and whether it takes several values."""
    if carrier is not None:
        for name, field in carrier.model_fields.items():
            yield name, typing.get_origin(field.annotation) is tuple


def _is_half_a_character(error: ValidationError, body: bytes) -> bool:
    """Whether JSON cannot be read because an escape stands for half a character."""
    unread = error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid"
    return unread and _SURROGATE.search(body) is not None


def _refusal(error: ValidationError) -> DeskError:
    """Return what is wrong, without any of what was sent."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid" or (first["type"] == "model_type" and not first["loc"]):
        return Malformed(_NO_JSON)
    if first["type"] == "extra_forbidden":
        return _unknown(str(first["loc"][0]))
    return invalid(error)


def _unknown(name: str) -> Invalid:
    """Return what is wrong with a name, and repeat the name only if it can be no more than one."""
    return unknown(name) if _PLAIN_NAME.fullmatch(name) else Invalid(_UNKNOWN)
