# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of one service level: its name, whose tickets, which hours, and the times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from PyQt5.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from helpdesk.core.schemas.sla import CalendarView, PolicySettings, PolicyView, WhatIfAsk
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.settings.policies.tags import MenuTags, PeopleTags, as_pairs, from_pairs
from helpdesk.ui.settings.policies.targets_grid import TargetsGrid, values_of
from helpdesk.ui.settings.policies.what_if import DAYS, WhatIfCard
from helpdesk.ui.settings.record_section import RecordForm
from helpdesk.ui.settings.row import Card, SettingRow
from helpdesk.ui.settings.words import SERVICE_LEVELS
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.switch import Switch

_NO_NAME = "Give it a name."
_NO_CALENDAR = "Choose the business hours; add some first if there are none."
_NOBODY = "“{}” is nobody yet: choose a person from the list, or clear the field."
_FIELDS = {
    "name": "policy_name",
    "calendar_id": "policy_calendar",
    "targets": "policy_targets",
    "category_ids": "policy_whom",
    "team_ids": "policy_whom",
    "requester_ids": "policy_whom",
}


class PolicyForm(RecordForm):
    """Three cards, and below them what would have become of the tickets of the last days."""

    def __init__(self, desktop: Desktop) -> None:
        """Make the fields, empty."""
        super().__init__()
        self.policy_id: int | None = None
        self.name = QLineEdit()
        self.name.setMaxLength(NAME_LIMIT)
        self.active = Switch(SERVICE_LEVELS.setting("policy_active").name)
        self.categories = MenuTags("category")
        self.teams = MenuTags("team")
        self.requesters = PeopleTags(desktop, "requester")
        self.calendar = DropDown()
        self.targets = TargetsGrid()
        self.what_if = WhatIfCard(desktop, self._ask)
        self._place = PlainLabel(role="muted")
        self._default_calendar: int | None = None
        self._rows = {
            "policy_name": self._row("policy_name", self.name),
            "policy_active": self._row("policy_active", self.active),
            "policy_whom": self._row("policy_whom", self._whom()),
            "policy_calendar": self._row("policy_calendar", self.calendar),
            "policy_targets": self._row("policy_targets", self.targets),
        }
        self._lay_out()
        self._connect()

    def set_choices(
        self,
        categories: Mapping[int, str],
        teams: Mapping[int, str],
        calendars: Sequence[CalendarView],
    ) -> None:
        """Offer what the desk has."""
        self.categories.set_choices(categories)
        self.teams.set_choices(teams)
        default = next((each.id for each in calendars if each.is_default), None)
        self._default_calendar = default or (calendars[0].id if calendars else None)
        self.calendar.set_choices([(each.id, each.name) for each in calendars])

    def say_place(self, sentence: str) -> None:
        """Say where it stands among the others, or nothing."""
        self._place.setText(sentence)
        self._place.setVisible(bool(sentence))

    def lock(self) -> None:
        """Let the fields be read."""
        self.name.setReadOnly(True)
        self.active.setEnabled(False)
        self.calendar.setEnabled(False)
        for tags in (self.categories, self.teams, self.requesters):
            tags.lock()
        self.targets.lock()

    def rows(self) -> Mapping[str, SettingRow]:
        """Return the settings by their keys."""
        return self._rows

    def values(self) -> dict[str, Any]:
        """Return what the fields show."""
        return {
            "name": self.name.text().strip(),
            "active": self.active.isChecked(),
            "categories": as_pairs(self.categories.chosen),
            "teams": as_pairs(self.teams.chosen),
            "requesters": as_pairs(self.requesters.chosen),
            "requester_typed": self.requesters.typed,
            "calendar": self.calendar.key,
            **self.targets.texts(),
        }

    def values_of(self, record: PolicyView | None) -> dict[str, Any]:
        """Return what the fields would show of a policy, or of a new one."""
        self.policy_id = record.id if record else None
        self.what_if.clear()
        if record is None:
            empty: dict[str, Any] = {"categories": [], "teams": [], "requesters": []}
            fresh = {"name": "", "active": True, "calendar": self._default_calendar}
            empty["requester_typed"] = ""
            return {**fresh, **empty, **values_of(())}
        people = [[person.id, person.full_name] for person in record.requesters]
        return {
            "requester_typed": "",
            "name": record.name,
            "active": record.active,
            "categories": [[id_, self.categories.name_of(id_)] for id_ in record.category_ids],
            "teams": [[id_, self.teams.name_of(id_)] for id_ in record.team_ids],
            "requesters": people,
            "calendar": record.calendar_id,
            **values_of(record.targets),
        }

    def put(self, values: Mapping[str, Any]) -> None:
        """Show values without telling."""
        blocked = self.blockSignals(True)
        self.name.setText(values["name"])
        self.active.setChecked(values["active"])
        self.categories.put(from_pairs(values["categories"]))
        self.teams.put(from_pairs(values["teams"]))
        self.requesters.put(from_pairs(values["requesters"]))
        if self.requesters.typed != values["requester_typed"]:
            self.requesters.search.setText(values["requester_typed"])
        self.calendar.set_key(values["calendar"])
        self.targets.put(values)
        for row in self._rows.values():
            row.show_error("")
        self.blockSignals(blocked)

    def settings(self) -> PolicySettings | None:
        """Return what the fields make, or ``None`` after saying at them what is wrong."""
        for row in self._rows.values():
            row.show_error("")
        targets = self.targets.targets()
        if not self.name.text().strip():
            self._refuse("policy_name", _NO_NAME)
            return None
        if self.requesters.typed and not self.requesters.take_typed():
            self._rows["policy_whom"].show_error(_NOBODY.format(self.requesters.typed))
            self.requesters.search.setFocus()
            return None
        calendar_id = self.calendar.key
        if not isinstance(calendar_id, int):
            self._refuse("policy_calendar", _NO_CALENDAR)
            return None
        if targets is None:
            return None
        try:
            return PolicySettings(
                name=self.name.text(),
                active=self.active.isChecked(),
                calendar_id=calendar_id,
                targets=targets,
                category_ids=tuple(self.categories.chosen),
                team_ids=tuple(self.teams.chosen),
                requester_ids=tuple(self.requesters.chosen),
            )
        except ValidationError as error:
            wrong = invalid(error)
            self._refuse(_FIELDS.get(wrong.field or "", "policy_targets"), str(wrong))
            return None

    def show_problem(self, field: str, sentence: str) -> QWidget | None:
        """Say at a field what the desk found wrong."""
        row = self._rows.get(_FIELDS.get(field, ""))
        if row is not None:
            row.show_error(sentence)
        return row

    def _refuse(self, key: str, sentence: str) -> None:
        self._rows[key].show_error(sentence)
        self.focus(key)

    def _ask(self) -> WhatIfAsk | None:
        settings = self.settings()
        if settings is None:
            return None
        return WhatIfAsk(policy=settings, policy_id=self.policy_id, days=DAYS)

    def _whom(self) -> QWidget:
        whom = QWidget()
        grid = QGridLayout(whom)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        for row, (title, tags) in enumerate(
            (
                ("Categories", self.categories),
                ("Teams", self.teams),
                ("Requesters", self.requesters),
            )
        ):
            label = QLabel(title)
            label.setProperty("role", "muted")
            grid.addWidget(label, row, 0)
            grid.addWidget(tags, row, 1)
        return whom

    @staticmethod
    def _row(key: str, field: QWidget) -> SettingRow:
        return SettingRow(SERVICE_LEVELS.setting(key), field)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        for title, keys in (
            ("Service level", ("policy_name", "policy_active", "policy_whom")),
            ("Hours and times", ("policy_calendar", "policy_targets")),
        ):
            frame = QFrame()
            card = Card(frame, title)
            for key in keys:
                card.addWidget(self._rows[key])
                if key == "policy_name":
                    card.addWidget(self._place)
            column.addWidget(frame)
        for key in ("policy_whom", "policy_targets"):
            self._rows[key].field.setMaximumWidth(16_777_215)
        column.addWidget(self.what_if)

    def _connect(self) -> None:
        for signal in (
            self.name.textChanged,
            self.active.toggled,
            self.categories.changed,
            self.teams.changed,
            self.requesters.changed,
            self.requesters.search.textChanged,
            self.calendar.currentIndexChanged,
            self.targets.changed,
        ):
            signal.connect(self._on_changed)
        for tags in (self.categories, self.teams, self.requesters):
            tags.rearranged.connect(self.follow_layout)

    def _on_changed(self) -> None:
        for key in ("policy_name", "policy_whom", "policy_calendar"):
            self._rows[key].show_error("")
        self.what_if.outdate()
        self.changed.emit()
