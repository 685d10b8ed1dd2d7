# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes files piece by piece, and gives them back the same way.

A file is sent before it stands on anything: with a ticket or comment that names its key it is put
there (``attaching``), and what nobody puts anywhere is swept away a day later. It is known by a
random key alone; what it is called is only shown. Nothing of it is ever run, opened or drawn.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from datetime import timedelta

from helpdesk.core.errors import Conflict, Invalid, NotFound, TooLarge, TooManyAttempts
from helpdesk.core.file_names import safe_name
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.attachments import (
    PIECE_BYTES,
    AttachmentLimits,
    AttachmentLimitsChange,
    AttachmentPart,
    NewAttachment,
    NewPiece,
    Upload,
    UploadEnd,
)
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.ticket_work import AttachmentView
from helpdesk.core.text import NAME_LIMIT, ellipsis
from helpdesk.models import Attachment
from helpdesk.models.ticket import number_of
from helpdesk.repositories.attachments import ABOUT, Pieces
from helpdesk.repositories.desk_changes import ATTACHMENTS
from helpdesk.services.attachment_setup import attachments_of, keep_limits, limits_of
from helpdesk.services.attachment_text import READ_BYTES, said_by
from helpdesk.services.audit_trail import About, changes_of
from helpdesk.services.work import Transacted, Work

KEPT_UNATTACHED = timedelta(hours=24)
"""How long a file may wait for what it is to be put on."""
MOST_PENDING = 50
LIMITS_PENDING = 4
"""So many times the largest file somebody may have on the way at once."""
ONE_DOWNLOAD = timedelta(hours=12)
"""Within so long the pieces of a file belong to the download that its first piece began."""

_KEY_BYTES = 16
_NOBODY = "Only a person can send files; sign in."
_NO_FILE = "There is no such file that you can see."
_NO_UPLOAD = "There is no such file on the way; send it anew."
_TOO_LARGE = "A file may have at most {limit} MB; send a smaller one, or a part of it."
_TOO_MANY = (
    "Too many files of yours are on the way already; send those with a ticket or a reply first, or"
    " remove some."
)
_NOT_BASE64 = "A piece of the file cannot be read; send it again."
_WRONG_PIECE = "The pieces of the file do not fit together; send it anew."
_OTHER_PIECE = "Another piece of the file is there already; send the file anew."
_IS_WHOLE = "The file is all there already; send another one as a file of its own."
_NOT_WHOLE = "The file did not arrive as it was sent; send it anew."


