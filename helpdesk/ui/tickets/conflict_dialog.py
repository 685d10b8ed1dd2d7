# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks, field by field, whose change of a ticket shall stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.tickets.conflicts import Difference
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip
from helpdesk.ui.widgets.times import full_time, relative_time

_WIDTH = 640
_LABEL_CHARACTERS = 26
_COLUMNS = ("Field", "Your choice", "Now", "Changed by")


class ConflictDialog(Dialog):
    """One row a field, with the person's choice beside what it is now."""

    decided = pyqtSignal(dict)
    """The fields that shall be as the person chose, by name; empty: all stays as it is now."""

    def __init__(
        self, ticket: TicketView, rows: Sequence[Difference], now: datetime, parent: QWidget
    ) -> None:
        """Show the differences of a ticket's present state."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(f"{ticket.number} was changed in the meantime")
        self.setFixedWidth(_WIDTH)
        self._rows = tuple(rows)
        self._mine: dict[str, QRadioButton] = {}
        self._theirs: dict[str, QRadioButton] = {}
        self._groups: list[QButtonGroup] = []
        title = QLabel(self.windowTitle())
        title.setProperty("role", "title")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(6)
        column.addWidget(title)
        column.addWidget(ElidedLabel(ticket.subject, "muted"))
        column.addSpacing(6)
        column.addWidget(PlainLabel("Your change is not saved yet. Choose what shall stand."))
        column.addSpacing(8)
        column.addWidget(self._table(now))
        column.addSpacing(12)
        column.addLayout(self._foot())
        self._show_save()
        first = next((box for box in self._mine.values() if box.isEnabled()), self.keep_button)
        first.setFocus()

    def _table(self, now: datetime) -> QFrame:
        table = QFrame()
        table.setProperty("kind", "card")
        grid = QGridLayout(table)
        grid.setContentsMargins(14, 10, 14, 10)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for position, heading in enumerate(_COLUMNS):
            label = QLabel(heading)
            label.setProperty("role", "secondary")
            grid.addWidget(label, 0, position)
        for number, row in enumerate(self._rows, start=1):
            self._add_row(grid, number, row, now)
        grid.setColumnStretch(1, 2)
        grid.setColumnStretch(2, 2)
        grid.setColumnStretch(3, 2)
        return table

    def _add_row(self, grid: QGridLayout, number: int, row: Difference, now: datetime) -> None:
        name = QLabel(row.title)
        name.setProperty("role", "strong")
        mine = _choice(row.mine_label, f"{row.title}: your choice, {row.mine_label}")
        theirs = _choice(row.now_label, f"{row.title}: as it is now, {row.now_label}")
        group = QButtonGroup(self)
        group.addButton(mine)
        group.addButton(theirs)
        mine.setEnabled(row.is_possible)
        (mine if row.is_possible else theirs).setChecked(True)
        if not row.is_possible:
            mine.setToolTip("This cannot be chosen any more.")
        group.buttonClicked.connect(self._show_save)
        self._groups.append(group)
        self._mine[row.field], self._theirs[row.field] = mine, theirs
        grid.addWidget(name, number, 0)
        grid.addWidget(mine, number, 1)
        grid.addWidget(theirs, number, 2)
        grid.addWidget(_changed(row, now), number, 3)

    def _foot(self) -> QHBoxLayout:
        self.keep_button = QPushButton("&Keep theirs")
        self.keep_button.setToolTip("Leave the ticket as it is now (Esc)")
        self.keep_button.setAutoDefault(False)
        self.keep_button.clicked.connect(self.reject)
        self.use_button = QPushButton("&Use mine for all")
        self.use_button.setAutoDefault(False)
        self.use_button.clicked.connect(self._on_use_mine)
        if len(self._rows) < 2:
            self.use_button.hide()
        self.use_button.setEnabled(any(row.is_possible for row in self._rows))
        self.save_button = QPushButton()
        self.save_button.setProperty("kind", "primary")
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self._on_save)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.keep_button)
        foot.addStretch(1)
        foot.addWidget(self.use_button)
        foot.addWidget(self.save_button)
        return foot

    def reject(self) -> None:
        """Leave the ticket as it is now."""
        super().reject()
        self.decided.emit({})

    def _chosen(self) -> dict[str, object]:
        return {row.field: row.mine for row in self._rows if self._mine[row.field].isChecked()}

    def _show_save(self) -> None:
        chosen = self._chosen()
        self.save_button.setText("&Save my choice" if len(self._rows) == 1 else "&Save")
        self.save_button.setEnabled(bool(chosen))

    def _on_use_mine(self) -> None:
        for box in self._mine.values():
            box.setChecked(box.isEnabled())
        self._on_save()

    def _on_save(self) -> None:
        chosen = self._chosen()
        if chosen:
            self.accept()
            self.decided.emit(chosen)


def _choice(text: str, name: str) -> QRadioButton:
    # An ampersand in a category's name is no shortcut.
    shown = text if len(text) <= _LABEL_CHARACTERS else f"{text[: _LABEL_CHARACTERS - 1]}…"
    box = QRadioButton(shown.replace("&", "&&"))
    box.setAccessibleName(name)
    if shown != text:
        box.setToolTip(plain_tooltip(text))
    return box


def _changed(row: Difference, now: datetime) -> QWidget:
    """Return who made it so, and when, as far as the history tells."""
    if row.at is None:
        return ElidedLabel("as it was" if not row.who else row.who, "secondary")
    who = f"{row.who}, " if row.who else ""
    label = ElidedLabel(f"{who}{relative_time(row.at, now)}", "secondary")
    label.setToolTip(full_time(row.at))
    return label
