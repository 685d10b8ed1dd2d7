# SPDX-License-Identifier: GPL-3.0-or-later
"""One route for each operation: declared to the framework, answered by the executor."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Body, Header, Path, Query
from fastapi.routing import APIRoute

from helpdesk.client.help_desk import SERVICES
from helpdesk.core.api import API_PREFIX, IDEMPOTENCY_HEADER
from helpdesk.core.errors import Malformed, SignedOut
from helpdesk.core.operation import Operation, Transaction, operations_of
from helpdesk.core.schemas.base import Request
from helpdesk.core.schemas.desk import DeskInfo
from helpdesk.core.wire import encoded_result, parts_of
from helpdesk.server.answers import NO_CONTENT, Answer, WrongMethod
from helpdesk.server.arguments import LARGEST_ID, Reader, carrier_of, wire_name
from helpdesk.server.bodies import SMALL_BYTES
from helpdesk.server.document import problems_of, security_of
from helpdesk.server.exchange import Exchange, exchange_of, state_of
from helpdesk.server.peer import is_from_here, source_of
from helpdesk.services.directory import Directory
from helpdesk.services.ratings import Ratings

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_BEARER = re.compile(r"[Bb]earer +([\x21-\x7e]{1,512}) *")
_NOT_JSON = "The request must be JSON; send it with Content-Type: application/json."
_NOBODY = "Sign in first."
_USERNAME_LIMIT = 200
_PACED = (Directory, Ratings)
"""Whose operations, where anybody may ask, each source may ask for so often alone."""
_KEY_ABOUT = (
    "Names the call, in up to 200 visible ASCII characters: sent again with the same key it is"
    " not done again, and the first answer comes back."
)


def all_operations() -> Iterator[Operation]:
    """Yield every operation, in the order of the services and then of their paths."""
    for service in SERVICES:
        declared = operations_of(service).values()
        yield from sorted(declared, key=lambda each: (each.declaration.path, each.name))


def operation_id(operation: Operation) -> str:
    """Return what the API calls an operation: ``tickets.open``."""
    service, _, name = operation.full_name.partition(".")
    return f"{_plural(service)}.{name}"


def token_of(exchange: Exchange) -> str | None:
    """Return the token that a request proves its session with, if it has one."""
    match = _BEARER.fullmatch(exchange.header("Authorization") or "")
    return match.group(1) if match else None


class OperationRoute(APIRoute):
    """Answers one operation: reads its arguments, has it executed, sends its result."""

    def __init__(self, operation: Operation, allowed: frozenset[str], seconds: float) -> None:
        """Declare it; ``allowed`` are all methods of its path, ``seconds`` those to arrive in."""
        declaration = operation.declaration
        super().__init__(
            API_PREFIX + _converted(operation),
            _endpoint(operation),
            methods=[declaration.method],
            status_code=_status(operation),
            response_model=None if operation.result is type(None) else operation.result,
            responses=problems_of(operation),
            operation_id=operation_id(operation),
            name=operation_id(operation),
            tags=[operation_id(operation).partition(".")[0]],
            summary=operation.summary,
            description=inspect.getdoc(operation.function) or "",
            response_description="Done.",
            openapi_extra=security_of(operation),
        )
        self._operation = operation
        self._allowed = allowed
        self._seconds = seconds
        self._reader = Reader(operation)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose path is that of the operation."""
        if scope["method"] != self._operation.declaration.method:
            raise WrongMethod(self._allowed)
        exchange = exchange_of(scope)
        exchange.operation = operation_id(self._operation)
        self._require_pace(scope)
        arguments = await self._arguments(exchange)
        token, key = token_of(exchange), self._key(exchange)
        state = state_of(scope)
        execute = partial(
            state.desk.executor.execute,
            token=token,
            idempotency_key=key,
            source=source_of(scope),
        )
        work = partial(self._executed, execute, arguments, from_here=is_from_here(scope))
        body = await state.threads.run(self._operation, work)
        await exchange.answer(Answer(_status(self._operation), body))

    async def _arguments(self, exchange: Exchange) -> dict[str, Any]:
        body = b""
        if self._reader.wants_body:
            self._require_fit(exchange)
            body = await exchange.body(self._seconds)
        scope = exchange.scope
        return self._reader.read(scope["path_params"], scope["query_string"], body)

    def _require_pace(self, scope: Scope) -> None:
        """Bound how often strangers ask for what makes the desk look, hash, write or wait."""
        declaration = self._operation.declaration
        if declaration.permission is not None:
            return
        if self._operation.service in _PACED:
            state_of(scope).pace.require(scope)
        elif declaration.transaction is Transaction.STEPWISE:
            state_of(scope).door.require(scope)

    def _key(self, exchange: Exchange) -> str | None:
        return exchange.header(IDEMPOTENCY_HEADER) if takes_key(self._operation) else None

    def _require_fit(self, exchange: Exchange) -> None:
        """Look at what costs nothing before a body is taken in, whoever sends it."""
        if self._operation.declaration.permission is None:
            exchange.require_small(SMALL_BYTES)
        elif token_of(exchange) is None:
            raise SignedOut(_NOBODY)
        require_json(exchange)

    def _executed(
        self, execute: Callable[..., Any], arguments: dict[str, Any], *, from_here: bool
    ) -> bytes:
        """Run the operation on the thread that this is called on, and encode its result."""
        result = execute(self._operation, arguments)
        if isinstance(result, DeskInfo) and not from_here:
            # The passwords of a demo desk are for whoever tries it on this machine.
            result = result.model_copy(update={"demo_accounts": ()})
        return b"" if result is None else encoded_result(self._operation, result)


