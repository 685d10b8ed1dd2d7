# SPDX-License-Identifier: GPL-3.0-or-later
"""One article: what can be done with it, its text, what readers say, what belongs to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import NotFound, Unreachable
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.articles import (
    ArticleCategoryView,
    ArticleMove,
    ArticleRestore,
    ArticleState,
    ArticleView,
    Rating,
    Visibility,
)
from helpdesk.ui.articles.article_browser import ArticleBrowser
from helpdesk.ui.articles.article_links import ArticleTags, ArticleTickets, RelatedArticles
from helpdesk.ui.articles.places import category_path
from helpdesk.ui.articles.rating_bar import RatingBar
from helpdesk.ui.articles.row_delegate import STATE_TONES
from helpdesk.ui.articles.way_back import WayBack
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.chip import HEIGHT as CHIP_HEIGHT
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import full_time, relative_time, stale_sentence
from helpdesk.ui.widgets.toast import Toast

_MINUTE_MS = 60_000
_WIDEST_TEXT = 760
"""Longer lines are hard to follow."""
_DONE = {
    ArticleState.DRAFT: "{number} is a draft again",
    ArticleState.REVIEW: "{number} waits to be reviewed",
    ArticleState.PUBLISHED: "{number} is published",
    ArticleState.ARCHIVED: "{number} is in the archive",
}


class ArticlePane(QWidget):
    """Shows an article and lets the person do with it what the desk allows."""

    said = pyqtSignal(str)
    article_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)
    tag_chosen = pyqtSignal(str)
    edit_wanted = pyqtSignal(object)
    """The ``ArticleView`` to write anew."""
    left = pyqtSignal()
    """Escape: back to the list."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin without an article."""
        super().__init__()
        self._desktop = desktop
        self.way_back = WayBack(self)
        """Where its links have led from."""
        self._article: ArticleView | None = None
        self._wanted_id: int | None = None
        self._counts = False
        self._is_counted = False
        self._is_stale = False
        self._loaded_at: datetime | None = None
        self._categories: tuple[ArticleCategoryView, ...] = ()
        self._build()
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(self._on_minute)
        self._tick.start()

    @property
    def article(self) -> ArticleView | None:
        """The article shown."""
        return self._article

    def open(self, article_id: int, *, reads: bool) -> None:
        """Load an article and show it.

        Where the person ``reads`` it, and has not only come across it, that is counted, once until
        another article is opened.
        """
        if self._article is None:
            self._states.show_loading()
        is_here = article_id == self._wanted_id
        if not is_here:
            self._counts = self._is_counted = False
        self._wanted_id = article_id
        self._counts = self._counts or reads
        if not is_here or self._is_stale or self._states.state == "failed":
            self._load(article_id)
        elif reads and self._article is not None and self._article.id == article_id:
            self._count_read(self._article)

    def refresh(self) -> None:
        """Load the article shown again."""
        if self._wanted_id is not None:
            self._load(self._wanted_id)

    def clear(self, title: str, hint: str) -> None:
        """Show no article, and say why."""
        self._article = self._wanted_id = None
        self._states.show_empty(title, hint)

    def set_categories(self, categories: Sequence[ArticleCategoryView]) -> None:
        """Learn the names of the categories above an article's own."""
        self._categories = tuple(categories)
        if self._article:
            self._show_meta(self._article)

    def allows(self, name: str) -> bool:
        """Return whether something can be done with the article shown.

        While another article is on its way nothing can: a quick click would meet the wrong one.
        """
        article = self._article
        return article is not None and article.id == self._wanted_id and name in article.allowed

    def focus_text(self) -> None:
        """Put the focus on the text, to scroll it with the keyboard."""
        if self._states.state == "content":
            self.browser.setFocus()

    def edit(self) -> None:
        """Write the article anew."""
        if self.allows("save") and self._article:
            self.edit_wanted.emit(self._article)

    def ask_for_review(self) -> None:
        """Let somebody look at it who can publish it."""
        self._move("review", ArticleState.REVIEW)

    def publish(self) -> None:
        """Give the newest text to the readers."""
        self._move("publish", ArticleState.PUBLISHED)

    def take_back(self) -> None:
        """Make a draft of it again."""
        self._move("draft", ArticleState.DRAFT)

    def archive(self) -> None:
        """Take it away from its readers, with a way to undo it."""
        self._move("archive", ArticleState.ARCHIVED)

    def show_history(self) -> None:
        """Show the texts that were saved before."""
        if self._article is None or self._article.id != self._wanted_id:
            return
        from helpdesk.ui.articles.revisions_dialog import RevisionsDialog

        dialog = RevisionsDialog(self._desktop, self._article, self)
        dialog.restored.connect(self._on_restored)
        dialog.open()

    def copy_link(self) -> None:
        """Copy what leads to this article from a ticket, a mail or another article."""
        if self._article:
            QApplication.clipboard().setText(f"{self._article.number} {self._article.title}")
            self.said.emit(f"{self._article.number} and its title were copied")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go back to the list on Escape."""
        if event.key() == Qt.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self._banner = Banner()
        self.browser = ArticleBrowser(self._desktop, grows=True)
        self.browser.article_wanted.connect(self.article_wanted)
        self.browser.ticket_wanted.connect(self.ticket_wanted)
        self.tags = ArticleTags()
        self.tags.chosen.connect(self.tag_chosen)
        self.rating_bar = RatingBar(self._desktop.drafts)
        self.rating_bar.rated.connect(self._on_rated)
        self.related = RelatedArticles()
        self.related.chosen.connect(self.article_wanted)
        self.tickets = ArticleTickets()
        self.tickets.chosen.connect(self.ticket_wanted)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._heading())
        column.addWidget(self._banner)
        column.addWidget(self._page(), 1)
        self._states = StateView(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._states)

    def _heading(self) -> QFrame:
        heading = QFrame()
        heading.setProperty("kind", "heading")
        self.title = PlainLabel(role="title", max_lines=2)
        column = QVBoxLayout(heading)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(6)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.way_back.button, 0, Qt.AlignTop)
        top.addWidget(self.title, 1)
        column.addLayout(top)
        column.addWidget(self._under())
        column.addWidget(self._buttons())
        return heading

    def _under(self) -> QWidget:
        """Return the line below the title, which takes more lines where the pane is narrow."""
        self._path = ElidedLabel("", "muted")
        self._updated = QLabel()
        self._updated.setProperty("role", "muted")
        self.state_chip = Chip()
        self.internal_chip = Chip("For technicians", "accent")
        self.older_chip = Chip("Readers still see an older text", "warning")
        self.due_chip = Chip("Review due", "urgent")
        chips = (self.state_chip, self.internal_chip, self.older_chip, self.due_chip)
        row = FlowLayout(6)
        for widget in (self._path, self._updated, *chips):
            widget.setFixedHeight(CHIP_HEIGHT)
            row.addWidget(widget)
        under = QWidget()
        under.setLayout(row)
        return under

    def _buttons(self) -> QWidget:
        add = self._button
        self.publish_button = add("Publish", self.publish, "Give this text to the readers")
        self.publish_button.setProperty("kind", "primary")
        self.edit_button = add("Edit", self.edit, "Write this article anew")
        self.review_button = add(
            "Ask for review", self.ask_for_review, "Let somebody look at it who can publish it"
        )
        self.draft_button = add("Back to draft", self.take_back, "Make a draft of it again")
        self.history_button = add("History…", self.show_history, "Texts saved before")
        self.archive_button = add("Archive", self.archive, "Take it away from its readers")
        self.copy_button = add("Copy link", self.copy_link, "Copy the number and the title")
        row = FlowLayout(8)
        for button in (
            self.publish_button,
            self.edit_button,
            self.review_button,
            self.draft_button,
            self.history_button,
            self.copy_button,
            self.archive_button,
        ):
            row.addWidget(button)
        buttons = QWidget()
        buttons.setLayout(row)
        return buttons

    @staticmethod
    def _button(text: str, action: Callable[[], None], tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(lambda: action())
        return button

    def _page(self) -> QScrollArea:
        self.summary = PlainLabel(role="lead")
        self._figures = PlainLabel(role="secondary")
        text = QWidget()
        text.setMaximumWidth(_WIDEST_TEXT)
        column = QVBoxLayout(text)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        for widget in (
            self.summary,
            self.browser,
            self.tags,
            self.rating_bar,
            self._figures,
            self.related,
            self.tickets,
        ):
            column.addWidget(widget)
        column.addStretch(1)
        inside = QWidget()
        inside.setProperty("ground", "surface")
        row = QHBoxLayout(inside)
        row.setContentsMargins(16, 16, 16, 24)
        row.addWidget(text, 1)
        row.addStretch(0)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.area.setAccessibleName("Article and what belongs to it")
        self.area.setFocusPolicy(Qt.NoFocus)
        self.area.setWidget(inside)
        return self.area

    # --- what is shown ------------------------------------------------------------------------

    def _load(self, article_id: int) -> None:
        job = self._desktop.background.latest(self, self._desktop.desk.articles.view, article_id)
        job.then(self._show_loaded).failed(self._on_open_failed)

    def _show_loaded(self, article: ArticleView) -> None:
        if article.id != self._wanted_id:
            return
        self._loaded_at = self._desktop.clock()
        if self._is_stale:
            self._is_stale = False
            self._banner.clear()
        self._show(article)
        if self._counts:
            self._count_read(article)
        background, desk = self._desktop.background, self._desktop.desk
        job = background.latest(self, desk.articles.related, article.id)
        job.then(self.related.show_rows).failed(lambda _: None)
        tickets = background.latest(self, desk.knowledge.tickets_of, article.id)
        tickets.then(self.tickets.show_tickets).failed(lambda _: None)

    def _show(self, article: ArticleView) -> None:
        is_other = self._article is None or self._article.id != article.id
        self._article = article
        if is_other:
            self._banner.clear()
            self.related.show_rows(())
            self.tickets.show_tickets(())
            self.area.verticalScrollBar().setValue(0)
        self.title.setText(article.title)
        self._show_meta(article)
        self._show_buttons(article)
        self.summary.setText(article.summary)
        self.summary.setVisible(bool(article.summary))
        self.browser.setAccessibleName(f"{article.number} {article.title}")
        self.browser.show_article(article)
        self.tags.show_tags(article.tags)
        self.rating_bar.show_article(article)
        self._show_figures(article)
        self._states.show_content()

    def _show_meta(self, article: ArticleView) -> None:
        now = self._desktop.clock()
        category = article.category
        path = category_path(self._categories, category.id if category else None)
        where = path or (category.name if category else "")
        self._path.setText(" · ".join(part for part in (article.number, where) if part))
        author = f" by {article.author.full_name}" if article.author and self._writes else ""
        self._updated.setText(f"· updated {relative_time(article.updated_at, now)}{author}")
        self._updated.setToolTip(full_time(article.updated_at))
        self.state_chip.set_text(article.state.label, STATE_TONES[article.state])
        self.state_chip.setVisible(self._writes)
        self.internal_chip.setVisible(article.visibility is Visibility.TECHNICIANS)
        has_older = article.live_revision not in (None, article.revision)
        self.older_chip.setVisible(has_older)
        is_due = article.review_due is not None and article.review_due <= now
        self.due_chip.setVisible(is_due and article.state is not ArticleState.ARCHIVED)

    def _show_buttons(self, article: ArticleView) -> None:
        for button, name in (
            (self.edit_button, "save"),
            (self.review_button, "review"),
            (self.publish_button, "publish"),
            (self.draft_button, "draft"),
            (self.archive_button, "archive"),
        ):
            button.setVisible(name in article.allowed)
        self.history_button.setVisible(self._writes)

    def _show_figures(self, article: ArticleView) -> None:
        parts = [f"Read {_times(article.reads)}"]
        if voices := article.helpful + article.unhelpful:
            parts.append(f"{article.helpful:,} of {voices:,} found it helpful")
        if article.avoided:
            noun = "ticket" if article.avoided == 1 else "tickets"
            parts.append(f"made {article.avoided:,} {noun} needless")
        self._figures.setText(" · ".join(parts))
        self._figures.setVisible(self._writes)

    @property
    def _writes(self) -> bool:
        # Also where nothing can be changed: staff see the newest text, and are to know which.
        return Permission.WRITE_ARTICLES.value in self._desktop.session.permissions

    def _on_open_failed(self, error: Exception) -> None:
        is_shown = self._article is not None and self._article.id == self._wanted_id
        if isinstance(error, Unreachable):
            self._desktop.feed.fell_behind()
        if is_shown and isinstance(error, Unreachable) and self._loaded_at:
            self._is_stale = True
            self._banner.show_quiet(stale_sentence(self._loaded_at))
            return
        if is_shown and not isinstance(error, NotFound):
            self._is_stale = True
            self._banner.show_error(sentence_of(error), "Retry", self.refresh)
            return
        self._article = None
        if isinstance(error, NotFound) and self.way_back:
            # Another try would not find it, and the head with its button is not to be seen.
            title = "This could not be loaded"
            self._states.show_empty(title, sentence_of(error), "Back", self.way_back.go)
        else:
            self._states.show_failed(sentence_of(error), self.refresh)

    def _on_minute(self) -> None:
        if self._article and self.isVisible():
            self._show_meta(self._article)

    # --- what is done -------------------------------------------------------------------------

    def _count_read(self, article: ArticleView) -> None:
        """Count a reading; what nobody but its writers can see has no readers."""
        is_live = article.live_revision is not None
        if self._is_counted or not is_live or self._desktop.info.read_only:
            return
        self._is_counted = True
        note = self._desktop.desk.knowledge.note_read
        self._desktop.background.run(self, note, article.id).failed(lambda _: None)

    def _move(self, name: str, state: ArticleState) -> None:
        if self.allows(name) and self._article:
            before = self._article
            move = ArticleMove(state=state, version=before.version)
            job = self._desktop.background.run(
                self, self._desktop.desk.articles.move, before.id, move
            )
            job.then(partial(self._on_moved, before)).failed(self._on_act_failed)

    def _on_moved(self, before: ArticleView, article: ArticleView) -> None:
        self._show_done(article)
        words = _DONE[article.state].format(number=article.number)
        if article.state is ArticleState.ARCHIVED:
            undo = partial(self._bring_back, before, article)
            Toast.say(self.window(), words, "Undo", undo)
        else:
            self.said.emit(words)

    def _bring_back(self, before: ArticleView, article: ArticleView) -> None:
        """Undo the archive: readers get what they had, writers what they were about."""
        job = self._desktop.background.run(self, self._out_of_archive, before, article)
        job.then(self._on_brought_back).failed(self._on_act_failed)

    def _out_of_archive(self, before: ArticleView, article: ArticleView) -> ArticleView:
        """Take the way back step by step; runs on a thread of the pool."""
        articles = self._desktop.desk.articles
        live, newest = before.live_revision, before.revision
        if live is not None:
            if live != newest:
                earlier = ArticleRestore(revision=live, version=article.version)
                article = articles.restore(article.id, earlier)
            move = ArticleMove(state=ArticleState.PUBLISHED, version=article.version)
            article = articles.move(article.id, move)
            if live != newest:
                newer = ArticleRestore(revision=newest, version=article.version)
                article = articles.restore(article.id, newer)
        else:
            move = ArticleMove(state=ArticleState.DRAFT, version=article.version)
            article = articles.move(article.id, move)
        if before.state is ArticleState.REVIEW:
            move = ArticleMove(state=ArticleState.REVIEW, version=article.version)
            article = articles.move(article.id, move)
        return article

    def _on_brought_back(self, article: ArticleView) -> None:
        self._show_done(article)
        has_newer = article.live_revision not in (None, article.revision)
        words = "{number} is back as it was" if has_newer else _DONE[article.state]
        self.said.emit(words.format(number=article.number))

    def _show_done(self, article: ArticleView) -> None:
        if self._wanted_id == article.id:
            self._banner.clear()
            self._show(article)

    def _on_restored(self, article: ArticleView) -> None:
        self._show_done(article)
        self.said.emit(f"{article.number} has its earlier text again, as a draft")

    def _on_act_failed(self, error: Exception) -> None:
        self._banner.show_error(sentence_of(error))
        if not isinstance(error, Unreachable):
            self.refresh()

    def _on_rated(self, helpful: bool, comment: str) -> None:
        if self._article is None:
            return
        article_id, rating = self._article.id, Rating(helpful=helpful, comment=comment)
        rate = self._desktop.desk.knowledge.rate
        job = self._desktop.background.run(self, rate, article_id, rating)
        bar = self.rating_bar
        job.then(lambda _: bar.accepted(article_id, helpful=helpful, comment=comment))
        job.failed(lambda error: bar.refused(article_id, sentence_of(error)))


def _times(count: int) -> str:
    return {0: "by nobody yet", 1: "once", 2: "twice"}.get(count, f"{count:,} times")
