# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows what triage has learnt from the desk's own solved tickets."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton

from helpdesk.core.schemas.triage import TriageState
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.figure_words import counted
from helpdesk.ui.settings.row import Card
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.times import full_time, relative_time

_LOADING = "Reading what was learnt…"
_BEGINS = "Nothing was learnt yet; what waits is learnt by itself in the next minutes."
_NOTHING = "Nothing was learnt yet; triage begins to suggest after about 100 solved tickets."


class HistoryCard(QFrame):
    """A few lines; another sentence while they are read, or cannot be."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin empty; `load` asks the desk."""
        super().__init__()
        self._desktop = desktop
        card = Card(self, "Learning from history")
        card.setSpacing(10)
        self._sentence = PlainLabel(_LOADING, role="muted")
        self._retry = QPushButton("Retry")
        self._retry.clicked.connect(self.load)
        self._retry.hide()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        card.addWidget(self._sentence)
        card.addWidget(self._retry, 0, Qt.AlignLeft)
        card.addLayout(self._grid)
        self.lines: dict[str, QLabel] = {}

    @property
    def sentence(self) -> str:
        """What is said in place of the lines, or below them."""
        return "" if self._sentence.isHidden() else str(self._sentence.text())

    def load(self) -> None:
        """Ask the desk."""
        job = self._desktop.background.latest(self, self._desktop.desk.triage.state)
        job.then(self._show).failed(self._on_failed)

    def _show(self, state: TriageState) -> None:
        self._retry.hide()
        self._say("" if state.learnt_tickets else _BEGINS if state.waiting_tickets else _NOTHING)
        learnt = counted(state.learnt_tickets, "solved ticket", "solved tickets")
        of = f"{counted(state.categories, 'category', 'categories')}"
        who = counted(state.technicians, "technician", "technicians")
        self._set("Learnt from", f"{learnt}, {of}, {who}")
        waiting = counted(state.waiting_tickets, "ticket waits", "tickets wait")
        self._set("Still to be learnt", waiting if state.waiting_tickets else "nothing waits")
        for each in state.thresholds:
            self._set(f"{each.field.label} is suggested", f"from {each.percent} % confidence")
        self._show_fitted(state)

    def _show_fitted(self, state: TriageState) -> None:
        fitted = state.fitted_at
        now = self._desktop.clock()
        said = relative_time(fitted, now) if fitted else "not yet; the first fit needs more tickets"
        self._set("Confidence last fitted", said)
        self.lines["Confidence last fitted"].setToolTip(full_time(fitted) if fitted else "")

    def _set(self, name: str, text: str) -> None:
        line = self.lines.get(name)
        if line is None:
            label, line = QLabel(name), PlainLabel()
            label.setProperty("role", "muted")
            row = self._grid.rowCount()
            self._grid.addWidget(label, row, 0, Qt.AlignTop)
            self._grid.addWidget(line, row, 1)
            self.lines[name] = line
        line.setText(text)

    def _say(self, sentence: str) -> None:
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))

    def _on_failed(self, error: Exception) -> None:
        self._say(sentence_of(error))
        self._retry.show()
