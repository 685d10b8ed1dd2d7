# SPDX-License-Identifier: GPL-3.0-or-later
"""The search language on one page, for whoever types."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from helpdesk.ui.widgets.dialog import Dialog

ROWS = (
    ("printer jam", "both words; the last one may be a beginning"),
    ('"paper jam"', "exactly these words beside each other"),
    ("-jam   -status:closed", "without a word, or without a value"),
    ("HD-1042   number:1042,1043", "tickets by their numbers"),
    ("status:open,new   is:open", "one of several; is:open is all that is not done"),
    ("priority:>=high", "more or less: >, >=, <, <="),
    ("category:network   team:none", "by name; none is what has none"),
    ("assignee:me   is:unassigned", "people by user name or whole name, or me"),
    ('requester:"Alice Moreau"', "names of several words in quotation marks"),
    ("tag:vpn,vip   -tag:vip", "one of these tags; without a tag"),
    ("field.site:Rome,Oslo", "a field of the desk's own, by its key"),
    ("watcher:me   is:watched", "who follows the ticket"),
    ("created:>7d   updated:today", "younger than 7 days (h, d, w, m, y); a day"),
    ("created:>2026-01-31   created:2026-01", "after a day; within a month"),
    ("due:<2d   is:late", "due within two days; late"),
    ("has:attachment   is:snoozed", "with files; out of sight for now"),
)
"""What can be typed, and what it finds; the same as in docs/search.md."""


class FilterHelp(Dialog):
    """Shows examples and what each finds."""

    def __init__(self, parent: QWidget) -> None:
        """Build the page."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Search")
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        for place, (typed, finds) in enumerate(ROWS):
            example = QLabel(typed)
            example.setTextFormat(Qt.PlainText)
            example.setProperty("role", "strong")
            grid.addWidget(example, place, 0)
            grid.addWidget(QLabel(finds), place, 1)
        hint = QLabel(
            "A blank or Enter makes a chip of a field, Tab takes what is offered, Backspace in the"
            " empty field takes the last chip back."
        )
        hint.setWordWrap(True)
        hint.setProperty("role", "secondary")
        close = QPushButton("Close")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addLayout(grid)
        column.addWidget(hint)
        column.addWidget(close, 0, Qt.AlignRight)
