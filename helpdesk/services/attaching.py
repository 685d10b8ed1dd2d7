# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts files that somebody has sent on a ticket or a comment, in the transaction of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from helpdesk.core.errors import Invalid
from helpdesk.models import Attachment, Comment
from helpdesk.models.event import EventKind
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Work

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


def _own(work: Work, keys: Sequence[str]) -> Sequence[Attachment]:
    found = work.desk.attachments.own_pending_of(keys)
    if len(set(keys)) != len(keys) or len(found) != len(keys):
        raise Invalid(_NOT_THERE, field="attachment_keys")
    return found
