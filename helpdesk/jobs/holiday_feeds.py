# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads subscribed holidays again once a day, failing ones sooner; renews those of countries."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import DeskError
from helpdesk.core.operation import operations_of
from helpdesk.repositories.calendars import Calendar, CalendarRepository, KeptFeed
from helpdesk.services.calendars import Calendars
from helpdesk.sla.holidays import is_outdated

logger = logging.getLogger(__name__)

HOLIDAYS = "holidays"
READ_EVERY = timedelta(hours=23)
"""An hour less than a day, so that a job of every hour does it daily."""
LONGEST_SECONDS = 240.0
"""No further calendar is begun after this long: the lease of the job must not run out."""
_READ_FEEDS = operations_of(Calendars)["read_feeds"]


def read_holidays(desk: EmbeddedDesk, now: datetime) -> int:
    """Read the holidays of each calendar that are due, and return how many calendars that were."""
    with desk.database.reading() as session:
        calendars = CalendarRepository(session).all()
    due = [each.id for each in calendars if _is_calendar_due(each, now)]
    read, ends_at = 0, monotonic() + LONGEST_SECONDS
    for calendar_id in due:
        if monotonic() > ends_at:
            break
        try:
            desk.executor.execute(_READ_FEEDS, {"calendar_id": calendar_id}, system=True)
            read += 1
        except DeskError as error:
            # Such as one that was removed meanwhile; the others are not to wait for it.
            logger.warning("the holidays of calendar %d were not read: %s", calendar_id, error.code)
    return read


def _is_calendar_due(calendar: Calendar, now: datetime) -> bool:
    if any(_is_due(feed, now) for feed in calendar.feeds):
        return True
    return is_outdated(calendar.settings, calendar.feed_days, now.date())


def _is_due(feed: KeptFeed, now: datetime) -> bool:
    """Return whether it is time; what lies ahead was noted by a clock that was set back."""
    if feed.read_at is None or feed.problem:
        return True
    return not now - READ_EVERY < feed.read_at <= now
