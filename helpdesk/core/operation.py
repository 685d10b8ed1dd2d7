# SPDX-License-Identifier: GPL-3.0-or-later
"""An operation is declared once; the in-process call, the route and the client come from it."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, TypeVar

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.base import Request, Result

P = ParamSpec("P")
R = TypeVar("R")
Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]

_MARK = "__operation__"
_SCALARS = (str, int, bool, float, datetime, NoneType)


class Transaction(Enum):
    """How the executor runs an operation."""

    READ = auto()
    """In one reading transaction."""
    WRITE = auto()
    """In one writing transaction, committed at its end."""
    STEPWISE = auto()
    """In several short ones that the operation asks for, for slow work between them."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What ``@operation`` says of a method."""

    method: Method
    path: str
    permission: Permission | None
    transaction: Transaction
    passive: bool
    creates: bool
    secret: bool
    people_only: bool
    waits: bool


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """A declared method with its resolved types."""

    service: type
    name: str
    function: Callable[..., Any]
    declaration: Declaration
    parameters: dict[str, Any]
    result: Any

    @property
    def full_name(self) -> str:
        """The name that logs, stored calls and the API's operation ids use: ``Tickets.open``."""
        return f"{self.service.__name__}.{self.name}"

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.declaration.transaction is not Transaction.READ

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


def operation(  # noqa: PLR0913 - each is said by its name
    method: Method,
    path: str,
    *,
    permission: Permission | None,
    transaction: Transaction | None = None,
    passive: bool = False,
    creates: bool = False,
    secret: bool = False,
    people_only: bool = False,
    waits: bool = False,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a service method as an operation and return it unchanged.

    ``permission=None`` is for the few that nobody needs to be signed in for. A GET reads and
    everything else writes, unless ``transaction`` says otherwise. A ``passive`` operation is
    called by the program without anybody's doing and keeps no idle session alive. One that
    ``creates`` answers with the new thing (201 over HTTP). The answer of a ``secret`` one holds
    something that is shown once and never stored, so that a repeated call cannot be answered
    with it. A ``people_only`` one takes no API key, whatever its scopes are: it decides how people
    get in, or shows the desk's own secrets to a server that the caller names, so that a key of this
    one scope could get in as anybody; or it is about the session and the password of who calls.
    One that ``waits`` may wait for a network, and must keep nobody else waiting by it.
    """
    if transaction is None:
        transaction = Transaction.READ if method == "GET" else Transaction.WRITE

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        declaration = Declaration(
            method,
            path,
            permission,
            transaction,
            passive,
            creates,
            secret,
            people_only,
            waits,
        )
        setattr(function, _MARK, declaration)
        return function

    return declare


@cache
def operations_of(service: type) -> dict[str, Operation]:
    """Return the operations of a service class by method name.

    Raises ``TypeError`` when a signature holds anything but DTOs, scalars, enums and tuples
    of them: nothing else may cross a layer.
    """
    return {resolved.name: resolved for resolved in _resolved(service)}


def _resolved(service: type) -> Iterator[Operation]:
    for name, function in inspect.getmembers(service, inspect.isfunction):
        declaration = getattr(function, _MARK, None)
        if declaration is None:
            continue
        hints = typing.get_type_hints(function)
        result = hints.pop("return", NoneType)
        for place, kind in {**hints, "return": result}.items():
            if not _may_cross(kind):
                raise TypeError(f"{service.__name__}.{name}: {place} is {kind!r}")
        yield Operation(service, name, function, declaration, hints, result)


def _may_cross(kind: Any) -> bool:
    origin = typing.get_origin(kind)
    if origin in (tuple, frozenset, UnionType, typing.Union):
        return all(_may_cross(part) for part in typing.get_args(kind) if part is not Ellipsis)
    if not isinstance(kind, type):
        return False
    return issubclass(kind, (Request, Result, StrEnum)) or kind in _SCALARS
