# SPDX-License-Identifier: GPL-3.0-or-later
"""The line in which somebody says in words which tickets they want to see."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.assistant import Answer, FilterAnswer, FilterAsk
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.schemas.triage import Origin
from helpdesk.ui.ai_response_thread import AnswerFailed, Asked
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.plain_label import PlainLabel

_LIMIT = 500
_SHOWN_WORDS = 80
_NOT_THERE = "Words cannot be read here; use the filters below."


class FilterWords(QWidget):
    """Asks what words mean as a filter. What comes back is a ``TicketQuery`` and nothing else."""

    named = pyqtSignal(dict)
    """What the people are called that the filter names, by their ids."""
    understood = pyqtSignal(object)
    """The ``TicketQuery`` that the words stand for."""
    text_wanted = pyqtSignal(str)
    """The person wants to search for the words that stand for no filter."""
    left = pyqtSignal()
    """The person closed the line."""
    left_downwards = pyqtSignal()
    """The person went on to the list."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin closed."""
        super().__init__()
        self._desktop = desktop
        self._asked: Asked | None = None
        self._rest = ""
        self._build()
        self._show_busy(busy=False)
        self.hide()

    @property
    def said(self) -> str:
        """The sentence below the line, empty when there is none."""
        return "" if self._sentence.isHidden() else self._sentence.text()

    def open_line(self) -> None:
        """Show the line, to type into."""
        self.button.setChecked(True)
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def close_line(self) -> None:
        """Hide the line; what was typed stays for the next time."""
        self.stop()
        self._say("")
        self.button.setChecked(False)
        self.hide()

    def stop(self) -> None:
        """Ask no more."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None
        self._show_busy(busy=False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask on Enter, stop or close on Escape, and go to the list on Down."""
        if event.type() == QEvent.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key_Return, Qt.Key_Enter):
                self._ask()
                return True
            if event.key() == Qt.Key_Escape:
                self._on_escape()
                return True
            if event.key() == Qt.Key_Down:
                self.left_downwards.emit()
                return True
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self.button = QPushButton("In words\u2026")
        self.button.setProperty("kind", "quiet")
        self.button.setCheckable(True)
        self.button.setToolTip("Say in words which tickets to show (W)")
        self.button.clicked.connect(self._on_button)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Urgent printing tickets from last week that nobody has")
        self.field.setAccessibleName("Say in words which tickets to show")
        self.field.setToolTip("Enter shows them, Escape closes the line")
        self.field.setMaxLength(_LIMIT)
        self.field.addAction(icon("assistant"), QLineEdit.LeadingPosition)
        self.field.installEventFilter(self)
        self.stop_button = QPushButton("Stop")
        self.stop_button.setToolTip("Esc")
        self.stop_button.clicked.connect(self._on_escape)
        self._sentence = PlainLabel(role="secondary")
        self.text_button = QPushButton("Search for it")
        self.retry_button = QPushButton("Retry")
        for button in (self.text_button, self.retry_button):
            button.setProperty("kind", "link")
        self.text_button.clicked.connect(self._on_text_wanted)
        self.retry_button.clicked.connect(self._ask)
        top, below = QHBoxLayout(), QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.field, 1)
        top.addWidget(self.stop_button)
        below.setSpacing(6)
        below.addWidget(self._sentence, 1)
        below.addWidget(self.text_button, 0, Qt.AlignTop)
        below.addWidget(self.retry_button, 0, Qt.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addLayout(below)
        self._say("")

    def _ask(self) -> None:
        text = self.field.text()
        if not text.strip():
            return
        self.stop()
        self._say("Reading your words\u2026")
        self._show_busy(busy=True)
        asked = self._desktop.assistant.ask(self, FilterAsk(text=text))
        asked.then(self._on_answer).failed(self._on_failed)
        self._asked = asked
        if asked.over:
            # There is nobody to ask, and nobody will call back.
            self.stop()
            self._say(_NOT_THERE)

    def _on_answer(self, answer: Answer) -> None:
        self._asked = None
        self._show_busy(busy=False)
        read = answer.filter or FilterAnswer(query=TicketQuery(), not_understood=self.field.text())
        self._rest = " ".join(read.not_understood.split())
        if self._rest and not _narrows(read.query):
            self._say("None of it could be read as a filter.", answer.notice, rest=True)
            return
        sentences = [f"Not understood: \u201c{_short(self._rest)}\u201d."] if self._rest else []
        if answer.origin is Origin.MODEL:
            sentences.append("Read by the model.")
        self._say(*sentences, answer.notice, rest=bool(self._rest))
        self.named.emit({each.id: each.full_name for each in read.people})
        self.understood.emit(read.query)

    def _on_failed(self, error: AnswerFailed) -> None:
        self._asked = None
        self._show_busy(busy=False)
        self._say(str(error))
        self.retry_button.setVisible(error.retry_possible)

    def _on_button(self, opens: bool) -> None:
        if opens:
            self.open_line()
        else:
            self.close_line()

    def _on_text_wanted(self) -> None:
        rest, self._rest = self._rest, ""
        self._say("")
        self.text_wanted.emit(rest)

    def _on_escape(self) -> None:
        if self._asked is None:
            self.close_line()
            self.left.emit()
        else:
            self.stop()
            self._say("Stopped; the list is as it was.")

    def _say(self, *sentences: str, rest: bool = False) -> None:
        said = " ".join(each for each in sentences if each)
        self._sentence.setText(said)
        self._sentence.setVisible(bool(said))
        self.text_button.setVisible(rest)
        self.text_button.setAccessibleName(f"Search for {_short(self._rest)}" if rest else "")
        self.retry_button.hide()

    def _show_busy(self, *, busy: bool) -> None:
        had_focus = self.stop_button.hasFocus()
        self.stop_button.setVisible(busy)
        if had_focus and not busy:
            self.field.setFocus()


def _narrows(query: TicketQuery) -> bool:
    return query.model_copy(update={"sort": TicketQuery().sort, "limit": 50}) != TicketQuery()


def _short(words: str) -> str:
    return words if len(words) <= _SHOWN_WORDS else f"{words[:_SHOWN_WORDS].rstrip()}\u2026"
