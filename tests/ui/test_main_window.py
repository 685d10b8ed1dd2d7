# SPDX-License-Identifier: GPL-3.0-or-later
"""The window around the tabs: what each role gets, what is remembered, and how one leaves."""

from __future__ import annotations

import re
import stat
from typing import Any

import pytest
from PyQt5 import sip
from PyQt5.QtCore import QEvent, QObject, QSize, Qt
from PyQt5.QtWidgets import (
    QAbstractButton,
    QAction,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QSplitter,
    QWidget,
)

from helpdesk.app import catch_everything
from helpdesk.core.errors import Busy
from helpdesk.core.schemas.tickets import NewTicket, Status, TicketChange
from helpdesk.core.schemas.users import Leaving
from helpdesk.ui import theme
from helpdesk.ui.main_window import MainWindow, Place
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.waiting_words import KEPT
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.filter_button import FilterButton
from tests.conftest import PASSWORD
from tests.ui.seats import button, calm, click, enter, menu_of, named, numbers, rows_of, shown

TABS = {
    "alice": ["submit", "view", "articles", "assistant", "settings"],
    "bob": [
        "dashboard",
        "submit",
        "view",
        "manage",
        "articles",
        "assistant",
        "reports",
        "settings",
    ],
    "charlie": [
        "dashboard",
        "submit",
        "view",
        "manage",
        "articles",
        "assistant",
        "reports",
        "team",
        "settings",
    ],
    "dana": [
        "dashboard",
        "submit",
        "view",
        "manage",
        "articles",
        "assistant",
        "reports",
        "users",
        "audit",
        "settings",
    ],
}
SMALL = QSize(800, 600)
OF_ADMINISTRATION = re.compile(
    r"\b(assign|queue|internal|admin|technician|SLA|user management|manage|deactivate|role)\b", re.I
)


@pytest.fixture
def window_of(seated, qtbot):
    """Return a function that opens the main window for somebody."""

    def opened(who: str) -> MainWindow:
        seat = seated(who)
        window = MainWindow(seat.desktop)
        seat.show(window, 1400, 900)
        window.seat = seat  # type: ignore[attr-defined]
        return window

    return opened


def menus(window: MainWindow) -> dict[str, list[str]]:
    """Return the words in the menus, by menu."""
    found: dict[str, list[str]] = {}
    for top in window.menuBar().actions():
        found[top.text()] = [entry.text() for entry in top.menu().actions() if entry.text()]
    return found


def entry(window: MainWindow, text: str) -> QAction:
    return next(
        action
        for top in window.menuBar().actions()
        for action in top.menu().actions()
        if action.text() == text
    )


def everything_said(window: QWidget) -> list[str]:
    """Return the words to be seen: texts, tooltips, placeholders and names of controls."""
    said: list[str] = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        said += [widget.toolTip(), widget.accessibleName()]
        if isinstance(widget, QLabel | QAbstractButton):
            said.append(widget.text())
        if isinstance(widget, QLineEdit):
            said.append(widget.placeholderText())
        if isinstance(widget, QComboBox):
            said += [widget.itemText(i) for i in range(widget.count())]
    return [words for words in said if words]


@pytest.mark.parametrize("who", TABS)
def test_tabs_are_those_of_the_role(window_of, who):
    window = window_of(who)
    assert window.tab_keys == TABS[who]
    for key in window.tab_keys:
        window.open_tab(key)
        window.seat.settle()
        assert window.current_tab() is not None


def test_a_user_reads_no_word_of_administration(window_of, sign_in):
    sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    window = window_of("alice")
    said = [word for entries in menus(window).values() for word in entries]
    for key in window.tab_keys:
        window.open_tab(key)
        window.seat.settle()
        said += everything_said(window)
    assert [words for words in said if OF_ADMINISTRATION.search(words)] == []


@pytest.mark.parametrize("who", TABS)
def test_menus_offer_what_the_role_can_do(window_of, who):
    found = menus(window_of(who))
    assert ("&Ticket" in found) is (who != "alice")
    assert {"New ticket", "Change password…", "Sign out", "Quit"} <= set(found["&File"])
    assert ("User Management" in found["&View"]) is (who == "dana")
    assert ("Manage Tickets" in found["&View"]) is (who != "alice")


