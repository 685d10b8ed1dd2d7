# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at a public reply before it leaves: secrets, words of internal notes, open variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.macro_text import unfilled
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.secret_words import quoted_from, secrets_of
from helpdesk.core.text import ellipsis
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.question import fit_height

_WIDTH = 560
_PASSAGE = 120
_MOST = 6


class Caution(NamedTuple):
    """Something that may not be meant for who reads it."""

    what: str
    where: str


def cautions_of(body: str, ticket: TicketView) -> tuple[Caution, ...]:
    """Return what to look at again in a public reply on a ticket."""
    found = [
        Caution(f"It seems to hold {each.what}.", f"Line {each.line}: {each.shown}")
        for each in secrets_of(body)
    ]
    notes = [each for each in ticket.comments if each.internal]
    quoted = quoted_from(body, [each.body for each in notes])
    if quoted is not None:
        author = notes[quoted[0]].author.full_name
        passage = f"“{ellipsis(quoted[1], _PASSAGE)}”"
        found.append(Caution(f"It quotes the internal note of {author}.", passage))
    gaps = unfilled(body)
    if gaps:
        found.append(Caution("A variable is not filled in.", ", ".join(gaps)))
    return tuple(found[:_MOST])


class RailDialog(Dialog):
    """Names what was found and where; Enter and Esc go back."""

    send_wanted = pyqtSignal()
    back_wanted = pyqtSignal()

    def __init__(self, readers: str, cautions: Sequence[Caution], parent: QWidget) -> None:
        """Show what was found in a reply for some readers."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Look at your reply again")
        title = QLabel(self.windowTitle())
        title.setProperty("role", "title")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(title)
        column.addWidget(PlainLabel(f"It is about to go {readers[:1].lower()}{readers[1:]}."))
        for caution in cautions:
            column.addWidget(_row(caution))
        column.addSpacing(6)
        self.send_button = QPushButton("&Send anyway")
        self.send_button.setProperty("kind", "danger")
        self.send_button.setAutoDefault(False)
        self.send_button.clicked.connect(self._on_send)
        self.back_button = QPushButton("&Back")
        self.back_button.setDefault(True)
        self.back_button.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.send_button)
        foot.addWidget(self.back_button)
        column.addLayout(foot)
        fit_height(self, _WIDTH)
        self.back_button.setFocus()

    def reject(self) -> None:
        """Go back to writing."""
        super().reject()
        self.back_wanted.emit()

    def _on_send(self) -> None:
        self.accept()
        self.send_wanted.emit()


def _row(caution: Caution) -> QFrame:
    row = QFrame()
    row.setProperty("kind", "banner")
    row.setProperty("tone", "warning")
    sign = QLabel()
    sign.setPixmap(icon("alert", "ink_warning").pixmap(18, 18))
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(PlainLabel(caution.what, role="strong"))
    words.addWidget(PlainLabel(caution.where))
    inside = QHBoxLayout(row)
    inside.setContentsMargins(12, 8, 12, 8)
    inside.setSpacing(10)
    inside.addWidget(sign, 0, Qt.AlignTop)
    inside.addLayout(words, 1)
    return row
