# SPDX-License-Identifier: GPL-3.0-or-later
"""A passing word when the window is closed while something still waits to be sent."""

from __future__ import annotations

from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from helpdesk.ui.waiting_words import how_many
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.question import fit_height

_WIDTH = 420
_SHOWN_MS = 5_000
# Kept here, because a window without a parent is deleted with the last name that holds it.
_shown: ClosingNote | None = None


class ClosingNote(Dialog):
    """Says what is kept; it holds nobody up and goes by itself."""

    def __init__(self, waiting: int, refused: int) -> None:
        """Name how many actions wait, and how many were refused and need a decision."""
        super().__init__(None, Qt.Dialog | Qt.WindowStaysOnTopHint)
        self.setObjectName("closing_note")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Help Desk")
        title = QLabel("Nothing is lost")
        title.setProperty("role", "heading")
        self.sentence = PlainLabel(_sentence(waiting, refused))
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(title)
        column.addWidget(self.sentence)
        column.addLayout(foot)
        self._goes = QTimer(self)
        self._goes.setSingleShot(True)
        self._goes.timeout.connect(self.close)
        self._goes.start(_SHOWN_MS)

    def show_in_the_middle(self) -> None:
        """Show it where it is seen, without a parent that is about to go."""
        global _shown
        _shown = self
        fit_height(self, _WIDTH)
        room = QApplication.primaryScreen().availableGeometry()
        self.move(room.center() - self.rect().center())
        self.show()


def _sentence(waiting: int, refused: int) -> str:
    said = []
    if waiting:
        verb = "is" if waiting == 1 else "are"
        said.append(
            f"{how_many(waiting).capitalize()} {verb} kept on this workstation and will be sent"
            " at the next start."
        )
    if refused:
        verb = "was" if refused == 1 else "were"
        said.append(
            f"{how_many(refused).capitalize()} {verb} not taken by the server; you find what you"
            " wrote under File, Waiting to be sent."
        )
    return " ".join(said)
