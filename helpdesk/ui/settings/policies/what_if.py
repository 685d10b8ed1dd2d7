# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries a service level on the tickets of the last days, before it is saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.sla import WhatIf, WhatIfAsk, WhatIfShare, WhatIfTicket
from helpdesk.ui.articles.reports.figure_table import Column, FigureTable, Line
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.figure_words import counted
from helpdesk.ui.settings.row import Card
from helpdesk.ui.tickets.clock.words import KINDS
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.times import clock_time, day_words, weekday

DAYS: Final = 90
_FULL = 1000
_EXPLAINED = (
    f"Replays the tickets of the last {DAYS} days as if this had been in force. Nothing is changed"
    " or saved by it."
)
_OUTDATED = "You have changed something since; try again to see what that does."
_COLUMNS: Final = (
    Column("Ticket", width=90),
    Column("Subject", width=200),
    Column("Clock", width=124),
    Column("Difference", width=116),
    Column("Due then", width=150),
)
_SUBJECT = 1
_SIGNS = {True: "▲", False: "▼"}
_MET = {True: "in time", False: "late"}


class WhatIfCard(QFrame):
    """A button, and what came of it: shares before and then, and the tickets that differ."""

    ticket_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop, ask: Callable[[], WhatIfAsk | None]) -> None:
        """Try what ``ask`` makes of the form; ``None`` means that something is wrong in it."""
        super().__init__()
        self._desktop = desktop
        self._ask = ask
        self._job: Job[WhatIf] | None = None
        self._card = Card(self, "What if?")
        self._card.setSpacing(10)
        self._card.addWidget(PlainLabel(_EXPLAINED, role="muted"))
        self.button = QPushButton(f"Try it on the last {DAYS} days")
        self.button.clicked.connect(lambda: self.try_out())
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.clicked.connect(lambda: self.cancel())
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Trying it on past tickets")
        self._sentence = PlainLabel()
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.button)
        row.addWidget(self._progress, 1)
        row.addWidget(self.cancel_button)
        row.addStretch(0)
        self._card.addLayout(row)
        self._card.addWidget(self._sentence)
        self._card.addWidget(self._make_result())
        self.clear()

    @property
    def sentence(self) -> str:
        """What is said of the last try."""
        return "" if self._sentence.isHidden() else str(self._sentence.text())

    @property
    def is_trying(self) -> bool:
        """Whether the desk is replaying tickets."""
        return self._job is not None

    def try_out(self) -> None:
        """Ask the desk how the last days would have gone."""
        ask = self._ask()
        if ask is None:
            return
        self.clear()
        self._say(f"Replaying the tickets of {DAYS} days…", "muted")
        self._show_trying(trying=True)
        job = self._desktop.background.run(self, self._desktop.desk.policies.what_if, ask)
        self._job = job
        job.then(self._show).failed(self._on_failed)
        if not self.is_trying:
            # It was answered at once.
            self._show_trying(trying=False)

    def cancel(self) -> None:
        """Wait no more for the answer."""
        self.clear()
        self._say("Cancelled.", "muted")

    def clear(self) -> None:
        """Forget what came of the last try."""
        if self._job is not None:
            self._job.cancel()
        self._job = None
        self._show_trying(trying=False)
        self._result.hide()
        self._say("", "muted")

    def outdate(self) -> None:
        """Say that the form says something else by now."""
        if self.is_trying:
            self.cancel()
        elif not self._result.isHidden():
            self._say(_OUTDATED, "waiting")

    def _make_result(self) -> QWidget:
        self._result = QWidget()
        column = QVBoxLayout(self._result)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(10)
        self.shares = QGridLayout()
        self.shares.setHorizontalSpacing(16)
        self.shares.setVerticalSpacing(8)
        self.shares.setColumnStretch(2, 1)
        self._changed = QLabel()
        self._changed.setProperty("role", "field")
        self.table = FigureTable("Tickets that would have fared differently", _COLUMNS)
        self.table.setProperty("framed", True)
        self.table.setToolTip("Enter or a double click opens a ticket; Ctrl+C copies the table")
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.Interactive)
        header.resizeSection(0, _COLUMNS[0].width)
        header.setSectionResizeMode(_SUBJECT, QHeaderView.Stretch)
        self.table.opened.connect(self.ticket_wanted)
        column.addLayout(self.shares)
        column.addWidget(self._changed)
        column.addWidget(self.table)
        return self._result

    def _show(self, found: WhatIf) -> None:
        self._job = None
        self._show_trying(trying=False)
        self._say(_summary(found), "")
        self._show_shares(found.shares)
        self._changed.setText(_how_many_differ(found))
        now = self._desktop.clock()
        self.table.show_lines([_line(each, now) for each in found.changed])
        self.table.setVisible(bool(found.changed))
        self.table.grow()
        self._result.setVisible(found.tickets > 0)

    def _show_shares(self, shares: tuple[WhatIfShare, ...]) -> None:
        while self.shares.count():
            widget = self.shares.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        row = 0
        for share in shares:
            name = QLabel(KINDS[share.kind])
            name.setProperty("role", "strong")
            self.shares.addWidget(name, row, 0, 2, 1, Qt.AlignTop)
            self._add_bar(row, share, "as it was", share.met_before)
            self._add_bar(row + 1, share, "then", share.met_then)
            row += 2

    def _add_bar(self, row: int, share: WhatIfShare, word: str, met: int) -> None:
        label = QLabel(word)
        label.setProperty("role", "secondary")
        bar = QProgressBar()
        bar.setRange(0, _FULL)
        bar.setValue(round(_FULL * met / share.measured) if share.measured else 0)
        bar.setTextVisible(False)
        said = f"{_percent(met, share.measured)} in time, {met:,} of {share.measured:,}"
        figure = QLabel(said)
        if met != share.met_before:
            better = met > share.met_before
            difference = abs(met - share.met_before)
            said = f"{said}, {difference:,} {'more' if better else 'fewer'}"
            figure.setText(f"{said} {_SIGNS[better]}")
            figure.setProperty("role", "success" if better else "error")
            bar.setProperty("tone", "success" if better else "urgent")
        bar.setAccessibleName(f"{KINDS[share.kind]}, {word}: {said}")
        figure.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
        for column, widget in enumerate((label, bar, figure), start=1):
            self.shares.addWidget(widget, row, column)

    def _show_trying(self, *, trying: bool) -> None:
        shown, other = self.button, self.cancel_button
        if trying:
            shown, other = other, shown
        self._progress.setVisible(trying)
        shown.show()
        if other.hasFocus():
            # Hidden with the focus it would give it to what comes next, such as to Discard.
            shown.setFocus()
        other.hide()

    def _say(self, sentence: str, role: str) -> None:
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        self._sentence.setProperty("role", role)
        self._sentence.style().unpolish(self._sentence)
        self._sentence.style().polish(self._sentence)

    def _on_failed(self, error: Exception) -> None:
        self._job = None
        self._show_trying(trying=False)
        self._say(sentence_of(error), "error")


def _summary(found: WhatIf) -> str:
    if not found.tickets:
        return f"No ticket of the last {found.days} days matches; nothing would have differed."
    tickets = counted(found.tickets, "ticket matches", "tickets match")
    said = f"{tickets} of the last {found.days} days."
    if found.looked_at < found.tickets:
        said += f" The newest {found.looked_at:,} were replayed."
    return said


def _how_many_differ(found: WhatIf) -> str:
    if not found.changed:
        return "Every ticket would have fared as it did."
    # Of very many the desk tells some alone.
    total, shown = found.changed_total, len(found.changed)
    those = f"{shown:,} of {total:,} shown" if shown < total else f"{total:,}"
    return f"Tickets that would have fared differently ({those})"


def _line(ticket: WhatIfTicket, now: datetime) -> Line:
    due = ticket.due_then
    texts = (
        ticket.number,
        ticket.subject,
        KINDS[ticket.kind],
        f"{_MET[ticket.met_before]} → {_MET[not ticket.met_before]}",
        f"{weekday(due)} {day_words(due, now)}, {clock_time(due)}",
    )
    return Line(texts, ticket.ticket_id)


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"
