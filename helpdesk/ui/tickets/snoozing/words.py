# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a snooze, and the moments that are usual for one."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import NamedTuple

from helpdesk.core.schemas.ticket_work import SnoozeView
from helpdesk.core.schemas.tickets import EventView, TicketRow
from helpdesk.ui.widgets.times import clock_time, day_words, full_time, weekday

KINDS = ("snoozed", "woken")
"""Kinds of entries of the history that tell of it."""
RECURRED = "recurred"
"""The kind of entry by which a recurring ticket says where it came from."""
_MORNING = time(9)
_LATER = timedelta(hours=3)
_HOUR = timedelta(hours=1)
_WEEK = 7
_WOKEN = {
    "time": "It is back in the queue: its time has come",
    "reply": "It is back in the queue by a reply ({who})",
    "status": "It is back in the queue by its new status ({who})",
}


class Usual(NamedTuple):
    """A moment that many choose."""

    words: str
    moment: datetime


def usual_moments(now: datetime) -> list[Usual]:
    """Return the usual moments by the clock of who chooses; each moment is offered once."""
    here = now.astimezone()
    later = (here + _LATER + _HOUR).replace(minute=0, second=0, microsecond=0)
    found = [Usual("Later today", later)] if later.date() == here.date() else []
    to_monday = -here.weekday() % _WEEK
    days = {"Tomorrow": 1, "Monday": to_monday, "Next week": _WEEK}
    if to_monday <= 1:
        # It is tomorrow, or in a week.
        del days["Monday"]
    return found + [Usual(words, morning(here, after)) for words, after in days.items()]


def morning(now: datetime, days: int) -> datetime:
    """Return the local morning so many days later."""
    day = now.astimezone().date() + timedelta(days=days)
    return datetime.combine(day, _MORNING).astimezone()


def snooze_words(snooze: SnoozeView, now: datetime) -> str:
    """Say until when a ticket is out of sight: "Snoozed until Tue 1 Dec, 09:00 or a reply"."""
    until = [_moment(snooze.until, now)] if snooze.until else []
    reply = ["a reply"] if snooze.until_reply else []
    return f"Snoozed until {' or '.join(until + reply)}"


def row_snooze(row: TicketRow, now: datetime) -> str | None:
    """Say the same of a row, which does not know whether a reply ends it, too."""
    if not row.snoozed:
        return None
    until = _moment(row.snoozed_until, now) if row.snoozed_until else "a reply"
    return f"Snoozed until {until}"


def snooze_sentence(event: EventView, who: str) -> str:
    """Say an entry of the history in words."""
    if event.kind == "woken":
        return _WOKEN.get(event.new or "", "{who} woke it").format(who=who)
    until = [full_time(datetime.fromisoformat(event.new))] if event.new else []
    reply = ["a reply"] if event.field == "reply" else []
    return f"{who} snoozed it until {' or '.join(until + reply)}"


def recurred_sentence(event: EventView, _who: str) -> str:
    """Say which plan opened a ticket, and whether it left out dates that were missed."""
    more = f" ({event.new})" if event.new else ""
    return f"Opened by the recurring ticket \u201c{event.field}\u201d{more}"


def _moment(moment: datetime, now: datetime) -> str:
    return f"{weekday(moment)} {day_words(moment, now)}, {clock_time(moment)}"
