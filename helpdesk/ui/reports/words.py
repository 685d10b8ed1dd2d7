# SPDX-License-Identifier: GPL-3.0-or-later
"""How reports, and when they are sent, are said."""

from __future__ import annotations

from typing import Final, NamedTuple

from helpdesk.core.schemas.figures import Scope
from helpdesk.core.schemas.reports import ReportKind, Rhythm, ScheduleSettings
from helpdesk.ui.dashboard.numbers import WEEKDAYS

_LAST_DAY = 31


class KindWords(NamedTuple):
    """A report's name, and what it is good for."""

    name: str
    sentence: str


KINDS: Final[dict[ReportKind, KindWords]] = {
    ReportKind.SUMMARY: KindWords("Summary", "How the desk did, on one page."),
    ReportKind.SLA: KindWords("Service levels", "What was answered and resolved in time."),
    ReportKind.TECHNICIANS: KindWords("Technicians", "What each has solved, and has open now."),
    ReportKind.SATISFACTION: KindWords("Satisfaction", "How people rated the solutions."),
    ReportKind.CATEGORIES: KindWords("Categories and trends", "What came more often than before."),
    ReportKind.AGEING: KindWords("Ageing", "What is open, and for how long."),
    ReportKind.KNOWLEDGE: KindWords("Knowledge base", "What articles answered by themselves."),
}
RHYTHMS: Final = (
    (Rhythm.DAILY, "Every day"),
    (Rhythm.WEEKLY, "Every week"),
    (Rhythm.MONTHLY, "Every month"),
)


def rhythm_words(rhythm: Rhythm, weekday: int, day: int, minute: int) -> str:
    """Say when a report is sent: "every Monday at 08:00"."""
    at = f"at {minute // 60:02}:{minute % 60:02}"
    if rhythm is Rhythm.DAILY:
        return f"every day {at}"
    if rhythm is Rhythm.WEEKLY:
        return f"every {WEEKDAYS[weekday]} {at}"
    if day == _LAST_DAY:
        return f"on the last day of every month {at}"
    return f"on day {day} of every month {at}"


def when_words(settings: ScheduleSettings) -> str:
    """Say when a schedule sends its report, and in which zone that is meant."""
    said = rhythm_words(settings.rhythm, settings.weekday, settings.day, settings.minute)
    return f"{said} ({settings.time_zone})"


def with_whose(scope: Scope, chosen: Scope) -> Scope:
    """Return a scope with another team or technician."""
    whose = {"team_id": chosen.team_id, "technician_id": chosen.technician_id}
    return scope.model_copy(update=whose)


def with_which(scope: Scope, chosen: Scope) -> Scope:
    """Return a scope with another category or priority."""
    which = {"category_id": chosen.category_id, "priority": chosen.priority}
    return scope.model_copy(update=which)
