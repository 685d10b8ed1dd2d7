# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which admins say when time counts, and on which days it does not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from zoneinfo import available_timezones

from PyQt5.QtWidgets import QPushButton

from helpdesk.core.schemas.sla import (
    CalendarChange,
    CalendarSettings,
    CalendarView,
    HolidayCountry,
)
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.calendars.form import CalendarForm
from helpdesk.ui.settings.calendars.hours import week_words
from helpdesk.ui.settings.figure_words import counted
from helpdesk.ui.settings.record_list import RecordRow
from helpdesk.ui.settings.record_section import RecordSection
from helpdesk.ui.settings.words import BUSINESS_HOURS

_ODD = ("Etc/", "SystemV/", "posix", "right/")
"""Names that no person means, though the database has them."""


class CalendarsSection(RecordSection):
    """The calendars, and the form of one."""

    noun = "calendar"
    hint = "Say when you work: only that time counts for service levels."
    read_only = "Only admins change business hours; you can read them here."

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        self.calendar_form = CalendarForm(desktop)
        self._countries: dict[str, HolidayCountry] = {}
        super().__init__(desktop, BUSINESS_HOURS, self.calendar_form)
        self.calendar_form.feeds.read_wanted.connect(self._on_read)

    def read(self) -> tuple[Any, ...]:
        """Ask the desk for the calendars, and for what they can name."""
        calendars = self.desktop.desk.calendars
        zones = sorted(zone for zone in available_timezones() if not zone.startswith(_ODD))
        return calendars.all(), [*zones, "Etc/UTC"], calendars.countries()

    def take(self, told: tuple[Any, ...]) -> None:
        """Offer zones and countries, and say how the feeds of the one shown were read."""
        zones, countries = told
        self._countries = {each.code: each for each in countries}
        self.calendar_form.set_choices(zones, countries)
        self._show_feeds()

    def open_record(self, id_: int) -> None:
        """Show a calendar, with how its feeds were read."""
        super().open_record(id_)
        self._show_feeds()

    def row_of(self, record: CalendarView) -> RecordRow:
        """Say the week, the zone and the holidays."""
        used = counted(record.policies, "service level uses it", "service levels use it")
        return RecordRow(
            record.id,
            record.name,
            (week_words(record.slots), _where(record, self._countries.get(record.country))),
            (("default", "accent"),) if record.is_default else (),
            used if record.policies else "",
        )

    def save_call(
        self, record: CalendarView | None, settings: CalendarSettings
    ) -> Callable[[], Any]:
        """Add it, or change it from now on."""
        calendars = self.desktop.desk.calendars
        if record is None:
            return partial(calendars.add, settings)
        change = CalendarChange(**settings.model_dump(), version=record.version)
        return partial(calendars.change, record.id, change)

    def remove_call(self, record: CalendarView) -> Callable[[], Any]:
        """Remove it."""
        return partial(self.desktop.desk.calendars.remove, record.id)

    def consequence(self, record: CalendarView) -> str:
        """Say that it is gone for good."""
        return "What was counted by it stays counted. This cannot be undone."

    def buttons(self) -> list[QPushButton]:
        """Let new service levels use the chosen one."""
        self.default_button = self._button("Make default", self._on_make_default)
        self.default_button.setToolTip("New service levels begin with these hours")
        return [self.default_button]

    def show_buttons(self) -> None:
        """Enable what can be done with the chosen calendar."""
        super().show_buttons()
        record = self.chosen
        self.default_button.setEnabled(record is not None and not record.is_default)

    def _show_feeds(self) -> None:
        self.calendar_form.show_feeds(self.record, self.desktop.clock())

    def _on_make_default(self) -> None:
        record = self.chosen
        if record is None:
            return
        make_default = self.desktop.desk.calendars.make_default
        job = self.desktop.background.run(self, make_default, record.id)
        job.then(lambda _: self.load()).failed(self._on_act_failed)

    def _on_read(self) -> None:
        if self.record is None:
            return
        self.calendar_form.feeds.set_reading(reading=True)
        read = self.desktop.desk.calendars.read_feeds
        job = self.desktop.background.run(self, read, self.record.id)
        job.then(self._on_were_read).failed(self._on_not_read)

    def _on_were_read(self, record: CalendarView) -> None:
        self.calendar_form.feeds.set_reading(reading=False)
        self.records[record.id] = record
        self._show_feeds()
        self.calendar_form.preview.look()
        self.said.emit("The subscribed holidays were read.")

    def _on_not_read(self, error: Exception) -> None:
        self.calendar_form.feeds.set_reading(reading=False)
        self.banner.show_error(sentence_of(error))


def _where(record: CalendarView, country: HolidayCountry | None) -> str:
    parts = [record.time_zone]
    if record.country:
        parts.append(f"public holidays of {_place(record, country)}")
    if record.holidays:
        parts.append(counted(len(record.holidays), "own holiday", "own holidays"))
    if record.feeds:
        broken = sum(1 for feed in record.feeds if feed.problem)
        said = counted(len(record.feeds), "subscribed file", "subscribed files")
        parts.append(f"{said}, {broken:,} could not be read" if broken else said)
    return " · ".join(parts)


def _place(record: CalendarView, country: HolidayCountry | None) -> str:
    """Return 'Bayern, Germany', or the codes of what is not known by name any more."""
    if country is None:
        return f"{record.country} {record.region}".strip()
    regions = dict(zip(country.regions, country.region_names, strict=True))
    region = regions.get(record.region, record.region)
    return f"{region}, {country.name}" if region else country.name
