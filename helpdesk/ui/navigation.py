# SPDX-License-Identifier: GPL-3.0-or-later
"""The program's tabs as a dark column of names on the left, with the person below them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PyQt5.QtCore import QEvent, QPoint, QRect, QSize, Qt, pyqtSignal
from PyQt5.QtGui import (
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PyQt5.QtWidgets import QAbstractButton, QStyle, QTabBar, QTabWidget, QVBoxLayout, QWidget

from helpdesk.ui import theme
from helpdesk.ui.icons import paint_icon
from helpdesk.ui.widgets.avatar import SIZE as AVATAR
from helpdesk.ui.widgets.avatar import paint_avatar
from helpdesk.ui.widgets.focus_ring import paint_focus_ring

WIDTH: Final = 208
COMPACT_WIDTH: Final = 56
COMPACT_BELOW: Final = 1200
_TOP = 12
_ITEM = 37
_GAP = 2
_EDGE = 8
_ICON = 18
_ICON_LEFT = 18
_TEXT_LEFT = 46
_BADGE_HEIGHT = 17
_FOOTER = 64
_ASIDE = 44
"""Room beside the person, or in a narrow column above, for what belongs to them."""
_MOST_SHOWN = 99


@dataclass(slots=True)
class _Page:
    """A tab's page, to be made or made."""

    factory: Callable[[], QWidget]
    made: QWidget | None = None


