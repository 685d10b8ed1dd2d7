# SPDX-License-Identifier: GPL-3.0-or-later
"""Service levels: business hours, policies, and the clocks that tickets are measured by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from helpdesk.core.schemas.base import Id, Request, Result
from helpdesk.core.schemas.base import IsoDay as IsoDay
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.tickets import ChosenIds, Priority
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import Line, one_line

DAY_MINUTES = 24 * 60
MOST_SLOTS = 42
MOST_DAYS = 1_000
LONGEST_MINUTES = 5 * 366 * DAY_MINUTES


def _present(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


Name = Annotated[Line, AfterValidator(_present)]
Minutes = Annotated[int, Field(ge=1, le=LONGEST_MINUTES)]
ZoneName = Annotated[Line, AfterValidator(_present)]
"""A time zone of the IANA database, such as 'Europe/Berlin'."""


# --- business hours -----------------------------------------------------------------------------


class Slot(Request):
    """Working hours of a weekday (Monday is 0), in minutes since midnight of that day.

    ``end`` beyond 1,440 is on the next day: a night shift from 22:00 to 6:00 is 1,320 to 1,800.
    """

    day: Annotated[int, Field(ge=0, le=6)]
    begin: Annotated[int, Field(ge=0, lt=DAY_MINUTES)]
    end: Annotated[int, Field(gt=0, le=2 * DAY_MINUTES)]

    @model_validator(mode="after")
    def _lasts(self) -> Slot:
        if not self.begin < self.end <= self.begin + DAY_MINUTES:
            raise ValueError("A slot ends after it begins, and within a day.")
        return self


class OwnHoliday(Request):
    """A day on which nobody works, as the desk has set it itself."""

    day: IsoDay
    name: Line


class CalendarSettings(Request):
    """When a desk or a team works. Minutes of a holiday never count.

    ``country`` and ``region`` are codes of the ``holidays`` library, such as 'DE' and 'BE'.
    ``feeds`` are addresses of iCalendar files whose all-day entries are holidays.
    """

    name: Name
    time_zone: ZoneName
    slots: Annotated[tuple[Slot, ...], Field(max_length=MOST_SLOTS)]
    country: Annotated[str, one_line(3), StringConstraints(max_length=3)] = ""
    region: Annotated[str, one_line(20), StringConstraints(max_length=20)] = ""
    holidays: Annotated[tuple[OwnHoliday, ...], Field(max_length=MOST_DAYS)] = ()
    feeds: Annotated[tuple[Line, ...], Field(max_length=5)] = ()


class CalendarChange(CalendarSettings):
    """The new settings of a calendar, whole."""

    version: int


class FeedState(Result):
    """A subscribed file of holidays, and how it was read the last time."""

    url: str
    read_at: datetime | None
    days: int
    problem: str = ""


class CalendarView(Result):
    """A calendar as it is in force."""

    id: int
    name: str
    time_zone: str
    slots: tuple[Slot, ...]
    country: str
    region: str
    holidays: tuple[OwnHoliday, ...]
    feeds: tuple[FeedState, ...]
    is_default: bool
    """Whether tickets without a policy of their own, and new policies, use it."""
    policies: int
    version: int


class HolidayView(Result):
    """A day on which nobody works, and where it comes from."""

    day: str
    name: str
    source: str
    """'own', 'country' or the address of a feed."""


class CalendarPreviewAsk(Request):
    """Settings of a calendar to look at before they are saved, from a day on."""

    settings: CalendarSettings
    first_day: IsoDay
    days: Annotated[int, Field(ge=1, le=400)] = 31


class WorkingPart(Result):
    """Time without a break, working or not, and why not: 'New Year', 'outside of hours'."""

    begin: datetime
    end: datetime
    works: bool
    why: str = ""


class CalendarPreview(Result):
    """What a calendar makes of some days."""

    parts: tuple[WorkingPart, ...]
    holidays: tuple[HolidayView, ...]
    minutes: int


class HolidayCountry(Result):
    """A country whose holidays are known, with its regions."""

    code: str
    name: str
    regions: tuple[str, ...]
    region_names: tuple[str, ...]
    """What the regions are called, in the same order; the code where no name is known."""


# --- policies -----------------------------------------------------------------------------------


class Target(Request):
    """Within how many minutes of business hours, for one priority; ``None`` is not measured."""

    priority: Priority
    first_response: Minutes | None = None
    next_response: Minutes | None = None
    resolution: Minutes | None = None


class PolicySettings(Request):
    """Whose tickets are measured by which targets. Empty choices mean 'any'.

    Of several policies that match, the one that stands first counts; a priority without a
    target here is left to the next one.
    """

    name: Name
    active: bool = True
    calendar_id: Id
    targets: Annotated[tuple[Target, ...], Field(min_length=1, max_length=4)]
    category_ids: ChosenIds = ()
    team_ids: ChosenIds = ()
    requester_ids: ChosenIds = ()

    @model_validator(mode="after")
    def _one_target_each(self) -> PolicySettings:
        if len({target.priority for target in self.targets}) != len(self.targets):
            raise ValueError("Each priority has one row of targets.")
        return self


class PolicyChange(PolicySettings):
    """The new settings of a policy, whole."""

    version: int


class PolicyOrder(Request):
    """The ids of all policies in the order in which they are asked."""

    policy_ids: ChosenIds


class PolicyView(Result):
    """A policy as it is in force."""

    id: int
    name: str
    position: int
    active: bool
    calendar_id: int
    calendar: str
    targets: tuple[Target, ...]
    category_ids: tuple[int, ...]
    team_ids: tuple[int, ...]
    requesters: tuple[PersonRef, ...]
    open_tickets: int
    version: int


class WhatIfAsk(Request):
    """A policy to try on the tickets of the last days before it is saved.

    ``policy_id`` is the one it would replace; ``None`` tries it as a new one that stands first.
    ``calendar`` takes the place of the calendar it names, to try other hours.
    """

    policy: PolicySettings
    policy_id: Id | None = None
    calendar: CalendarSettings | None = None
    days: Annotated[int, Field(ge=1, le=366)] = 90


class WhatIfShare(Result):
    """What became of the clocks of a kind, as it was and as it would have been."""

    kind: ClockKind
    measured: int
    met_before: int
    met_then: int


class WhatIfTicket(Result):
    """A ticket that would have fared differently."""

    ticket_id: int
    number: str
    subject: str
    kind: ClockKind
    met_before: bool
    due_before: datetime | None
    due_then: datetime


class WhatIf(Result):
    """How the last days would have gone under a changed policy.

    Histories are replayed as they are kept; where more than ``looked_at`` tickets match, the
    newest were taken.
    """

    days: int
    tickets: int
    looked_at: int
    shares: tuple[WhatIfShare, ...]
    changed: tuple[WhatIfTicket, ...]
    changed_total: int
    """How many there are, of which ``changed`` are the first."""


def day_of(text: str) -> date:
    """Return the day that an ``IsoDay`` names. Raises ``ValueError`` for one that is not."""
    return date.fromisoformat(text)
