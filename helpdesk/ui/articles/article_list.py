# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of articles with its search, its filters and the three written states."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from PyQt5.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import Unreachable
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.articles import (
    ArticlePage,
    ArticleQuery,
    ArticleRow,
    ArticleSort,
    Missed,
)
from helpdesk.core.text import single_line
from helpdesk.ui.articles.filter_row import FilterRow
from helpdesk.ui.articles.list_model import ArticleListModel
from helpdesk.ui.articles.meaning import Meaning
from helpdesk.ui.articles.place_button import PlaceButton
from helpdesk.ui.articles.places import ALL, Place
from helpdesk.ui.articles.row_delegate import ArticleRowDelegate
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import stale_sentence

_MISSED_MS = 2_000
_MISSED_LIMIT: Final = 200
_LOOKED_AT = 200
"""So many of the most read articles tell which tags and languages can be picked."""


class ArticleList(QWidget):
    """Shows one place of the knowledge base and tells which article is chosen."""

    chosen = pyqtSignal(object, bool)
    """The ``ArticleRow`` that is current, or ``None``; whether the person has gone to it."""
    opened = pyqtSignal()
    """Enter or a double click on the current article."""
    new_wanted = pyqtSignal()
    """Somebody wants to write an article."""
    ticket_form_wanted = pyqtSignal()
    """Somebody found nothing and wants to ask instead."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin at all articles; `show_place` loads."""
        super().__init__()
        self._desktop = desktop
        self._place = ALL
        self._chosen_id: int | None = None
        self._chosen_row = 0
        self._read_at: datetime | None = None
        self._picks_first = True
        self._keeps_chosen = False
        self._opens_first = False
        self._is_loading = False
        self._is_picking = False
        self._top: tuple[int, int] | None = None
        self._missed_texts: set[str] = set()
        self._missing = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_MISSED_MS)
        self._pause.timeout.connect(self._note_miss)
        self._build()

    @property
    def place(self) -> Place:
        """What is shown."""
        return self._place

    @property
    def current(self) -> ArticleRow | None:
        """The article chosen in the list."""
        return self._model.row(self.rows.currentIndex())

    def show_place(self, place: Place, *, keeps_chosen: bool = False) -> None:
        """Show another place, with what is typed and picked, and choose what is first there.

        An article that was asked for is kept in its stead where that is said.
        """
        self._place = place
        self._keeps_chosen = self._keeps_chosen and keeps_chosen
        self._ask()
        self._load_choices()

    def set_places(self, places: tuple[Place, ...], key: str) -> None:
        """Offer other places in the menu of the title."""
        self.place_button.set_places(places, key)

    def refresh(self) -> None:
        """Load again what is shown, keeping the place and the chosen article."""
        # An article that has left the list, such as one just archived, stays open beside it.
        self._picks_first = self._picks_first and self._is_loading
        if not self.meaning.is_shown:
            self._model.reload()
        self._load_choices()

    def select(self, article_id: int) -> None:
        """Choose an article as soon as it is in the list, and no other in its place."""
        self._chosen_id = article_id
        self._keeps_chosen = True
        self._restore_selection()

    def pick_tag(self, tag: str) -> None:
        """Show all articles with a tag."""
        self.filters.pick_tag(tag)

    def set_sort(self, sort: ArticleSort) -> None:
        """Choose the order, before anything is shown."""
        self.filters.set_sort(sort)

    def step(self, by: int) -> None:
        """Choose the next or the previous article."""
        position = self.rows.currentIndex().row()
        if position < 0:
            # The chosen article has left the list; the next one stands in its place now.
            position = self._chosen_row - (by > 0)
        position += by
        if 0 <= position < self._model.rowCount():
            self.rows.setCurrentIndex(self._model.index(position))

    def focus_search(self) -> None:
        """Put the focus into the search field."""
        self.filters.search.setFocus()
        self.filters.search.selectAll()

    def focus_rows(self) -> None:
        """Put the focus on the list."""
        self.rows.setFocus()

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.filters = FilterRow()
        self.filters.changed.connect(self._search)
        self.filters.left.connect(self._note_miss)
        self.filters.left_downwards.connect(self._on_left_search)
        self._model = ArticleListModel(self._desktop, self)
        self._model.modelAboutToBeReset.connect(self._keep_top)
        self._model.arrived.connect(self._on_arrived)
        self._model.failed.connect(self._on_failed)
        self._model.more_failed.connect(self._desktop.background.unheard)
        self.rows = QListView()
        self.rows.setProperty("kind", "rows")
        self.rows.setAccessibleName("Articles")
        self.rows.setModel(self._model)
        self.rows.setItemDelegate(ArticleRowDelegate(self.rows))
        self.rows.setUniformItemSizes(True)
        self.rows.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.rows.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.rows.setMouseTracking(True)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.rows.selectionModel().currentChanged.connect(self._on_current)
        self.rows.clicked.connect(self._on_clicked)
        self.rows.activated.connect(self.opened)
        self.states = StateView()
        self.states.set_content(self.rows)
        self._stale = Banner()
        self.meaning = Meaning(self._desktop)
        self.meaning.found.connect(self._show_meant)
        self.meaning.plain_wanted.connect(self._ask)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._heading())
        outer.addWidget(self.meaning)
        outer.addWidget(self._stale)
        outer.addWidget(self.states, 1)

    def _heading(self) -> QFrame:
        heading = QFrame()
        heading.setProperty("kind", "heading")
        self.place_button = PlaceButton()
        self.new_button = QPushButton("New article")
        self.new_button.setProperty("kind", "primary")
        self.new_button.setToolTip("Write an article, as a draft at first")
        self.new_button.clicked.connect(lambda: self.new_wanted.emit())
        if not self._writes:
            self.new_button.hide()
        row = QHBoxLayout()
        row.addWidget(self.place_button)
        row.addStretch(1)
        row.addWidget(self.new_button)
        column = QVBoxLayout(heading)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.filters)
        return heading

    @property
    def _writes(self) -> bool:
        return self._desktop.may(Permission.WRITE_ARTICLES)

    def _load_choices(self) -> None:
        query = ArticleQuery(sort=ArticleSort.READ, limit=_LOOKED_AT)
        search = self._desktop.desk.articles.search
        job = self._desktop.background.latest(self, search, query)
        job.then(self._on_choices).failed(lambda _: None)

    def _on_choices(self, page: ArticlePage) -> None:
        self.filters.offer(page.items)

    # --- what is shown ------------------------------------------------------------------------

    def _search(self) -> None:
        self._keeps_chosen = False
        self._ask()

    def _ask(self) -> None:
        if not self._model.rowCount():
            self.states.show_loading()
        self._forget_miss()
        self.meaning.begin()
        self._is_loading = True
        self._picks_first = True
        self._model.show_query(self.filters.query(self._place.query))

    def _on_arrived(self, has_rows: bool) -> None:
        self._read_at = self._desktop.clock()
        self._is_loading = False
        self._stale.clear()
        self._offer_meaning(has_rows=has_rows)
        opens, self._opens_first = self._opens_first, False
        if has_rows:
            # As soon as the rows are shown they take the focus, and Qt chooses the first of them.
            self._restore_selection()
            self.states.show_content()
            if not self._picks_first:
                self._restore_top()
            if opens:
                self._open_first()
        else:
            self._show_empty()
            if self._picks_first and not self._keeps_chosen:
                self.chosen.emit(None, False)
            self._expect_miss()

    def _offer_meaning(self, *, has_rows: bool) -> None:
        if self._desktop.may(Permission.USE_ASSISTANT):
            everywhere = self._place is ALL and not self.filters.is_narrowed
            self.meaning.offer(self.filters.text, has_rows=has_rows, everywhere=everywhere)

    def _show_meant(self, rows: tuple[ArticleRow, ...]) -> None:
        self._picks_first, self._keeps_chosen = True, False
        self._forget_miss()
        self._model.show_rows(rows)

    def _keep_top(self) -> None:
        top = self.rows.indexAt(QPoint(0, 0))
        row = self._model.row(top)
        self._top = (row.id, self.rows.visualRect(top).top()) if row else None

    def _restore_top(self) -> None:
        """Let the row at the top stand where it stood: whoever scrolls is not to be disturbed."""
        found = self._model.index_of(self._top[0]) if self._top else QModelIndex()
        if self._top and found.isValid():
            bar = self.rows.verticalScrollBar()
            bar.setValue(bar.value() + self.rows.visualRect(found).top() - self._top[1])

    def _show_empty(self) -> None:
        text, show = self.filters.text, self.states.show_empty
        if text and (self._place is not ALL or self.filters.is_narrowed):
            where = f"in '{self._place.title}'" if self._place is not ALL else "with these filters"
            show(
                f"Nothing {where} matches",
                "Other articles may: search all of them.",
                "Search all articles",
                self._search_everywhere,
            )
        elif text:
            self._show_nothing_found()
        elif self.filters.is_narrowed:
            hint = "Try another tag or language, or none."
            show("Nothing matches", hint, "Clear filters", self.filters.clear)
        elif self._place is not ALL:
            show(self._place.title, self._place.empty)
        elif self._writes:
            hint = "Begin with what people ask most often; what solved a ticket is half an article."
            show("There are no articles yet", hint, "New article", self.new_wanted.emit)
        else:
            self._offer_ticket("There are no articles yet", "Describe what is wrong in a ticket.")

    def _show_nothing_found(self) -> None:
        if self._writes:
            hint = "Try other words, or fewer of them; or write what is missing."
            self.states.show_empty("Nothing found", hint, "New article", self.new_wanted.emit)
        else:
            hint = "Try other words, or describe what is wrong in a ticket."
            self._offer_ticket("Nothing found", hint)

    def _offer_ticket(self, title: str, hint: str) -> None:
        if self._desktop.may(Permission.SUBMIT_TICKET):
            wanted = self.ticket_form_wanted.emit
            self.states.show_empty(title, hint, "Submit a ticket", wanted)
        else:
            self.states.show_empty(title, "Try other words.")

    def _search_everywhere(self) -> None:
        self.filters.clear_picks()
        self.place_button.chosen.emit(ALL)

    def _on_failed(self, error: Exception) -> None:
        self._opens_first = self._is_loading = False
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
            self.states.show_failed(sentence_of(error), self._ask)

    # --- the chosen article -------------------------------------------------------------------

    def _restore_selection(self) -> None:
        found = self._model.index_of(self._chosen_id) if self._chosen_id else QModelIndex()
        self._is_picking = True
        if found.isValid():
            self.rows.selectionModel().setCurrentIndex(found, QItemSelectionModel.ClearAndSelect)
        elif self._picks_first and not self._keeps_chosen and self._model.rowCount():
            self.rows.setCurrentIndex(self._model.index(0))
        else:
            # Said so, the rows have no current article; else Qt takes the first with the focus.
            self.rows.setCurrentIndex(QModelIndex())
        self._is_picking = False

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        row = self._model.row(index)
        if row is not None:
            self._chosen_id, self._chosen_row = row.id, index.row()
            self.chosen.emit(row, not self._is_picking)

    def _on_clicked(self, index: QModelIndex) -> None:
        """Take a click on the row that is current already for going to it, too."""
        self.chosen.emit(self._model.row(index), True)

    def _on_left_search(self, opens: bool) -> None:
        if opens and self._is_loading:
            self._opens_first = True
        elif opens and self._model.rowCount():
            self._open_first()
        elif self._model.rowCount():
            self.rows.setFocus()
            if not self.rows.currentIndex().isValid():
                self.rows.setCurrentIndex(self._model.index(0))

    def _open_first(self) -> None:
        self.rows.setFocus()
        self.opened.emit()

    # --- searches that find nothing -----------------------------------------------------------

    def _expect_miss(self) -> None:
        """Note what was found nowhere, once it is sure that the person has typed to the end."""
        text = single_line(self.filters.text)[:_MISSED_LIMIT].strip()
        everywhere = self._place is ALL and not self.filters.is_narrowed
        if not text or not everywhere or text.casefold() in self._missed_texts:
            return
        self._missing = text
        if self.filters.search.hasFocus():
            self._pause.start()
        else:
            self._note_miss()

    def _forget_miss(self) -> None:
        self._missing = ""
        self._pause.stop()

    def _note_miss(self) -> None:
        text = self._missing
        self._forget_miss()
        if text and not self._desktop.info.read_only:
            self._missed_texts.add(text.casefold())
            missed = self._desktop.desk.knowledge.missed
            job = self._desktop.background.run(self, missed, Missed(text=text))
            job.failed(lambda _: None)
