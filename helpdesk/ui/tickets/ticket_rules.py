# SPDX-License-Identifier: GPL-3.0-or-later
"""What rules did to a ticket and why, and what each of them makes of it as it is now."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.rules import RuleRun, RunOutcome
from helpdesk.core.schemas.tickets import EventView, TicketView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.rule_run import RunRow
from helpdesk.ui.widgets.segmented import Segmented
from helpdesk.ui.widgets.state_view import StateView

RULED = "ruled"
"""The kind of an entry in the history that a rule has left."""
_WIDTH, _HEIGHT = 680, 560
_DID, _NOW = "did", "now"
_NOTHING_DONE = ("No rule has acted on this ticket", "“As it is now” says why not.")
_NO_RULES = ("This desk has no rules", "An admin adds them in the settings.")
_FACTS = "Nothing is changed by looking: each rule is asked about the ticket as it is at present."
_WHAT = "What rules did, newest first; each can be unfolded to its reasons."


def ruled_sentence(event: EventView) -> str:
    """Say which rule acted, what set it off, and what it did."""
    set_off = f" – {event.old}" if event.old else ""
    done = f": {event.new}" if event.new else ""
    return f"Rule “{event.field}”{set_off}{done}"


def run_of(event: EventView, runs: Sequence[RuleRun]) -> RuleRun | None:
    """Return the run that left an entry in the history: of that rule, and nearest in time."""
    same = [run for run in runs if run.rule == event.field]
    return min(same, key=lambda run: abs(run.at - event.at), default=None)


class TicketRules(QWidget):
    """The links below the fields of a ticket that ask about rules; for staff only.

    They stand where tickets are worked; the reasons in the history open everywhere.
    """

    def __init__(self, desktop: Desktop, *, working: bool) -> None:
        """Show nothing to those who do not work tickets."""
        super().__init__()
        self._desktop = desktop
        self._ticket: TicketView | None = None
        title = QLabel("Rules")
        title.setProperty("role", "secondary")
        self.did_link = LinkButton("What rules did")
        self.did_link.clicked.connect(lambda: self._open(_DID))
        self.now_link = LinkButton("Rules now")
        self.now_link.setAccessibleName("Rules now: what each rule makes of the ticket as it is")
        self.now_link.clicked.connect(lambda: self._open(_NOW))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.did_link)
        row.addWidget(self.now_link)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(2)
        column.addWidget(title)
        column.addLayout(row)
        if not working:
            self.hide()

    def show_ticket(self, ticket: TicketView) -> None:
        """Ask about this ticket from now on."""
        self._ticket = ticket
        self.did_link.setVisible(any(event.kind == RULED for event in ticket.events))

    def why(self, event: EventView) -> None:
        """Show why a rule acted, wherever the history is read."""
        self._open(_DID, event)

    def _open(self, view: str, event: EventView | None = None) -> None:
        if self._ticket is not None and self._desktop.may(Permission.WORK_TICKET):
            TicketRulesDialog(self._desktop, self._ticket, self.window(), view, event).open()


class TicketRulesDialog(Dialog):
    """Two lists of the same kind: what was done, and how each rule stands to the ticket."""

    def __init__(
        self,
        desktop: Desktop,
        ticket: TicketView,
        parent: QWidget,
        view: str,
        event: EventView | None = None,
    ) -> None:
        """Begin with one of the lists; with an ``event`` its run is unfolded."""
        super().__init__(parent)
        self._desktop = desktop
        self._ticket = ticket
        self._event = event
        self.rows: list[RunRow] = []
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(f"Rules on {ticket.number}")
        self.choice = Segmented(((_DID, "What rules did"), (_NOW, "As it is now")))
        self.choice.setAccessibleName("What to show")
        self.choice.set_key(view)
        self.choice.chosen.connect(lambda _: self._load())
        self._help = PlainLabel(role="muted")
        self._build()
        self._load()

    def _build(self) -> None:
        heading = PlainLabel(f"Rules on {self._ticket.number}", role="title")
        self.rows_widget = QWidget()
        self.rows_widget.setProperty("transparent", True)
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        inside = QVBoxLayout(self.rows_widget)
        inside.setContentsMargins(0, 0, 6, 0)
        inside.addLayout(self._list)
        inside.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.NoFocus)
        self._area.setWidget(self.rows_widget)
        self.states = StateView(self._area)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addWidget(PlainLabel(self._ticket.subject, role="muted"))
        column.addWidget(self.choice, 0, Qt.AlignLeft)
        column.addWidget(self._help)
        column.addWidget(self.states, 1)
        column.addLayout(foot)
        self.resize(_WIDTH, _HEIGHT)

    @property
    def _is_now(self) -> bool:
        return self.choice.key == _NOW

    def _load(self) -> None:
        self._empty()
        self.states.show_loading()
        self._help.setText(_FACTS if self._is_now else _WHAT)
        rules = self._desktop.desk.rules
        read = rules.explain if self._is_now else rules.of_ticket
        job = self._desktop.background.run(self, read, self._ticket.id)
        wanted = self.choice.key
        job.then(lambda runs: self._show(wanted, runs))
        job.failed(lambda error: self.states.show_failed(sentence_of(error), self._load))

    def _show(self, wanted: str, runs: tuple[RuleRun, ...]) -> None:
        if wanted != self.choice.key:
            return
        if not runs:
            self.states.show_empty(*(_NO_RULES if self._is_now else _NOTHING_DONE))
            return
        now = self._desktop.clock()
        for run in _first_those_that_hold(runs) if self._is_now else runs:
            row = RunRow(run, now, of_ticket=False, is_trial=self._is_now)
            self.rows.append(row)
            self._list.addWidget(row)
        self.states.show_content()
        self._reveal(runs)

    def _reveal(self, runs: Sequence[RuleRun]) -> None:
        """Unfold the run that was asked for, else the newest."""
        wanted = run_of(self._event, runs) if self._event is not None else None
        row = next((row for row in self.rows if row.run is wanted), self.rows[0])
        if not self._is_now:
            row.unfold()
            self.rows_widget.layout().activate()
            self._area.ensureWidgetVisible(row, 0, 24)
        row.fold.setFocus()

    def _empty(self) -> None:
        for row in self.rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []


def _first_those_that_hold(runs: Sequence[RuleRun]) -> list[RuleRun]:
    return sorted(runs, key=lambda run: run.outcome is RunOutcome.NOT_MATCHED)
