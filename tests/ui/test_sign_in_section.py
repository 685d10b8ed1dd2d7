# SPDX-License-Identifier: GPL-3.0-or-later
"""In the settings everybody looks after their password, their second factor and their sessions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QLineEdit

from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.users import NewSession, Role, UserChange
from helpdesk.services.secret_box import new_key
from helpdesk.ui.settings.sign_in.factor_dialog import FactorDialog, Purpose
from helpdesk.ui.settings.sign_in.section import SignInSection
from tests.conftest import PASSWORD
from tests.ui.authenticator import Phone
from tests.ui.seats import Seat, click, named


@pytest.fixture(autouse=True)
def _keys_and_roles(monkeypatch) -> None:
    monkeypatch.setenv("HELPDESK_SECURITY__SECRET_KEY", new_key())
    monkeypatch.setenv("HELPDESK_SECURITY__SECOND_FACTOR_ROLES", '["manager"]')


Shown = tuple[SignInSection, Seat]


@pytest.fixture
def section_of(seated) -> Callable[[str], Shown]:
    def open_it(username: str) -> Shown:
        seat: Seat = seated(username)
        section = SignInSection(seat.desktop)
        seat.show(section, 900, 700)
        section.load()
        seat.settle()
        return section, seat

    return open_it


def type_in(qtbot, field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.clear()
    qtbot.keyClicks(field, text)


def prove(
    qtbot, seat: Seat, dialog: FactorDialog, code: str = "", password: str = PASSWORD
) -> None:
    page = dialog.proof_page
    type_in(qtbot, page.password, password)
    if code:
        type_in(qtbot, page.code, code)
    qtbot.keyClick(page.code if code else page.password, Qt.Key_Return)
    seat.settle()


def keep(qtbot, seat: Seat, dialog: FactorDialog) -> list[str]:
    page = dialog.recovery_page
    assert page is not None
    qtbot.keyClick(dialog, Qt.Key_Escape)
    assert dialog.isVisible(), "codes that are never shown again are kept first"
    page.view.copy_button.click()
    page.view.kept_box.setFocus()
    qtbot.keyClick(page.view.kept_box, Qt.Key_Space)
    qtbot.keyClick(page.view.kept_box, Qt.Key_Return)
    seat.settle()
    return QApplication.clipboard().text().split()[-10:]


def test_an_app_is_set_up_replaced_and_switched_off_by_the_keyboard(section_of, clock, qtbot):
    section, seat = section_of("bob")
    card = section.factor
    assert card.chip.text == "Off"
    dialog = section.open_dialog(Purpose.SET_UP)
    assert not dialog.proof_page.code.isVisible()
    prove(qtbot, seat, dialog, password="wrong")
    assert dialog.proof_page.message.text() == "The password is wrong."
    prove(qtbot, seat, dialog)
    assert dialog.enrol_page is not None
    phone = Phone(dialog.enrol_page.view, "bob")
    type_in(qtbot, dialog.enrol_page.view.field, phone.code(clock()))
    qtbot.keyClick(dialog.enrol_page.view.field, Qt.Key_Return)
    seat.settle()
    with qtbot.waitSignal(section.said) as said:
        first = keep(qtbot, seat, dialog)
    assert said.args == ["A code of your app is asked for from now on."]
    seat.settle()
    assert card.chip.text == "On"
    assert "10 recovery codes" in card.codes.text()
    assert not card.set_up_button.isVisible()

    clock.forward(seconds=31)
    dialog = section.open_dialog(Purpose.RENEW)
    prove(qtbot, seat, dialog, phone.code(clock()))
    second = keep(qtbot, seat, dialog)
    assert not set(first) & set(second)

    dialog = section.open_dialog(Purpose.REPLACE)
    click(qtbot, dialog.proof_page.other_button)
    prove(qtbot, seat, dialog, second[0])
    assert dialog.enrol_page is not None
    newer = Phone(dialog.enrol_page.view, "bob")
    assert newer.secret != phone.secret
    clock.forward(seconds=31)
    type_in(qtbot, dialog.enrol_page.view.field, newer.code(clock()))
    qtbot.keyClick(dialog.enrol_page.view.field, Qt.Key_Return)
    seat.settle()
    keep(qtbot, seat, dialog)

    clock.forward(seconds=31)
    dialog = section.open_dialog(Purpose.SWITCH_OFF)
    prove(qtbot, seat, dialog, phone.code(clock()))
    assert dialog.proof_page.message.isVisible(), "the old app counts no more"
    prove(qtbot, seat, dialog, newer.code(clock()))
    seat.settle()
    assert card.chip.text == "Off"
    assert card.set_up_button.isVisible()


def test_where_a_role_needs_it_it_cannot_be_switched_off(section_of, embedded, clock, qtbot):
    section, seat = section_of("bob")
    dialog = section.open_dialog(Purpose.SET_UP)
    prove(qtbot, seat, dialog)
    assert dialog.enrol_page is not None
    phone = Phone(dialog.enrol_page.view, "bob")
    type_in(qtbot, dialog.enrol_page.view.field, phone.code(clock()))
    dialog.enrol_page.go_on()
    seat.settle()
    keep(qtbot, seat, dialog)
    admin = embedded.as_system()
    bob = admin.users.named("bob")
    admin.users.change(bob.id, UserChange(role=Role.MANAGER, version=bob.version))
    section.load()
    seat.settle()
    assert "Your role needs it" in section.factor.state.text()
    assert not section.factor.off_button.isVisible()
    assert section.factor.replace_button.isVisible()


@pytest.fixture
def keyless(monkeypatch) -> None:
    monkeypatch.delenv("HELPDESK_SECURITY__SECRET_KEY")


def test_a_desk_without_a_place_for_secrets_says_what_to_do(keyless, section_of):
    section, _ = section_of("bob")
    assert section.factor.remedy.text().endswith("Ask an admin.")
    assert "secret-key" not in section.factor.remedy.text()
    assert not section.factor.set_up_button.isEnabled()
    section, _ = section_of("dana")
    assert "let “helpdesk secret-key” make a key" in section.factor.remedy.text()


def test_sessions_are_listed_and_ended_one_by_one_or_all(section_of, embedded, clock, qtbot):
    for device in ("Home (macOS)", "Phone", "<b>Library</b>"):
        new = NewSession(username="alice", password=PASSWORD, device=device)
        embedded.facade().sessions.sign_in(new)
        clock.forward(hours=1)
    section, seat = section_of("alice")
    card = section.sessions
    # One more is left from when the account was made.
    assert len(card.rows) == 5
    assert [row.end_button.isVisible() for row in card.rows].count(False) == 1
    end = named(card, "End the session on Phone")
    end.setFocus()
    qtbot.keyClick(end, Qt.Key_Space)
    seat.settle()
    assert len(card.rows) == 4
    assert section.focusWidget() in [row.end_button for row in card.rows]
    click(qtbot, card.end_others_button)
    seat.settle()
    assert len(card.rows) == 1
    assert card.sentence.text() == "You are signed in nowhere else."
    assert not card.end_others_button.isVisible()


def test_what_cannot_be_ended_is_said_and_stays(section_of, embedded, qtbot):
    embedded.facade().sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    section, seat = section_of("alice")
    with seat.transport.failing(Unreachable("The server does not answer."), "end_others"):
        click(qtbot, section.sessions.end_others_button)
        seat.settle()
    assert section.sessions.error.text() == "The server does not answer."
    assert len(section.sessions.rows) == 3


def test_the_password_is_changed_and_other_sessions_end(section_of, embedded, qtbot):
    embedded.facade().sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    section, seat = section_of("alice")
    section.reveal("password")
    assert section.focusWidget() is section.password.change_button
    dialog = section.change_password()
    for field, text in ((dialog.old, PASSWORD), (dialog.new, "x"), (dialog.again, "x")):
        type_in(qtbot, field, text)
    qtbot.keyClick(dialog.again, Qt.Key_Return)
    seat.settle()
    assert dialog.isVisible()
    for field in (dialog.new, dialog.again):
        type_in(qtbot, field, "another one of some words")
    with qtbot.waitSignal(section.said) as said:
        qtbot.keyClick(dialog.again, Qt.Key_Return)
    assert said.args == ["Your password was changed; your other windows were signed out."]
    seat.settle()
    assert len(section.sessions.rows) == 1


def test_it_says_why_it_could_not_be_loaded_and_tries_again(seated, qtbot):
    seat: Seat = seated("alice")
    section = SignInSection(seat.desktop)
    with seat.transport.failing(Unreachable("The server does not answer."), "state"):
        seat.show(section, 900, 700)
        section.load()
        seat.settle()
    assert section.states.state == "failed"
    section.load()
    seat.settle()
    assert section.states.state == "content"
