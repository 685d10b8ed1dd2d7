# SPDX-License-Identifier: GPL-3.0-or-later
"""Admins put people into teams, and staff say until when they are away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from PyQt5.QtCore import QDateTime, Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QLabel

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.teams import Absence, TeamChange, TeamSettings, TeamView
from helpdesk.ui.absence_dialog import AbsenceDialog
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.settings.teams.team_card import duty_words, team_words
from helpdesk.ui.settings.teams.teams_section import TeamsSection
from helpdesk.ui.settings.words import found
from helpdesk.ui.settings_tab import SettingsTab
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.toast import toasts_of
from tests.ui.seats import Seat, button
from tests.ui.test_accessibility import described, name_of, reachable


@pytest.fixture
def dana(seated: Callable[[str], Seat]) -> Seat:
    return seated("dana")


@pytest.fixture
def admin(sign_in) -> HelpDesk:
    """Return the desk as another admin would have it."""
    desk: HelpDesk = sign_in("dana")
    return desk


@pytest.fixture
def staff(admin) -> dict[str, int]:
    return {one.full_name: one.id for one in admin.tickets.assignable()}


def opened(seat: Seat) -> TeamsSection:
    section = TeamsSection(seat.desktop)
    section.load()
    seat.show(section, 1000, 700)
    # Only in an active window does anything have the focus.
    assert QTest.qWaitForWindowActive(section)
    return section


def save(seat: Seat, section: TeamsSection) -> None:
    section.editor.save_bar.save_button.click()
    seat.settle()


def only(teams: tuple[TeamView, ...]) -> TeamView:
    assert len(teams) == 1
    return teams[0]


def test_a_new_team_is_not_removed(dana):
    section = opened(dana)
    section.add_button.click()
    section.editor.remove_button.click()
    assert section.findChild(Question) is None


def test_a_team_is_made_of_people_who_are_found_by_name(dana, admin, qtbot):
    section = opened(dana)
    assert section.states.state == "empty"
    section.add_button.click()
    editor = section.editor
    save(dana, section)
    assert editor.name_row.error == "Give the team a name."
    assert QApplication.focusWidget() is editor.name
    qtbot.keyClicks(editor.name, "Network")
    for typed in ("bob", "osei"):
        editor.members.edit.setFocus()
        qtbot.keyClicks(editor.members.edit, typed)
        qtbot.keyClick(editor.members.edit, Qt.Key_Return)
    save(dana, section)
    team = only(admin.teams.all())
    assert {member.full_name for member in team.members} == {"Bob Keller", "Frank Osei"}
    assert section.cards[0].team == team
    assert section.focusWidget() is section.cards[0].name


def test_a_member_who_is_typed_is_taken_or_asked_about(dana, admin, qtbot):
    section = opened(dana)
    section.add_button.click()
    editor = section.editor
    qtbot.keyClicks(editor.name, "Network")
    editor.members.edit.setText("Bob")
    save(dana, section)
    assert editor.members_row.error.startswith("“Bob” is not chosen yet")
    assert admin.teams.all() == ()
    editor.members.edit.setText("bob keller")
    editor.members.edit.setFocus()
    editor.name.setFocus()
    save(dana, section)
    assert [member.full_name for member in only(admin.teams.all()).members] == ["Bob Keller"]


def test_the_list_says_who_is_there(dana, admin, sign_in, staff, clock):
    sign_in("frank").teams.set_absence(Absence(until=clock.now + timedelta(days=3)))
    admin.teams.add(TeamSettings(name="Network", member_ids=tuple(staff.values())))
    section = opened(dana)
    team = section.cards[0].team
    said = {member.full_name: duty_words(member, clock.now) for member in team.members}
    assert said["Frank Osei"] == ("Away until 26 Nov", "warning")
    assert said["Bob Keller"] == ("On duty", "success")
    assert team_words(team, "").startswith("4 people, 3 on duty now · always on duty")


def test_a_manager_reads_who_is_in_the_teams(seated, admin, staff):
    admin.teams.add(TeamSettings(name="Network", member_ids=(staff["Bob Keller"],)))
    charlie = seated("charlie")
    tab = SettingsTab(charlie.desktop)
    charlie.show(tab)
    tab.open_section("teams")
    charlie.settle()
    section = tab.section
    assert isinstance(section, TeamsSection)
    assert [words.key for words, _ in found("teams", charlie.desktop.session.permissions)]
    words = [label.text() for label in section.findChildren(QLabel) if label.isVisible()]
    assert "Bob Keller, technician" in words
    assert any(said.startswith("Only admins change teams") for said in words)
    [card] = section.cards
    changing = (section.add_button, card.edit, card.remove, card.name)
    assert [each for each in changing if each.isVisible()] == []


def test_a_name_that_is_taken_is_refused_at_the_name(dana, admin, qtbot):
    admin.teams.add(TeamSettings(name="Network"))
    section = opened(dana)
    section.add_button.click()
    qtbot.keyClicks(section.editor.name, "network")
    save(dana, section)
    assert "already" in section.editor.name_row.error


@pytest.mark.parametrize("mine", [True, False])
def test_somebody_else_saved_the_same_team(dana, admin, staff, qtbot, mine):
    team = admin.teams.add(TeamSettings(name="Network", member_ids=(staff["Bob Keller"],)))
    section = opened(dana)
    section.cards[0].name.click()
    theirs = TeamChange(name="Theirs", member_ids=(), version=team.version)
    admin.teams.change(team.id, theirs)
    section.editor.name.clear()
    qtbot.keyClicks(section.editor.name, "Mine")
    save(dana, section)
    elsewhere = section.editor.elsewhere
    assert "Theirs with nobody" in elsewhere.text
    (elsewhere.mine_button if mine else elsewhere.theirs_button).click()
    dana.settle()
    assert elsewhere.text == ""
    assert only(admin.teams.all()).name == ("Mine" if mine else "Theirs")
    assert section.editor.name.text() == ("Mine" if mine else "Theirs")


def test_what_is_typed_stays_until_it_is_discarded(dana, admin, qtbot):
    section = opened(dana)
    section.add_button.click()
    qtbot.keyClicks(section.editor.name, "Half a te")
    section.editor.back_button.click()
    again = opened(dana)
    again.add_button.click()
    assert again.editor.name.text() == "Half a te"
    assert "still here" in again.editor.banner.text
    again.editor.save_bar.discard_button.click()
    again.add_button.click()
    assert again.editor.name.text() == ""
    button(toasts_of(again.window())[-1], "Undo").click()
    assert again.editor.name.text() == "Half a te"


def test_removing_asks_first(dana, admin):
    admin.teams.add(TeamSettings(name="Network"))
    section = opened(dana)
    section.cards[0].remove.click()
    question = section.findChild(Question)
    assert question is not None
    question.agree_button.click()
    dana.settle()
    assert admin.teams.all() == ()
    assert section.states.state == "empty"


def test_what_cannot_be_loaded_is_said(dana):
    with dana.transport.failing(Unreachable("The desk is away."), "assignable"):
        section = opened(dana)
        assert section.states.state == "failed"


def test_the_editor_is_named_and_walked_from_the_top(dana, admin, staff):
    admin.teams.add(TeamSettings(name="Network", member_ids=(staff["Bob Keller"],)))
    section = opened(dana)
    assert [described(w) for w in reachable(section) if not name_of(w)] == []
    section.cards[0].edit.click()
    chain, editor = reachable(section), section.editor
    assert [described(w) for w in chain if not name_of(w)] == []
    fields = [editor.back_button, editor.name, editor.members.edit, editor.calendar]
    assert [w for w in chain if w in fields] == fields


@pytest.fixture
def dialog(seated) -> AbsenceDialog:
    seat = seated("bob")
    window = MainWindow(seat.desktop)
    seat.show(window)
    dialog = AbsenceDialog(seat.desktop, window)
    dialog.open()
    seat.settle()
    dialog.seat = seat  # type: ignore[attr-defined]
    return dialog


def test_somebody_is_away_and_comes_back(dialog, sign_in, clock, qtbot):
    bob = sign_in("bob")
    seat, window = dialog.seat, dialog.parentWidget()
    said: list[str] = []
    dialog.changed.connect(said.append)
    assert dialog.state.text() == "You are here."
    assert dialog.back_button.isHidden()
    dialog.usual["In a week"].click()
    dialog.save_button.click()
    seat.settle()
    until = bob.teams.absence().until
    assert until is not None
    assert until.astimezone().hour == 9
    assert timedelta(days=6) < until - clock.now < timedelta(days=8)
    assert said[-1].startswith("You are away until Mon 30 Nov 2026")
    again = AbsenceDialog(seat.desktop, window)
    again.changed.connect(said.append)
    again.open()
    seat.settle()
    assert "30 Nov" in again.state.text()
    again.back_button.click()
    seat.settle()
    assert bob.teams.absence().until is None
    assert said[-1] == "You are back."


def test_nobody_is_away_until_a_moment_that_has_passed(dialog, sign_in, clock):
    past = (clock.now - timedelta(hours=1)).astimezone().replace(tzinfo=None)
    dialog.until.setDateTime(QDateTime(past))
    dialog.save_button.click()
    dialog.seat.settle()
    assert dialog.isVisible()
    assert sign_in("bob").teams.absence().until is None
    assert [described(w) for w in reachable(dialog) if not name_of(w)] == []
    dialog.reject()


@pytest.mark.parametrize(("who", "offered"), [("alice", False), ("bob", True)])
def test_only_staff_can_be_away(seated, who, offered):
    seat = seated(who)
    window = MainWindow(seat.desktop)
    seat.show(window)
    entries = [action.text() for action in window._account_menu.actions()]  # noqa: SLF001
    assert ("Away…" in entries) is offered
