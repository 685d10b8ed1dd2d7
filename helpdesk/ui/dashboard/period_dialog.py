# SPDX-License-Identifier: GPL-3.0-or-later
"""The first and the last day of a period that has no name."""

from __future__ import annotations

from datetime import date, timedelta

from PyQt5.QtCore import QDate, Qt, pyqtSignal
from PyQt5.QtWidgets import QDateEdit, QGridLayout, QLabel, QVBoxLayout, QWidget

from helpdesk.core.schemas.figures import MOST_DAYS, Period, Span
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_USUAL_DAYS = 14


class DayFields(QWidget):
    """Two days, and what is wrong with them."""

    changed = pyqtSignal()

    def __init__(self, today: date, span: Span | None) -> None:
        """Begin with the days of a custom period, else with the last two weeks."""
        super().__init__()
        self._today = today
        first, last = today - timedelta(days=_USUAL_DAYS - 1), today
        if span is not None and span.first and span.last:
            first, last = date.fromisoformat(span.first), date.fromisoformat(span.last)
        self.first, self.last = _field(first), _field(last)
        self._problem = PlainLabel(role="error")
        self._problem.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        for column, (name, field) in enumerate(
            (("First day", self.first), ("Last day", self.last))
        ):
            grid.addWidget(FieldLabel(name, field), 0, column)
            grid.addWidget(field, 1, column)
            field.dateChanged.connect(self._on_changed)
        grid.addWidget(self._problem, 2, 0, 1, 2)

    @property
    def problem(self) -> str:
        """What is wrong with the days, if anything."""
        days = self.first.date().daysTo(self.last.date()) + 1
        if days < 1:
            return "The last day lies before the first; choose a later one."
        today = QDate(self._today.year, self._today.month, self._today.day)
        if self.first.date().daysTo(today) < 0:
            return "The first day has not come yet; choose an earlier one."
        return f"Choose at most {MOST_DAYS:,} days." if days > MOST_DAYS else ""

    @property
    def span(self) -> Span:
        """The days as a period."""
        first, last = (field.date().toString(Qt.ISODate) for field in (self.first, self.last))
        return Span(period=Period.CUSTOM, first=first, last=last)

    def _on_changed(self) -> None:
        self._problem.setText(self.problem)
        self._problem.setVisible(bool(self.problem))
        self.changed.emit()


class PeriodDialog(Dialog):
    """Asks for two days."""

    chosen = pyqtSignal(object)
    """A ``Span``."""

    def __init__(self, today: date, span: Span, parent: QWidget) -> None:
        """Begin with the days of the period."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Custom days")
        title = QLabel("Custom days")
        title.setProperty("role", "title")
        self.fields = DayFields(today, span)
        foot = DialogFoot(self, "Show these days")
        self.save_button = foot.save_button
        self.save_button.clicked.connect(self._on_saved)
        self.fields.changed.connect(lambda: self.save_button.setEnabled(not self.fields.problem))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(self.fields)
        column.addLayout(foot)
        self.fields.first.setFocus()

    def _on_saved(self) -> None:
        if not self.fields.problem:
            self.accept()
            self.chosen.emit(self.fields.span)


def _field(day: date) -> QDateEdit:
    field = QDateEdit(QDate(day.year, day.month, day.day))
    field.setCalendarPopup(True)
    field.setDisplayFormat("ddd d MMM yyyy")
    field.setSelectedSection(QDateEdit.DaySection)
    return field
