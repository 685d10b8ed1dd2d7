# SPDX-License-Identifier: GPL-3.0-or-later
"""The hours of a week: a field and a bar for each day, which say the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from helpdesk.core.schemas.sla import Slot
from helpdesk.ui.icons import icon
from helpdesk.ui.settings.calendars.day_bar import DayBar
from helpdesk.ui.settings.calendars.hours import (
    WEEKDAYS,
    Span,
    slots_of,
    spans_of,
    week_of,
    words_of,
)
from helpdesk.ui.widgets.plain_label import PlainLabel

_FIELD_WIDTH = 300
_THREE_SLOTS = "00:00-00:00, 00:00-00:00, 00:00-00:00"
_AROUND = 24
"""Frame and margins of a field, in pixels."""
_WORKDAYS = 5
_LONGEST = 120
_NO_HOURS = "Set the hours of at least one day."


class WeekGrid(QWidget):
    """What cannot be understood is said below the day it stands at."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        """Make seven rows, all days off."""
        super().__init__()
        self.fields: list[QLineEdit] = []
        self.bars: list[DayBar] = []
        self._copies: list[QToolButton] = []
        self._errors: list[PlainLabel] = []
        self._lacks_hours = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(3, 1)
        self._grid.addLayout(_scale(), 0, 3)
        for day, name in enumerate(WEEKDAYS):
            self._add_day(day, name)

    def texts(self) -> list[str]:
        """Return what is typed, from Monday on."""
        return [_normal(str(field.text())) for field in self.fields]

    def put(self, texts: Sequence[str]) -> None:
        """Show texts without telling."""
        for field, text in zip(self.fields, texts, strict=True):
            blocked = field.blockSignals(True)
            field.setText(text)
            field.setCursorPosition(0)
            field.blockSignals(blocked)
        self._lacks_hours = False
        self._show_bars()
        for day in range(len(self.fields)):
            self._check(day)

    def slots(self) -> tuple[Slot, ...] | None:
        """Return what the fields say, or ``None`` after saying at them what is wrong."""
        bad = [day for day in range(len(self.fields)) if not self._check(day)]
        if bad:
            self.fields[bad[0]].setFocus()
            return None
        slots = slots_of([spans_of(field.text()) for field in self.fields])
        if not slots:
            self._lacks_hours = True
            self._check(0)
            self.fields[0].setFocus()
            return None
        return slots

    def slots_so_far(self) -> tuple[Slot, ...]:
        """Return what can be understood of what is typed, for the preview."""
        return slots_of([bar.spans for bar in self.bars])

    def lock(self) -> None:
        """Let the hours be read."""
        for field, bar, copy in zip(self.fields, self.bars, self._copies, strict=True):
            field.setReadOnly(True)
            bar.setEnabled(False)
            copy.hide()

    @property
    def errors(self) -> list[str]:
        """What is wrong, day by day."""
        return [str(each.text()) for each in self._errors if not each.isHidden()]

    def copy_to_workdays(self, day: int) -> None:
        """Let Monday to Friday have the hours of a day."""
        text = self.fields[day].text()
        for other in range(_WORKDAYS):
            self.fields[other].setText(text)

    def _add_day(self, day: int, name: str) -> None:
        field = QLineEdit()
        field.setPlaceholderText("off")
        field.setAccessibleName(f"Hours of {name}")
        field.setMaxLength(_LONGEST)
        room = field.fontMetrics().horizontalAdvance(_THREE_SLOTS) + _AROUND
        field.setFixedWidth(max(room, _FIELD_WIDTH))
        field.textChanged.connect(partial(self._on_typed, day))
        field.editingFinished.connect(partial(self._on_left, day))
        bar = DayBar(f"Bar of {name}")
        bar.drawn.connect(partial(self._on_drawn, day))
        copy = QToolButton()
        copy.setIcon(icon("copy"))
        copy.setAccessibleName(f"Copy the hours of {name} to Monday to Friday")
        copy.setToolTip("Copy to all weekdays, Monday to Friday")
        copy.clicked.connect(partial(self._on_copy, day))
        error = PlainLabel(role="error")
        error.hide()
        self.fields.append(field)
        self.bars.append(bar)
        self._copies.append(copy)
        self._errors.append(error)
        row = 1 + 2 * day
        for column, widget in enumerate((QLabel(name), field, copy, bar)):
            self._grid.addWidget(widget, row, column)
        self._grid.addWidget(error, row + 1, 1, 1, 3)

    def _show_bars(self) -> None:
        week = [_understood(field.text()) for field in self.fields]
        for day, bar in enumerate(self.bars):
            spans = week[day]
            # What is half typed does not take away what could be understood before.
            shown = bar.spans if spans is None else spans
            bar.show_hours(shown, week[day - 1] or ())

    def _check(self, day: int) -> bool:
        try:
            spans_of(self.fields[day].text())
        except ValueError as error:
            self._say(day, str(error))
            return False
        self._say(day, _NO_HOURS if self._lacks_hours and day == 0 else "")
        return True

    def _say(self, day: int, sentence: str) -> None:
        self._errors[day].setText(sentence)
        self._errors[day].setVisible(bool(sentence))
        field = self.fields[day]
        if bool(field.property("invalid")) != bool(sentence):
            field.setProperty("invalid", bool(sentence))
            field.style().unpolish(field)
            field.style().polish(field)

    def _on_typed(self, day: int, _text: str) -> None:
        if self._lacks_hours:
            self._lacks_hours = False
            self._check(0)
        if self.fields[day].property("invalid") or not self._errors[day].isHidden():
            self._check(day)
        self._show_bars()
        self.changed.emit()

    def _on_left(self, day: int) -> None:
        if self._check(day):
            text = words_of(spans_of(self.fields[day].text()))
            blocked = self.fields[day].blockSignals(True)
            self.fields[day].setText(text)
            self.fields[day].blockSignals(blocked)

    def _on_drawn(self, day: int, spans: tuple[Span, ...]) -> None:
        self.fields[day].setText(words_of(spans))

    def _on_copy(self, day: int, _checked: bool = False) -> None:
        self.copy_to_workdays(day)


def texts_of(slots: Sequence[Slot]) -> list[str]:
    """Return the texts of seven days for some slots."""
    return [words_of(spans) for spans in week_of(slots)]


def _normal(text: str) -> str:
    spans = _understood(text)
    return text.strip() if spans is None else words_of(spans)


def _understood(text: str) -> tuple[Span, ...] | None:
    try:
        return spans_of(text)
    except ValueError:
        return None


def _scale() -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    for hour in ("0:00", "6:00", "12:00", "18:00", "24:00"):
        label = QLabel(hour)
        label.setProperty("role", "secondary")
        row.addWidget(label)
        if hour != "24:00":
            row.addStretch(1)
    return row
