# SPDX-License-Identifier: GPL-3.0-or-later
"""People are told in the window, once and undisturbed, and each word leads to its ticket."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from PyQt5.QtCore import QEvent, QProcess, Qt
from PyQt5.QtWidgets import QApplication, QLabel, QPushButton, QSystemTrayIcon

from helpdesk.core.errors import Busy, Unreachable
from helpdesk.core.paths import resource
from helpdesk.core.schemas.notifications import Happening, NotificationQuery
from helpdesk.core.schemas.tickets import Assignment, NewComment, NewTicket, Priority, TicketChange
from helpdesk.services.rule_defaults import DEFAULT_RULES
from helpdesk.ui import theme
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.manage_tickets_tab import ManageTicketsTab
from helpdesk.ui.notifications import chime
from helpdesk.ui.notifications.centre import NotificationCentre
from helpdesk.ui.notifications.list_model import PAGE
from helpdesk.ui.notifications.quiet import is_quiet
from helpdesk.ui.notifications.tray import Tray
from helpdesk.ui.view_tickets_tab import ViewTicketsTab
from helpdesk.ui.widgets.banner import Banner
from tests.ui.notifications_twin import USUAL, TwinNotifications
from tests.ui.seats import click, click_row, shown

Opened = Callable[[str], MainWindow]


@pytest.fixture
def window_of(seated) -> Opened:
    def opened(who: str) -> MainWindow:
        seat = seated(who)
        window = MainWindow(seat.desktop)
        seat.show(window, 1400, 900)
        window.seat = seat  # type: ignore[attr-defined]
        return window

    return opened


@pytest.fixture
def ticket(sign_in) -> Any:
    return sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))


@pytest.fixture
def twin(clock) -> TwinNotifications:
    return TwinNotifications(clock.now)


@pytest.fixture
def window(seated, twin, ticket, monkeypatch) -> MainWindow:
    """Return bob's window, whose notifications are the twin's; a ticket lies in the queue."""
    seat = seated("bob")
    monkeypatch.setattr(seat.desktop.desk, "notifications", twin)
    window = MainWindow(seat.desktop)
    seat.show(window, 1400, 900)
    window.seat = seat  # type: ignore[attr-defined]
    return window


def told(window: MainWindow) -> NotificationCentre:
    """Return what tells people, after it has heard that something is new."""
    seat: Any = window.seat  # type: ignore[attr-defined]
    seat.feed.changed.emit("notification", (seat.session.user.id,))
    seat.settle()
    return window.notifications


def opened_list(window: MainWindow) -> Any:
    window.notifications.open_list()
    window.seat.settle()  # type: ignore[attr-defined]
    return window.notifications.panel


def titles(panel: Any) -> list[str]:
    model = panel.model
    return [model.index(row).data(Qt.UserRole).title for row in range(model.rowCount())]


# --- on a real desk ---------------------------------------------------------------------------


def test_who_follows_no_more_has_no_news_left_and_an_old_card_says_why(
    window_of, ticket, sign_in, qtbot
):
    bob, window = sign_in("bob"), window_of("erin")
    seat, centre = window.seat, window.notifications
    erin = seat.session.user.id
    bob.watchers.add(ticket.id, erin)
    bob.tickets.comment(ticket.id, NewComment(body="Take the tray out."))
    qtbot.waitUntil(lambda: len(centre.cards.cards) == 1)
    assert centre.bell.badge == "1"
    bob.watchers.remove(ticket.id, erin)
    qtbot.waitUntil(lambda: centre.bell.badge == "")
    [card] = centre.cards.cards
    click(qtbot, card)
    seat.settle()
    tab = window.current_tab()
    assert isinstance(tab, ViewTicketsTab)
    said = [each.text() for each in tab.pane.findChildren(QLabel) if each.isVisible()]
    assert f"{ticket.number} cannot be read here" in said
    assert "It was deleted, or you do not follow it any more; choose another ticket." in said
    buttons = [each.text() for each in tab.pane.findChildren(QPushButton) if each.isVisible()]
    assert "Retry" not in buttons, "it would be in vain"


def test_who_is_given_a_ticket_hears_of_it_and_a_click_opens_it(
    window_of, ticket, sign_in, embedded, qtbot
):
    # The queue does not become empty when the other ticket leaves it.
    sign_in("alice").tickets.open(NewTicket(subject="Another one"))
    window = window_of("bob")
    seat, centre = window.seat, window.notifications
    assert centre.bell.badge == ""
    focus = QApplication.focusWidget()
    bob = seat.session.user.id
    sign_in("dana").tickets.assign(ticket.id, Assignment(assignee_id=bob, version=ticket.version))
    qtbot.waitUntil(lambda: len(centre.cards.cards) == 1)
    [card] = centre.cards.cards
    assert ticket.number in card.notification.title
    assert centre.bell.badge == "1"
    assert "1 unread" in centre.bell.accessibleName()
    assert QApplication.focusWidget() is focus, "the focus stays where it was"

    click(qtbot, card)
    seat.settle()
    tab = window.current_tab()
    assert isinstance(tab, ManageTicketsTab), "staff land where they can work it"
    assert shown(tab.pane).id == ticket.id
    assert centre.bell.badge == ""
    assert embedded_unread(sign_in, "bob") == 0


@pytest.mark.parametrize(
    ("happening", "where"),
    [(Happening.ANSWERED, ViewTicketsTab), (Happening.OVERDUE, ManageTicketsTab)],
)
def test_staff_read_their_own_requests_and_work_all_others(
    window, twin, ticket, qtbot, happening, where
):
    twin.add("Something happened", happening=happening, ticket_id=ticket.id)
    [card] = told(window).cards.cards
    click(qtbot, card)
    assert isinstance(window.current_tab(), where)
    panel = opened_list(window)
    window.open_tab("settings")
    qtbot.keyClick(panel.rows, Qt.Key_Return)
    assert isinstance(window.current_tab(), where)


def embedded_unread(sign_in, who: str) -> int:
    return int(sign_in(who).notifications.search(NotificationQuery()).unread)


def test_what_is_urgent_reaches_a_manager_and_stays_in_the_bell_until_it_is_read(
    window_of, ticket, sign_in, qtbot
):
    add = sign_in("dana").rules.add
    for rule in DEFAULT_RULES:
        add(rule)
    window = window_of("charlie")
    centre = window.notifications
    change = TicketChange(priority=Priority.URGENT, version=ticket.version)
    sign_in("bob").tickets.change(ticket.id, change)
    qtbot.waitUntil(lambda: len(centre.cards.cards) == 1)
    [card] = centre.cards.cards
    assert card.notification.urgent
    assert card.is_counting, "it folds into the bell"
    assert centre.bell.icon_name == "bell_urgent"
    click(qtbot, card.close_button)
    assert centre.cards.cards == []
    assert centre.bell.badge == "1", "it stays in the list, unread"


def test_nobody_hears_of_what_concerns_another(window_of, ticket, sign_in, embedded, qtbot):
    window = window_of("frank")
    bob = embedded.as_system().users.named("bob").id
    with qtbot.waitSignal(window.seat.feed.changed):
        change = Assignment(assignee_id=bob, version=ticket.version)
        sign_in("dana").tickets.assign(ticket.id, change)
    window.seat.settle()
    assert window.notifications.bell.badge == ""
    assert window.notifications.cards.cards == []


def test_signing_out_takes_away_what_was_told(window, twin, qtbot):
    twin.add("Overdue", urgent=True)
    centre = told(window)
    centre.open_list()
    assert centre.cards.cards
    window.sign_out()
    assert centre.cards.cards == []
    assert not centre.panel.isVisible()
    twin.add("For whoever sat here before", urgent=True)
    told(window)
    assert centre.cards.cards == [], "nobody is told any more"


# --- cards ------------------------------------------------------------------------------------


def test_one_card_stands_there_and_the_rest_is_counted(window, twin, qtbot):
    twin.add("Very late", urgent=True)
    for number in range(2):
        twin.add(f"Number {number}")
    centre = told(window)
    stack = centre.cards
    [card] = stack.cards
    assert card.notification.title == "Very late"
    assert stack.more_button.text() == "2 more"
    assert stack.more_button.y() > card.geometry().bottom()
    assert card.geometry().right() <= window.width()
    click(qtbot, stack.more_button)
    window.seat.settle()
    assert centre.panel.isVisible()
    assert stack.cards == []
    centre.panel.close()


def test_all_that_is_urgent_shares_one_card_that_opens_the_list(window, twin, qtbot):
    for number in range(19):
        twin.add(f"Overdue {number}", urgent=True)
    centre = told(window)
    window.resize(1024, 700)
    stack = centre.cards
    [card] = stack.cards
    assert card.accessibleName().startswith("19 urgent notifications. ")
    assert not stack.more_button.isVisible()
    # What stands below must stay in reach, even of a small window.
    assert card.height() < 130
    twin.add("Overdue too", urgent=True)
    told(window)
    [card] = stack.cards
    click(qtbot, card)
    window.seat.settle()
    assert centre.panel.isVisible()
    assert stack.cards == []
    assert centre.bell.badge == "20", "unread still"
    centre.panel.close()


def test_a_ticket_that_is_opened_needs_no_card_any_more(window, twin, ticket, sign_in):
    other = sign_in("alice").tickets.open(NewTicket(subject="Something else"))
    twin.add("About another", urgent=True, ticket_id=other.id)
    twin.add("About the printer", urgent=True, ticket_id=ticket.id)
    centre = told(window)
    assert len(centre.cards.cards[0].told) == 2
    queue: Any = window.open_tab("manage")
    queue.pane.open(other.id)
    window.seat.settle()
    [card] = centre.cards.cards
    assert card.notification.title == "About the printer", "one alone shows itself"
    assert centre.bell.badge == "1"
    queue.pane.open(ticket.id)
    window.seat.settle()
    assert centre.cards.cards == []


def test_coming_back_to_the_tab_of_a_ticket_is_seeing_it(window, twin, ticket):
    queue: Any = window.open_tab("manage")
    queue.pane.open(ticket.id)
    window.seat.settle()
    window.open_tab("settings")
    twin.add("It is late", urgent=True, ticket_id=ticket.id)
    assert len(told(window).cards.cards) == 1
    queue.pane.refresh()
    window.seat.settle()
    assert len(window.notifications.cards.cards) == 1, "nobody looks at it"
    window.open_tab("manage")
    assert window.notifications.cards.cards == []


def test_a_card_goes_by_itself_and_waits_while_it_is_looked_at(window, twin, qtbot):
    twin.add("A ticket is yours")
    [card] = told(window).cards.cards
    assert card.is_counting
    QApplication.sendEvent(card, QEvent(QEvent.Enter))
    assert not card.is_counting
    QApplication.sendEvent(card, QEvent(QEvent.Leave))
    assert card.is_counting
    QApplication.sendEvent(window, QEvent(QEvent.WindowDeactivate))
    assert not card.is_counting, "nobody looks at the window"
    card.expired.emit()
    assert window.notifications.cards.cards == []
    assert window.notifications.bell.badge == "1", "unread still"


@pytest.mark.parametrize("size", [(1440, 900), (1024, 700)])
def test_an_urgent_card_leaves_toolbars_free_and_folds_into_the_bell(window, twin, ticket, size):
    window.resize(*size)
    twin.add("It is late " * 12, urgent=True, ticket_id=ticket.id)
    centre = told(window)
    [card] = centre.cards.cards
    assert card.is_counting
    assert card.y() > window.height() / 2
    assert card.x() > window.navigation.column_width
    assert card.geometry().bottom() < window.height() - window.statusBar().height()
    card.expired.emit()
    assert centre.cards.cards == []
    assert (centre.bell.badge, centre.bell.icon_name) == ("1", "bell_urgent"), "unread still"
    told(window)
    assert centre.cards.cards == [], "it does not come back"
    # Opening its ticket is reading it, folded as it is.
    centre.ticket_shown(ticket.id)
    window.seat.settle()
    assert centre.cards.about(ticket.id) == ()
    assert centre.bell.badge == ""


def test_a_card_is_worked_with_the_keyboard(window, twin, ticket, qtbot):
    twin.add("First", ticket_id=ticket.id)
    twin.add("Second", ticket_id=ticket.id)
    stack = told(window).cards
    [second] = stack.cards
    assert "Second" in second.accessibleName()
    qtbot.keyClick(second, Qt.Key_Escape)
    [first] = stack.cards
    assert "First" in first.accessibleName()
    qtbot.keyClick(first, Qt.Key_Return)
    window.seat.settle()
    assert shown(window.current_tab().pane).id == ticket.id


def test_what_came_while_away_is_in_the_bell_and_only_what_is_urgent_pops_up(
    seated, twin, ticket, monkeypatch
):
    twin.add("While you were away")
    twin.add("Overdue since yesterday", urgent=True)
    twin.add("Read elsewhere", urgent=True, read=True)
    seat = seated("bob")
    monkeypatch.setattr(seat.desktop.desk, "notifications", twin)
    window = MainWindow(seat.desktop)
    seat.show(window)
    centre = window.notifications
    assert [card.notification.title for card in centre.cards.cards] == ["Overdue since yesterday"]
    assert centre.bell.badge == "2"


def test_numbers_of_before_a_restored_backup_hide_nothing(window, twin):
    for number in range(5):
        twin.add(f"Number {number}")
    told(window)
    window.notifications.cards.clear()
    twin.items = twin.items[-2:]
    window.seat.feed.changed.emit("notification", ())
    window.seat.settle()
    assert window.notifications.bell.badge == "2"
    assert window.notifications.cards.cards == []
    twin.add("After the backup")
    told(window)
    assert [card.notification.title for card in window.notifications.cards.cards] == [
        "After the backup"
    ]


# --- the list ---------------------------------------------------------------------------------


def test_the_list_is_opened_by_a_key_and_leads_to_the_ticket(window, twin, ticket, qtbot):
    twin.add("Older", read=True)
    twin.add("Newer", ticket_id=ticket.id)
    qtbot.keyClick(window, Qt.Key_N, Qt.ControlModifier | Qt.ShiftModifier)
    window.seat.settle()
    panel = window.notifications.panel
    assert panel.isVisible()
    assert titles(panel) == ["Newer", "Older"]
    assert panel.rows.currentIndex().row() == 0
    assert panel.rows.currentIndex().data(Qt.AccessibleTextRole).startswith("Unread. Newer.")
    qtbot.keyClick(panel.rows, Qt.Key_Return)
    window.seat.settle()
    assert not panel.isVisible()
    assert shown(window.current_tab().pane).id == ticket.id
    assert [item.read for item in twin.items] == [True, True]


def test_letters_step_and_mark_in_the_list(window, twin, qtbot):
    twin.add("Older")
    twin.add("Newer")
    panel = opened_list(window)
    qtbot.keyClick(panel.rows, Qt.Key_J)
    assert panel.rows.currentIndex().row() == 1
    qtbot.keyClick(panel.rows, Qt.Key_U)
    assert window.notifications.bell.badge == "1", "shown at once"
    window.seat.settle()
    assert [item.read for item in twin.items] == [False, True]
    qtbot.keyClick(panel.rows, Qt.Key_U)
    window.seat.settle()
    assert [item.read for item in twin.items] == [False, False]
    assert panel.rows.currentIndex().row() == 1
    qtbot.keyClick(panel.rows, Qt.Key_Escape)
    assert not panel.isVisible()


def test_all_are_marked_read_and_cards_of_them_go(window, twin, qtbot):
    for number in range(2):
        twin.add(f"Number {number}", urgent=True)
    centre = told(window)
    panel = opened_list(window)
    click(qtbot, panel.read_button)
    window.seat.settle()
    assert centre.bell.badge == ""
    assert centre.cards.cards == []
    assert not panel.read_button.isEnabled()
    panel.filter.button("unread").click()
    window.seat.settle()
    assert panel.states.state == "empty"
    panel.close()


def test_scrolling_loads_what_is_older_and_news_does_not_move_it(window, twin, qtbot):
    for number in range(PAGE + 20):
        twin.add(f"Number {number}", read=True)
    panel = opened_list(window)
    assert panel.model.rowCount() == PAGE
    panel.model.fetchMore(panel.rows.rootIndex())
    window.seat.settle()
    assert panel.model.rowCount() == PAGE + 20
    panel.rows.setCurrentIndex(panel.model.index(3))
    before = panel.rows.currentIndex().data(Qt.UserRole).id
    twin.add("The newest")
    told(window)
    assert titles(panel)[0] == "The newest"
    assert panel.model.rowCount() == PAGE + 21
    assert panel.rows.currentIndex().data(Qt.UserRole).id == before
    assert window.notifications.cards.cards == [], "who reads the list sees it there"
    panel.close()


def test_a_list_that_cannot_be_read_says_so_and_keeps_what_it_has(window, twin, qtbot):
    twin.fault = Busy("Another program is writing.")
    panel = opened_list(window)
    assert panel.states.state == "failed"
    twin.fault = None
    panel.model.load()
    window.seat.settle()
    assert panel.states.state == "empty"
    twin.add("Something")
    told(window)
    assert titles(panel) == ["Something"]
    twin.fault = Busy("Another program is writing.")
    qtbot.keyClick(panel.rows, Qt.Key_U)
    window.seat.settle()
    assert window.notifications.bell.badge == "1", "it is unread as before"
    assert not panel.rows.currentIndex().data(Qt.UserRole).read
    assert panel.findChild(Banner).text == "Another program is writing."
    panel.close()


def test_while_the_server_is_away_the_bell_keeps_its_number(window, twin):
    twin.add("Something")
    assert told(window).bell.badge == "1"
    twin.fault = Unreachable("The server does not answer.")
    twin.add("Not heard of yet")
    assert told(window).bell.badge == "1"
    twin.fault = None
    window.seat.feed.catch_up()
    window.seat.settle()
    assert window.notifications.bell.badge == "2"


def test_a_click_in_the_list_marks_what_has_no_ticket(window, twin, qtbot):
    twin.add("Mail does not leave the desk", ticket_id=None)
    panel = opened_list(window)
    click_row(qtbot, panel.rows, 0)
    window.seat.settle()
    assert panel.isVisible()
    assert twin.items[0].read
    panel.close()


# --- the tray, quiet hours and the sound ------------------------------------------------------


class HeardTray(QSystemTrayIcon):
    """Notes the messages in place of a system that shows them."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def show(self) -> None:
        """Stay unseen: this platform has no place for it."""

    def showMessage(self, title: str, *_rest: Any) -> None:  # noqa: N802 - Qt's name
        self.messages.append(title)


