# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts files that somebody has sent on a ticket or a comment, in the transaction of that."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from helpdesk.core.errors import Invalid
from helpdesk.models import Attachment, Comment
from helpdesk.models.event import EventKind
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Work

_KEY_BYTES = 16
_NOT_THERE = (
    "A file is not there any more, or was sent with something else already; attach it again."
)


class Files(NamedTuple):
    """Files that are going to be put on something."""

    own: Sequence[Attachment]
    said: str
    """What they are found by."""


def attach(work: Work, changes: TicketChanges, keys: Sequence[str]) -> None:
    """Put one's own files on a ticket that is just opened.

    Raises ``Invalid`` unless each is one's own, all there, and stands on nothing yet; which of
    these is not said.
    """
    if not keys:
        return
    files, ticket = named(work, changes, keys), changes.ticket
    work.desk.attachments.put_on(files.own, ticket.id, None, internal=False)
    work.desk.attachments.add_words(ticket.id, files.said)
    for each in files.own:
        changes.record(EventKind.ATTACHED, new=each.name)


def named(work: Work, changes: TicketChanges, keys: Sequence[str]) -> Files:
    """Return one's own files, which a comment is found by as well. Raises as ``attach`` does."""
    if not keys:
        return Files((), "")
    own = _own(work, keys)
    return Files(own, work.desk.attachments.found_by(own, changes.ticket.id))


def put_on(work: Work, files: Files, comment: Comment) -> None:
    """Put files on a comment."""
    if not files.own:
        return
    # The comment gets its number.
    work.desk.flush()
    work.desk.attachments.put_on(
        files.own, comment.ticket_id, comment.id, internal=comment.internal
    )


def copy_files(work: Work, copies: Mapping[int, Comment], most: int) -> list[str]:
    """Copy the files of comments to the copies of these, and return the names of those that stay.

    At most so many bytes are copied: everybody else waits while they are written.
    """
    files, left, stay = work.desk.attachments, most, list[str]()
    copied: list[tuple[Attachment, Comment]] = []
    work.desk.flush()
    for file in files.of_comments(list(copies)):
        if file.size > left:
            stay.append(file.name)
            continue
        left -= file.size
        copy = files.copied(file, secrets.token_hex(_KEY_BYTES))
        copied.append((copy, copies[file.comment_id or 0]))
    if copied:
        # Copies all stand on the one ticket that is new, and are public as what they are with.
        ticket_id = copied[0][1].ticket_id
        said = files.found_by([file for file, _ in copied], ticket_id)
        for file, comment in copied:
            files.put_on([file], ticket_id, comment.id, internal=comment.internal)
        files.add_words(ticket_id, said)
    return stay


def _own(work: Work, keys: Sequence[str]) -> Sequence[Attachment]:
    found = work.desk.attachments.own_pending_of(keys)
    if len(set(keys)) != len(keys) or len(found) != len(keys):
        raise Invalid(_NOT_THERE, field="attachment_keys")
    return found
