# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a ticket beside its conversation, and its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from PyQt5.QtCore import QSize, Qt, pyqtBoundSignal, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QWheelEvent
from PyQt5.QtWidgets import (
    QFrame,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.tickets import (
    Assignable,
    CategoryView,
    EventView,
    Priority,
    Status,
    TicketView,
)
from helpdesk.ui.tickets.assist.automatic_answer import TOLD
from helpdesk.ui.tickets.linking.history_words import LINKED, WATCHED, linked_sentence
from helpdesk.ui.tickets.satisfaction.section import SatisfactionSection
from helpdesk.ui.tickets.satisfaction.words import RATED, rated_sentence
from helpdesk.ui.tickets.snoozing.words import KINDS as SNOOZES
from helpdesk.ui.tickets.snoozing.words import RECURRED, recurred_sentence, snooze_sentence
from helpdesk.ui.tickets.ticket_rules import RULED, ruled_sentence
from helpdesk.ui.tickets.work.history_words import WORKED, worked_sentence
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.tab_order import follow_layout
from helpdesk.ui.widgets.times import full_time, relative_time, time_left

WIDTH = 240
QWIDGETSIZE_MAX = (1 << 24) - 1
_HISTORY_SHOWN = 30
STATUS_TONES: dict[Status, Tone] = {
    Status.NEW: "accent",
    Status.OPEN: "accent",
    Status.IN_PROGRESS: "accent",
    Status.AWAITING_CUSTOMER: "warning",
    Status.RESOLVED: "success",
    Status.CLOSED: "neutral",
}
UNDONE = "undone"
_VERBS = {
    "created": "opened it",
    "commented": "replied",
    "noted": "added a note",
    "imported": "imported it",
    "reopened": "reopened it",
    "linked": "linked",
    "unlinked": "unlinked",
    "attached": "attached",
}
_OWN_FIELD = ("changed", "filled")
"""Kinds of entries that tell of the desk's own fields, which have any name."""
_FIELD_NAMES = {
    "status": "status",
    "priority": "priority",
    "category": "category",
    "assignee": "assignee",
    "team": "team",
    "tags": "tags",
}


class Properties(QScrollArea):
    """Shows the fields; those the person may change are choices, the others words."""

    status_chosen = pyqtSignal(object)
    priority_chosen = pyqtSignal(object)
    category_chosen = pyqtSignal(object)
    assignee_chosen = pyqtSignal(object)
    team_chosen = pyqtSignal(object)
    why_wanted = pyqtSignal(object)
    """Somebody wants to know why a rule did what this ``EventView`` tells."""
    left = pyqtSignal()
    """Esc was pressed in a field: the keys are for the list again; what is typed stays."""

    def __init__(self, *, working: bool) -> None:
        """Offer choices only to those who ``work`` tickets."""
        super().__init__()
        self.setObjectName("properties")
        self.setFrameShape(QFrame.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setFixedWidth(WIDTH)
        self._working = working
        self._categories: Sequence[CategoryView] = ()
        self._people: Sequence[Assignable] = ()
        self._teams: dict[int, str] = {}
        self._ticket: TicketView | None = None
        self._order: list[QWidget] = []
        self._build()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Lead back to the list on Escape, which no field keeps for itself."""
        if event.key() == Qt.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def set_choices(
        self,
        categories: Sequence[CategoryView],
        people: Sequence[Assignable],
        teams: Mapping[int, str],
    ) -> None:
        """Offer the desk's categories, staff and teams."""
        self._categories, self._people, self._teams = categories, people, dict(teams)
        if self._ticket:
            self._fill_choices(self._ticket)
            may_change = self._working and "change" in self._ticket.allowed
            self._show_team(self._ticket, may_change=may_change)

    def add_section(self, section: QWidget) -> None:
        """Show something more of the ticket, between the fields and the history."""
        self._column.insertWidget(self._column.indexOf(self._history_title) - 1, section)

    def add_fields(self, panel: QWidget) -> None:
        """Show what else sorts the ticket, right below the fields that every one has."""
        self._column.insertWidget(self._column.indexOf(self.satisfaction), panel)

    def add_clock(self, card: QWidget) -> None:
        """Show the service level of the ticket, where otherwise its due times stand."""
        self._column.insertWidget(self._column.indexOf(self._plain_times), card)

    def follow_layout(self) -> None:
        """Let Tab go through the fields as they stand, with those that have come since."""
        self._order = follow_layout(self, self._order)

    def set_wide(self, *, wide: bool) -> None:
        """Take all the width there is, or only a column of it."""
        self.setMinimumWidth(WIDTH)
        self.setMaximumWidth(QWIDGETSIZE_MAX if wide else WIDTH)

    def label_of(self, field: str, value: Any) -> str:
        """Return what a value of a field is called here, by the field's name in a change."""
        if value is None:
            return "Nobody" if field == "assignee_id" else "None"
        if field == "category_id":
            names = {category.id: category.name for category in self._categories}
            return names.get(value, "Another one")
        if field == "team_id":
            return self._teams.get(value, "Another one")
        if field == "assignee_id":
            known = {one.id: one.full_name for one in self._people}
            assignee = self._ticket.assignee if self._ticket else None
            return known.get(value) or (
                assignee.full_name if assignee and assignee.id == value else "Somebody else"
            )
        return str(value.label)

    def show_waiting(self, waiting: Mapping[str, Any]) -> None:
        """Show fields as they were chosen, with a mark, while the server has not heard of it."""
        for field, (title, choice) in self._titles.items():
            waits, plain = field in waiting, title.property("plain")
            title.setText(f"{plain} · waiting to be sent" if waits else plain)
            choice.setAccessibleName(title.text())
            _set_role(title, "waiting" if waits else "secondary")
            position = choice.findData(waiting[field]) if waits else -1
            if position >= 0:
                choice.show_index(position)

    def show_ticket(self, ticket: TicketView, now: datetime) -> None:
        """Show a ticket's fields and history."""
        if self._ticket is None or self._ticket.id != ticket.id:
            self.verticalScrollBar().setValue(0)
        self._ticket = ticket
        may_change = self._working and "change" in ticket.allowed
        may_assign = self._working and "assign" in ticket.allowed
        self._switch(self._status_chip, self.status, chooses=may_change)
        self._switch(self._priority_chip, self.priority, chooses=may_change)
        self._switch(self._category_label, self.category, chooses=may_change)
        self._switch(self._assignee_label, self.assignee, chooses=may_assign)
        self._show_team(ticket, may_change=may_change)
        self._status_chip.set_text(ticket.status.label, STATUS_TONES[ticket.status])
        self._priority_chip.set_text(
            ticket.priority.label,
            ticket.priority.value,  # the tones bear the same names
        )
        self._category_label.setText(ticket.category.name if ticket.category else "None")
        self._assignee_label.setText(ticket.assignee.full_name if ticket.assignee else "Nobody yet")
        self._fill_choices(ticket)
        self._show_times(ticket, now)
        self.satisfaction.show_ticket(ticket, now)
        self._history.show_events(ticket.events[:_HISTORY_SHOWN], now)

    def _build(self) -> None:
        inside = _Column()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(16, 16, 16, 16)
        self._column.setSpacing(4)
        self._status_chip, self.status = Chip(), self._choice("Status", self.status_chosen)
        self._priority_chip, self.priority = Chip(), self._choice("Priority", self.priority_chosen)
        self._assignee_label = PlainLabel()
        self.assignee = self._choice("Assignee", self.assignee_chosen)
        self._category_label = PlainLabel()
        self.category = self._choice("Category", self.category_chosen)
        status_title = self._add("Status", self._status_chip, self.status)
        priority_title = self._add("Priority", self._priority_chip, self.priority)
        self._add("Assignee", self._assignee_label, self.assignee)
        self._team_label, self.team = PlainLabel(), self._choice("Team", self.team_chosen)
        team_title = self._add_team()
        category_title = self._add("Category", self._category_label, self.category)
        self._titles = {
            "status": (status_title, self.status),
            "priority": (priority_title, self.priority),
            "category_id": (category_title, self.category),
            "team_id": (team_title, self.team),
        }
        self.satisfaction = SatisfactionSection()
        self._column.addWidget(self.satisfaction)
        self._add_plain_times()
        self._requester = PlainLabel()
        self._add("Requester", self._requester)
        self._times = PlainLabel(role="secondary")
        self._add("Opened", self._times)
        self._history = HistoryList()
        self._history.why_wanted.connect(self.why_wanted)
        self._history_title = self._add("History", self._history)
        self._column.addStretch(1)
        self.setWidget(inside)

    def _add_team(self) -> QLabel:
        self._team_field, column = QWidget(), self._column
        self._column = QVBoxLayout(self._team_field)
        self._column.setContentsMargins(0, 10, 0, 0)
        self._column.setSpacing(4)
        title = self._add("Team", self._team_label, self.team)
        self._column = column
        self._column.addWidget(self._team_field)
        return title

    def _show_team(self, ticket: TicketView, *, may_change: bool) -> None:
        """Show the team where there are teams; most small desks have none."""
        chooses = may_change and bool(self._teams)
        self._team_field.setVisible(chooses or ticket.team is not None)
        self._switch(self._team_label, self.team, chooses=chooses)
        self._team_label.setText(ticket.team.name if ticket.team else "None")

    def _add_plain_times(self) -> None:
        self._plain_times, column = QWidget(), self._column
        self._column = QVBoxLayout(self._plain_times)
        self._column.setContentsMargins(0, 10, 0, 0)
        self._column.setSpacing(4)
        self._due_chip, self._due = Chip(), PlainLabel(role="secondary")
        self._add("Resolution", self._due_chip, self._due)
        self._response_chip, self._response = Chip(), PlainLabel(role="secondary")
        self._add("First response", self._response_chip, self._response)
        self._column = column
        self._column.addWidget(self._plain_times)

    def _add(self, title: str, *widgets: QWidget) -> QLabel:
        label = QLabel(title)
        label.setProperty("plain", title)
        label.setProperty("role", "secondary")
        if self._column.count():
            self._column.addSpacing(10)
        self._column.addWidget(label)
        for widget in widgets:
            if isinstance(widget, PlainLabel):
                _let_shrink(widget)
            self._column.addWidget(widget)
        return label

    def _choice(self, title: str, signal: pyqtBoundSignal) -> _Choice:
        choice = _Choice()
        choice.setAccessibleName(title)
        choice.give_way()
        choice.setMaxVisibleItems(20)
        choice.setFocusPolicy(Qt.StrongFocus)
        choice.changed.connect(signal)
        return choice

    @staticmethod
    def _switch(words: QWidget, choice: QWidget, *, chooses: bool) -> None:
        words.setVisible(not chooses)
        choice.setVisible(chooses)

    def _fill_choices(self, ticket: TicketView) -> None:
        statuses = (ticket.status, *ticket.next_statuses)
        _fill(self.status, [(status.label, status) for status in statuses], ticket.status)
        _fill(
            self.priority,
            [(priority.label, priority) for priority in reversed(Priority)],
            ticket.priority,
        )
        categories: list[tuple[str, object]] = [("None", None)]
        categories += [(category.name, category.id) for category in self._categories]
        category = ticket.category
        if category and category.id not in [id_ for _, id_ in categories]:
            categories.append((category.name, category.id))
        _fill(self.category, categories, category.id if category else None)
        teams: list[tuple[str, object]] = [("None", None)]
        teams += [(name, id_) for id_, name in self._teams.items()]
        team = ticket.team
        if team and team.id not in self._teams:
            teams.append((team.name, team.id))
        _fill(self.team, teams, team.id if team else None)
        people: list[tuple[str, object]] = [("Nobody", None)]
        people += [(f"{one.full_name} ({one.open_tickets:,})", one.id) for one in self._people]
        assignee = ticket.assignee
        if assignee and assignee.id not in [id_ for _, id_ in people]:
            people.append((assignee.full_name, assignee.id))
        _fill(self.assignee, people, assignee.id if assignee else None)

    def _show_times(self, ticket: TicketView, now: datetime) -> None:
        # What a service level measures is told by its clocks, minute by minute.
        self._plain_times.setVisible(ticket.clock is None)
        text, tone = _resolution(ticket, now)
        self._due_chip.set_text(text, tone)
        due = ticket.resolution_due
        self._due.setText(f"Due {full_time(due)}" if due else "No due time")
        text, tone = _first_response(ticket, now)
        self._response_chip.set_text(text, tone)
        due = ticket.first_response_due
        self._response.setText(f"Due {full_time(due)}" if due else "No due time")
        address = f"\n{ticket.requester_email}" if ticket.requester_email else ""
        self._requester.setText(ticket.requester.full_name + address)
        opened = f"{full_time(ticket.created_at)} by {ticket.source.label.lower()}"
        self._times.setText(opened)


def _set_role(label: QLabel, role: str) -> None:
    if label.property("role") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)
        label.style().polish(label)


def _fill(choice: _Choice, items: Sequence[tuple[str, object]], current: object) -> None:
    """Offer the items, touching the box only where something is new."""
    if [(choice.itemText(i), choice.itemData(i)) for i in range(choice.count())] != list(items):
        choice.clear()
        for text, value in items:
            choice.addItem(text, value)
    values = [value for _, value in items]
    choice.show_index(values.index(current))


def _resolution(ticket: TicketView, now: datetime) -> tuple[str, Tone]:
    due, done = ticket.resolution_due, ticket.resolved_at
    if done is None:
        return time_left(due, now) if due else ("no target", "neutral")
    if due is None or done <= due:
        return "Solved in time", "success"
    return "Solved late", "urgent"


def _first_response(ticket: TicketView, now: datetime) -> tuple[str, Tone]:
    due, answered = ticket.first_response_due, ticket.first_responded_at
    if answered is not None:
        is_late = due is not None and answered > due
        return ("Answered late", "high") if is_late else ("Answered in time", "success")
    if due is None or not ticket.status.is_open:
        return "Not answered", "neutral"
    return time_left(due, now)


class _Column(QWidget):
    """As wide as its view and no wider: something too wide is cut by itself, not all the others."""

    def minimumSizeHint(self) -> QSize:
        """Ask for no width."""
        return QSize(0, super().minimumSizeHint().height())


class _Choice(DropDown):
    """A combo box that the wheel scrolls past, so that passing by changes no ticket."""

    changed = pyqtSignal(object)
    """The person chose something other than what was shown."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = -1
        self.activated.connect(self._on_activated)

    def show_index(self, index: int) -> None:
        self._shown = index
        self.setCurrentIndex(index)

    def _on_activated(self, index: int) -> None:
        if index != self._shown:
            self.changed.emit(self.itemData(index))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class HistoryList(QWidget):
    """What happened, newest first: one line a happening, with the exact time on hover."""

    why_wanted = pyqtSignal(object)

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._lines: list[PlainLabel] = []
        self._events: Sequence[EventView] = ()
        self._links: dict[int, LinkButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_events(self, events: Sequence[EventView], now: datetime) -> None:
        """Show these entries, reusing the lines there are."""
        while len(self._lines) < len(events):
            line = PlainLabel(role="secondary")
            _let_shrink(line)
            self._lines.append(line)
            self._column.addWidget(line)
        for line, event in zip(self._lines, events, strict=False):
            line.setText(f"{relative_time(event.at, now)} · {_sentence(event)}")
            line.setToolTip(full_time(event.at))
        for position, line in enumerate(self._lines):
            line.setVisible(position < len(events))
        self._show_links(events)

    def _show_links(self, events: Sequence[EventView]) -> None:
        """Offer the reasons below each line that tells of a rule."""
        self._events = events
        ruled = [at for at, event in enumerate(events) if event.kind == RULED]
        for at in ruled:
            link = self._links.get(at)
            if link is None:
                link = self._links[at] = LinkButton("Why?")
                link.clicked.connect(partial(self._on_why, at))
                self._column.insertWidget(self._column.indexOf(self._lines[at]) + 1, link)
            link.setAccessibleName(f"Why? {ruled_sentence(events[at])}")
        for at, link in self._links.items():
            link.setVisible(at in ruled)

    def _on_why(self, at: int, _checked: bool = False) -> None:
        self.why_wanted.emit(self._events[at])


_BY_KIND = {
    **dict.fromkeys(LINKED, linked_sentence),
    **dict.fromkeys(SNOOZES, snooze_sentence),
    RECURRED: recurred_sentence,
}


def _let_shrink(label: PlainLabel) -> None:
    """Let a word too long for the column, such as an address, not make the column wider."""
    policy = label.sizePolicy()
    policy.setHorizontalPolicy(QSizePolicy.Ignored)
    label.setSizePolicy(policy)


def _field_called(event: EventView) -> str | None:
    """Return how a field is called that an entry tells of; empty where it tells of none."""
    is_own = event.kind in _OWN_FIELD and event.field != TOLD
    return _FIELD_NAMES.get(event.field or "", event.field if is_own else None)


def _sentence(event: EventView) -> str:
    """Say one entry of the history in words."""
    if event.kind == RULED:
        return ruled_sentence(event)
    who = event.actor.full_name if event.actor else "Help Desk"
    said = _BY_KIND.get(event.kind) or (linked_sentence if event.field in WATCHED else None)
    if said is not None:
        return said(event, who)
    if called := _field_called(event):
        return f"{called} {event.old or 'none'} → {event.new or 'none'} ({who})"
    if event.kind == RATED or event.kind in WORKED:
        return rated_sentence(event, who) if event.kind == RATED else worked_sentence(event, who)
    if event.field == TOLD:
        return f"{TOLD} {event.new} ({who})"
    verb = _VERBS.get(event.kind, event.kind)
    if event.kind == UNDONE:
        verb = "undid:" if event.old == "Undone" else "did again:"
    names = event.field == "article" or event.kind in ("attached", UNDONE)
    return f"{who} {verb} {event.new or event.old}" if names else f"{who} {verb}"
