# SPDX-License-Identifier: GPL-3.0-or-later
"""Time that the staff works on tickets: measured by a timer, or entered by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from helpdesk.core.schemas.base import Moment, Request, Result
from helpdesk.core.schemas.ticket_work import TicketRef
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import Line

MOST_SECONDS = 24 * 3_600
"""Nobody works longer at a stretch."""
LONG_SECONDS = 12 * 3_600
"""A timer that has run so long was forgotten: who stops it says how long it really was."""
SHOWN = 200
"""So many entries of a ticket are listed, the newest; all are in its sums."""

Seconds = Annotated[int, Field(ge=1, le=MOST_SECONDS)]


class TimeSpent(Request):
    """How long somebody worked, from when, and at what; it has ended by now."""

    started_at: Moment
    seconds: Seconds
    note: Line = ""


class TimeChange(TimeSpent):
    """An entry as it is to be; ``seen`` is how whoever calls has read it."""

    seen: TimeSpent


class TimerStop(Request):
    """What was done while a timer ran, and how long it really was, if not as long as it ran."""

    note: Line = ""
    seconds: Seconds | None = None


class TimeEntryView(Result):
    """Time of somebody on a ticket."""

    id: int
    person: PersonRef
    started_at: datetime
    ended_at: datetime | None
    """``None`` while the timer runs."""
    seconds: int
    """Nothing while it runs."""
    note: str
    may_change: bool


class PersonTime(Result):
    """How long somebody worked on a ticket in all."""

    person: PersonRef
    seconds: int


class TicketTime(Result):
    """The time on a ticket: its entries, the newest first, and its sums without what runs."""

    entries: tuple[TimeEntryView, ...]
    people: tuple[PersonTime, ...]
    """Who worked longest first."""
    undo: int | None = None
    """The deed by which what was just done is undone."""

    @property
    def seconds(self) -> int:
        """All of it."""
        return sum(each.seconds for each in self.people)


class RunningTimer(Result):
    """The timer of somebody that runs."""

    id: int
    ticket: TicketRef
    started_at: datetime
    at: datetime
    """The present moment where the desk is: other clocks may go otherwise."""

    @property
    def seconds(self) -> int:
        """How long it has run."""
        return max(0, int((self.at - self.started_at).total_seconds()))

    @property
    def is_long(self) -> bool:
        """Whether it was probably forgotten."""
        return self.seconds >= LONG_SECONDS


class TimerState(Result):
    """The timer of whoever calls: the one that runs, and the time that was just taken by it."""

    running: RunningTimer | None
    stopped: StoppedTimer | None = None


class StoppedTimer(Result):
    """A timer that has ended, on which ticket and after how long."""

    id: int
    ticket: TicketRef
    seconds: int
    undo: int | None = None
    """The deed by which the time is taken away again."""


TimerState.model_rebuild()
