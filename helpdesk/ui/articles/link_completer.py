# SPDX-License-Identifier: GPL-3.0-or-later
"""Offers articles to link to as soon as somebody types ``[[`` and some words."""

from __future__ import annotations

import re

from PyQt5.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PyQt5.QtGui import QKeyEvent, QTextCursor
from PyQt5.QtWidgets import QFrame, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from helpdesk.core.schemas.articles import ArticlePage, ArticleQuery, ArticleRow, ArticleSort
from helpdesk.ui.articles import markdown_marks as marks
from helpdesk.ui.articles.markdown_edit import MarkdownEdit
from helpdesk.ui.articles.utf16 import utf16_length
from helpdesk.ui.desktop import Desktop, sentence_of

_BEGUN = re.compile(r"\[\[((?:[^\[\]\s][^\[\]\n]{0,100})?)$")
"""Two brackets and a blank are a test of a shell."""
_PAUSE_MS = 120
_SHOWN = 8
_WIDTH = 420
_ROW_HEIGHT = 30


class LinkCompleter(QObject):
    """A list below the cursor; the arrows choose, Enter or Tab takes, Escape closes."""

    def __init__(self, desktop: Desktop, edit: MarkdownEdit, host: QWidget) -> None:
        """Watch a field; the list opens somewhere in the host."""
        super().__init__(edit)
        self._desktop = desktop
        self._edit = edit
        self._host = host
        self._closed_at: int | None = None
        self._asked: str | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self._build()
        edit.installEventFilter(self)
        edit.cursorPositionChanged.connect(self._on_moved)

    @property
    def is_open(self) -> bool:
        """Whether articles are offered."""
        return not self.popup.isHidden()

    def close(self) -> None:
        """Offer nothing."""
        self._pause.stop()
        self._asked = None
        self.popup.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that choose while the list is open."""
        if event.type() == QEvent.FocusOut and self.is_open:
            self.close()
        if event.type() != QEvent.KeyPress or not isinstance(event, QKeyEvent) or not self.is_open:
            return False
        key = event.key()
        if key == Qt.Key_Escape:
            self._closed_at = self._begin()
            self.close()
            return True
        if key in (Qt.Key_Up, Qt.Key_Down) and self.list.count():
            step = 1 if key == Qt.Key_Down else -1
            self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
            return True
        if key in (Qt.Key_Return, Qt.Key_Enter, Qt.Key_Tab) and not event.modifiers():
            return self._take()
        return False

    def _build(self) -> None:
        self.popup = QFrame(self._host)
        self.popup.setProperty("kind", "raised")
        self.popup.hide()
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.NoFocus)
        self.list.setAccessibleName("Articles to link to")
        self.list.setTextElideMode(Qt.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._take)
        self._note = QLabel()
        self._note.setTextFormat(Qt.PlainText)
        self._note.setProperty("role", "muted")
        column = QVBoxLayout(self.popup)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        column.addWidget(self.list)
        column.addWidget(self._note)

    def _typed(self) -> str | None:
        """Return the words behind the two brackets, or ``None`` where there are no brackets."""
        found = _BEGUN.search(self._edit.text_before_cursor())
        if found is None or self._edit.textCursor().hasSelection() or self._edit.is_in_code():
            return None
        return found[1]

    def _begin(self) -> int | None:
        """Return the place of the two brackets."""
        typed = self._typed()
        if typed is None:
            return None
        return int(self._edit.textCursor().position()) - utf16_length(typed) - 2

    def _on_moved(self) -> None:
        begin = self._begin()
        if begin != self._closed_at:
            self._closed_at = None
        if begin is None or self._closed_at is not None:
            self.close()
        elif self._typed() != self._asked:
            self._pause.start()

    def _search(self) -> None:
        typed = self._typed()
        if typed is None:
            return
        self._asked = typed
        if not self.is_open:
            self._show_note("Searching…")
        words = typed.strip()
        sort = ArticleSort.RELEVANCE if words else ArticleSort.UPDATED
        query = ArticleQuery(text=words, sort=sort, limit=_SHOWN)
        job = self._desktop.background.latest(self, self._desktop.desk.articles.search, query)
        job.then(self._show).failed(self._on_failed)

    def _show(self, page: ArticlePage) -> None:
        if self._typed() is None or self._asked is None:
            return
        if not page.items:
            self._show_note("No article has these words. Go on typing, or press Esc.")
            return
        self.list.clear()
        for row in page.items:
            item = QListWidgetItem(_shown(row))
            item.setData(Qt.UserRole, row)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.show()
        self._note.setText("Enter puts the link in, Esc closes")
        self._place(self.list.count() * _ROW_HEIGHT + 40)

    def _on_failed(self, error: Exception) -> None:
        if self._asked is not None:
            self._show_note(sentence_of(error))

    def _show_note(self, sentence: str) -> None:
        self.list.clear()
        self.list.hide()
        self._note.setText(sentence)
        self._place(40)

    def _place(self, height: int) -> None:
        """Stand below the cursor, or above it where there is no room."""
        host = self._host
        self._edit.ensureCursorVisible()
        cursor = self._edit.cursorRect()
        below = self._edit.viewport().mapTo(host, cursor.bottomLeft()) + QPoint(0, 4)
        width = min(_WIDTH, host.width() - 16)
        left = max(8, min(below.x(), host.width() - width - 8))
        top = below.y()
        if top + height > host.height() - 8:
            top = max(8, top - cursor.height() - 8 - height)
        self.popup.setGeometry(left, top, width, height)
        self.popup.show()
        self.popup.raise_()

    def _take(self, _item: object = None) -> bool:
        """Put the link to the chosen article in. Returns whether one was chosen."""
        item, typed = self.list.currentItem(), self._typed()
        if item is None or typed is None or self.list.isHidden():
            return False
        row: ArticleRow = item.data(Qt.UserRole)
        cursor = self._edit.textCursor()
        end = cursor.position()
        cursor.movePosition(QTextCursor.Right, QTextCursor.KeepAnchor, 2)
        if cursor.selectedText() == "]]":
            end += 2
        cursor.setPosition(self._begin() or 0)
        cursor.setPosition(end, QTextCursor.KeepAnchor)
        link = marks.article_link(row.title, row.number)
        self.close()
        self._edit.put(cursor, marks.Edit(link, len(link), len(link)))
        return True


def _shown(row: ArticleRow) -> str:
    state = "" if row.is_live else f"  ({row.state.label}: readers cannot open it yet)"
    return f"{row.number}  {row.title}{state}"
