# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks before a reply leaves that was written on a ticket which others have changed since."""

from __future__ import annotations

from datetime import datetime

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.tickets import CommentView, TicketView
from helpdesk.ui.tickets.news import News, words_of
from helpdesk.ui.widgets.avatar import Avatar
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.plain_text_view import PlainTextView
from helpdesk.ui.widgets.times import full_time, relative_time

_WIDTH, _HEIGHT = 660, 480


class StaleDialog(Dialog):
    """Shows what came, in full; Enter and Esc go back to writing."""

    send_wanted = pyqtSignal()
    note_wanted = pyqtSignal()
    back_wanted = pyqtSignal()

    def __init__(
        self, ticket: TicketView, news: News, now: datetime, parent: QWidget, *, may_note: bool
    ) -> None:
        """Show the news of a ticket."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(f"{ticket.number} has changed since you began to write")
        title = QLabel(self.windowTitle())
        title.setProperty("role", "title")
        inside = QWidget()
        inside.setProperty("ground", "surface")
        shown = QVBoxLayout(inside)
        shown.setContentsMargins(12, 12, 12, 12)
        shown.setSpacing(10)
        for event in news.changes:
            line = PlainLabel(f"{words_of(event)}, {relative_time(event.at, now)}")
            line.setToolTip(full_time(event.at))
            shown.addWidget(line)
        for comment in news.comments:
            shown.addWidget(_card(comment, now))
        shown.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        area.setAccessibleName("What has changed")
        area.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(ElidedLabel(ticket.subject, "muted"))
        column.addSpacing(4)
        column.addWidget(area, 1)
        column.addWidget(PlainLabel("Your reply is kept until you decide.", role="secondary"))
        column.addLayout(self._foot(may_note=may_note))
        self.resize(_WIDTH, min(_HEIGHT, 250 + 90 * len(news.comments) + 26 * len(news.changes)))
        self.back_button.setFocus()

    def reject(self) -> None:
        """Go back to writing."""
        super().reject()
        self.back_wanted.emit()

    def _foot(self, *, may_note: bool) -> QHBoxLayout:
        self.send_button = QPushButton("&Send anyway")
        self.send_button.setAutoDefault(False)
        self.send_button.clicked.connect(lambda: self._on_decided(self.send_wanted))
        self.note_button = QPushButton("Make it a &note")
        self.note_button.setToolTip("Only staff will read it")
        self.note_button.setAutoDefault(False)
        self.note_button.clicked.connect(lambda: self._on_decided(self.note_wanted))
        self.note_button.setVisible(may_note)
        self.back_button = QPushButton("&Back to writing")
        self.back_button.setProperty("kind", "primary")
        self.back_button.setDefault(True)
        self.back_button.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.send_button)
        foot.addWidget(self.note_button)
        foot.addStretch(1)
        foot.addWidget(self.back_button)
        return foot

    def _on_decided(self, wanted: object) -> None:
        self.accept()
        wanted.emit()  # type: ignore[attr-defined]


def _card(comment: CommentView, now: datetime) -> QFrame:
    """Return a message in full, as plain text."""
    card = QFrame()
    card.setProperty("kind", "note" if comment.internal else "card")
    head = QHBoxLayout()
    head.setSpacing(8)
    head.addWidget(Avatar(comment.author.full_name))
    head.addWidget(ElidedLabel(comment.author.full_name, "strong"))
    if comment.internal:
        head.addWidget(Chip("Internal note", "warning"))
    when = QLabel(relative_time(comment.created_at, now))
    when.setProperty("role", "muted")
    when.setToolTip(full_time(comment.created_at))
    head.addWidget(when)
    head.addStretch(1)
    body = PlainTextView()
    body.setAccessibleName(f"Message of {comment.author.full_name}")
    body.set_plain(comment.body)
    column = QVBoxLayout(card)
    column.setContentsMargins(14, 12, 14, 12)
    column.setSpacing(8)
    column.addLayout(head)
    column.addWidget(body)
    return card
