# SPDX-License-Identifier: GPL-3.0-or-later
"""Where staff say until when they are away, so that rules give them no tickets meanwhile."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial

from PyQt5.QtCore import QDateTime, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QDateTimeEdit,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.teams import Absence
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.times import full_time

_WIDTH = 480
_MORNING = time(9, 0)
_MONDAY = 0
_EXPLAINED = (
    "Rules give you no tickets until then; what you have stays yours. Colleagues see that you are"
    " away."
)
_PAST = "That is in the past; choose a later moment."
_READING = "Reading…"


class AbsenceDialog(Dialog):
    """A moment to choose, a few that are usual, and 'I am back'."""

    changed = pyqtSignal(str)
    """One sentence that says what is so now."""

    def __init__(self, desktop: Desktop, parent: QWidget) -> None:
        """Ask the desk how it is at present."""
        super().__init__(parent)
        self._desktop = desktop
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Away")
        self.setFixedWidth(_WIDTH)
        self.state = PlainLabel(_READING, role="strong")
        self.back_button = QPushButton("I am back")
        self.back_button.setAutoDefault(False)
        self.back_button.clicked.connect(lambda: self._save(None))
        self.back_button.hide()
        self.until = QDateTimeEdit()
        self.until.setCalendarPopup(True)
        self.until.setDisplayFormat("ddd d MMM yyyy, HH:mm")
        # The name of the day follows from the day, which is what one changes.
        self.until.setSelectedSection(QDateTimeEdit.DaySection)
        self._show_moment(self._morning(1))
        self._message = PlainLabel(role="error")
        self._message.hide()
        self._build()
        self.until.setFocus()
        job = desktop.background.run(self, desktop.desk.teams.absence)
        job.then(self._show).failed(self._on_not_read)

    def _build(self) -> None:
        now = QHBoxLayout()
        now.setSpacing(10)
        now.addWidget(self.state, 1)
        now.addWidget(self.back_button)
        usual = QWidget()
        flow = FlowLayout(spacing=6)
        usual.setLayout(flow)
        self.usual: dict[str, QPushButton] = {}
        for words, moment in self._usual():
            button = self.usual[words] = QPushButton(words)
            button.setAutoDefault(False)
            button.setToolTip(full_time(moment))
            button.clicked.connect(partial(self._on_usual, moment))
            flow.addWidget(button)
        foot = DialogFoot(self, "Be away")
        self.save_button = foot.save_button
        self.save_button.clicked.connect(lambda: self._on_save())
        title = QLabel("Away")
        title.setProperty("role", "title")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(8)
        column.addWidget(title)
        column.addLayout(now)
        column.addWidget(PlainLabel(_EXPLAINED, role="muted"))
        column.addSpacing(6)
        column.addWidget(FieldLabel("Away until", self.until))
        column.addWidget(self.until)
        column.addWidget(usual)
        column.addWidget(self._message)
        column.addSpacing(8)
        column.addLayout(foot)

    def _usual(self) -> list[tuple[str, datetime]]:
        today = self._desktop.clock().astimezone()
        to_monday = (_MONDAY - today.weekday()) % 7 or 7
        return [
            ("Tomorrow morning", self._morning(1)),
            ("Next Monday", self._morning(to_monday)),
            ("In a week", self._morning(7)),
            ("In two weeks", self._morning(14)),
        ]

    def _morning(self, days: int) -> datetime:
        """Return the local morning of a day to come."""
        day = self._desktop.clock().astimezone().date() + timedelta(days=days)
        return datetime.combine(day, _MORNING).astimezone()

    def _show_moment(self, moment: datetime) -> None:
        self.until.setDateTime(QDateTime(moment.astimezone().replace(tzinfo=None)))

    def _on_usual(self, moment: datetime, _checked: bool = False) -> None:
        self._show_moment(moment)
        self._say("")

    def _show(self, absence: Absence) -> None:
        until = absence.until
        is_away = until is not None and until > self._desktop.clock()
        self.back_button.setVisible(is_away)
        if is_away and until is not None:
            self.state.setText(f"You are away until {full_time(until)}.")
            self.save_button.setText("Change")
            self._show_moment(until)
        else:
            self.state.setText("You are here.")
        self.adjustSize()

    def _on_not_read(self, error: Exception) -> None:
        self.state.setText("")
        self._say(sentence_of(error))

    def _on_save(self) -> None:
        chosen = self.until.dateTime().toPyDateTime().replace(second=0, microsecond=0)
        until = chosen.astimezone()
        if until <= self._desktop.clock():
            self._say(_PAST)
            self.until.setFocus()
            return
        self._save(until)

    def _save(self, until: datetime | None) -> None:
        for button in (self.save_button, self.back_button):
            button.setEnabled(False)
        job = self._desktop.background.run(
            self, self._desktop.desk.teams.set_absence, Absence(until=until)
        )
        job.then(lambda _: self._on_saved(until)).failed(self._on_failed)

    def _on_saved(self, until: datetime | None) -> None:
        told = f"You are away until {full_time(until)}." if until else "You are back."
        self.changed.emit(told)
        self.accept()

    def _on_failed(self, error: Exception) -> None:
        for button in (self.save_button, self.back_button):
            button.setEnabled(True)
        self._say(sentence_of(error))

    def _say(self, sentence: str) -> None:
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))
        self.adjustSize()
