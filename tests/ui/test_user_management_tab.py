# SPDX-License-Identifier: GPL-3.0-or-later
"""Admins look after accounts: search, add, edit, end and revive them."""

from __future__ import annotations

import html
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QToolButton,
)

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.schemas.users import Leaving, NewSession, NewUser, Role, UserChange
from helpdesk.core.text import folded
from helpdesk.database.bulk import UserRow, bulk_loading
from helpdesk.ui.people.leaving_dialog import LeavingDialog
from helpdesk.ui.people.one_time_password import OneTimePasswordDialog
from helpdesk.ui.people.user_dialog import UserDialog
from helpdesk.ui.user_management_tab import COLUMNS, UserManagementTab
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.filter_button import FilterButton
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.state_view import StateView
from tests.conftest import PASSWORD, PEOPLE
from tests.ui.seats import button, click

NAMES = sorted(name for name, _ in PEOPLE.values())


@pytest.fixture
def dana(seated):
    return seated("dana")


@pytest.fixture
def tab(dana) -> UserManagementTab:
    tab = UserManagementTab(dana.desktop)
    dana.show(tab)
    return tab


def names(tab: UserManagementTab) -> list[str]:
    model = tab.table.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def cell(tab: UserManagementTab, name: str, title: str) -> str:
    column = [each.title for each in COLUMNS].index(title)
    text: str = tab.table.model().index(names(tab).index(name), column).data()
    return text


def choose(qtbot, tab: UserManagementTab, name: str) -> None:
    index = tab.table.model().index(names(tab).index(name), 0)
    place = tab.table.visualRect(index).center()
    qtbot.mouseClick(tab.table.viewport(), Qt.LeftButton, pos=place)


def banner_of(tab: UserManagementTab) -> Banner:
    banner = tab.findChild(Banner)
    assert banner is not None
    return banner


def states_of(tab: UserManagementTab) -> StateView:
    states = tab.findChild(StateView)
    assert states is not None
    return states


def dialog_of(tab: UserManagementTab, kind: type[QDialog]) -> Any:
    found = [d for d in tab.findChildren(kind) if d.isVisible()]
    assert len(found) == 1
    return found[0]


def errors(dialog: QDialog) -> list[str]:
    return [
        x.text()
        for x in dialog.findChildren(QLabel)
        if x.property("role") == "error" and x.isVisible()
    ]


def agree(qtbot, tab: UserManagementTab) -> None:
    """Say yes to the question that is asked."""
    click(qtbot, dialog_of(tab, Question).agree_button)


def tick(tab: UserManagementTab, name: str, label: str) -> None:
    filter_button = next(b for b in tab.findChildren(FilterButton) if b.text().startswith(name))
    next(a for a in filter_button.menu().actions() if a.text() == label).trigger()


def test_the_search_has_room_to_say_what_it_finds(tab):
    field = tab.search
    icons = 2 * field.findChildren(QToolButton)[0].width()
    words = field.fontMetrics().horizontalAdvance(field.placeholderText())
    assert words < field.width() - icons
    row = {b.y() for b in tab.findChildren(FilterButton)}
    assert row == {field.y()}, "the filters stay beside the search"


def test_people_are_listed_by_name(tab):
    assert names(tab) == NAMES
    assert cell(tab, "Bob Keller", "Role") == "Technician"
    assert cell(tab, "Bob Keller", "State") == "Active"


