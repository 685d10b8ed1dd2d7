# SPDX-License-Identifier: GPL-3.0-or-later
"""A card beside the bell for what has just come; it never takes the focus, and folds into it."""

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
from helpdesk.ui.navigation import COMPACT_BELOW, COMPACT_WIDTH, WIDTH
from helpdesk.ui.notifications.row_delegate import ROUND, paint_picture
from helpdesk.ui.notifications.words import picture_of, spoken
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.plain_label import PlainLabel

SHOWN_MS: Final = 8_000
URGENT_SHOWN_MS: Final = 15_000
_WIDTH = 300
_MARGIN, _BETWEEN = 12, 8
_TITLE_LINES, _LINES = 3, 2


class Card(QPushButton):
    """One notification, or how many there are; it goes by itself, what is urgent later.

    A click opens the ticket of one, and the list of several.
    """

    wanted = pyqtSignal()
    """Somebody wants to see what it is about."""
    closed = pyqtSignal()
    """Somebody closed it."""
    expired = pyqtSignal()
    """Its time is over."""

    def __init__(self, told: tuple[NotificationView, ...], clock: Clock, parent: QWidget) -> None:
        """Tell of these, the newest last, on a window; `start` begins to count the time."""
        super().__init__(parent)
        self.told = told
        self.notification = notification = told[-1]
        self._clock = clock
        self.setProperty("kind", "card")
        self.setProperty("urgent", notification.urgent)
        self.setAutoDefault(False)
        self.setCursor(Qt.PointingHandCursor)
        self.setFixedWidth(_WIDTH)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(URGENT_SHOWN_MS if notification.urgent else SHOWN_MS)
        self._timer.timeout.connect(self.expired)
        self._build()
        self.clicked.connect(lambda: self.wanted.emit())

    @property
    def is_counting(self) -> bool:
        """Whether its time is running."""
        return self._timer.isActive()

    def start(self) -> None:
        """Count its time, unless it is looked at or nobody could see it."""
        looked_at = self.underMouse() or self.hasFocus() or self.close_button.hasFocus()
        if not looked_at and self.window().isActiveWindow():
            self._timer.start()

    def stop(self) -> None:
        """Stay for now."""
        self._timer.stop()

    def announce(self) -> None:
        """Say it to those who cannot see it: a name that changes is read out."""
        newest = spoken(self.notification, self._clock())
        number = len(self.told)
        self.setAccessibleName(newest if number == 1 else f"{_several(number)}. {newest}")

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
        said, number = self.notification, len(self.told)
        lines = (said.title, said.text, said.why)
        picture = _Picture(*picture_of(said))
        if number > 1:
            lines = (_several(number), f"The newest: {said.title}", "Click to see them all")
            picture = _Picture("alert", "urgent")
        self.close_button = QToolButton()
        self.close_button.setIcon(icon("close"))
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.setAccessibleName(f"Close: {lines[0]}")
        self.close_button.setToolTip("Close; it stays in the list")
        self.close_button.setFocusPolicy(Qt.StrongFocus)
        self.close_button.clicked.connect(self.closed)
        for each in (self, self.close_button):
            each.installEventFilter(self)
        words = QVBoxLayout()
        words.setSpacing(3)
        for text, role in zip(lines, ("strong", "muted", "secondary"), strict=True):
            if text:
                words.addWidget(_line(text, role))
        if said.urgent and number == 1:
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
    """Shows one card at a time, however much comes; all that is urgent shares one.

    What somebody works on is not to be buried: how much else came is said below the card.
    """

    ticket_wanted = pyqtSignal(object)
    """The ``NotificationView`` of a card that was clicked."""
    list_wanted = pyqtSignal()

    def __init__(self, window: QMainWindow, clock: Clock) -> None:
        """Stand on a window, and follow its size."""
        super().__init__(window)
        self._window = window
        self._clock = clock
        self._told: list[NotificationView] = []
        self._folded: set[int] = set()
        """What is urgent and was seen for its time: it waits in the bell."""
        self.cards: list[Card] = []
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setInterval(SHOWN_MS)
        self._fade.timeout.connect(self._on_expired)
        self.more_button = QPushButton(window)
        self.more_button.setProperty("kind", "more")
        self.more_button.setAutoDefault(False)
        self.more_button.setCursor(Qt.PointingHandCursor)
        self.more_button.clicked.connect(self._on_more)
        self.more_button.hide()
        window.installEventFilter(self)

    def show(self, notifications: Sequence[NotificationView]) -> None:
        """Show what came, the oldest first; what is urgent is not pushed out by what is not."""
        known = {each.id for each in self._told}
        self._told += [each for each in notifications if each.id not in known]
        self._renew()
        # What waits behind something urgent goes by itself, as its card would have.
        if any(not each.urgent for each in notifications) and self._urgent:
            self._fade.start()

    def about(self, ticket_id: int) -> tuple[NotificationView, ...]:
        """Return what is urgent about a ticket, on the card or folded into the bell."""
        return tuple(each for each in self._told if each.urgent and each.ticket_id == ticket_id)

    def forget(self, ids: Sequence[int]) -> None:
        """Take away what was read elsewhere."""
        self._told = [each for each in self._told if each.id not in ids]
        self._folded.difference_update(ids)
        self._renew()

    def clear(self) -> None:
        """Take all away."""
        self._told.clear()
        self._folded.clear()
        self._renew()

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

    @property
    def _urgent(self) -> list[NotificationView]:
        return [each for each in self._unfolded if each.urgent]

    @property
    def _unfolded(self) -> list[NotificationView]:
        return [each for each in self._told if each.id not in self._folded]

    @property
    def _shown(self) -> tuple[NotificationView, ...]:
        """What the card is to tell of: all that is urgent, or else the newest."""
        return tuple(self._urgent or self._unfolded[-1:])

    def _renew(self) -> None:
        """Leave the card as it is where it tells of the same still."""
        shown = self._shown
        if not self.cards or self.cards[0].told != shown:
            for card in list(self.cards):
                self._remove(card)
            if shown:
                self._add(shown)
        self._arrange()

    def _add(self, told: tuple[NotificationView, ...]) -> None:
        card = Card(told, self._clock, self._window)
        card.wanted.connect(lambda: self._on_wanted(card))
        card.closed.connect(lambda: self._on_closed(card))
        card.expired.connect(lambda: self._on_seen(card))
        self.cards.append(card)
        card.show()
        card.announce()
        card.start()

    def _remove(self, card: Card) -> None:
        self.cards.remove(card)
        card.stop()
        card.hide()
        card.deleteLater()

    def _on_wanted(self, card: Card) -> None:
        self._on_closed(card)
        if len(card.told) == 1:
            self.ticket_wanted.emit(card.notification)
        else:
            self.list_wanted.emit()

    def _on_closed(self, card: Card) -> None:
        self.forget([each.id for each in card.told])

    def _on_seen(self, card: Card) -> None:
        """Fold what was urgent into the bell; what was not is over."""
        self._folded.update(each.id for each in card.told if each.urgent)
        if card.notification.urgent:
            self._renew()
        else:
            self._on_expired()

    def _on_expired(self) -> None:
        self._told = [each for each in self._told if each.urgent]
        self._renew()

    def _on_more(self) -> None:
        self.clear()
        self.list_wanted.emit()

    def _arrange(self) -> None:
        """Put the card beside the bell, low enough to leave every toolbar free."""
        more = len(self._unfolded) - len(self._shown)
        bottom = self._window.height() - self._window.statusBar().height() - _MARGIN
        heights = [card.sizeHint().height() + _BETWEEN for card in self.cards]
        if more > 0:
            heights.append(self.more_button.sizeHint().height() + _BETWEEN)
        top = bottom + _BETWEEN - sum(heights)
        for card in self.cards:
            self._put(card, top, card.sizeHint())
            top += card.height() + _BETWEEN
        self.more_button.setText(f"{more} more")
        self.more_button.setAccessibleName(f"{more} more notifications: show the list")
        self.more_button.setVisible(more > 0)
        self._put(self.more_button, top, self.more_button.sizeHint())

    def _put(self, widget: QWidget, top: int, size: QSize) -> None:
        is_narrow = self._window.width() < COMPACT_BELOW
        left = (COMPACT_WIDTH if is_narrow else WIDTH) + _MARGIN
        if self._window.layoutDirection() == Qt.RightToLeft:
            left = self._window.width() - left - size.width()
        widget.setGeometry(QRect(QPoint(left, top), size))
        widget.raise_()


class _Picture(QWidget):
    """The picture of a happening."""

    def __init__(self, name: str, tone: Tone) -> None:
        super().__init__()
        self._picture = name, tone
        self.setAttribute(Qt.WA_TransparentForMouseEvents)
        self.setFixedSize(ROUND, ROUND)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            paint_picture(painter, self.rect().adjusted(0, 0, -1, -1), *self._picture)


def _several(number: int) -> str:
    return f"{number} urgent notifications"


def _line(text: str, role: str) -> QLabel:
    lines = _TITLE_LINES if role == "strong" else _LINES
    label = PlainLabel(text, role, max_lines=lines)
    # The whole card is one thing to click.
    label.setTextInteractionFlags(Qt.NoTextInteraction)
    label.setAttribute(Qt.WA_TransparentForMouseEvents)
    return label
