# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps which reports are sent by themselves, when, and to whom."""

from __future__ import annotations

import logging
from functools import cached_property

from pydantic import ValidationError

from helpdesk.core.errors import Conflict, Forbidden, Invalid
from helpdesk.core.schemas.reports import (
    MOST_SCHEDULES,
    ReportKind,
    ReportRequest,
    ScheduleChange,
    ScheduleSettings,
    ScheduleView,
)
from helpdesk.database.types import NEVER
from helpdesk.models import ReportSchedule
from helpdesk.repositories.desk_changes import REPORT
from helpdesk.services.audit_trail import About, changes_of
from helpdesk.services.audit_words import added, removed
from helpdesk.services.mail_setup import mail_is_on
from helpdesk.services.quiet_hours import known_zone
from helpdesk.services.report_times import next_due
from helpdesk.services.work import Work

logger = logging.getLogger(__name__)

_NOBODY = "A report by schedule belongs to somebody; sign in to set one up."
_MANY = "There are {count} reports by schedule already; remove one that nobody reads any more."
_UNKNOWN = "One of the recipients has no account any more; choose the recipients again."
_NOT_ALLOWED = "{name} cannot get reports; choose active managers or admins with a mail address."
_UNREADABLE_NAME = "Unreadable report"
_UNREADABLE = "What was set up here cannot be read any more; set it up anew, or remove it."
_CHANGED = "Somebody has changed the report {name}; look at it again."


_TOLD = (
    "name", "report", "format", "rhythm", "weekday", "day", "minute", "time_zone", "recipients",
    "active",
)  # fmt: skip
"""What the audit log tells of a report by schedule."""


class ReportSchedules:
    """The reports by schedule, for one call."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work
        self._kept = work.desk.report_schedules

    def all(self) -> tuple[ScheduleView, ...]:
        """Return them, the oldest first."""
        return tuple(self._view(schedule, owner) for schedule, owner in self._kept.all())

    def add(self, new: ScheduleSettings) -> ScheduleView:
        """Send a report by itself from now on, with what the caller may see."""
        self._check(new)
        if self._kept.count() >= MOST_SCHEDULES:
            raise Invalid(_MANY.format(count=MOST_SCHEDULES))
        schedule = ReportSchedule(
            owner_id=self._owner(), settings=new.model_dump_json(),
            next_at=next_due(new, self._work.now), last_at=None, problem="", version=1,
        )  # fmt: skip
        kept = self._kept.add(schedule)
        self._work.desk.audit.set_up(_about(kept.id, new), added(self._state(new), _TOLD))
        return self._told(kept)

    def change(self, schedule_id: int, change: ScheduleChange) -> ScheduleView:
        """Change one, which from then on belongs to who changed it."""
        schedule = self._kept.get(schedule_id)
        if schedule.version != change.version:
            current = self._view(schedule, self._name_of(schedule.owner_id))
            raise Conflict(_CHANGED.format(name=current.settings.name), current=current)
        settings = ScheduleSettings(**change.model_dump(exclude={"version"}))
        self._check(settings)
        before = readable_settings(schedule) or _stand_in(schedule)
        changes = changes_of(self._state(before), self._state(settings), _TOLD)
        self._work.desk.audit.set_up(_about(schedule_id, settings), changes)
        schedule.owner_id, schedule.problem = self._owner(), ""
        schedule.settings = settings.model_dump_json()
        schedule.next_at = next_due(settings, self._work.now)
        schedule.version += 1
        return self._told(schedule)

    def remove(self, schedule_id: int) -> None:
        """Send one no more."""
        schedule = self._kept.get(schedule_id)
        about = _about(schedule_id, readable_settings(schedule) or _stand_in(schedule))
        self._work.desk.audit.set_up(about, removed())
        self._kept.remove(schedule)
        self._work.desk.changed(REPORT, schedule_id)

    def _state(self, settings: ScheduleSettings) -> dict[str, object]:
        people = self._kept.people(set(settings.recipient_ids))
        names = sorted(person.full_name for person in people)
        told = {name: getattr(settings, name) for name in _TOLD if name != "recipients"}
        return {**told, "report": settings.report.kind, "recipients": names}

    def _check(self, settings: ScheduleSettings) -> None:
        known_zone(settings.time_zone)
        wanted = set(settings.recipient_ids)
        people = self._kept.people(wanted)
        if len(people) < len(wanted):
            raise Invalid(_UNKNOWN, field="recipient_ids")
        for person in people:
            if not person.may_get_it:
                raise Invalid(_NOT_ALLOWED.format(name=person.full_name), field="recipient_ids")

    def _owner(self) -> int:
        if self._work.actor.id is None:
            raise Forbidden(_NOBODY)
        return self._work.actor.id

    def _told(self, schedule: ReportSchedule) -> ScheduleView:
        self._work.desk.changed(REPORT, schedule.id)
        return self._view(schedule, self._work.actor.full_name)

    def _view(self, schedule: ReportSchedule, owner: str) -> ScheduleView:
        settings = readable_settings(schedule)
        return ScheduleView(
            id=schedule.id,
            settings=settings or _stand_in(schedule),
            owner=owner,
            next_at=None if schedule.next_at == NEVER else schedule.next_at,
            last_at=schedule.last_at,
            problem=schedule.problem if settings else _UNREADABLE,
            version=schedule.version,
            mail_is_on=self._mail_is_on,
        )

    @cached_property
    def _mail_is_on(self) -> bool:
        return mail_is_on(self._work.settings, self._work.desk.facts)

    def _name_of(self, person_id: int) -> str:
        return next((each.full_name for each in self._kept.people([person_id])), "")


def readable_settings(schedule: ReportSchedule) -> ScheduleSettings | None:
    """Return the settings of a schedule, or ``None`` with a line in the log."""
    try:
        return settings_of(schedule)
    except ValidationError as error:
        logger.warning("schedule %d cannot be read: %d faults", schedule.id, error.error_count())
        return None


def _stand_in(schedule: ReportSchedule) -> ScheduleSettings:
    """Return what is shown of a schedule that cannot be read, so that it can be mended."""
    return ScheduleSettings(
        name=_UNREADABLE_NAME,
        report=ReportRequest(kind=ReportKind.SUMMARY),
        recipient_ids=(schedule.owner_id,),
    )


def settings_of(schedule: ReportSchedule) -> ScheduleSettings:
    """Return the settings of a schedule as they are kept."""
    return ScheduleSettings.model_validate_json(schedule.settings)


def _about(schedule_id: int, settings: ScheduleSettings) -> About:
    return About("report_schedule", schedule_id, settings.name)
