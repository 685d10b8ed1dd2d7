# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes and gives files as they are, for other systems, by the operations that windows use.

A file goes through here piece by piece, whatever its size. It is given only to be saved: with a
name, and in a way that no browser shows it, or runs what is in it.
"""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from pydantic import ValidationError
from starlette.routing import Route

from helpdesk.core.api import API_PREFIX, FILES_PATH
from helpdesk.core.errors import DeskError, Invalid, Malformed, SignedOut
from helpdesk.core.operation import operations_of
from helpdesk.core.schemas.attachments import (
    PIECE_BYTES,
    UNKNOWN_TYPE,
    AttachmentPart,
    NewAttachment,
    NewPiece,
    Upload,
    UploadEnd,
)
from helpdesk.core.schemas.ticket_work import AttachmentView
from helpdesk.core.validation import invalid
from helpdesk.server.answers import Answer, Headers, WrongMethod, never_called
from helpdesk.server.exchange import Exchange, exchange_of, state_of
from helpdesk.server.peer import source_of
from helpdesk.server.routes import token_of
from helpdesk.services.attachments import Attachments

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_OPERATIONS = operations_of(Attachments)
_NOBODY = "Sign in first."
_NO_NAME = "Say in the address what the file is called, as ?name=printer.log."
_EMPTY = "The file is empty; there is nothing to send."
_POLICY = b"default-src 'none'; sandbox; frame-ancestors 'none'"
_ATTRIBUTE = "!#$&+-.^_`|~"
"""What may stand as it is in a name of RFC 8187, besides letters and digits."""


class UploadRoute(Route):
    """Takes a file whose bytes are the whole body."""

    def __init__(self, seconds: float) -> None:
        """Give each piece so many seconds to arrive."""
        super().__init__(
            API_PREFIX + FILES_PATH,
            never_called,
            methods=["POST"],
            name="attachments.upload",
            include_in_schema=False,
        )
        self._seconds = seconds

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a file, or refuse it before more than is allowed has come."""
        if scope["method"] != "POST":
            raise WrongMethod({"POST"})
        exchange = exchange_of(scope)
        exchange.operation = self.name
        view = await self._taken(exchange)
        await exchange.answer(Answer(201, view.model_dump_json().encode()))

    async def _taken(self, exchange: Exchange) -> AttachmentView:
        new = _announced(exchange)
        upload: Upload = await _called(exchange, "begin", {"new": new})
        try:
            digest, size = await self._put(exchange, upload.key)
            end = UploadEnd(size=size, sha256=digest)
            await _called(exchange, "finish", {"key": upload.key, "end": end})
        except BaseException:
            # What cannot be discarded now is swept away tomorrow.
            with suppress(DeskError):
                await _called(exchange, "discard", {"key": upload.key})
            raise
        return AttachmentView(
            key=upload.key, name=upload.name, media_type=new.media_type, size=size
        )

    async def _put(self, exchange: Exchange, key: str) -> tuple[str, int]:
        digest, size, number = hashlib.sha256(), 0, 0
        async for part in exchange.parts(PIECE_BYTES, self._seconds):
            piece = NewPiece(data=base64.b64encode(part).decode())
            number += 1
            await _called(exchange, "put", {"key": key, "number": number, "piece": piece})
            digest.update(part)
            size += len(part)
        if not size:
            raise Invalid(_EMPTY)
        return digest.hexdigest(), size


class FileRoute(Route):
    """Gives a file on a ticket."""

    def __init__(self) -> None:
        """Declare the address of all files."""
        super().__init__(
            API_PREFIX + FILES_PATH + "/{key}/file",
            never_called,
            methods=["GET"],
            name="attachments.file",
            include_in_schema=False,
        )

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give a file piece by piece."""
        if scope["method"] != "GET":
            raise WrongMethod({"GET"})
        exchange = exchange_of(scope)
        exchange.operation = self.name
        key, number = scope["path_params"]["key"], 1
        part = await _part(exchange, key, number)
        await exchange.begin(200, [*_headers_of(part.attachment)])
        while True:
            await exchange.send_part(base64.b64decode(part.data), more=part.more)
            if not part.more:
                return
            number += 1
            part = await _part(exchange, key, number)


async def _part(exchange: Exchange, key: str, number: int) -> AttachmentPart:
    part: AttachmentPart = await _called(exchange, "part", {"key": key, "number": number})
    return part


async def _called(exchange: Exchange, name: str, arguments: dict[str, Any]) -> Any:
    token = token_of(exchange)
    if token is None:
        raise SignedOut(_NOBODY)
    state, operation = state_of(exchange.scope), _OPERATIONS[name]
    source = source_of(exchange.scope)
    execute = state.desk.executor.execute
    work = partial(execute, operation, arguments, token=token, source=source)
    return await state.threads.run(operation, work)


def _announced(exchange: Exchange) -> NewAttachment:
    """Return what a request says of its file. Raises ``Invalid`` and ``Malformed``."""
    query = exchange.scope["query_string"].decode("latin-1")
    try:
        names = parse_qs(query, errors="strict", max_num_fields=10).get("name", [])
    except ValueError as error:
        raise Malformed(_NO_NAME) from error
    if len(names) != 1:
        raise Invalid(_NO_NAME, field="name")
    size = exchange.length
    if size == 0:
        raise Invalid(_EMPTY)
    kind = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
    for media_type in (kind, UNKNOWN_TYPE):
        try:
            return NewAttachment(name=names[0], size=size, media_type=media_type)
        except ValidationError as error:
            if media_type == UNKNOWN_TYPE:
                raise invalid(error) from None
    raise AssertionError("the second has returned or raised")


def _headers_of(attachment: AttachmentView) -> Headers:
    return (
        (b"content-type", UNKNOWN_TYPE.encode()),
        (b"content-length", str(attachment.size).encode()),
        (b"content-disposition", disposition_of(attachment.name).encode("ascii")),
        (b"content-security-policy", _POLICY),
        (b"x-content-type-options", b"nosniff"),
    )


def disposition_of(name: str) -> str:
    """Return the header that has a file saved under a name (RFC 6266)."""
    plain = "".join(each if each.isascii() and each.isprintable() else "_" for each in name)
    plain = plain.replace("\\", "_").replace('"', "_").replace("%", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_ATTRIBUTE)}"
