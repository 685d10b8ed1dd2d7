# SPDX-License-Identifier: GPL-3.0-or-later
"""The heading of a ticket: its number and subject, who opened it, and what can be done with it."""

from __future__ import annotations

from datetime import datetime

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.tickets.snoozing.words import snooze_words
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.clamped_label import ClampedLabel
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.times import relative_time


class PaneHeading(QFrame):
    """Shows the buttons that the desk allows, beside the subject or below it."""

    def __init__(self, *, working: bool) -> None:
        """Offer the work of staff only where the tab is for ``working`` tickets."""
        super().__init__()
        self._working = working
        self.setProperty("kind", "heading")
        self.take_button = _button("Assign to me", "Take this ticket (A)")
        self.release_button = _button("Put back", "Put this ticket back into the queue")
        self.resolve_button = _button("Resolve", "The problem is solved (E)")
        self.resolve_button.setProperty("kind", "primary")
        self.close_button = _button("Close ticket", "Nothing more is to be done")
        self.reopen_button = _button("Reopen", "The problem is not solved after all")
        self.details_button = _button("Details", "Show fields and history")
        self.details_button.setCheckable(True)
        self.more_button = _more_button()
        self._lay_out()

    def add_strip(self, strip: QWidget) -> None:
        """Show something beside the line below the subject."""
        self._below.addWidget(strip)

    def show_ticket(self, ticket: TicketView, now: datetime) -> None:
        """Show another ticket, or another state of the same."""
        self._number.setText(ticket.number)
        self._subject.setText(ticket.subject)
        self.show_time(ticket, now)
        self._show_escalation(ticket)
        self.snooze.setVisible(ticket.snoozed is not None)
        if ticket.snoozed is not None:
            self.snooze.set_text(snooze_words(ticket.snoozed, now))
            self.snooze.setToolTip(f"By {ticket.snoozed.by}; its clocks go on")
        allowed, working = ticket.allowed, self._working
        self.take_button.setVisible(working and "take" in allowed)
        self.release_button.setVisible(working and "release" in allowed)
        self.resolve_button.setVisible(working and "resolve" in allowed)
        is_done = not ticket.status.is_open
        self.close_button.setVisible("close" in allowed and (is_done or not working))
        self.reopen_button.setVisible("reopen" in allowed)

    def show_time(self, ticket: TicketView, now: datetime) -> None:
        """Say how long ago it was opened, and who works it."""
        when = relative_time(ticket.created_at, now)
        how = "" if ticket.source.value == "desktop" else f" by {ticket.source.label.lower()}"
        parts = [f"{ticket.requester.full_name} opened it {when}{how}"]
        if ticket.assignee:
            parts.append(f"assigned to {ticket.assignee.full_name}")
        self._under.setText(" · ".join(parts))

    def _show_escalation(self, ticket: TicketView) -> None:
        level = ticket.clock.escalation_level if ticket.clock else 0
        self.escalation.set_text(f"Escalated, level {level}")
        self.escalation.setToolTip("How many steps of escalation rules have been taken")
        self.escalation.setVisible(level > 0 and ticket.status.is_open)

    def set_narrow(self, *, narrow: bool) -> None:
        """Put the buttons below the subject where there is no room beside it."""
        self.details_button.setVisible(narrow)
        row, column = (3, 0) if narrow else (0, 1)
        self._grid.addWidget(self._buttons, row, column, Qt.AlignLeft)

    def _lay_out(self) -> None:
        self._number = QLabel()
        self._number.setProperty("role", "title")
        self._subject = ClampedLabel("title", 2)
        self.escalation = Chip("", "urgent")
        self.escalation.hide()
        self.snooze = Chip("", "neutral")
        self.snooze.hide()
        self._under = ElidedLabel("", "muted")
        title = QHBoxLayout()
        title.setSpacing(8)
        title.addWidget(self._number, 0, Qt.AlignTop)
        title.addWidget(self._subject, 1, Qt.AlignTop)
        title.addWidget(self.escalation, 0, Qt.AlignTop)
        self._buttons = QWidget()
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(8)
        for button in (
            self.details_button,
            self.release_button,
            self.take_button,
            self.reopen_button,
            self.close_button,
            self.resolve_button,
            self.more_button,
        ):
            buttons.addWidget(button)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 12, 16, 12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._grid.addLayout(title, 0, 0)
        self._below = QHBoxLayout()
        self._below.setSpacing(8)
        self._below.addWidget(self._under, 1)
        self._grid.addLayout(self._below, 1, 0)
        # In a line of its own: beside the subject it would leave no room to read that.
        self._grid.addWidget(self.snooze, 2, 0, Qt.AlignLeft)


def _more_button() -> QToolButton:
    button = QToolButton()
    button.setText("More")
    button.setAccessibleName("More to do with this ticket")
    button.setToolTip("More to do with this ticket")
    button.setProperty("kind", "drop")
    button.setPopupMode(QToolButton.InstantPopup)
    button.setMenu(QMenu(button))
    button.hide()
    return button


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    return button