def test_the_keyboard_opens_tabs_and_a_new_ticket(window_of, qtbot):
    window = window_of("dana")
    for position, key in enumerate(TABS["dana"], start=1):
        qtbot.keyClick(window, getattr(Qt, f"Key_{position % 10}"), Qt.ControlModifier)
        window.seat.settle()
        assert window.tab_keys[window.navigation.currentIndex()] == key
    qtbot.keyClick(window, Qt.Key_N, Qt.ControlModifier)
    assert window.tab_keys[window.navigation.currentIndex()] == "submit"
    assert window.current_tab().subject.hasFocus()


def test_the_theme_switches_live_and_is_remembered(window_of, qtbot):
    window = window_of("alice")
    before = window.grab().toImage().pixelColor(700, 850)
    window.set_theme("dark")
    assert theme.current().mode == "dark"
    assert window.grab().toImage().pixelColor(700, 850) != before
    assert window.desktop.state.value("window/theme") == "dark"


def test_size_tab_view_and_splitter_come_back(start_app, qtbot):
    app = start_app()
    window = enter(qtbot, app, "bob", PASSWORD)
    window.resize(1300, 777)
    tab: Any = window.open_tab("manage")
    splitter = tab.findChild(QSplitter)
    splitter.setSizes([450, 700])
    sizes = splitter.sizes()
    tab.list.show_view(next(view for view in tab.list.views if view.key == "awaiting"))
    calm(qtbot, app)
    window.close()
    app.stop()
    again = start_app()
    window = enter(qtbot, again, "bob", PASSWORD)
    assert (window.width(), window.height()) == (1300, 777)
    tab = window.current_tab()
    assert isinstance(tab, TicketListTab)
    splitter = tab.findChild(QSplitter)
    assert splitter is not None
    assert splitter.sizes() == sizes
    assert "Awaiting customer" in everything_said(tab)


def test_damaged_window_state_does_not_keep_the_program_from_starting(start_app, folder, qtbot):
    folder.window_state.write_bytes(b"[window]\ngeometry=nonsense\ntab-technician=@@@\n\x00\xff")
    window = enter(qtbot, start_app(), "bob", PASSWORD)
    assert window.isVisible()


def test_signing_out_and_in_shows_nothing_of_the_former(
    start_app, folder, embedded, sign_in, qtbot
):
    secret = sign_in("alice").tickets.open(NewTicket(subject="Alice's secret trouble"))
    app = start_app()
    window = enter(qtbot, app, "alice", PASSWORD)
    tab: Any = window.open_tab("submit")
    qtbot.keyClicks(tab.subject, "Half a secret")
    window.open_tab("view")
    calm(qtbot, app)
    entry(window, "Sign out").trigger()
    calm(qtbot, app)
    assert app.main_window is None
    sign_in_window = app.sign_in_window
    assert sign_in_window.isVisible()
    assert (sign_in_window.username.text(), sign_in_window.password.text()) == ("", "")
    window = enter(qtbot, app, "erin", PASSWORD)
    for key in window.tab_keys:
        window.open_tab(key)
        calm(qtbot, app)
        said = " ".join(everything_said(window))
        assert "secret" not in said
        assert f"{secret.number} " not in said
        assert "Alice" not in said
    assert opened(window, "submit").subject.text() == ""
    assert numbers(opened(window, "view").list) == []
    window.sign_out()
    calm(qtbot, app)
    window = enter(qtbot, app, "alice", PASSWORD)
    assert opened(window, "submit").subject.text() == "Half a secret"


