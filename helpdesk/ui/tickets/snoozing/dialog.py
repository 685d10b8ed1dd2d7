# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks until when a ticket is to be out of sight, or several."""

from __future__ import annotations

from datetime import datetime

from PyQt5.QtCore import QDateTime, QSize, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QCheckBox,
    QDateTimeEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.snoozes import LONGEST, PAST, TOO_FAR, SnoozeChoice
from helpdesk.ui.tickets.snoozing.words import morning, usual_moments
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.question import fit_height
from helpdesk.ui.widgets.times import full_time

_WIDTH, _ROW = 440, 32
REPLY, PICK = "When somebody replies", "Pick a time"
_EXPLAINED = (
    "It leaves the queue until then. Its clocks go on: the requester has been promised as much as"
    " before. A new status by somebody else brings it back, too."
)
_EXPLAINED_MANY = (
    "They leave the queue until then. Their clocks go on: the requesters have been promised as much"
    " as before. A new status by somebody else brings each of them back, too."
)


class SnoozeDialog(Dialog):
    """Usual moments to choose by arrows or their number, a reply, or a moment of one's own."""

    chosen = pyqtSignal(object)
    """The ``SnoozeChoice``."""

    def __init__(self, what: str, clock: Clock, parent: QWidget, *, many: bool = False) -> None:
        """Offer the moments as they are now; ``what`` names the ticket, or says how many."""
        super().__init__(parent)
        self._clock = clock
        self._moments: dict[str, datetime] = {}
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(f"Snooze {what}")
        self.rows = QListWidget()
        self.rows.setAccessibleName("Until when")
        self._fill()
        self.until = QDateTimeEdit(_qt(morning(clock(), 1)))
        self.until.setCalendarPopup(True)
        self.until.setDisplayFormat("ddd d MMM yyyy, HH:mm")
        self.until.setSelectedSection(QDateTimeEdit.DaySection)
        self.until.dateTimeChanged.connect(lambda _: self._show_choice())
        self._until_label = FieldLabel("Snoozed until", self.until)
        self.by_reply = QCheckBox("Also come back as soon as somebody else replies")
        self.by_reply.setChecked(True)
        self._message = PlainLabel(role="error")
        self._message.hide()
        self.foot = DialogFoot(self, "Snooze")
        self.foot.save_button.clicked.connect(lambda: self._on_save())
        self._build(what, _EXPLAINED_MANY if many else _EXPLAINED)
        self.rows.currentRowChanged.connect(lambda _row: self._show_choice())
        self.rows.itemDoubleClicked.connect(lambda _item: self._on_save())
        self.rows.setCurrentRow(0)
        self.rows.setFocus()

    def _fill(self) -> None:
        for place, usual in enumerate(usual_moments(self._clock()), start=1):
            self._moments[usual.words] = usual.moment
            self._add(f"{place}   {usual.words}   ·   {full_time(usual.moment)}", usual.words)
        for words in (REPLY, PICK):
            self._add(f"{self.rows.count() + 1}   {words}", words)
        self.rows.setFixedHeight(self.rows.count() * _ROW + 2 * self.rows.frameWidth() + 2)

    def _add(self, text: str, words: str) -> None:
        item = QListWidgetItem(text)
        item.setData(Qt.UserRole, words)
        item.setSizeHint(QSize(0, _ROW))
        self.rows.addItem(item)

    def _build(self, what: str, explained: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(8)
        column.addWidget(PlainLabel(f"Snooze {what}", role="title"))
        column.addWidget(PlainLabel(explained, role="muted"))
        column.addWidget(self.rows)
        column.addWidget(self._until_label)
        column.addWidget(self.until)
        column.addWidget(self.by_reply)
        column.addWidget(self._message)
        column.addSpacing(8)
        column.addLayout(self.foot)

    @property
    def words(self) -> str:
        """What is chosen of the list."""
        item = self.rows.currentItem()
        return str(item.data(Qt.UserRole)) if item else PICK

    def _show_choice(self) -> None:
        picks = self.words == PICK
        self._until_label.setVisible(picks)
        self.until.setVisible(picks)
        self.by_reply.setVisible(self.words != REPLY)
        self._say(self._problem() if picks else "")

    def _on_save(self) -> None:
        if self.words == REPLY:
            self._choose(None, until_reply=True)
            return
        if problem := self._problem():
            self._say(problem)
            self.until.setFocus()
            return
        self._choose(self._moment, until_reply=self.by_reply.isChecked())

    @property
    def _moment(self) -> datetime:
        """What is chosen of the list, else what is picked."""
        picked = self.until.dateTime().toPyDateTime().replace(second=0, microsecond=0).astimezone()
        return self._moments.get(self.words, picked)

    def _problem(self) -> str:
        """Say why the desk would not take the moment; nothing where it would."""
        moment, now = self._moment, self._clock()
        if moment <= now:
            return PAST
        return TOO_FAR if moment > now + LONGEST else ""

    def _choose(self, until: datetime | None, *, until_reply: bool) -> None:
        self.accept()
        self.chosen.emit(SnoozeChoice(until=until, until_reply=until_reply))

    def _say(self, sentence: str) -> None:
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))
        # What wraps needs more than the layout asks for of itself.
        fit_height(self, _WIDTH)


def _qt(moment: datetime) -> QDateTime:
    return QDateTime(moment.astimezone().replace(tzinfo=None))
