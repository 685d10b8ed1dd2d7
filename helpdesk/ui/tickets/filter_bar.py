# SPDX-License-Identifier: GPL-3.0-or-later
"""The search field and the filters above a ticket list."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.clock import Clock
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
from helpdesk.ui.tickets.views import AGES, with_age
from helpdesk.ui.widgets.choice_menu import ChoiceMenu
from helpdesk.ui.widgets.filter_button import FilterButton
from helpdesk.ui.widgets.flow_layout import FlowLayout

_PAUSE_MS = 120
_LEAST_SORT = 90
_UNASSIGNED = "none"
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
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.changed)
        self._build(with_assignee=with_assignee)

    def show_query(self, query: TicketQuery) -> None:
        """Set the filters to those of a query, without telling of a change."""
        self._base = query
        assignees = [str(id_) for id_ in query.assignee_ids]
        for button, keys in (
            (self.status, [status.value for status in query.statuses]),
            (self.priority, [priority.value for priority in query.priorities]),
            (self.category, [str(id_) for id_ in query.category_ids]),
            (self.assignee, [*assignees, _UNASSIGNED] if query.unassigned else assignees),
            (self.age, []),
        ):
            button.set_chosen(keys)
            button.set_usual(keys)
        self._set_sort(query.sort)
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
            requester_ids=self._base.requester_ids,
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

    def _build(self, *, with_assignee: bool) -> None:
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
        self.sort_button = self._make_sort_button()
        self.clear_button = QPushButton("Clear")
        self.clear_button.setProperty("kind", "quiet")
        self.clear_button.setToolTip("Back to what this view shows by itself")
        self.clear_button.clicked.connect(self.clear)
        self._lay_out()
        self.assignee.setVisible(with_assignee)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.search)
        buttons = FlowLayout()
        for button in (self.status, self.priority, self.category, self.assignee, self.age):
            buttons.addWidget(button)
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
        self._show_clear()
        self.changed.emit()

    def _show_clear(self) -> None:
        self.clear_button.setVisible(self.is_narrowed)
