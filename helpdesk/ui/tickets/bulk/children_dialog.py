# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks before marked tickets are resolved or closed below which others are open still."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.ticket_work import TicketRef
from helpdesk.core.schemas.tickets import Status
from helpdesk.ui.tickets.linking.ending import DONE, named
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.question import fit_height

_WIDTH = 440


class ChildrenDialog(Dialog):
    """One question for all of them, as it is asked of a single ticket."""

    chosen = pyqtSignal(bool)
    """The marked tickets are to end; whether what is open below them is to end with them."""

    def __init__(
        self, marked: int, children: Sequence[TicketRef], status: Status, parent: QWidget
    ) -> None:
        """Name what is open below so many marked tickets."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        verb, count = DONE[status], len(children)
        title = f"{verb} the {'child' if count == 1 else f'{count:,} children'} too?"
        self.setWindowTitle(title)
        self.all_button = QPushButton(f"{verb} all {marked + count:,}")
        self.all_button.setProperty("kind", "primary")
        self.all_button.setDefault(True)
        self.only_button = QPushButton("Only this" if marked == 1 else f"Only the {marked:,}")
        self.keep_button = QPushButton("Cancel")
        self.all_button.clicked.connect(lambda: self._choose(children_too=True))
        self.only_button.clicked.connect(lambda: self._choose(children_too=False))
        self.keep_button.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.keep_button)
        foot.addStretch(1)
        for button in (self.only_button, self.all_button):
            foot.addWidget(button)
        for button in (self.only_button, self.keep_button):
            button.setAutoDefault(False)
        above = "the marked ticket" if marked == 1 else f"the {marked:,} marked tickets"
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(PlainLabel(title, role="heading"))
        column.addWidget(PlainLabel(f"Open below {above}:"))
        column.addWidget(PlainLabel(named(children), role="muted"))
        column.addSpacing(8)
        column.addLayout(foot)
        fit_height(self, _WIDTH)
        self.all_button.setFocus()

    def _choose(self, *, children_too: bool) -> None:
        # Whoever hears of it shall not take the closing for a cancel.
        self.chosen.emit(children_too)
        self.accept()