@pytest.fixture
def icon(window) -> HeardTray:
    icon = HeardTray()
    tray = Tray(icon, window, submits=True)
    tray.setParent(window)
    window.notifications.use_tray(tray)
    return icon


def test_the_system_tells_only_while_nobody_looks(window, twin, icon, ticket, qtbot):
    twin.add("Seen in the window")
    told(window)
    assert icon.messages == []
    window.showMinimized()
    twin.add("In the list alone", shown=False)
    twin.add("Seen beside the clock", ticket_id=ticket.id)
    told(window)
    assert icon.messages == ["Seen beside the clock"]
    assert icon.toolTip() == "Help Desk: 3 unread"
    icon.messageClicked.emit()
    window.seat.settle()
    assert not window.isMinimized()
    assert shown(window.current_tab().pane).id == ticket.id
    assert icon.toolTip() == "Help Desk: 2 unread"


def test_muted_nothing_rings_for_an_hour(window, twin, icon, clock, monkeypatch):
    played: list[bool] = []
    monkeypatch.setattr(window.notifications.chime, "play", lambda: played.append(True))
    mute = next(a for a in icon.contextMenu().actions() if a.text() == "Mute for an hour")
    mute.trigger()
    window.showMinimized()
    twin.add("Assigned")
    twin.add("Overdue", urgent=True)
    centre = told(window)
    assert (icon.messages, played) == ([], [])
    assert [card.notification.title for card in centre.cards.cards] == ["Overdue"]
    assert centre.bell.icon_name == "bell_off"
    clock.forward(hours=1)
    twin.add("Overdue too", urgent=True)
    told(window)
    assert (icon.messages, played) == (["Overdue too"], [True])
    window.showNormal()


