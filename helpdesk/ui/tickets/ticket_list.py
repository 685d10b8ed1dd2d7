# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of tickets with its views, search, filters and the three written states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PyQt5.QtCore import QPoint, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import (
    QApplication,
    QFrame,
    QShortcut,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import Unreachable
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.figures import Behind
from helpdesk.core.schemas.tickets import (
    Assignable,
    CategoryView,
    Status,
    TicketChoices,
    TicketCount,
    TicketQuery,
    TicketRow,
)
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.bulk.bar import BulkBar
from helpdesk.ui.tickets.copying import copy_rows
from helpdesk.ui.tickets.filter_bar import FilterBar
from helpdesk.ui.tickets.filter_language import FilterLanguage
from helpdesk.ui.tickets.filter_words import FilterWords
from helpdesk.ui.tickets.list_heading import ListHeading
from helpdesk.ui.tickets.marks import Marks
from helpdesk.ui.tickets.row_changes import RowChanges
from helpdesk.ui.tickets.row_menu import RowMenu
from helpdesk.ui.tickets.row_words import presence_of
from helpdesk.ui.tickets.saved_views import SavedViews
from helpdesk.ui.tickets.shapes import BOARD, LIST, SHAPES, Shapes
from helpdesk.ui.tickets.view_menu import ViewMenu
from helpdesk.ui.tickets.views import View, widest_view
from helpdesk.ui.widgets.banner import Banner
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
    shape_changed = pyqtSignal(str)
    """The tickets are shown as "list", "table" or "board" now."""
    said = pyqtSignal(str)

    def __init__(
        self, desktop: Desktop, views: Sequence[View], name: str, *, working: bool
    ) -> None:
        """Show the view that was last used under ``name``, else the first.

        Only where tickets are worked they can be marked by boxes, and changed from their rows.
        """
        super().__init__()
        self.desktop = self._desktop = desktop
        self.works = working and desktop.may(Permission.WORK_TICKET)
        self._views = tuple(views)
        self._name = name
        self._view = self._remembered_view()
        self._found: TicketCount | None = None
        self._read_at: datetime | None = None
        self._has_choices = False
        self._wants_focus = False
        self._prunes = False
        """Whether marks of tickets that leave the view by the next answer go with them."""
        self._view_before: View | None = None
        self.marks = Marks(self)
        self._build()
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(self._shapes.refresh_times)
        self._tick.start()
        self._restore_shape()
        self._desktop.presence.changed.connect(lambda _ids: self.show_presence())
        self._model.rowsInserted.connect(lambda *_: self.show_presence())

    def put_above(self, widget: QWidget) -> None:
        """Let something be said above the rows."""
        self._outer.insertWidget(self._outer.indexOf(self._states), widget)

    def load(self) -> None:
        """Load the view, and the choices of the filters."""
        self._load_choices()
        self.show_view(self._view)
        key = self._desktop.state.value(self._desktop.own(f"{self._name}/view"), "")
        self.saved_views.load(str(key))

    def refresh(self) -> None:
        """Load again what is shown, keeping the place and the chosen ticket."""
        if not self._has_choices:
            self._load_choices()
        self.saved_views.refresh()
        if self._states.state == "loading":
            # Rows of another question are on the way, and the first of them is to be chosen.
            self._shapes.reload()
            self._count()
            return
        # A ticket that has left the view, such as one just taken, stays open beside it.
        self._shapes.picks_first = False
        self._shapes.reload()
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
        self._heading.show_way_back(place)
        # What was shown before is not what the number is about: nobody must work on it meanwhile.
        self._found = None
        self._heading.figures.clear()
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
        self._view = view
        self._heading.show_view(view)
        self.saved_views.set_current(view)
        self._filters.show_query(view.query, view.said)

    def select(self, ticket_id: int) -> None:
        """Choose a ticket as soon as it is in the list, and no other in its place."""
        self._shapes.select(ticket_id)

    def leave(self, ticket_id: int) -> None:
        """Choose what comes to stand in the place of a ticket that is gone."""
        self._shapes.leave(ticket_id)

    @property
    def chosen_id(self) -> int | None:
        """The ticket that was chosen last, whether or not it is in the list still."""
        return self._shapes.chosen_id

    def step(self, by: int) -> None:
        """Choose the next or the previous ticket."""
        if self._states.state != "loading":
            self._shapes.step(by)

    @property
    def pane_button(self) -> QToolButton:
        """Shows the ticket beside the list, or gives the list its room."""
        return self._heading.pane_button

    @property
    def shape(self) -> str:
        """The key of the shape shown: "list", "table" or "board"."""
        return self._shapes.shape

    def set_shape(self, shape: str) -> None:
        """Show the same tickets as a list, a table or a board, and remember it."""
        if shape == self._shapes.shape:
            return
        row = self._shapes.row
        self._show_shape(shape)
        self._desktop.state.setValue(self._desktop.own(f"{self._name}/shape"), shape)
        self._shapes.keeps_chosen = False
        self._ask()
        if row is not None:
            self._shapes.select(row.id)
        self.shape_changed.emit(shape)

    def show_presence(self) -> None:
        """Show in rows and cards who else is at which ticket."""
        found = ((row.id, self._desktop.presence.of(row.id)) for row in self._shapes.loaded)
        self._shapes.set_presence({id_: presence_of(there) for id_, there in found if there})

    def open_row(self, row: TicketRow) -> None:
        """Open a ticket of the list."""
        self._shapes.select(row.id)
        self.opened.emit()

    def set_status(self, row: TicketRow, status: Status) -> None:
        """Set the status of a ticket, or of all marked ones where it is one of them."""
        if row.id in self.marks and len(self.marks) > 1:
            self.bulk.set_status(status)
            return
        self._shapes.show_moved(row, status)
        self.changes.set_status(row, status)

    def copy_table(self, row: TicketRow | None = None) -> None:
        """Copy the marked tickets as a table, else the current one."""
        current = row or self._shapes.row
        many = self.marks.rows if row is None or row.id in self.marks else ()
        rows = many or ((current,) if current else ())
        if not rows:
            return
        now, person = self._desktop.clock(), self._desktop.person
        copy_rows(rows, self._shapes.columns, now, person.id)
        whole = " of those that are loaded" if self.marks.whole is not None else ""
        noun = "ticket" if len(rows) == 1 else "tickets"
        self.said.emit(f"{len(rows):,} {noun}{whole} copied as a table")

    def act_on_marked(self, key: str) -> bool:
        """Do to the marked tickets what a key stands for; return whether there are any."""
        return self.works and self.bulk.act(key)

    def _delete(self) -> None:
        """Delete the marked tickets, else the current one; it can be undone."""
        row = self._shapes.row
        if not self.works or not self._desktop.may(Permission.DELETE_TICKET):
            self.said.emit("You may not delete tickets")
            return
        if row is not None and not len(self.marks) and self.marks.whole is None:
            self.marks.add([row])
        self.bulk.delete()

    def open_row_menu(self, key: str) -> bool:
        """Offer the statuses or priorities of the current ticket at its row or card."""
        row = self._shapes.row
        if row is None or not self.works or key not in ("S", "P"):
            return False
        menu = RowMenu(self, row)
        choices = menu.statuses() if key == "S" else menu.priorities()
        choices.popup(self._shapes.row_place())
        choices.setActiveAction(choices.actions()[0])
        return True

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
        self._wants_focus = not self._shapes.isVisible() and self.isVisible()
        self._shapes.focus_rows()

    def save_state(self) -> None:
        """Remember the view for the next time."""
        view = self._view_before or self._view
        self._desktop.state.setValue(self._desktop.own(f"{self._name}/view"), view.key)
        self._shapes.save_state()

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
        self._language = FilterLanguage(self._desktop, self._filters)
        self._filters.learn_names({self._desktop.person.id: self._desktop.person.full_name})
        self._words = self._make_words() if self._desktop.may(Permission.USE_ASSISTANT) else None
        self._shapes = Shapes(self._desktop, self.marks, self._name, with_boxes=self.works)
        self._rows, self._model = self._shapes.rows, self._shapes.model
        self._shapes.arrived.connect(self._on_arrived)
        self._shapes.failed.connect(self._on_failed)
        self._shapes.chosen.connect(self.chosen)
        self._shapes.opened.connect(self.opened)
        self._shapes.said.connect(self.said)
        self._shapes.sort_wanted.connect(self._filters.sort_by)
        self._shapes.move_wanted.connect(self.set_status)
        self._shapes.menu_wanted.connect(self._on_menu)
        self._shapes.copy_wanted.connect(self.copy_table)
        self.changes = RowChanges(self._desktop, self)
        self.changes.said.connect(self.said)
        self.changes.settled.connect(self.refresh)
        # Without the work of staff nothing is done to many: marks are for copying then.
        self.bulk = BulkBar(self._desktop, self.marks if self.works else Marks(self))
        self.bulk.said.connect(self.said)
        self.bulk.ended.connect(self._on_bulk_ended)
        self.bulk.all_wanted.connect(lambda: self.marks.mark_all(self._filters.query()))
        self._shapes.delete_wanted.connect(self._delete)
        self._states = StateView()
        self._states.set_content(self._shapes)
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
        menu = ViewMenu(self)
        self.saved_views = SavedViews(self._desktop, menu, self._views, self._filters.query)
        self.saved_views.chosen.connect(self.show_view)
        self.saved_views.lost.connect(lambda: self.show_view(self._views[0]))
        self._heading = ListHeading(menu, self._filters.sort_button)
        self._heading.back_wanted.connect(self.go_back)
        self._heading.shape_chosen.connect(self.set_shape)
        self._heading.columns_asked.connect(self._shapes.fill_columns)
        for keys in (QKeySequence("Alt+Left"), QKeySequence(Qt.Key_Back)):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.go_back)
        column.addWidget(self._heading)
        column.addWidget(self.saved_views)
        column.addWidget(self._filters)
        outer = self._outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(top)
        self._stale = Banner()
        outer.addWidget(self._stale)
        if self.works:
            outer.addWidget(self.bulk)
        else:
            self.bulk.setParent(self)
            self.bulk.hide()
        outer.addWidget(self._states, 1)

    def next_shape(self) -> None:
        """Go on from the list to the table, to the board, and back to the list."""
        keys = [key for key, _ in SHAPES]
        self.set_shape(keys[(keys.index(self.shape) + 1) % len(keys)])
        self.focus_rows()

    def _show_shape(self, shape: str) -> None:
        self._shapes.set_shape(shape)
        self._heading.show_shape(shape)
        if shape == BOARD:
            self._states.show_content()

    def _restore_shape(self) -> None:
        """Show the shape that was last used here; who asks for the tickets comes later."""
        kept = self._desktop.state.value(self._desktop.own(f"{self._name}/shape"), LIST)
        if kept in dict(SHAPES):
            self._show_shape(str(kept))

    def _on_menu(self, row: TicketRow, place: QPoint) -> None:
        RowMenu(self, row).popup(place)

    def _load_choices(self) -> None:
        if self._desktop.may(Permission.WORK_TICKET):
            self._desktop.choices.ask(self._desktop, self, self._on_choices)
        else:
            read = self._desktop.desk.tickets.categories
            self._desktop.background.run(self, read).then(self._on_categories)

    def _on_choices(self, found: TicketChoices) -> None:
        self._on_categories(found.categories)
        self._on_assignable(found.people)

    def _on_categories(self, categories: Sequence[CategoryView]) -> None:
        self._has_choices = True
        self._desktop.link.categories.update({each.id: each.name for each in categories})
        self._filters.set_categories(categories)
        self.bulk.set_choices(categories, None)

    def _on_assignable(self, people: Sequence[Assignable]) -> None:
        chosen = self._filters.query()
        self._filters.set_assignees(people)
        self.bulk.set_choices(None, people)
        if chosen.assignee_ids and not self._filters.is_narrowed:
            self._filters.show_query(self._view.query, self._view.said)

    def _search(self) -> None:
        self._shapes.keeps_chosen = False
        # Other tickets are meant now; what is out of sight must not be worked on.
        self.marks.clear()
        self._ask()

    def _ask(self) -> None:
        if not self._shapes.has_rows:
            self._states.show_loading()
        self._shapes.picks_first = True
        self._shapes.show_query(self._filters.query())
        self._count()

    def _count(self) -> None:
        query = self._filters.query()
        job = self._desktop.background.latest(self, self._desktop.desk.tickets.count, query)
        job.then(self._on_counted).failed(lambda _: self._heading.figures.clear())

    def _on_counted(self, found: TicketCount) -> None:
        self._found = found
        self._show_figures()

    def _show_figures(self) -> None:
        if self._found is None:
            return
        number = f"{self._found.count:,}" + ("" if self._found.exact else "+")
        noun = "ticket" if number == "1" else "tickets"
        self._heading.figures.setText(f"{number} {noun}")
        has_more = self._found.count > len(self._shapes.loaded) or not self._found.exact
        self.bulk.set_matching(self._found.count, has_more=has_more)

    def _on_arrived(self, has_rows: bool) -> None:
        self._read_at = self._desktop.clock()
        self._stale.clear()
        if self._prunes and self.marks.whole is None:
            self.marks.keep({row.id for row in self._shapes.loaded})
        self._prunes = False
        self._show_figures()
        self._name_requesters()
        self.show_presence()
        if has_rows or self._shapes.is_board:
            # As soon as the rows are shown they take the focus, and Qt chooses the first of them.
            self._shapes.restore_selection()
            self._states.show_content()
            if self._wants_focus and self._may_take_focus():
                self._shapes.focus_rows()
            self._wants_focus = False
            if not self._shapes.picks_first:
                self._shapes.restore_place()
        else:
            self._show_empty()
        if not has_rows and self._shapes.picks_first and not self._shapes.keeps_chosen:
            self.chosen.emit(None)

    def _on_bulk_ended(self) -> None:
        """Load again; what stays in the view stays marked, for the next thing to be done."""
        self._prunes = True
        self.refresh()

    def _may_take_focus(self) -> bool:
        """Return whether the keyboard is nowhere else in use meanwhile."""
        focus: QWidget | None = QApplication.focusWidget()
        return focus is None or focus is self._rows or self._states.isAncestorOf(focus)

    def _name_requesters(self) -> None:
        """Tell the filters what those are called whose tickets have come."""
        if self._filters.unnamed:
            people = (row.requester for row in self._shapes.loaded)
            self._filters.learn_names({person.id: person.full_name for person in people})

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
        if is_away and self._read_at and not self._shapes.picks_first:
            self._stale.show_quiet(stale_sentence(self._read_at))
        elif self._model.rowCount() and not self._shapes.picks_first:
            # What is shown is of use still; the next refresh or scrolling tries again.
            self._desktop.background.unheard.emit(error)
        else:
            self._stale.clear()
            self._states.show_failed(sentence_of(error), self._ask)

    def _on_left_search(self) -> None:
        if self._shapes.has_rows:
            self._shapes.enter()
