# SPDX-License-Identifier: GPL-3.0-or-later
"""One field that finds every command, every ticket and every article."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from PyQt5.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QAction,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.articles import ArticlePage, ArticleQuery
from helpdesk.core.schemas.tickets import TicketPage, TicketQuery
from helpdesk.core.text import SEARCH_LIMIT
from helpdesk.ui.articles.finding import find_articles
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.widgets.dialog import Dialog

_WIDTH, _ROWS = 620, 12
_ROW_HEIGHT = 32
_TICKETS, _ARTICLES = 8, 5
_PAUSE_MS = 100


class _Ticket(NamedTuple):
    id: int


class _Article(NamedTuple):
    id: int


class CommandPalette(Dialog):
    """Commands by their words, tickets and articles by theirs; Enter does the chosen one."""

    ticket_chosen = pyqtSignal(int)
    article_chosen = pyqtSignal(int)

    def __init__(self, desktop: Desktop, menus: list[QMenu], parent: QWidget) -> None:
        """Offer what the menus offer, under the names that stand there."""
        super().__init__(parent, Qt.Dialog | Qt.FramelessWindowHint)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Commands")
        self.setObjectName("palette")
        self._desktop = desktop
        self._commands = [(_words(action), action) for menu in menus for action in _entries(menu)]
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._find)
        self._build()
        self._show_commands("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list while the field keeps the focus."""
        if event.type() == QEvent.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key_Down, Qt.Key_Up):
                step = 1 if event.key() == Qt.Key_Down else -1
                row = self.rows.currentRow() + step
                self.rows.setCurrentRow(max(0, min(row, self.rows.count() - 1)))
                return True
            if event.key() in (Qt.Key_Return, Qt.Key_Enter):
                self._on_chosen(self.rows.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self.field = QLineEdit()
        self.field.setPlaceholderText("Type a command, the number of a ticket or article, or words")
        self.field.setAccessibleName("Commands, tickets and articles")
        self.field.setMaxLength(SEARCH_LIMIT)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._on_typed)
        self.rows = QListWidget()
        self.rows.setAccessibleName("What was found")
        self.rows.setFocusPolicy(Qt.NoFocus)
        self.rows.setFixedHeight(_ROWS * _ROW_HEIGHT)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.rows.itemClicked.connect(self._on_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self.rows)
        self.setFixedWidth(_WIDTH)

    def _on_typed(self, text: str) -> None:
        self._show_commands(text)
        self._pause.start()

    def _show_commands(self, text: str) -> None:
        words = text.casefold().split()
        self.rows.clear()
        for name, action in self._commands:
            if action.isEnabled() and all(word in name.casefold() for word in words):
                keys = action.shortcut().toString()
                self._add(f"{name}    {keys}" if keys else name, action)
        self.rows.setCurrentRow(0)

    def _find(self) -> None:
        text = self.field.text().strip()
        if text:
            background, desk = self._desktop.background, self._desktop.desk
            tickets = TicketQuery(text=text, limit=_TICKETS)
            job = background.latest(self, desk.tickets.search, tickets)
            job.then(partial(self._show_tickets, text))
            articles = ArticleQuery(text=text, limit=_ARTICLES)
            found = background.latest(self, find_articles, desk, articles)
            found.then(partial(self._show_articles, text))

    def _show_tickets(self, text: str, page: TicketPage) -> None:
        if text != self.field.text().strip():
            return
        for ticket in page.items:
            words = f"{ticket.number}  {ticket.subject}  ({ticket.status.label})"
            self._add(words, _Ticket(ticket.id))
        self._choose_first()

    def _show_articles(self, text: str, page: ArticlePage) -> None:
        if text != self.field.text().strip():
            return
        for article in page.items[:_ARTICLES]:
            self._add(f"{article.number}  {article.title}", _Article(article.id))
        self._choose_first()

    def _choose_first(self) -> None:
        if self.rows.currentRow() < 0:
            self.rows.setCurrentRow(0)

    def _add(self, text: str, value: object) -> None:
        item = QListWidgetItem(text)
        item.setData(Qt.UserRole, value)
        self.rows.addItem(item)

    def _on_chosen(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        value = item.data(Qt.UserRole)
        self.accept()
        if isinstance(value, QAction):
            value.trigger()
        elif isinstance(value, _Article):
            self.article_chosen.emit(value.id)
        else:
            self.ticket_chosen.emit(value.id)


def _entries(menu: QMenu) -> Iterator[QAction]:
    """Yield the actions of a menu and of the menus inside it."""
    for action in menu.actions():
        if action.menu() is not None:
            yield from _entries(action.menu())
        elif not action.isSeparator():
            yield action


def _words(action: QAction) -> str:
    """Return an action's text with the name of its menu, without the key beside it."""
    text = action.text().partition("\t")[0].replace("&", "")
    owner = action.parent()
    if isinstance(owner, QMenu) and owner.title():
        return f"{owner.title().replace('&', '')}: {text}"
    return text
