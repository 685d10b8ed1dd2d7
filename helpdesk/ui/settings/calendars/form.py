# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of one calendar: its name and zone, the week, holidays, and what comes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from PyQt5.QtCore import QTimeZone
from PyQt5.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from helpdesk.core.schemas.sla import (
    CalendarSettings,
    CalendarView,
    HolidayCountry,
    OwnHoliday,
    Slot,
)
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.settings.calendars.country_field import CountryField
from helpdesk.ui.settings.calendars.feeds_list import FeedsList
from helpdesk.ui.settings.calendars.holidays_table import HolidaysTable
from helpdesk.ui.settings.calendars.preview_card import PreviewCard
from helpdesk.ui.settings.calendars.week_grid import WeekGrid, texts_of
from helpdesk.ui.settings.calendars.zone_field import ZoneField
from helpdesk.ui.settings.record_section import RecordForm
from helpdesk.ui.settings.row import Card, SettingRow
from helpdesk.ui.settings.words import BUSINESS_HOURS

_WIDEST = 16_777_215
_NO_NAME = "Give it a name."
_NO_ZONE = "Choose a time zone from the list, such as Europe/Berlin."
_WORKDAY = "09:00-17:00"
_NO_HOLIDAY_NAME = "Give the holiday on {} a name."
_FIELDS = {
    "name": "calendar_name",
    "time_zone": "calendar_zone",
    "slots": "calendar_hours",
    "country": "calendar_country",
    "region": "calendar_country",
    "holidays": "calendar_holidays",
    "feeds": "calendar_feeds",
}
_CARDS = (
    ("Calendar", ("calendar_name", "calendar_zone")),
    ("Week", ("calendar_hours",)),
    ("Holidays", ("calendar_country", "calendar_holidays", "calendar_feeds")),
)


