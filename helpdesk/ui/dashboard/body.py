# SPDX-License-Identifier: GPL-3.0-or-later
"""What all insides of cards share: they show figures, have parts, and open the tickets behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PyQt5.QtCore import QEvent, QPoint, QRectF, Qt, pyqtSignal
from PyQt5.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen
from PyQt5.QtWidgets import QToolTip, QWidget

from helpdesk.core.schemas.figures import Card, CardFigures
from helpdesk.ui import theme
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.numbers import Opening
from helpdesk.ui.widgets.plain_label import plain_tooltip

_PADDING, _NEAR = 8, 6


@dataclass(frozen=True)
class Part:
    """A number, point, bar or slice that the keyboard and the pointer reach."""

    words: str
    opening: Opening | None

    @property
    def told(self) -> str:
        """What is said of it, and which of its tickets it opens."""
        hint = self.opening.hint if self.opening is not None else ""
        return f"{self.words}; {hint}" if hint else self.words


class Body(QWidget):
    """The inside of a card; arrows go through its parts, Enter opens the tickets of one."""

    opened = pyqtSignal(object)
    """An ``Opening``: the tickets behind a number are wanted."""
    ticket_wanted = pyqtSignal(int)

    focus_changed = pyqtSignal()

    goes_down = False
    """Whether the parts stand below each other."""
    ages = False
    """Whether the same figures look otherwise after a while."""

    def __init__(self) -> None:
        """Begin without figures."""
        super().__init__()
        self.card: Card | None = None
        self.figures: CardFigures | None = None
        self.current = -1
        self._is_pressed = False
        self.setFocusPolicy(Qt.StrongFocus)
        self.setMouseTracking(True)
        theme.current().changed.connect(self.show_colours)

    def show_figures(self, card: Card, figures: CardFigures) -> None:
        """Show a card's figures in place of those before; the same ones are left as they stand."""
        if (self.card, self.figures) == (card, figures) and not self.ages:
            return
        self.card, self.figures = card, figures
        self.fill(card, figures)
        # What opens nothing is no button: it is reached by Tab, for its table, but not clicked.
        opens = any(part.opening is not None for part in self.parts())
        self.setFocusPolicy(Qt.StrongFocus if opens else Qt.TabFocus)
        self.current = min(self.current, len(self.parts()) - 1)
        self.name_itself()
        self.update()

    def fill(self, card: Card, figures: CardFigures) -> None:
        """Put the figures where they belong."""

    def show_colours(self) -> None:
        """Take the colours of the theme in use."""
        self.update()

    def parts(self) -> list[Part]:
        """Return what can be reached and opened, in the order of reading."""
        return []

    def part_at(self, place: QPoint) -> int:
        """Return the part under a point, or -1."""
        return -1

    def part_area(self, at: int) -> QRectF:
        """Return where a part is."""
        return QRectF(self.rect())

    def name_itself(self) -> None:
        """Say to a screen reader what is shown, and which part of it has the focus."""
        if self.card is None:
            return
        parts = self.parts()
        said = words.title_of(self.card)
        if 0 <= self.current < len(parts):
            said = f"{said}. {parts[self.current].told}, {self.current + 1} of {len(parts)}"
        elif parts:
            said = f"{said}. {'. '.join(part.told for part in parts[:3])}"
        self.setAccessibleName(said)

    def choose(self, at: int) -> None:
        """Put the focus on a part."""
        self.current = at
        self.name_itself()
        self.update()

    def open_part(self, at: int) -> None:
        """Ask for the tickets behind a part."""
        parts = self.parts()
        if 0 <= at < len(parts) and (opening := parts[at].opening) is not None:
            self.choose(at)
            self.opened.emit(opening)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move to the next part, or leave the key to the card where there is none."""
        if event.key() in (Qt.Key_Return, Qt.Key_Enter, Qt.Key_Space):
            self.open_part(max(self.current, 0))
            return
        step = self._step(event.key())
        goal = self.current + step
        if step and not event.modifiers() & ~Qt.KeypadModifier and 0 <= goal < len(self.parts()):
            self.choose(goal)
            return
        event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin at the first part."""
        if self.current < 0 and self.parts():
            self.current = 0
            self.name_itself()
        self.update()
        self.focus_changed.emit()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self.update()
        self.focus_changed.emit()
        super().focusOutEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what is under the pointer, and that it can be opened."""
        at = self.part_at(event.pos())
        parts = self.parts()
        found = parts[at] if 0 <= at < len(parts) else None
        opens = found is not None and found.opening is not None
        self.setCursor(Qt.PointingHandCursor if opens else Qt.ArrowCursor)
        self.hover(at)
        if found is not None:
            QToolTip.showText(event.globalPos(), plain_tooltip(found.told), self)
        else:
            QToolTip.hideText()

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing any more."""
        self.hover(-1)
        super().leaveEvent(event)

    def hover(self, at: int) -> None:
        """Show which part the pointer is on."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take note of where a click begins."""
        self._is_pressed = event.button() == Qt.LeftButton
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open what was clicked, not what the end of a click elsewhere falls upon."""
        was_pressed, self._is_pressed = self._is_pressed, False
        is_here = event.button() == Qt.LeftButton and self.rect().contains(event.pos())
        if is_here and was_pressed:
            self.open_part(self.part_at(event.pos()))

    def _step(self, key: int) -> int:
        if self.goes_down:
            return {int(Qt.Key_Up): -1, int(Qt.Key_Down): 1}.get(key, 0)
        step = {int(Qt.Key_Left): -1, int(Qt.Key_Right): 1}.get(key, 0)
        return -step if self.isRightToLeft() else step


@contextmanager
def painting(widget: QWidget) -> Iterator[QPainter]:
    """Paint in a widget whose own code mirrors what has to be: a painter would do so again."""
    with QPainter(widget) as painter:
        painter.setLayoutDirection(Qt.LeftToRight)
        painter.setRenderHint(QPainter.Antialiasing)
        yield painter


def paint_callout(painter: QPainter, about: QRectF, room: QRectF, text: str) -> None:
    """Paint what a part says beside it: the keyboard has no pointer to hold over it."""
    look = theme.current()
    metrics = QFontMetrics(look.font("secondary"))
    width = min(metrics.horizontalAdvance(text) + 2 * _PADDING, room.width())
    height = metrics.height() + _PADDING
    left = max(room.left(), min(about.center().x() - width / 2, room.right() - width))
    above = about.top() - height - _NEAR
    top = above if above >= room.top() else min(about.bottom() + _NEAR, room.bottom() - height)
    box = QRectF(left, top, width, height)
    painter.setPen(QPen(look.colour("navigation_selected"), 1))
    painter.setBrush(look.colour("navigation"))
    painter.drawRoundedRect(box, theme.CHIP_RADIUS, theme.CHIP_RADIUS)
    painter.setFont(look.font("secondary"))
    painter.setPen(look.colour("navigation_strong"))
    shown = metrics.elidedText(text, Qt.ElideRight, int(width - _PADDING))
    painter.drawText(box, int(Qt.AlignCenter | Qt.TextSingleLine), shown)
