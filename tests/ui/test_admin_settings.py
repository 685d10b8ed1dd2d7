# SPDX-License-Identifier: GPL-3.0-or-later
"""Admins set the rules of signing in, see who may do what, and look after keys of programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QLabel, QPushButton

from helpdesk.core.errors import Busy, DeskError
from helpdesk.core.permissions import GROUPS, PERMISSIONS, Permission
from helpdesk.core.schemas.api_keys import ApiKeyQuery, NewApiKey
from helpdesk.core.schemas.security import SecurityChange
from helpdesk.core.schemas.users import Role
from helpdesk.ui.password_dialog import PasswordDialog
from helpdesk.ui.settings.api_keys.dialog import ApiKeyDialog, KeyDialog
from helpdesk.ui.settings.api_keys.section import ApiKeysSection
from helpdesk.ui.settings.rights.section import RightsSection
from helpdesk.ui.settings.security.section import SecuritySection
from helpdesk.ui.settings.words import _ALSO_CALLED, SECTIONS, found
from helpdesk.ui.settings_tab import SettingsTab
from helpdesk.ui.widgets.question import Question
from tests.contract.desks import id_of
from tests.ui.seats import Seat, click, named
from tests.ui.test_own_settings import sections_of


@pytest.fixture
def seat(seated) -> Seat:
    dana: Seat = seated("dana")
    return dana


def opened(seat: Seat, key: str) -> Any:
    tab = SettingsTab(seat.desktop)
    tab.open_section(key)
    seat.show(tab)
    return tab.section


def security(seat: Seat) -> SecuritySection:
    section = opened(seat, "security")
    assert isinstance(section, SecuritySection)
    return section


def field(section: SecuritySection, name: str) -> Any:
    """Return the field of a rule."""
    return section.fields.rows[name].field


def keys(seat: Seat) -> ApiKeysSection:
    section = opened(seat, "api-keys")
    assert isinstance(section, ApiKeysSection)
    return section


@pytest.mark.parametrize(
    ("typed", "where", "name"),
    [
        ("ldap", "directory", ""),
        ("avatar", "profile", "picture"),
        ("logout", "security", "session_hours"),
        ("idle", "security", "lock_minutes"),
        ("smtp", "mail", "host"),
    ],
)
def test_a_setting_is_found_by_plain_words(typed, where, name):
    hits = {section.key: settings for section, settings in found(typed, set(Permission))}
    assert where in hits
    assert not name or name in [each.key for each in hits[where]]


def test_the_plain_words_belong_to_settings_that_there_are():
    there = {(section.key, each.key) for section in SECTIONS for each in section.settings}
    there |= {(section.key, "") for section in SECTIONS}
    assert set(_ALSO_CALLED) <= there


# --- security -----------------------------------------------------------------------------------


def test_a_new_password_is_told_the_rule_in_force_and_its_length_comes_first(seat, sign_in, qtbot):
    sign_in("dana").security.change(SecurityChange(password_min_length=20))
    dialog = PasswordDialog(seat.desktop, security(seat))
    dialog.open()
    seat.settle()
    assert dialog.rule.text().startswith("At least 20 characters")
    dialog.new.setText("short")
    dialog.save_button.click()
    said = [x.text() for x in dialog.findChildren(QLabel) if x.property("role") == "error"]
    assert said == ["Choose a password of at least 20 characters; a few words are best."]
    dialog.reject()


@pytest.mark.parametrize(("typed", "said"), [("3", "It is 8 at least"), ("99", "It is 64 at most")])
def test_a_number_that_cannot_be_is_not_dropped_in_silence(seat, qtbot, typed, said):
    section = security(seat)
    least, row = field(section, "password_min_length"), section.fields.rows["password_min_length"]
    least.setFocus()
    least.selectAll()
    qtbot.keyClicks(least, typed)
    qtbot.keyClick(least, Qt.Key_Tab)
    assert row.error.startswith(said)
    assert least.value() == 15
    least.setFocus()
    least.selectAll()
    qtbot.keyClicks(least, "20")
    assert row.error == ""
    assert least.value() == 20


def test_the_keyboard_saves_and_presses_what_has_the_focus(seat, sign_in, qtbot):
    section = security(seat)
    reset = field(section, "reset_minutes")
    reset.setValue(20)
    reset.setFocus()
    qtbot.keyClick(reset, Qt.Key_S, Qt.ControlModifier)
    seat.settle()
    assert sign_in("dana").security.settings().values.reset_minutes == 20
    back = section.back_buttons["reset_minutes"]
    back.setFocus()
    qtbot.keyClick(back, Qt.Key_Return)
    assert reset.value() == 60


def test_a_rule_is_changed_says_its_default_and_goes_back_to_it(seat, sign_in, qtbot):
    section = security(seat)
    reset, back = field(section, "reset_minutes"), section.back_buttons["reset_minutes"]
    assert "Default: 60 min." in reset.accessibleDescription()
    assert not back.isVisible()
    reset.setFocus()
    reset.selectAll()
    qtbot.keyClicks(reset, "20")
    click(qtbot, section.save_bar.save_button)
    seat.settle()
    dana = sign_in("dana")
    assert dana.security.settings().values.reset_minutes == 20
    assert section.save_bar.isHidden()
    assert back.isVisible()
    click(qtbot, back)
    assert reset.value() == 60
    click(qtbot, section.save_bar.save_button)
    seat.settle()
    assert dana.security.settings().values.reset_minutes == 60


def test_what_the_environment_sets_is_shown_and_left_alone(seat, monkeypatch):
    monkeypatch.setenv("HELPDESK_SECURITY__LOCK_MINUTES", "0")
    section = security(seat)
    assert section.fields.rows["lock_minutes"].is_fixed
    assert not field(section, "lock_minutes").isEnabled()
    assert field(section, "reset_minutes").isEnabled()


def test_without_a_place_for_secrets_no_factor_can_be_asked_for(seat):
    section = security(seat)
    assert not section.roles.isEnabled()
    assert section._no_secrets.isVisible()  # noqa: SLF001 - what is seen


def test_who_has_no_second_factor_yet_is_counted_before_it_is_asked_for(seat, qtbot, embedded):
    section = security(seat)
    section.roles.setEnabled(True)
    click_box = section.roles.boxes[Role.TECHNICIAN]
    click_box.setChecked(True)
    seat.settle()
    assert section.without.text() == (
        "Technician: 2 accounts have no second factor yet and set one up at the next sign-in."
    )
    click(qtbot, section.save_bar.save_button)
    seat.settle()
    # The desk of the test has no keyring: it says so at the field, and nothing is lost.
    assert "HELPDESK_SECURITY__SECRET_KEY" in section.fields.rows["second_factor_roles"].error
    assert click_box.isChecked()
    click(qtbot, section.save_bar.discard_button)
    assert not click_box.isChecked()
    assert not section.without.isVisible()


def test_what_another_admin_changes_shows_and_what_is_typed_stays(seat, sign_in, qtbot):
    section = security(seat)
    field(section, "free_attempts").setValue(2)
    seat.feed.start()
    sign_in("dana").security.change(SecurityChange(reset_minutes=30))
    qtbot.waitUntil(lambda: field(section, "reset_minutes").value() == 30)
    assert field(section, "free_attempts").value() == 2


def test_the_search_leads_to_a_rule(seat, qtbot):
    tab = SettingsTab(seat.desktop)
    seat.show(tab)
    qtbot.keyClicks(tab.search, "longest wait")
    qtbot.keyClick(tab.search, Qt.Key_Return)
    seat.settle()
    assert isinstance(tab.section, SecuritySection)
    assert field(tab.section, "longest_delay_seconds").hasFocus()


# --- rights -------------------------------------------------------------------------------------


def test_the_table_of_rights_is_that_of_the_desk_and_fits_the_page(seat):
    section = opened(seat, "rights")
    assert isinstance(section, RightsSection)
    table = section.table
    shown = {}
    for row in range(table.rowCount()):
        marks = [table.item(row, column) for column in range(1, 5)]
        if all(marks):
            shown[table.model().index(row, 0).data()] = tuple(
                role
                for role, mark in zip(Role, marks, strict=True)
                if mark is not None and mark.data(Qt.AccessibleTextRole).endswith("yes")
            )
    assert shown == {
        right.meaning: tuple(role for role in Role if right in PERMISSIONS[role])
        for right in Permission
    }
    assert table.rowCount() == len(Permission) + len(GROUPS)
    assert table.height() >= table.verticalHeader().length()


# --- API keys -----------------------------------------------------------------------------------


def test_a_key_is_made_for_somebody_by_the_keyboard_and_shown_once(seat, sign_in, qtbot):
    section = keys(seat)
    assert section.list_states.state == "empty"
    section.add_button.setFocus()
    qtbot.keyClick(section.add_button, Qt.Key_Space)
    (dialog,) = section.findChildren(ApiKeyDialog)
    qtbot.keyClick(dialog.save_button, Qt.Key_Return)
    assert dialog.focusWidget() is dialog.name
    dialog.activateWindow()
    qtbot.keyClicks(dialog.name, "Monitoring")
    assert dialog.scopes.boxes[Permission.MANAGE_USERS].isEnabled()
    dialog.scopes.boxes[Permission.MANAGE_USERS].setChecked(True)
    dialog.owner.setFocus()
    dialog.owner.selectAll()
    qtbot.keyClicks(dialog.owner, "bo")
    assert dialog.owner.problem
    found = dialog.owner.completer().popup()
    qtbot.waitUntil(found.isVisible)
    qtbot.keyClick(found, Qt.Key_Down)
    qtbot.keyClick(found, Qt.Key_Return)
    qtbot.waitUntil(lambda: dialog.owner.text() == "Bob Keller")
    # What its owner may not do, a key may not either.
    assert not dialog.scopes.boxes[Permission.MANAGE_USERS].isEnabled()
    assert dialog.scopes.scopes == ()
    qtbot.keyClick(dialog.scopes.boxes[Permission.WORK_TICKET], Qt.Key_Space)
    click(qtbot, dialog.save_button)
    seat.settle()
    (shown,) = section.findChildren(KeyDialog)
    key = shown.key.text()
    assert len(key) > 64
    click(qtbot, shown.copy_button)
    assert QApplication.clipboard().text() == key
    shown.accept()
    seat.settle()
    (row,) = section.rows.values()
    assert row.key.owner.full_name == "Bob Keller"
    assert row.key.scopes == ("work_ticket",)
    assert row.key.expires_at is not None
    assert not any(key in each.text() for each in section.findChildren(QPushButton))


def test_a_key_is_revoked_after_a_question(seat, sign_in, qtbot):
    dana = sign_in("dana")
    new = NewApiKey(name="Import", scopes=(Permission.WORK_TICKET,))
    made = dana.api_keys.create(new).view
    section = keys(seat)
    click(qtbot, named(section, "Revoke Import"))
    (question,) = section.findChildren(Question)
    question.reject()
    assert dana.api_keys.search(ApiKeyQuery(active=True)).items
    click(qtbot, named(section, "Revoke Import"))
    question = next(each for each in section.findChildren(Question) if each.isVisible())
    click(qtbot, question.agree_button)
    seat.settle()
    assert not dana.api_keys.search(ApiKeyQuery(active=True)).items
    assert section.rows[made.id].revoke_button.isHidden()
    click(qtbot, section.filter.button("active"))
    seat.settle()
    assert section.list_states.state == "empty"
    assert not section.rows


def test_older_keys_come_when_they_are_asked_for(seat, sign_in, qtbot, clock):
    dana = sign_in("dana")
    owner = id_of(sign_in("bob"))
    ends = clock.now + timedelta(days=2)
    for number in range(53):
        scopes = (Permission.SEE_ALL_TICKETS,)
        new = NewApiKey(name=f"Key {number}", scopes=scopes, user_id=owner, expires_at=ends)
        dana.api_keys.create(new)
    section = keys(seat)
    assert len(section.rows) == 50
    click(qtbot, section.more_button)
    seat.settle()
    assert len(section.rows) == 53
    assert not section.more_button.isVisible()


def test_keys_that_cannot_be_read_or_made_say_so_where_it_is(seat, qtbot):
    with seat.transport.failing(Busy("The desk is busy; try again."), "search"):
        section = keys(seat)
        assert section.list_states.state == "failed"
    section.load()
    seat.settle()
    dialog = ApiKeyDialog(seat.desktop, section)
    dialog.open()
    dialog.name.setText("Import")
    click(qtbot, dialog.save_button)
    assert not dialog.scopes.scopes
    dialog.scopes.boxes[Permission.SUBMIT_TICKET].setChecked(True)
    with seat.transport.failing(DeskError("It cannot be made now."), "create"):
        click(qtbot, dialog.save_button)
        seat.settle()
    assert dialog.isVisible()
    assert dialog.name.text() == "Import"
    dialog.reject()


def test_nobody_else_sees_the_sections_of_admins(seated):
    tab = SettingsTab(seated("charlie").desktop)
    assert not {*sections_of(tab)} & {"Security", "Roles and rights", "API keys"}
    tab.deleteLater()
