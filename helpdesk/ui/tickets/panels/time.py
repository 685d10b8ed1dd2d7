# SPDX-License-Identifier: GPL-3.0-or-later
"""The time on a ticket: how long in all, who worked when, the timer, and a line to add more."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.schemas.time_entries import TicketTime, TimeChange, TimeEntryView, TimeSpent
from helpdesk.core.time_amounts import written
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.panels.panel import TicketPanel
from helpdesk.ui.tickets.work.time_dialogs import NO_AMOUNT, TimeDialog, amount_of
from helpdesk.ui.tickets.work.timer_status import ask_to_stop
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip
from helpdesk.ui.widgets.times import day_words, full_time

_FIRST = 4
"""So many entries are shown before all are asked for."""
_INDENT = 5
"""Where the words of a link begin."""
_LINE = 24
"""How high the first line of an entry is, whether it can be changed or not."""


class TimePanel(TicketPanel):
    """Shown to those who work tickets alone."""

    def __init__(self, desktop: Desktop, *, working: bool) -> None:
        """Show nothing to those who do not work tickets."""
        super().__init__(desktop, working=working)
        self._ticket: TicketView | None = None
        self._shown: tuple[int, int] | None = None
        self._may_change = False
        self._all = False
        self.time = TicketTime(entries=(), people=())
        self.rows: list[QWidget] = []
        title = QLabel("Time")
        title.setProperty("role", "secondary")
        self.total = QLabel()
        self.total.setProperty("role", "secondary")
        self.timer_button = LinkButton("Start timer")
        self.timer_button.clicked.connect(lambda: self.toggle())
        head = QHBoxLayout()
        head.addWidget(title)
        head.addWidget(self.total)
        head.addStretch(1)
        head.addWidget(self.timer_button)
        self._entries = QVBoxLayout()
        self._entries.setSpacing(6)
        self.all_button = LinkButton("")
        self.all_button.clicked.connect(self._on_all)
        self.problem = PlainLabel(role="error")
        self.retry = QPushButton("Retry")
        self.retry.setProperty("kind", "link")
        self.retry.clicked.connect(lambda: self._load())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(self._entries)
        column.addWidget(self.all_button)
        column.addLayout(self._line())
        column.addWidget(self.problem)
        column.addWidget(self.retry)
        for widget in (self.problem, self.retry, self.all_button, self):
            widget.hide()
        desktop.timer.changed.connect(self._show_timer)

    def _line(self) -> QHBoxLayout:
        """Return the line to add time by, with a way to a day and a note."""
        self.field = QLineEdit()
        self.field.setPlaceholderText("Add time: 1h 30m")
        self.field.setAccessibleName("Add time")
        self.field.returnPressed.connect(self._on_enter)
        self.more_button = QToolButton()
        self.more_button.setIcon(icon("more"))
        self.more_button.setProperty("kind", "quiet")
        self.more_button.setAccessibleName("Add time of another day, or with a note")
        self.more_button.setToolTip("Add time of another day, or with a note")
        self.more_button.clicked.connect(lambda: self._ask(None))
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.field, 1)
        line.addWidget(self.more_button)
        return line

    def show_ticket(self, ticket: TicketView) -> None:
        """Ask for the time on a ticket, where it may be another than before."""
        if not self.working:
            return
        is_other = self._ticket is None or self._ticket.id != ticket.id
        self._ticket, self._may_change = ticket, "change" in ticket.allowed
        for widget in (self.field, self.more_button):
            widget.setVisible(self._may_change)
        if is_other:
            self._all = False
            self.field.clear()
            self._show_time(TicketTime(entries=(), people=()))
        self._show_timer()
        newest = ticket.events[0].id if ticket.events else 0
        if (ticket.id, newest) != self._shown:
            self._shown = (ticket.id, newest)
            self._load()

    def toggle(self) -> None:
        """Start the timer here, or stop it where it runs here."""
        if self._ticket is None:
            return
        if self.desktop.timer.runs_on(self._ticket.id):
            ask_to_stop(self.desktop, self.window())
        else:
            self.desktop.timer.begin(self.desktop, self._ticket.id)

    def _load(self) -> None:
        if self._ticket is not None:
            read = self.desktop.desk.time_entries.of_ticket
            job = self.desktop.background.latest(self, read, self._ticket.id)
            job.then(partial(self._show, self._ticket.id)).failed(self._on_load_failed)

    def _show(self, ticket_id: int, time: TicketTime) -> None:
        if self._ticket is not None and self._ticket.id == ticket_id:
            self.problem.hide()
            self.retry.hide()
            self._show_time(time)

    def _show_time(self, time: TicketTime) -> None:
        self.time = time
        people = [f"{each.person.full_name} {written(each.seconds)}" for each in time.people]
        self.total.setText(written(time.seconds) if time.seconds else "")
        self.total.setToolTip(plain_tooltip("\n".join(people)) if people else "")
        for row in self.rows:
            self._entries.removeWidget(row)
            row.hide()
            row.deleteLater()
        ended = [each for each in time.entries if each.ended_at is not None]
        self.rows = [self._row(each) for each in (ended if self._all else ended[:_FIRST])]
        for row in self.rows:
            self._entries.addWidget(row)
            row.show()
        self.all_button.setText(f"Show all {len(ended)}")
        self.all_button.setVisible(len(ended) > _FIRST and not self._all)
        self.setVisible(self._may_change or bool(time.entries))

    def _show_timer(self) -> None:
        if self._ticket is None:
            return
        runs = self.desktop.timer.runs_on(self._ticket.id)
        hours, minutes = divmod(self.desktop.timer.seconds // 60, 60)
        self.timer_button.setText(f"Stop timer · {hours}:{minutes:02}" if runs else "Start timer")
        self.timer_button.setVisible(self._may_change or runs)

    def _row(self, entry: TimeEntryView) -> QWidget:
        row = QWidget(self)
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        day = day_words(entry.started_at, self.desktop.clock())
        note = f" · {entry.note}" if entry.note else ""
        words = f"{written(entry.seconds)} · {entry.person.full_name}"
        below = ElidedLabel(f"{day}{note}", role="secondary")
        below.setToolTip(plain_tooltip(f"{full_time(entry.started_at)}{note}"))
        column.addLayout(line)
        column.addWidget(below)
        below.setContentsMargins(_INDENT, 0, 0, 0)
        if not (entry.may_change and self._may_change):
            plain = ElidedLabel(words)
            plain.setContentsMargins(_INDENT, 0, 0, 0)
            plain.setFixedHeight(_LINE)
            line.addWidget(plain)
        else:
            text = LinkButton(words, row)
            text.setAccessibleName(f"Change {words}, {day}{note}")
            text.clicked.connect(lambda: self._ask(entry))
            line.addWidget(text)
            line.addStretch(1)
            remove = QToolButton(row)
            remove.setIcon(icon("close"))
            remove.setProperty("kind", "quiet")
            remove.setFixedHeight(_LINE)
            remove.setAccessibleName(f"Remove {words}, {day}{note}")
            remove.setToolTip("Remove this time")
            remove.clicked.connect(lambda: self._remove(entry))
            line.addWidget(remove)
        return row

    def _on_all(self) -> None:
        self._all = True
        self._show_time(self.time)

    def _on_load_failed(self, error: Exception) -> None:
        self._shown = None
        self._say_problem(sentence_of(error))
        self.retry.show()
        self.show()

    def _say_problem(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.show()

    # --- what somebody does ---------------------------------------------------------------------

    def _on_enter(self) -> None:
        if not self.field.text().strip():
            return
        seconds = amount_of(self.field.text())
        if seconds is None:
            self._say_problem(NO_AMOUNT)
            return
        ended = self.desktop.clock()
        began = ended.fromtimestamp(ended.timestamp() - seconds, ended.tzinfo)
        self._add(TimeSpent(started_at=began, seconds=seconds))

    def _ask(self, entry: TimeEntryView | None) -> None:
        dialog = TimeDialog(self.desktop.clock(), self.window(), entry)
        dialog.decided.connect(self._add if entry is None else partial(self._change, entry))
        dialog.open()

    def _add(self, spent: TimeSpent) -> None:
        add = self.desktop.desk.time_entries.add
        self._run(lambda id_: add(id_, spent), f"{written(spent.seconds)} added", adds=True)

    def _change(self, entry: TimeEntryView, spent: TimeSpent) -> None:
        seen = TimeSpent(started_at=entry.started_at, seconds=entry.seconds, note=entry.note)
        change, call = TimeChange(**dict(spent), seen=seen), self.desktop.desk.time_entries.change
        self._run(lambda id_: call(id_, entry.id, change), "Time changed")

    def _remove(self, entry: TimeEntryView) -> None:
        remove = self.desktop.desk.time_entries.remove
        self._run(lambda id_: remove(id_, entry.id), f"{written(entry.seconds)} removed")

    def _run(self, call: Callable[[int], TicketTime], words: str, *, adds: bool = False) -> None:
        if self._ticket is None:
            return
        ticket_id = self._ticket.id
        job = self.desktop.background.run(self, call, ticket_id)
        job.then(partial(self._on_done, ticket_id, words, adds))
        job.failed(lambda error: self._say_problem(sentence_of(error)))

    def _on_done(self, ticket_id: int, words: str, adds: bool, time: TicketTime) -> None:
        self._show(ticket_id, time)
        if adds and self._ticket is not None and self._ticket.id == ticket_id:
            self.field.clear()
        self.said.emit(words)
        if time.undo is not None:
            self.done.emit(time.undo, words)
