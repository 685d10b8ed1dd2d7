# SPDX-License-Identifier: GPL-3.0-or-later
"""A card of the dashboard: its title, its menu, and what it tells as a picture or as a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5.QtCore import QEvent, QPoint, Qt, pyqtSignal
from PyQt5.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PyQt5.QtWidgets import (
    QApplication,
    QFrame,
    QGraphicsOpacityEffect,
    QHBoxLayout,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.figures import Card, CardFigures, CardStyle, CardsView, Scope
from helpdesk.ui import theme
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.attention_body import AttentionBody
from helpdesk.ui.dashboard.bars_body import BarsBody
from helpdesk.ui.dashboard.body import Body
from helpdesk.ui.dashboard.line_body import LineBody
from helpdesk.ui.dashboard.number_body import NumberBody
from helpdesk.ui.dashboard.numbers import menu_openings
from helpdesk.ui.dashboard.numbers_view import NumbersView
from helpdesk.ui.dashboard.outlook_body import OutlookBody
from helpdesk.ui.dashboard.ring_body import RingBody
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import Skeleton

CardBody = Body | NumbersView | OutlookBody
_ARROWS = (Qt.Key_Left, Qt.Key_Right, Qt.Key_Up, Qt.Key_Down)
_SIDE, _TOP = 16, 10
_OLD = 0.55
_INSET, _BUTTONS = 4, 52
_NOTHING = "Nothing was counted in this period yet."
_NONE_NOW = "No ticket counts here now."


class CardView(QFrame):
    """Shows one card; it is made once, and new figures go into what is there."""

    opened = pyqtSignal(object)
    """An ``Opening``: the tickets behind a number are wanted."""
    ticket_wanted = pyqtSignal(int)
    left = pyqtSignal(int)
    """An arrow key leads out of the card."""
    configure_wanted = pyqtSignal()
    copied = pyqtSignal()

    def __init__(self, card: Card, clock: Clock) -> None:
        """Show that the card's figures are on their way."""
        super().__init__()
        self.card = card
        self.figures: CardFigures | None = None
        self.as_table = False
        self.setProperty("kind", "card")
        self.setObjectName("dashboard-card")
        self.body = _body_of(card, clock)
        if isinstance(self.body, NumberBody):
            self.body.focus_changed.connect(self.update)
        self.table = NumbersView()
        self.table.left.connect(self.left)
        for part in (self.body, self.table):
            part.opened.connect(self.opened)
            part.ticket_wanted.connect(self.ticket_wanted)
        self._build()
        if isinstance(self.body, NumbersView):
            self.body.left.connect(self.left)

    @property
    def title(self) -> str:
        """What the card is called."""
        return words.title_of(self.card)

    @property
    def focus_target(self) -> QWidget:
        """What takes the focus of the card."""
        inside: QWidget = self._stack.currentWidget()
        if isinstance(inside, OutlookBody):
            return inside.findChild(Body) or inside
        return inside

    def show_figures(self, figures: CardFigures, view: CardsView, scope: Scope) -> None:
        """Show figures, or why there are none."""
        had_focus = self._has_focus()
        self.figures = figures
        self.set_old(False)
        if isinstance(self.body, OutlookBody):
            self.body.scope, self.body.last = scope, view.last
        if figures.problem is not None:
            self._problem.setText(figures.problem)
            self._show(self._problem)
            return
        if self.as_table:
            self.table.show_figures(self.card, figures)
        self.body.show_figures(self.card, figures)
        self._show(self.table if self.as_table else self._inside(figures))
        if had_focus and not self._has_focus():
            self.focus_target.setFocus()

    def set_in_use(self, in_use: bool) -> None:
        """Take the inside out of the keyboard's way while the card is arranged."""
        self._stack.setEnabled(in_use)
        self.more.setVisible(in_use and self.card.style is not CardStyle.NUMBER)
        # Over a number the buttons give way to the title, which has no room to spare.
        gives_way = in_use or self.card.style is CardStyle.NUMBER
        self._head.setContentsMargins(_INSET, 0, 0 if gives_way else _BUTTONS, 0)

    def set_covered(self, width: int) -> None:
        """Let a number leave the end of its line to the buttons that lie there."""
        if isinstance(self.body, NumberBody):
            self.body.set_covered(width)

    def focus_chain(self) -> list[QWidget]:
        """Return what may take the focus inside, in the order of reading."""
        inside: list[QWidget] = [self.table, self._problem, self._nothing]
        if isinstance(self.body, OutlookBody):
            return [*self.body.findChildren(Body), *inside]
        return [self.body, *inside]

    def show_loading(self) -> None:
        """Show grey bars until figures come."""
        self._show(self._skeleton)

    def set_old(self, is_old: bool) -> None:
        """Grey the figures: they could not be read again."""
        self._old.setVisible(is_old)
        # Nothing is disabled: old numbers can still be read, copied and opened.
        if is_old and self._stack.graphicsEffect() is None:
            effect = QGraphicsOpacityEffect(self._stack)
            effect.setOpacity(_OLD)
            self._stack.setGraphicsEffect(effect)
        elif not is_old and self._stack.graphicsEffect() is not None:
            self._stack.setGraphicsEffect(None)  # type: ignore[arg-type]

    def set_as_table(self, as_table: bool) -> None:
        """Show the numbers of the card as a table, or as the card's own picture."""
        if self.figures is None or self.figures.problem is not None:
            return
        had_focus = self.focus_target.hasFocus()
        self.as_table = as_table
        if as_table:
            self.table.setAccessibleName(f"{self.title}, as a table")
            self.table.show_figures(self.card, self.figures)
        self._show(self.table if as_table else self._inside(self.figures))
        if had_focus or as_table:
            self.focus_target.setFocus()

    def copy_numbers(self) -> None:
        """Put the numbers of the card on the clipboard."""
        if self.figures is not None:
            self.table.show_figures(self.card, self.figures)
            self.table.copy()
            self.copied.emit()

    def menu(self) -> QMenu:
        """Return what can be done with the card."""
        menu = QMenu(self)
        if self.figures is not None:
            for text, opening in menu_openings(self.card, self.figures):
                action = menu.addAction(text)
                action.triggered.connect(lambda _, wanted=opening: self.opened.emit(wanted))
        switch = menu.addAction(f"{'As a picture' if self.as_table else 'As a table'}\tT")
        switch.triggered.connect(lambda: self.set_as_table(not self.as_table))
        copy = menu.addAction("Copy the numbers\tCtrl+C")
        copy.triggered.connect(self.copy_numbers)
        menu.addSeparator()
        configure = menu.addAction("Configure…")
        configure.triggered.connect(self.configure_wanted)
        return menu

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Switch to the table, copy, or go on to the next card."""
        if event.matches(QKeySequence.Copy):
            self.copy_numbers()
        elif event.key() == Qt.Key_T and not event.modifiers():
            self.set_as_table(not self.as_table)
        elif event.key() in _ARROWS:
            self.left.emit(event.key())
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEvent) -> None:
        """Offer the menu of a number, which has no room for it otherwise."""
        super().enterEvent(event)
        if self.card.style is CardStyle.NUMBER and self._stack.isEnabled():
            size = self.more.sizeHint()
            left = 4 if self.isRightToLeft() else self.width() - size.width() - 4
            self.more.setGeometry(left, 4, size.width(), size.height())
            self.more.show()
            self.more.raise_()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the menu of a number away."""
        super().leaveEvent(event)
        if self.card.style is CardStyle.NUMBER:
            self.more.hide()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the menu where the pointer is, or at the card for the keyboard."""
        self.menu().popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ring of a number around its card, which is no larger than it."""
        super().paintEvent(event)
        if isinstance(self.body, NumberBody) and self.body.hasFocus():
            with QPainter(self) as painter:
                paint_focus_ring(painter, self.rect(), theme.CARD_RADIUS)

    def _build(self) -> None:
        is_number = self.card.style is CardStyle.NUMBER
        self.heading = ElidedLabel(self.title, role="muted" if is_number else "heading")
        self._old = ElidedLabel("old", role="waiting")
        self._old.setToolTip("It could not be read again; this is how it was.")
        self._old.hide()
        self.more = QToolButton()
        self.more.setIcon(icon("more"))
        self.more.setToolTip("Table, copy, configure")
        self.more.setAccessibleName(f"Menu of {self.title}")
        self.more.setFocusPolicy(Qt.ClickFocus)
        self.more.clicked.connect(self._show_menu)
        policy = self.more.sizePolicy()
        policy.setRetainSizeWhenHidden(not is_number)
        self.more.setSizePolicy(policy)
        self._head = head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.heading, 1)
        head.addWidget(self._old)
        if is_number:
            # A number has no room to spare: the menu comes with the pointer.
            self.more.setParent(self)
            self.more.hide()
        else:
            head.addWidget(self.more)
        self._problem, self._nothing = PlainLabel(role="muted"), PlainLabel(role="muted")
        for label in (self._problem, self._nothing):
            label.setAlignment(Qt.AlignLeading | Qt.AlignTop)
            label.setFocusPolicy(Qt.StrongFocus)
            label.setContentsMargins(_INSET, 0, 0, 0)
        self._skeleton = Skeleton()
        self._stack = QStackedWidget()
        for page in (self._skeleton, self.body, self.table, self._problem, self._nothing):
            self._stack.addWidget(page)
        self.body.setAccessibleName(self.title)
        self.table.setAccessibleName(f"{self.title}, as a table")
        column = QVBoxLayout(self)
        column.setContentsMargins(_SIDE - 4, _TOP, _SIDE - 8, 8 if is_number else 12)
        column.setSpacing(2 if is_number else 6)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        head.setContentsMargins(_INSET, 0, 0, 0)

    def _inside(self, figures: CardFigures) -> QWidget:
        """Return the picture, or the words for one in which nothing would be seen."""
        style = self.card.style
        if style is CardStyle.OUTLOOK and figures.outlook is None:
            return self._say("An estimate needs some weeks of tickets.")
        values = [point.value for point in figures.points] + [p.second for p in figures.points]
        if style is CardStyle.LINE and all(value is None for value in values):
            return self._say(_NOTHING)
        if style in (CardStyle.BARS, CardStyle.RING) and not any(values):
            return self._say(_NONE_NOW if self.card.measure in words.NOW else _NOTHING)
        has_rows = bool(figures.points or figures.technicians) or figures.value is not None
        if style is CardStyle.TABLE and not has_rows:
            return self._say(_NOTHING)
        return self.body

    def _has_focus(self) -> bool:
        focus: QWidget | None = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def _say(self, sentence: str) -> QWidget:
        self._nothing.setText(sentence)
        self._nothing.setAccessibleName(f"{self.title}. {sentence}")
        return self._nothing

    def _show(self, page: QWidget) -> None:
        if self._stack.currentWidget() is not page:
            self._stack.setCurrentWidget(page)

    def _show_menu(self) -> None:
        self.menu().popup(self.more.mapToGlobal(QPoint(0, self.more.height())))


def _body_of(card: Card, clock: Clock) -> CardBody:
    made: dict[CardStyle, Callable[[], CardBody]] = {
        CardStyle.NUMBER: NumberBody,
        CardStyle.LINE: LineBody,
        CardStyle.BARS: partial(BarsBody, card),
        CardStyle.RING: RingBody,
        CardStyle.ATTENTION: partial(AttentionBody, clock),
        CardStyle.OUTLOOK: OutlookBody,
        CardStyle.TABLE: NumbersView,
    }
    return made[card.style]()
