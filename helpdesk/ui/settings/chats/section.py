# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which an admin names the chat channels that rules can post to."""

from __future__ import annotations

from functools import partial

from PyQt5.QtWidgets import QPushButton, QVBoxLayout

from helpdesk.core.schemas.notifications import ChatChannelView, MailTest
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.chats.dialog import ChatDialog
from helpdesk.ui.settings.chats.row import ChatRow
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import CHATS
from helpdesk.ui.widgets.question import Question

_NONE = "There are no chat channels yet"
_FIRST = (
    "Add one, and rules can post there, such as when a ticket is overdue. Its address comes from"
    " Slack, Microsoft Teams or Discord."
)


class ChatsSection(Section):
    """One card for each channel."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, CHATS)
        self._is_loaded = False
        self.rows: dict[int, ChatRow] = {}
        self._channels: dict[int, ChatChannelView] = {}
        self.add_button = QPushButton("Add channel")
        self.add_button.setProperty("kind", "primary")
        self.add_button.clicked.connect(self._on_add)
        self.add_button.setEnabled(not desktop.info.read_only)
        self.head.addWidget(self.add_button)
        self._list = QVBoxLayout()
        self._list.setSpacing(12)
        self.body.addLayout(self._list)
        self.body.addStretch(1)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to channels."""
        return kind == "channel"

    def load(self) -> None:
        """Ask the desk for the channels."""
        if not self._is_loaded:
            self.states.show_loading()
        job = self.desktop.background.latest(self, self.desktop.desk.channels.chats)
        job.then(self._show).failed(self._on_not_loaded)

    def reveal(self, key: str) -> None:
        """Put the focus where a channel is added."""
        self.add_button.setFocus()

    def _show(self, channels: tuple[ChatChannelView, ...]) -> None:
        self._is_loaded = True
        self._channels = {each.id: each for each in channels}
        for gone in self.rows.keys() - self._channels.keys():
            row = self.rows.pop(gone)
            row.hide()
            row.deleteLater()
        for channel in channels:
            self._row(channel.id).show_channel(channel)
        if channels:
            self.states.show_content()
        elif self.desktop.info.read_only:
            self.states.show_empty(_NONE, "This desk can only be read at the moment.")
        else:
            self.states.show_empty(_NONE, _FIRST, "Add channel", self._on_add)

    def _row(self, channel_id: int) -> ChatRow:
        row = self.rows.get(channel_id)
        if row is None:
            may_change = not self.desktop.info.read_only
            row = self.rows[channel_id] = ChatRow(self.desktop.clock, may_change=may_change)
            row.test_wanted.connect(partial(self._on_test, channel_id))
            row.edit_wanted.connect(partial(self._on_edit, channel_id))
            row.remove_wanted.connect(partial(self._on_remove, channel_id))
            self._list.addWidget(row)
        return row

    def _on_not_loaded(self, error: Exception) -> None:
        if self._is_loaded:
            self.banner.show_error(sentence_of(error), "Retry", self.load)
        else:
            self.states.show_failed(sentence_of(error), self.load)

    def _on_add(self) -> None:
        dialog = ChatDialog(self.desktop, None, self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_edit(self, channel_id: int) -> None:
        dialog = ChatDialog(self.desktop, self._channels[channel_id], self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, channel: ChatChannelView) -> None:
        self.said.emit(f"{channel.name} was saved.")
        self.load()

    def _on_test(self, channel_id: int) -> None:
        self.rows[channel_id].begin_test()
        test = self.desktop.desk.channels.test_chat
        job = self.desktop.background.run(self, test, channel_id)
        job.then(partial(self._show_test, channel_id))
        job.failed(partial(self._on_not_tested, channel_id))

    def _show_test(self, channel_id: int, test: MailTest) -> None:
        row = self.rows.get(channel_id)
        if row is not None:
            row.show_test(test)
        self.load()

    def _on_not_tested(self, channel_id: int, error: Exception) -> None:
        self._show_test(channel_id, MailTest(works=False, sentence=sentence_of(error), steps=()))

    def _on_remove(self, channel_id: int) -> None:
        channel = self._channels[channel_id]
        question = Question(
            "Remove this channel?",
            channel.name,
            "Its address is forgotten, and rules that post to it post there no longer.",
            "Remove",
            "Keep it",
            self,
        )
        question.agreed.connect(partial(self._remove, channel))
        question.open()

    def _remove(self, channel: ChatChannelView) -> None:
        job = self.desktop.background.run(self, self.desktop.desk.channels.remove_chat, channel.id)
        job.then(lambda _: self._on_removed(channel)).failed(self._on_not_removed)

    def _on_removed(self, channel: ChatChannelView) -> None:
        self.said.emit(f"{channel.name} was removed.")
        self.load()

    def _on_not_removed(self, error: Exception) -> None:
        self.banner.show_error(sentence_of(error))
