# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what came back over HTTP, whoever it was that answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from helpdesk import __version__
from helpdesk.core.api import API_LEVEL, LEVEL_HEADER, OLDEST_LEVEL, PROBLEM_TYPE
from helpdesk.core.errors import (
    DeskError,
    Fault,
    NewerServer,
    OlderServer,
    TooLarge,
    Unanswered,
    Unreachable,
    error_class,
)
from helpdesk.core.operation import Operation
from helpdesk.core.wire import decoded_result, error_of

NOT_KNOWN_WHETHER = (
    "The server {host} was lost before it answered; look whether it was done"
    " before you do it again."
)
_NEWER = (
    "{host} runs a newer Help Desk (level {server}) than this program ({version}, level {own});"
    " install the newer version."
)
_OLDER = (
    "{host} runs an older Help Desk (level {server}) than this program ({version}, level {own})"
    " can work with; ask whoever runs the server to update it."
)
_STRANGER = (
    "Something other than a Help Desk answers at {host}; check the address,"
    " and whether this network asks you to sign in first."
)
_MOVED = "{host} sends its callers elsewhere; ask whoever runs the server for its present address."
_NOT_RUNNING = "The server {host} does not run at the moment; try again later."
_TOO_LARGE = "{host} takes nothing as large as this; shorten it."
_NOT_UNDERSTOOD = "{host} answered in a way that this program does not understand; try again later."
_DONE = (
    "{host} has done this, and told so in a way that this program does not understand;"
    " look at how it is now."
)


_DIGITS = 9


class Stranger(Unreachable):
    """Something else answers where the server should be; asking it again is of no use."""


class Answer(NamedTuple):
    """An answer, apart from how it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """The media type, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def level(self) -> int | None:
        """The level of the API that answered, ``None`` where no Help Desk did."""
        text = self.headers.get(LEVEL_HEADER, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else None


def result_of(operation: Operation, answer: Answer, host: str) -> Any:
    """Return the result that an answer brings.

    Raises the error that it tells of, ``NewerServer`` or ``OlderServer``, or ``Unreachable``
    where somebody else has answered; for a writing call that may have been done, ``Unanswered``.
    """
    require_level(answer, host)
    if not 200 <= answer.status < 300:
        raise error_in(operation, answer, host)
    if answer.level is None:
        raise Stranger(_STRANGER.format(host=host))
    try:
        return decoded_result(operation, answer.body)
    except ValueError as error:
        told = _DONE if operation.writes else _NOT_UNDERSTOOD
        raise Fault(told.format(host=host)) from error


def require_level(answer: Answer, host: str) -> None:
    """Raise ``NewerServer`` or ``OlderServer`` where the two do not understand each other."""
    level = answer.level
    if level is None:
        return
    told = {"host": host, "server": level, "version": __version__, "own": API_LEVEL}
    if level < OLDEST_LEVEL or (_code(answer) == OlderServer.code):
        raise OlderServer(_OLDER.format(**told))
    if _code(answer) == NewerServer.code:
        raise NewerServer(_NEWER.format(**told))


def error_in(operation: Operation, answer: Answer, host: str) -> DeskError:
    """Return the error that an answer of failure tells of."""
    problem = _problem(answer)
    if problem is not None and (answer.level is not None or _is_known(problem)):
        error = error_of(operation, problem)
        if error.retry_after is None:
            error.retry_after = _seconds(answer)
        return error
    if answer.status in range(300, 400):
        return Stranger(_MOVED.format(host=host))
    if answer.status >= 500:
        return _from_between(operation, answer, host)
    if answer.status == TooLarge.status:
        return TooLarge(_TOO_LARGE.format(host=host))
    if answer.level is not None:
        return Fault(_NOT_UNDERSTOOD.format(host=host))
    return Stranger(_STRANGER.format(host=host))


def _from_between(operation: Operation, answer: Answer, host: str) -> DeskError:
    """Return the error where a proxy speaks for a server that it could not reach, or has lost."""
    if operation.writes:
        return Unanswered(NOT_KNOWN_WHETHER.format(host=host))
    return Unreachable(_NOT_RUNNING.format(host=host), retry_after=_seconds(answer))


def _problem(answer: Answer) -> dict[str, Any] | None:
    if answer.kind not in (PROBLEM_TYPE, "application/json"):
        return None
    try:
        problem = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return problem if isinstance(problem, dict) and "code" in problem else None


def _is_known(problem: dict[str, Any]) -> bool:
    return isinstance(problem.get("detail"), str) and error_class(str(problem["code"])) is not None


def _code(answer: Answer) -> str | None:
    problem = None if answer.status < 400 else _problem(answer)
    return str(problem["code"]) if problem else None


def _seconds(answer: Answer) -> int | None:
    text = answer.headers.get("retry-after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else None
