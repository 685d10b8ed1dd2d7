# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the files on tickets; their bytes are read a piece at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    CursorResult,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.ticket_work import AttachmentView
from helpdesk.core.schemas.tickets import CommentView
from helpdesk.database.search import search_of
from helpdesk.database.types import is_id
from helpdesk.models import Attachment, AttachmentPiece, AuditEntry

ABOUT = "attachment"
"""What the audit log calls a file."""

_file, _piece, _entry = Attachment.__table__.c, AttachmentPiece.__table__.c, AuditEntry.__table__.c
_SHOWN = (_file.ticket_id, _file.comment_id, _file.key, _file.name, _file.media_type, _file.size)
_OF_TICKET = (
    select(*_SHOWN)
    .where(
        or_(
            _file.ticket_id.in_(bindparam("ticket_ids", expanding=True))
            & _file.comment_id.is_(None),
            _file.comment_id.in_(bindparam("comment_ids", expanding=True)),
        )
    )
    .order_by(_file.id)
)
_IS_PENDING = (_file.ticket_id.is_(None), _file.trashed_id.is_(None))
"""Whether a file stands on nothing yet; one whose ticket is in the trash is still of that."""
FOUND_LETTERS = 200 * 1024
"""So much of what the files of a ticket say is found, all of them together."""
_CUT = (
    update(Attachment.__table__)  # type: ignore[arg-type]
    .where(_file.id == bindparam("file_id"))
    .values(said=bindparam("kept"))
)
_PIECE = select(_piece.data).where(
    _piece.attachment_id == bindparam("attachment_id"), _piece.position == bindparam("position")
)


class Pieces(NamedTuple):
    """How much of a file is there."""

    number: int
    size: int
    last: int
    """The position of the last piece, -1 where there is none."""


class Pending(NamedTuple):
    """What somebody has sent that stands on nothing yet."""

    files: int
    size: int


class OnTicket(NamedTuple):
    """The files of a ticket and of some of its comments."""

    description: tuple[AttachmentView, ...]
    comments: dict[int, tuple[AttachmentView, ...]]


