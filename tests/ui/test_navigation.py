# SPDX-License-Identifier: GPL-3.0-or-later
"""The column of tabs: made when opened, moved through with the keyboard, told with badges."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from PyQt5.QtCore import QEvent, QPoint, Qt
from PyQt5.QtWidgets import QAbstractButton, QApplication, QLabel, QTabWidget

from helpdesk.ui.navigation import COMPACT_WIDTH, WIDTH, NavigationTabs

TITLES = ("Dashboard", "Submit Ticket", "R&D Desk", "Settings")


class Factory:
    """Makes a label and counts how often it was asked to."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.made = 0

    def __call__(self) -> QLabel:
        self.made += 1
        return QLabel(self.title)


@pytest.fixture
def factories() -> list[Factory]:
    return [Factory(title) for title in TITLES]


@pytest.fixture
def tabs(qtbot, factories) -> NavigationTabs:
    tabs = NavigationTabs()
    for icon, factory in zip(("dashboard", "submit", "users", "settings"), factories, strict=True):
        tabs.add_lazy(icon, factory.title, factory)
    tabs.set_person("Charlie Hart", "Manager")
    tabs.resize(1200, 700)
    qtbot.addWidget(tabs)
    return tabs


def account_of(tabs: NavigationTabs) -> QAbstractButton:
    account = tabs.findChild(QAbstractButton, options=Qt.FindDirectChildrenOnly)
    assert account is not None
    return account


def middle_of(tabs: NavigationTabs, index: int) -> QPoint:
    return tabs.tabBar().tabRect(index).center()


def test_nothing_is_made_before_it_is_seen(tabs, factories, qtbot):
    assert [factory.made for factory in factories] == [0, 0, 0, 0]
    with qtbot.waitSignal(tabs.tab_opened) as opened:
        tabs.show()
    assert opened.args == [0]
    assert [factory.made for factory in factories] == [1, 0, 0, 0]


def test_a_restored_tab_is_the_only_one_made(tabs, factories):
    tabs.setCurrentIndex(2)
    tabs.show()
    assert [factory.made for factory in factories] == [0, 0, 1, 0]


def test_a_click_opens_a_tab_and_makes_it_once(tabs, factories, qtbot):
    tabs.show()
    for index in (1, 0, 1):
        with qtbot.waitSignal(tabs.tab_opened) as opened:
            qtbot.mouseClick(tabs.tabBar(), Qt.LeftButton, pos=middle_of(tabs, index))
        assert opened.args == [index]
    assert [factory.made for factory in factories] == [1, 1, 0, 0]
    assert tabs.made(1).text() == "Submit Ticket"
    assert tabs.made(1).isVisible()
    assert tabs.made(3) is None


def test_open_gives_the_widget(tabs):
    tabs.show()
    assert tabs.open(3).text() == "Settings"
    assert tabs.currentIndex() == 3


def test_the_keyboard_moves_up_and_down(tabs, qtbot):
    tabs.show()
    visited: list[Any] = []
    tabs.currentChanged.connect(visited.append)
    keys = (Qt.Key_Down, Qt.Key_Down, Qt.Key_Up, Qt.Key_End, Qt.Key_Down, Qt.Key_Home, Qt.Key_Up)
    for key in keys:
        qtbot.keyClick(tabs.tabBar(), key)
    assert visited == [1, 2, 1, 3, 0]


def test_the_keyboard_passes_over_what_is_hidden_or_disabled(tabs, qtbot):
    tabs.show()
    tabs.setTabVisible(1, False)
    tabs.setTabEnabled(2, False)
    qtbot.keyClick(tabs.tabBar(), Qt.Key_Down)
    assert tabs.currentIndex() == 3


def test_the_tabs_stand_in_a_column(tabs):
    tabs.show()
    rects = [tabs.tabBar().tabRect(index) for index in range(4)]
    assert {rect.width() for rect in rects} == {WIDTH}
    assert all(upper.bottom() < lower.top() for upper, lower in pairwise(rects))
    assert tabs.widget(0).mapTo(tabs, QPoint(0, 0)).x() == WIDTH
    assert account_of(tabs).geometry().bottom() == tabs.rect().bottom()


def test_the_column_is_dark_and_the_selected_tab_lighter(look, tabs):
    tabs.show()
    image = tabs.grab().toImage()
    assert image.pixelColor(2, 300) == look.colour("navigation")
    assert image.pixelColor(2, 690) == look.colour("navigation")
    selected = tabs.tabBar().tabRect(0)
    assert image.pixelColor(190, selected.bottom() - 4) == look.colour("navigation_selected")


