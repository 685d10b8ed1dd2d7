# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry of the audit log in full: who, what, when, from where, and what became of what."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from helpdesk.core.schemas.audit import AuditField, AuditView
from helpdesk.ui.audit.words import (
    NOTHING,
    about_words,
    is_presence,
    place_words,
    presence_words,
    tone_of,
    who_words,
)
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.times import full_time

_NONE = "Choose an entry to see all of it."
_LEAST = 260
_RING = 4
_GROUP = 8
"""So many digits of a digest stand together, so that it can wrap and be compared."""


class DetailPane(QScrollArea):
    """Shows an entry; nothing in it can be changed."""

    person_wanted = pyqtSignal(int, str)
    """All entries by a person are asked for, by id and name."""

    def __init__(self) -> None:
        """Begin with no entry."""
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.NoFrame)
        self.setMinimumWidth(_LEAST)
        self.setAccessibleName("Entry of the audit log")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.entry: AuditView | None = None
        self.show_entry(None)

    @property
    def text(self) -> str:
        """All words that are shown, a line each."""
        labels = self.widget().findChildren(PlainLabel)
        return "\n".join(label.text() for label in labels)

    def show_entry(self, entry: AuditView | None) -> None:
        """Show another entry, or that none is chosen."""
        self.entry = entry
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(20, 4, 8, 16)
        column.setSpacing(12)
        if entry is None:
            column.addWidget(PlainLabel(_NONE, "muted"))
        else:
            self._fill(column, entry)
        column.addStretch(1)
        self.setWidget(page)

    def _fill(self, column: QVBoxLayout, entry: AuditView) -> None:
        column.addWidget(Chip(entry.action.label, tone_of(entry.action)), 0, Qt.AlignLeft)
        if about := about_words(entry):
            column.addWidget(PlainLabel(about, "heading"))
        facts = QGridLayout()
        facts.setHorizontalSpacing(16)
        facts.setVerticalSpacing(6)
        facts.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(
            (
                ("When", full_time(entry.at)),
                ("Who", who_words(entry)),
                ("From", place_words(entry)),
                ("Number", f"{entry.id:,}"),
            )
        ):
            facts.addWidget(PlainLabel(name, "muted"), row, 0, Qt.AlignTop)
            facts.addWidget(PlainLabel(value), row, 1)
        column.addLayout(facts)
        if entry.actor is not None:
            person = entry.actor
            link = LinkButton(f"Everything by {person.full_name}")
            link.clicked.connect(lambda: self.person_wanted.emit(person.id, person.full_name))
            # Its ring has room around the words, which begin where the others do.
            beside = QHBoxLayout()
            beside.setSpacing(0)
            beside.addSpacing(-_RING)
            beside.addWidget(link)
            beside.addStretch(1)
            column.addLayout(beside)
        for change in entry.changes:
            column.addWidget(_change(change))
        column.addWidget(PlainLabel("Digest", "muted"))
        groups = [entry.digest[at : at + _GROUP] for at in range(0, len(entry.digest), _GROUP)]
        column.addWidget(PlainLabel(" ".join(groups), "secondary"))


def _change(change: AuditField) -> QWidget:
    """Return what was changed: what it was above what it is."""
    card = QFrame()
    card.setProperty("kind", "card")
    grid = QGridLayout(card)
    grid.setContentsMargins(12, 10, 12, 10)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    if is_presence(change):
        grid.addWidget(PlainLabel(presence_words(change), "strong"), 0, 0, 1, 2)
        return card
    grid.addWidget(PlainLabel(change.name, "strong"), 0, 0, 1, 2)
    if change.before == change.after:
        grid.addWidget(PlainLabel("Replaced by another one, which is not shown."), 1, 0, 1, 2)
        return card
    for row, (name, value) in enumerate(
        (("Before", change.before), ("After", change.after)), start=1
    ):
        grid.addWidget(PlainLabel(name, "muted"), row, 0, Qt.AlignTop)
        grid.addWidget(PlainLabel(value or NOTHING, "" if value else "muted"), row, 1)
    return card