class CalendarForm(RecordForm):
    """Three cards, and below them the next weeks as they would be."""

    def __init__(self, desktop: Desktop) -> None:
        """Make the fields, empty."""
        super().__init__()
        self.name = QLineEdit()
        self.name.setMaxLength(NAME_LIMIT)
        self.zone = ZoneField()
        self.week = WeekGrid()
        self.country = CountryField()
        self.holidays = HolidaysTable()
        self.feeds = FeedsList()
        fields: dict[str, QWidget] = {
            "calendar_name": self.name,
            "calendar_zone": self.zone,
            "calendar_hours": self.week,
            "calendar_country": self.country,
            "calendar_holidays": self.holidays,
            "calendar_feeds": self.feeds,
        }
        self._rows = {
            key: SettingRow(BUSINESS_HOURS.setting(key), field) for key, field in fields.items()
        }
        self.preview = PreviewCard(desktop, self._settings_so_far)
        self._lay_out()
        self._connect()

    def set_choices(self, zones: Sequence[str], countries: Sequence[HolidayCountry]) -> None:
        """Offer the zones of the world, and the countries whose holidays are known."""
        self.zone.set_zones(zones)
        self.country.set_countries(countries)

    def show_feeds(self, record: CalendarView | None, now: datetime) -> None:
        """Say how the subscribed files were read."""
        self.feeds.show_states(record.feeds if record else (), now)

    def lock(self) -> None:
        """Let the fields be read; the preview is there for everybody."""
        self.name.setReadOnly(True)
        self.zone.setReadOnly(True)
        self.country.setEnabled(False)
        self.week.lock()
        self.holidays.lock()
        self.feeds.lock()

    def rows(self) -> Mapping[str, SettingRow]:
        """Return the settings by their keys."""
        return self._rows

    def values(self) -> dict[str, Any]:
        """Return what the fields show."""
        return {
            "name": self.name.text().strip(),
            "zone": self.zone.zone,
            "hours": self.week.texts(),
            "country": [self.country.country, self.country.region],
            "holidays": self.holidays.days(),
            "feeds": self.feeds.urls(),
        }

    def values_of(self, record: CalendarView | None) -> dict[str, Any]:
        """Return what the fields would show of a calendar, or of a new one."""
        if record is None:
            return {
                "name": "",
                "zone": bytes(QTimeZone.systemTimeZoneId()).decode("ascii", "replace"),
                "hours": [_WORKDAY] * 5 + [""] * 2,
                "country": ["", ""],
                "holidays": [],
                "feeds": [],
            }
        return {
            "name": record.name,
            "zone": record.time_zone,
            "hours": texts_of(record.slots),
            "country": [record.country, record.region],
            "holidays": [[each.day, each.name] for each in record.holidays],
            "feeds": [feed.url for feed in record.feeds],
        }

    def put(self, values: Mapping[str, Any]) -> None:
        """Show values without telling."""
        blocked = self.blockSignals(True)
        self.name.setText(values["name"])
        self.zone.setText(values["zone"])
        self.week.put(values["hours"])
        self.country.put(*values["country"])
        self.holidays.put(values["holidays"])
        self.feeds.put(values["feeds"])
        for row in self._rows.values():
            row.show_error("")
        self.blockSignals(blocked)
        self.preview.soon()

    def settings(self) -> CalendarSettings | None:
        """Return what the fields make, or ``None`` after saying at them what is wrong."""
        for row in self._rows.values():
            row.show_error("")
        slots = self.week.slots()
        if not self.name.text().strip():
            return self._refused("calendar_name", _NO_NAME)
        if not self.zone.is_known:
            return self._refused("calendar_zone", _NO_ZONE)
        if slots is None:
            return None
        if unnamed := self.holidays.first_unnamed():
            self._rows["calendar_holidays"].show_error(_NO_HOLIDAY_NAME.format(unnamed))
            self.holidays.edit_name(unnamed)
            return None
        try:
            return self._made(self.name.text(), slots, self.holidays.holidays())
        except ValidationError as error:
            wrong = invalid(error)
            return self._refused(_FIELDS.get(wrong.field or "", "calendar_hours"), str(wrong))

    def show_problem(self, field: str, sentence: str) -> QWidget | None:
        """Say at a field what the desk found wrong."""
        row = self._rows.get(_FIELDS.get(field, ""))
        if row is not None:
            row.show_error(sentence)
        return row

    def _settings_so_far(self) -> CalendarSettings | None:
        """Return what can be understood of the form, for the preview."""
        if not self.zone.is_known:
            return None
        try:
            name = self.name.text() or "new"
            made = self._made(name, self.week.slots_so_far(), self.holidays.holidays())
        except ValidationError:
            return None
        # What was not read yet changes nothing, and is not to be checked while it is typed.
        return made.model_copy(update={"feeds": tuple(self.feeds.saved_urls())})

    def _made(
        self, name: str, slots: tuple[Slot, ...], holidays: tuple[OwnHoliday, ...]
    ) -> CalendarSettings:
        return CalendarSettings(
            name=name,
            time_zone=self.zone.zone,
            slots=slots,
            country=self.country.country,
            region=self.country.region,
            holidays=holidays,
            feeds=tuple(self.feeds.urls()),
        )

    def _refused(self, key: str, sentence: str) -> CalendarSettings | None:
        self._rows[key].show_error(sentence)
        self.focus(key)
        return None

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        for title, keys in _CARDS:
            frame = QFrame()
            card = Card(frame, title)
            for key in keys:
                card.addWidget(self._rows[key])
            column.addWidget(frame)
        for key in ("calendar_hours", "calendar_holidays", "calendar_feeds"):
            self._rows[key].field.setMaximumWidth(_WIDEST)
        column.addWidget(self.preview)

    def _connect(self) -> None:
        for signal in (
            self.name.textChanged,
            self.zone.textChanged,
            self.week.changed,
            self.country.changed,
            self.holidays.changed,
            self.feeds.changed,
        ):
            signal.connect(self._on_changed)
        self.feeds.rearranged.connect(self.follow_layout)

    def _on_changed(self) -> None:
        for key in ("calendar_name", "calendar_zone", "calendar_holidays", "calendar_feeds"):
            self._rows[key].show_error("")
        self.preview.soon()
        self.changed.emit()
