# SPDX-License-Identifier: GPL-3.0-or-later
"""Admins set up a directory and a provider, try them before saving, and map groups to roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keyring
import pytest
from PyQt5.QtCore import Qt

from helpdesk.core.errors import Busy
from helpdesk.core.schemas.directory import GroupRole
from helpdesk.core.schemas.users import Role
from helpdesk.ui.settings.directory.form import DirectoryForm
from helpdesk.ui.settings.directory.section import DirectorySection
from helpdesk.ui.settings.single_sign_on.form import SingleSignOnForm
from helpdesk.ui.settings.single_sign_on.section import SingleSignOnSection
from helpdesk.ui.settings_tab import SettingsTab
from helpdesk.ui.widgets.drop_down import DropDown
from tests import ldap_server
from tests.keyrings import MemoryKeyring
from tests.ldap_server import PEOPLE, READER, READER_PASSWORD, DirectoryOfTests
from tests.openid_provider import misbehaving
from tests.ui.seats import Seat, click
from tests.unit.client.authority import Authority


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    before, made = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def dana(memory, seated) -> Seat:
    seat: Seat = seated("dana")
    return seat


@pytest.fixture
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DirectoryOfTests]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    with ldap_server.directory(tmp_path_factory.mktemp("slapd"), authority) as made:
        made.add_person("anna", "Anna Berg", mail="anna@corp.example")
        made.add_group("helpdesk", "anna")
        yield made


def opened(dana: Seat, key: str) -> Any:
    tab = SettingsTab(dana.desktop)
    tab.open_section(key)
    dana.show(tab)
    return tab.section


def errors(section: Any) -> dict[str, str]:
    return {name: row.error for name, row in section.form.rows.items() if row.error}


def save(qtbot: Any, dana: Seat, section: Any) -> None:
    click(qtbot, section.save_bar.save_button)
    dana.settle()


def test_a_directory_is_tried_as_it_is_typed_and_then_saved(dana, people, sign_in, qtbot):
    section = opened(dana, "directory")
    assert isinstance(section, DirectorySection)
    form = section.form
    assert isinstance(form, DirectoryForm)
    form.host.setText("localhost")
    form.port.setValue(people.port)
    form.ca_file.setText(people.ca_file)
    form.bind_dn.setText(READER)
    form.key.field.setText(READER_PASSWORD)
    form.base_dn.setText(PEOPLE)
    # By keyboard alone: a group, its role, and somebody to look up.
    form.group_roles.add_button.setFocus()
    qtbot.keyClick(form.group_roles.add_button, Qt.Key_Space)
    (row,) = form.group_roles.rows
    assert row.group.hasFocus()
    qtbot.keyClicks(row.group, "HelpDesk")
    qtbot.keyClick(row.group, Qt.Key_Tab)
    assert row.role.hasFocus()
    qtbot.keyClick(row.role, Qt.Key_Down)
    assert row.role.key == "manager"
    section.trial.username.setText("anna")
    qtbot.keyClick(section.trial.username, Qt.Key_Return)
    dana.settle()
    assert section.trial.result.sentence == "The directory works; Anna Berg was found."
    assert "Role: Manager" in section.trial.result.accessibleName()
    assert not sign_in("dana").directory.settings().host, "nothing was saved"

    form.enabled.setChecked(True)
    save(qtbot, dana, section)
    kept = sign_in("dana").directory.settings()
    assert (kept.enabled, kept.port, kept.password_place) == (True, people.port, "keyring")
    assert kept.group_roles == (GroupRole(group="HelpDesk", role=Role.MANAGER),)
    assert section.save_bar.isHidden()
    form.bind_dn.setText("cn=other")
    assert READER in form.key.note
    qtbot.keyClick(row.remove_button, Qt.Key_Space)
    assert section.save_bar.isVisible()
    click(qtbot, section.save_bar.discard_button)
    assert [each.group.text() for each in form.group_roles.rows] == ["HelpDesk"]
    assert errors(section) == {}


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(dana, qtbot):
    section = opened(dana, "directory")
    form = section.form
    form.enabled.click()
    form.user_filter.setText("(uid=anna)")
    save(qtbot, dana, section)
    assert set(errors(section)) == {"host", "base_dn", "user_filter"}
    assert form.host.hasFocus()
    form.host.setText("directory.corp.example")
    form.base_dn.setText("dc=corp")
    form.user_filter.setText("(uid={username})")
    assert errors(section) == {}
    form.security.set_key("none")
    save(qtbot, dana, section)
    assert set(errors(section)) == {"security"}
    for _ in range(2):
        form.group_roles.add_button.click()
    for row, name in zip(form.group_roles.rows, ("chiefs", "Chiefs"), strict=True):
        row.group.setText(name)
    form.security.set_key("tls")
    save(qtbot, dana, section)
    assert "twice" in errors(section)["group_roles"]
    form.group_roles.rows[1].remove_button.click()
    with dana.transport.failing(Busy("The desk is busy; try again."), "change"):
        save(qtbot, dana, section)
    assert section.save_bar.isVisible()
    again = opened(dana, "directory")
    assert again.form.host.text() == "directory.corp.example"
    assert again.form.group_roles.value() == [{"group": "chiefs", "role": "technician"}]


def test_a_provider_is_tried_and_saved_and_offered(dana, sign_in, qtbot):
    section = opened(dana, "single-sign-on")
    assert isinstance(section, SingleSignOnSection)
    form = section.form
    assert isinstance(form, SingleSignOnForm)
    click(qtbot, section.trial.button)
    assert set(errors(section)) == {"issuer", "client_id"}
    with misbehaving() as provider:
        form.issuer.setText(provider.issuer)
        form.client_id.setText("helpdesk")
        click(qtbot, section.trial.button)
        dana.settle()
        assert section.trial.result.sentence.startswith("The provider works")
    form.scopes.setText("profile")
    form.label.setText("Sign in with Corp")
    form.enabled.setChecked(True)
    save(qtbot, dana, section)
    assert set(errors(section)) == {"scopes"}
    form.scopes.setText("openid  profile")
    default = form.rows["default_role"].field
    assert isinstance(default, DropDown)
    default.set_key("")
    save(qtbot, dana, section)
    kept = sign_in("dana").directory.provider()
    assert (kept.scopes, kept.default_role) == (("openid", "profile"), None)
    assert sign_in("dana").desks.info().single_sign_on == "Sign in with Corp"
    form.issuer.setText("http://login.corp.example")
    save(qtbot, dana, section)
    assert "https" in errors(section)["issuer"]


def test_settings_that_do_not_load_can_be_asked_for_again(dana, qtbot):
    with dana.transport.failing(Busy("The desk is busy; try again.")):
        section = opened(dana, "single-sign-on")
        dana.settle()
    section.load()
    dana.settle()
    assert section.form.label.text() == "Sign in with single sign-on"
