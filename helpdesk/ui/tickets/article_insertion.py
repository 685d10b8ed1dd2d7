# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts articles into a reply, and sees to it that nothing internal gets out by that."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from PyQt5.QtCore import QObject, pyqtSignal

from helpdesk.core.schemas.articles import ArticleRow, Visibility
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.articles.article_picker import AS_LINK
from helpdesk.ui.articles.article_title import is_public
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.article_words import reply_words
from helpdesk.ui.tickets.reply_box import ReplyBox


class _Text(NamedTuple):
    """The words of an article, and whether its requester may read them."""

    words: str
    is_public: bool


class ArticleInsertion(QObject):
    """Writes a link or the whole text at the cursor; internal text is asked about first."""

    inserted = pyqtSignal(object)
    """The ``ArticleRow`` that now stands in the reply, to be linked."""

    def __init__(self, desktop: Desktop, reply_box: ReplyBox) -> None:
        """Write into a reply box."""
        super().__init__(reply_box)
        self._desktop = desktop
        self._reply_box = reply_box
        self._ticket: TicketView | None = None
        self._internal: dict[str, str] = {}
        """What was inserted and is not for requesters, by the article's number."""
        reply_box.kind_chosen.connect(self._on_kind)

    def show_ticket(self, ticket: TicketView) -> None:
        """Write to another ticket, or to a newer state of the same."""
        if self._ticket is None or self._ticket.id != ticket.id:
            self._internal.clear()
            self._reply_box.notice.clear()
        self._ticket = ticket

    def insert(self, article: ArticleRow, how: str) -> None:
        """Put an article into the reply or the note, as a link or as its text."""
        if self._ticket is None or self._reply_box.text.isReadOnly():
            return
        self._reply_box.notice.clear()
        if how == AS_LINK:
            self._insert_link(article)
            return
        job = self._desktop.background.latest(self, self._read, article.id)
        job.then(partial(self._on_read, self._ticket.id, article)).failed(self._on_failed)

    def _insert_link(self, article: ArticleRow) -> None:
        if not (is_public(article) or self._reply_box.is_note):
            self._reply_box.notice.show_warning(
                f"{_not_for(article)}; a link would lead {self._requester} nowhere."
                " Insert it as text, or write an internal note."
            )
            return
        lines = (f"{article.number} {article.title}", article.summary)
        if self._write(article, "\n".join(line for line in lines if line)):
            self._keep_in_mind(article, lines[0], is_public=is_public(article))

    def _read(self, article_id: int) -> _Text:
        """Return what readers see of an article, else its newest text; runs on the pool."""
        articles = self._desktop.desk.articles
        view = articles.view(article_id)
        live = view.live_revision
        body, visibility = view.body, view.visibility
        if live is not None and live != view.revision:
            published = articles.revision(article_id, live)
            body, visibility = published.body, published.visibility
        is_open = live is not None and visibility is Visibility.EVERYONE
        return _Text(reply_words(body), is_open)

    def _on_read(self, ticket_id: int, article: ArticleRow, text: _Text) -> None:
        if self._ticket is None or self._ticket.id != ticket_id:
            return
        if not text.words:
            self._reply_box.notice.show_info(f"{article.number} has no text yet.")
        elif text.is_public or self._reply_box.is_note:
            self._insert_text(article, text)
        else:
            self._reply_box.notice.show_warning(
                f"{_not_for(article)}; {self._requester} would read it.",
                "Insert anyway",
                partial(self._insert_text, article, text),
            )

    def _insert_text(self, article: ArticleRow, text: _Text) -> None:
        if self._write(article, text.words):
            self._keep_in_mind(article, text.words, is_public=text.is_public)

    def _on_failed(self, error: Exception) -> None:
        self._reply_box.notice.show_error(f"The text could not be read. {sentence_of(error)}")

    def _write(self, article: ArticleRow, text: str) -> bool:
        is_in = self._reply_box.insert(text)
        if is_in:
            self.inserted.emit(article)
        return is_in

    def _keep_in_mind(self, article: ArticleRow, text: str, *, is_public: bool) -> None:
        if not is_public and self._reply_box.is_note:
            self._internal[article.number] = text

    def _on_kind(self) -> None:
        """Warn when a note becomes a reply while something internal stands in it."""
        self._reply_box.notice.clear()
        written = self._reply_box.text.toPlainText()
        numbers = [number for number, text in self._internal.items() if text in written]
        if numbers and not self._reply_box.is_note:
            what = " and ".join(numbers)
            verb = "is" if len(numbers) == 1 else "are"
            self._reply_box.notice.show_warning(
                f"{what} {verb} not for {self._requester}: take it out before you send a reply."
            )

    @property
    def _requester(self) -> str:
        return self._ticket.requester.full_name if self._ticket else "the requester"


def _not_for(article: ArticleRow) -> str:
    """Say why requesters cannot read an article."""
    if article.visibility is Visibility.TECHNICIANS:
        return f"{article.number} is for technicians only"
    return f"{article.number} is not published"
