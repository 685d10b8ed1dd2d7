# SPDX-License-Identifier: GPL-3.0-or-later
"""The service level of a ticket beside its conversation, with every minute explained."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from PyQt5.QtCore import QTimer
from PyQt5.QtGui import QHideEvent, QShowEvent
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.clocks import ClockKind, TicketClock
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.clock.bar import TimelineBar
from helpdesk.ui.tickets.clock.clock_row import ClockRow
from helpdesk.ui.tickets.clock.legend import Legend
from helpdesk.ui.tickets.clock.minutes_dialog import MinutesDialog
from helpdesk.ui.tickets.clock.spans import Stretch, is_outdated, newest, reading, stretches
from helpdesk.ui.tickets.clock.words import moment, stretch_words
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_TICK_MS = 30_000
_TRUSTED = timedelta(minutes=10)
"""Hours may begin or end within it, which nothing here knows: then the desk is asked again."""
_LENGTH = re.compile(r"(\d) (?=[hms]\b)")
_READING = "Reading the clock…"
_WALK = "Point at the bar, or walk along it with the arrow keys."
_NEWEST = "Only the newest stretches of a long history are shown."


class ClockCard(QWidget):
    """Takes no room for a ticket that no service level measures."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin hidden; `show_ticket` asks the desk."""
        super().__init__()
        self._desktop = desktop
        self._is_own = not desktop.may(Permission.SEE_ALL_TICKETS)
        self._ticket: TicketView | None = None
        self._told: TicketClock | None = None
        self._stretches: tuple[Stretch, ...] = ()
        self._build()
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self.tick)
        desktop.feed.changed.connect(self._on_changed)
        self.hide()

    @property
    def told(self) -> TicketClock | None:
        """What the desk has told of the ticket shown."""
        return self._told

    def show_ticket(self, ticket: TicketView) -> None:
        """Show the clocks of a ticket, as soon as the desk has told them."""
        is_other = self._ticket is None or self._ticket.id != ticket.id
        self._ticket = ticket
        if ticket.clock is None:
            self._told = None
            self.hide()
            return
        if is_other:
            self._told = None
            self.retry_button.hide()
            self._say(_READING)
        self.show()
        self._load()

    def tick(self) -> None:
        """Let the clocks go on without asking the desk, as long as that can be right."""
        if self._told is None:
            return
        now = self._desktop.clock()
        if is_outdated(self._told, now, _TRUSTED):
            self._load()
        self._show_time(now)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up, and tick while somebody can see it."""
        super().showEvent(event)
        self.tick()
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tick no more."""
        super().hideEvent(event)
        self._tick.stop()

    def _build(self) -> None:
        title = QLabel("What to expect" if self._is_own else "Service level")
        title.setProperty("role", "secondary")
        self._policy = ElidedLabel(role="secondary")
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self._policy)
        self.rows = {kind: ClockRow() for kind in ClockKind}
        self.bar = TimelineBar()
        self.bar.pointed.connect(self._on_pointed)
        self._from, self._until = QLabel(), QLabel("now")
        ends = QHBoxLayout()
        for end in (self._from, self._until):
            end.setProperty("role", "secondary")
        ends.addWidget(self._from)
        ends.addStretch(1)
        ends.addWidget(self._until)
        self.legend = Legend()
        self._said = PlainLabel(role="secondary")
        policy = self._said.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Ignored)
        self._said.setSizePolicy(policy)
        self.minutes_button = QPushButton("Every minute")
        self.minutes_button.setToolTip("Every stretch as a table, with what counted and why")
        self.minutes_button.clicked.connect(lambda: self._open_minutes())
        self.retry_button = QPushButton("Retry")
        self.retry_button.clicked.connect(lambda: self._load())
        self.retry_button.hide()
        self._time = QWidget()
        time = QVBoxLayout(self._time)
        time.setContentsMargins(0, 0, 0, 0)
        time.setSpacing(3)
        time.addWidget(self.bar)
        time.addLayout(ends)
        time.addWidget(self.legend)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(5)
        column.addLayout(head)
        for row in self.rows.values():
            row.hide()
            column.addWidget(row)
        column.addWidget(self._time)
        column.addWidget(self._said)
        column.addWidget(self.minutes_button)
        column.addWidget(self.retry_button)

    @property
    def words(self) -> str:
        """What is read out below the bar."""
        return str(self._said.text())

    def _load(self) -> None:
        if self._ticket is None:
            return
        clock = self._desktop.desk.policies.clock
        job = self._desktop.background.latest(self, clock, self._ticket.id)
        job.then(self._show).failed(self._on_failed)

    def _show(self, told: TicketClock) -> None:
        if self._ticket is None or told.ticket_id != self._ticket.id:
            return
        self._told = told
        self.retry_button.hide()
        self._show_time(self._desktop.clock())
        self._on_pointed(self.bar.current)

    def _show_time(self, now: datetime) -> None:
        if self._told is None:
            return
        told = self._told
        self._policy.setText(told.policy or "")
        views = {view.kind: view for view in newest(told)}
        for kind, row in self.rows.items():
            row.setVisible(kind in views)
            if kind in views:
                show = row.show_own if self._is_own else row.show_clock
                show(views[kind], reading(views[kind], told, now), now)
        self._stretches = stretches(told, now)
        due = self._past_due(now)
        self.bar.show_time(self._stretches, due)
        states = {each.segment.state for each in self._stretches}
        self.legend.show_states(states, due=due is not None)
        has_time = bool(self._stretches)
        self._time.setVisible(has_time)
        self.minutes_button.setVisible(has_time)
        if has_time:
            self._from.setText(moment(self._stretches[0].begin, now))

    def _past_due(self, now: datetime) -> datetime | None:
        """Return when the solution, or else the answer, was due, if that is past; for staff."""
        told = None if self._is_own else self._told
        views = newest(told) if told else ()
        past = [each.due for each in views if each.due is not None and each.due <= now]
        return past[-1] if past else None

    def _on_pointed(self, place: int) -> None:
        if 0 <= place < len(self._stretches):
            said = stretch_words(self._stretches[place], self._desktop.clock())
            self.bar.setAccessibleDescription(said)
            self._said.setText(_unbroken(said))
        elif self._told is not None:
            self._said.setText(_WALK if self._told.is_whole else _NEWEST)
        self._said.setVisible(bool(self._stretches) or self._told is None)

    def _say(self, sentence: str) -> None:
        for row in self.rows.values():
            row.hide()
        self._policy.setText("")
        self._time.hide()
        self.minutes_button.hide()
        self._stretches = ()
        self._said.setText(sentence)
        self._said.show()

    def _on_failed(self, error: Exception) -> None:
        if self._told is None:
            self._say(sentence_of(error))
            self.retry_button.show()

    def _on_changed(self, kind: str, _ids: tuple[int, ...]) -> None:
        if kind == "sla" and self._told is not None:
            self._load()

    def _open_minutes(self) -> None:
        if self._told is not None and self._ticket is not None:
            number, now = self._ticket.number, self._desktop.clock()
            own = self._is_own
            MinutesDialog(number, self._told, now, self.window(), own=own).open()


def _unbroken(said: str) -> str:
    """Keep a number and its unit on one line."""
    return _LENGTH.sub("\\g<1>\N{NO-BREAK SPACE}", said)
