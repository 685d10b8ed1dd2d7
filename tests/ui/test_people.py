# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking after people by the window: teams, who leaves, lost apps, files of people, one's team."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QDialog, QLabel

from helpdesk.core.errors import Busy, Invalid
from helpdesk.core.schemas.teams import Absence, TeamSettings
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.schemas.users import AccountOrigin, Leaving, NewUser, Role
from helpdesk.ui.audit_log_tab import AuditLogTab
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.people.import_dialog import ImportDialog
from helpdesk.ui.people.leaving_dialog import LeavingDialog
from helpdesk.ui.people.one_time_password import OneTimePasswordDialog
from helpdesk.ui.people.people_list import shares
from helpdesk.ui.people.user_dialog import UserDialog
from helpdesk.ui.team_tab import TeamTab
from helpdesk.ui.user_management_tab import COLUMNS, UserManagementTab
from helpdesk.ui.widgets.question import Question
from tests.ui.seats import button, click
from tests.ui.test_user_management_tab import (
    agree,
    banner_of,
    cell,
    choose,
    dialog_of,
    errors,
    names,
    tick,
)
from tests.unit.services.test_user_care import account, come_from, enrol

PEOPLE = """Login;First name;Last name;Mail;Role;Team
gina;Gina;Kim;gina@corp.example;Technician;Network
bob;Robert;Keller;;;
max;Max;Weber;;Boss;
eve;Eve;Roy;;Admin;
"""


@pytest.fixture
def dana(seated):
    return seated("dana")


@pytest.fixture
def tab(dana) -> UserManagementTab:
    tab = UserManagementTab(dana.desktop)
    dana.show(tab)
    return tab


@pytest.fixture
def network(embedded) -> int:
    """A team with Bob and the manager in it."""
    ids = tuple(account(embedded, name).id for name in ("bob", "charlie"))
    new = TeamSettings(name="Network", member_ids=ids)
    return int(embedded.as_system().teams.add(new).id)


@pytest.fixture
def busy_bob(sign_in) -> None:
    """Let Bob have two tickets."""
    for subject in "ab":
        ticket = sign_in("alice").tickets.open(NewTicket(subject=subject))
        sign_in("bob").tickets.take(ticket.id, ticket.version)


# --- teams and roles --------------------------------------------------------------------------


def test_a_technician_is_added_into_teams(network, tab, dana, embedded, qtbot):
    click(qtbot, tab.add_button)
    dialog = dialog_of(tab, UserDialog)
    assert not dialog.teams.isVisible(), "users are in no team"
    dialog.full_name.setText("Gina Kim")
    dialog.username.setText("gina")
    dialog.role.set_key(Role.TECHNICIAN)
    assert "Sees all tickets" in dialog.hint.text()
    dialog.teams.edit.setFocus()
    qtbot.keyClicks(dialog.teams.edit, "netw")
    qtbot.keyClick(dialog.teams.edit, Qt.Key_Return)
    click(qtbot, dialog.save_button)
    qtbot.waitUntil(lambda: "Gina Kim" in names(tab))
    dana.settle()
    told = dialog_of(tab, OneTimePasswordDialog)
    click(qtbot, told.copy_button)
    told.accept()
    assert cell(tab, "Gina Kim", "Teams") == "Network"
    tick(tab, "Team", "Network")
    qtbot.waitUntil(lambda: names(tab) == ["Bob Keller", "Charlie Hart", "Gina Kim"])


def test_nobody_loses_a_one_time_password_for_a_team(network, tab, dana, qtbot):
    click(qtbot, tab.add_button)
    dialog = dialog_of(tab, UserDialog)
    dialog.full_name.setText("Gina Kim")
    dialog.username.setText("gina")
    dialog.role.set_key(Role.TECHNICIAN)
    dialog.teams.set_values([str(network)])
    with dana.transport.failing(Invalid("The team is full."), "put_into_teams"):
        click(qtbot, dialog.save_button)
        qtbot.waitUntil(lambda: "Gina Kim" in names(tab))
        dana.settle()
    assert "in no team. The team is full." in banner_of(tab).text
    told = dialog_of(tab, OneTimePasswordDialog)
    click(qtbot, told.copy_button)
    told.accept()


