# SPDX-License-Identifier: GPL-3.0-or-later
"""Works out what of a change concerns whom: requester, assignee, followers, team, who asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helpdesk.core.schemas.notifications import Happening
from helpdesk.core.schemas.tickets import Status
from helpdesk.models import Comment, Ticket
from helpdesk.services.ticket_changes import FieldValue, Happened

_SEEN_BY_REQUESTERS = ("status", "priority", "category")
_SEEN_BY_STAFF = (*_SEEN_BY_REQUESTERS, "team")
_OF_RULES = ("status",)
"""What rules change besides is how the desk works, and no news for who asked."""


@dataclass(frozen=True, eq=False)
class Reason:
    """Why somebody is to be told: what of all that happened is about them.

    ``person_id`` is ``None`` for the people of the ticket's team, for who follows it, and for who
    asked for new tickets. ``comment`` is what was written, ``fields`` what was changed.
    """

    happening: Happening
    happened: Happened
    person_id: int | None
    comment: Comment | None = None
    fields: tuple[str, ...] = ()
    for_followers: bool = False

    def is_own_doing(self, person_id: int) -> bool:
        """Return whether somebody would be told of what they did; a receipt is no such thing."""
        is_receipt = self.happening is Happening.RECEIVED
        return self.happened.actor_id == person_id and not is_receipt


def reasons_of(ticket: Ticket, happened: Sequence[Happened]) -> list[Reason]:
    """Return everything that concerns somebody of what a call and its rules did to a ticket."""
    found = [*_of_giving(ticket, happened), *_of_team(ticket, happened)]
    for each in happened:
        found += _for_requester(ticket, each)
        found += _for_assignee(ticket, each)
        found += _for_followers(ticket, each)
        found += (Reason(Happening.WOKEN, each, id_) for id_ in _awaiting(ticket, each))
        found += (Reason(Happening.MENTIONED, each, id_, said) for id_, said in _mentions(each))
        if each.is_new:
            found.append(Reason(Happening.NEW_TICKET, each, None))
    return found


def _for_requester(ticket: Ticket, happened: Happened) -> Iterator[Reason]:
    """Yield what is news for who asked: never a note, nor how the desk shares its work."""
    person, reply = ticket.requester_id, _newest(happened, by_staff=True, internal=False)
    if happened.is_new:
        yield Reason(Happening.RECEIVED, happened, person)
    if happened.merged_into:
        yield Reason(Happening.UPDATED, happened, person)
        return
    if _is_solved(ticket, happened):
        yield Reason(Happening.SOLVED, happened, person, reply)
    if reply:
        yield Reason(Happening.ANSWERED, happened, person, reply)
    fields = _changed(ticket, happened, _OF_RULES if happened.rule else _SEEN_BY_REQUESTERS)
    if fields:
        yield Reason(Happening.UPDATED, happened, person, fields=fields)


def _for_followers(ticket: Ticket, happened: Happened) -> Iterator[Reason]:
    """Yield what is news for who follows the ticket; notes are for those of the staff alone."""
    answer = _newest(happened, by_staff=True, internal=False)
    reply = answer or _newest(happened, by_staff=False, internal=False)
    note = _newest(happened, by_staff=True, internal=True)
    if note:
        yield Reason(Happening.NOTED, happened, None, note, for_followers=True)
    if happened.is_new and "watchers" in happened.fields:
        yield Reason(Happening.FOLLOWED, happened, None, for_followers=True)
    fields = _changed(ticket, happened, _OF_RULES if happened.rule else _SEEN_BY_REQUESTERS)
    if (reply or fields or happened.reopened) and not happened.is_new:
        yield Reason(Happening.FOLLOWED, happened, None, reply, fields, for_followers=True)


def _awaiting(ticket: Ticket, happened: Happened) -> list[int]:
    """Return who put a ticket off that is back, and who has it."""
    if happened.put_off is None or happened.put_off.now is not None:
        return []
    people = (
        happened.put_off.before.by_id if happened.put_off.before else None,
        ticket.assignee_id,
    )
    return list(dict.fromkeys(id_ for id_ in people if id_ is not None))


def _mentions(happened: Happened) -> Iterator[tuple[int, Comment]]:
    """Yield whom of the staff the newest comment names, in an order of its own."""
    for id_ in sorted(happened.mentioned):
        yield id_, happened.comments[-1]


def _for_assignee(ticket: Ticket, happened: Happened) -> Iterator[Reason]:
    """Yield what is news for who works on the ticket."""
    person = ticket.assignee_id
    if person is None:
        return
    reply = _newest(happened, by_staff=False, internal=False)
    note = _newest(happened, by_staff=True, internal=True) or _newest(
        happened, by_staff=False, internal=True
    )
    answer = _newest(happened, by_staff=True, internal=False)
    if happened.reopened:
        yield Reason(Happening.REOPENED, happened, person, reply or answer)
    if reply:
        yield Reason(Happening.CUSTOMER_REPLIED, happened, person, reply)
    if note:
        yield Reason(Happening.NOTED, happened, person, note)
    fields = _changed(ticket, happened, _SEEN_BY_STAFF)
    if fields or answer:
        yield Reason(Happening.CHANGED, happened, person, answer, fields)


def _of_giving(ticket: Ticket, happened: Sequence[Happened]) -> Iterator[Reason]:
    """Yield what is news for who has got the ticket, and for who had it before."""
    gave = [each for each in happened if "assignee" in each.fields]
    if not gave:
        return
    before, now = gave[0].fields["assignee"], ticket.assignee_id
    if before == now:
        return
    if now is not None:
        yield Reason(Happening.ASSIGNED, gave[-1], now)
    if isinstance(before, int):
        yield Reason(Happening.CHANGED, gave[-1], before, fields=("assignee",))


def _of_team(ticket: Ticket, happened: Sequence[Happened]) -> Iterator[Reason]:
    gave = [each for each in happened if "team" in each.fields]
    if gave and ticket.team_id is not None and gave[0].fields["team"] != ticket.team_id:
        yield Reason(Happening.TEAM_ASSIGNED, gave[-1], None)


def _is_solved(ticket: Ticket, happened: Happened) -> bool:
    before = happened.fields.get("status")
    return isinstance(before, Status) and before.is_open and not ticket.status.is_open


def _changed(ticket: Ticket, happened: Happened, names: Sequence[str]) -> tuple[str, ...]:
    """Return which fields are different in the end; what was changed back is no news."""
    present: dict[str, FieldValue] = {
        "status": ticket.status,
        "priority": ticket.priority,
        "category": ticket.category_id,
        "team": ticket.team_id,
    }
    return tuple(
        name for name in names if name in happened.fields and happened.fields[name] != present[name]
    )


def _newest(happened: Happened, *, by_staff: bool, internal: bool) -> Comment | None:
    found = (
        comment
        for comment in reversed(happened.comments)
        if comment.by_staff is by_staff and comment.internal is internal
    )
    return next(found, None)
