# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have said or decided on a ticket since somebody began to write on it."""

from __future__ import annotations

from typing import NamedTuple

from helpdesk.core.schemas.tickets import (
    NEWS_FIELDS,
    NEWS_KINDS,
    CommentView,
    EventView,
    TicketView,
)

_PROGRAM = "Help Desk"


class News(NamedTuple):
    """What came since an entry of the history, by others."""

    changes: tuple[EventView, ...]
    """The oldest first."""
    comments: tuple[CommentView, ...]

    @property
    def sentence(self) -> str:
        """What happened, in one line."""
        if self.comments:
            last = self.comments[-1]
            what = "wrote a note" if last.internal else "replied"
            others = len({each.author.id for each in self.comments}) - 1
            more = f" and {others} more" if others else ""
            return f"{last.author.full_name}{more} {what} while you were writing."
        return f"{words_of(self.changes[-1])} while you were writing." if self.changes else ""


def newest_event(ticket: TicketView) -> int | None:
    """Return the newest entry of the history that a state of a ticket shows."""
    return max((each.id for each in ticket.events), default=None)


def news_since(ticket: TicketView, seen: int | None, own_id: int) -> News:
    """Return what others did since an entry of the history; nothing where none is known."""
    if seen is None:
        return News((), ())
    fresh = [each for each in ticket.events if each.id > seen and _counts(each, own_id)]
    said = [each for each in fresh if each.kind in ("commented", "noted")]
    comments: tuple[CommentView, ...] = ()
    if said:
        since = min(each.at for each in said)
        comments = tuple(
            each
            for each in ticket.comments
            if each.created_at >= since and each.author.id != own_id
        )[-len(said) :]
    changes = tuple(each for each in reversed(fresh) if each not in said)
    return News(changes, comments)


def words_of(event: EventView) -> str:
    """Return who did what, such as 'Bob Keller set the status to Resolved'."""
    who = event.actor.full_name if event.actor else _PROGRAM
    if event.kind == "reopened":
        return f"{who} reopened the ticket"
    if event.kind in ("merged", "unmerged"):
        done = "merged" if event.kind == "merged" else "took apart"
        return f"{who} {done} the ticket ({event.field or ''} {event.new or ''})".strip()
    if event.field == "assignee":
        whom = event.new or "nobody"
        return f"{who} assigned the ticket to {whom}"
    return f"{who} set the {event.field} to {event.new or 'none'}"


def _counts(event: EventView, own_id: int) -> bool:
    if event.actor is not None and event.actor.id == own_id:
        return False
    return event.kind in NEWS_KINDS or (event.kind == "changed" and event.field in NEWS_FIELDS)