@pytest.mark.parametrize("width", [1024, 1400])
def test_long_names_are_cut_and_push_no_column_out(dana, sign_in, qtbot, width):
    name = "Wilhelmina Featherstonehaugh-Cholmondeley " * 4
    new = NewUser(username="w" * 60, full_name=name.strip(), email=f"{'w' * 60}@corp.example")
    sign_in("dana").users.add(new)
    tab = UserManagementTab(dana.desktop)
    dana.show(tab, 1400)
    table = tab.findChild(QTableView)
    assert table is not None
    qtbot.waitUntil(lambda: name.strip() in names(tab))
    tab.resize(width, 700)
    dana.settle()
    last = table.model().columnCount() - 1
    assert table.horizontalScrollBar().maximum() == 0
    assert table.columnViewportPosition(last) + table.columnWidth(last) <= table.viewport().width()
    row = names(tab).index(name.strip())
    index = table.model().index(row, 0)
    needed = table.fontMetrics().horizontalAdvance(name.strip())
    assert table.textElideMode() == Qt.ElideRight
    assert table.columnWidth(0) < needed
    assert name.strip() in html.unescape(index.data(Qt.ToolTipRole)).replace("\xa0", " ")


def test_search_finds_by_any_name_and_says_when_nobody_is_found(tab, dana, qtbot):
    for words, found in (
        ("bob", ["Bob Keller"]),
        ("Osei", ["Frank Osei"]),
        ("ERIN@", ["Erin Sato"]),
    ):
        tab.search.setText(words)
        qtbot.waitUntil(lambda want=found: names(tab) == want)
    tab.search.setText("zzz")
    qtbot.waitUntil(lambda: states_of(tab).state == "empty")
    tab.search.clear()
    qtbot.waitUntil(lambda: names(tab) == NAMES)
    assert states_of(tab).state == "content"


@pytest.mark.parametrize("words", ['"', "%", "_", "\\", "(", "x" * 5_000, "🖨", "a\x00"])
def test_no_search_text_is_an_error(tab, dana, qtbot, words):
    before = dana.transport.count("search")
    tab.search.setText(words)
    qtbot.waitUntil(lambda: dana.transport.count("search") > before)
    dana.settle()
    assert states_of(tab).state in {"content", "empty"}


def test_filters_narrow_by_role_and_state(tab, dana, embedded, qtbot):
    tick(tab, "Role", "Technician")
    qtbot.waitUntil(lambda: names(tab) == ["Bob Keller", "Frank Osei"])
    admin = embedded.as_system()
    bob = admin.users.named("bob")
    admin.users.deactivate(bob.id, Leaving(version=bob.version))
    tick(tab, "State", "Active")
    qtbot.waitUntil(lambda: names(tab) == ["Frank Osei"])
    tick(tab, "State", "Deactivated")
    qtbot.waitUntil(lambda: names(tab) == ["Bob Keller"])


def test_a_failed_load_can_be_tried_again(dana, qtbot):
    with dana.transport.failing(Busy("Busy; try again."), "search"):
        tab = UserManagementTab(dana.desktop)
        dana.show(tab)
        assert states_of(tab).state == "failed"
        assert "Busy; try again." in [x.text() for x in tab.findChildren(QLabel)]
    click(qtbot, button(tab, "Retry"))
    qtbot.waitUntil(lambda: names(tab) == NAMES)


def fill(dialog: UserDialog, full_name: str, username: str, email: str = "", role: str = "User"):
    dialog.full_name.setText(full_name)
    dialog.username.setText(username)
    dialog.email.setText(email)
    dialog.role.setCurrentText(role)


def test_a_person_is_added_and_signs_in_with_the_password_shown(tab, dana, embedded, qtbot):
    click(qtbot, tab.add_button)
    dialog = dialog_of(tab, UserDialog)
    qtbot.keyClicks(dialog.full_name, "Gina New")
    qtbot.keyClicks(dialog.username, "gina")
    qtbot.keyClicks(dialog.email, "gina@corp.example")
    dialog.role.setCurrentText("Technician")
    qtbot.keyClick(dialog.email, Qt.Key_Return)
    qtbot.waitUntil(lambda: "Gina New" in names(tab))
    dana.settle()
    told = dialog_of(tab, OneTimePasswordDialog)
    click(qtbot, button(told, "Copy"))
    password = QApplication.clipboard().text()
    assert password == told.password.text()
    QApplication.clipboard().clear()
    click(qtbot, button(told, "Done"))
    assert cell(tab, "Gina New", "Role") == "Technician"
    assert tab.table.currentIndex().row() == names(tab).index("Gina New")
    session = NewSession(username="gina", password=password, new_password="of my own choice")
    embedded.facade().sessions.sign_in(session)


