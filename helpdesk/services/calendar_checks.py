# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the settings of a calendar before they are used: zone, days, country and feeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from helpdesk.channels.holiday_feeds import require_address
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.sla import CalendarSettings, day_of
from helpdesk.core.text import folded
from helpdesk.repositories.calendars import Calendar
from helpdesk.sla.calendar import is_time_zone
from helpdesk.sla.holidays import knows

FIRST_YEAR, LAST_YEAR = 1970, 8900
"""Moments are stored from then to then."""


def require_sound(settings: CalendarSettings, allowed_hosts: Sequence[str]) -> None:
    """Raise ``Invalid`` for the first thing that is wrong with the settings by themselves."""
    if not is_time_zone(settings.time_zone):
        raise Invalid("That is no time zone; choose one such as Europe/Berlin.", field="time_zone")
    if settings.region and not settings.country:
        raise Invalid("Choose the country that the region lies in.", field="country")
    if settings.country and not knows(settings.country):
        raise Invalid(
            "The holidays of that country are not known; add them one by one.", field="country"
        )
    if not knows(settings.country, settings.region) and settings.region:
        raise Invalid("That country has no such region; choose another.", field="region")
    for holiday in settings.holidays:
        checked_day(holiday.day, field="holidays")
    _require_feeds(settings.feeds, allowed_hosts)


def require_named_days(settings: CalendarSettings) -> None:
    """Raise ``Invalid`` for a holiday of the desk's own that nobody would know by its name."""
    for holiday in settings.holidays:
        if not holiday.name:
            raise Invalid(f"Give the holiday on {holiday.day} a name.", field="holidays")


def checked_day(text: str, *, field: str) -> date:
    """Return the day that a text names. Raises ``Invalid``."""
    try:
        day = day_of(text)
    except ValueError:
        raise Invalid(f"There is no day {text}; check the date.", field=field) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid(f"Choose a day from {FIRST_YEAR} to {LAST_YEAR}.", field=field)
    return day


def require_own_name(
    settings: CalendarSettings, calendars: Iterable[Calendar], own_id: int | None = None
) -> None:
    """Raise ``Invalid`` where another calendar has the name."""
    wanted = folded(settings.name)
    for other in calendars:
        if other.id != own_id and folded(other.settings.name) == wanted:
            raise Invalid("Another calendar has that name; choose a different one.", field="name")


def _require_feeds(urls: Sequence[str], allowed_hosts: Sequence[str]) -> None:
    if len(set(urls)) != len(urls):
        raise Invalid("The same file is subscribed twice; remove one of them.", field="feeds")
    for url in urls:
        try:
            require_address(url, allowed_hosts)
        except Invalid as error:
            raise Invalid(str(error), field="feeds") from error
