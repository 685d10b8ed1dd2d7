# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries a rule on the newest tickets before it counts: what it would do, and why not elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout

from helpdesk.core.schemas.rules import (
    DRY_RUN_TICKETS,
    DryRun,
    DryRunAsk,
    RuleRun,
    RuleSettings,
)
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.row import Card
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.rule_run import RunRow
from helpdesk.ui.widgets.segmented import Segmented

if TYPE_CHECKING:
    from helpdesk.ui.background import Job

_HELP = (
    f"Tries the rule as it stands above on the last {DRY_RUN_TICKETS:,} tickets. Nothing is"
    " changed and nobody is told."
)
_CHANGED = "The rule was changed since; try it again to see what it does now."
_AT_ONCE = 10
_FIRED, _NOT = "fired", "not"


class TrialCard(QFrame):
    """A button, progress that can be cancelled, and what was found."""

    ticket_wanted = pyqtSignal(int)
    wanted = pyqtSignal()
    """The person wants to try the rule; `try_out` is the answer."""
    arranged = pyqtSignal()
    """Rows came or went."""
    shown = pyqtSignal()
    """The answer is there to be looked at."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin with the button alone."""
        super().__init__()
        self._desktop = desktop
        self._job: Job[DryRun] | None = None
        self._found: DryRun | None = None
        self.rows: list[RunRow] = []
        card = Card(self, "Try it first")
        card.setSpacing(10)
        self.button = QPushButton(f"Try on the last {DRY_RUN_TICKETS:,} tickets")
        self.button.clicked.connect(lambda: self.wanted.emit())
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setAccessibleName("Cancel the trial")
        self.cancel_button.clicked.connect(lambda: self.cancel())
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(160)
        self._progress.setAccessibleName("Trying the rule")
        row = QHBoxLayout()
        row.setSpacing(10)
        for widget in (self.button, self._progress, self.cancel_button):
            row.addWidget(widget)
        row.addStretch(1)
        self._error = PlainLabel(role="error")
        self._note = PlainLabel(_CHANGED, role="waiting")
        self.figure = PlainLabel(role="heading")
        self.choice = Segmented()
        self.choice.setAccessibleName("Which tickets to show")
        self.choice.chosen.connect(lambda _: self._show_rows())
        self._nothing = PlainLabel(role="muted")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        self.more_button = QPushButton("Show more")
        self.more_button.clicked.connect(lambda: self._add_rows())
        card.addWidget(PlainLabel(_HELP, role="muted"))
        card.addLayout(row)
        for label in (self._error, self._note, self.figure):
            card.addWidget(label)
        card.addWidget(self.choice, 0, Qt.AlignLeft)
        card.addWidget(self._nothing)
        card.addLayout(self._rows)
        card.addWidget(self.more_button, 0, Qt.AlignLeft)
        self.clear()

    @property
    def is_trying(self) -> bool:
        """Whether an answer is awaited."""
        return self._job is not None

    @property
    def is_outdated(self) -> bool:
        """Whether what is shown is of the rule as it was before."""
        return not self._note.isHidden()

    def clear(self) -> None:
        """Forget what was found, and what is being tried."""
        self.cancel()
        self._found = None
        self._empty()
        for widget in (self._error, self._note, self.figure, self.choice, self._nothing):
            widget.hide()
        self.more_button.hide()

    def outdate(self) -> None:
        """Say that what was found is of the rule as it was before."""
        self._note.setVisible(self._found is not None)

    def try_out(self, settings: RuleSettings, rule_id: int | None) -> None:
        """Ask the desk what the rule would have done."""
        self.clear()
        ask = DryRunAsk(rule=settings, rule_id=rule_id, tickets=DRY_RUN_TICKETS)
        self._job = self._desktop.background.run(self, self._desktop.desk.rules.dry_run, ask)
        self._show_trying()
        self._job.then(self._show).failed(self._on_failed).finally_(self._on_end)

    def cancel(self) -> None:
        """Wait for the answer no longer."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._show_trying()

    def _show_trying(self) -> None:
        is_trying = self._job is not None
        self._progress.setVisible(is_trying)
        # Who takes the focus must be there before the other one goes; it would go to Discard.
        if is_trying:
            self.cancel_button.show()
            if self.button.hasFocus():
                self.cancel_button.setFocus()
        self.button.setEnabled(not is_trying)
        if not is_trying:
            if self.cancel_button.hasFocus():
                self.button.setFocus()
            self.cancel_button.hide()

    def _on_end(self) -> None:
        self._job = None
        self._show_trying()

    def _on_failed(self, error: Exception) -> None:
        self._error.setText(sentence_of(error))
        self._error.show()

    def _show(self, found: DryRun) -> None:
        self._found = found
        fired, tried = found.would_fire, found.tickets
        self.figure.setText(f"Would have acted on {fired:,} of {tried:,} tickets")
        self.figure.show()
        self.choice.set_choices(
            (
                (_FIRED, f"Would act ({len(found.runs):,})"),
                (_NOT, f"Did not hold ({len(found.not_matched):,})"),
            )
        )
        if not found.runs and found.not_matched:
            self.choice.set_key(_NOT)
        self.choice.setVisible(bool(found.runs or found.not_matched))
        self._show_rows()
        self.shown.emit()

    def _empty(self) -> None:
        for row in self.rows:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []

    def _show_rows(self) -> None:
        self._empty()
        self._add_rows()
        self._nothing.setText(self._words_for_nothing())
        self._nothing.setVisible(bool(self._nothing.text()))

    def _words_for_nothing(self) -> str:
        shown = self._shown()
        if self._found is None or shown:
            fired = self._found.would_fire if self._found else 0
            is_part = self.choice.key == _FIRED and len(shown) < fired
            return f"The newest {len(shown):,} of {fired:,} are shown." if is_part else ""
        return (
            "It would have acted on none of them."
            if self.choice.key == _FIRED
            else "Its conditions held for every ticket that set it off."
        )

    def _shown(self) -> Sequence[RuleRun]:
        if self._found is None:
            return ()
        return self._found.runs if self.choice.key == _FIRED else self._found.not_matched

    def _add_rows(self) -> None:
        now, shown, already = self._desktop.clock(), self._shown(), len(self.rows)
        for run in shown[already : already + _AT_ONCE]:
            row = RunRow(run, now, of_rule=False, is_trial=True)
            row.ticket_wanted.connect(self.ticket_wanted)
            self._rows.addWidget(row)
            self.rows.append(row)
        left = len(shown) - already - _AT_ONCE
        self.more_button.setVisible(left > 0)
        self.more_button.setText(f"Show more ({left:,})")
        self.arranged.emit()