def test_an_account_of_the_directory_says_where_it_is_kept(tab, dana, embedded, qtbot):
    come_from(embedded, "bob", AccountOrigin.LDAP)
    tab.refresh()
    dana.settle()
    choose(qtbot, tab, "Bob Keller")
    assert not tab.password_button.isEnabled()
    click(qtbot, tab.edit_button)
    dialog = dialog_of(tab, UserDialog)
    assert "kept in the directory" in dialog.elsewhere.text()
    assert not dialog.full_name.isEnabled()
    dialog.role.set_key(Role.MANAGER)
    click(qtbot, dialog.save_button)
    qtbot.waitUntil(lambda: cell(tab, "Bob Keller", "Role") == "Manager")
    tick(tab, "Origin", "Directory")
    qtbot.waitUntil(lambda: names(tab) == ["Bob Keller"])


# --- who leaves -------------------------------------------------------------------------------


def test_tickets_of_who_leaves_go_to_somebody_by_the_keyboard_alone(
    busy_bob,
    tab,
    dana,
    embedded,
    qtbot,
):
    tab.search.setFocus()
    qtbot.keyClicks(tab.search, "bob")
    qtbot.waitUntil(lambda: names(tab) == ["Bob Keller"])
    qtbot.keyClick(tab.search, Qt.Key_Return)
    assert tab.table.hasFocus()
    for _ in range(12):
        if tab.active_button.hasFocus():
            break
        QTest.keyClick(QApplication.focusWidget(), Qt.Key_Tab, Qt.ShiftModifier)
    assert tab.active_button.hasFocus()
    qtbot.keyClick(tab.active_button, Qt.Key_Space)
    dialog = dialog_of(tab, LeavingDialog)
    dana.settle()
    assert dialog.taker.hasFocus()
    offered = [dialog.taker.itemText(row) for row in range(dialog.taker.count())]
    assert offered == [
        "The queue, until somebody takes them",
        "Charlie Hart (0 open)",
        "Dana Whitfield (0 open)",
        "Frank Osei (0 open)",
    ]
    qtbot.keyClicks(dialog.taker, "frank")
    qtbot.keyClick(dialog.taker, Qt.Key_Tab)
    qtbot.keyClick(dialog.agree_button, Qt.Key_Space)
    qtbot.waitUntil(lambda: "2 open tickets went to Frank Osei" in banner_of(tab).text)
    dana.settle()
    assert account(embedded, "frank").open_tickets == 2


def test_who_has_left_with_tickets_can_hand_them_on(busy_bob, tab, dana, embedded, qtbot):
    with embedded.database.writing() as session:
        from helpdesk.models import User

        session.get_one(User, account(embedded, "bob").id).active = False
    tab.refresh()
    dana.settle()
    choose(qtbot, tab, "Bob Keller")
    tab.actions_.tickets.trigger()
    dialog = dialog_of(tab, LeavingDialog)
    dana.settle()
    click(qtbot, dialog.agree_button)
    qtbot.waitUntil(lambda: "went back to the queue" in banner_of(tab).text)
    dana.settle()
    assert account(embedded, "bob").open_tickets == 0


def test_the_queue_stays_where_names_cannot_be_read(busy_bob, tab, dana, qtbot):
    tab.refresh()
    dana.settle()
    choose(qtbot, tab, "Bob Keller")
    with dana.transport.failing(Busy("Busy; try again."), "assignable"):
        click(qtbot, tab.active_button)
        dana.settle()
    dialog = dialog_of(tab, LeavingDialog)
    assert errors(dialog) == ["Busy; try again."]
    assert dialog.agree_button.isEnabled()
    dialog.reject()


# --- sessions and second factors --------------------------------------------------------------