def test_whoever_is_deactivated_is_back_at_the_sign_in_with_a_sentence(start_app, embedded, qtbot):
    app = start_app()
    window = enter(qtbot, app, "alice", PASSWORD)
    qtbot.keyClicks(opened(window, "submit").subject, "Unfinished")
    admin = embedded.as_system()
    alice = admin.users.named("alice")
    admin.users.deactivate(alice.id, Leaving(version=alice.version))
    qtbot.waitUntil(lambda: app.main_window is None)
    said = " ".join(everything_said(app.sign_in_window))
    assert "Your account has been deactivated; ask an admin." in said
    calm(qtbot, app)
    alice = admin.users.named("alice")
    admin.users.reactivate(alice.id, alice.version)
    window = enter(qtbot, app, "alice", PASSWORD)
    assert opened(window, "submit").subject.text() == "Unfinished"


def test_a_write_after_the_session_ended_leads_back_and_keeps_the_words(start_app, embedded, qtbot):
    app = start_app()
    window = enter(qtbot, app, "alice", PASSWORD)
    tab: Any = window.open_tab("submit")
    qtbot.keyClicks(tab.subject, "Unfinished")
    admin = embedded.as_system()
    alice = admin.users.named("alice")
    admin.users.deactivate(alice.id, Leaving(version=alice.version))
    click(qtbot, tab.submit_button)
    qtbot.waitUntil(lambda: app.main_window is None)
    calm(qtbot, app)
    assert window.desktop.drafts.load("submit")["subject"] == "Unfinished"


def test_whoever_gets_another_role_gets_its_tabs(start_app, embedded, qtbot):
    from helpdesk.core.schemas.users import Role, UserChange

    app = start_app()
    enter(qtbot, app, "bob", PASSWORD)
    admin = embedded.as_system()
    bob = admin.users.named("bob")
    admin.users.change(bob.id, UserChange(role=Role.USER, version=bob.version))
    app.main_window.sign_out()
    calm(qtbot, app)
    assert enter(qtbot, app, "bob", PASSWORD).tab_keys == TABS["alice"]


@pytest.fixture
def read_only(folder, sign_in, embedded, qtbot, monkeypatch):
    """Make the desk read-only, with a ticket in it."""
    ticket = sign_in("alice").tickets.open(NewTicket(subject="To be read"))
    embedded.close()
    from helpdesk.client import embedded as module

    # Root may write to everything, whatever the mode bits say.
    monkeypatch.setattr(module, "_writable", lambda path: False)
    folder.database.chmod(stat.S_IRUSR)
    return ticket


@pytest.mark.parametrize("who", TABS)
def test_a_read_only_desk_offers_nothing_that_cannot_work(start_app, read_only, qtbot, who):
    app = start_app()
    window = enter(qtbot, app, who, PASSWORD)
    said: list[str] = []
    for key in window.tab_keys:
        tab: Any = window.open_tab(key)
        calm(qtbot, app)
        assert key != "submit"
        said += [
            b.text() for b in tab.findChildren(QAbstractButton) if b.isVisible() and b.isEnabled()
        ]
        if isinstance(tab, TicketListTab) and key == "view" and who != "erin":
            qtbot.waitUntil(lambda current=tab: current.pane.ticket is not None)
            assert not tab.pane.reply_box.isVisible()
    writing = {
        "Send reply",
        "Resolve",
        "Assign to me",
        "Close",
        "Add person",
        "Edit",
        "Submit ticket",
    }
    assert writing & set(said) == set()
    entries = {word for words in menus(window).values() for word in words}
    assert {"New ticket", "Change password…"} & entries == set()
    assert "read-only" in " ".join(everything_said(window))


def test_the_badge_counts_what_waits(window_of, sign_in, qtbot):
    window = window_of("bob")
    names = window.navigation.tabBar()
    index = window.tab_keys.index("manage")
    sign_in("alice").tickets.open(NewTicket(subject="One"))
    qtbot.waitUntil(lambda: "1 waiting" in names.accessibleTabName(index))


def test_errors_nobody_asked_for_are_said_in_the_status_bar(window_of, qtbot):
    window = window_of("alice")
    with window.seat.transport.failing(
        Busy("Another program is writing; try again."), "categories"
    ):
        window.desktop.background.run(window, window.desktop.desk.tickets.categories)
        qtbot.waitUntil(lambda: "try again" in window.statusBar().currentMessage())


