# SPDX-License-Identifier: GPL-3.0-or-later
"""One chat channel on a card: what it is, when it was last posted to, and what can be done."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.notifications import ChatChannelView, MailTest
from helpdesk.ui.settings.mail.trial import TrialResult
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip
from helpdesk.ui.widgets.times import full_time, relative_time


class ChatRow(QFrame):
    """Shows a channel and tells what is wanted of it."""

    test_wanted = pyqtSignal()
    edit_wanted = pyqtSignal()
    remove_wanted = pyqtSignal()

    def __init__(self, clock: Clock, *, may_change: bool) -> None:
        """Begin empty."""
        super().__init__()
        self.setProperty("kind", "card")
        self._clock = clock
        self._name = ElidedLabel(role="strong")
        self._kind = Chip("", "accent")
        self._off = Chip("Off")
        self._place = PlainLabel(role="secondary")
        self._problem = PlainLabel(role="error")
        self.result = TrialResult()
        self.test_button = self._button("Test", self.test_wanted.emit)
        self.edit_button = self._button("Edit", self.edit_wanted.emit)
        self.remove_button = self._button("Remove", self.remove_wanted.emit)
        for button in (self.test_button, self.edit_button, self.remove_button):
            button.setEnabled(may_change)
        self._build()

    def show_channel(self, channel: ChatChannelView) -> None:
        """Show a channel."""
        self._name.setText(channel.name)
        self._kind.set_text(channel.kind.label)
        self._off.setVisible(not channel.active)
        at = channel.last_posted_at
        posted = f"last posted {relative_time(at, self._clock())}" if at else "nothing posted yet"
        place = channel.host if channel.has_url else "no address is kept"
        self._place.setText(f"{place} · {posted}")
        self._place.setToolTip(plain_tooltip(full_time(at)) if at else "")
        self._problem.setText(channel.problem)
        is_said = channel.problem == self.result.sentence
        self._problem.setVisible(bool(channel.problem) and not is_said)
        self.setAccessibleName(f"{channel.name}, {channel.kind.label}")
        for button, verb in (
            (self.test_button, "Test"),
            (self.edit_button, "Edit"),
            (self.remove_button, "Remove"),
        ):
            button.setAccessibleName(f"{verb} {channel.name}")

    def begin_test(self) -> None:
        """Show that a line is being posted."""
        self.test_button.setText("Posting…")
        self.test_button.setEnabled(False)
        self.result.hide()

    def show_test(self, test: MailTest) -> None:
        """Show what came of it."""
        self.test_button.setText("Test")
        self.test_button.setEnabled(True)
        self.result.show_result(test.works, test.sentence, test.steps)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._name)
        head.addWidget(self._kind)
        head.addWidget(self._off)
        head.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addLayout(head)
        words.addWidget(self._place)
        words.addWidget(self._problem)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addLayout(words, 1)
        for button in (self.test_button, self.edit_button, self.remove_button):
            row.addWidget(button, 0, Qt.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 14, 14, 14)
        column.setSpacing(10)
        column.addLayout(row)
        column.addWidget(self.result)

    @staticmethod
    def _button(text: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda: slot())
        return button
