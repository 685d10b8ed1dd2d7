# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer of the assistant as it comes in: with Stop, then to be used, repeated or closed."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeySequence, QResizeEvent, QTextCursor
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QShortcut,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.assistant import Answer, Ask, Judgement
from helpdesk.core.schemas.triage import Origin
from helpdesk.ui.ai_response_thread import AnswerFailed, Asked
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.assist.citation_row import CitationRow
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel

_MOST_HEIGHT, _LEAST_HEIGHT, _SLACK = 170, 44, 6
_OTHERS = 480
"""Pixels of a window's height that the reply and the headings take."""
_QUOTED = 80
_NOBODY = "The assistant cannot be asked from here."
NOTHING = "Nothing in the knowledge base or the history fits."


class AnswerCard(QFrame):
    """Asks one question at a time and shows what comes; what has come in is never lost by itself.

    Escape stops a running answer and closes one that is there.
    """

    used = pyqtSignal(object)
    """The ``Answer`` that the person wants to use."""
    toggled = pyqtSignal()
    """It has come, or gone."""
    closed = pyqtSignal()
    """The person closed it."""
    article_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop, name: str, use: str = "", close: str = "Close") -> None:
        """Begin hidden; ``use`` is what taking the answer over is called, if it can be."""
        super().__init__()
        self._desktop = desktop
        self._name = name
        self._can_use = bool(use)
        self._ask: Ask | None = None
        self._asked: Asked | None = None
        self._answer: Answer | None = None
        self._model = ""
        self.setProperty("kind", "suggestion")
        self._build(use, close)
        self.hide()

    @property
    def is_running(self) -> bool:
        """Whether an answer is still coming in."""
        return self._asked is not None and not self._asked.over

    @property
    def text(self) -> str:
        """What has come in."""
        return self.body.toPlainText()

    def ask(self, title: str, ask: Ask, *, model: str = "", before: str = "") -> None:
        """Ask, in place of what was asked here before."""
        self._give_up()
        self._ask, self._model = ask, model
        self._title.setText(title)
        self.setAccessibleName(title)
        self._before.setText(f"Before: {before}")
        self._before.setVisible(bool(before))
        self.show()
        self.toggled.emit()
        self._begin()
        self.stop_button.setFocus()

    def stop(self) -> None:
        """Let no more come in; what there is stays."""
        if self.is_running:
            self._give_up()
            self._say("Stopped.")
            self._show_buttons(retry=True)

    def close_answer(self) -> None:
        """Take the answer away, and end it if it is still coming in."""
        self._give_up()
        self.hide()
        self.toggled.emit()

    def say(self, sentence: str) -> None:
        """Say why the answer could not be used; it stays."""
        self._say(sentence, role="error")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the text as many lines as it needs at the new width."""
        super().resizeEvent(event)
        self._fit()

    # --- asking -------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._ask is None:
            return
        self._answer = None
        self.body.clear()
        self._citations.show_citations(())
        self._cautions.hide()
        self._origin.hide()
        self._say("Asking…")
        asked = self._desktop.assistant.ask(self, self._ask)
        self._asked = asked
        asked.sources(self._on_sources).text(self._on_text)
        asked.then(self._on_done).failed(self._on_failed)
        if asked.over:
            self._say(_NOBODY)
        self._show_buttons()
        self._fit()

    def _on_sources(self, answer: Answer) -> None:
        self._citations.show_citations(answer.citations)

    def _on_text(self, piece: str) -> None:
        if not self.text:
            self._say("Writing…")
        end = QTextCursor(self.body.document())
        end.movePosition(QTextCursor.End)
        end.insertText(piece)
        self._fit()

    def _on_done(self, answer: Answer) -> None:
        self._answer = answer
        if answer.text and answer.text != self.text:
            self.body.setPlainText(answer.text)
        self._citations.show_citations(answer.citations)
        self._show_cautions(answer)
        self._origin.set_text(_origin(answer, self._model))
        self._origin.setVisible(not answer.found_nothing)
        self._say(" ".join(_remarks(answer)))
        self._show_buttons()
        self._fit()

    def _on_failed(self, error: AnswerFailed) -> None:
        broke_off = "The answer broke off. " if self.text else ""
        self._say(f"{broke_off}{error}", role="error")
        self._show_buttons(retry=error.retry_possible)

    def _give_up(self) -> None:
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None

    # --- showing ------------------------------------------------------------------------------

    def _build(self, use: str, close: str) -> None:
        self._title = ElidedLabel(role="strong")
        self._origin = Chip("", "accent")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title, 1)
        head.addWidget(self._origin)
        self._before = PlainLabel(role="muted", max_lines=3)
        self.body = QPlainTextEdit()
        self.body.setReadOnly(True)
        self.body.setProperty("frameless", True)
        self.body.document().setDocumentMargin(0)
        self.body.setTabChangesFocus(True)
        self.body.setAccessibleName(self._name)
        self.body.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self._cautions = PlainLabel(role="high")
        self._citations = CitationRow()
        self._citations.article_wanted.connect(self.article_wanted)
        self._citations.ticket_wanted.connect(self.ticket_wanted)
        self._state = PlainLabel(role="secondary")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(6)
        column.addLayout(head)
        for widget in (self._before, self.body, self._cautions, self._citations, self._state):
            column.addWidget(widget)
        column.addWidget(self._foot(use, close))
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.setContext(Qt.WidgetWithChildrenShortcut)
        escape.activated.connect(self._on_escape)

    def _foot(self, use: str, close: str) -> QWidget:
        self.stop_button = _button("Stop", self.stop, "Esc")
        self.use_button = _button(use, self._on_use)
        self.retry_button = _button("Retry", self._on_retry)
        self.close_button = _button(close, self._on_close, "Esc")
        foot = QWidget()
        row = FlowLayout(8)
        foot.setLayout(row)
        for button in (self.stop_button, self.use_button, self.retry_button, self.close_button):
            row.addWidget(button)
        return foot

    def _show_buttons(self, *, retry: bool = False) -> None:
        focused: QWidget | None = self.window().focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        running = self.is_running
        self.stop_button.setVisible(running)
        is_usable = bool(self.text.strip()) and not (self._answer and self._answer.found_nothing)
        self.use_button.setVisible(self._can_use and not running and is_usable)
        self.retry_button.setVisible(not running and retry)
        if had_focus and not running:
            (self.use_button if self.use_button.isVisible() else self.close_button).setFocus()

    def _show_cautions(self, answer: Answer) -> None:
        lines = list(answer.cautions)
        lines += [
            f"Not found in the sources: “{_short(each.text)}”"
            for each in answer.sentences
            if not each.supported
        ]
        self._cautions.setText("\n".join(lines))
        self._cautions.setVisible(bool(lines))

    def _say(self, sentence: str, role: str = "secondary") -> None:
        if self._state.property("role") != role:
            self._state.setProperty("role", role)
            self._state.style().unpolish(self._state)
            self._state.style().polish(self._state)
        self._state.setText(sentence)
        self._state.setVisible(bool(sentence))

    def _fit(self) -> None:
        """Make the text as high as its lines, up to a height from which it scrolls."""
        lines = max(1, int(self.body.document().size().height()))
        height = lines * self.body.fontMetrics().lineSpacing() + _SLACK
        room = max(_LEAST_HEIGHT, (self.window().height() - _OTHERS) // 2)
        self.body.setVisible(bool(self.text))
        self.body.setFixedHeight(min(height, room, _MOST_HEIGHT))

    def _on_use(self) -> None:
        answer = self._answer or Answer(text=self.text)
        self._judge(accepted=True)
        self.used.emit(answer.model_copy(update={"text": self.text}))

    def _judge(self, *, accepted: bool) -> None:
        """Say whether the answer was of use; that it could not be said disturbs nobody."""
        answer, self._answer = self._answer, None
        if answer is None or answer.call_id is None or not self._can_use:
            return
        judge, judgement = self._desktop.desk.assistant.judge, Judgement(accepted=accepted)
        job = self._desktop.background.run(self, judge, answer.call_id, judgement)
        job.failed(lambda _error: None)

    def _on_retry(self) -> None:
        self._begin()
        self.stop_button.setFocus()

    def _on_escape(self) -> None:
        if self.is_running:
            self.stop()
        else:
            self._on_close()

    def _on_close(self) -> None:
        self._judge(accepted=False)
        self.close_answer()
        self.closed.emit()


def _button(text: str, action: Callable[[], None], tip: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.clicked.connect(lambda: action())
    return button


def _origin(answer: Answer, model: str) -> str:
    if answer.origin is Origin.MODEL:
        return f"From the model {model}".rstrip()
    if answer.origin is Origin.ARTICLES:
        return "From articles"
    return "From both" if answer.origin is Origin.BOTH else "From similar tickets"


def _remarks(answer: Answer) -> list[str]:
    remarks = [answer.notice] if answer.notice else []
    if answer.found_nothing:
        remarks.append(NOTHING)
    if answer.cut_off:
        remarks.append("The answer got too long and ends in the middle.")
    return remarks


def _short(text: str) -> str:
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"
