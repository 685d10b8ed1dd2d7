# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule made of a ticket: one row, that unfolds to every condition and all that was done."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QMouseEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.rules import Checked, Done, RuleRun, RunOutcome
from helpdesk.ui import theme
from helpdesk.ui.icons import icon
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip
from helpdesk.ui.widgets.times import full_time, relative_time

_OUTCOMES: Final[dict[RunOutcome, tuple[str, Tone]]] = {
    RunOutcome.FIRED: ("Acted", "success"),
    RunOutcome.NOT_MATCHED: ("Did not hold", "neutral"),
    RunOutcome.STOPPED: ("Stopped", "warning"),
    RunOutcome.FAILED: ("Failed", "urgent"),
}
_WOULD: Final = {RunOutcome.FIRED: "Would act"}
_NOW: Final = {RunOutcome.FIRED: "Holds", RunOutcome.NOT_MATCHED: "Does not hold"}
_STOPPED = "It was stopped: rules had set each other off too often."
_SIGN = 16


class RunRow(QFrame):
    """A run with its outcome; a click or Space shows the reasons."""

    ticket_wanted = pyqtSignal(int)

    def __init__(
        self,
        run: RuleRun,
        now: datetime,
        *,
        of_ticket: bool = True,
        of_rule: bool = True,
        is_trial: bool = False,
    ) -> None:
        """Name the ticket, the rule or both; of a trial nothing was done, it would be.

        Without a ticket a trial is of the ticket as it is now, whatever would set the rule off.
        """
        super().__init__()
        self.run = run
        self._details: RunDetails | None = None
        self._is_trial = is_trial
        self.setProperty("kind", "row")
        title = f"{run.number}  {run.subject}" if of_ticket else run.rule
        self._title = PlainLabel(title, role="strong")
        told = f"{run.rule}: {run.trigger}" if of_ticket and of_rule else run.trigger
        moment = "" if is_trial and not of_ticket else f" · {relative_time(run.at, now)}"
        self._told = PlainLabel(f"{told}{moment}", role="secondary")
        self._told.setToolTip(full_time(run.at))
        self._sum = PlainLabel(summary(run))
        for label in (self._title, self._told, self._sum):
            # A click anywhere unfolds the row.
            label.setTextInteractionFlags(Qt.NoTextInteraction)
        self._build(title, of_ticket=of_ticket)

    @property
    def is_unfolded(self) -> bool:
        """Whether the reasons are shown."""
        return bool(self.fold.isChecked())

    @property
    def title(self) -> str:
        """The ticket or the rule that it is about."""
        return str(self._title.text())

    @property
    def summary(self) -> str:
        """What was done, or which condition failed."""
        return str(self._sum.text())

    def unfold(self) -> None:
        """Show the reasons."""
        self.fold.setChecked(True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Fold and unfold by a click on the row."""
        super().mouseReleaseEvent(event)
        is_on_head = self._details is None or not self._details.underMouse()
        if event.button() == Qt.LeftButton and is_on_head:
            self.fold.toggle()

    def _build(self, title: str, *, of_ticket: bool) -> None:
        self.fold = QToolButton()
        self.fold.setIcon(icon("right"))
        self.fold.setCheckable(True)
        self.fold.setProperty("kind", "fold")
        self.fold.setFocusPolicy(Qt.StrongFocus)
        self.fold.toggled.connect(self._on_fold)
        self._name = f"Why: {title}"
        self.fold.setAccessibleName(f"{self._name}, hidden")
        words, tone = _OUTCOMES[self.run.outcome]
        if self._is_trial:
            words = (_WOULD if of_ticket else _NOW).get(self.run.outcome, words)
        self.chip = Chip(words, tone)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title, 1)
        head.addWidget(self.chip, 0, Qt.AlignTop)
        if of_ticket:
            self.link = LinkButton("Open")
            self.link.setAccessibleName(f"Open {self.run.number}")
            self.link.setToolTip(plain_tooltip(f"Open {self.run.number}"))
            self.link.clicked.connect(lambda: self.ticket_wanted.emit(self.run.ticket_id))
            head.addWidget(self.link, 0, Qt.AlignTop)
        self._inside = QVBoxLayout()
        self._inside.setSpacing(3)
        self._inside.addLayout(head)
        self._inside.addWidget(self._told)
        self._inside.addWidget(self._sum)
        for label in (self._told, self._sum):
            if not label.text():
                label.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 8, 12, 8)
        row.setSpacing(6)
        row.addWidget(self.fold, 0, Qt.AlignTop)
        row.addLayout(self._inside, 1)

    def _on_fold(self, is_open: bool) -> None:
        self.fold.setIcon(icon("down" if is_open else "right"))
        self.fold.setAccessibleName(f"{self._name}, {'shown' if is_open else 'hidden'}")
        if is_open and self._details is None:
            self._details = RunDetails(self.run, is_trial=self._is_trial)
            self._inside.addWidget(self._details)
        if self._details is not None:
            self._details.setVisible(is_open)
        self._sum.setVisible(not is_open and bool(self._sum.text()))


class RunDetails(QWidget):
    """Condition by condition what was found, and what was done and why."""

    def __init__(self, run: RuleRun, *, is_trial: bool) -> None:
        """Show it all."""
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 6, 0, 4)
        self._column.setSpacing(5)
        self._signs: list[tuple[QLabel, str, str]] = []
        if run.checked:
            self._add(PlainLabel("Conditions", role="field"))
            for checked in run.checked:
                self._add_checked(checked)
        else:
            self._add(PlainLabel("It has no condition.", role="muted"))
        if run.done:
            self._column.addSpacing(4)
            self._add(PlainLabel("It would do" if is_trial else "It did", role="field"))
            for done in run.done:
                self._add_done(done)
        if run.outcome is RunOutcome.STOPPED:
            self._add(PlainLabel(_STOPPED, role="waiting"))
        theme.current().changed.connect(self._show_signs)
        self._show_signs()

    def _add_checked(self, checked: Checked) -> None:
        found = f"Found: {checked.found}" if checked.found else "Found: nothing"
        held = "Holds" if checked.held else "Does not hold"
        name = f"{held}: {checked.words}. {found}"
        sign = ("check", "ink_success") if checked.held else ("close", "ink_urgent")
        self._add_line(sign, checked.words, found, name, is_wrong=not checked.held)

    def _add_done(self, done: Done) -> None:
        sign = ("alert", "ink_urgent") if done.failed else ("right", "muted")
        name = f"Failed: {done.words}" if done.failed else done.words
        self._add_line(sign, done.words, "", name, is_wrong=done.failed)

    def _add_line(
        self, sign: tuple[str, str], words: str, below: str, name: str, *, is_wrong: bool
    ) -> None:
        picture = QLabel()
        picture.setFixedSize(_SIGN, _SIGN)
        self._signs.append((picture, *sign))
        text = QVBoxLayout()
        text.setSpacing(0)
        said = PlainLabel(words)
        said.setAccessibleName(name)
        text.addWidget(said)
        if below:
            text.addWidget(PlainLabel(below, role="high" if is_wrong else "secondary"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(picture, 0, Qt.AlignTop)
        row.addLayout(text, 1)
        self._column.addLayout(row)

    def _add(self, widget: QWidget) -> None:
        self._column.addWidget(widget)

    def _show_signs(self) -> None:
        for label, name, colour in self._signs:
            label.setPixmap(icon(name, colour).pixmap(_SIGN, _SIGN))


def summary(run: RuleRun) -> str:
    """Say in a line what was done, or which condition failed."""
    if run.outcome is RunOutcome.NOT_MATCHED:
        return "; ".join(
            f"{each.words} (found: {each.found or 'nothing'})"
            for each in run.checked
            if not each.held
        )
    return "; ".join(done.words for done in run.done)
