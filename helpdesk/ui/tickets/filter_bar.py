# SPDX-License-Identifier: GPL-3.0-or-later
"""The search field and the filters above a ticket list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from PyQt5.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.figures import Behind
from helpdesk.core.schemas.tickets import (
    Assignable,
    CategoryView,
    Priority,
    Sort,
    Status,
    TicketQuery,
)
from helpdesk.core.text import SEARCH_LIMIT
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.filter_chip import FilterChip, span_of_days
from helpdesk.ui.tickets.filter_words import FilterWords
from helpdesk.ui.tickets.views import AGES, with_age
from helpdesk.ui.widgets.choice_menu import ChoiceMenu
from helpdesk.ui.widgets.filter_button import FilterButton
from helpdesk.ui.widgets.flow_layout import FlowLayout

_PAUSE_MS = 120
_LEAST_SORT = 90
_UNASSIGNED = "none"
_UNKNOWN = "another one"
"""For what a query names and this list has no name for."""
_SORTS = {
    Sort.URGENCY: "Most urgent first",
    Sort.NEWEST: "Newest first",
    Sort.OLDEST: "Oldest first",
    Sort.UPDATED: "Last changed first",
}


class FilterBar(QWidget):
    """Turns what somebody types and picks into a ``TicketQuery``."""

    changed = pyqtSignal()
    left_downwards = pyqtSignal()
    """The person pressed Down, Enter or Escape in the search field: on to the list."""

    def __init__(self, clock: Clock, *, with_assignee: bool) -> None:
        """Offer the filters; categories and assignees come when the desk has told them."""
        super().__init__()
        self._clock = clock
        self._base = TicketQuery()
        self._sort = Sort.URGENCY
        self._span: tuple[datetime | None, datetime | None] = (None, None)
        self._requesters: tuple[int, ...] = ()
        self._behind: Behind | None = None
        self._behind_words = ""
        self._names: dict[int, str] = {}
        self._with_assignee = with_assignee
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.changed)
        self._build()

    def show_query(self, query: TicketQuery) -> None:
        """Set the filters to those of a query, without telling of a change."""
        self._base = query
        for button, keys in self._chosen_by(query):
            button.set_chosen(keys)
            button.set_usual(keys)
        self._show_rest(query)

    def show_answer(self, query: TicketQuery) -> None:
        """Set all filters to those of a query that somebody has put in words, without telling.

        Each part of it can be seen, and taken away; what the view is limited to stays.
        """
        for button, keys in self._chosen_by(query):
            button.offer_also(keys, _UNKNOWN)
            button.set_chosen(keys)
        blocked = self.search.blockSignals(True)
        self.search.setText(query.text)
        self.search.blockSignals(blocked)
        self._pause.stop()
        requesters = query.requester_ids or self._base.requester_ids
        self._show_rest(query.model_copy(update={"requester_ids": requesters}))

    def show_behind(self, behind: Behind, words: str, place: str) -> None:
        """Narrow the list to the tickets behind a figure, without telling of a change."""
        blocked = self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(blocked)
        self._pause.stop()
        self._behind, self._behind_words = behind, words
        self.behind.name = place.capitalize()
        self._show_clear()

    def search_for(self, words: str) -> None:
        """Search for further words, at once."""
        self.search.setText(f"{self.search.text()} {words}".strip()[:SEARCH_LIMIT])
        self._pause.stop()
        self.changed.emit()

    @property
    def unnamed(self) -> tuple[int, ...]:
        """The requesters asked for whose names are not known yet."""
        chosen = () if self._requesters == self._base.requester_ids else self._requesters
        return tuple(id_ for id_ in chosen if id_ not in self._names)

    def learn_names(self, names: Mapping[int, str]) -> None:
        """Take note of what people are called, to say whose tickets are shown."""
        self._names.update(names)
        self._show_chips()

    def _chosen_by(self, query: TicketQuery) -> tuple[tuple[FilterButton, list[str]], ...]:
        assignees = [str(id_) for id_ in query.assignee_ids]
        return (
            (self.status, [status.value for status in query.statuses]),
            (self.priority, [priority.value for priority in query.priorities]),
            (self.category, [str(id_) for id_ in query.category_ids]),
            (self.assignee, [*assignees, _UNASSIGNED] if query.unassigned else assignees),
            (self.age, []),
        )

    def _show_rest(self, query: TicketQuery) -> None:
        """Show of a query what the buttons do not."""
        self._behind = query.behind
        self._span = query.created_after, query.created_before
        self._requesters = query.requester_ids
        # An order that cannot be chosen here is that of the view.
        self._set_sort(query.sort if query.sort in _SORTS else self._base.sort)
        self._show_clear()

    def query(self) -> TicketQuery:
        """Return what the filters ask for."""
        assignees = self.assignee.chosen_keys()
        age = self.age.chosen_keys()
        query = TicketQuery(
            text=self.search.text()[:SEARCH_LIMIT],
            statuses=tuple(Status(key) for key in self.status.chosen_keys()),
            priorities=tuple(Priority(key) for key in self.priority.chosen_keys()),
            category_ids=tuple(int(key) for key in self.category.chosen_keys()),
            assignee_ids=tuple(int(key) for key in assignees if key != _UNASSIGNED),
            unassigned=_UNASSIGNED in assignees,
            requester_ids=self._requesters,
            created_after=self._span[0],
            created_before=self._span[1],
            behind=self._behind,
            sort=self._sort,
        )
        return with_age(query, age[0] if age else None, self._clock())

    @property
    def is_narrowed(self) -> bool:
        """Whether the person asks for less than the view shows by itself."""
        query = self.query()
        return query.model_copy(update={"sort": self._base.sort}) != self._base

    def clear(self) -> None:
        """Go back to what the view shows by itself."""
        self.search.clear()
        self.show_query(self._base)
        self._pause.stop()
        self.changed.emit()

    def add_words(self, words: FilterWords) -> None:
        """Offer to say in words what to show, beside the search."""
        self._top.addWidget(words.button)
        self._column.insertWidget(1, words)

    def set_categories(self, categories: Sequence[CategoryView]) -> None:
        """Offer the desk's categories."""
        self.category.set_choices([(str(each.id), each.name) for each in categories])

    def set_assignees(self, people: Sequence[Assignable]) -> None:
        """Offer the desk's staff."""
        staff = [(str(each.id), each.full_name) for each in people]
        self.assignee.set_choices([(_UNASSIGNED, "Nobody"), *staff])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go from the search field to the list with the keyboard; Escape empties it first."""
        if event.type() == QEvent.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key_Down, Qt.Key_Return, Qt.Key_Enter):
                self.left_downwards.emit()
                return True
            if event.key() == Qt.Key_Escape:
                if self.search.text():
                    self.search.clear()
                else:
                    self.left_downwards.emit()
                return True
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search tickets and comments, or type HD-1042")
        self.search.setAccessibleName("Search tickets")
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(SEARCH_LIMIT)
        self.search.addAction(icon("search"), QLineEdit.LeadingPosition)
        self.search.textChanged.connect(self._on_typed)
        self.search.installEventFilter(self)
        statuses = [(status.value, status.label) for status in Status]
        priorities = [(priority.value, priority.label) for priority in reversed(Priority)]
        self.status = self._filter("Status", statuses)
        self.priority = self._filter("Priority", priorities)
        self.category = self._filter("Category", [])
        self.assignee = self._filter("Assignee", [(_UNASSIGNED, "Nobody")])
        self.age = self._filter("Age", list(AGES), multiple=False)
        self.created = FilterChip("Created")
        self.requester = FilterChip("Requester")
        self.behind = FilterChip("Dashboard")
        for chip in (self.created, self.requester, self.behind):
            chip.clicked.connect(partial(self._on_chip_removed, chip))
        self.sort_button = self._make_sort_button()
        self.clear_button = QPushButton("Clear")
        self.clear_button.setProperty("kind", "quiet")
        self.clear_button.setToolTip("Back to what this view shows by itself")
        self.clear_button.clicked.connect(self.clear)
        self._lay_out()
        self.assignee.setVisible(self._with_assignee)

    def _lay_out(self) -> None:
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._top = QHBoxLayout()
        self._top.setSpacing(4)
        self._top.addWidget(self.search, 1)
        column.addLayout(self._top)
        buttons = FlowLayout()
        buttons.addWidget(self.behind)
        for button in (self.status, self.priority, self.category, self.assignee, self.age):
            buttons.addWidget(button)
        buttons.addWidget(self.created)
        buttons.addWidget(self.requester)
        buttons.addWidget(self.clear_button)
        column.addLayout(buttons)

    def _make_sort_button(self) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "drop")
        button.setPopupMode(QToolButton.InstantPopup)
        button.setSizePolicy(QSizePolicy.Maximum, QSizePolicy.Fixed)
        button.setMinimumWidth(_LEAST_SORT)
        self._sort_menu = ChoiceMenu(_SORTS.items(), button)
        self._sort_menu.chosen.connect(self._on_sort)
        button.setMenu(self._sort_menu)
        return button

    def _set_sort(self, sort: Sort) -> None:
        self._sort = sort
        self.sort_button.setText(_SORTS[sort])
        self.sort_button.setToolTip(f"{_SORTS[sort]}; choose another order")
        self._sort_menu.set_current(sort)

    def sort_by(self, sort: Sort) -> None:
        """Show the tickets in another order."""
        self._on_sort(sort)

    def _on_sort(self, sort: Sort) -> None:
        self._set_sort(sort)
        self.changed.emit()

    def _filter(
        self, title: str, choices: list[tuple[str, str]], *, multiple: bool = True
    ) -> FilterButton:
        button = FilterButton(title, multiple=multiple)
        button.set_choices(choices)
        button.chosen.connect(self._on_picked)
        return button

    def _on_typed(self) -> None:
        self._show_clear()
        self._pause.start()

    def _on_picked(self) -> None:
        if self.age.chosen_keys():
            self._span = None, None
        self._show_clear()
        self.changed.emit()

    def _on_chip_removed(self, chip: FilterChip, _checked: bool = False) -> None:
        """Take away what a chip stands for; the focus goes on to what stands before it."""
        if chip is self.requester:
            self._requesters = self._base.requester_ids
        elif chip is self.behind:
            self._behind = None
        else:
            self._span = None, None
        if chip.hasFocus():
            self.age.setFocus()
        self._on_picked()

    def _show_chips(self) -> None:
        self.created.show_value(span_of_days(*self._span, self._clock()))
        asked = self._requesters if self._requesters != self._base.requester_ids else ()
        self.behind.show_value(self._behind_words if self._behind is not None else "")
        self.requester.show_value(", ".join(self._names.get(id_, "somebody") for id_ in asked))
        # What narrows the list can be seen and taken away, whoever may choose it.
        self.assignee.setVisible(self._with_assignee or bool(self.assignee.chosen_keys()))

    def _show_clear(self) -> None:
        self._show_chips()
        self.clear_button.setVisible(self.is_narrowed)
