# SPDX-License-Identifier: GPL-3.0-or-later
"""How who asked found the solution, beside the fields of a ticket, for the staff."""

from __future__ import annotations

from datetime import datetime

from PyQt5.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.tickets.satisfaction.words import score_words, tone_of
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.times import full_time, relative_time


class SatisfactionSection(QWidget):
    """Score, reason and comment; it takes no room while there is no rating."""

    def __init__(self) -> None:
        """Begin without a rating."""
        super().__init__()
        title = QLabel("Satisfaction")
        title.setProperty("role", "secondary")
        self.score = Chip()
        self.reason, self.comment, self.when = PlainLabel(), PlainLabel(), PlainLabel()
        self.when.setProperty("role", "secondary")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(4)
        for part in (title, self.score, self.reason, self.comment, self.when):
            if isinstance(part, PlainLabel):
                # A long word must not make the column wider.
                part.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Preferred)
            column.addWidget(part)
        self.hide()

    def show_ticket(self, ticket: TicketView, now: datetime) -> None:
        """Show the rating of a ticket, where somebody else gave it."""
        rating = ticket.rating
        if rating is None or "rate" in ticket.allowed:
            self.hide()
            return
        self.score.set_text(score_words(rating.score), tone_of(rating.score))
        self.reason.setText(rating.reason.label if rating.reason else "")
        self.reason.setVisible(rating.reason is not None)
        self.comment.setText(rating.comment)
        self.comment.setVisible(bool(rating.comment))
        how = " by the link in a mail" if rating.by_mail else ""
        self.when.setText(f"{relative_time(rating.at, now)}{how}")
        self.when.setToolTip(full_time(rating.at))
        self.show()
