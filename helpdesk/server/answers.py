# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server sends back: results, and errors in the one shape of the API."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from helpdesk.core.api import PROBLEM_TYPE
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.base import Result
from helpdesk.core.wire import problem_of

Headers = tuple[tuple[bytes, bytes], ...]

JSON = b"application/json"
NO_CONTENT = 204
_UNAUTHORIZED = 401


class WrongMethod(DeskError):
    """The path exists, but not for this method."""

    code = "wrong_method"
    status = 405

    def __init__(self, allowed: Iterable[str]) -> None:
        """Keep which methods the path has."""
        self.allowed = ", ".join(sorted(allowed))
        super().__init__(f"This path understands only {self.allowed}.")


class Problem(Result):
    """What went wrong (RFC 9457): one sentence with the remedy, and a code for programs."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    """The input that the problem is about."""
    retry_after: int | None = None
    """The seconds to wait before another try."""
    current: dict[str, Any] | None = None
    """How the thing is now that somebody else has changed in the meantime."""


class Answer(NamedTuple):
    """One whole response."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: Headers = ()

    def all_headers(self) -> list[tuple[bytes, bytes]]:
        """Return its own headers and those that follow from its content."""
        if self.status == NO_CONTENT:
            return list(self.headers)
        length = str(len(self.body)).encode()
        return [(b"content-type", self.content_type), (b"content-length", length), *self.headers]


def problem_answer(error: DeskError) -> Answer:
    """Return the answer that tells of an error."""
    body = json.dumps(problem_of(error), ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Answer(error.status, body, PROBLEM_TYPE.encode(), tuple(_headers_of(error)))


def _headers_of(error: DeskError) -> Iterable[tuple[bytes, bytes]]:
    if error.retry_after is not None:
        yield b"retry-after", str(error.retry_after).encode()
    if error.status == _UNAUTHORIZED:
        yield b"www-authenticate", b"Bearer"
    if isinstance(error, WrongMethod):
        yield b"allow", error.allowed.encode()


async def never_called() -> None:
    """Stand for the endpoint of a route that answers by itself."""
    raise NotImplementedError
