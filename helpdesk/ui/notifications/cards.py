# SPDX-License-Identifier: GPL-3.0-or-later
"""Cards at the upper right of the window for what has just come; they never take the focus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PyQt5.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QPainter, QPaintEvent
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.notifications import NotificationView
from helpdesk.ui.icons import icon
from helpdesk.ui.navigation import COMPACT_BELOW
from helpdesk.ui.notifications.row_delegate import ROUND, paint_picture
from helpdesk.ui.notifications.words import picture_of, spoken
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.plain_label import PlainLabel

MOST: Final = 3
SHOWN_MS: Final = 8_000
_WIDTH = 360
_MARGIN, _BETWEEN = 16, 8
_BELOW_HEADING, _BELOW_HIGH_HEADING = 66, 112
"""The buttons at the top of a page stay free; in a narrow window they stand in a second line."""
_TITLE_LINES, _LINES = 3, 2


class Card(QPushButton):
    """One notification; a click opens its ticket. What is not urgent goes by itself."""

    wanted = pyqtSignal()
    """Somebody wants to see what it is about."""
    closed = pyqtSignal()
    """Somebody closed it, or its time is over."""

    def __init__(self, notification: NotificationView, clock: Clock, parent: QWidget) -> None:
        """Show a notification on a window; `start` begins to count the time."""
        super().__init__(parent)
        self.notification = notification
        self._clock = clock
        self.setProperty("kind", "card")
        self.setProperty("urgent", notification.urgent)
        self.setAutoDefault(False)
        self.setCursor(Qt.PointingHandCursor)
        self.setFixedWidth(_WIDTH)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self.closed)
        self._build()
        self.clicked.connect(lambda: self.wanted.emit())

    @property
    def is_counting(self) -> bool:
        """Whether its time is running."""
        return self._timer.isActive()

    def start(self) -> None:
        """Count its time, unless it is urgent, looked at or nobody could see it."""
        looked_at = self.underMouse() or self.hasFocus() or self.close_button.hasFocus()
        if not self.notification.urgent and not looked_at and self.window().isActiveWindow():
            self._timer.start()

    def stop(self) -> None:
        """Stay for now."""
        self._timer.stop()

    def announce(self) -> None:
        """Say it to those who cannot see it: a name that changes is read out."""
        self.setAccessibleName(spoken(self.notification, self._clock()))

    def sizeHint(self) -> QSize:
        """Return the room that the words take."""
        return QSize(_WIDTH, self.layout().totalHeightForWidth(_WIDTH))

    def enterEvent(self, event: QEvent) -> None:
        """Wait while the pointer is here."""
        super().enterEvent(event)
        self.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """Count anew."""
        super().leaveEvent(event)
        self.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait while the keyboard is here."""
        if event.type() == QEvent.FocusIn:
            self.stop()
        elif event.type() == QEvent.FocusOut:
            self.start()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Return too, close with Escape."""
        if event.key() == Qt.Key_Escape:
            self.closed.emit()
        elif event.key() in (Qt.Key_Return, Qt.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        said = self.notification
        picture = _Picture(said)
        self.close_button = QToolButton()
        self.close_button.setIcon(icon("close"))
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.setAccessibleName(f"Close: {said.title}")
        self.close_button.setToolTip("Close; it stays in the list")
        self.close_button.setFocusPolicy(Qt.StrongFocus)
        self.close_button.clicked.connect(self.closed)
        for each in (self, self.close_button):
            each.installEventFilter(self)
        words = QVBoxLayout()
        words.setSpacing(3)
        for text, role in ((said.title, "strong"), (said.text, "muted"), (said.why, "secondary")):
            if text:
                words.addWidget(_line(text, role))
        if said.urgent:
            chip = Chip("Urgent", "urgent")
            chip.setAttribute(Qt.WA_TransparentForMouseEvents)
            words.addSpacing(3)
            words.addWidget(chip, 0, Qt.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 12, 8, 12)
        row.setSpacing(12)
        row.addWidget(picture, 0, Qt.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.close_button, 0, Qt.AlignTop)


class CardStack(QObject):
    """Shows at most three cards; how many more came is said below them."""

    ticket_wanted = pyqtSignal(object)
    """The ``NotificationView`` of a card that was clicked."""
    list_wanted = pyqtSignal()

    def __init__(self, window: QMainWindow, clock: Clock) -> None:
        """Stand on a window, and follow its size."""
        super().__init__(window)
        self._window = window
        self._clock = clock
        self._waiting = 0
        self._coming: list[NotificationView] = []
        self.cards: list[Card] = []
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._add_next)
        self.more_button = QPushButton(window)
        self.more_button.setProperty("kind", "more")
        self.more_button.setAutoDefault(False)
        self.more_button.setCursor(Qt.PointingHandCursor)
        self.more_button.clicked.connect(self._on_more)
        self.more_button.hide()
        window.installEventFilter(self)

    def show(self, notifications: Sequence[NotificationView]) -> None:
        """Show what came, the oldest first; what is urgent is not pushed out by what is not."""
        shown = [card.notification for card in self.cards]
        wanted = [*shown, *self._coming, *notifications]
        while len(wanted) > MOST:
            wanted.remove(next((each for each in wanted if not each.urgent), wanted[0]))
            self._waiting += 1
        for card in [card for card in self.cards if card.notification not in wanted]:
            self._remove(card)
        # Dressing a card takes a while, and nothing is to wait for several at once.
        self._coming = [each for each in (*self._coming, *notifications) if each in wanted]
        self._add_next()

    @property
    def is_settled(self) -> bool:
        """Whether all cards are shown that are to be."""
        return not self._coming

    def forget(self, ids: Sequence[int]) -> None:
        """Take away what was read elsewhere."""
        self._coming = [each for each in self._coming if each.id not in ids]
        for card in [card for card in self.cards if card.notification.id in ids]:
            self._remove(card)
        self._arrange()

    def clear(self) -> None:
        """Take all away."""
        self._waiting = 0
        self._coming.clear()
        for card in list(self.cards):
            self._remove(card)
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep to the corner, and count no time in which nobody looks at the window."""
        if event.type() in (QEvent.Resize, QEvent.LayoutDirectionChange):
            self._arrange()
        elif event.type() == QEvent.WindowActivate:
            for card in self.cards:
                card.start()
        elif event.type() == QEvent.WindowDeactivate:
            for card in self.cards:
                card.stop()
        return False

    def _add_next(self) -> None:
        if self._coming:
            self._add(self._coming.pop(0))
            self._next.start()
        self._arrange()

    def _add(self, notification: NotificationView) -> None:
        card = Card(notification, self._clock, self._window)
        card.wanted.connect(lambda: self._on_wanted(card))
        card.closed.connect(lambda: self._on_closed(card))
        self.cards.append(card)
        card.show()
        card.announce()
        card.start()

    def _remove(self, card: Card) -> None:
        if card in self.cards:
            self.cards.remove(card)
            card.stop()
            card.hide()
            card.deleteLater()

    def _on_wanted(self, card: Card) -> None:
        self._on_closed(card)
        self.ticket_wanted.emit(card.notification)

    def _on_closed(self, card: Card) -> None:
        self._remove(card)
        if not self.cards:
            self._waiting = 0
        self._arrange()

    def _on_more(self) -> None:
        self.clear()
        self.list_wanted.emit()

    def _arrange(self) -> None:
        """Put the newest on top, below the headings of the pages."""
        is_narrow = self._window.width() < COMPACT_BELOW
        heading = _BELOW_HIGH_HEADING if is_narrow else _BELOW_HEADING
        top = self._window.menuBar().height() + heading
        for card in reversed(self.cards):
            self._put(card, top, card.sizeHint())
            top += card.height() + _BETWEEN
        self.more_button.setText(f"{self._waiting} more")
        self.more_button.setAccessibleName(f"{self._waiting} more notifications: show the list")
        self.more_button.setVisible(self._waiting > 0)
        self._put(self.more_button, top, self.more_button.sizeHint())

    def _put(self, widget: QWidget, top: int, size: QSize) -> None:
        left = self._window.width() - _MARGIN - size.width()
        if self._window.layoutDirection() == Qt.RightToLeft:
            left = _MARGIN
        widget.setGeometry(QRect(QPoint(left, top), size))
        widget.raise_()


class _Picture(QWidget):
    """The picture of a happening."""

    def __init__(self, notification: NotificationView) -> None:
        super().__init__()
        self._picture = picture_of(notification)
        self.setAttribute(Qt.WA_TransparentForMouseEvents)
        self.setFixedSize(ROUND, ROUND)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            paint_picture(painter, self.rect().adjusted(0, 0, -1, -1), *self._picture)


def _line(text: str, role: str) -> QLabel:
    lines = _TITLE_LINES if role == "strong" else _LINES
    label = PlainLabel(text, role, max_lines=lines)
    # The whole card is one thing to click.
    label.setTextInteractionFlags(Qt.NoTextInteraction)
    label.setAttribute(Qt.WA_TransparentForMouseEvents)
    return label