def test_in_quiet_hours_only_what_is_urgent_and_may_comes_through(window, twin, monkeypatch):
    played: list[bool] = []
    monkeypatch.setattr(window.notifications.chime, "play", lambda: played.append(True))
    twin.kept = USUAL.model_copy(update={"quiet": True, "quiet_from": 8 * 60, "quiet_until": 600})
    twin.add("Assigned")
    twin.add("Overdue", urgent=True)
    centre = told(window)
    assert [card.notification.title for card in centre.cards.cards] == ["Overdue"]
    assert played == [True]
    assert centre.bell.badge == "2"
    twin.kept = twin.kept.model_copy(update={"urgent_breaks_quiet": False, "sound": False})
    twin.add("Overdue in silence", urgent=True)
    told(window)
    assert len(centre.cards.cards) == 1
    assert played == [True]


@pytest.mark.parametrize(
    ("begin", "end", "zone", "quiet"),
    [
        (8 * 60, 10 * 60, "UTC", True),
        (9 * 60 + 1, 10 * 60, "UTC", False),
        (22 * 60, 9 * 60, "UTC", False),
        (22 * 60, 9 * 60 + 1, "UTC", True),
        (18 * 60, 19 * 60, "Asia/Tokyo", True),
        (8 * 60, 8 * 60, "UTC", False),
        (0, 23 * 60, "Nowhere/At_all", False),
    ],
)
def test_quiet_hours_are_those_of_the_persons_own_clock(begin, end, zone, quiet):
    wishes = USUAL.model_copy(
        update={"quiet": True, "quiet_from": begin, "quiet_until": end, "time_zone": zone}
    )
    assert is_quiet(wishes, datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) is quiet
    assert not is_quiet(
        wishes.model_copy(update={"quiet": False}), datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    )


