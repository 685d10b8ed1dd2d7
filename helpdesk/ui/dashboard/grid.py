# SPDX-License-Identifier: GPL-3.0-or-later
"""The grid of twelve columns on which the cards lie, and on which they are arranged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from PyQt5.QtCore import QEasingCurve, QPoint, QRect, Qt, QVariantAnimation, pyqtSignal
from PyQt5.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PyQt5.QtWidgets import QApplication, QScrollArea, QWidget

from helpdesk.core.schemas.dashboards import COLUMNS
from helpdesk.ui import theme
from helpdesk.ui.dashboard import packing
from helpdesk.ui.dashboard.card_view import CardView
from helpdesk.ui.dashboard.cover import Cover
from helpdesk.ui.dashboard.kinds import kind_of
from helpdesk.ui.dashboard.packing import Area, Areas

ROW = 44
GAP = 12
SCROLL = 10
"""How wide the style sheet has a scroll bar."""
_SLIDE_MS = 140
_SIZES = ((1000, COLUMNS), (620, 6), (0, 2))
"""From which width on there are so many columns."""
_LONGEST_STEP = 40
_MARGIN = 60


class DashboardGrid(QWidget):
    """Lays out cards; while they are arranged, one that is dragged makes the others give way."""

    arranged = pyqtSignal()
    """The cards lie elsewhere now."""
    remove_wanted = pyqtSignal(int)
    configure_wanted = pyqtSignal(int)

    def __init__(self) -> None:
        """Begin without cards."""
        super().__init__()
        self.setProperty("transparent", True)
        self.cards: list[CardView] = []
        self.covers: list[Cover] = []
        self._areas: Areas = ()
        self._shown: Areas = ()
        self._held: int | None = None
        self._by_corner = False
        self._before: Areas = ()
        self._held_at = QRect()
        self._placeholder = QRect()
        self._slide = QVariantAnimation(self)
        self._slide.setDuration(_SLIDE_MS)
        self._slide.setEasingCurve(QEasingCurve.OutCubic)
        self._slide.setStartValue(0.0)
        self._slide.setEndValue(1.0)
        self._slide.valueChanged.connect(self._on_slid)
        self._ways: list[tuple[QRect, QRect]] = []
        theme.current().changed.connect(self.update)

    @property
    def areas(self) -> Areas:
        """Where the cards lie on the grid of twelve columns, whatever is shown now."""
        return self._areas

    @property
    def is_arranged_now(self) -> bool:
        """Whether the cards are covered, to be arranged."""
        return bool(self.covers)

    @property
    def room(self) -> int:
        """How wide the cards may be: as wide beside a scroll bar as without one."""
        viewport: QWidget | None = self.parentWidget()
        area = viewport.parentWidget() if viewport is not None else None
        is_beside = isinstance(area, QScrollArea) and area.verticalScrollBar().isVisible()
        return self.width() if is_beside else max(1, self.width() - SCROLL)

    @property
    def columns(self) -> int:
        """How many columns there are room for; arranging needs all of them."""
        if self.is_arranged_now:
            return COLUMNS
        return next(columns for width, columns in _SIZES if self.room >= width)

    def set_cards(self, cards: Sequence[CardView], areas: Sequence[Area]) -> None:
        """Lay out these cards; those that are gone are deleted."""
        covered = self.is_arranged_now
        self.uncover()
        for card in self.cards:
            if card not in cards:
                _take_away(card)
        self.cards = list(cards)
        self._areas = packing.settle(areas)
        for card in self.cards:
            if card.parent() is not self:
                card.setParent(self)
                card.left.connect(partial(self._on_left, card))
            card.show()
        self._order_focus()
        if covered:
            self.cover()
        self.place()

    def cover(self) -> None:
        """Begin to arrange."""
        self.uncover()
        for at, card in enumerate(self.cards):
            cover = Cover(card, card.title)
            cover.grabbed.connect(partial(self._on_grabbed, at))
            cover.dragged.connect(self._on_dragged)
            cover.dropped.connect(self._on_dropped)
            cover.cancelled.connect(self._on_cancelled)
            cover.stepped.connect(partial(self.step, at))
            cover.removed.connect(partial(self.remove_wanted.emit, at))
            cover.configured.connect(partial(self.configure_wanted.emit, at))
            cover.covers.connect(card.set_covered)
            card.set_in_use(False)
            cover.setGeometry(card.rect())
            cover.show()
            self.covers.append(cover)
        self._order_focus()
        self.place()

    def uncover(self) -> None:
        """Stop arranging."""
        for card, cover in zip(self.cards, self.covers, strict=False):
            _take_away(cover)
            card.set_in_use(True)
            card.set_covered(0)
        self.covers = []
        self._held = None
        self._placeholder = QRect()
        self.update()

    def place(self, *, slides: bool = False) -> None:
        """Put the cards where they belong."""
        self._shown = packing.reflow(self._areas, self.columns)
        self.setMinimumHeight(self._y(packing.height(self._shown)) + (GAP if self.covers else 0))
        goals = [self.area_rect(area) for area in self._shown]
        if slides and self.isVisible():
            self._ways = [
                (card.geometry(), goal) for card, goal in zip(self.cards, goals, strict=True)
            ]
            self._slide.stop()
            self._slide.start()
            return
        self._slide.stop()
        for card, goal in zip(self.cards, goals, strict=True):
            self._put(card, goal)

    def area_rect(self, area: Area) -> QRect:
        """Return the pixels of an area."""
        columns = self.columns
        column = (self.room - GAP * (columns - 1)) / columns
        left = round(area.column * (column + GAP))
        right = round(area.right * (column + GAP) - GAP)
        if self.isRightToLeft():
            left, right = self.width() - right, self.width() - left
        top = self._y(area.row)
        return QRect(left, top, right - left, self._y(area.bottom) - GAP - top)

    def step(self, which: int, across: int, down: int, resizes: bool) -> None:
        """Move or resize a card by an arrow key: as far as it takes to change anything."""
        area = self._areas[which]
        for far in range(1, 2 if resizes else _LONGEST_STEP):
            if resizes:
                changed = packing.resize(
                    self._areas,
                    which,
                    area.columns + across,
                    area.rows + down,
                    self._least(which),
                )
            else:
                changed = packing.move(
                    self._areas, which, area.column + across * far, area.row + down * far
                )
            if changed != self._areas:
                self._areas = changed
                self.place(slides=True)
                self.arranged.emit()
                self._show_card(which)
                return

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the cards out anew for the width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.place()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint where the dragged card will lie."""
        if self._placeholder.isNull():
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            painter.setBrush(theme.current().colour("accent_soft"))
            painter.setPen(QPen(theme.current().colour("accent"), 1, Qt.DashLine))
            area = self._placeholder.adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(area, theme.CARD_RADIUS, theme.CARD_RADIUS)

    def _on_grabbed(self, which: int, by_corner: bool) -> None:
        self._held, self._by_corner = which, by_corner
        self._before = self._areas
        self._slide.stop()
        self.place()
        self._held_at = self.cards[which].geometry()
        self.cards[which].raise_()

    def _on_dragged(self, by: QPoint) -> None:
        if self._held is None:
            return
        card, start = self.cards[self._held], self._held_at
        if self._by_corner:
            self._put(card, self._stretched(start, by))
            changed = self._resized(card.geometry())
        else:
            self._put(card, start.translated(by))
            column, row = self._field(card.geometry())
            changed = packing.move(self._before, self._held, column, row)
        if changed != self._areas or self._placeholder.isNull():
            self._areas = changed
            self._give_way()
        self._show_card(self._held)

    def _on_dropped(self) -> None:
        if self._held is None:
            return
        if self._areas != self._before:
            self._areas = packing.compact(self._areas, self._held)
        self._held, self._placeholder = None, QRect()
        self.place(slides=True)
        self.update()
        if self._areas != self._before:
            self.arranged.emit()

    def _on_cancelled(self) -> None:
        self._areas = self._before
        self._on_dropped()

    def _give_way(self) -> None:
        """Let the others slide to where the held card leaves them room."""
        self._shown = self._areas
        self.setMinimumHeight(self._y(packing.height(self._areas) + 2))
        goals = [self.area_rect(area) for area in self._shown]
        self._ways = []
        for at, (card, goal) in enumerate(zip(self.cards, goals, strict=True)):
            if at == self._held:
                before = self._placeholder if not self._placeholder.isNull() else goal
                self._ways.append((before, goal))
            else:
                self._ways.append((card.geometry(), goal))
        self._slide.stop()
        self._slide.start()

    def _on_slid(self, share: float) -> None:
        for at, (card, way) in enumerate(zip(self.cards, self._ways, strict=False)):
            between = _between(*way, share)
            if at == self._held:
                self._placeholder = between
                self.update()
            elif card.geometry() != between:
                self._put(card, between)

    def _put(self, card: CardView, where: QRect) -> None:
        card.setGeometry(where)
        if self.covers:
            self.covers[self.cards.index(card)].setGeometry(card.rect())

    def _field(self, where: QRect) -> tuple[int, int]:
        """Return the column and row that are nearest to where a card is held."""
        column = (self.room + GAP) / COLUMNS
        left = self.width() - where.right() - 1 if self.isRightToLeft() else where.left()
        return round(left / column), round(where.top() / (ROW + GAP))

    def _resized(self, where: QRect) -> Areas:
        assert self._held is not None  # noqa: S101 - a card is held
        column = (self.room + GAP) / COLUMNS
        columns = round((where.width() + GAP) / column)
        rows = round((where.height() + GAP) / (ROW + GAP))
        return packing.resize(self._before, self._held, columns, rows, self._least(self._held))

    def _stretched(self, start: QRect, by: QPoint) -> QRect:
        across = -by.x() if self.isRightToLeft() else by.x()
        width, height = max(60, start.width() + across), max(ROW, start.height() + by.y())
        left = start.right() + 1 - width if self.isRightToLeft() else start.left()
        return QRect(left, start.top(), width, height)

    def _least(self, which: int) -> Area:
        return kind_of(self.cards[which].card.style).least

    def _y(self, row: int) -> int:
        return row * (ROW + GAP)

    def _on_left(self, card: CardView, key: int) -> None:
        """Go on to the next card in the direction of an arrow key."""
        across = {int(Qt.Key_Left): -1, int(Qt.Key_Right): 1}.get(key, 0)
        down = {int(Qt.Key_Up): -1, int(Qt.Key_Down): 1}.get(key, 0)
        across = -across if self.isRightToLeft() else across
        found = packing.neighbour(self._shown, self.cards.index(card), across, down)
        if found is not None:
            self.cards[found].focus_target.setFocus(Qt.TabFocusReason)
            self._show_card(found)

    def _order_focus(self) -> None:
        """Let Tab go through the cards as they are read."""
        order = sorted(range(len(self._areas)), key=lambda at: self._areas[at][1::-1])
        chain: list[QWidget] = []
        for at in order:
            if self.covers:
                cover = self.covers[at]
                chain += [cover, cover.configure_button, cover.remove_button]
            else:
                chain += self.cards[at].focus_chain()
        for one, following in pairwise(chain):
            QWidget.setTabOrder(one, following)

    def _show_card(self, which: int) -> None:
        viewport: QWidget | None = self.parentWidget()
        around = viewport.parentWidget() if viewport is not None else None
        if isinstance(around, QScrollArea):
            goal = (
                self.cards[which].geometry()
                if self._held is not None
                else (self.area_rect(self._shown[which]))
            )
            around.ensureVisible(goal.center().x(), goal.bottom(), 0, _MARGIN)
            around.ensureVisible(goal.center().x(), goal.top(), 0, 8)


def _take_away(widget: QWidget) -> None:
    """Delete a widget; the focus must not jump to, and the page scroll to, what comes after it."""
    focus: QWidget | None = QApplication.focusWidget()
    if focus is not None and (focus is widget or widget.isAncestorOf(focus)):
        focus.clearFocus()
    widget.hide()
    widget.deleteLater()


def _between(start: QRect, goal: QRect, share: float) -> QRect:
    def part(one: int, other: int) -> int:
        return round(one + (other - one) * share)

    return QRect(
        part(start.x(), goal.x()),
        part(start.y(), goal.y()),
        part(start.width(), goal.width()),
        part(start.height(), goal.height()),
    )
