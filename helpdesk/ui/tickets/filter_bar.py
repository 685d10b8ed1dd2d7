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
from helpdesk.core.query_groups import group_of, groups_of, joined, merged, without
from helpdesk.core.query_language import parts_of, without_begun
from helpdesk.core.query_meaning import said_by
from helpdesk.core.schemas.figures import Behind
from helpdesk.core.schemas.queries import QueryChip
from helpdesk.core.schemas.tickets import (
    Assignable,
    CategoryView,
    Mine,
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
_BY_BUTTON = ("statuses", "priorities", "category_ids", "assignee_ids")
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
        self.person_id = 0
        """Who 'me' is."""
        self._chips: list[tuple[QueryChip, FilterChip]] = []
        self._touched: frozenset[str] = frozenset()
        self._is_quiet = False
        self._base = TicketQuery()
        self._base_said = ""
        self._kept: list[FilterChip] = []
        self._dropped: set[str] = set()
        """Which fields of the view were taken away."""
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

    def show_query(self, query: TicketQuery, said: str = "") -> None:
        """Set the filters to those of a query, without telling of a change.

        Of a view that somebody has kept, ``said`` is the query as it is typed: each part shows.
        """
        before, self._base = self._base, query
        self._base_said = said
        self._drop_chips()
        self._show_kept(said)
        if query.text or self.search.text() == before.text:
            self._set_text(query.text)
        for button, keys in self._chosen_by(query):
            button.offer_also(keys, _UNKNOWN)
            button.set_chosen(keys)
            button.set_usual(() if said else keys)
        self._show_rest(query)

    def _show_kept(self, said: str) -> None:
        """Show of a kept view what no button can say; each part can be taken away."""
        self._dropped.clear()
        for shown in self._kept:
            self._discard(shown)
        self._kept = []
        for part in parts_of(said):
            group = group_of(part)
            by_button = group in _BY_BUTTON and not part.negated
            by_button = by_button and not any(value.text == "none" for value in part.values)
            if group and not by_button:
                shown = self._add_chip(said_by(part))
                shown.clicked.connect(partial(self._on_kept_removed, shown, group))
                self._kept.append(shown)

    def _on_kept_removed(self, shown: FilterChip, group: str, _checked: bool = False) -> None:
        self._dropped.add(group)
        self._kept.remove(shown)
        self._discard(shown)
        if group == "requester_ids":
            self._requesters = ()
        elif group == "created_after":
            self._span = None, None
        self._on_picked()

    def show_answer(self, query: TicketQuery) -> None:
        """Set all filters to those of a query that somebody has put in words, without telling.

        Each part of it can be seen, and taken away; what the view is limited to stays.
        """
        self._drop_chips()
        for button, keys in self._chosen_by(query):
            button.offer_also(keys, _UNKNOWN)
            button.set_chosen(keys)
        self._set_text(query.text)
        requesters = query.requester_ids or self._base.requester_ids
        self._show_rest(query.model_copy(update={"requester_ids": requesters}))

    def show_behind(self, behind: Behind, words: str, place: str) -> None:
        """Narrow the list to the tickets behind a figure, without telling of a change."""
        self._drop_chips()
        self._set_text("")
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
        if Mine.ASSIGNEE in query.me and str(self.person_id) not in assignees:
            assignees.append(str(self.person_id))
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
        """Return what the filters ask for; what somebody typed of a field comes first."""
        age = self.age.chosen_keys()
        changes: dict[str, object] = {
            "text": without_begun(self.search.text())[:SEARCH_LIMIT],
            "requester_ids": self._requesters,
            "created_after": self._span[0],
            "created_before": self._span[1],
            "behind": self._behind,
            "sort": self._sort,
        }
        for button, keys in self._chosen_by(self._base)[:-1]:
            if sorted(button.chosen_keys()) != sorted(keys):
                changes |= self._picked(button)
        query = without(self._base, self._dropped).model_copy(update=changes)
        said = joined([chip.query for chip, _ in self._chips])
        query = with_age(query, age[0] if age else None, self._clock())
        return merged(query, said.model_copy(update={"text": query.text}))

    def _picked(self, button: FilterButton) -> dict[str, object]:
        """Return what a button says of its field, in place of what the view does."""
        keys = button.chosen_keys()
        if button is self.status:
            return {"statuses": tuple(map(Status, keys)), "without_statuses": ()}
        if button is self.priority:
            return {"priorities": tuple(map(Priority, keys)), "without_priorities": ()}
        if button is self.category:
            ids = tuple(map(int, keys))
            return {"category_ids": ids, "no_category": False, "without_category_ids": ()}
        return {
            "assignee_ids": tuple(int(key) for key in keys if key != _UNASSIGNED),
            "unassigned": _UNASSIGNED in keys,
            "assigned": False,
            "without_assignee_ids": (),
            "me": tuple(each for each in self._base.me if each is not Mine.ASSIGNEE),
            "not_me": tuple(each for each in self._base.not_me if each is not Mine.ASSIGNEE),
        }

    # --- what was typed of fields -------------------------------------------------------------

    def put_below_search(self, widget: QWidget) -> None:
        """Let something be said about what is typed."""
        self._column.insertWidget(1, widget)

    def add_chips(self, chips: Sequence[QueryChip], text: str, cursor: int) -> None:
        """Take parts that were typed out of the field, and show them beside the filters."""
        for chip in chips:
            if any(chip.label == each.label for each in self.chips):
                continue
            shown = self._add_chip(chip.label)
            shown.clicked.connect(partial(self._on_said_removed, shown))
            self._chips.append((chip, shown))
        pending = self._pause.isActive()
        self._set_text(text)
        self.search.setCursorPosition(cursor)
        self._show_said()
        if pending:
            self._pause.start()
        else:
            self.changed.emit()

    def _add_chip(self, label: str) -> FilterChip:
        """Show a part behind the filters, before what takes all of them away."""
        shown = FilterChip("")
        shown.setProperty("kind", "said")
        shown.show_said(label)
        self._filters_row.removeWidget(self.clear_button)
        self._filters_row.addWidget(shown)
        self._filters_row.addWidget(self.clear_button)
        return shown

    def take_back_chip(self) -> bool:
        """Put the last of what was typed back into the field; return whether there was one."""
        if not self._chips:
            return False
        chip, shown = self._chips.pop()
        self._discard(shown)
        self._set_text(chip.text)
        self._show_said()
        self.changed.emit()
        return True

    @property
    def chips(self) -> tuple[QueryChip, ...]:
        """What was typed of fields, in its order."""
        return tuple(chip for chip, _ in self._chips)

    def _on_said_removed(self, shown: FilterChip, _checked: bool = False) -> None:
        had_focus = shown.hasFocus()
        self._chips = [each for each in self._chips if each[1] is not shown]
        self._discard(shown)
        if had_focus:
            self.search.setFocus()
        self._show_said()
        self.changed.emit()

    def _show_said(self) -> None:
        """Let the buttons show what was typed of their fields, else what the view shows."""
        said = joined([chip.query for chip, _ in self._chips])
        usual = dict(self._chosen_by(self._base))
        touched = groups_of(said)
        for button, keys in self._chosen_by(said)[:-1]:
            group = self._group_of(button)
            if group in touched:
                button.offer_also(keys, _UNKNOWN)
                button.set_chosen(keys)
            elif group in self._touched:
                button.set_chosen(usual[button])
        self._touched = touched
        self._show_clear()

    def _group_of(self, button: FilterButton) -> str:
        names = {
            self.status: "statuses",
            self.priority: "priorities",
            self.category: "category_ids",
            self.assignee: "assignee_ids",
        }
        return names.get(button, "")

    def _drop_chips(self, group: str = "") -> None:
        """Take away what was typed, all of it or that of one field."""
        kept = [each for each in self._chips if group and group not in groups_of(each[0].query)]
        for each in self._chips:
            if each not in kept:
                self._discard(each[1])
        self._chips = kept
        self._touched = groups_of(joined([chip.query for chip, _ in kept]))

    def _discard(self, shown: FilterChip) -> None:
        self._filters_row.removeWidget(shown)
        shown.hide()
        shown.deleteLater()

    def _set_text(self, text: str) -> None:
        """Write into the field without telling of it."""
        self._is_quiet = True
        self.search.setText(text)
        self._is_quiet = False
        self._pause.stop()

    @property
    def is_narrowed(self) -> bool:
        """Whether the person asks for less than the view shows by itself."""
        query = self.query()
        return query.model_copy(update={"sort": self._base.sort}) != self._base

    def clear(self) -> None:
        """Go back to what the view shows by itself."""
        self._set_text(self._base.text)
        self.show_query(self._base, self._base_said)
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
        self._filters_row = buttons = FlowLayout()
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
        button.chosen.connect(partial(self._on_button, button))
        return button

    def _on_typed(self) -> None:
        if self._is_quiet:
            return
        self._show_clear()
        self._pause.start()

    def _on_button(self, button: FilterButton, _keys: list[str]) -> None:
        """What is picked takes the place of what was typed of the same field."""
        group = "created_after" if button is self.age else self._group_of(button)
        self._drop_chips(group)
        self._on_picked()

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
        # What a chip says is not said by a button as well.
        for button in (self.status, self.priority, self.category, self.assignee):
            button.setVisible(self._group_of(button) not in self._touched)
        self.age.setVisible("created_after" not in self._touched)
        # What narrows the list can be seen and taken away, whoever may choose it.
        if not (self._with_assignee or self.assignee.chosen_keys()):
            self.assignee.hide()

    def _show_clear(self) -> None:
        self._show_chips()
        self.clear_button.setVisible(self.is_narrowed)