class NavigationTabs(QTabWidget):
    """Tabs that are made when they are first opened."""

    tab_opened = pyqtSignal(int)
    """This tab is in front now, and made."""
    account_clicked = pyqtSignal()
    """The person below the tabs was clicked, or chosen with the keyboard."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Begin without tabs and without a person."""
        super().__init__(parent)
        self._pages: list[_Page] = []
        self._bar = _NavigationBar(self)
        self.setTabBar(self._bar)
        self.setDocumentMode(True)
        self._account = _Account(self)
        self._account.clicked.connect(self.account_clicked)
        self._account.hide()
        self._aside: QWidget | None = None
        self._show_side()
        self.currentChanged.connect(self._on_current_changed)

    def add_lazy(self, icon_name: str, title: str, factory: Callable[[], QWidget]) -> int:
        """Add a tab whose widget the factory makes when it is first opened; return its index."""
        frame = QWidget()
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 0)
        self._pages.append(_Page(factory))
        self._bar.icon_names.append(icon_name)
        self._bar.badges.append(0)
        # QTabWidget takes an ampersand for a keyboard shortcut, which this column has not.
        index = self.addTab(frame, title.replace("&", "&&"))
        self._bar.titles.append(title)
        self._name_tab(index)
        return index

    def open(self, index: int) -> QWidget:
        """Bring a tab to the front and return its widget."""
        widget = self._make(index)
        self.setCurrentIndex(index)
        return widget

    def made(self, index: int) -> QWidget | None:
        """Return a tab's widget if it was opened before."""
        return self._pages[index].made

    def set_badge(self, index: int, count: int) -> None:
        """Say how many things wait behind a tab; none hides the badge."""
        self._bar.badges[index] = max(0, count)
        self._name_tab(index)
        self._bar.update()

    def set_person(self, full_name: str, role_label: str) -> None:
        """Show who is signed in, and as what."""
        self._account.set_person(full_name, role_label)
        self._account.show()
        self._arrange()

    @property
    def account(self) -> QWidget:
        """The person below the tabs."""
        return self._account

    def set_picture(self, picture: QImage | None) -> None:
        """Show a picture of who is signed in, or their initials."""
        self._account.set_picture(picture)

    def set_aside(self, widget: QWidget) -> None:
        """Keep a small widget beside the person, or above where the column is narrow."""
        self._aside = widget
        widget.setParent(self)
        widget.show()
        self._arrange()

    @property
    def is_compact(self) -> bool:
        """Whether only icons are shown, for want of room."""
        return self._bar.compact

    @property
    def column_width(self) -> int:
        """The width of the column in pixels."""
        return COMPACT_WIDTH if self.is_compact else WIDTH

    def showEvent(self, event: QShowEvent) -> None:
        """Make the tab in front, which nobody has clicked."""
        super().showEvent(event)
        self._on_current_changed(self.currentIndex())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give way to the content in a narrow window."""
        self._bar.set_compact(self.width() < COMPACT_BELOW)
        self._arrange()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Change sides with the direction of reading."""
        super().changeEvent(event)
        if event.type() == QEvent.LayoutDirectionChange:
            self._show_side()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the column; the tab bar and the person lie on it."""
        column = QRect(0, 0, self.column_width, self.height())
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), theme.current().colour("background"))
            painter.fillRect(self._mirrored(column), theme.current().colour("navigation"))

    def _arrange(self) -> None:
        above = _ASIDE if self._aside is not None and self.is_compact else 0
        footer = 0 if self._account.isHidden() else _FOOTER + above
        self._bar.setMaximumHeight(max(_ITEM, self.height() - footer))
        place = QRect(0, self.height() - _FOOTER - above, self.column_width, _FOOTER + above)
        self._account.setGeometry(self._mirrored(place))
        self._account.compact = self.is_compact
        self._account.set_room(above, _ASIDE if self._aside is not None and not above else 0)
        if self._aside is not None:
            self._arrange_aside(self._aside, place)

    def _arrange_aside(self, widget: QWidget, account: QRect) -> None:
        box = QRect(account.right() + 1 - _ASIDE - 4, account.top(), _ASIDE, _FOOTER)
        if self.is_compact:
            box = QRect(account.left(), account.top() + 4, account.width(), _ASIDE)
        place = QRect(QPoint(0, 0), widget.sizeHint())
        place.moveCenter(box.center())
        widget.setGeometry(self._mirrored(place))
        widget.raise_()

    def _mirrored(self, rect: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self.rect(), rect)

    def _show_side(self) -> None:
        right = self.layoutDirection() == Qt.RightToLeft
        self.setTabPosition(QTabWidget.East if right else QTabWidget.West)
        self._arrange()

    def _name_tab(self, index: int) -> None:
        title, count = self._bar.titles[index], self._bar.badges[index]
        waiting = self.tr("{title}, {count} waiting").format(title=title, count=count)
        self._bar.setAccessibleTabName(index, waiting if count else title)

    def _make(self, index: int) -> QWidget:
        page = self._pages[index]
        if page.made is None:
            page.made = page.factory()
            frame = self.widget(index)
            frame.layout().addWidget(page.made)
            page.made.show()
            frame.setFocusProxy(page.made)
        return page.made

    def _on_current_changed(self, index: int) -> None:
        # The first tab added becomes the current one at once, long before anybody sees it.
        if index >= 0 and self.isVisible():
            self._make(index)
            self.tab_opened.emit(index)


class _NavigationBar(QTabBar):
    """Paints its tabs level, although they stand at the side."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.icon_names: list[str] = []
        self.titles: list[str] = []
        self.badges: list[int] = []
        self.compact = False
        self._hovered = -1
        self.setMouseTracking(True)
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setUsesScrollButtons(True)
        self.setFocusPolicy(Qt.StrongFocus)
        self.setAccessibleName(self.tr("Navigation"))

    def set_compact(self, compact: bool) -> None:
        """Show icons alone, with the names as tooltips, or both."""
        if compact == self.compact:
            return
        self.compact = compact
        for index, title in enumerate(self.titles):
            self.setTabToolTip(index, title if compact else "")
        # The bar keeps the sizes of its tabs until something of the style changes.
        self.changeEvent(QEvent(QEvent.StyleChange))

    def tabSizeHint(self, index: int) -> QSize:
        """Return a level tab's size; the first has the space above it too."""
        width = COMPACT_WIDTH if self.compact else WIDTH
        return QSize(width, _ITEM + (_TOP if index == 0 else 0))

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Return the same: a name is not cut short."""
        return self.tabSizeHint(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with Up and Down, Home and End."""
        shown = [i for i in range(self.count()) if self.isTabVisible(i) and self.isTabEnabled(i)]
        at = shown.index(self.currentIndex()) if self.currentIndex() in shown else 0
        targets: dict[int, int] = {
            Qt.Key_Up: max(0, at - 1),
            Qt.Key_Down: min(len(shown) - 1, at + 1),
            Qt.Key_Home: 0,
            Qt.Key_End: len(shown) - 1,
        }
        if shown and event.key() in targets:
            self.setCurrentIndex(shown[targets[event.key()]])
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the tab under the pointer."""
        super().mouseMoveEvent(event)
        self._hover(self.tabAt(event.pos()))

    def leaveEvent(self, event: QEvent) -> None:
        """Light up none."""
        super().leaveEvent(event)
        self._hover(-1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint all tabs."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            painter.fillRect(self.rect(), theme.current().colour("navigation"))
            for index in range(self.count()):
                if self.isTabVisible(index):
                    self._paint_tab(painter, index)

    def _hover(self, index: int) -> None:
        if index != self._hovered:
            self._hovered = index
            self.update()

    def _place(self, index: int) -> QRect:
        rect = self.tabRect(index)
        return rect.adjusted(_EDGE, _GAP // 2 + (_TOP if index == 0 else 0), -_EDGE, -_GAP // 2)

    def _paint_tab(self, painter: QPainter, index: int) -> None:
        look, place = theme.current(), self._place(index)
        selected = index == self.currentIndex()
        if selected or index == self._hovered:
            painter.setPen(Qt.NoPen)
            ground = "navigation_selected" if selected else "navigation_hover"
            painter.setBrush(look.colour(ground))
            painter.drawRoundedRect(place, theme.RADIUS, theme.RADIUS)
        ink = "navigation_strong" if selected else "navigation_text"
        self._paint_icon(painter, place, index, ink)
        if self.compact:
            self._paint_dot(painter, place, index)
        else:
            room = self._paint_badge(painter, place, index)
            self._paint_title(painter, place, index, ink, room)
        if selected and self.hasFocus():
            paint_focus_ring(painter, place)

    def _paint_icon(self, painter: QPainter, place: QRect, index: int, ink: str) -> None:
        left = _ICON_LEFT - _EDGE
        if self.compact:
            left = (place.width() - _ICON) // 2
        icon = QRect(place.left() + left, place.center().y() - _ICON // 2 + 1, _ICON, _ICON)
        paint_icon(painter, self._mirrored(place, icon), self.icon_names[index], ink)

    def _paint_title(
        self, painter: QPainter, place: QRect, index: int, ink: str, badge: int
    ) -> None:
        font = theme.current().font("medium")
        text = place.adjusted(_TEXT_LEFT - _EDGE, 0, -badge - _EDGE, 0)
        title = QFontMetrics(font).elidedText(self.titles[index], Qt.ElideRight, text.width())
        painter.setFont(font)
        painter.setPen(theme.current().colour(ink))
        where = self._mirrored(place, text)
        side = Qt.AlignRight if self.layoutDirection() == Qt.RightToLeft else Qt.AlignLeft
        painter.drawText(where, int(side | Qt.AlignVCenter | Qt.AlignAbsolute), title)

    def _paint_badge(self, painter: QPainter, place: QRect, index: int) -> int:
        """Paint how many wait, and return the width that takes."""
        if not (count := self.badges[index]):
            return 0
        look = theme.current()
        text = f"{_MOST_SHOWN}+" if count > _MOST_SHOWN else str(count)
        width = max(_BADGE_HEIGHT + 5, QFontMetrics(look.font("chip")).horizontalAdvance(text) + 13)
        corner = QPoint(
            place.right() + 1 - width - _EDGE - 1, place.center().y() + 1 - _BADGE_HEIGHT // 2
        )
        badge = self._mirrored(place, QRect(corner, QSize(width, _BADGE_HEIGHT)))
        painter.setPen(Qt.NoPen)
        painter.setBrush(look.colour("accent"))
        painter.drawRoundedRect(badge, _BADGE_HEIGHT / 2, _BADGE_HEIGHT / 2)
        painter.setPen(look.colour("on_accent"))
        painter.setFont(look.font("chip"))
        painter.setLayoutDirection(Qt.LeftToRight)
        painter.drawText(badge, int(Qt.AlignCenter), text)
        return width + _EDGE

    def _paint_dot(self, painter: QPainter, place: QRect, index: int) -> None:
        if self.badges[index]:
            dot = QRect(place.right() - 11, place.top() + 5, 8, 8)
            painter.setPen(Qt.NoPen)
            painter.setBrush(theme.current().colour("accent"))
            painter.drawEllipse(self._mirrored(place, dot))

    def _mirrored(self, place: QRect, rect: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), place, rect)


class _Account(QAbstractButton):
    """The person's initials, name and role; a click opens what concerns the account."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.compact = False
        self._above = self._beside = 0
        self._name = ""
        self._role = ""
        self._picture: QImage | None = None
        self.setFocusPolicy(Qt.StrongFocus)
        self.setAttribute(Qt.WA_Hover)
        self.setCursor(Qt.PointingHandCursor)

    def set_room(self, above: int, beside: int) -> None:
        """Leave room for another widget, above the person or beside."""
        self._above, self._beside = above, beside
        self.update()

    def set_person(self, full_name: str, role_label: str) -> None:
        """Show another person."""
        self._name, self._role = full_name, role_label
        label = self.tr("Account: {name}, {role}").format(name=full_name, role=role_label)
        self.setAccessibleName(label)
        self.update()

    def set_picture(self, picture: QImage | None) -> None:
        """Show a picture of the person, or their initials."""
        self._picture = picture
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses the button as Space does."""
        if event.key() in (Qt.Key_Return, Qt.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the line above, the circle and the two lines of text."""
        look = theme.current()
        inside = self.rect().adjusted(_EDGE, 6 + self._above, -_EDGE - self._beside, -6)
        place = self._mirrored(inside)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            painter.fillRect(self.rect(), look.colour("navigation"))
            painter.fillRect(
                QRect(_EDGE, 0, self.width() - 2 * _EDGE, 1), look.colour("navigation_line")
            )
            if self.underMouse() or self.isDown():
                painter.setPen(Qt.NoPen)
                painter.setBrush(look.colour("navigation_hover"))
                painter.drawRoundedRect(place, theme.RADIUS, theme.RADIUS)
            self._paint_person(painter)
            if self.hasFocus():
                paint_focus_ring(painter, place)

    def _paint_person(self, painter: QPainter) -> None:
        left = (self.width() - AVATAR) // 2 if self.compact else _ICON_LEFT
        middle = (self.height() + self._above) // 2
        circle = QRect(left, middle - AVATAR // 2, AVATAR, AVATAR)
        paint_avatar(painter, self._mirrored(circle), self._name, self._picture)
        if self.compact:
            return
        text = QRect(_ICON_LEFT + AVATAR + 10, 0, 0, self.height() // 2 + 1)
        text.setRight(self.width() - _EDGE - 6 - self._beside)
        self._paint_line(painter, text, self._name, "strong", "navigation_strong", Qt.AlignBottom)
        text.moveTop(text.bottom() + 1)
        self._paint_line(painter, text, self._role, "secondary", "navigation_text", Qt.AlignTop)

    def _paint_line(
        self,
        painter: QPainter,
        rect: QRect,
        text: str,
        role: theme.Role,
        colour: str,
        edge: Qt.AlignmentFlag,
    ) -> None:
        font = theme.current().font(role)
        painter.setFont(font)
        painter.setPen(theme.current().colour(colour))
        side = Qt.AlignRight if self.layoutDirection() == Qt.RightToLeft else Qt.AlignLeft
        cut = QFontMetrics(font).elidedText(text, Qt.ElideRight, rect.width())
        painter.drawText(self._mirrored(rect), int(side | edge | Qt.AlignAbsolute), cut)

    def _mirrored(self, rect: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self.rect(), rect)
