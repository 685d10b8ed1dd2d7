# SPDX-License-Identifier: GPL-3.0-or-later
"""The articles of a ticket beside its fields: those on it, and those that may belong there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtGui import QShowEvent
from PyQt5.QtWidgets import (
    QAction,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import Unreachable
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.articles import (
    SUGGESTION_LIMIT,
    ArticleLink,
    ArticleRow,
    ArticleView,
    SuggestionQuery,
)
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.articles.article_picker import AS_LINK, AS_TEXT, LINK, ArticlePicker
from helpdesk.ui.articles.article_title import ArticleTitle, standing_of
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.toast import Toast

_SUGGESTED, _ASKED = 3, 8
_CHIPS = 2
_INDENT = 4
"""Where the text of a link begins."""
_NEWS = ("article", "article_draft")


class _Found(NamedTuple):
    """What was read of a ticket's articles."""

    ticket_id: int
    linked: tuple[ArticleRow, ...]
    suggested: tuple[ArticleRow, ...]
    news: int
    """How many times articles had changed when the suggestions were asked for."""


class TicketArticles(QWidget):
    """Lists, links and unlinks; those who do not ``work`` tickets read what helped.

    What is shown stays while it is read again; another ticket begins empty.
    """

    read_wanted = pyqtSignal(object)
    """The ``ArticleRow`` to read beside the ticket."""
    insert_wanted = pyqtSignal(object, str)
    """The ``ArticleRow`` to put into the reply, and ``AS_LINK`` or ``AS_TEXT``."""
    edit_wanted = pyqtSignal(int)
    """The id of an article that was begun with the ticket's words."""
    said = pyqtSignal(str)

    def __init__(self, desktop: Desktop, *, working: bool) -> None:
        """Begin without a ticket."""
        super().__init__()
        self._desktop = desktop
        self._working = working
        self._ticket: TicketView | None = None
        self._found: _Found | None = None
        self._news = 0
        self._inserts = False
        self._makes = False
        self._build()
        # Whatever is shown before it has its place would be a window of its own for a moment.
        self.hide()
        desktop.feed.changed.connect(self._on_changed)

    @property
    def linked(self) -> tuple[ArticleRow, ...]:
        """The articles on the ticket, as far as they were read."""
        return self._found.linked if self._found is not None else ()

    @property
    def can_make(self) -> bool:
        """Whether an article can be made of the ticket shown."""
        is_done = self._ticket is not None and not self._ticket.status.is_open
        return is_done and self._working and self._desktop.may(Permission.WRITE_ARTICLES)

    def show_ticket(self, ticket: TicketView) -> None:
        """Show the articles of another ticket, or read those of the same again."""
        is_other = self._ticket is None or self._ticket.id != ticket.id
        self._ticket = ticket
        self._inserts = bool({"comment", "note"} & ticket.allowed)
        if is_other:
            self._found = None
            self._state.clear()
            self._show()
        self._make_button.setVisible(self.can_make)
        self._load()

    def link(self, article: ArticleRow) -> None:
        """Put an article on the ticket, unless it is there."""
        if self._ticket and article.id not in [each.id for each in self.linked]:
            self._link(self._ticket, article, can_undo=True)

    def unlink(self, article: ArticleRow) -> None:
        """Take an article off the ticket."""
        if self._ticket:
            self._unlink(self._ticket, article, can_undo=True)

    def find_any(self) -> ArticlePicker | None:
        """Let the person find any article for the ticket."""
        if self._ticket is None or not self._working:
            return None
        picker = ArticlePicker(
            self._desktop, self._ticket.number, self.window(), inserts=self._inserts
        )
        picker.picked.connect(self._on_picked)
        picker.open()
        picker.field.setFocus()
        return picker

    def make_article(self) -> None:
        """Begin an article with the problem and the solution of the ticket."""
        if self._ticket and self.can_make and not self._makes:
            self._makes = True
            self._make_button.setDisabled(True)
            draft_from = self._desktop.desk.knowledge.draft_from
            job = self._desktop.background.run(self, draft_from, self._ticket.id)
            job.then(self._on_made).failed(self._on_act_failed).finally_(self._on_made_or_not)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what changed meanwhile."""
        super().showEvent(event)
        if self._found is not None and self._found.news != self._news:
            self._load()

    # --- reading ------------------------------------------------------------------------------

    def _load(self) -> None:
        if self._ticket is None:
            return
        if self._found is None and self._working:
            self._say("Loading…")
        text = f"{self._ticket.subject}\n{self._ticket.description}"[:SUGGESTION_LIMIT]
        # Suggestions change with articles and hardly with the ticket: they are asked for once.
        found = self._found
        known = found.suggested if found is not None and found.news == self._news else None
        job = self._desktop.background.latest(
            self, self._read, self._ticket.id, text, known, self._news
        )
        job.then(self._on_read).failed(self._on_read_failed)

    def _read(
        self, ticket_id: int, text: str, known: tuple[ArticleRow, ...] | None, news: int
    ) -> _Found:
        """Ask for all there is to show; runs on a thread of the pool."""
        desk = self._desktop.desk
        linked = desk.knowledge.of_ticket(ticket_id)
        if known is None and self._working:
            found = desk.articles.suggest(SuggestionQuery(text=text, limit=_ASKED))
            known = tuple(each.article for each in found)
        return _Found(ticket_id, linked, known or (), news)

    def _on_read(self, found: _Found) -> None:
        if self._ticket is not None and found.ticket_id == self._ticket.id:
            self._found = found
            self._say("" if found.linked or not self._working else "None on this ticket yet.")
            self._show()

    def _on_read_failed(self, error: Exception) -> None:
        if isinstance(error, Unreachable):
            self._desktop.feed.fell_behind()
        if self._found is None:
            self._say(f"The articles could not be loaded. {sentence_of(error)}", retry=True)

    def _on_changed(self, kind: str, _ids: tuple[int, ...]) -> None:
        if kind in _NEWS:
            self._news += 1
            if self.isVisible():
                self._load()

    # --- showing ------------------------------------------------------------------------------

    def _build(self) -> None:
        title = QLabel("Articles")
        title.setProperty("role", "secondary")
        self._state = PlainLabel(role="secondary")
        policy = self._state.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Ignored)
        self._state.setSizePolicy(policy)
        self._retry = _link_button("Retry", self._load)
        self._linked = _Lines(self, is_linked=True)
        self._suggested_title = QLabel("Suggested")
        self._suggested_title.setProperty("role", "secondary")
        self._suggested_title.setContentsMargins(0, 6, 0, 0)
        self._suggested = _Lines(self, is_linked=False)
        self._find_button = _link_button("Find an article…", self.find_any)
        self._find_button.setToolTip("Find any article for this ticket (B)")
        self._make_button = QPushButton("Make an article")
        self._make_button.setToolTip("Begin an article with the problem and its solution")
        self._make_button.clicked.connect(lambda: self.make_article())
        self._make_button.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(4)
        for widget in (
            title,
            self._state,
            self._retry,
            self._linked,
            self._suggested_title,
            self._suggested,
            self._find_button,
            self._make_button,
        ):
            column.addWidget(widget)
        for widget in (self._state, self._retry, self._suggested_title):
            widget.hide()
        self._find_button.setVisible(self._working)

    def _show(self) -> None:
        linked = self.linked
        ids = {article.id for article in linked}
        suggested = self._found.suggested if self._found is not None else ()
        others = [article for article in suggested if article.id not in ids][:_SUGGESTED]
        self._linked.show_articles(linked, works=self._working, inserts=self._inserts)
        self._suggested.show_articles(others, works=self._working, inserts=self._inserts)
        self._suggested_title.setVisible(bool(others))
        self._show_or_hide()

    def _say(self, sentence: str, *, retry: bool = False) -> None:
        self._state.setText(sentence)
        self._state.setVisible(bool(sentence))
        self._retry.setVisible(retry)
        self._show_or_hide()

    def _show_or_hide(self) -> None:
        """Take no room where somebody who reads has nothing to read."""
        self.setVisible(self._working or bool(self.linked) or not self._state.isHidden())

    # --- acting -------------------------------------------------------------------------------

    def _link(self, ticket: TicketView, article: ArticleRow, *, can_undo: bool) -> None:
        link, wanted = self._desktop.desk.knowledge.link, ArticleLink(article_id=article.id)
        job = self._desktop.background.run(self, link, ticket.id, wanted)
        job.then(lambda _: self._on_linked(ticket, article, can_undo=can_undo))
        job.failed(self._on_act_failed)

    def _on_linked(self, ticket: TicketView, article: ArticleRow, *, can_undo: bool) -> None:
        self._load()
        undo = partial(self._unlink, ticket, article, can_undo=False)
        self._tell(f"{article.number} is on {ticket.number}", undo if can_undo else None)

    def _unlink(self, ticket: TicketView, article: ArticleRow, *, can_undo: bool) -> None:
        unlink = self._desktop.desk.knowledge.unlink
        job = self._desktop.background.run(self, unlink, ticket.id, article.id)
        job.then(lambda _: self._on_unlinked(ticket, article, can_undo=can_undo))
        job.failed(self._on_act_failed)

    def _on_unlinked(self, ticket: TicketView, article: ArticleRow, *, can_undo: bool) -> None:
        self._load()
        undo = partial(self._link, ticket, article, can_undo=False)
        text = f"{article.number} was taken off {ticket.number}"
        self._tell(text, undo if can_undo else None)

    def _tell(self, text: str, undo: partial[None] | None) -> None:
        if undo is None:
            self.said.emit(text)
        else:
            Toast.say(self.window(), text, "Undo", undo)

    def _on_act_failed(self, error: Exception) -> None:
        self._say(sentence_of(error))

    def _on_picked(self, article: ArticleRow, how: str) -> None:
        if how == LINK:
            self.link(article)
        else:
            self.insert_wanted.emit(article, how)

    def _on_made(self, article: ArticleView) -> None:
        self.said.emit(f"{article.number} was begun as a draft")
        self._load()
        self.edit_wanted.emit(article.id)

    def _on_made_or_not(self) -> None:
        self._makes = False
        self._make_button.setEnabled(True)


class _Lines(QWidget):
    """A few articles below each other; lines are reused, because making them takes time."""

    def __init__(self, section: TicketArticles, *, is_linked: bool) -> None:
        super().__init__()
        self._section = section
        self._is_linked = is_linked
        self._lines: list[_Line] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_articles(self, articles: Sequence[ArticleRow], *, works: bool, inserts: bool) -> None:
        while len(self._lines) < len(articles):
            self._lines.append(_Line(self._section, is_linked=self._is_linked))
            self._column.addWidget(self._lines[-1])
        for line, article in zip(self._lines, articles, strict=False):
            line.show_article(article, works=works, inserts=inserts)
        for line in self._lines[len(articles) :]:
            line.hide()
        self.setVisible(bool(articles))


class _Line(QWidget):
    """One article: its title opens it, chips say who may read it, buttons use it."""

    def __init__(self, section: TicketArticles, *, is_linked: bool) -> None:
        super().__init__()
        self._section = section
        self._is_linked = is_linked
        self._article: ArticleRow | None = None
        self._title = ArticleTitle()
        self._title.clicked.connect(self._on_opened)
        self._chips = [Chip() for _ in range(_CHIPS)]
        self._insert = QToolButton()
        self._insert.setText("Insert")
        self._insert.setToolTip("Put it into the reply")
        self._insert.setProperty("kind", "drop")
        self._insert.setPopupMode(QToolButton.InstantPopup)
        menu = QMenu(self._insert)
        for how, text in ((AS_LINK, "As link"), (AS_TEXT, "As text")):
            action = QAction(text, menu)
            action.triggered.connect(partial(self._on_insert, how))
            menu.addAction(action)
        self._insert.setMenu(menu)
        self._switch = QToolButton()
        self._switch.setIcon(icon("close" if is_linked else "link"))
        self._switch.setToolTip("Take it off the ticket" if is_linked else "Put it on the ticket")
        self._switch.clicked.connect(self._on_switched)
        chips, tools = QHBoxLayout(), QHBoxLayout()
        chips.setContentsMargins(_INDENT, 2, 0, 2)
        chips.setSpacing(4)
        for chip in self._chips:
            chips.addWidget(chip)
        chips.addStretch(1)
        tools.setSpacing(4)
        tools.addWidget(self._insert)
        tools.addWidget(self._switch)
        tools.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._title)
        column.addLayout(chips)
        column.addLayout(tools)

    def show_article(self, article: ArticleRow, *, works: bool, inserts: bool) -> None:
        self._article = article
        self._title.setText(f"{article.number} {article.title}")
        self._insert.setAccessibleName(f"Insert {article.number} into the reply")
        what = "Take {} off the ticket" if self._is_linked else "Put {} on the ticket"
        self._switch.setAccessibleName(what.format(article.number))
        chips = standing_of(article)
        for chip in self._chips:
            chip.hide()
        for chip, (text, tone) in zip(self._chips, chips, strict=False):
            chip.set_text(text, tone)
            chip.show()
        self._insert.setVisible(works and inserts)
        self._switch.setVisible(works)
        self.show()

    def _on_opened(self) -> None:
        if self._article is not None:
            self._section.read_wanted.emit(self._article)

    def _on_insert(self, how: str, _checked: bool = False) -> None:
        if self._article is not None:
            self._section.insert_wanted.emit(self._article, how)

    def _on_switched(self) -> None:
        if self._article is None:
            return
        if self._is_linked:
            self._section.unlink(self._article)
        else:
            self._section.link(self._article)


def _link_button(text: str, action: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("kind", "link")
    button.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)
    button.clicked.connect(lambda: action())
    return button
