# SPDX-License-Identifier: GPL-3.0-or-later
"""The assistant: ask, read the answer with what it rests on, and hand over where it ends."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QByteArray, Qt, pyqtSignal
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QHBoxLayout, QSplitter

from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.assistant import ConversationRow
from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.chat.conversation_list import ConversationList
from helpdesk.ui.chat.conversation_pane import ConversationPane
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.question import Question

_NAME = "assistant"
_LIST_WIDTH, _PANE_WIDTH = 240, 900
_LEAST_LIST, _LEAST_PANE = 180, 380
_NARROW = 1100
"""Below this width of the window the list makes room; a button brings it back."""


class AIAssistantTab(BaseTab):
    """Earlier conversations left, the one that is open right."""

    ticket_wanted = pyqtSignal(int)
    article_wanted = pyqtSignal(int)
    search_wanted = pyqtSignal(str)
    """Somebody wants to search the knowledge base for these words."""

    def __init__(self, desktop: Desktop) -> None:
        """Show the conversation of the last time."""
        super().__init__(desktop)
        self.setObjectName("page")
        self._is_narrow = False
        self._rows: tuple[ConversationRow, ...] = ()
        self._build()
        kept = str(self._remembered("conversation") or "")
        self.open(int(kept) if kept.isdecimal() else None)
        self._load()

    def refresh(self) -> None:
        """Load the list and the conversation again."""
        self._load()
        self.pane.refresh()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to conversations, and to the news that anything may have changed."""
        return kind == "conversation" or not ids

    def open(self, conversation_id: int | None) -> None:
        """Show a conversation, or an empty page to begin one."""
        self.list.mark(conversation_id)
        self.pane.open(conversation_id)
        self._remember("conversation", str(conversation_id or ""))
        if self._is_narrow:
            self._show_list(shown=False)

    def new_conversation(self) -> None:
        """Begin anew; what is typed in the other one stays there."""
        self.open(None)
        self.pane.focus_first()

    def focus_first(self) -> None:
        """Begin where one types."""
        self.pane.focus_first()

    def act(self, key: str) -> bool:
        """Do what a single key stands for here; return whether it stands for anything."""
        if key == "/":
            self.pane.focus_first()
        elif key in ("J", "K"):
            self.list.step(1 if key == "J" else -1)
        else:
            return False
        return True

    def save_state(self) -> None:
        """Keep the widths."""
        if not self._is_narrow:
            self._remember("splitter", self._splitter.saveState())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the conversation the room where there is little."""
        super().resizeEvent(event)
        is_narrow = self.window().width() < _NARROW
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self.pane.head.list_button.setVisible(is_narrow)
            self._show_list(shown=not is_narrow)

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.list = ConversationList(self.desktop.clock)
        self.list.setMinimumWidth(_LEAST_LIST)
        self.list.chosen.connect(self.open)
        self.list.new_wanted.connect(self.new_conversation)
        self.list.delete_wanted.connect(self.ask_to_delete)
        self.list.retry_wanted.connect(self._load)
        self.pane = ConversationPane(self.desktop)
        self.pane.setMinimumWidth(_LEAST_PANE)
        self.pane.article_wanted.connect(self.article_wanted)
        self.pane.ticket_wanted.connect(self.ticket_wanted)
        self.pane.search_wanted.connect(self.search_wanted)
        self.pane.said.connect(self.said)
        self.pane.begun.connect(self._on_begun)
        self.pane.gone.connect(lambda: self.open(None))
        self.pane.changed.connect(self._load)
        self.pane.head.list_wanted.connect(lambda: self._show_list(shown=self.list.isHidden()))
        self.pane.head.delete_wanted.connect(self._on_delete_wanted)
        self._splitter = QSplitter(Qt.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.list)
        self._splitter.addWidget(self.pane)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([_LIST_WIDTH, _PANE_WIDTH])
        sizes = self._remembered("splitter")
        if isinstance(sizes, QByteArray):
            self._splitter.restoreState(sizes)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._splitter)

    def _show_list(self, *, shown: bool) -> None:
        self.list.setVisible(shown)
        self.pane.head.list_button.setChecked(shown)

    def _remembered(self, name: str) -> object:
        return self.desktop.state.value(self.desktop.own(f"{_NAME}/{name}"))

    def _remember(self, name: str, value: object) -> None:
        self.desktop.state.setValue(self.desktop.own(f"{_NAME}/{name}"), value)

    # --- the list -----------------------------------------------------------------------------

    def _load(self) -> None:
        background, assistant = self.desktop.background, self.desktop.desk.assistant
        job = background.latest(self, assistant.conversations)
        job.then(self._on_rows).failed(self._on_failed)
        background.latest(self, assistant.status).then(self.pane.show_status).failed(lambda _: None)

    def _on_rows(self, rows: Sequence[ConversationRow]) -> None:
        self._rows = tuple(rows)
        self.list.show_rows(rows)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, Unreachable):
            self.desktop.feed.fell_behind()
        self.list.show_failed(sentence_of(error))

    def _on_begun(self, conversation_id: int) -> None:
        self._remember("conversation", str(conversation_id))
        self.list.mark(conversation_id)
        self._load()

    # --- deleting -----------------------------------------------------------------------------

    def ask_to_delete(self, row: ConversationRow) -> Question:
        """Delete a conversation, after one question: it cannot be brought back."""
        question = Question(
            "Delete the conversation?",
            row.title,
            "It cannot be brought back. A ticket that was made of it stays.",
            "Delete",
            "Keep",
            self.window(),
        )
        question.agreed.connect(lambda: self._delete(row.id))
        question.open()
        return question

    def _on_delete_wanted(self) -> None:
        row = next((r for r in self._rows if r.id == self.pane.conversation_id), None)
        if row is not None:
            self.ask_to_delete(row)

    def _delete(self, conversation_id: int) -> None:
        job = self.run(self.desktop.desk.assistant.delete_conversation, conversation_id)
        job.then(lambda _: self._on_deleted(conversation_id))
        job.failed(lambda error: self.said.emit(sentence_of(error)))

    def _on_deleted(self, conversation_id: int) -> None:
        self.pane.forget(conversation_id)
        if self.pane.conversation_id == conversation_id:
            self.new_conversation()
        self.said.emit("The conversation was deleted.")
        self._load()