def test_a_machine_without_sound_is_silent_and_says_so(window, qtbot):
    with qtbot.waitSignal(window.notifications.chime.silent):
        window.notifications.chime.play()


def test_a_player_that_fails_is_followed_by_the_next(window, qtbot, monkeypatch, tmp_path):
    """The players are programs of the test's own: no machine of tests has a loudspeaker."""
    monkeypatch.setattr(chime, "_SILENT_PLATFORMS", ())
    heard = tmp_path / "heard"
    away, broken, works = (tmp_path / name for name in ("away", "broken", "works"))
    broken.write_text("#!/bin/sh\necho Connection refused >&2\nexit 1\n")
    works.write_text(f'#!/bin/sh\nprintf "%s" "$*" > {heard}.made\nmv {heard}.made {heard}\n')
    for program in (broken, works):
        program.chmod(0o700)
    monkeypatch.setattr(chime, "players", lambda: [[str(away)], [str(broken)], [str(works), "-q"]])
    window.notifications.chime.play()
    qtbot.waitUntil(heard.exists)
    assert heard.read_text() == f"-q {resource('sounds/chime.wav')}"

    monkeypatch.setattr(chime, "players", lambda: [[str(away)], [str(broken)]])
    qtbot.waitUntil(lambda: not window.notifications.chime.findChildren(QProcess))
    with qtbot.waitSignal(window.notifications.chime.silent):
        window.notifications.chime.play()