def test_sessions_end_and_a_lost_app_is_taken_away(tab, dana, embedded, sign_in, qtbot):
    bob = sign_in("bob")
    enrol(embedded, "bob")
    tab.refresh()
    dana.settle()
    assert cell(tab, "Bob Keller", "2FA") == "On"
    choose(qtbot, tab, "Bob Keller")
    tab.actions_.sessions.trigger()
    dialog_of(tab, Question).reject()
    assert bob.sessions.current().user.username == "bob", "Esc changes nothing"
    tab.actions_.sessions.trigger()
    agree(qtbot, tab)
    qtbot.waitUntil(lambda: "has ended" in banner_of(tab).text)
    tab.actions_.factor.trigger()
    agree(qtbot, tab)
    qtbot.waitUntil(lambda: cell(tab, "Bob Keller", "2FA") == "")
    assert not account(embedded, "bob").has_second_factor
    dana.settle()
    choose(qtbot, tab, "Dana Whitfield")
    for action in (tab.actions_.sessions, tab.actions_.factor, tab.actions_.password):
        assert not action.isEnabled(), "one's own are looked after in the settings"


# --- files ------------------------------------------------------------------------------------


def imported(tab: UserManagementTab, qtbot: Any, folder: Path, text: str = PEOPLE) -> ImportDialog:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    click(qtbot, tab.import_button)
    dialog: ImportDialog = dialog_of(tab, ImportDialog)
    dialog.read(path)
    return dialog


def problems(dialog: ImportDialog) -> list[str]:
    model = dialog.preview.model
    return [str(model.index(row, 4).data()) for row in range(model.rowCount())]


def test_people_come_from_a_file(network, tab, dana, embedded, tmp_path, qtbot):
    dialog = imported(tab, qtbot, tmp_path)
    dana.settle()
    assert dialog.fields["full_name"].currentText() == "First name + Last name"
    dialog.updates.setChecked(True)
    qtbot.keyClick(dialog.next_button, Qt.Key_Return)
    dana.settle()
    assert dialog.next_button.text() == "Import 2 people"
    dialog.preview.kinds.chosen.emit("all")
    said = [dialog.preview.model.index(row, 2).data() for row in range(2)]
    assert said == ["Will be added", "Will be changed"]
    dialog.preview.kinds.chosen.emit("refused")
    first, second = problems(dialog)
    assert "no role “Boss”" in first
    assert "would make an admin" in second
    assert "Line 4: There is no role" in dialog.preview.problem.text()
    before = len(names(tab))
    qtbot.keyClick(dialog.next_button, Qt.Key_Return)
    dana.settle()
    qtbot.waitUntil(lambda: len(names(tab)) == before + 1)
    assert cell(tab, "Gina Kim", "Teams") == "Network"
    assert account(embedded, "bob").full_name == "Robert Keller"
    dialog.close_button.click()
    question = dialog.findChild(Question)
    assert question is not None, "passwords that nobody has saved are not lost by one key"
    question.reject()
    dialog.save(tmp_path / "passwords.csv")
    dana.settle()
    assert dialog.outcome.model.index(0, 2).data() == "Added"
    password = dialog.outcome.model.index(0, 3).data()
    assert password in (tmp_path / "passwords.csv").read_text(encoding="utf-8-sig")
    dialog.close_button.click()
    assert not dialog.isVisible()


def test_an_address_that_somebody_has_is_said_below_its_field(tab, dana, embedded, qtbot):
    click(qtbot, tab.add_button)
    dialog = dialog_of(tab, UserDialog)
    qtbot.keyClicks(dialog.email, (account(embedded, "bob").email or "").upper())
    qtbot.waitUntil(dialog.shared.isVisible)
    assert dialog.shared.text().startswith("Bob Keller has this address, too")
    qtbot.keyClicks(dialog.email, "x")
    assert not dialog.shared.isVisible()
    dialog.reject()
    choose(qtbot, tab, "Bob Keller")
    click(qtbot, tab.edit_button)
    dialog = dialog_of(tab, UserDialog)
    dialog._look_for_address()  # noqa: SLF001 - as it is after a pause
    dana.settle()
    assert not dialog.shared.isVisible(), "it is their own"
    dialog.reject()


def test_the_preview_shows_lines_with_a_warning_first(tab, tmp_path, dana, embedded, qtbot):
    shared = account(embedded, "bob").email
    text = f"username;name;mail\nkim;Kim Lee;\ngina;Gina Kim;{shared}\n"
    dialog = imported(tab, qtbot, tmp_path, text)
    dana.settle()
    click(qtbot, dialog.next_button)
    dana.settle()
    [said] = problems(dialog)
    assert said.startswith("Bob Keller has this e-mail address, too")
    assert "Line 3: Bob Keller" in dialog.preview.problem.text()
    assert dialog.next_button.text() == "Import 2 people"
    dialog.reject()