@pytest.mark.parametrize(
    ("full_name", "username", "email", "sentence"),
    [
        ("", "gina", "", "Type the person's name."),
        ("   ", "gina", "", "Type the person's name."),
        ("Gina", "", "", "Type a user name."),
        ("Gina", "two words", "", "Use letters, digits"),
        ("Gina", "g" * 65, "", "64 at most"),
        ("Gina", "gina", "no address", "such as ann@corp.example"),
        ("Gina", "BOB", "", "taken"),
        ("\x01", "gina", "", "name"),
        ("Gina", "gi\x00na", "", "Use letters, digits"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    tab, dana, qtbot, full_name, username, email, sentence
):
    click(qtbot, tab.add_button)
    dialog = dialog_of(tab, UserDialog)
    fill(dialog, full_name, username, email)
    click(qtbot, dialog.save_button)
    dana.settle()
    [said] = errors(dialog)
    assert sentence in said
    assert dialog.isVisible()
    assert dialog.save_button.isEnabled()
    assert dialog.username.text() == username
    dialog.reject()


def test_all_that_is_wrong_is_said_at_once(tab, qtbot):
    click(qtbot, tab.add_button)
    dialog = dialog_of(tab, UserDialog)
    fill(dialog, "", "", "not an email")
    click(qtbot, dialog.save_button)
    assert errors(dialog) == [
        "Type the person's name.",
        "Type a user name.",
        "Type an e-mail address such as ann@corp.example.",
    ]
    assert dialog.focusWidget() is dialog.full_name
    dialog.reject()


def test_an_added_person_can_be_corrected_at_once(tab, dana, qtbot):
    click(qtbot, tab.add_button)
    dialog = dialog_of(tab, UserDialog)
    fill(dialog, "Gina", "bob")
    click(qtbot, dialog.save_button)
    dana.settle()
    dialog.username.setText("gina")
    click(qtbot, dialog.save_button)
    qtbot.waitUntil(lambda: "Gina" in names(tab))
    dana.settle()
    told = dialog_of(tab, OneTimePasswordDialog)
    click(qtbot, told.copy_button)
    told.accept()


def test_a_person_is_edited(tab, dana, embedded, qtbot):
    choose(qtbot, tab, "Bob Keller")
    click(qtbot, tab.edit_button)
    dialog = dialog_of(tab, UserDialog)
    assert not dialog.username.isEnabled()
    dialog.full_name.setText("Robert Keller")
    dialog.email.clear()
    dialog.role.setCurrentText("Manager")
    click(qtbot, dialog.save_button)
    qtbot.waitUntil(lambda: "Robert Keller" in names(tab))
    bob = embedded.as_system().users.named("bob")
    assert (bob.full_name, bob.email, bob.role) == ("Robert Keller", None, Role.MANAGER)
    assert tab.table.currentIndex().row() == names(tab).index("Robert Keller")


def test_an_edit_of_what_somebody_else_changed_is_a_conflict(tab, dana, embedded, qtbot):
    choose(qtbot, tab, "Bob Keller")
    click(qtbot, tab.edit_button)
    dialog = dialog_of(tab, UserDialog)
    admin = embedded.as_system()
    bob = admin.users.named("bob")
    admin.users.change(bob.id, UserChange(email="new@corp.example", version=bob.version))
    dialog.full_name.setText("Robert")
    click(qtbot, dialog.save_button)
    dana.settle()
    [said] = errors(dialog)
    assert "changed in the meantime" in said
    assert dialog.full_name.text() == "Robert"
    dialog.reject()


def test_ending_an_account_returns_its_tickets_and_can_be_undone(
    tab, dana, embedded, sign_in, qtbot
):
    bob = sign_in("bob")
    for name in "ab":
        ticket = sign_in("alice").tickets.open(NewTicket(subject=name))
        bob.tickets.take(ticket.id, ticket.version)
    tab.refresh()
    dana.settle()
    assert cell(tab, "Bob Keller", "Open tickets") == "2"
    choose(qtbot, tab, "Bob Keller")
    click(qtbot, tab.active_button)
    dialog = dialog_of(tab, LeavingDialog)
    assert "Bob Keller has 2 open tickets. Who gets them?" in [
        label.text() for label in dialog.findChildren(QLabel)
    ]
    dana.settle()
    click(qtbot, dialog.agree_button)
    qtbot.waitUntil(lambda: cell(tab, "Bob Keller", "State") == "Deactivated")
    # The news of it may come before the answer.
    qtbot.waitUntil(lambda: "2 open tickets went back to the queue" in banner_of(tab).text)
    assert embedded.as_system().tickets.view(ticket.id).assignee is None
    assert tab.active_button.text() == "Reactivate"
    click(qtbot, button(banner_of(tab), "Undo"))
    qtbot.waitUntil(lambda: cell(tab, "Bob Keller", "State") == "Active")
    sign_in("bob")


def test_the_last_admin_cannot_be_ended_and_says_so(tab, dana, embedded, qtbot):
    choose(qtbot, tab, "Dana Whitfield")
    assert not tab.active_button.isEnabled()
    assert not tab.password_button.isEnabled()
    click(qtbot, tab.edit_button)
    dialog = dialog_of(tab, UserDialog)
    assert not dialog.role.isEnabled()
    dialog.full_name.setText("Dana W.")
    click(qtbot, dialog.save_button)
    qtbot.waitUntil(lambda: "Dana W." in names(tab))


def test_a_password_is_reset_and_shown_once(tab, dana, embedded, sign_in, qtbot):
    choose(qtbot, tab, "Alice Moreau")
    click(qtbot, tab.password_button)
    agree(qtbot, tab)
    dana.settle()
    dialog = dialog_of(tab, OneTimePasswordDialog)
    password = dialog.password.text()
    click(qtbot, button(dialog, "Copy"))
    click(qtbot, button(dialog, "Done"))
    with pytest.raises(Exception, match="wrong"):
        sign_in("alice")
    session = NewSession(username="alice", password=password, new_password=PASSWORD)
    embedded.facade().sessions.sign_in(session)
    qtbot.waitUntil(lambda: not [d for d in tab.findChildren(QDialog) if d.isVisible()])


def test_buttons_wait_for_a_choice(tab):
    for waiting in (tab.edit_button, tab.password_button, tab.active_button):
        assert not waiting.isEnabled()
    assert tab.add_button.isEnabled()


def test_enter_opens_the_chosen_account(tab, dana, qtbot):
    choose(qtbot, tab, "Bob Keller")
    qtbot.keyClick(tab.table, Qt.Key_Return)
    assert dialog_of(tab, UserDialog).full_name.text() == "Bob Keller"
    dialog_of(tab, UserDialog).reject()


def test_a_conflict_on_ending_an_account_is_said(tab, dana, embedded, qtbot):
    choose(qtbot, tab, "Bob Keller")
    admin = embedded.as_system()
    bob = admin.users.named("bob")
    with dana.transport.held("deactivate"):
        click(qtbot, tab.active_button)
        dialog = dialog_of(tab, LeavingDialog)
        click(qtbot, dialog.agree_button)
        admin.users.change(bob.id, UserChange(email="x@corp.example", version=bob.version))
    dana.settle()
    [said] = errors(dialog)
    assert "changed in the meantime" in said
    dialog.reject()


def add_a_thousand(embedded) -> None:
    with bulk_loading(embedded.database) as load:
        first = load.next_id("user")
        load.add_users(
            [
                UserRow(
                    id=first + n,
                    username=f"person{n:04}",
                    username_folded=f"person{n:04}",
                    full_name=f"Person {n:04}",
                    full_name_folded=folded(f"Person {n:04}"),
                    email=None,
                    role="user",
                    active=True,
                    password_hash=None,
                    password_one_time=False,
                    created_at=0,
                    last_sign_in_at=None,
                    version=1,
                )
                for n in range(1_000)
            ]
        )


@pytest.mark.parametrize("keys", [Qt.NoModifier, Qt.ControlModifier])
def test_the_last_of_a_thousand_people_is_one_key_away(embedded, dana, qtbot, keys):
    add_a_thousand(embedded)
    tab = UserManagementTab(dana.desktop)
    dana.show(tab)
    total = 1_000 + len(PEOPLE)
    assert tab.list.count.text() == f"100 of {total:,} people, more as you scroll"
    qtbot.keyClick(tab.table, Qt.Key_End, keys)
    qtbot.waitUntil(lambda: tab.table.currentIndex().row() == total - 1)
    assert tab.list.count.text() == f"{total:,} people"
    assert tab.table.indexAt(tab.table.visualRect(tab.table.currentIndex()).center()).isValid()
    qtbot.keyClick(tab.table, Qt.Key_Home, keys)
    assert tab.table.currentIndex().row() == 0


def test_the_count_is_of_what_is_searched_and_a_failed_one_is_not_said(embedded, dana):
    add_a_thousand(embedded)
    tab = UserManagementTab(dana.desktop)
    dana.show(tab)
    tab.search.setText("person")
    tab.list.load()
    dana.settle()
    assert tab.list.count.text() == "100 of 1,000 people, more as you scroll"
    with dana.transport.failing(Busy("The desk is busy; try again."), "count"):
        tab.search.setText("p")
        tab.list.load()
        dana.settle()
    assert tab.list.count.text() == "100 people, more as you scroll"


def test_a_thousand_people_come_page_by_page_and_once(embedded, dana, qtbot):
    add_a_thousand(embedded)
    tab = UserManagementTab(dana.desktop)
    dana.show(tab)
    assert tab.table.model().rowCount() == 100
    bar = tab.table.verticalScrollBar()

    def everybody() -> bool:
        bar.setValue(bar.maximum())
        return tab.table.model().rowCount() >= 1_000 + len(PEOPLE)

    qtbot.waitUntil(everybody)
    assert len(set(names(tab))) == len(names(tab)) == 1_000 + len(PEOPLE)
    choose(qtbot, tab, names(tab)[-1])
    place = bar.value()
    tab.refresh()
    dana.settle()
    assert bar.value() == place, "a refresh must not take the place away"


def test_hostile_names_are_shown_as_typed(embedded, dana, qtbot):
    hostile = '<b>x</b><img src="file:///etc/hostname">'
    embedded.as_system().users.add(NewUser(username="mallory", full_name=hostile))
    tab = UserManagementTab(dana.desktop)
    dana.show(tab)
    assert hostile in names(tab)
    choose(qtbot, tab, hostile)
    click(qtbot, tab.password_button)
    agree(qtbot, tab)
    dana.settle()
    dialog = dialog_of(tab, OneTimePasswordDialog)
    label = next(x for x in dialog.findChildren(QLabel) if hostile in x.text())
    assert label.textFormat() == Qt.PlainText
    click(qtbot, dialog.copy_button)
    dialog.accept()
    click(qtbot, tab.active_button)
    click(qtbot, dialog_of(tab, LeavingDialog).agree_button)
    qtbot.waitUntil(lambda: hostile in banner_of(tab).text)
    assert isinstance(tab.search, QLineEdit)
    assert isinstance(tab.add_button, QPushButton)