class AttachmentRepository:
    """The files of a desk."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom they are for."""
        self._session = session
        self._search = search_of(session)
        self._actor = actor
        self._staff = actor.may(Permission.SEE_ALL_TICKETS)

    def add(self, attachment: Attachment) -> None:
        """Store a file that is about to be sent."""
        self._session.add(attachment)
        self._session.flush()

    def own_pending(self, key: str) -> Attachment | None:
        """Return a file of the actor's own that stands on nothing yet."""
        statement = select(Attachment).where(
            _file.key == key, _file.owner_id == self._actor.id, *_IS_PENDING
        )
        return self._session.execute(statement).scalar_one_or_none()

    def own_pending_of(self, keys: Sequence[str]) -> Sequence[Attachment]:
        """Return which of some files are the actor's own, whole, and stand on nothing yet."""
        statement = (
            select(Attachment)
            .where(
                _file.key.in_(keys),
                _file.owner_id == self._actor.id,
                *_IS_PENDING,
                _file.completed_at.is_not(None),
            )
            .order_by(_file.id)
        )
        return self._session.execute(statement).scalars().all()

    def on_ticket(self, key: str) -> Attachment | None:
        """Return a file that stands on a ticket, unless it is of a note and the actor no staff."""
        found = self._by_key(key)
        if found is None or found.ticket_id is None or found.completed_at is None:
            return None
        return found if self._staff or not found.internal else None

    def of_ticket(self, ticket_id: int, comment_ids: Sequence[int]) -> OnTicket:
        """Return the files that came with a ticket, and with comments that the actor may see.

        A comment of a number below 0 is what a merged ticket of that number began with.
        """
        tickets = [ticket_id, *(-each for each in comment_ids if each < 0)]
        values = {"ticket_ids": tickets, "comment_ids": [each for each in comment_ids if each > 0]}
        found: dict[int, list[AttachmentView]] = {}
        for of_ticket, comment_id, *shown in self._session.execute(_OF_TICKET, values):
            key, name, media_type, size = shown
            view = AttachmentView(key=key, name=name, media_type=media_type, size=size)
            found.setdefault(comment_id or -of_ticket, []).append(view)
        description = tuple(found.pop(-ticket_id, ()))
        return OnTicket(description, {place: tuple(files) for place, files in found.items()})

    def put_on(
        self, files: Sequence[Attachment], ticket_id: int, comment_id: int | None, *, internal: bool
    ) -> None:
        """Put files on a ticket or a comment."""
        for each in files:
            each.ticket_id, each.comment_id, each.internal = ticket_id, comment_id, internal
        self._session.flush()

    def found_by(self, files: Sequence[Attachment], ticket_id: int) -> str:
        """Return what files are found by once they stand on a ticket, lines below each other.

        What the files of a ticket say is cut where it is more than ``FOUND_LETTERS`` in all, since
        each comment costs as much as all that its ticket is found by; names are left whole.
        """
        taken = select(func.coalesce(func.sum(func.length(_file.said)), 0))
        statement = select(
            _file.id,
            func.substr(_file.said, 1, FOUND_LETTERS),
            func.length(_file.said),
            taken.where(_file.ticket_id == ticket_id).correlate(None).scalar_subquery(),
        ).where(_file.id.in_([each.id for each in files]))
        lines, cut = list[str](), list[dict[str, object]]()
        names, used = {each.id: each.name for each in files}, 0
        for id_, said, letters, before in self._session.execute(statement.order_by(_file.id)):
            room = max(len(names[id_]), FOUND_LETTERS - before - used)
            lines.append((said or names[id_])[:room])
            used += len(lines[-1])
            if (letters or 0) > len(lines[-1]):
                cut.append({"file_id": id_, "kept": lines[-1]})
        if cut:
            self._session.connection().execute(_CUT, cut)
        return "\n".join(lines)

    def add_words(self, ticket_id: int, said: str) -> None:
        """Let a ticket be found by what its own files say."""
        self._search.add_comment(self._session, ticket_id, said, internal=False)

    def of_comments(self, comment_ids: Sequence[int]) -> Sequence[Attachment]:
        """Return the files on some comments, in their order."""
        statement = select(Attachment).where(_file.comment_id.in_(comment_ids)).order_by(_file.id)
        return self._session.execute(statement).scalars().all()

    def copied(self, file: Attachment, key: str) -> Attachment:
        """Store a file once more, which stands on nothing yet; its bytes stay in the database."""
        copy = Attachment(
            key=key,
            owner_id=file.owner_id,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
            created_at=file.created_at,
            completed_at=file.completed_at,
            said=file.said,
        )
        self.add(copy)
        pieces = select(literal(copy.id), _piece.position, _piece.data)
        self._session.execute(
            insert(AttachmentPiece).from_select(
                ["attachment_id", "position", "data"],
                pieces.where(_piece.attachment_id == file.id),
            )
        )
        return copy

    def pending(self, owner_id: int, limit: int) -> Pending:
        """Return what somebody has sent that stands on nothing yet.

        One of unknown size counts as ``limit``.
        """
        size = func.coalesce(func.sum(case((_file.size == 0, limit), else_=_file.size)), 0)
        statement = select(func.count(), size).where(_file.owner_id == owner_id, *_IS_PENDING)
        files, bytes_ = self._session.execute(statement).one()
        return Pending(files, int(bytes_))

    # --- pieces -------------------------------------------------------------------------------

    def piece(self, attachment_id: int, position: int) -> bytes | None:
        """Return a piece, or ``None`` where there is none."""
        if not is_id(position + 1):
            return None
        values = {"attachment_id": attachment_id, "position": position}
        return self._session.execute(_PIECE, values).scalar_one_or_none()

    def add_piece(self, attachment_id: int, position: int, data: bytes) -> None:
        """Store a piece."""
        row = {"attachment_id": attachment_id, "position": position, "data": data}
        self._session.execute(insert(AttachmentPiece), row)

    def pieces(self, attachment_id: int) -> Pieces:
        """Return how much of a file is there; no piece is read for it."""
        statement = select(
            func.count(),
            func.coalesce(func.sum(func.length(_piece.data)), 0),
            func.coalesce(func.max(_piece.position), -1),
        ).where(_piece.attachment_id == attachment_id)
        count, size, last = self._session.execute(statement).one()
        return Pieces(count, int(size), last)

    def complete(
        self, attachment: Attachment, *, size: int, sha256: str, said: str, at: datetime
    ) -> None:
        """Note that a file is all there."""
        values = {"size": size, "sha256": sha256, "said": said, "completed_at": at}
        self._session.execute(
            update(Attachment).where(_file.id == attachment.id).values(values),
            execution_options={"synchronize_session": False},
        )

    # --- who has taken it out -----------------------------------------------------------------

    def is_being_taken(self, attachment_id: int, since: datetime) -> bool:
        """Return whether the log tells that the actor takes a file out just now."""
        statement = select(_entry.id).where(
            _entry.about == ABOUT,
            _entry.about_id == attachment_id,
            _entry.action == AuditAction.DOWNLOADED,
            _entry.actor_id == self._actor.id,
            _entry.at >= since,
        )
        return self._session.execute(statement.limit(1)).first() is not None

    # --- sweeping -----------------------------------------------------------------------------

    def unattached(self, before: datetime, most: int) -> Sequence[int]:
        """Return some of the files that were begun before and stand on nothing yet."""
        statement = (
            select(_file.id)
            .where(_file.created_at < before, *_IS_PENDING)
            .order_by(_file.created_at)
            .limit(most)
        )
        return self._session.execute(statement).scalars().all()

    def forget(self, ids: Sequence[int]) -> int:
        """Forget files with their pieces; return how many."""
        self._session.execute(delete(AttachmentPiece).where(_piece.attachment_id.in_(ids)))
        gone = self._session.execute(delete(Attachment).where(_file.id.in_(ids)))
        return cast("CursorResult[Any]", gone).rowcount

    def _by_key(self, key: str) -> Attachment | None:
        statement = select(Attachment).where(_file.key == key)
        return self._session.execute(statement).scalar_one_or_none()


def ids_of(comments: Iterable[CommentView]) -> list[int]:
    """Return the numbers of comments."""
    return [each.id for each in comments]


def with_files(files: OnTicket, comments: Sequence[CommentView]) -> tuple[CommentView, ...]:
    """Return comments with the files that came with them."""
    return tuple(
        each.model_copy(update={"attachments": files.comments[each.id]})
        if each.id in files.comments
        else each
        for each in comments
    )
