# SPDX-License-Identifier: GPL-3.0-or-later
"""What articles have to do with the ticket pane: listed, read, found, and put into a reply."""

from __future__ import annotations

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QAction, QMenu, QToolButton, QWidget

from helpdesk.core.schemas.articles import ArticleRow
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.articles.article_peek import ArticlePeek
from helpdesk.ui.articles.article_picker import AS_LINK, AS_TEXT
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.article_insertion import ArticleInsertion
from helpdesk.ui.tickets.reply_box import ReplyBox
from helpdesk.ui.tickets.ticket_articles import TicketArticles


class PaneArticles(QObject):
    """Holds together the section of articles, the article being read, and the reply box."""

    article_wanted = pyqtSignal(int)
    article_edit_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)
    said = pyqtSignal(str)
    talk_wanted = pyqtSignal()
    """The conversation, or what stands in its place, is to be seen."""

    def __init__(
        self, desktop: Desktop, reply_box: ReplyBox, conversation: QWidget, *, working: bool
    ) -> None:
        """Read articles in the place of the ``conversation``."""
        super().__init__(reply_box)
        self._reply_box = reply_box
        self._conversation = conversation
        self._ticket_id: int | None = None
        self._row: ArticleRow | None = None
        self.section = TicketArticles(desktop, working=working)
        self.section.read_wanted.connect(self._on_read_wanted)
        self.section.insert_wanted.connect(self._on_insert_wanted)
        self.section.edit_wanted.connect(self.article_edit_wanted)
        self.section.said.connect(self.said)
        self.insertion = ArticleInsertion(desktop, reply_box)
        self.insertion.inserted.connect(self.section.link)
        self._insert = self._insert_button()
        self.peek = ArticlePeek(desktop, (self._insert,))
        self.peek.opened.connect(self._on_opened)
        self.peek.closed.connect(self._on_closed)
        self.peek.article_wanted.connect(self.article_wanted)
        self.peek.ticket_wanted.connect(self.ticket_wanted)
        reply_box.sent.connect(lambda _: self.peek.close_article())
        self._working = working

    def show_ticket(self, ticket: TicketView) -> None:
        """Show the articles of another ticket, or those of the same again."""
        if ticket.id != self._ticket_id:
            self.peek.close_article()
        self._ticket_id = ticket.id
        self.insertion.show_ticket(ticket)
        self.section.show_ticket(ticket)

    def _insert_button(self) -> QToolButton:
        button = QToolButton()
        button.setText("Insert into the reply")
        button.setProperty("kind", "drop")
        button.setPopupMode(QToolButton.InstantPopup)
        menu = QMenu(button)
        for how, text in ((AS_LINK, "As link"), (AS_TEXT, "As text")):
            action = QAction(text, menu)
            action.triggered.connect(lambda _, chosen=how: self._on_peek_insert(chosen))
            menu.addAction(action)
        button.setMenu(menu)
        return button

    def _on_read_wanted(self, row: ArticleRow) -> None:
        self._row = row
        self.peek.open_article(row.id, row.title)

    def _on_opened(self) -> None:
        """Offer to insert what is listed beside the ticket; what a link led to is only read."""
        is_listed = self._row is not None and self._row.id == self.peek.article_id
        if self._row is not None:
            name = f"Insert {self._row.number} {self._row.title} into the reply"
            self._insert.setAccessibleName(name)
        self._insert.setVisible(is_listed and self._working and not self._reply_box.isHidden())
        self._conversation.hide()
        self.talk_wanted.emit()

    def _on_closed(self) -> None:
        self._conversation.show()

    def _on_peek_insert(self, how: str) -> None:
        if self._row is not None:
            self.insertion.insert(self._row, how)

    def _on_insert_wanted(self, row: ArticleRow, how: str) -> None:
        self.talk_wanted.emit()
        self.insertion.insert(row, how)
