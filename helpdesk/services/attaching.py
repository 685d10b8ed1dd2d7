# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts files that somebody has sent on a ticket or a comment, in the transaction of that."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from helpdesk.core.errors import Invalid
from helpdesk.models import Attachment, Comment
from helpdesk.models.event import EventKind
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Work

_KEY_BYTES = 16
_NOT_THERE = (
    "A file is not there any more, or was sent with something else already; attach it again."
)


def attach(
    work: Work, changes: TicketChanges, keys: Sequence[str], comment: Comment | None = None
) -> None:
    """Put one's own files on a ticket, or on a comment of it.

    Raises ``Invalid`` unless each is one's own, all there, and stands on nothing yet; which of
    these is not said.
    """
    if not keys:
        return
    files = _own(work, keys)
    ticket = changes.ticket
    # The comment gets its number.
    work.desk.flush()
    internal = comment is not None and comment.internal
    comment_id = comment.id if comment is not None else None
    work.desk.attachments.put_on(files, ticket.id, comment_id, internal=internal)
    if comment is None:
        for each in files:
            changes.record(EventKind.ATTACHED, new=each.name)


def copy_files(work: Work, copies: Mapping[int, Comment], most: int) -> list[str]:
    """Copy the files of comments to the copies of these, and return the names of those that stay.

    At most so many bytes are copied: everybody else waits while they are written.
    """
    files, left, stay = work.desk.attachments, most, list[str]()
    work.desk.flush()
    for file in files.of_comments(list(copies)):
        if file.size > left:
            stay.append(file.name)
            continue
        left -= file.size
        copy = copies[file.comment_id or 0]
        key = secrets.token_hex(_KEY_BYTES)
        files.put_on([files.copied(file, key)], copy.ticket_id, copy.id, internal=copy.internal)
    return stay


def _own(work: Work, keys: Sequence[str]) -> Sequence[Attachment]:
    found = work.desk.attachments.own_pending_of(keys)
    if len(set(keys)) != len(keys) or len(found) != len(keys):
        raise Invalid(_NOT_THERE, field="attachment_keys")
    return found