def test_a_long_import_tells_how_long_it_takes(tab, tmp_path, dana, qtbot, monkeypatch):
    dialog = imported(tab, qtbot, tmp_path)
    dana.settle()
    dialog._is_running, dialog._began = True, 100.0  # noqa: SLF001
    monkeypatch.setattr("helpdesk.ui.people.import_dialog.monotonic", lambda: 160.0)
    dialog._show_progress(10_000, 50_000)  # noqa: SLF001
    assert dialog._said.text() == "10,000 of 50,000 lines, about 4 min left"  # noqa: SLF001
    dialog._is_running = False  # noqa: SLF001
    dialog.reject()


def test_what_cannot_be_read_is_said_and_another_file_can_be_chosen(
    tab,
    dana,
    tmp_path,
    qtbot,
):
    dialog = imported(tab, qtbot, tmp_path, "")
    dana.settle()
    [said] = errors(dialog)
    assert "is empty" in said
    assert not dialog.next_button.isEnabled()
    (tmp_path / "people.csv").write_text("who;what\na;b\n")
    dialog.read(tmp_path / "people.csv")
    dana.settle()
    click(qtbot, dialog.next_button)
    dana.settle()
    assert errors(dialog) == ["Say which column has the user name; the file has who, what."]
    dialog.fields["username"].set_key("who")
    dialog.fields["full_name"].set_key("what")
    click(qtbot, dialog.next_button)
    dana.settle()
    assert dialog.next_button.text() == "Import 1 person"
    dialog.reject()


def test_an_import_that_breaks_off_keeps_what_was_done(
    tab,
    dana,
    embedded,
    tmp_path,
    qtbot,
    monkeypatch,
):
    monkeypatch.setattr("helpdesk.client.user_imports.AT_ONCE", 1)
    text = "username;name\n" + "".join(f"p{n};Person {n}\n" for n in range(3))
    dialog = imported(tab, qtbot, tmp_path, text)
    dana.settle()
    click(qtbot, dialog.next_button)
    dana.settle()
    real = dialog._stop.is_set  # noqa: SLF001 - stops after the first line, as somebody would
    calls: list[bool] = []

    def stop_soon() -> bool:
        calls.append(real())
        return len(calls) > 1

    monkeypatch.setattr(dialog._stop, "is_set", stop_soon)  # noqa: SLF001
    click(qtbot, dialog.next_button)
    dana.settle()
    assert dialog.outcome.model.rowCount() == 1
    assert dialog.outcome.model.index(0, 3).data(), "the password of who was added is shown"
    assert account(embedded, "p0").password_set
    dialog.save(tmp_path / "passwords.csv")
    dana.settle()
    dialog.reject()


# --- managers ---------------------------------------------------------------------------------


def test_a_manager_sees_their_team_and_nothing_to_change(
    network, busy_bob, seated, embedded, sign_in, clock, qtbot
):
    sign_in("bob").teams.set_absence(Absence(until=clock.now + timedelta(days=3)))
    charlie = seated("charlie")
    window = MainWindow(charlie.desktop)
    charlie.show(window)
    assert "team" in window.tab_keys
    assert "users" not in window.tab_keys
    tab = window.open_tab("team")
    charlie.settle()
    assert isinstance(tab, TeamTab)
    model = tab.list.model
    rows = [[model.index(row, at).data() for at in range(5)] for row in range(model.rowCount())]
    assert rows == [
        ["Bob Keller", "Technician", "Network", "2", "Away until 26 Nov"],
        ["Charlie Hart", "Manager", "Network", "0", ""],
    ]
    tab.list.search.setText("zzz")
    qtbot.waitUntil(lambda: tab.list.states.state == "empty")
    tab.list.search.clear()
    qtbot.waitUntil(lambda: model.rowCount() == 2)
    admin = embedded.as_system()
    bob = admin.users.named("bob")
    admin.users.deactivate(bob.id, Leaving(version=bob.version))
    qtbot.waitUntil(lambda: model.rowCount() == 1)
    admin.teams.remove(network)
    qtbot.waitUntil(lambda: tab.list.states.state == "empty")
    assert "You are in no team yet" in [label.text() for label in tab.findChildren(QLabel)]
    assert not [each for each in window.findChildren(QDialog) if each.isVisible()]


