# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the editor that says of which tickets a rule is."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame

from helpdesk.core.schemas.rules import MOST_CONDITIONS, Condition, Trigger
from helpdesk.ui.settings.row import Card
from helpdesk.ui.settings.rules.condition_fields import ConditionFields, PeopleSearch
from helpdesk.ui.settings.rules.movable_rows import MovableRow, MovableRows
from helpdesk.ui.settings.rules.names import Names
from helpdesk.ui.widgets.plain_label import PlainLabel

_ALL = "All of these hold"
_ANY = "And at least one of these holds"
_NONE = "Without a condition it is done to every ticket."


class IfCard(QFrame):
    """Conditions that must all hold, and others of which one must."""

    changed = pyqtSignal()

    def __init__(self, find_people: PeopleSearch) -> None:
        """Begin without conditions."""
        super().__init__()
        self._find_people = find_people
        self._trigger = Trigger.CREATED
        self._names: Names | None = None
        self._error = PlainLabel(role="error")
        self._error.hide()
        card = Card(self, "If")
        card.setSpacing(10)
        self._none = PlainLabel(_NONE, role="muted")
        self.all = self._rows("Add a condition", "Add a condition that must hold")
        self.any = self._rows("Add a condition", "Add a condition of which one must hold")
        self._all_title, self._any_title = PlainLabel(_ALL, "field"), PlainLabel(_ANY, "field")
        for widget in (self._none, self._all_title, self.all):
            card.addWidget(widget)
        for widget in (self._any_title, self.any, self._error):
            card.addWidget(widget)

    def show_conditions(
        self,
        names: Names,
        trigger: Trigger,
        conditions: tuple[Condition, ...],
        any_conditions: tuple[Condition, ...],
    ) -> None:
        """Show conditions without telling."""
        self._names, self._trigger = names, trigger
        for rows, shown in ((self.all, conditions), (self.any, any_conditions)):
            rows.clear()
            for condition in shown:
                fields = self._make()
                fields.show_condition(condition)
                rows.add(fields)
        self._show_none()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Those that must all hold."""
        return tuple(fields.condition for fields in _fields(self.all))

    @property
    def any_conditions(self) -> tuple[Condition, ...]:
        """Those of which one must."""
        return tuple(fields.condition for fields in _fields(self.any))

    def show_trigger(self, trigger: Trigger) -> None:
        """Offer what can be asked of tickets that are met so."""
        self._trigger = trigger
        for rows in (self.all, self.any):
            for fields in _fields(rows):
                fields.show_trigger(trigger)

    def show_names(self) -> None:
        """Say anew what people are called, after they were looked up."""
        for rows in (self.all, self.any):
            for fields in _fields(rows):
                fields.show_names()

    def show_problems(self) -> MovableRow | None:
        """Say at each condition what is wrong with it, and return the first."""
        found = [rows.show_problems() for rows in (self.all, self.any)]
        return next((row for row in found if row is not None), None)

    def show_error(self, sentence: str) -> None:
        """Say below the conditions what the desk does not like about them, or nothing any more."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))

    def set_fixed(self, *, fixed: bool) -> None:
        """Let the conditions only be read."""
        for title, rows in ((self._all_title, self.all), (self._any_title, self.any)):
            rows.set_fixed(fixed=fixed)
            title.setVisible(bool(rows.rows) or not fixed)
            rows.setVisible(bool(rows.rows) or not fixed)

    def _rows(self, add_text: str, add_name: str) -> MovableRows:
        make: Callable[[], ConditionFields] = self._make
        rows = MovableRows("condition", add_text, MOST_CONDITIONS, make, add_name)
        rows.changed.connect(self._on_changed)
        return rows

    def _make(self) -> ConditionFields:
        assert self._names is not None  # noqa: S101 - shown before anything is added
        return ConditionFields(self._trigger, self._names, self._find_people)

    def _on_changed(self) -> None:
        self.show_error("")
        self._show_none()
        self.changed.emit()

    def _show_none(self) -> None:
        self._none.setVisible(not self.all.rows and not self.any.rows)


def _fields(rows: MovableRows) -> list[ConditionFields]:
    return [each for each in rows.contents if isinstance(each, ConditionFields)]