class Attachments:
    """The files on tickets and comments."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/attachments/limits", permission=Permission.SUBMIT_TICKET)
    def limits(self) -> AttachmentLimits:
        """Tell how large files may be."""
        return limits_of(self._work.settings, self._work.desk.facts)

    @operation("PATCH", "/attachments/limits", permission=Permission.SET_UP_TICKETS)
    def change_limits(self, change: AttachmentLimitsChange) -> AttachmentLimits:
        """Change how large files may be; it holds for the next file that anybody sends."""
        desk, before = self._work.desk, self.limits()
        keep_limits(self._work.settings, desk.facts, change)
        after = self.limits()
        if after != before:
            about = About("settings", name="Files on tickets")
            desk.audit.set_up(about, changes_of(before, after, ("limit_mb",)))
            desk.changed(ATTACHMENTS, 1)
        return after

    @operation("POST", "/attachments/uploads", permission=Permission.SUBMIT_TICKET, creates=True)
    def begin(self, new: NewAttachment) -> Upload:
        """Begin to send a file that is to be put on a ticket or a comment."""
        limit = self._limit
        if new.size is not None and new.size > limit:
            raise self._too_large()
        desk, owner = self._work.desk, self._person()
        pending = desk.attachments.pending(owner, limit)
        is_over = pending.size + (new.size or limit) > LIMITS_PENDING * limit
        if pending.files >= MOST_PENDING or is_over:
            raise TooManyAttempts(_TOO_MANY)
        attachment = Attachment(
            key=secrets.token_hex(_KEY_BYTES),
            owner_id=owner,
            name=safe_name(new.name),
            media_type=new.media_type,
            size=new.size or 0,
            created_at=self._work.now,
            internal=False,
        )
        desk.attachments.add(attachment)
        return Upload(key=attachment.key, name=attachment.name, piece_bytes=PIECE_BYTES)

    @operation("PUT", "/attachments/{key}/pieces/{number}", permission=Permission.SUBMIT_TICKET)
    def put(self, key: str, number: int, piece: NewPiece) -> None:
        """Take a piece of a file, counted from 1; the same piece again changes nothing."""
        desk, data, position = self._work.desk, _bytes_of(piece.data), number - 1
        attachment = self._pending(desk, key)
        before = desk.attachments.piece(attachment.id, position)
        if before is not None:
            if before != data:
                raise Conflict(_OTHER_PIECE)
            return
        if attachment.completed_at is not None:
            raise Invalid(_IS_WHOLE, field="number")
        self._require_room(attachment, position, data)
        desk.attachments.add_piece(attachment.id, position, data)

    @operation(
        "POST",
        "/attachments/{key}/finish",
        permission=Permission.SUBMIT_TICKET,
        transaction=Transaction.STEPWISE,
    )
    def finish(self, key: str, end: UploadEnd) -> None:
        """Say that a file is all there; it is, where size and SHA-256 agree.

        A second time changes nothing.
        """
        with self._work.step(writes=False) as desk:
            attachment = self._pending(desk, key)
            id_, name = attachment.id, attachment.name
            if attachment.completed_at is not None:
                if (attachment.size, attachment.sha256) != (end.size, end.sha256):
                    raise Invalid(_NOT_WHOLE)
                return
            self._require_whole(attachment, desk.attachments.pieces(id_), end)
        # Nobody is kept from writing while all of it is read; a piece is never replaced.
        digest, said = self._read(id_, name, end)
        if digest != end.sha256:
            raise Invalid(_NOT_WHOLE)
        with self._work.step(writes=True) as desk:
            attachment = self._pending(desk, key)
            self._require_whole(attachment, desk.attachments.pieces(id_), end)
            desk.attachments.complete(
                attachment, size=end.size, sha256=digest, said=said, at=self._work.now
            )

    @operation("DELETE", "/attachments/{key}", permission=Permission.SUBMIT_TICKET)
    def discard(self, key: str) -> None:
        """Forget a file that one has sent, or begun to send, and put on nothing."""
        desk = self._work.desk
        desk.attachments.forget([self._pending(desk, key).id])

    @operation("GET", "/attachments/{key}/pieces/{number}", permission=Permission.SEE_OWN_TICKETS)
    def part(self, key: str, number: int) -> AttachmentPart:
        """Read a piece of a file on a ticket, counted from 1; the first one begins a download."""
        desk, position = self._work.desk, number - 1
        attachment = desk.attachments.on_ticket(key)
        if attachment is None or not self._is_shown(attachment.ticket_id or 0):
            raise NotFound(_NO_FILE)
        data = desk.attachments.piece(attachment.id, position)
        if data is None:
            raise NotFound(_NO_FILE)
        self._note_download(attachment, position)
        return AttachmentPart(
            attachment=view_of(attachment),
            sha256=attachment.sha256 or "",
            data=base64.b64encode(data).decode(),
            more=(position + 1) * PIECE_BYTES < attachment.size,
        )

    def _is_shown(self, ticket_id: int) -> bool:
        """Return whether a ticket may be seen, or one whose conversation it was merged into."""
        desk = self._work.desk
        return desk.tickets.visible(ticket_id) or any(
            desk.tickets.visible(each) for each in desk.merges.survivors_of(ticket_id)
        )

    def _note_download(self, attachment: Attachment, position: int) -> None:
        """Enter a download once, and also one that leaves out the first piece."""
        desk, now = self._work.desk, self._work.now
        if position and desk.attachments.is_being_taken(attachment.id, now - ONE_DOWNLOAD):
            return
        about = About(ABOUT, attachment.id, ellipsis(attachment.name, NAME_LIMIT))
        told = [("Ticket", "", number_of(attachment.ticket_id or 0))]
        desk.audit.add(AuditAction.DOWNLOADED, about, told)

    def _pending(self, desk: Transacted, key: str) -> Attachment:
        self._person()
        attachment = desk.attachments.own_pending(key)
        if attachment is None:
            raise NotFound(_NO_UPLOAD)
        return attachment

    def _require_room(self, attachment: Attachment, position: int, data: bytes) -> None:
        """Raise for a piece that does not lie within the file that was begun."""
        most = attachment.size or self._limit
        begins = position * PIECE_BYTES
        if position < 0 or begins + len(data) > most:
            if attachment.size == 0 and position >= 0:
                raise self._too_large()
            raise Invalid(_WRONG_PIECE, field="number")
        is_last = len(data) < PIECE_BYTES
        if is_last and attachment.size and begins + len(data) != attachment.size:
            raise Invalid(_WRONG_PIECE, field="data")

    def _require_whole(self, attachment: Attachment, pieces: Pieces, end: UploadEnd) -> None:
        count = -(-end.size // PIECE_BYTES)
        is_whole = pieces == Pieces(count, end.size, count - 1)
        if not is_whole or attachment.size not in (0, end.size):
            raise Invalid(_NOT_WHOLE)

    def _read(self, attachment_id: int, name: str, end: UploadEnd) -> tuple[str, str]:
        """Return the SHA-256 of a file and what it says, with one piece in memory."""
        digest, beginning = hashlib.sha256(), b""
        for position in range(-(-end.size // PIECE_BYTES)):
            with self._work.step(writes=False) as desk:
                data = desk.attachments.piece(attachment_id, position) or b""
            digest.update(data)
            if len(beginning) < READ_BYTES:
                beginning += data
        return digest.hexdigest(), said_by(name, beginning)

    @property
    def _limit(self) -> int:
        return attachments_of(self._work.settings, self._work.desk.facts).limit_bytes

    def _too_large(self) -> TooLarge:
        limit = attachments_of(self._work.settings, self._work.desk.facts).limit_mb
        return TooLarge(_TOO_LARGE.format(limit=limit), field="size")

    def _person(self) -> int:
        if self._work.actor.id is None:
            raise Invalid(_NOBODY)
        return self._work.actor.id


def view_of(attachment: Attachment) -> AttachmentView:
    """Return what is shown of a file."""
    return AttachmentView(
        key=attachment.key,
        name=attachment.name,
        media_type=attachment.media_type,
        size=attachment.size,
    )


def _bytes_of(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(_NOT_BASE64, field="data") from error
    if not 0 < len(data) <= PIECE_BYTES:
        raise Invalid(_NOT_BASE64, field="data")
    return data
