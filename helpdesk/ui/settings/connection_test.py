# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries an endpoint as it is typed, before anything is saved, and offers what was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.assistant import (
    Answer,
    AssistantChange,
    ConnectionAsk,
    ConnectionReport,
)
from helpdesk.ui.ai_response_thread import AnswerFailed, Asked, Assistant
from helpdesk.ui.icons import icon
from helpdesk.ui.settings.figure_words import duration
from helpdesk.ui.widgets.plain_label import PlainLabel

_LINES = 3
_CANNOT = "The connection cannot be tried here; sign in again."
_NO_REPORT = "The endpoint was tried, but nothing was told of it; try again."


class ConnectionTest(QWidget):
    """A button that tries and stops trying, and what came of it."""

    wanted = pyqtSignal()
    """The person wants to try; `try_out` does, once the form is in order."""
    models_found = pyqtSignal(tuple)
    taken = pyqtSignal(dict)
    """Settings that the endpoint suggests, and the person takes."""

    def __init__(self, assistant: Assistant, could_take: Callable[[str, object], bool]) -> None:
        """Ask through ``assistant``; ``could_take`` knows what would change the form."""
        super().__init__()
        self._assistant = assistant
        self._could_take = could_take
        self._asked: Asked | None = None
        self._offer: dict[str, Any] = {}
        self.button = QPushButton("Test connection")
        self.button.clicked.connect(self._on_clicked)
        self._progress = QLabel()
        self._progress.setProperty("role", "muted")
        self._sign = QLabel()
        self._sign.setFixedSize(18, 18)
        self._sentence = PlainLabel()
        self._details = PlainLabel(role="secondary", max_lines=_LINES)
        self.use_button = QPushButton("Use these")
        self.use_button.clicked.connect(self._on_use)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.button)
        row.addWidget(self._progress, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(row)
        column.addWidget(self._make_result())

    @property
    def sentence(self) -> str:
        """What came of the last try, empty where there was none."""
        return "" if self._result.isHidden() else str(self._sentence.text())

    @property
    def details(self) -> str:
        """What was found."""
        return str(self._details.text())

    @property
    def is_trying(self) -> bool:
        """Whether the endpoint is being tried."""
        return self._asked is not None

    def try_out(self, change: AssistantChange | None, host: str) -> None:
        """Try the endpoint with these changes to what is saved."""
        self.clear()
        self._progress.setText(f"Asking {host}…")
        self.button.setText("Stop")
        asked = self._assistant.ask(self, ConnectionAsk(settings=change))
        if asked.over:
            self._show_failed(_CANNOT)
            return
        self._asked = asked.then(self._on_answer).failed(self._on_failed)

    def clear(self) -> None:
        """Stop trying, and forget what came of it: it was about other settings."""
        if self._asked is not None:
            self._asked.cancel()
        self._rest()
        self._result.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Stop on Escape."""
        if event.key() == Qt.Key_Escape and self.is_trying:
            self._stop()
        else:
            super().keyPressEvent(event)

    def _make_result(self) -> QFrame:
        self._result = QFrame()
        self._result.setProperty("kind", "raised")
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._sentence)
        words.addWidget(self._details)
        row = QHBoxLayout(self._result)
        row.setContentsMargins(14, 12, 14, 12)
        row.setSpacing(10)
        row.addWidget(self._sign, 0, Qt.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.use_button, 0, Qt.AlignVCenter)
        self._result.hide()
        return self._result

    def _on_clicked(self) -> None:
        if self.is_trying:
            self._stop()
        else:
            self.wanted.emit()

    def _stop(self) -> None:
        self.clear()
        self._progress.setText("Stopped.")

    def _rest(self) -> None:
        self._asked = None
        self._progress.clear()
        self.button.setText("Test connection")

    def _on_answer(self, answer: Answer) -> None:
        report = answer.report
        if report is None:
            self._show_failed(_NO_REPORT)
            return
        self._offer = {
            name: value for name, value in _offered(report).items() if self._could_take(name, value)
        }
        self._show(report.ok, report.sentence, "\n".join(_found(report)))
        self.models_found.emit(report.models)

    def _on_failed(self, error: AnswerFailed) -> None:
        self._show_failed(str(error))

    def _show_failed(self, sentence: str) -> None:
        self._offer = {}
        self._show(False, sentence, "")

    def _show(self, is_good: bool, sentence: str, details: str) -> None:
        self._rest()
        sign = icon("check", "ink_success") if is_good else icon("alert", "ink_urgent")
        self._sign.setPixmap(sign.pixmap(18, 18))
        self._sentence.setText(sentence)
        self._details.setText(details)
        self._details.setVisible(bool(details))
        self.use_button.setVisible(bool(self._offer))
        self._result.setAccessibleName(sentence)
        self._result.show()

    def _on_use(self) -> None:
        self.use_button.hide()
        self.taken.emit(self._offer)


def _offered(report: ConnectionReport) -> dict[str, Any]:
    """Return the settings that a report suggests."""
    found: dict[str, Any] = {}
    if not _was_reached(report):
        return found
    if report.dialect is not None:
        found["dialect"] = report.dialect
    if report.context_tokens is not None:
        found["context_tokens"] = report.context_tokens
    if len(report.models) == 1:
        found["model"] = report.models[0]
    return found


def _found(report: ConnectionReport) -> list[str]:
    """Return what a report found, in lines."""
    if not _was_reached(report):
        return []
    facts = []
    if report.dialect is not None:
        facts.append(f"Kind: {report.dialect.label}")
    if report.context_tokens is not None:
        facts.append(f"Context: {report.context_tokens:,} tokens")
    if report.first_ms is not None:
        facts.append(f"First word after {duration(report.first_ms)}")
    lines = [" · ".join(facts)] if facts else []
    if report.models:
        lines.append(f"Models: {', '.join(report.models)}")
    return lines


def _was_reached(report: ConnectionReport) -> bool:
    """Whether an endpoint answered; otherwise its kind is only what the settings say."""
    return report.ok or bool(report.models)
