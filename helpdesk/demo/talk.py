# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets more be said on the tickets of a large desk, so that it can be measured what that costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from helpdesk.demo.records import DemoComment, DemoTicket

_PAUSE = timedelta(seconds=40)


def talked_over(tickets: Iterable[DemoTicket], each: int) -> Iterator[DemoTicket]:
    """Yield the tickets with ``each`` comments on the average; who has spoken speaks again."""
    missing = 0
    for ticket in tickets:
        missing += each - len(ticket.comments)
        if ticket.comments and missing > 0:
            more = [_said_again(ticket, place) for place in range(missing)]
            said = sorted([*ticket.comments, *more], key=lambda comment: comment.created_at)
            missing, ticket = 0, ticket._replace(comments=tuple(said))
        yield ticket


def _said_again(ticket: DemoTicket, place: int) -> DemoComment:
    turn, which = divmod(place, len(ticket.comments))
    comment = ticket.comments[which]
    # Nothing is said later than what was said last.
    last = ticket.comments[-1].created_at
    return comment._replace(created_at=min(comment.created_at + _PAUSE * (turn + 1), last))
