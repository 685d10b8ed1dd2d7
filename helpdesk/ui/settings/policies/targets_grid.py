# SPDX-License-Identifier: GPL-3.0-or-later
"""The times of a service level: a row for each priority, a field for each clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from helpdesk.core.schemas.sla import Target
from helpdesk.core.schemas.tickets import Priority
from helpdesk.ui.settings.policies.durations import minutes_of, words_of
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.plain_label import PlainLabel

TIMES = (
    ("first_response", "First response"),
    ("next_response", "Next response"),
    ("resolution", "Resolution"),
)
_EMPTY = "not measured"
_LONGEST = 40
_WIDTH = 150
_NOTHING = "Set at least one time."

Cell = tuple[Priority, str]


class TargetsGrid(QWidget):
    """What cannot be understood is said in the row it stands in."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        """Make the fields, empty."""
        super().__init__()
        self.cells: dict[Cell, QLineEdit] = {}
        self._errors: dict[Priority, PlainLabel] = {}
        self._lacks_times = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnMinimumWidth(0, 64)
        for column, (_, title) in enumerate(TIMES, start=1):
            heading = QLabel(title)
            heading.setProperty("role", "secondary")
            self._grid.addWidget(heading, 0, column)
        for place, priority in enumerate(reversed(Priority)):
            self._add_row(priority, 1 + 2 * place)
        self._grid.setColumnStretch(len(TIMES) + 1, 1)

    def texts(self) -> dict[str, str]:
        """Return what is typed, by the keys of the fields."""
        return {_key(cell): self._text(cell) for cell in self.cells}

    def put(self, texts: Mapping[str, str]) -> None:
        """Show texts without telling."""
        self._lacks_times = False
        for cell, field in self.cells.items():
            blocked = field.blockSignals(True)
            field.setText(texts.get(_key(cell), ""))
            field.blockSignals(blocked)
            self._check(cell)

    def targets(self) -> tuple[Target, ...] | None:
        """Return what the fields say, or ``None`` after saying at them what is wrong."""
        bad = [cell for cell in self.cells if not self._check(cell)]
        if bad:
            self.cells[bad[0]].setFocus()
            return None
        rows = (Target(priority=each, **dict(self._times(each))) for each in reversed(Priority))
        found = tuple(row for row in rows if any(getattr(row, field) for field, _ in TIMES))
        if not found:
            self._lacks_times = True
            self._check((Priority.URGENT, "first_response"))
            self.cells[(Priority.URGENT, "first_response")].setFocus()
            return None
        return found

    def lock(self) -> None:
        """Let the fields be read."""
        for cell in self.cells.values():
            cell.setReadOnly(True)

    @property
    def errors(self) -> list[str]:
        """What is wrong, row by row."""
        return [str(each.text()) for each in self._errors.values() if not each.isHidden()]

    def _add_row(self, priority: Priority, row: int) -> None:
        self._grid.addWidget(Chip(priority.label, priority.value), row, 0, Qt.AlignVCenter)
        for column, (field, title) in enumerate(TIMES, start=1):
            cell = priority, field
            edit = QLineEdit()
            edit.setPlaceholderText(_EMPTY)
            edit.setMaxLength(_LONGEST)
            edit.setMaximumWidth(_WIDTH)
            edit.setAccessibleName(f"{title}, {priority.label}")
            edit.textChanged.connect(partial(self._on_typed, cell))
            edit.editingFinished.connect(partial(self._on_left, cell))
            self.cells[cell] = edit
            self._grid.addWidget(edit, row, column)
        error = self._errors[priority] = PlainLabel(role="error")
        error.hide()
        self._grid.addWidget(error, row + 1, 1, 1, len(TIMES))

    def _times(self, priority: Priority) -> Iterator[tuple[str, int | None]]:
        for field, _ in TIMES:
            yield field, minutes_of(self.cells[(priority, field)].text())

    def _text(self, cell: Cell) -> str:
        typed = str(self.cells[cell].text()).strip()
        # "240 m" says what "4 h" says: only another length is a change.
        try:
            return words_of(minutes_of(typed))
        except ValueError:
            return typed

    def _check(self, cell: Cell) -> bool:
        priority, _ = cell
        problem = ""
        for field, _ in TIMES:
            each = priority, field
            wrong = _problem(self.cells[each].text())
            _mark(self.cells[each], invalid=bool(wrong))
            problem = problem or wrong
        if self._lacks_times and priority is Priority.URGENT:
            problem = problem or _NOTHING
        self._say(priority, problem)
        return not _problem(self.cells[cell].text())

    def _say(self, priority: Priority, sentence: str) -> None:
        self._errors[priority].setText(sentence)
        self._errors[priority].setVisible(bool(sentence))

    def _on_typed(self, cell: Cell, _text: str) -> None:
        if self._lacks_times:
            self._lacks_times = False
            self._check((Priority.URGENT, "first_response"))
        # While somebody types "1 h 30", nothing is wrong yet; what was wrong is looked at again.
        if self.cells[cell].property("invalid") or self.errors:
            self._check(cell)
        self.changed.emit()

    def _on_left(self, cell: Cell) -> None:
        if self._check(cell):
            blocked = self.cells[cell].blockSignals(True)
            self.cells[cell].setText(self._text(cell))
            self.cells[cell].blockSignals(blocked)


def values_of(targets: tuple[Target, ...]) -> dict[str, str]:
    """Return the texts of all fields for some targets."""
    known = {target.priority: target for target in targets}
    return {
        _key((priority, field)): words_of(getattr(known.get(priority), field, None))
        for priority in Priority
        for field, _ in TIMES
    }


def _key(cell: Cell) -> str:
    return f"{cell[0].value}.{cell[1]}"


def _problem(text: str) -> str:
    try:
        minutes_of(text)
    except ValueError as error:
        return str(error)
    return ""


def _mark(field: QLineEdit, *, invalid: bool) -> None:
    if bool(field.property("invalid")) != invalid:
        field.setProperty("invalid", invalid)
        field.style().unpolish(field)
        field.style().polish(field)