def test_refresh_loads_the_tab_in_front(window_of, sign_in, qtbot):
    window = window_of("bob")
    tab: Any = window.open_tab("manage")
    window.seat.settle()
    before = window.seat.transport.count("search")
    entry(window, "Refresh").trigger()
    window.seat.settle()
    assert window.seat.transport.count("search") > before
    assert isinstance(tab, TicketListTab)


def test_the_own_tickets_beside_the_form_open_in_the_list(window_of, sign_in, qtbot):
    desk = sign_in("alice")
    ticket = desk.tickets.open(NewTicket(subject="First"))
    done = desk.tickets.open(NewTicket(subject="Solved"))
    sign_in("bob").tickets.change(
        done.id, TicketChange(status=Status.RESOLVED, version=done.version)
    )
    window = window_of("alice")
    for wanted in (ticket, done):
        window.show_ticket(wanted.id)
        tab: Any = window.current_tab()
        assert isinstance(tab, TicketListTab)
        window.seat.settle()
        assert shown(tab.pane).id == wanted.id, "the list must not take it away again"


def test_the_ticket_clicked_is_the_one_that_opens_where_no_list_was_shown_yet(
    window_of, sign_in, clock, qtbot
):
    desk = sign_in("alice")
    wanted = desk.tickets.open(NewTicket(subject="Wanted"))
    clock.forward(minutes=1)
    desk.tickets.open(NewTicket(subject="Stands first"))
    window = window_of("alice")
    window.activateWindow()
    click(qtbot, button(opened(window, "submit"), wanted.number))
    tab: Any = window.current_tab()
    window.seat.settle()
    assert shown(tab.pane).id == wanted.id
    assert rows_of(tab.list).currentIndex().data(Qt.UserRole).id == wanted.id


def test_a_ticket_opens_where_the_view_does_not_hold_it(window_of, sign_in, qtbot):
    desk = sign_in("alice")
    desk.tickets.open(NewTicket(subject="Open"))
    done = desk.tickets.open(NewTicket(subject="Solved"))
    change = TicketChange(status=Status.RESOLVED, version=done.version)
    sign_in("bob").tickets.change(done.id, change)
    window = window_of("alice")
    window.activateWindow()
    window.go_to(Place("view", done.id))
    tab: Any = window.current_tab()
    window.seat.settle()
    tab.refresh()
    window.seat.settle()
    assert shown(tab.pane).id == done.id


def opened(window: MainWindow, key: str) -> Any:
    """Open a tab whose parts the test touches."""
    return window.open_tab(key)


def dialog_of(window: MainWindow) -> Any:
    found = [d for d in window.findChildren(QDialog) if d.isVisible()]
    assert len(found) == 1
    return found[0]


def test_the_password_can_be_changed(window_of, sign_in, qtbot):
    window = window_of("alice")
    entry(window, "Change password…").trigger()
    dialog = dialog_of(window)
    for old, new, again, sentence in (
        (PASSWORD, "a walk by the lake", "a walk by the sea", "differ"),
        ("wrong", "a walk by the lake", "a walk by the lake", "The old password is wrong."),
        (PASSWORD, "short", "short", "at least"),
    ):
        for field, text in ((dialog.old, old), (dialog.new, new), (dialog.again, again)):
            field.setText(text)
        click(qtbot, dialog.save_button)
        window.seat.settle()
        assert any(sentence in words for words in everything_said(dialog)), sentence
    dialog.old.setText(PASSWORD)
    dialog.new.setText("a walk by the lake")
    dialog.again.setText("a walk by the lake")
    dialog.again.setFocus()
    with qtbot.waitSignal(dialog.changed):
        qtbot.keyClick(dialog.again, Qt.Key_Return)
    assert "Your password was changed." in window.statusBar().currentMessage()


def test_about_names_version_and_place(window_of):
    window = window_of("alice")
    entry(window, "About Help Desk").trigger()
    said = " ".join(everything_said(dialog_of(window)))
    assert window.desktop.info.place in said
    assert "GNU General Public License" in said
    dialog_of(window).accept()


