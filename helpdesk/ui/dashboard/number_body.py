# SPDX-License-Identifier: GPL-3.0-or-later
"""One large number, and how it stands beside the period before."""

from __future__ import annotations

from PyQt5.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PyQt5.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent

from helpdesk.core.schemas.figures import Card, CardFigures, Measure, Unit
from helpdesk.ui import theme
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.body import Body, Part, painting
from helpdesk.ui.dashboard.numbers import NO_TICKETS, whole_opening
from helpdesk.ui.tokens import Tone

_GAP = 2
_RING = 4


class NumberBody(Body):
    """A number as large as there is room for; a click opens the tickets behind it."""

    def __init__(self) -> None:
        """Begin without a number."""
        super().__init__()
        self.text = words.NOTHING
        self.note = ""
        self.shorter: tuple[str, ...] = ()
        """The note in ever fewer words, for where there is little room."""
        self.tone: Tone = "neutral"
        self._is_hovered = False
        self._covered = 0

    def set_covered(self, width: int) -> None:
        """Leave so much at the end of the number's line to what lies over it."""
        self._covered = width
        self.update()

    def fill(self, card: Card, figures: CardFigures) -> None:
        """Say the number and the line below it."""
        self.text = words.number(figures.value, figures.unit)
        self.shorter = ()
        comparison = words.compare(card, figures)
        if comparison is not None:
            self.note, self.tone = comparison
            if figures.note:
                self.note = f"{self.note} · {figures.note}"
            self.shorter = words.shortened(comparison.text, figures.note)
        else:
            self.note = figures.note or _basis(card, figures)
            is_pressing = card.measure in (Measure.DUE_SOON, Measure.OVERDUE) and figures.note
            self.tone = "urgent" if is_pressing and figures.value else "neutral"

    def parts(self) -> list[Part]:
        """Return the number as the only part."""
        if self.card is None or self.figures is None:
            return []
        opening = whole_opening(self.card, self.figures)
        told = "" if opening is not None else NO_TICKETS
        said = ". ".join(filter(None, (self.text, self.note, told)))
        return [Part(said, opening)]

    def part_at(self, place: QPoint) -> int:
        """Return the number, wherever the pointer is."""
        return 0 if self.figures is not None else -1

    def hover(self, at: int) -> None:
        """Underline the number where it can be opened."""
        opens = at == 0 and bool(self.parts()) and self.parts()[0].opening is not None
        if opens != self._is_hovered:
            self._is_hovered = opens
            self.update()

    def minimumSizeHint(self) -> QSize:
        """Return the room of a number and a line."""
        return QSize(80, 50)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint number and note from the side where reading begins."""
        look = theme.current()
        with painting(self) as painter:
            side = Qt.AlignRight if self.isRightToLeft() else Qt.AlignLeft
            font = self._fitting_font()
            font.setUnderline(self._is_hovered)
            painter.setFont(font)
            painter.setPen(look.colour("text"))
            place = self._number_room()
            painter.drawText(place, int(side | Qt.AlignVCenter | Qt.TextSingleLine), self.text)
            room = self.rect().adjusted(_RING, place.height(), -_RING, 0)
            self._paint_note(painter, room.adjusted(0, _GAP, 0, 0), side)

    @property
    def number_area(self) -> QRect:
        """Where the number is painted."""
        place = self._number_room()
        width = QFontMetrics(self._fitting_font()).horizontalAdvance(self.text)
        left = place.right() + 1 - width if self.isRightToLeft() else place.left()
        return QRect(left, place.top(), width, place.height())

    def _number_room(self) -> QRect:
        room = self.rect().adjusted(_RING, 0, -_RING, 0)
        room.setHeight(self._figure_height())
        if self.isRightToLeft():
            return room.adjusted(self._covered, 0, 0, 0)
        return room.adjusted(0, 0, -self._covered, 0)

    def _fitting_font(self) -> QFont:
        """Return the font of figures, smaller where there is no room for the number."""
        look, width = theme.current(), self._number_room().width()
        font = QFont(look.font("figure"))
        least = look.font("body").pixelSize()
        while font.pixelSize() > least and QFontMetrics(font).horizontalAdvance(self.text) > width:
            font.setPixelSize(font.pixelSize() - 1)
        return font

    def note_for(self, width: int) -> str:
        """Return the note in as many words as there is room for."""
        metrics = QFontMetrics(theme.current().font("secondary"))
        texts = (self.note, *self.shorter)
        return next((text for text in texts if metrics.horizontalAdvance(text) <= width), texts[-1])

    def part_area(self, at: int) -> QRectF:
        """Return the whole."""
        return QRectF(self.rect())

    def _paint_note(self, painter: QPainter, room: QRect, side: Qt.AlignmentFlag) -> None:
        look = theme.current()
        painter.setFont(look.font("secondary"))
        plain = self.tone == "neutral"
        painter.setPen(look.colour("muted" if plain else f"ink_{self.tone}"))
        metrics = QFontMetrics(look.font("secondary"))
        text = metrics.elidedText(self.note_for(room.width()), Qt.ElideRight, room.width())
        painter.drawText(room, int(side | Qt.AlignTop | Qt.TextSingleLine), text)

    def _figure_height(self) -> int:
        return QFontMetrics(theme.current().font("figure")).height()


def _basis(card: Card, figures: CardFigures) -> str:
    """Say how many tickets the number was taken from, where it is none of tickets itself."""
    if figures.unit in (Unit.TICKETS, Unit.COUNT) or figures.value is None:
        return "nothing in this period" if figures.value is None else ""
    noun = "rating" if card.measure is Measure.SATISFACTION else "ticket"
    return f"{words.count(figures.tickets)} {noun}{'' if figures.tickets == 1 else 's'}"
