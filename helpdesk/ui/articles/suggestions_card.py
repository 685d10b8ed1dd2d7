# SPDX-License-Identifier: GPL-3.0-or-later
"""Articles that may solve what somebody is just writing, before they have to send it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QShortcut,
    QVBoxLayout,
    QWidget,
)

from helpdesk.client.connection import Connection
from helpdesk.core.schemas.articles import (
    SUGGESTION_LIMIT,
    ArticleRow,
    Suggestion,
    SuggestionQuery,
)
from helpdesk.ui.articles.article_title import ArticleTitle
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

SHOWN = 4
PAUSE_MS = 300
_ASKED_AT_MOST = 10
_SUMMARY_LINES = 2


class SuggestionsCard(QFrame):
    """Up to four articles; it is there only while it has something to say.

    Suggestions never take the focus, and while somebody types the card does not shrink, so that
    nothing below it jumps.
    """

    chosen = pyqtSignal(object)
    """The ``ArticleRow`` to read."""
    solved = pyqtSignal(int)
    """The id of the article that made the ticket needless."""
    passed_over = pyqtSignal(int)
    """The id of the article that does not help."""

    def __init__(self, desktop: Desktop, form: QWidget) -> None:
        """Begin hidden; Alt with a digit opens a suggestion anywhere in the ``form``."""
        super().__init__()
        self._desktop = desktop
        self._text = ""
        self._asked = ""
        self._job: Job[tuple[Suggestion, ...]] | None = None
        self._found: tuple[ArticleRow, ...] = ()
        self._unwanted: dict[int, None] = {}
        self._chosen_id: int | None = None
        self.setProperty("kind", "card")
        self._build(form)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        desktop.link.connection_changed.connect(self._on_connection)
        self.hide()

    @property
    def unwanted(self) -> tuple[int, ...]:
        """The articles that did not help with what is being written."""
        return tuple(self._unwanted)

    def set_unwanted(self, ids: Iterable[int]) -> None:
        """Leave these articles out from now on."""
        self._unwanted = dict.fromkeys(ids)
        self._show_rows()

    def ask(self, text: str) -> None:
        """Look at the next pause for what may answer a text; without one, suggest nothing."""
        self._text = text[:SUGGESTION_LIMIT] if text.strip() else ""
        if self._text:
            self._pause.start()
        else:
            self._give_up()
            self._unwanted.clear()

    def _give_up(self) -> None:
        self._pause.stop()
        self._asked = ""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._chosen_id = None
        self._show(())

    def _ask(self) -> None:
        if self._text == self._asked:
            return
        if self._desktop.link.connection is Connection.AWAY:
            self._give_up()
            return
        self._asked = self._text
        limit = min(SHOWN + len(self._unwanted), _ASKED_AT_MOST)
        query = SuggestionQuery(text=self._text, limit=limit)
        suggest = self._desktop.desk.articles.suggest
        self._job = self._desktop.background.latest(self, suggest, query)
        self._job.then(self._show).failed(lambda _: self._give_up())

    def _on_connection(self, connection: Connection) -> None:
        """Ask again as soon as the desk answers, and suggest nothing while it does not."""
        if connection is Connection.CONNECTED and self._text:
            self._pause.start()
        elif connection is Connection.AWAY:
            self._give_up()

    def _show(self, suggestions: Sequence[Suggestion]) -> None:
        self._found = tuple(each.article for each in suggestions)
        self._show_rows()

    def _show_rows(self) -> None:
        shown = [row for row in self._found if row.id not in self._unwanted][:SHOWN]
        # It may grow while somebody types, but it does not shrink.
        self.setMinimumHeight(self.height() if shown and self.isVisible() else 0)
        for position, line in enumerate(self._lines):
            line.show_article(shown[position] if position < len(shown) else None)
        self._show_chosen()
        several = len(shown) > 1
        keys = f"Alt+1 to Alt+{len(shown)} open an article" if several else "Alt+1 opens it"
        self._hint.setText(f"{keys}; Esc leads back to what you write.")
        self.setVisible(bool(shown))

    def _show_chosen(self) -> None:
        for line in self._lines:
            line.show_buttons(shown=line.article_id is not None and self._is_chosen(line))

    def _is_chosen(self, line: _Line) -> bool:
        return line.article_id == self._chosen_id

    def _build(self, form: QWidget) -> None:
        heading = QLabel("This may solve it")
        heading.setProperty("role", "heading")
        self._lines = [_Line(position) for position in range(1, SHOWN + 1)]
        self._hint = PlainLabel(role="secondary")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addWidget(heading)
        for position, line in enumerate(self._lines, start=1):
            line.link.clicked.connect(partial(self._on_chosen, line))
            line.solved_button.clicked.connect(partial(self._on_solved, line))
            line.other_button.clicked.connect(partial(self._on_passed_over, line))
            shortcut = QShortcut(QKeySequence(f"Alt+{position}"), form)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self._on_chosen, line))
            column.addWidget(line)
        column.addStretch(1)
        column.addSpacing(2)
        column.addWidget(self._hint)
        self.setAccessibleName("Articles that may solve it")

    def _on_chosen(self, line: _Line, _checked: bool = False) -> None:
        if line.article is not None and not self.isHidden():
            self._chosen_id = line.article.id
            self._show_chosen()
            self.chosen.emit(line.article)

    def _on_solved(self, line: _Line, _checked: bool = False) -> None:
        if line.article is not None:
            self.solved.emit(line.article.id)

    def _on_passed_over(self, line: _Line, _checked: bool = False) -> None:
        if line.article is not None:
            self.pass_over(line.article.id)

    def pass_over(self, article_id: int) -> None:
        """Leave an article out for as long as the same ticket is written."""
        self._unwanted[article_id] = None
        self._show_rows()
        self._asked = ""
        self._pause.start()
        self.passed_over.emit(article_id)


class _Line(QWidget):
    """One suggestion: its title, the answer in a sentence, and once it is chosen two buttons."""

    def __init__(self, position: int) -> None:
        super().__init__()
        self.article: ArticleRow | None = None
        self.link = ArticleTitle()
        self.link.set_hint(f"Alt+{position}")
        self._summary = PlainLabel(role="muted", max_lines=_SUMMARY_LINES)
        self._buttons = QWidget()
        self.solved_button = QPushButton("That solved it")
        self.other_button = QPushButton("Not this one")
        self.other_button.setProperty("kind", "quiet")
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(2, 4, 0, 4)
        row.setSpacing(8)
        row.addWidget(self.solved_button)
        row.addWidget(self.other_button)
        row.addWidget(ElidedLabel("No ticket will be sent", "secondary"), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.link)
        summary = QHBoxLayout()
        summary.setContentsMargins(4, 0, 0, 0)
        summary.addWidget(self._summary)
        column.addLayout(summary)
        column.addWidget(self._buttons)

    @property
    def article_id(self) -> int | None:
        return self.article.id if self.article is not None else None

    def show_article(self, article: ArticleRow | None) -> None:
        self.article = article
        if article is not None:
            self.link.setText(article.title)
            self._summary.setText(article.summary)
            self._summary.setVisible(bool(article.summary))
        self.setVisible(article is not None)

    def show_buttons(self, *, shown: bool) -> None:
        title = self.article.title if self.article is not None else ""
        for button in (self.solved_button, self.other_button):
            button.setAccessibleName(f"{button.text()}: {title}")
        self._buttons.setVisible(shown)
