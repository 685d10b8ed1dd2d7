# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks how long somebody worked and at what: to enter it, to change it, to stop a timer."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from PyQt5.QtCore import QDate, Qt, pyqtSignal
from PyQt5.QtWidgets import QDateEdit, QLineEdit, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.time_entries import (
    MOST_SECONDS,
    RunningTimer,
    TimeEntryView,
    TimerStop,
    TimeSpent,
)
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.time_amounts import read, read_span, written
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH = 380
NO_AMOUNT = "Write how long it took, such as “1h 30m”, “90” minutes or “1:30”; at most 24 hours."
_NO_TIME = "Write how long it took, such as “1h 30m”, or from when to when, such as “9:00-10:30”."
_FUTURE = "This ends in the future; enter time when it is over."
_NOON = time(12)


def amount_of(text: str) -> int | None:
    """Return the seconds that somebody wrote; ``None`` for none, and for more than may be."""
    seconds = read(text)
    return seconds if seconds and seconds <= MOST_SECONDS else None


class _TimeForm(Dialog):
    """A title, fields below each other, and a sentence about what is wrong with them."""

    def __init__(self, title: str, save: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setFixedWidth(_WIDTH)
        self.note = QLineEdit()
        self.note.setMaxLength(NAME_LIMIT)
        self.message = PlainLabel(role="error")
        self.message.hide()
        self.foot = DialogFoot(self, save)
        self.foot.save_button.clicked.connect(lambda: self._on_save())
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 20, 24, 20)
        self._column.setSpacing(8)
        self._column.addWidget(PlainLabel(title, role="title"))

    def _add(self, *named: tuple[str, QWidget]) -> None:
        for name, field in named:
            self._column.addWidget(FieldLabel(name, field))
            self._column.addWidget(field)
        self._column.addWidget(self.message)
        self._column.addSpacing(8)
        self._column.addLayout(self.foot)

    def _say(self, sentence: str) -> None:
        self.message.setText(sentence)
        self.message.setVisible(bool(sentence))

    def _on_save(self) -> None:
        raise NotImplementedError


class TimeDialog(_TimeForm):
    """How long, on which day, and at what."""

    decided = pyqtSignal(object)
    """A ``TimeSpent``."""

    def __init__(self, now: datetime, parent: QWidget, entry: TimeEntryView | None = None) -> None:
        """Enter time anew, or change an ``entry``."""
        super().__init__("Change time" if entry else "Add time", "Save", parent)
        self._now, self._entry = now, entry
        began = (entry.started_at if entry else now).astimezone().date()
        self.amount, self.day = QLineEdit(), QDateEdit(QDate(began.year, began.month, began.day))
        self.amount.setPlaceholderText("1h 30m, 90, 1:30 or 9:00-10:30")
        today = now.astimezone().date()
        self.day.setMaximumDate(QDate(today.year, today.month, today.day))
        self.day.setCalendarPopup(True)
        self.note.setPlaceholderText("What was done")
        self._add(("How long", self.amount), ("Day", self.day), ("Note", self.note))
        if entry is not None:
            self.amount.setText(written(entry.seconds))
            self.note.setText(entry.note)
        self.amount.setFocus()

    def _on_save(self) -> None:
        spent = self._spent()
        self._say(spent if isinstance(spent, str) else "")
        if isinstance(spent, TimeSpent):
            self.decided.emit(spent)
            self.accept()

    def _spent(self) -> TimeSpent | str:
        """Return the time that is meant, or what is wrong with it."""
        shown = self.day.date()
        day, span = date(shown.year(), shown.month(), shown.day()), read_span(self.amount.text())
        seconds = amount_of(self.amount.text()) if span is None else (span[1] - span[0]) * 60
        if seconds is None:
            return _NO_TIME
        began = self._began(day, seconds) if span is None else _at(day, span[0])
        if began + timedelta(seconds=seconds) > self._now:
            return _FUTURE
        return TimeSpent(started_at=began, seconds=seconds, note=self.note.text())

    def _began(self, day: date, seconds: int) -> datetime:
        """Return when it began of which only the day is known: just now, or about noon."""
        if self._entry is not None and self._entry.started_at.astimezone().date() == day:
            latest = self._now - timedelta(seconds=seconds)
            return min(self._entry.started_at, latest)
        if day == self._now.astimezone().date():
            return self._now - timedelta(seconds=seconds)
        return datetime.combine(day, _NOON).astimezone()


class StopDialog(_TimeForm):
    """What was done while the timer ran; of a forgotten one also how long it really was."""

    decided = pyqtSignal(object)
    """A ``TimerStop``."""
    discarded = pyqtSignal()

    def __init__(self, running: RunningTimer, seconds: int, parent: QWidget) -> None:
        """Stop a timer that has run for so many seconds."""
        super().__init__(f"Stop the timer on {running.ticket.number}", "Stop timer", parent)
        self._is_long = running.is_long
        self._ran = written(max(60, seconds // 60 * 60))
        self.amount = QLineEdit("" if running.is_long else self._ran)
        self.amount.setPlaceholderText("1h 30m, 90 or 1:30")
        self.note.setPlaceholderText("What was done")
        if running.is_long:
            said = f"It has run for {self._ran}. How long did you really work?"
            self._column.addWidget(PlainLabel(said))
        self._add(("How long", self.amount), ("Note", self.note))
        discard = QPushButton("Discard")
        discard.setToolTip("Forget this time")
        discard.setAutoDefault(False)
        discard.clicked.connect(self._on_discard)
        self.foot.insertWidget(0, discard)
        (self.amount if running.is_long else self.note).setFocus()

    def _on_discard(self) -> None:
        self.accept()
        self.discarded.emit()

    def _on_save(self) -> None:
        seconds = amount_of(self.amount.text())
        if seconds is None:
            self._say(NO_AMOUNT)
            return
        as_it_ran = not self._is_long and self.amount.text() == self._ran
        self.accept()
        self.decided.emit(TimerStop(note=self.note.text(), seconds=None if as_it_ran else seconds))


def _at(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()).astimezone() + timedelta(minutes=minutes)
