# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of holidays that a calendar subscribes to, and how each was read the last time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.sla import FeedState
from helpdesk.ui.icons import icon
from helpdesk.ui.settings.figure_words import counted
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.times import full_time, relative_time

MOST_FEEDS: Final = 5
_LONGEST = 500
_EXAMPLE = "https://example.org/holidays.ics"
_NOT_READ = "Not read yet."
_AFTER_SAVING = "Read as soon as it is saved."


class FeedsList(QWidget):
    """A field for each address, with what became of it below."""

    changed = pyqtSignal()
    rearranged = pyqtSignal()
    """Other controls stand here now, in another order."""
    read_wanted = pyqtSignal()
    """The person wants all of them read at once."""

    def __init__(self) -> None:
        """Begin without addresses."""
        super().__init__()
        self.rows: list[_FeedRow] = []
        self._states: dict[str, FeedState] = {}
        self._now: datetime | None = None
        self.add_button = QPushButton("Subscribe to a file")
        self.add_button.clicked.connect(lambda: self._on_add())
        self.read_button = QPushButton("Read now")
        self.read_button.setToolTip("Read the saved addresses at once")
        self.read_button.clicked.connect(self.read_wanted)
        self._is_locked = False
        self._buttons = QWidget()
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(8)
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.read_button)
        buttons.addStretch(1)
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._column)
        column.addWidget(self._buttons)
        self._show_buttons()

    def lock(self) -> None:
        """Let the addresses be read."""
        self._is_locked = True
        self._buttons.hide()

    def urls(self) -> list[str]:
        """Return the addresses, without empty fields."""
        typed = (str(row.field.text()).strip() for row in self.rows)
        return [url for url in typed if url]

    def saved_urls(self) -> list[str]:
        """Return the addresses that the desk knows."""
        return [url for url in self.urls() if url in self._states]

    def put(self, urls: Sequence[str]) -> None:
        """Show addresses without telling."""
        if list(urls) != self.urls():
            while self.rows:
                self._drop(self.rows[-1])
            for url in urls:
                self._append(url)
        self._show_states()

    def show_states(self, states: Sequence[FeedState], now: datetime) -> None:
        """Say how the saved addresses were read."""
        self._states = {state.url: state for state in states}
        self._now = now
        self._show_states()

    def set_reading(self, *, reading: bool) -> None:
        """Say that they are being read."""
        self.read_button.setEnabled(not reading)
        self.read_button.setText("Reading…" if reading else "Read now")

    @property
    def words(self) -> list[str]:
        """What is said of each address."""
        return [row.words for row in self.rows]

    def _append(self, url: str) -> _FeedRow:
        row = _FeedRow(url)
        row.field.textChanged.connect(self._on_typed)
        row.remove_button.clicked.connect(partial(self._on_remove, row))
        self.rows.append(row)
        row.field.setReadOnly(self._is_locked)
        row.remove_button.setVisible(not self._is_locked)
        self._column.addWidget(row)
        row.show()
        self._show_buttons()
        self.rearranged.emit()
        return row

    def _drop(self, row: _FeedRow) -> None:
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._show_buttons()

    def _show_states(self) -> None:
        for row in self.rows:
            row.show_state(self._states.get(str(row.field.text()).strip()), self._now)
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.add_button.setEnabled(len(self.rows) < MOST_FEEDS)
        self.read_button.setVisible(bool(self._states))

    def _on_add(self) -> None:
        self._append("").field.setFocus()

    def _on_remove(self, row: _FeedRow, _checked: bool = False) -> None:
        self._drop(row)
        self.add_button.setFocus()
        self.changed.emit()

    def _on_typed(self, _text: str) -> None:
        self._show_states()
        self.changed.emit()


class _FeedRow(QWidget):
    """An address, a cross, and a line below."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.field = QLineEdit(url)
        self.field.setPlaceholderText(_EXAMPLE)
        self.field.setAccessibleName("Address of a file of holidays")
        self.field.setMaxLength(_LONGEST)
        self.remove_button = QToolButton()
        self.remove_button.setIcon(icon("close"))
        self.remove_button.setAccessibleName("Remove this address")
        self.remove_button.setToolTip("Remove this address")
        self._state = PlainLabel(role="secondary")
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.field, 1)
        line.addWidget(self.remove_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(line)
        column.addWidget(self._state)

    @property
    def words(self) -> str:
        return str(self._state.text())

    def show_state(self, state: FeedState | None, now: datetime | None) -> None:
        said, role, tip = _words(state, now)
        self._state.setText(said)
        self._state.setToolTip(tip)
        self.field.setAccessibleDescription(said)
        if self._state.property("role") != role:
            self._state.setProperty("role", role)
            self._state.style().unpolish(self._state)
            self._state.style().polish(self._state)


def _words(state: FeedState | None, now: datetime | None) -> tuple[str, str, str]:
    """Return what is said of a feed, in which role, and the tooltip."""
    if state is None or now is None:
        return _AFTER_SAVING, "secondary", ""
    days = counted(state.days, "day", "days")
    if state.read_at is None:
        return state.problem or _NOT_READ, "error" if state.problem else "secondary", ""
    read = f"Read {relative_time(state.read_at, now)}, {days}."
    tip = full_time(state.read_at)
    if state.problem:
        return f"{state.problem} {read}", "error", tip
    return read, "secondary", tip
