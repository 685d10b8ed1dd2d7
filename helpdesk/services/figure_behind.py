# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the tickets behind a number: which day is walked, and what else holds of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.figures import Behind, Measure, Split
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Priority, Status
from helpdesk.figures.measures import BANDS, DAYLIKE, MEANINGS, SCORES, Kind
from helpdesk.figures.periods import FIRST_DAY, Days, days_of, stretch_of
from helpdesk.repositories.behind import OPEN_AT, BehindWalk
from helpdesk.repositories.due_tickets import Due
from helpdesk.services.figure_scope import PART_COLUMNS, allowed, filters_of, today_of
from helpdesk.services.work import Work

_DUE = {Measure.OVERDUE: Due.OVERDUE, Measure.DUE_SOON: Due.SOON}
_NO_PART = "There is no such part of this figure; open the dashboard again."
_NO_TICKETS = "No tickets stand behind this figure; choose another."
_LARGEST = 2**63 - 1


@dataclass(slots=True)
class _Found:
    """What has been found of the tickets behind a number so far."""

    days: Days | None
    conditions: list[tuple[str, str, Any]]


def walk_of(work: Work, behind: Behind | None) -> BehindWalk | None:
    """Return the tickets behind a number, of those whose figures the caller may see.

    Raises ``Invalid`` for a part that there is not.
    """
    if behind is None:
        return None
    if behind.measure is Measure.AVOIDED:
        raise Invalid(_NO_TICKETS, field="behind")
    meaning, today = MEANINGS[behind.measure], today_of(work).day
    period = days_of(behind.span, today)
    found = _Found(period if meaning.kind.is_of_days else None, list(meaning.conditions))
    # Of others a technician may read each ticket, but never count what they come to.
    scope = allowed(work, behind.scope)
    found.conditions += [(name, "=", value) for name, value in filters_of(scope)]
    if behind.met is not None and meaning.met is not None:
        found.conditions.append(meaning.met[0 if behind.met else 1])
    if behind.split is not Split.NONE and behind.part:
        _take_part(found, behind, period, today)
    days = (found.days.first, found.days.last) if found.days else None
    due = _DUE.get(behind.measure)
    return BehindWalk.along(meaning.day, days, tuple(found.conditions), due, work.now)


def _take_part(found: _Found, behind: Behind, period: Days, today: int) -> None:
    split, part = behind.split, behind.part
    if split in DAYLIKE:
        stretch = stretch_of(part, split, period)
        if stretch is None:
            raise Invalid(_NO_PART, field="behind")
        if MEANINGS[behind.measure].kind.is_of_days:
            found.days = stretch.days
        else:
            _go_back(found, stretch.days.last, today)
    elif split is Split.AGE:
        band = next((band for band in BANDS if band.key == part), None)
        if band is None:
            raise Invalid(_NO_PART, field="behind")
        first = FIRST_DAY if band.most is None else today - band.most
        # What a clock that was put back since has dated ahead is as young as can be.
        found.days = Days(first, _LARGEST if band.least == 0 else today - band.least)
    elif split is Split.STATUS and MEANINGS[behind.measure].kind is Kind.STATUS_TIME:
        # Of each such ticket it is known how long it was in every status.
        return
    else:
        column = "score" if split is Split.SCORE else PART_COLUMNS[split]
        found.conditions.append((column, "=", _part(split, part)))


def _go_back(found: _Found, day: int, today: int) -> None:
    """Find what was open at the end of a day, instead of what is now."""
    if day >= today:
        return
    found.conditions = [each for each in found.conditions if each[1] != "open"]
    found.conditions.append((OPEN_AT, "=", day))
    found.days = Days(FIRST_DAY, day)


def _part(split: Split, part: str) -> Any:
    try:
        if split is Split.PRIORITY:
            return Priority(part)
        if split is Split.STATUS:
            return _open_status(part)
        number = int(part)
    except ValueError:
        raise Invalid(_NO_PART, field="behind") from None
    most = len(SCORES) if split is Split.SCORE else _LARGEST
    if not 0 <= number <= most:
        raise Invalid(_NO_PART, field="behind")
    return number


def _open_status(part: str) -> Status:
    status = Status(part)
    if status not in OPEN_STATUSES:
        raise ValueError(part)
    return status
