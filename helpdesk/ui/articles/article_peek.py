# SPDX-License-Identifier: GPL-3.0-or-later
"""An article read in passing, beside what somebody is doing, without leaving it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from PyQt5 import sip
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QShortcut,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.articles import ArticleView
from helpdesk.ui.articles.article_title import standing
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import StateView

_TITLE_LINES = 3
_CHIPS = 2
_LEAST_HEIGHT = 64
_MARGIN = 14
"""Beside the text of an article, which has as much and a little more of its own."""


class ArticlePeek(QFrame):
    """Shows one article with a few buttons; Escape closes it and leads back to where one was."""

    opened = pyqtSignal()
    closed = pyqtSignal()
    article_wanted = pyqtSignal(int)
    """Somebody wants to read the article in the knowledge base."""
    ticket_wanted = pyqtSignal(int)

    def __init__(
        self, desktop: Desktop, buttons: Sequence[QWidget] = (), scope: QWidget | None = None
    ) -> None:
        """Begin closed, with these buttons before the way to the knowledge base.

        Escape closes it anywhere in ``scope``, by default in itself.
        """
        super().__init__()
        self._desktop = desktop
        self._article_id: int | None = None
        self._view: ArticleView | None = None
        self._browser: Any = None
        self._came_from: QWidget | None = None
        self.setProperty("kind", "card")
        self.setFocusPolicy(Qt.ClickFocus)
        self._build(buttons)
        self._escape = QShortcut(QKeySequence("Esc"), scope or self)
        self._escape.setContext(Qt.WidgetWithChildrenShortcut)
        self._escape.activated.connect(self.close_article)
        self._escape.setEnabled(False)
        self.hide()

    @property
    def article_id(self) -> int | None:
        """The article shown, or on its way; ``None`` while the panel is closed."""
        return self._article_id

    @property
    def view(self) -> ArticleView | None:
        """The article shown, as soon as it has been read."""
        return self._view

    def open_article(self, article_id: int, title: str = "") -> None:
        """Show an article, by its title until it is read; the focus goes to it."""
        if not self._holds_focus():
            self._came_from = QApplication.focusWidget()
        self._article_id, self._view = article_id, None
        self._show_heading(f"KB-{article_id}", title)
        self._states.show_loading()
        self._escape.setEnabled(True)
        self.show()
        self.opened.emit()
        self.setFocus()
        self._load()

    def close_article(self) -> None:
        """Close the panel and give the focus back."""
        if self._article_id is None:
            return
        had_focus = self._holds_focus()
        self._article_id = self._view = None
        self._escape.setEnabled(False)
        back, self._came_from = self._came_from, None
        self.hide()
        self.closed.emit()
        if had_focus and back is not None and not sip.isdeleted(back) and back.isVisible():
            back.setFocus()

    def _holds_focus(self) -> bool:
        focus: QWidget | None = QApplication.focusWidget()
        return focus is None or focus is self or self.isAncestorOf(focus)

    def _build(self, buttons: Sequence[QWidget]) -> None:
        self._title = PlainLabel(role="heading", max_lines=_TITLE_LINES)
        self._number = PlainLabel(role="secondary")
        self._number.setWordWrap(False)
        self._chips = [Chip() for _ in range(_CHIPS)]
        self._older = PlainLabel("Readers still see an earlier text.", role="secondary")
        close = QToolButton()
        close.setIcon(icon("close"))
        close.setAccessibleName("Close the article")
        close.setToolTip("Close (Esc)")
        close.setFocusPolicy(Qt.StrongFocus)
        close.clicked.connect(self.close_article)
        self._states = StateView()
        self._states.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Expanding)
        self._states.setMinimumHeight(_LEAST_HEIGHT)
        self._whole = QPushButton("Open in the Knowledge Base")
        self._whole.setProperty("kind", "link")
        self._whole.clicked.connect(self._on_whole)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 12, 2, 14)
        column.setSpacing(8)
        column.addLayout(self._head(close))
        column.addWidget(self._states, 1)
        column.addLayout(self._row(*buttons))

    def _head(self, close: QWidget) -> QVBoxLayout:
        under = self._row(self._number, *self._chips)
        under.addWidget(self._whole)
        title = self._row()
        title.insertWidget(0, self._title, 1)
        title.addWidget(close, 0, Qt.AlignTop)
        head = QVBoxLayout()
        head.setSpacing(4)
        head.addLayout(title)
        head.addLayout(under)
        older = self._row()
        older.insertWidget(0, self._older, 1)
        head.addLayout(older)
        return head

    @staticmethod
    def _row(*widgets: QWidget) -> QHBoxLayout:
        """Return a row that begins where the text of the article does."""
        row = QHBoxLayout()
        row.setContentsMargins(_MARGIN, 0, _MARGIN - 4, 0)
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget)
        row.addStretch(0 if not widgets else 1)
        return row

    def _load(self) -> None:
        view, id_ = self._desktop.desk.articles.view, self._article_id
        if id_ is not None:
            job = self._desktop.background.latest(self, view, id_)
            job.then(self._show_view).failed(self._on_failed)

    def _show_view(self, view: ArticleView) -> None:
        if view.id != self._article_id:
            return
        self._view = view
        self._show_heading(view.number, view.title)
        is_live = view.live_revision is not None
        chips = standing(view.visibility, is_live=is_live, state=view.state.label)
        for chip, (text, tone) in zip(self._chips, chips, strict=False):
            chip.set_text(text, tone)
            chip.show()
        self._older.setVisible(is_live and view.live_revision != view.revision)
        self._reader().show_article(view)
        self._states.show_content()
        if self.hasFocus():
            # Now there is something to scroll; whoever went on elsewhere is left there.
            self._browser.setFocus()
        read = self._desktop.desk.knowledge.note_read
        # A reading that is not counted disturbs nobody.
        self._desktop.background.run(self, read, view.id).failed(lambda _: None)

    def _on_failed(self, error: Exception) -> None:
        if self._article_id is not None:
            self._states.show_failed(sentence_of(error), self._on_retry)

    def _on_retry(self) -> None:
        self._states.show_loading()
        self._load()

    def _show_heading(self, number: str, title: str) -> None:
        self._number.setText(number)
        self._title.setText(title)
        self.setAccessibleName(f"Article {number} {title}".rstrip())
        for chip in self._chips:
            chip.hide()
        self._older.hide()

    def _reader(self) -> Any:
        """Return what shows articles, made for the first one: most people never open any."""
        if self._browser is None:
            module = import_module("helpdesk.ui.articles.article_browser")
            self._browser = module.ArticleBrowser(self._desktop, self)
            self._browser.article_wanted.connect(self.open_article)
            self._browser.ticket_wanted.connect(self.ticket_wanted)
            self._states.set_content(self._browser)
        return self._browser

    def _on_whole(self) -> None:
        if self._article_id is not None:
            self.article_wanted.emit(self._article_id)
