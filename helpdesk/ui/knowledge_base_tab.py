# SPDX-License-Identifier: GPL-3.0-or-later
"""The knowledge base: what the desk knows, to find, read, rate and write."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from PyQt5.QtCore import QByteArray, Qt, pyqtSignal
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from helpdesk.core.errors import Unreachable
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.articles import (
    ArticleCategoryView,
    ArticleRow,
    ArticleSort,
    ArticleView,
)
from helpdesk.core.text import single_line
from helpdesk.ui.articles.article_list import ArticleList
from helpdesk.ui.articles.article_pane import ArticlePane
from helpdesk.ui.articles.category_tree import CategoryTree
from helpdesk.ui.articles.place_button import PlaceButton
from helpdesk.ui.articles.places import ALL, REPORTS, WORK, Place, category_places
from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.banner import Banner

if TYPE_CHECKING:
    from helpdesk.ui.articles.editor import ArticleEditor
    from helpdesk.ui.articles.reports.reports_pane import ReportsPane

KINDS = frozenset({"article", "article_draft", "article_category"})
_NAME = "articles"
_TREE_WIDTH, _LIST_WIDTH, _PANE_WIDTH = 212, 380, 640
_LEAST_TREE, _LEAST_LIST, _LEAST_PANE = 150, 290, 400
_NARROW = 1000
"""Below this width the column of places makes room; the title above the list leads there too."""


class KnowledgeBaseTab(BaseTab):
    """Places, list and article side by side; the editor and the reports take their room."""

    ticket_wanted = pyqtSignal(int)
    ticket_form_wanted = pyqtSignal()
    """Somebody found nothing and wants to submit a ticket."""

    def __init__(self, desktop: Desktop) -> None:
        """Show the place of the last time."""
        super().__init__(desktop)
        self.setObjectName("page")
        self._categories: tuple[ArticleCategoryView, ...] = ()
        self._key = str(self._remembered("place") or ALL.key)
        self._awaits_categories = self._key.startswith("category-")
        self._editor: ArticleEditor | None = None
        self._reports: ReportsPane | None = None
        self._edited_id: int | None = None
        self._asked_id: int | None = None
        """The article that was wanted last, in the list or by a link."""
        self._build()
        self._show_places()
        self._restore()
        if self._awaits_categories:
            self.list.states.show_loading()
        else:
            self.show_place(self._place(self._key))
        self._load_categories()

    def refresh(self) -> None:
        """Load places, list and article again."""
        self._load_categories()
        if not self._awaits_categories:
            self.list.refresh()
        self.pane.refresh()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to articles only."""
        return kind in KINDS

    def show_article(self, article_id: int) -> None:
        """Show an article, wherever it stands in the list, with a way back to the one before."""
        before = self.pane.article
        if before is not None and before.id != article_id:
            self.pane.way_back.leave(before.id)
        self._show_article(article_id, reads=True)

    def edit_article(self, article_id: int) -> None:
        """Open an article in the editor."""
        job = self.run(self.desktop.desk.articles.view, article_id)
        job.then(self._edit).failed(lambda error: self._banner.show_error(sentence_of(error)))

    def new_article(self) -> None:
        """Begin an article in the editor, in the category shown."""
        if self.desktop.may(Permission.WRITE_ARTICLES):
            editor = self._opened_editor()
            self._edited_id = None
            editor.begin(self.list.place.category_id)

    def show_place(self, place: Place) -> None:
        """Show a category, some of the work, or the reports."""
        self._go_to(place, keeps_chosen=False)

    def search(self, text: str) -> None:
        """Search all articles for some words, as if they had been typed."""
        self._show_reading()
        self._leave_reports()
        self.show_place(ALL)
        self.list.filters.search.setText(single_line(text))
        self.list.focus_search()

    def focus_first(self) -> None:
        """Begin with the search; while an article is written, or reports are shown, there."""
        if self._editor is not None and self._stack.currentWidget() is self._editor:
            self._editor.setFocus()
        elif self._reports is not None and self._right.currentWidget() is self._reports_page:
            self._reports.focus_first()
        else:
            self.list.focus_search()

    def act(self, key: str) -> bool:
        """Do what a single key stands for here; return whether it stands for anything."""
        is_reading = self._stack.currentWidget() is self._places_and_right
        if not is_reading or self._right.currentWidget() is not self._reading:
            return False
        if key == "/":
            self.list.focus_search()
        elif key == "J":
            self.list.step(1)
        elif key == "K":
            self.list.step(-1)
        else:
            return False
        return True

    def save_state(self) -> None:
        """Keep the place, the order and the widths."""
        state, own = self.desktop.state, self.desktop.own
        state.setValue(own(f"{_NAME}/place"), self._key)
        state.setValue(own(f"{_NAME}/sort"), self.list.filters.sort.value)
        state.setValue(own(f"{_NAME}/splitter"), self._places_and_right.saveState())
        state.setValue(own(f"{_NAME}/reading"), self._reading.saveState())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give list and article the room where there is little."""
        super().resizeEvent(event)
        is_narrow = self.width() < _NARROW
        self.tree.setVisible(not is_narrow)
        self._reports_top.setVisible(is_narrow)

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.tree = CategoryTree()
        self.tree.setMinimumWidth(_LEAST_TREE)
        self.tree.chosen.connect(self.show_place)
        self.list = ArticleList(self.desktop)
        self.list.setMinimumWidth(_LEAST_LIST)
        self.list.chosen.connect(self._on_chosen)
        self.list.opened.connect(self._on_opened)
        self.list.new_wanted.connect(self.new_article)
        self.list.ticket_form_wanted.connect(self.ticket_form_wanted)
        self.list.place_button.chosen.connect(self.show_place)
        self.pane = ArticlePane(self.desktop)
        self.pane.setMinimumWidth(_LEAST_PANE)
        self.pane.said.connect(self.said)
        self.pane.article_wanted.connect(self.show_article)
        self.pane.ticket_wanted.connect(self.ticket_wanted)
        self.pane.tag_chosen.connect(self._on_tag)
        self.pane.edit_wanted.connect(self._edit)
        self.pane.left.connect(self.list.focus_rows)
        self._reading = _splitter(self.list, self.pane)
        way_back, viewports = self.pane.way_back, (self.list.rows, self.pane.browser)
        way_back.wanted.connect(partial(self._show_article, reads=True))
        way_back.hold_in(self._reading, *(each.viewport() for each in viewports))
        self._reading.setSizes([_LIST_WIDTH, _PANE_WIDTH])
        self._right = QStackedWidget()
        self._right.addWidget(self._reading)
        self._right.addWidget(self._make_reports_page())
        self._places_and_right = _splitter(self.tree, self._right)
        self._places_and_right.setSizes([_TREE_WIDTH, _LIST_WIDTH + _PANE_WIDTH])
        self._banner = Banner()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._places_and_right)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._banner)
        column.addWidget(self._stack, 1)
        self.pane.clear("No article chosen", "Choose an article in the list to read it.")

    def _make_reports_page(self) -> QWidget:
        """Return the page of the reports, with a way back where there is no column for it."""
        self._reports_button = PlaceButton()
        self._reports_button.chosen.connect(self.show_place)
        self._reports_top = QFrame()
        self._reports_top.setProperty("kind", "heading")
        row = QHBoxLayout(self._reports_top)
        row.setContentsMargins(12, 10, 12, 10)
        row.addWidget(self._reports_button)
        row.addStretch(1)
        self._reports_page = QWidget()
        column = QVBoxLayout(self._reports_page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._reports_top)
        return self._reports_page

    def _remembered(self, name: str) -> object:
        return self.desktop.state.value(self.desktop.own(f"{_NAME}/{name}"))

    def _restore(self) -> None:
        for splitter, name in ((self._places_and_right, "splitter"), (self._reading, "reading")):
            sizes = self._remembered(name)
            if isinstance(sizes, QByteArray):
                splitter.restoreState(sizes)
        with suppress(ValueError):
            self.list.set_sort(ArticleSort(str(self._remembered("sort"))))

    # --- places -------------------------------------------------------------------------------

    def _load_categories(self) -> None:
        categories = self.desktop.desk.articles.categories
        job = self.desktop.background.latest(self, categories)
        job.then(self._on_categories).failed(self._on_categories_failed)

    def _on_categories(self, categories: Sequence[ArticleCategoryView]) -> None:
        self._categories = tuple(categories)
        self.pane.set_categories(categories)
        self._show_places()
        place = self._place(self._key)
        if self._awaits_categories or place.key != self._key:
            # The category of the last time is known only now; one that is gone leaves all.
            self._awaits_categories = False
            self._go_to(place, keeps_chosen=True)

    def _on_categories_failed(self, error: Exception) -> None:
        if isinstance(error, Unreachable):
            self.desktop.feed.fell_behind()
        if self._awaits_categories:
            self._awaits_categories = False
            self.show_place(self._place(self._key))

    def _go_to(self, place: Place, *, keeps_chosen: bool) -> None:
        self._key = place.key
        self.tree.select(place.key)
        for button in (self.list.place_button, self._reports_button):
            button.set_places(self._places(), place.key)
        if place == REPORTS:
            self._show_reports()
        else:
            self._right.setCurrentWidget(self._reading)
            self.list.show_place(place, keeps_chosen=keeps_chosen)

    @property
    def _writes(self) -> bool:
        return Permission.WRITE_ARTICLES.value in self.desktop.session.permissions

    def _articles(self) -> tuple[Place, ...]:
        return (ALL, *category_places(self._categories, with_empty=self._writes))

    def _places(self) -> tuple[Place, ...]:
        return (*self._articles(), *(WORK if self._writes else ()))

    def _place(self, key: str) -> Place:
        return next((place for place in self._places() if place.key == key), ALL)

    def _show_places(self) -> None:
        self.tree.set_places(self._articles(), WORK if self._writes else (), self._key)
        for button in (self.list.place_button, self._reports_button):
            button.set_places(self._places(), self._key)

    def _on_tag(self, tag: str) -> None:
        """Show what has a tag, wherever it stands."""
        self.list.pick_tag(tag)
        if self.list.place != ALL:
            self.show_place(ALL)

    # --- reading ------------------------------------------------------------------------------

    def _on_chosen(self, row: ArticleRow | None, by_hand: bool) -> None:
        if row is None:
            self.pane.way_back.forget()
            self.pane.clear("No article chosen", "There is nothing in this list to read.")
        else:
            if row.id != self._asked_id:
                self.pane.way_back.forget()
            self._asked_id = row.id
            self.pane.open(row.id, reads=by_hand)

    def _on_opened(self) -> None:
        row = self.list.current
        if row is not None:
            self.pane.open(row.id, reads=True)
            self.pane.focus_text()

    def _show_article(self, article_id: int, *, reads: bool) -> None:
        self._asked_id = article_id
        self._show_reading()
        self._leave_reports()
        self.list.select(article_id)
        self.pane.open(article_id, reads=reads)
        self.list.focus_rows()

    def _show_reports(self) -> None:
        if self._reports is None:
            from helpdesk.ui.articles.reports.reports_pane import ReportsPane

            self._reports = ReportsPane(self.desktop)
            self._reports.article_wanted.connect(self.show_article)
            self._reports.article_edit_wanted.connect(self.edit_article)
            self._reports.ticket_wanted.connect(self.ticket_wanted)
            self._reports_page.layout().addWidget(self._reports)
        self._right.setCurrentWidget(self._reports_page)

    def _leave_reports(self) -> None:
        if self._key == REPORTS.key:
            self.show_place(ALL)

    # --- writing ------------------------------------------------------------------------------

    def _edit(self, article: ArticleView) -> None:
        editor = self._opened_editor()
        self._edited_id = article.id
        editor.edit(article)

    def _opened_editor(self) -> ArticleEditor:
        if self._editor is None:
            from helpdesk.ui.articles.editor import ArticleEditor

            self._editor = ArticleEditor(self.desktop, self)
            self._editor.saved.connect(self._on_saved)
            self._editor.closed.connect(self._on_closed)
            self._editor.article_wanted.connect(self.show_article)
            self._stack.addWidget(self._editor)
        self._show_editor(self._editor)
        return self._editor

    def _show_editor(self, editor: ArticleEditor) -> None:
        self._banner.clear()
        self._stack.setCurrentWidget(editor)

    def _show_reading(self) -> None:
        """Leave the editor for a while; what is written there stays, and the way back too."""
        editor = self._editor
        if editor is not None and self._stack.currentWidget() is editor:
            self._stack.setCurrentWidget(self._places_and_right)
            self._banner.show_warning(
                "You are still writing an article.",
                "Go on writing",
                lambda: self._show_editor(editor),
            )

    def _on_saved(self, article: ArticleView) -> None:
        self._edited_id = article.id

    def _on_closed(self) -> None:
        self._banner.clear()
        self._stack.setCurrentWidget(self._places_and_right)
        article_id, self._edited_id = self._edited_id, None
        if article_id is not None:
            self._show_article(article_id, reads=False)
        self.refresh()
        self.list.focus_rows()


def _splitter(left: QWidget, right: QWidget) -> QSplitter:
    splitter = QSplitter(Qt.Horizontal)
    splitter.setChildrenCollapsible(False)
    splitter.addWidget(left)
    splitter.addWidget(right)
    splitter.setStretchFactor(1, 1)
    return splitter
