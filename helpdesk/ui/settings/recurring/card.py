# SPDX-License-Identifier: GPL-3.0-or-later
"""One recurring ticket in the list: its rule in words, and when the next one comes."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout

from helpdesk.core.schemas.recurrences import RecurrenceView
from helpdesk.ui.settings.recurring.words import state_words
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel

_INDENT = 4


class RecurrenceCard(QFrame):
    """Shows a plan; its buttons are told to the section."""

    opened = pyqtSignal()
    switched = pyqtSignal()
    """It is to be paused, or to go on."""
    removal_wanted = pyqtSignal()
    ticket_wanted = pyqtSignal(int)

    def __init__(self, recurrence: RecurrenceView) -> None:
        """Show a plan as it is."""
        super().__init__()
        self.recurrence = recurrence
        self.setProperty("kind", "card")
        self.setAccessibleName(recurrence.name)
        self.name = LinkButton(recurrence.name)
        self.name.setProperty("kind", "card-title")
        self.name.clicked.connect(lambda: self.opened.emit())
        self.chip = Chip(state_words(recurrence), "success" if recurrence.active else "neutral")
        self.switch = QPushButton("Pause" if recurrence.active else "Resume")
        self.switch.setAccessibleName(f"{self.switch.text()} {recurrence.name}")
        if recurrence.ended:
            self.switch.hide()
        self.switch.clicked.connect(lambda: self.switched.emit())
        self.remove = QPushButton("Remove…")
        self.remove.setAccessibleName(f"Remove {recurrence.name}")
        self.remove.clicked.connect(lambda: self.removal_wanted.emit())
        for button in (self.switch, self.remove):
            button.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.name)
        head.addStretch(1)
        head.addWidget(self.chip)
        head.addWidget(self.switch)
        head.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 12, 12)
        column.setSpacing(4)
        column.addLayout(head)
        words = PlainLabel(recurrence.words)
        words.setContentsMargins(_INDENT, 0, 0, 0)
        column.addWidget(words)
        under = QHBoxLayout()
        under.setContentsMargins(_INDENT, 0, 0, 0)
        under.addWidget(PlainLabel(_about(recurrence), role="secondary"), 1)
        if (last := recurrence.last_ticket) is not None:
            link = LinkButton(f"Last: {last.number}")
            link.clicked.connect(lambda: self.ticket_wanted.emit(last.id))
            under.addWidget(link)
        column.addLayout(under)


def _about(recurrence: RecurrenceView) -> str:
    parts = [
        recurrence.subject,
        f"for {recurrence.requester.full_name}",
        recurrence.team.name if recurrence.team else "",
    ]
    line = " · ".join(each for each in parts if each)
    return f"{line}  → {recurrence.assignee.full_name}" if recurrence.assignee else line
