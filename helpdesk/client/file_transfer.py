# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends files to the desk and saves those of tickets, piece by piece.

Each step takes one piece, so that whoever takes the steps can show how far it is, stop, and let
others go first. Nothing of a file that was stopped is left where it was to be saved.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import mimetypes
import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import BinaryIO

from helpdesk.client.exports import growing
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.file_names import safe_name
from helpdesk.core.schemas.attachments import UNKNOWN_TYPE, NewAttachment, NewPiece, UploadEnd
from helpdesk.core.schemas.ticket_work import AttachmentView

Progress = Callable[[int, int], None]
"""Called with the bytes done and those of the whole file."""

_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+_-]{0,100}")
_UNREADABLE = "{name} cannot be read ({why}); choose another file."
_EMPTY = "{name} is empty; there is nothing to send."
_CHANGED = "{name} was changed while it was sent; send it again."
_BROKEN = "{name} did not arrive as it was sent; save it again."


def _nothing(_done: int, _total: int) -> None:
    """Tell nobody."""


class Outgoing:
    """A file on its way to the desk, which goes on where it was broken off."""

    def __init__(self, name: str, source: Path | bytes) -> None:
        """Keep where the bytes are; nothing is read yet."""
        self.name = safe_name(name)
        self.source = source
        self._key: str | None = None
        self._sent = 0
        self._piece_bytes = 0

    def send(self, desk: HelpDesk, progress: Progress = _nothing) -> AttachmentView:
        """Send all of it, or what is missing, and return how the desk knows it."""
        steps = self.steps(desk)
        while True:
            try:
                progress(*next(steps))
            except StopIteration as end:
                view: AttachmentView = end.value
                return view

    def steps(self, desk: HelpDesk) -> Generator[tuple[int, int], None, AttachmentView]:
        """Send it step by step, each yields how much is done and how much there is.

        Raises ``Invalid`` for a file that cannot be read, and what the desk raises.
        """
        try:
            with self._opened() as file:
                size = file.seek(0, io.SEEK_END)
                file.seek(0)
                return (yield from self._sending(desk, file, size))
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Invalid(_UNREADABLE.format(name=self.name, why=why)) from error

    def forget(self, desk: HelpDesk) -> None:
        """Take back what was sent of it."""
        key, self._key = self._key, None
        if key is not None:
            desk.attachments.discard(key)

    def _sending(
        self, desk: HelpDesk, file: BinaryIO, size: int
    ) -> Generator[tuple[int, int], None, AttachmentView]:
        if not size:
            raise Invalid(_EMPTY.format(name=self.name))
        if self._key is None:
            new = NewAttachment(name=self.name, size=size, media_type=type_of(self.name))
            begun = desk.attachments.begin(new)
            self._key, self._piece_bytes, self._sent = begun.key, begun.piece_bytes, 0
        try:
            return (yield from self._pieces(desk, self._key, file, size))
        except (NotFound, Invalid):
            # It is there no more, or was changed here: another try begins anew.
            self._key = None
            raise

    def _pieces(
        self, desk: HelpDesk, key: str, file: BinaryIO, size: int
    ) -> Generator[tuple[int, int], None, AttachmentView]:
        digest, done, number = hashlib.sha256(), 0, 0
        while data := file.read(self._piece_bytes):
            digest.update(data)
            done, number = done + len(data), number + 1
            if done > size:
                break
            if number > self._sent:
                piece = NewPiece(data=base64.b64encode(data).decode())
                desk.attachments.put(key, number, piece)
                self._sent = number
                yield done, size
        if done != size:
            raise Invalid(_CHANGED.format(name=self.name))
        desk.attachments.finish(key, UploadEnd(size=size, sha256=digest.hexdigest()))
        return AttachmentView(key=key, name=self.name, media_type=type_of(self.name), size=size)

    def _opened(self) -> BinaryIO:
        if isinstance(self.source, bytes):
            return io.BytesIO(self.source)
        return self.source.open("rb")


def save(
    desk: HelpDesk, attachment: AttachmentView, target: Path, progress: Progress = _nothing
) -> None:
    """Save a file of a ticket at once; what it raises, ``saving`` raises."""
    for done in saving(desk, attachment, target):
        progress(*done)


def saving(
    desk: HelpDesk, attachment: AttachmentView, target: Path
) -> Generator[tuple[int, int], None, None]:
    """Save a file of a ticket, whole or not at all, and without the right to be run.

    Raises ``NotWritten``, ``Invalid`` where it arrives otherwise than it was sent, and what the
    desk raises.
    """
    digest, done, number, more = hashlib.sha256(), 0, 1, True
    with growing(target) as file:
        while more:
            part = desk.attachments.part(attachment.key, number)
            data = _bytes_of(part.data)
            file.write(data)
            digest.update(data)
            done, number, more = done + len(data), number + 1, part.more
            yield done, attachment.size
        if (done, digest.hexdigest()) != (part.attachment.size, part.sha256):
            raise Invalid(_BROKEN.format(name=attachment.name))


def type_of(name: str) -> str:
    """Return the media type that a name tells of."""
    found = (mimetypes.guess_type(name)[0] or "").lower()
    return found if _TYPE.fullmatch(found) else UNKNOWN_TYPE


def _bytes_of(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(_BROKEN.format(name="The file")) from error