def operation_routes(seconds: float) -> list[OperationRoute]:
    """Return the routes of all operations; a fixed path comes before one with a name in it."""
    operations = sorted(all_operations(), key=lambda each: "{" in each.declaration.path)
    methods: dict[str, frozenset[str]] = {}
    for each in operations:
        path, method = each.declaration.path, each.declaration.method
        methods[path] = methods.get(path, frozenset()) | {method}
    return [OperationRoute(each, methods[each.declaration.path], seconds) for each in operations]


def takes_key(operation: Operation) -> bool:
    """Whether a repeated call of it can be told by its key: it writes, for somebody known."""
    return operation.writes and operation.declaration.permission is not None


def require_json(exchange: Exchange) -> None:
    """Raise ``Malformed`` for a request that says it is something else."""
    kind = (exchange.header("Content-Type") or "application/json").partition(";")[0]
    if kind.strip().lower() != "application/json":
        raise Malformed(_NOT_JSON)


def _status(operation: Operation) -> int:
    if operation.result is type(None):
        return NO_CONTENT
    return 201 if operation.declaration.creates else 200


def _converted(operation: Operation) -> str:
    """Return the path in which only digits are taken for a number."""
    path = operation.declaration.path
    for name in parts_of(operation).path:
        if operation.parameters[name] is int:
            path = path.replace(f"{{{name}}}", f"{{{name}:int}}")
    return path


def _endpoint(operation: Operation) -> Any:
    """Return a function that nobody calls: its signature tells the framework what to describe."""

    async def endpoint() -> None:
        raise NotImplementedError

    endpoint.__name__ = operation.name
    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
        for name, kind, default in _described(operation)
    ]
    endpoint.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return endpoint


def _described(operation: Operation) -> Iterator[tuple[str, Any, Any]]:
    """Yield name, annotated type and default of everything that a request carries."""
    required = inspect.Parameter.empty
    parts = parts_of(operation)
    for name in parts.path:
        number = operation.parameters[name] is int
        place = Path(ge=1, le=LARGEST_ID) if number else Path(max_length=_USERNAME_LIMIT)
        yield name, Annotated[operation.parameters[name], place], required
    if takes_key(operation):
        header = Header(alias=IDEMPOTENCY_HEADER, description=_KEY_ABOUT, max_length=200)
        yield "idempotency_key", Annotated[str | None, header], None
    carrier = carrier_of(operation)
    if carrier is None:
        return
    if not parts.in_query:
        yield "carried", Annotated[carrier, Body()], required
        return
    for name, field in carrier.model_fields.items():
        if dto := _dto_of(field.annotation):
            about = Query(alias=wire_name(name), description=f"A {dto.__name__} as JSON.")
            yield name, Annotated[str | None, about], None
            continue
        said = (field.annotation, *field.metadata, Query(alias=wire_name(name)))
        kind: Any = Annotated.__class_getitem__(said)  # type: ignore[attr-defined]
        yield name, kind, required if field.is_required() else field.default


def _dto_of(kind: Any) -> type[Request] | None:
    """Return the DTO that a field of a query holds, if it does."""
    for each in (kind, *typing.get_args(kind)):
        if isinstance(each, type) and issubclass(each, Request):
            return each
    return None


def _plural(service: str) -> str:
    """Return a service's name as the API writes it: ``api_keys`` of ``ApiKeys``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", service).lower()