def test_the_window_fits_the_smallest_size(window_of, qtbot):
    window = window_of("dana")
    window.resize(window.minimumSize())
    for key in window.tab_keys:
        tab: Any = window.open_tab(key)
        window.seat.settle()
        assert tab.width() <= window.width()
        assert tab.minimumSizeHint().width() <= window.width() - window.navigation.column_width


@pytest.mark.parametrize("key", ["view", "manage"])
def test_a_list_cuts_off_neither_filters_nor_title_on_a_small_screen(window_of, qtbot, key):
    window = window_of("dana")
    window.setMinimumSize(SMALL)
    window.resize(SMALL)
    tab: Any = window.open_tab(key)
    for view in tab.list.views:
        tab.list.show_view(view)
        window.seat.settle()
        title = named(tab.list, "View")
        qtbot.waitUntil(lambda shown=title: shown.width() > 0.8 * shown.sizeHint().width())
        filters = [f for f in tab.list.findChildren(FilterButton) if f.isVisible()]
        assert [f.text() for f in filters][-1] == "Age"
        for chip in filters:
            assert not chip.visibleRegion().isEmpty()
            assert chip.visibleRegion().boundingRect() == chip.rect(), f"{chip.text()} is cut off"


def test_what_is_said_can_be_read_on_a_small_screen(window_of, qtbot):
    window = window_of("dana")
    window.setMinimumSize(SMALL)
    window.resize(SMALL)
    [hints] = [
        label for label in window.statusBar().findChildren(QLabel) if "Ctrl+K" in label.text()
    ]
    assert hints.isVisible()
    window.say(KEPT)
    [said] = [s for s in window.statusBar().findChildren(ElidedLabel) if s.text() == KEPT]
    qtbot.waitUntil(lambda: not said.is_elided)
    assert window.size() == SMALL
    window.statusBar().clearMessage()
    assert hints.isVisible()


class ShownWindows(QObject):
    """Notes every window that comes up."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.kinds.append(type(watched).__name__)
        return False


@pytest.mark.parametrize("who", TABS)
def test_no_window_flashes_up_while_tabs_are_made(window_of, sign_in, qapp, who):
    sign_in("alice").tickets.open(NewTicket(subject="The printer is jammed"))
    seen = ShownWindows()
    qapp.installEventFilter(seen)
    window = window_of(who)
    for key in window.tab_keys:
        window.open_tab(key)
        window.seat.settle()
    qapp.removeEventFilter(seen)
    assert seen.kinds == ["MainWindow"]
    assert window.isActiveWindow()


def test_a_former_window_hears_no_more_errors(start_app, qtbot, faults):
    app = start_app()
    enter(qtbot, app, "alice", PASSWORD)
    former = app.main_window
    former.sign_out()
    calm(qtbot, app)
    enter(qtbot, app, "bob", PASSWORD)
    qtbot.waitUntil(lambda: sip.isdeleted(former))
    app.background.unheard.emit(Busy("Another program is writing."))
    assert app.main_window.statusBar().currentMessage() == "Another program is writing."
    assert [record.getMessage() for record in faults.records if "Fault" in record.msg] == []


def test_the_next_person_begins_with_tabs_and_views_of_their_own(start_app, qtbot):
    app = start_app()
    enter(qtbot, app, "alice", PASSWORD)
    app.main_window.open_tab("view").list.show_view(app.main_window.open_tab("view").list.views[1])
    app.main_window.sign_out()
    calm(qtbot, app)
    enter(qtbot, app, "erin", PASSWORD)
    tab = app.main_window.current_tab()
    assert type(tab).__name__ == "SubmitTicketTab"
    app.main_window.sign_out()
    calm(qtbot, app)
    enter(qtbot, app, "alice", PASSWORD)
    assert menu_of(app.main_window.current_tab().list, "View").actions()[1].isChecked()


def test_one_fault_is_shown_at_a_time_also_without_an_active_window(qtbot, faults):
    for number in range(3):
        error = ZeroDivisionError(str(number))
        catch_everything(ZeroDivisionError, error, None)
    boxes = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox)]
    assert len([box for box in boxes if box.isVisible()]) == 1
    assert len([r for r in faults.records if r.getMessage().startswith("Fault")]) == 3
    boxes[0].accept()
