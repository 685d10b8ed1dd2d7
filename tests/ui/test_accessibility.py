# SPDX-License-Identifier: GPL-3.0-or-later
"""Every control has a name, the keyboard reaches it once, and large or mirrored text fits."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QPushButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from helpdesk.core.schemas.articles import ArticleChange, ArticleLink, NewArticle
from helpdesk.core.schemas.tickets import NewComment, NewTicket
from helpdesk.ui.dashboard.live import Live
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.people.user_dialog import UserDialog
from tests.ui.seats import LONGEST_MS, Seat

WINDOWS = [
    ("alice", "submit"),
    ("alice", "view"),
    ("charlie", "manage"),
    ("charlie", "dashboard"),
    ("charlie", "reports"),
    ("alice", "articles"),
    ("charlie", "articles"),
    ("alice", "assistant"),
    ("alice", "settings"),
    ("dana", "users"),
    ("dana", "settings"),
]


@pytest.fixture
def window_of(seated, sign_in):
    alice = sign_in("alice")
    ticket = alice.tickets.open(NewTicket(subject="The printer is jammed", description="Help!"))
    alice.tickets.comment(ticket.id, NewComment(body="Please."))
    charlie = sign_in("charlie")
    new = NewArticle(title="Unjam the printer", summary="Pull.", body="Pull it.", tags=("printer",))
    change = ArticleChange(publish=True, version=1)
    article = charlie.articles.save(charlie.articles.create(new).id, change)
    charlie.knowledge.link(ticket.id, ArticleLink(article_id=article.id))

    def opened(who: str, key: str, width: int = 1400) -> MainWindow:
        seat = seated(who)
        window = MainWindow(seat.desktop)
        seat.show(window, width, 900)
        window.open_tab(key)
        seat.settle()
        window.seat = seat  # type: ignore[attr-defined]
        return window

    return opened


def at_rest(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until the window has the keyboard, and nothing more arrives that Tab could reach.

    Figures come a moment after the cards: who walks meanwhile meets other controls than were there.
    """
    seat: Seat = window.seat  # type: ignore[attr-defined]

    def is_at_rest() -> bool:
        live = window.findChildren(Live)
        has_keyboard = QApplication.activeWindow() is window
        return has_keyboard and not seat.background.busy and all(each.is_at_rest for each in live)

    qtbot.waitUntil(is_at_rest, timeout=LONGEST_MS)


def reachable(window: QWidget) -> list[QWidget]:
    """Return the visible controls that Tab reaches, in the order of the focus chain."""
    chain: list[QWidget] = []
    widget = window.nextInFocusChain()
    while widget is not window:
        is_reached = widget.focusPolicy() & Qt.TabFocus and widget.focusProxy() is None
        if is_reached and widget.isVisible() and widget.isEnabled():
            chain.append(widget)
        widget = widget.nextInFocusChain()
    return chain


def name_of(widget: QWidget) -> str:
    """Return what a screen reader would say of a control."""
    text = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
    return widget.accessibleName() or text


def described(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}"


@pytest.mark.parametrize(("who", "key"), WINDOWS)
def test_every_control_has_a_name(window_of, who, key):
    window = window_of(who, key)
    nameless = [described(w) for w in reachable(window) if not name_of(w)]
    assert nameless == []


@pytest.mark.parametrize(("who", "key"), WINDOWS)
def test_tab_visits_every_control_once_and_comes_round(window_of, qtbot, who, key):
    window = window_of(who, key)
    at_rest(window, qtbot)
    expected = reachable(window)
    assert len({id(w) for w in expected}) == len(expected)
    expected[0].setFocus()
    visited: list[QWidget] = []
    for _ in range(len(expected) + 5):
        focus = QApplication.focusWidget()
        assert focus is not None
        if focus in visited:
            break
        visited.append(focus)
        qtbot.keyClick(focus, Qt.Key_Tab)
    missed = [described(w) for w in expected if w not in visited]
    # A row that got the keyboard may have brought buttons with it: the chain is told as it is now.
    assert missed == [], list(map(described, reachable(window)))
    assert QApplication.focusWidget() is visited[0], "the round is closed"


def test_the_form_is_walked_from_top_to_bottom(window_of, qtbot):
    window = window_of("alice", "submit")
    tab = window.current_tab()
    fields = [tab.subject, tab.description, tab.category, tab.priority]
    chain = reachable(window)
    assert [w for w in chain if w in fields] == fields
    assert chain.index(tab.submit_button) > chain.index(tab.priority)


def test_a_dialog_is_named_and_walked(window_of, qtbot):
    window = window_of("dana", "users")
    window.current_tab().add_button.click()
    dialog = window.findChild(UserDialog)
    assert dialog is not None
    assert [described(w) for w in reachable(dialog) if not name_of(w)] == []
    fields = [dialog.full_name, dialog.username, dialog.email, dialog.role]
    assert [w for w in reachable(dialog) if w in fields] == fields
    dialog.reject()


def cut_buttons(window: QWidget) -> list[str]:
    """Return the words of buttons that have less room than their words take."""
    cut = []
    for button in window.findChildren(QPushButton):
        if button.isVisible() and button.text():
            needs = button.fontMetrics().horizontalAdvance(button.text().replace("&", ""))
            if needs > button.width():
                cut.append(button.text())
    return cut


@pytest.mark.parametrize(("who", "key"), WINDOWS)
def test_words_that_are_longer_by_two_fifths_fit(window_of, qtbot, who, key):
    window = window_of(who, key)
    for button in window.findChildren(QPushButton):
        if button.isVisible() and button.text() and not button.menu():
            button.setText(button.text() + "m" * round(len(button.text()) * 0.4))
    qtbot.waitUntil(lambda: cut_buttons(window) == [])
    assert window.minimumSizeHint().width() <= 1440


@pytest.mark.parametrize(("who", "key"), WINDOWS)
def test_mirrored_for_right_to_left(window_of, qapp, who, key):
    qapp.setLayoutDirection(Qt.RightToLeft)
    try:
        window = window_of(who, key)
        bar = window.navigation.tabBar()
        assert bar.mapTo(window, bar.rect().center()).x() > window.width() / 2
        assert not window.grab().isNull()
    finally:
        qapp.setLayoutDirection(Qt.LeftToRight)


def test_nothing_scrolls_sideways_in_a_ticket(window_of):
    window = window_of("charlie", "manage")
    for area in window.findChildren(QScrollArea):
        if area.isVisible():
            assert area.widget().width() <= area.viewport().width()


def test_fields_of_long_names_stay_in_their_column(window_of, embedded, sign_in, qtbot):
    from helpdesk.core.schemas.users import UserChange

    admin = embedded.as_system()
    alice = admin.users.named("alice")
    email = "a.very.long.address.of.somebody@department.of.a.large.corporation.example"
    admin.users.change(
        alice.id, UserChange(email=email, full_name="N" * 120, version=alice.version)
    )
    test_nothing_scrolls_sideways_in_a_ticket(window_of)