# --- how it looks -----------------------------------------------------------------------------


def test_rows_cards_bell_and_icon_are_painted_in_both_themes_and_directions(
    window, twin, icon, qapp
):
    for position, happening in enumerate(Happening):
        twin.add(
            f"{happening.label}: <b>{'words ' * 30}</b>",
            happening=happening,
            urgent=position % 5 == 0,
            read=position % 2 == 0,
            why="Rule 'Tell managers'",
        )
    centre = told(window)
    panel = opened_list(window)
    pictures = set()
    for mode in ("light", "dark"):
        theme.current().set_mode(mode)
        pictures.add(bytes(panel.grab().toImage().bits().asarray(4000)))
        for card in centre.cards.cards:
            assert card.height() >= card.layout().totalHeightForWidth(card.width())
        assert not icon.icon().pixmap(32, 32).isNull()
        assert not window.grab().isNull()
    assert len(pictures) == 2
    qapp.setLayoutDirection(Qt.RightToLeft)
    try:
        window.grab()
        assert all(card.x() > window.width() / 2 for card in centre.cards.cards)
        panel.grab()
    finally:
        qapp.setLayoutDirection(Qt.LeftToRight)
    panel.close()


@pytest.mark.parametrize(("count", "badge"), [(0, ""), (7, "7"), (99, "99"), (100, "99+")])
def test_the_bell_counts_to_ninety_nine(window, count, badge):
    bell = window.notifications.bell
    bell.show_counts(count, 0)
    assert bell.badge == badge


def test_in_a_narrow_window_the_bell_stands_above_the_person(window):
    bell = window.notifications.bell
    window.resize(1400, 900)
    assert bell.x() > window.navigation.column_width / 2
    window.resize(1000, 700)
    assert bell.geometry().right() < window.navigation.column_width