def test_an_admin_has_all_people_in_one_tab(seated):
    dana = seated("dana")
    window = MainWindow(dana.desktop)
    dana.show(window)
    assert "users" in window.tab_keys
    assert "team" not in window.tab_keys


def test_a_failed_list_of_ones_team_can_be_tried_again(network, seated, qtbot):
    charlie = seated("charlie")
    with charlie.transport.failing(Busy("Busy; try again."), "of_own_teams"):
        tab = TeamTab(charlie.desktop)
        charlie.show(tab)
        assert tab.list.states.state == "failed"
    click(qtbot, button(tab, "Retry"))
    qtbot.waitUntil(lambda: tab.list.model.rowCount() == 2)


# --- room and words ---------------------------------------------------------------------------


def test_compact_rows_are_lower_for_people_and_entries(tab, dana, look):
    entries = AuditLogTab(dana.desktop)
    dana.show(entries)
    dana.settle()
    tables = (tab.table, entries.table)
    comfortable = [table.rowHeight(0) for table in tables]
    look.set_density("compact")
    try:
        assert all(
            table.rowHeight(0) < height for table, height in zip(tables, comfortable, strict=True)
        )
    finally:
        look.set_density("comfortable")
    assert [table.rowHeight(0) for table in tables] == comfortable


def test_in_a_narrow_window_empty_columns_give_way_to_the_state(tab, dana):
    titles = [each.title for each in COLUMNS]
    state, factor = titles.index("State"), titles.index("2FA")
    tab.window().resize(960, 640)
    dana.settle()
    assert tab.table.isColumnHidden(factor), "nobody has one"
    words = tab.table.fontMetrics().horizontalAdvance("No password yet")
    assert tab.table.columnWidth(state) > words + 22
    assert tab.table.horizontalScrollBar().maximum() == 0
    tab.window().resize(1500, 800)
    dana.settle()
    assert not tab.table.isColumnHidden(factor)


def test_ones_own_account_says_why_it_is_not_ended_here(tab, qtbot):
    choose(qtbot, tab, "Dana Whitfield")
    assert not tab.active_button.isEnabled()
    assert "own account" in tab.actions_.why.text()
    for each in (tab.password_button, tab.active_button, tab.actions_.more_button):
        assert "Settings" in each.toolTip()
    choose(qtbot, tab, "Bob Keller")
    assert tab.active_button.isEnabled()
    assert not tab.actions_.why.text()
    assert not tab.active_button.toolTip()


def test_saving_what_was_not_changed_says_nothing(tab, dana, qtbot):
    choose(qtbot, tab, "Bob Keller")
    click(qtbot, tab.edit_button)
    dialog = dialog_of(tab, UserDialog)
    click(qtbot, dialog.save_button)
    dana.settle()
    assert not dialog.isVisible()
    assert not banner_of(tab).isVisible()


def test_long_names_get_the_room_that_short_ones_leave(seated, embedded):
    name, address = "bartholomew.featherstonehaugh", "bart@corp.example"
    new = NewUser(username=name, full_name="Bart Low", email=address, role=Role.USER)
    embedded.as_system().users.add(new)
    dana = seated("dana")
    tab = UserManagementTab(dana.desktop)
    dana.show(tab, 968, 640)
    header, model = tab.table.horizontalHeader(), tab.table.model()
    titles = [model.headerData(at, Qt.Horizontal) for at in range(model.columnCount())]
    for title in ("Name", "User name", "E-mail"):
        at = titles.index(title)
        assert header.sectionSize(at) >= tab.table.sizeHintForColumn(at), title
    row = [model.index(at, 0).data() for at in range(model.rowCount())].index("Bart Low")
    assert name in model.index(row, titles.index("User name")).data(Qt.ToolTipRole)
    assert not tab.table.horizontalScrollBar().isVisible()
    assert shares([60, 240, 300], 450) == [60, 195, 195]
    assert shares([60, 70], 200) == [95, 105]
