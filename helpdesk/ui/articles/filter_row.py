# SPDX-License-Identifier: GPL-3.0-or-later
"""The search field above a list of articles, with language, tag and order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PyQt5.QtCore import QEvent, QLocale, QObject, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.articles import ArticleQuery, ArticleRow, ArticleSort
from helpdesk.core.text import SEARCH_LIMIT
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.choice_menu import ChoiceMenu
from helpdesk.ui.widgets.filter_button import FilterButton
from helpdesk.ui.widgets.flow_layout import FlowLayout

_PAUSE_MS = 120
_MOST_TAGS = 40
_SORTS = {
    ArticleSort.RELEVANCE: "Best match",
    ArticleSort.TITLE: "Title",
    ArticleSort.UPDATED: "Newest",
    ArticleSort.READ: "Most read",
}


class FilterRow(QWidget):
    """Turns what somebody types and picks into an ``ArticleQuery``."""

    changed = pyqtSignal()
    """Something else is asked for, at the next pause in typing."""
    left = pyqtSignal()
    """The focus has gone from the search field."""
    left_downwards = pyqtSignal(bool)
    """Down, Escape (``False``) or Enter (``True``, for the best match) in the search field."""

    def __init__(self) -> None:
        """Begin with nothing typed; what can be picked comes with the articles."""
        super().__init__()
        self._sort = ArticleSort.TITLE
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.changed)
        self._build()

    @property
    def text(self) -> str:
        """What is typed into the search field."""
        return self.search.text().strip()

    @property
    def sort(self) -> ArticleSort:
        """The order chosen for what is not searched."""
        return self._sort

    @property
    def is_narrowed(self) -> bool:
        """Whether a language or a tag is picked."""
        return bool(self.language.chosen_keys() or self.tag.chosen_keys())

    def query(self, base: ArticleQuery) -> ArticleQuery:
        """Return what is asked for within a place."""
        languages, tags = self.language.chosen_keys(), self.tag.chosen_keys()
        return base.model_copy(
            update={
                "text": self.search.text()[:SEARCH_LIMIT],
                "language": languages[0] if languages else "",
                "tag": tags[0] if tags else "",
                "sort": ArticleSort.RELEVANCE if self.text else self._sort,
            }
        )

    def set_sort(self, sort: ArticleSort) -> None:
        """Choose the order without telling."""
        self._sort = ArticleSort.TITLE if sort is ArticleSort.RELEVANCE else sort
        self._show_sort()

    def offer(self, rows: Sequence[ArticleRow]) -> None:
        """Offer the languages and the most usual tags of some articles."""
        codes = sorted({row.language for row in rows})
        self._set(self.language, [(code, _language(code)) for code in codes])
        self.language.setVisible(len(codes) > 1 or bool(self.language.chosen_keys()))
        counted = Counter(tag for row in rows for tag in row.tags)
        self._set(self.tag, [(tag, tag) for tag, _ in counted.most_common(_MOST_TAGS)])
        self.tag.setVisible(bool(counted) or bool(self.tag.chosen_keys()))

    def pick_tag(self, tag: str) -> None:
        """Ask for the articles with a tag alone."""
        self._pause.stop()
        blocked = self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(blocked)
        self.language.set_chosen(())
        offered = [(key, key) for key in self._keys(self.tag) if key != tag]
        self.tag.set_choices([(tag, tag), *offered])
        self.tag.set_chosen([tag])
        self.tag.show()
        self._show_sort()
        self.changed.emit()

    def clear(self) -> None:
        """Ask for all again."""
        self.search.clear()
        self.clear_picks()
        self._pause.stop()
        self.changed.emit()

    def clear_picks(self) -> None:
        """Pick no language and no tag, without telling."""
        self.language.set_chosen(())
        self.tag.set_chosen(())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go from the search field to the list with the keyboard; Escape empties it first."""
        if event.type() == QEvent.FocusOut:
            self.left.emit()
        elif event.type() == QEvent.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key_Return, Qt.Key_Enter):
                self._search_now()
                self.left_downwards.emit(True)
                return True
            if event.key() == Qt.Key_Escape and self.search.text():
                self.search.clear()
                return True
            if event.key() in (Qt.Key_Down, Qt.Key_Escape):
                self.left_downwards.emit(False)
                return True
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search articles")
        self.search.setAccessibleName("Search articles")
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(SEARCH_LIMIT)
        self.search.addAction(icon("search"), QLineEdit.LeadingPosition)
        self.search.textChanged.connect(self._on_typed)
        self.search.installEventFilter(self)
        self.language = FilterButton("Language", multiple=False)
        self.tag = FilterButton("Tag", multiple=False)
        for button in (self.language, self.tag):
            button.set_choices([])
            button.chosen.connect(lambda _: self.changed.emit())
            button.hide()
        self.sort_button = QToolButton()
        self.sort_button.setProperty("kind", "drop")
        self.sort_button.setPopupMode(QToolButton.InstantPopup)
        choices = [(sort, label) for sort, label in _SORTS.items() if sort != "relevance"]
        self._sort_menu = ChoiceMenu(choices, self.sort_button)
        self._sort_menu.chosen.connect(self._on_sort)
        self.sort_button.setMenu(self._sort_menu)
        self._show_sort()
        picks = FlowLayout()
        picks.addWidget(self.language)
        picks.addWidget(self.tag)
        below = QHBoxLayout()
        below.setSpacing(4)
        below.addLayout(picks, 1)
        below.addWidget(self.sort_button, 0, Qt.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addLayout(below)

    def _show_sort(self) -> None:
        """Show the order; what is searched has one of its own."""
        searches = bool(self.text)
        label = _SORTS[ArticleSort.RELEVANCE if searches else self._sort]
        self.sort_button.setText(label)
        self.sort_button.setEnabled(not searches)
        self.sort_button.setAccessibleName(f"Order: {label}")
        tip = "A search shows first what matches best" if searches else "Choose the order"
        self.sort_button.setToolTip(tip)
        self._sort_menu.set_current(self._sort)

    def _on_sort(self, sort: ArticleSort) -> None:
        self._sort = sort
        self._show_sort()
        self.changed.emit()

    def _on_typed(self) -> None:
        self._show_sort()
        self._pause.start()

    def _search_now(self) -> None:
        if self._pause.isActive():
            self._pause.stop()
            self.changed.emit()

    def _set(self, button: FilterButton, choices: list[tuple[str, str]]) -> None:
        """Offer other choices; what is chosen stays, also where it is not among them."""
        keys = {key for key, _ in choices}
        chosen = button.chosen_keys()
        button.set_choices([*((key, key) for key in chosen if key not in keys), *choices])
        button.set_chosen(chosen)

    @staticmethod
    def _keys(button: FilterButton) -> list[str]:
        return [action.data() for action in button.menu().actions() if action.data()]


def _language(code: str) -> str:
    name = QLocale(code.replace("-", "_")).nativeLanguageName()
    return name[:1].upper() + name[1:] if name else code
