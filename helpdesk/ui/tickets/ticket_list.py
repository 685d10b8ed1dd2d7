# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of tickets with its views, search, filters and the three written states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PyQt5.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHBoxLayout,
    QListView,
    QShortcut,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.clock import monotonic
from helpdesk.core.errors import Unreachable
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.figures import Behind
from helpdesk.core.schemas.tickets import CategoryView, TicketCount, TicketQuery, TicketRow
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.filter_bar import FilterBar
from helpdesk.ui.tickets.filter_words import FilterWords
from helpdesk.ui.tickets.list_model import TicketListModel
from helpdesk.ui.tickets.row_delegate import TicketRowDelegate
from helpdesk.ui.tickets.views import View, widest_view
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.choice_menu import ChoiceMenu
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import stale_sentence

_MINUTE_MS = 60_000


class TicketList(QWidget):
    """Shows one view of the desk's tickets and tells which one is chosen."""

    chosen = pyqtSignal(object)
    """The ``TicketRow`` that is current, or ``None``."""
    opened = pyqtSignal()
    """Enter or a double click on the current ticket."""
    back_wanted = pyqtSignal()
    """Back to the figure whose tickets are shown."""

    def __init__(self, desktop: Desktop, views: Sequence[View], name: str) -> None:
        """Show the view that was last used under ``name``, else the first."""
        super().__init__()
        self._desktop = desktop
        self._views = tuple(views)
        self._name = name
        self._view = self._remembered_view()
        self._chosen_id: int | None = None
        self._chosen_row = 0
        self._asked_at = 0.0
        self._took_ms = 0.0
        self._found: TicketCount | None = None
        self._read_at: datetime | None = None
        self._has_choices = False
        self._picks_first = True
        self._keeps_chosen = False
        self._wants_focus = False
        self._view_before: View | None = None
        self._place: tuple[int, int] | None = None
        self._build()
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(self._rows.viewport().update)
        self._tick.start()

    def put_above(self, widget: QWidget) -> None:
        """Let something be said above the rows."""
        self._outer.insertWidget(self._outer.indexOf(self._states), widget)

    def load(self) -> None:
        """Load the view, and the choices of the filters."""
        self._load_choices()
        self.show_view(self._view)

    def refresh(self) -> None:
        """Load again what is shown, keeping the place and the chosen ticket."""
        if not self._has_choices:
            self._load_choices()
        self._asked_at = monotonic()
        if self._states.state == "loading":
            # Rows of another question are on the way, and the first of them is to be chosen.
            self._model.reload()
            self._count()
            return
        # A ticket that has left the view, such as one just taken, stays open beside it.
        self._picks_first = False
        self._model.reload()
        self._count()

    def show_view(self, view: View) -> None:
        """Show another view."""
        self._go_to(view)
        self._search()

    def show_filter(self, query: TicketQuery) -> None:
        """Show what a query asks for, whatever view was shown, with each part of it as a filter."""
        self._go_to(widest_view(self._views))
        self._filters.show_answer(query)
        self._search()

    def show_behind(self, behind: Behind, words: str, place: str) -> None:
        """Show the tickets behind a figure; a chip names it, and a key leads back to its place."""
        before = self._view_before or self._view
        self._go_to(widest_view(self._views))
        self._view_before = before
        self._filters.show_behind(behind, words, place)
        self._back.setToolTip(f"Back to the {place} (Alt+Left)")
        self._back.setAccessibleName(f"Back to the {place}")
        self._back.show()
        # What was shown before is not what the number is about: nobody must work on it meanwhile.
        self._found = None
        self._figures.clear()
        self._states.show_loading()
        self._search()

    def go_back(self) -> None:
        """Leave the tickets behind a figure, and show again what was shown before."""
        before = self._view_before
        if before is not None:
            self.show_view(before)
            self.back_wanted.emit()

    def _go_to(self, view: View) -> None:
        self._view_before = None
        self._back.hide()
        self._view = view
        self._title.setText(view.title)
        self._view_menu.set_current(view)
        self._filters.show_query(view.query)

    def select(self, ticket_id: int) -> None:
        """Choose a ticket as soon as it is in the list, and no other in its place."""
        self._chosen_id = ticket_id
        self._keeps_chosen = True
        self._restore_selection()

    def step(self, by: int) -> None:
        """Choose the next or the previous ticket."""
        if self._states.state == "loading":
            return
        position = self._rows.currentIndex().row()
        if position < 0:
            # The chosen ticket has left the view; the next one stands in its place now.
            position = self._chosen_row - (by > 0)
        position += by
        if 0 <= position < self._model.rowCount():
            self._rows.setCurrentIndex(self._model.index(position))

    def focus_search(self) -> None:
        """Put the focus into the search field."""
        self._filters.search.setFocus()
        self._filters.search.selectAll()

    def focus_words(self) -> None:
        """Let the person say in words which tickets to show."""
        if self._words is not None:
            self._words.open_line()

    def focus_rows(self) -> None:
        """Put the focus on the list, as soon as it is there."""
        self._wants_focus = not self._rows.isVisible() and self.isVisible()
        self._rows.setFocus()

    def save_state(self) -> None:
        """Remember the view for the next time."""
        view = self._view_before or self._view
        self._desktop.state.setValue(self._desktop.own(f"{self._name}/view"), view.key)

    @property
    def views(self) -> tuple[View, ...]:
        """The views offered."""
        return self._views

    def _remembered_view(self) -> View:
        key = self._desktop.state.value(self._desktop.own(f"{self._name}/view"), "")
        return next((view for view in self._views if view.key == key), self._views[0])

    def _build(self) -> None:
        self._filters = FilterBar(
            self._desktop.clock, with_assignee=self._desktop.may(Permission.WORK_TICKET)
        )
        self._filters.changed.connect(self._search)
        self._filters.left_downwards.connect(self._on_left_search)
        self._filters.learn_names({self._desktop.person.id: self._desktop.person.full_name})
        self._words = self._make_words() if self._desktop.may(Permission.USE_ASSISTANT) else None
        self._model = TicketListModel(self._desktop, self)
        self._model.modelAboutToBeReset.connect(self._keep_place)
        self._model.arrived.connect(self._on_arrived)
        self._model.failed.connect(self._on_failed)
        self._model.more_failed.connect(self._desktop.background.unheard)
        self._rows = QListView()
        self._rows.setProperty("kind", "rows")
        self._rows.setAccessibleName("Tickets")
        self._rows.setModel(self._model)
        self._rows.setItemDelegate(
            TicketRowDelegate(self._desktop.clock, self._desktop.person.id, self._rows)
        )
        self._rows.setUniformItemSizes(True)
        self._rows.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self._rows.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self._rows.setMouseTracking(True)
        self._rows.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self._rows.selectionModel().currentChanged.connect(self._on_current)
        self._rows.activated.connect(self.opened)
        self._states = StateView()
        self._states.set_content(self._rows)
        self._lay_out()

    def _make_words(self) -> FilterWords:
        words = FilterWords(self._desktop)
        words.named.connect(self._filters.learn_names)
        words.understood.connect(self.show_filter)
        words.text_wanted.connect(self._filters.search_for)
        words.left.connect(self._on_left_search)
        words.left_downwards.connect(self._on_left_search)
        self._filters.add_words(words)
        return words

    def _lay_out(self) -> None:
        top = QFrame()
        top.setProperty("kind", "heading")
        column = QVBoxLayout(top)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        column.addLayout(self._heading())
        column.addWidget(self._filters)
        outer = self._outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(top)
        self._stale = Banner()
        outer.addWidget(self._stale)
        outer.addWidget(self._states, 1)

    def _way_back(self) -> QToolButton:
        """Return the button that leads back to where a figure stands."""
        button = QToolButton()
        button.setIcon(icon("left"))
        button.setFocusPolicy(Qt.TabFocus)
        button.clicked.connect(self.go_back)
        button.hide()
        for keys in (QKeySequence("Alt+Left"), QKeySequence(Qt.Key_Back)):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.go_back)
        return button

    def _heading(self) -> QHBoxLayout:
        self._back = self._way_back()
        self._title = QToolButton()
        self._title.setProperty("kind", "title")
        self._title.setAccessibleName("View")
        self._title.setToolTip("Choose another view")
        self._title.setPopupMode(QToolButton.InstantPopup)
        self._view_menu = ChoiceMenu([(view, view.title) for view in self._views], self)
        self._view_menu.chosen.connect(self.show_view)
        self._title.setMenu(self._view_menu)
        # Where the list is narrow the figures give way first, then the order, and last the title.
        self._figures = ElidedLabel(role="secondary")
        self._figures.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
        self._figures.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        row = QHBoxLayout()
        row.addWidget(self._back)
        row.addWidget(self._title)
        row.addWidget(self._figures, 1)
        row.addWidget(self._filters.sort_button)
        return row

    def _load_choices(self) -> None:
        background, tickets = self._desktop.background, self._desktop.desk.tickets
        background.run(self, tickets.categories).then(self._on_categories)
        if self._desktop.may(Permission.WORK_TICKET):
            background.run(self, tickets.assignable).then(self._on_assignable)

    def _on_categories(self, categories: Sequence[CategoryView]) -> None:
        self._has_choices = True
        self._desktop.link.categories.update({each.id: each.name for each in categories})
        self._filters.set_categories(categories)

    def _on_assignable(self, people: object) -> None:
        chosen = self._filters.query()
        self._filters.set_assignees(people)  # type: ignore[arg-type]
        if chosen.assignee_ids and not self._filters.is_narrowed:
            self._filters.show_query(self._view.query)

    def _search(self) -> None:
        self._keeps_chosen = False
        self._ask()

    def _ask(self) -> None:
        if not self._model.rowCount():
            self._states.show_loading()
        self._asked_at = monotonic()
        self._picks_first = True
        self._model.show_query(self._filters.query())
        self._count()

    def _count(self) -> None:
        query = self._filters.query()
        job = self._desktop.background.latest(self, self._desktop.desk.tickets.count, query)
        job.then(self._on_counted).failed(lambda _: self._figures.clear())

    def _on_counted(self, found: TicketCount) -> None:
        self._found = found
        self._show_figures()

    def _show_figures(self) -> None:
        if self._found is None:
            return
        number = f"{self._found.count:,}" + ("" if self._found.exact else "+")
        noun = "ticket" if number == "1" else "tickets"
        self._figures.setText(f"{number} {noun} · {self._took_ms:.0f} ms")

    def _on_arrived(self, has_rows: bool) -> None:
        self._took_ms = (monotonic() - self._asked_at) * 1000
        self._read_at = self._desktop.clock()
        self._stale.clear()
        self._show_figures()
        self._name_requesters()
        if has_rows:
            # As soon as the rows are shown they take the focus, and Qt chooses the first of them.
            self._restore_selection()
            self._states.show_content()
            if self._wants_focus and self._may_take_focus():
                self._rows.setFocus()
            self._wants_focus = False
            if not self._picks_first:
                self._restore_place()
        else:
            self._show_empty()
            if self._picks_first and not self._keeps_chosen:
                self.chosen.emit(None)

    def _may_take_focus(self) -> bool:
        """Return whether the keyboard is nowhere else in use meanwhile."""
        focus: QWidget | None = QApplication.focusWidget()
        return focus is None or focus is self._rows or self._states.isAncestorOf(focus)

    def _name_requesters(self) -> None:
        """Tell the filters what those are called whose tickets have come."""
        if self._filters.unnamed:
            rows = (self._model.row(self._model.index(at)) for at in range(self._model.rowCount()))
            people = (row.requester for row in rows if row is not None)
            self._filters.learn_names({person.id: person.full_name for person in people})

    def _keep_place(self) -> None:
        top = self._rows.indexAt(QPoint(0, 0))
        row = self._model.row(top)
        self._place = (row.id, self._rows.visualRect(top).top()) if row else None

    def _restore_place(self) -> None:
        """Let the row at the top stand where it stood: whoever scrolls is not to be disturbed."""
        found = self._model.index_of(self._place[0]) if self._place else QModelIndex()
        if self._place and found.isValid():
            bar = self._rows.verticalScrollBar()
            bar.setValue(bar.value() + self._rows.visualRect(found).top() - self._place[1])

    def _show_empty(self) -> None:
        widest = widest_view(self._views)
        if self._filters.search.text().strip() and self._view is not widest:
            self._states.show_empty(
                f"Nothing in '{self._view.title}' matches",
                "Other tickets may: search all of them.",
                widest.title,
                lambda: self.show_view(widest),
            )
        elif self._filters.is_narrowed:
            self._states.show_empty(
                "Nothing matches",
                "Try other words, or fewer filters.",
                "Clear filters",
                self._filters.clear,
            )
        else:
            self._states.show_empty(self._view.title, self._view.empty)

    def _on_failed(self, error: Exception) -> None:
        is_away = isinstance(error, Unreachable)
        if is_away:
            self._desktop.feed.fell_behind()
        if is_away and self._read_at and not self._picks_first:
            self._stale.show_quiet(stale_sentence(self._read_at))
        elif self._model.rowCount() and not self._picks_first:
            # What is shown is of use still; the next refresh or scrolling tries again.
            self._desktop.background.unheard.emit(error)
        else:
            self._stale.clear()
            self._states.show_failed(sentence_of(error), self._ask)

    def _restore_selection(self) -> None:
        found = self._model.index_of(self._chosen_id) if self._chosen_id else QModelIndex()
        if found.isValid():
            self._rows.selectionModel().setCurrentIndex(found, QItemSelectionModel.ClearAndSelect)
        elif self._picks_first and not self._keeps_chosen and self._model.rowCount():
            self._rows.setCurrentIndex(self._model.index(0))
        else:
            # Said so, the rows have no current ticket; else Qt takes the first with the focus.
            self._rows.setCurrentIndex(QModelIndex())

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        row: TicketRow | None = self._model.row(index)
        if row is not None:
            self._chosen_id, self._chosen_row = row.id, index.row()
            self.chosen.emit(row)

    def _on_left_search(self) -> None:
        if self._model.rowCount():
            self._rows.setFocus()
            if not self._rows.currentIndex().isValid():
                self._rows.setCurrentIndex(self._model.index(0))
