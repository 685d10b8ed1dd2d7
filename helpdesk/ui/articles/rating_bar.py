# SPDX-License-Identifier: GPL-3.0-or-later
"""'Was this helpful?': a word for the authors, which can be taken back."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout

from helpdesk.core.schemas.articles import ArticleView
from helpdesk.ui.drafts import Drafts
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.plain_label import PlainLabel

_COMMENT_LIMIT = 2_000
_COMMENT_HEIGHT = 74
_QUESTION = "Was this helpful?"


class RatingBar(QFrame):
    """Yes or No at once; a No may be followed by what was missing.

    What is being written is kept on disk for its article until it is sent.
    """

    rated = pyqtSignal(bool, str)
    """Whether it helped, and a comment, which may be empty."""

    def __init__(self, drafts: Drafts) -> None:
        """Begin without an article."""
        super().__init__()
        self._drafts = drafts
        self._article_id: int | None = None
        self._own: bool | None = None
        self._asks = False
        self._writes = False
        self._thanks = False
        self.setProperty("kind", "raised")
        self._build()

    @property
    def is_busy(self) -> bool:
        """Whether an answer of the desk is awaited."""
        return not self.yes_button.isEnabled()

    def show_article(self, view: ArticleView) -> None:
        """Show what the person said of an article; what is being written stays."""
        if view.id != self._article_id:
            self._article_id = view.id
            self._asks = self._thanks = False
            draft = self._drafts.load(self._place).get("comment", "")
            self._writes = bool(draft)
            blocked = self.comment.blockSignals(True)
            self.comment.setPlainText(draft)
            self.comment.blockSignals(blocked)
            self._error.hide()
            self._set_busy(busy=False)
        self._own = view.own_rating
        self.setVisible("rate" in view.allowed)
        self._show()

    def accepted(self, article_id: int, *, helpful: bool, comment: str) -> None:
        """Give thanks: the desk has taken it."""
        if comment:
            self._drafts.remove(_place_of(article_id))
        if article_id != self._article_id:
            return
        self._own, self._asks = helpful, False
        if helpful or comment:
            self._writes, self._thanks = False, True
            self.comment.clear()
        self._set_busy(busy=False)
        self._error.hide()
        self._show()

    def refused(self, article_id: int, sentence: str) -> None:
        """Say why the desk has not taken it; what was written stays."""
        if article_id == self._article_id:
            if self._own is not False and not self.comment.toPlainText().strip():
                self._writes = False
            self._error.setText(sentence)
            self._error.show()
            self._set_busy(busy=False)
            self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter sends the comment."""
        is_return = event.key() in (Qt.Key_Return, Qt.Key_Enter)
        if is_return and event.modifiers() & Qt.ControlModifier and self._writes:
            self._on_send()
        else:
            super().keyPressEvent(event)

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self._question = QLabel(_QUESTION)
        self._question.setProperty("role", "strong")
        self._said = PlainLabel(role="muted")
        self.yes_button = QPushButton(icon("yes"), "Yes")
        self.yes_button.setAccessibleName("Yes, this was helpful")
        self.yes_button.clicked.connect(self._on_yes)
        self.no_button = QPushButton(icon("no"), "No")
        self.no_button.setAccessibleName("No, this was not helpful")
        self.no_button.clicked.connect(self._on_no)
        self.change_button = QPushButton("Change")
        self.change_button.setProperty("kind", "quiet")
        self.change_button.setAccessibleName("Change what you said of this article")
        self.change_button.clicked.connect(self._on_change)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._question)
        top.addWidget(self.yes_button)
        top.addWidget(self.no_button)
        top.addWidget(self._said, 1)
        top.addWidget(self.change_button)
        top.addStretch()
        self._error = PlainLabel(role="error")
        self._error.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self._comment_box())
        column.addWidget(self._error)
        self.hide()

    def _comment_box(self) -> QFrame:
        self.comment = QPlainTextEdit()
        self.comment.setPlaceholderText("What was missing or wrong? The authors read it.")
        self.comment.setAccessibleName("What was missing or wrong")
        self.comment.setTabChangesFocus(True)
        self.comment.setFixedHeight(_COMMENT_HEIGHT)
        self.comment.textChanged.connect(self._on_typed)
        self.send_button = QPushButton("Send comment")
        self.send_button.clicked.connect(self._on_send)
        self.skip_button = QPushButton("No comment")
        self.skip_button.setProperty("kind", "quiet")
        self.skip_button.clicked.connect(self._on_skip)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.skip_button)
        foot.addWidget(self.send_button)
        self._box = QFrame()
        column = QVBoxLayout(self._box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.comment)
        column.addLayout(foot)
        return self._box

    # --- what is shown ------------------------------------------------------------------------

    @property
    def _place(self) -> str:
        return _place_of(self._article_id or 0)

    def _show(self) -> None:
        asks = self._asks or (self._own is None and not self._writes)
        self._question.setVisible(asks)
        self.yes_button.setVisible(asks)
        self.no_button.setVisible(asks)
        self._said.setText(self._words())
        self._said.setVisible(not asks)
        self.change_button.setVisible(not asks and not self._writes)
        self._box.setVisible(self._writes)
        self._show_send()

    def _words(self) -> str:
        thanks = "Thank you. " if self._thanks else ""
        if self._writes:
            told = self._own is False
            return "Thank you. Say more, if you like:" if told else "What was missing or wrong?"
        found = "found this helpful" if self._own else "did not find this helpful"
        return f"{thanks}You {found}."

    def _show_send(self) -> None:
        length = len(self.comment.toPlainText().strip())
        self.send_button.setEnabled(0 < length <= _COMMENT_LIMIT and not self.is_busy)
        if length > _COMMENT_LIMIT:
            over = f"{length:,} characters; at most {_COMMENT_LIMIT:,} fit. Shorten it, please."
            self._error.setText(over)
            self._error.show()

    def _set_busy(self, *, busy: bool) -> None:
        for button in (self.yes_button, self.no_button, self.skip_button):
            button.setEnabled(not busy)

    def _on_yes(self) -> None:
        self._set_busy(busy=True)
        self.rated.emit(True, "")

    def _on_no(self) -> None:
        self._writes, self._asks, self._thanks = True, False, False
        if self._own is not False:
            # Said at once: many go away without a word more. Said again it would take a comment
            # of before away.
            self._set_busy(busy=True)
            self.rated.emit(False, "")
        self._show()
        self.comment.setFocus()

    def _on_change(self) -> None:
        self._asks, self._thanks = True, False
        self._show()
        self.yes_button.setFocus()

    def _on_send(self) -> None:
        comment = self.comment.toPlainText().strip()
        if self.send_button.isEnabled():
            self._set_busy(busy=True)
            self._show_send()
            self.rated.emit(False, comment)

    def _on_skip(self) -> None:
        self.comment.clear()
        self._writes, self._thanks = False, True
        self._error.hide()
        self._show()

    def _on_typed(self) -> None:
        self._drafts.keep(self._place, {"comment": self.comment.toPlainText()})
        self._error.hide()
        self._show_send()


def _place_of(article_id: int) -> str:
    return f"rating-{article_id}"
