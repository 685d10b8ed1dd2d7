# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings of mail are in force, and that its password goes to one place alone (U02)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import keyring
import pytest

from helpdesk.core import settings as settings_module
from helpdesk.core.errors import Invalid
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.notifications import MailChange, MailSecurity
from helpdesk.core.settings import Settings
from helpdesk.services.mail_setup import MailSetup, Pause, kept_of, pause_of, setup_of
from tests.keyrings import ForgetfulKeyring, MemoryKeyring

PASSWORD = "canary-of-the-mail-server"
SERVER = 'host = "mail.corp.example"\nsender = "desk@corp.example"\nusername = "desk"'


@pytest.fixture(autouse=True)
def memory() -> Iterator[MemoryKeyring]:
    before, made = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def in_file(folder: DataFolder, text: str = SERVER) -> Settings:
    folder.settings.write_text(f"[mail]\n{text}\n")
    return settings_module.load(folder)


def changed(setup: MailSetup, **change: Any) -> str:
    """Return what a desk keeps once an admin has changed something."""
    wanted = MailChange.model_validate(change)
    return kept_of(setup.changed(wanted), None, wanted)


def test_the_environment_comes_before_the_desk_and_the_desk_before_the_file(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
):
    settings = in_file(folder)
    assert not setup_of(settings, None).is_on
    kept = changed(setup_of(settings, None), enabled=True, port=2525)
    setup = setup_of(settings, kept)
    assert setup.is_on
    assert (setup.section.host, setup.section.port) == ("mail.corp.example", 2525)
    monkeypatch.setenv("HELPDESK_MAIL__PORT", "465")
    setup = setup_of(settings_module.load(folder), kept)
    assert (setup.section.port, setup.fixed) == (465, frozenset({"port"}))
    with pytest.raises(Invalid, match="environment") as refused:
        setup.changed(MailChange(port=25))
    assert refused.value.field == "port"
    # A newer program's settings are none of ours.
    assert setup_of(settings, '{"security": "carrier pigeon"}').section == settings.mail


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"enabled": True, "host": ""}, "host"),
        ({"host": "https://mail.corp.example"}, "host"),
        ({"host": "mail.corp.example:25"}, "host"),
        ({"host": "mail..example"}, "host"),
        ({"security": "none"}, "security"),
        ({"sender": "<a@corp.example"}, "sender"),
    ],
)
def test_what_cannot_work_is_refused_where_it_is_entered(
    folder: DataFolder, change: dict[str, Any], field: str
):
    with pytest.raises(Invalid) as refused:
        setup_of(in_file(folder), None).changed(MailChange.model_validate(change))
    assert refused.value.field == field


def test_what_is_tried_needs_not_be_switched_on(folder: DataFolder):
    setup = setup_of(in_file(folder), None)
    assert setup.tried(MailChange(port=465)).section.port == 465
    with pytest.raises(Invalid, match="Name the mail server first"):
        setup_of(in_file(folder, ""), None).tried(MailChange())


def test_the_password_lies_in_the_keyring_and_belongs_to_host_and_name(
    folder: DataFolder, memory: MemoryKeyring
):
    setup = setup_of(in_file(folder), None)
    setup.keep_password(PASSWORD)
    assert setup.password() == (PASSWORD, "keyring")
    assert PASSWORD not in setup.view(None).model_dump_json()
    for other in ({"host": "evil.example"}, {"username": "somebody"}, {"username": ""}):
        assert setup.changed(MailChange.model_validate(other)).password() == ("", "")
    # The same host by another port or way of encryption is the same host.
    same = setup.changed(MailChange(port=465, security=MailSecurity.TLS, host="MAIL.corp.example"))
    assert same.password()[0] == PASSWORD
    setup.keep_password("")
    assert setup.password() == ("", "")
    assert memory.secrets == {}
    with pytest.raises(Invalid, match="one line"):
        setup.keep_password("a\r\nb")


def test_the_password_of_the_environment_goes_nowhere_else(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HELPDESK_MAIL__PASSWORD", PASSWORD)
    settings = in_file(folder)
    setup = setup_of(settings, None)
    assert setup.password() == (PASSWORD, "environment")
    assert PASSWORD not in repr(settings) + repr(setup)
    # Whoever is an admin in the window must not be able to send it to a host of their own.
    for other in ({"host": "evil.example"}, {"username": "somebody"}):
        moved = setup_of(settings, changed(setup, **other))
        assert moved.password() == ("", "")
    with pytest.raises(Invalid, match="The environment sets the password"):
        setup.keep_password("another")


def test_without_a_keyring_that_keeps_it_nothing_is_kept(folder: DataFolder):
    keyring.set_keyring(ForgetfulKeyring())
    with pytest.raises(Invalid, match="HELPDESK_MAIL__PASSWORD"):
        setup_of(in_file(folder), None).keep_password(PASSWORD)
    with pytest.raises(Invalid, match="Name the user"):
        setup_of(in_file(folder, 'host = "x"'), None).keep_password(PASSWORD)


def test_a_pause_is_kept_and_shown_while_mail_is_on(folder: DataFolder):
    pause = Pause(datetime(2026, 11, 23, 9, 5, tzinfo=UTC), 3, "It is away.")
    assert pause_of(pause.kept()) == pause
    assert pause_of("") is None
    settings = in_file(folder)
    assert setup_of(settings, None).view(pause).problem == ""
    shown = setup_of(settings, changed(setup_of(settings, None), enabled=True)).view(pause)
    assert (shown.problem, shown.paused_until) == ("It is away.", pause.until)
