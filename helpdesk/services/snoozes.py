# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts tickets out of sight and lets them be seen again, whatever it is that does so.

Its clocks go on meanwhile, and it counts as open: only who works the queue does not see it.
"""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.snoozes import LONGEST, PAST, TOO_FAR, SnoozeChoice, WokenBy
from helpdesk.models import Comment
from helpdesk.repositories.snoozes import PutOff
from helpdesk.services.ticket_changes import Happened, TicketChanges, require_unmerged
from helpdesk.services.work import Work

_PEOPLE = "Only a person can snooze a ticket."
_DONE = "{number} is {status}; only open tickets can be snoozed."
_PASSED = "The time until which {number} was snoozed has passed."
_CHANGED_SINCE = "Snoozing of {number} was changed since and stays as it is."


def put_off_of(work: Work, choice: SnoozeChoice) -> PutOff:
    """Return what somebody has chosen as it is kept. Raises ``Invalid`` for no time to choose."""
    by_id, now = work.actor.id, work.now
    if by_id is None:
        raise Invalid(_PEOPLE)
    if choice.until is not None and choice.until <= now:
        raise Invalid(PAST, field="until")
    if choice.until is not None and choice.until > now + LONGEST:
        raise Invalid(TOO_FAR, field="until")
    return PutOff(choice.until, choice.until_reply, by_id, now)


def require_open(work: Work, changes: TicketChanges) -> None:
    """Raise ``Invalid`` for a ticket that is no work for anybody: there is nothing to put off."""
    ticket = changes.ticket
    require_unmerged(work, ticket)
    if not ticket.status.is_open:
        raise Invalid(_DONE.format(number=ticket.number, status=ticket.status.label))


def wake(changes: TicketChanges, by: WokenBy | None) -> None:
    """Let a ticket be seen again, and note what brought it back; a person where it is ``None``."""
    changes.happened.woken_by = by
    changes.put_off(None)


def wake_by(work: Work, changes: TicketChanges, happened: Sequence[Happened]) -> None:
    """Let a ticket be seen again where a reply or a change of its status asks for it."""
    own = changes.happened
    if own.is_new or own.put_off is not None or own.put_back is not None:
        return
    if any("status" in each.fields or _replies(each) for each in happened):
        kept = work.desk.snoozes.get(changes.ticket.id)
        why = _what_wakes(changes, kept, happened) if kept else None
        if why is not None:
            wake(changes, why)


def put_back(
    work: Work, changes: TicketChanges, expected: PutOff | None, then: PutOff | None
) -> None:
    """Put a ticket off as it was, or let it be seen again as it was.

    Raises ``Invalid`` where somebody has put it off otherwise since, or it makes no sense now.
    """
    number = changes.ticket.number
    if work.desk.snoozes.get(changes.ticket.id) != expected:
        raise Invalid(_CHANGED_SINCE.format(number=number))
    if then is not None:
        require_open(work, changes)
        if then.until is not None and then.until <= work.now:
            raise Invalid(_PASSED.format(number=number))
    changes.put_off(then)


def _what_wakes(
    changes: TicketChanges, kept: PutOff, happened: Sequence[Happened]
) -> WokenBy | None:
    if kept.until_reply:
        authors = {each.author_id for all_ in happened for each in _replies(all_)}
        if authors - {kept.by_id}:
            return WokenBy.REPLY
    moved = [each for each in happened if "status" in each.fields]
    # Who put it off may work on behind the scenes, but what is done is not put off any more.
    by_others = any(each.actor_id != kept.by_id for each in moved)
    is_over = bool(moved) and not changes.ticket.status.is_open
    return WokenBy.STATUS if by_others or is_over else None


def _replies(happened: Happened) -> list[Comment]:
    return [each for each in happened.comments if not each.internal and not each.automatic]