def test_the_tab_under_the_pointer_lights_up(look, tabs, qtbot):
    tabs.show()
    place = middle_of(tabs, 2) + QPoint(80, 0)
    qtbot.mouseMove(tabs.tabBar(), place)
    assert tabs.grab().toImage().pixelColor(place) == look.colour("navigation_hover")
    qtbot.mouseMove(tabs.tabBar(), middle_of(tabs, 1))
    assert tabs.grab().toImage().pixelColor(place) == look.colour("navigation")
    qtbot.mouseMove(tabs.tabBar(), place)
    QApplication.sendEvent(tabs.tabBar(), QEvent(QEvent.Leave))
    assert tabs.grab().toImage().pixelColor(place) == look.colour("navigation")


def accents(look, tabs, index: int) -> int:
    """Count the pixels of a tab that have the badge's colour."""
    rect = tabs.tabBar().tabRect(index)
    image = tabs.tabBar().grab().toImage()
    return sum(
        image.pixelColor(x, y) == look.colour("accent")
        for x in range(rect.left(), rect.right())
        for y in range(rect.top(), rect.bottom())
    )


def test_a_badge_is_shown_only_where_something_waits(look, tabs):
    tabs.show()
    assert accents(look, tabs, 1) == 0
    tabs.set_badge(1, 7)
    small = accents(look, tabs, 1)
    tabs.set_badge(1, 1_204)
    assert 50 < small < accents(look, tabs, 1)
    tabs.set_badge(1, 0)
    assert accents(look, tabs, 1) == 0


def test_a_badge_is_said_too(tabs):
    tabs.set_badge(2, 14)
    assert tabs.tabBar().accessibleTabName(2) == "R&D Desk, 14 waiting"
    tabs.set_badge(2, 0)
    assert tabs.tabBar().accessibleTabName(2) == "R&D Desk"


def test_a_narrow_window_shows_icons_alone(look, tabs):
    tabs.show()
    tabs.set_badge(1, 3)
    tabs.resize(880, 700)
    assert tabs.is_compact
    assert tabs.tabBar().tabRect(1).width() == COMPACT_WIDTH
    assert tabs.tabBar().width() == COMPACT_WIDTH
    assert tabs.widget(0).mapTo(tabs, QPoint(0, 0)).x() == COMPACT_WIDTH
    assert tabs.tabBar().tabToolTip(1) == "Submit Ticket"
    assert account_of(tabs).width() == COMPACT_WIDTH
    assert accents(look, tabs, 1) > 20
    tabs.resize(1200, 700)
    assert tabs.tabBar().tabRect(1).width() == WIDTH
    assert tabs.tabBar().tabToolTip(1) == ""


def test_the_person_is_named_and_can_be_clicked(tabs, qtbot):
    tabs.show()
    account = account_of(tabs)
    assert account.accessibleName() == "Account: Charlie Hart, Manager"
    with qtbot.waitSignal(tabs.account_clicked):
        qtbot.mouseClick(account, Qt.LeftButton)


@pytest.mark.parametrize("key", [Qt.Key_Space, Qt.Key_Return, Qt.Key_Enter])
def test_the_person_can_be_chosen_with_the_keyboard(tabs, qtbot, key):
    tabs.show()
    account = account_of(tabs)
    assert account.focusPolicy() & Qt.TabFocus
    with qtbot.waitSignal(tabs.account_clicked):
        qtbot.keyClick(account, key)


def test_the_tabs_give_way_to_the_person_in_a_low_window(tabs):
    tabs.show()
    tabs.resize(1000, 170)
    assert tabs.tabBar().geometry().bottom() < account_of(tabs).geometry().top()


def test_the_focus_can_be_seen(look, tabs, qtbot):
    tabs.show()
    tabs.activateWindow()
    tabs.tabBar().setFocus(Qt.TabFocusReason)
    qtbot.waitUntil(tabs.tabBar().hasFocus)
    assert accents(look, tabs, 0) > 200


def test_a_right_to_left_reader_has_the_column_on_the_right(look, tabs):
    tabs.setLayoutDirection(Qt.RightToLeft)
    tabs.show()
    assert tabs.tabPosition() == QTabWidget.East
    image = tabs.grab().toImage()
    assert image.pixelColor(1198, 400) == look.colour("navigation")
    assert image.pixelColor(2, 400) == look.colour("background")
    assert account_of(tabs).geometry().right() == tabs.rect().right()
