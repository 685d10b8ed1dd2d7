# SPDX-License-Identifier: GPL-3.0-or-later
"""Admins set up mail and chat channels, try them before saving, and never see a secret again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PyQt5.QtWidgets import QLabel, QLineEdit, QWidget

from helpdesk.core.errors import Busy, Invalid
from helpdesk.core.schemas.notifications import (
    ChatChannelChange,
    ChatKind,
    MailChange,
    MailSecurity,
    MailTest,
)
from helpdesk.ui.settings.chats.dialog import ChatDialog
from helpdesk.ui.settings.chats.section import ChatsSection
from helpdesk.ui.settings.mail.section import MailSection
from helpdesk.ui.settings.mail.trial import TrialResult
from helpdesk.ui.settings_tab import SettingsTab
from helpdesk.ui.widgets.question import Question
from tests.smtp_server import MailServer, mail_server
from tests.ui.channels_twin import OFF, ON, TwinChannels
from tests.ui.seats import Seat, click, named


@pytest.fixture
def dana(seated) -> Seat:
    seat: Seat = seated("dana")
    return seat


@pytest.fixture
def twin(dana, clock, monkeypatch) -> TwinChannels:
    twin = TwinChannels(clock.now)
    monkeypatch.setattr(dana.desktop.desk, "channels", twin)
    return twin


def mail(dana: Seat) -> MailSection:
    section = opened(dana, "mail")
    assert isinstance(section, MailSection)
    return section


def chats(dana: Seat) -> ChatsSection:
    section = opened(dana, "chats")
    assert isinstance(section, ChatsSection)
    return section


def opened(dana: Seat, key: str) -> QWidget:
    tab = SettingsTab(dana.desktop)
    tab.open_section(key)
    dana.show(tab)
    return tab.section


def save(qtbot: Any, dana: Seat, section: MailSection) -> None:
    click(qtbot, section.save_bar.save_button)
    dana.settle()


def errors(section: MailSection) -> dict[str, str]:
    return {name: row.error for name, row in section.form.rows.items() if row.error}


def says(widget: QWidget, words: str) -> bool:
    return any(words in x.text() and x.isVisible() for x in widget.findChildren(QLabel))


# --- on a real desk ---------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def test_a_server_is_tried_as_it_is_typed_and_then_saved(dana, server, sign_in, qtbot):
    section = mail(dana)
    form = section.form
    form.host.setText("127.0.0.1")
    form.security.set_key(MailSecurity.NONE)
    form.port.setValue(server.port)
    form.sender_address.setText("helpdesk@corp.example")
    assert section.trial.to.text() == "dana@corp.example"
    click(qtbot, section.trial.button)
    dana.settle()
    assert (
        section.trial.result.sentence == "The mail server has taken a message to dana@corp.example."
    )
    assert [message.to for message in server.received] == [("dana@corp.example",)]
    assert sign_in("dana").channels.mail().host == "", "nothing was saved"

    form.enabled.setChecked(True)
    save(qtbot, dana, section)
    kept = sign_in("dana").channels.mail()
    assert (kept.enabled, kept.host, kept.port) == (True, "127.0.0.1", server.port)
    assert section.save_bar.isHidden()


def test_without_a_keyring_the_environment_is_named_for_the_password(dana, sign_in):
    section = mail(dana)
    assert "HELPDESK_MAIL__PASSWORD" in section.form.key.note


# --- mail -------------------------------------------------------------------------------------


def test_what_is_missing_is_said_at_its_field(dana, twin, qtbot):
    section = mail(dana)
    section.form.enabled.click()
    save(qtbot, dana, section)
    assert set(errors(section)) == {"host", "sender"}
    assert section.form.host.hasFocus()
    section.form.host.setText("mail.corp.example")
    assert set(errors(section)) == {"sender"}
    section.form.sender_address.setText("nobody")
    save(qtbot, dana, section)
    assert errors(section)["sender"].startswith("Type an e-mail address")
    assert twin.mail_changes == []
    section.form.sender_address.setText("helpdesk@corp.example")
    save(qtbot, dana, section)
    assert twin.mail_changes == [
        MailChange(enabled=True, host="mail.corp.example", sender="helpdesk@corp.example")
    ]


def test_the_port_follows_the_encryption_and_a_name_needs_one(dana, twin, qtbot):
    twin.kept = ON
    section = mail(dana)
    form = section.form
    form.security.setCurrentIndex(1)
    form.security.activated.emit(1)
    assert form.port.value() == 465
    form.port.setValue(2525)
    form.security.setCurrentIndex(2)
    form.security.activated.emit(2)
    assert form.port.value() == 2525, "a port of one's own stays"
    assert says(section, "Nothing is encrypted")
    save(qtbot, dana, section)
    assert set(errors(section)) == {"security"}
    form.username.clear()
    save(qtbot, dana, section)
    assert twin.kept.security is MailSecurity.NONE


def test_a_password_is_kept_for_one_account_and_never_shown(dana, twin, qtbot):
    twin.kept = ON
    section = mail(dana)
    key = section.form.key
    assert key.note == "Kept in the keyring."
    assert not key.field.isVisible()
    section.form.username.setText("another")
    assert key.note == (
        "The password that is kept belongs to helpdesk at mail.corp.example and is sent nowhere"
        " else."
    )
    key.field.setText("secret")
    assert key.field.echoMode() == QLineEdit.Password
    save(qtbot, dana, section)
    assert twin.mail_changes[-1].password == "secret"
    assert key.field.text() == ""


def test_what_the_environment_sets_is_marked_and_left_alone(dana, twin):
    twin.kept = ON.model_copy(
        update={"fixed": ("host", "password"), "password_place": "environment"}
    )
    section = mail(dana)
    assert section.form.rows["host"].is_fixed
    assert not section.form.host.isEnabled()
    assert "HELPDESK_MAIL__PASSWORD" in section.form.key.note
    assert not section.form.key.field.isVisible()


def test_what_is_typed_outlives_the_window_except_for_the_password(dana, twin, folder):
    section = mail(dana)
    section.form.host.setText("half.typed.example")
    section.form.key.field.setText("a secret of dana's")
    dana.drafts.flush()
    written = b"".join(file.read_bytes() for file in folder.drafts.rglob("*") if file.is_file())
    assert b"half.typed.example" in written
    assert b"a secret of dana's" not in written
    again = mail(dana)
    assert again.form.host.text() == "half.typed.example"
    assert again.save_bar.isVisible()


def test_a_trial_names_its_steps_and_is_forgotten_with_a_change(dana, twin, qtbot):
    twin.kept = ON
    twin.answer = MailTest(
        works=False, sentence="The server refused the password.", steps=("connected", "encrypted")
    )
    section = mail(dana)
    section.trial.to.clear()
    click(qtbot, section.trial.button)
    dana.settle()
    assert twin.asked[0].to is None
    assert section.trial.result.sentence == "The server refused the password."
    assert says(section.trial.result, "Connected")
    assert says(section.trial.result, "Encrypted")
    section.form.port.setValue(25)
    assert section.trial.result.isHidden()
    section.trial.to.setText("nobody")
    click(qtbot, section.trial.button)
    assert says(section.trial, "Type an e-mail address")
    assert len(twin.asked) == 1


def test_a_trial_can_be_stopped(dana, embedded, qtbot):
    section = mail(dana)
    section.form.host.setText("127.0.0.1")
    section.form.sender_address.setText("helpdesk@corp.example")
    with dana.transport.held("Channels.test_mail"):
        click(qtbot, section.trial.button)
        assert section.trial.button.text() == "Stop"
        click(qtbot, section.trial.button)
        assert section.trial.button.text() == "Test connection"
    dana.settle()
    assert section.trial.result.isHidden()


def test_why_nothing_is_sent_stands_above_until_it_works(dana, twin, clock):
    later = clock.now + timedelta(minutes=20)
    twin.kept = ON.model_copy(
        update={"problem": "The server refused the password.", "paused_until": later}
    )
    section = mail(dana)
    assert section.banner.text.startswith("The server refused the password. It is tried again at")
    twin.kept = ON
    section.load()
    dana.settle()
    assert section.banner.text == ""


def test_what_the_desk_refuses_is_said_and_nothing_typed_is_lost(dana, twin, qtbot):
    section = mail(dana)
    section.form.host.setText("mail.corp.example")
    twin.fault = Invalid("Not this server.", field="host")
    save(qtbot, dana, section)
    assert errors(section) == {"host": "Not this server."}
    twin.fault = Busy("Another program is writing.")
    save(qtbot, dana, section)
    assert section.banner.text == "Another program is writing."
    assert section.form.host.text() == "mail.corp.example"
    click(qtbot, section.save_bar.discard_button)
    assert section.form.host.text() == OFF.host


def test_settings_that_cannot_be_read_can_be_asked_for_again(dana, twin):
    twin.fault = Busy("Another program is writing.")
    section = mail(dana)
    assert section.states.state == "failed"
    twin.fault = None
    section.load()
    dana.settle()
    assert section.states.state == "content"


def test_on_a_desk_that_can_only_be_read_nothing_is_offered(dana, twin):
    info = dana.desktop.info.model_copy(update={"read_only": True})
    dana.desktop = replace(dana.desktop, info=info)
    section = mail(dana)
    assert not section.form.isEnabled()
    assert "can only be read" in section.banner.text


# --- chat channels ----------------------------------------------------------------------------


def test_a_channel_is_added_tried_and_removed(dana, twin, qtbot):
    section = chats(dana)
    assert section.states.state == "empty"
    click(qtbot, section.add_button)
    dialog = section.findChild(ChatDialog)
    assert isinstance(dialog, ChatDialog)
    dialog.save_button.click()
    assert says(dialog, "Type a name by which rules know the channel.")
    dialog.name.setText("IT on call")
    dialog.kind.set_key(ChatKind.DISCORD)
    dialog.url.field.setText("https://discord.com/api/webhooks/1/secret")
    assert dialog.url.field.echoMode() == QLineEdit.Password
    dialog.save_button.click()
    dana.settle()
    assert twin.saved[0].url == "https://discord.com/api/webhooks/1/secret"
    assert twin.saved[0].kind is ChatKind.DISCORD
    assert section.states.state == "content"

    twin.answer = MailTest(works=False, sentence="Discord does not know the address.", steps=())
    click(qtbot, named(section, "Test IT on call"))
    dana.settle()
    result = section.rows[1].findChild(TrialResult)
    assert isinstance(result, TrialResult)
    assert result.sentence == "Discord does not know the address."

    click(qtbot, named(section, "Remove IT on call"))
    question = section.findChild(Question)
    assert isinstance(question, Question)
    question.agree_button.click()
    dana.settle()
    assert twin.channels == []
    assert section.states.state == "empty"


def test_a_channel_is_changed_without_its_address_being_shown(dana, twin, qtbot):
    twin.channels = [twin.channel("Managers", problem="Slack refused the last message.")]
    section = chats(dana)
    assert says(section, "Slack refused the last message.")
    click(qtbot, named(section, "Edit Managers"))
    dialog = section.findChild(ChatDialog)
    assert isinstance(dialog, ChatDialog)
    assert dialog.url.note == "Kept in the keyring."
    assert not dialog.url.field.isVisible()
    assert not dialog.url.remove_button.isVisible()
    dialog.name.setText("Leads")
    dialog.active.click()
    dialog.save_button.click()
    dana.settle()
    assert twin.saved == [
        ChatChannelChange(name="Leads", kind=ChatKind.SLACK, active=False, version=1)
    ]
    assert says(section, "Leads")


def test_what_a_desk_says_of_an_address_stands_beside_it(dana, qtbot):
    section = chats(dana)
    click(qtbot, section.add_button)
    dialog = section.findChild(ChatDialog)
    assert isinstance(dialog, ChatDialog)
    dialog.name.setText("IT on call")
    dialog.url.field.setText("http://127.0.0.1/secret")
    dialog.save_button.click()
    dana.settle()
    sentences = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert dialog.isVisible()
    assert not any("secret" in sentence for sentence in sentences)
    assert dialog.name.text() == "IT on call"
    assert dialog.save_button.isEnabled()
    dialog.reject()


def test_without_a_keyring_the_variable_to_set_is_named_before_one_types(dana, twin, qtbot):
    twin.kept = twin.kept.model_copy(update={"can_keep_password": False})
    section = chats(dana)
    click(qtbot, section.add_button)
    dialog = section.findChild(ChatDialog)
    assert isinstance(dialog, ChatDialog)
    dana.settle()
    assert "has no keyring" in dialog.url.note
    assert not dialog.url.field.isVisible()
    dialog.name.setText('Dana\'s "line"')
    assert dialog.variable.isVisible()
    said = dialog.variable.text()
    name, value = shlex.split(said)[0].split("=", 1)
    assert name == "HELPDESK_CHANNELS__URLS"
    assert json.loads(value) == {'Dana\'s "line"': "https://…"}
    dialog.reject()
