# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done while the server was away: what waits, what was refused, what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.ui.action_buttons import ActionButtons
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.link import Link
from helpdesk.ui.waiting_words import NOT_SENT, WAITING, dto_of, text_of, words_of
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import full_time, relative_time

if TYPE_CHECKING:
    from helpdesk.client.outbox import PendingAction

_WIDTH, _HEIGHT = 620, 460
_MINUTE_MS = 60_000
_TEXT_LINES, _TEXT_CHARACTERS = 2, 400


class OutboxDialog(Dialog):
    """One card for each action that waits or was refused, in the order they were done."""

    def __init__(self, desktop: Desktop, parent: QWidget) -> None:
        """Follow the desktop's link."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Waiting to be sent")
        self.resize(_WIDTH, _HEIGHT)
        self._link = desktop.link
        self._clock = desktop.clock
        self._cards: dict[str, _ActionCard] = {}
        self._explanation = PlainLabel(role="muted")
        self._states = StateView()
        self._states.set_content(self._rows())
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(self._explanation)
        column.addWidget(self._states, 1)
        column.addLayout(foot)
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(self._show)
        self._tick.start()
        self._link.changed.connect(self._show)
        self._link.connection_changed.connect(self._show)
        self._show()

    def _rows(self) -> QScrollArea:
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 4, 0)
        self._column.setSpacing(10)
        self._column.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.NoFocus)
        area.setWidget(inside)
        return area

    def _show(self) -> None:
        actions = self._link.actions
        self._explanation.setText(_explanation(self._link))
        self._explanation.setVisible(bool(actions))
        left = {action.id for action in actions}
        for gone in [id_ for id_ in self._cards if id_ not in left]:
            card = self._cards.pop(gone)
            card.hide()
            card.deleteLater()
        for position, action in enumerate(actions):
            self._card(position, action).show_action(action)
        if actions:
            self._states.show_content()
        else:
            self._states.show_empty(
                "Nothing waits",
                "Everything you wrote is with the server. What you send while there is no"
                " connection is kept here.",
            )

    def _card(self, position: int, action: PendingAction) -> _ActionCard:
        card = self._cards.get(action.id)
        if card is None:
            card = self._cards[action.id] = _ActionCard(self._link, self._clock)
            card.buttons.left.connect(self.accept)
            self._column.insertWidget(position, card)
        return card


class _ActionCard(QFrame):
    """An action in words, when it was done, why it was refused, and what can be done."""

    def __init__(self, link: Link, clock: Clock) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._link = link
        self._clock = clock
        self._title = ElidedLabel(role="strong")
        self._chip = Chip()
        self._when = QLabel()
        self._when.setProperty("role", "secondary")
        self._text = PlainLabel(role="muted", max_lines=_TEXT_LINES)
        self._reason = PlainLabel(role="error")
        self.buttons = ActionButtons(link)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title, 1)
        head.addWidget(self._when)
        head.addWidget(self._chip)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._text)
        column.addWidget(self._reason)
        column.addWidget(self.buttons)

    def show_action(self, action: PendingAction) -> None:
        """Show an action, or a later state of it."""
        refused = action.sentence is not None
        self._title.setText(words_of(action, self._link.categories))
        self._chip.set_text(NOT_SENT if refused else WAITING, "urgent" if refused else "warning")
        self._when.setText(relative_time(action.created_at, self._clock()))
        self._when.setToolTip(full_time(action.created_at))
        text = " ".join(_body(action).split())[:_TEXT_CHARACTERS]
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._reason.setText(action.sentence or "")
        self._reason.setVisible(refused)
        self.buttons.show_action(action)
        self.setAccessibleName(f"{self._title.text()}, {self._chip.text}")


def _body(action: PendingAction) -> str:
    """Return what the title does not say yet."""
    dto = dto_of(action)
    if isinstance(dto, NewTicket):
        return dto.description if dto.subject else ""
    return text_of(action)


def _explanation(link: Link) -> str:
    """Say what becomes of the actions, in the order of what has to be done."""
    said = []
    if link.waiting:
        when = "in a moment" if link.connection == "connected" else "as soon as the server answers"
        said.append(f"What waits is kept on this workstation and sent {when}.")
    if link.refusals:
        said.append("What was not taken stays here until you decide about it.")
    return " ".join(said)
