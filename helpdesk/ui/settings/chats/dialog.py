# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of a chat channel: its name, its product, and the address that posts into it."""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic import ValidationError
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.notifications import (
    ChatChannelChange,
    ChatChannelSettings,
    ChatChannelView,
    ChatKind,
    MailSettings,
)
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.key_field import KeyField, KeyWords
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.switch import Switch

_WIDTH = 480
_URL: Final = KeyWords(
    "Webhook address",
    "https://…",
    "{machine} has no keyring that could keep the address, so it cannot be typed here. Set this in"
    " the environment of the program, with the address in place of https://…, and start it again:",
    "Set outside of the program, by HELPDESK_CHANNELS__URLS; change it there.",
    "The address that is kept belongs to {host}.",
    "The address will be removed when you save.",
    2_000,
    # An address is replaced, never taken away: the channel itself can be.
    removable=False,
)
_WHERE: Final = {
    ChatKind.SLACK: "In Slack: Apps, Incoming Webhooks, Add to Slack, then choose the channel.",
    ChatKind.TEAMS: "In Microsoft Teams: the channel's Workflows, 'Post to a channel when a webhook"
    " request is received'.",
    ChatKind.DISCORD: "In Discord: the channel's settings, Integrations, Webhooks, Copy URL.",
}
_SECRET = "Whoever knows the address can post into the channel: it is kept in the keyring alone."  # noqa: S105 - a sentence
_VARIABLE: Final = "HELPDESK_CHANNELS__URLS='{}'"
_NOT_SET = (
    "The environment names no address for a channel of this name yet; set it, start the program"
    " again, and add the channel then."
)
_NO_NAME = "Type a name by which rules know the channel."


class ChatDialog(Dialog):
    """Adds a channel, or changes one; errors stand beside the field they are about."""

    saved = pyqtSignal(object)
    """The ``ChatChannelView``."""

    def __init__(self, desktop: Desktop, channel: ChatChannelView | None, parent: QWidget) -> None:
        """Edit ``channel``, or add one when it is ``None``."""
        super().__init__(parent)
        self._desktop = desktop
        self._channel = channel
        self._can_keep = True
        self._errors: dict[str, QLabel] = {}
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Edit chat channel" if channel else "Add chat channel")
        self.setFixedWidth(_WIDTH)
        self._build()
        if channel is not None:
            self._show_channel(channel)
        # Nobody is to copy an address in vain: whether it can be kept is said at once.
        job = desktop.background.run(self, desktop.desk.channels.mail)
        job.then(self._show_keyring).failed(lambda _: None)

    def _build(self) -> None:
        self.name = QLineEdit()
        self.name.setMaxLength(NAME_LIMIT)
        self.name.setPlaceholderText("Such as IT on call")
        self.kind = DropDown([(each, each.label) for each in ChatKind])
        self.kind.currentIndexChanged.connect(self._show_hint)
        self.url = KeyField(on_server=self._desktop.remote is not None, words=_URL)
        self.url.show_kept(None, can_keep=True)
        self.variable = PlainLabel(role="strong")
        self.variable.setAccessibleName("What to set in the environment")
        self.variable.hide()
        self._secret = PlainLabel(_SECRET, "secondary")
        self.name.textChanged.connect(self._show_variable)
        self.active = Switch("Rules can post to it")
        self.active.setChecked(True)
        self._hint = PlainLabel(role="secondary")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 20, 24, 20)
        self._column.setSpacing(4)
        self._add("name", "Name", self.name)
        self._add("kind", "Chat", self.kind)
        self._add("url", "Webhook address", self.url, self.variable, self._hint, self._secret)
        self._column.addWidget(self.active)
        self._column.addSpacing(16)
        foot = DialogFoot(self, "Save" if self._channel else "Add channel")
        self.save_button = foot.save_button
        self.save_button.clicked.connect(self._on_save)
        self._column.addLayout(foot)
        self._show_hint()

    def _add(self, name: str, title: str, field: QWidget, *below: QWidget) -> None:
        error = PlainLabel(role="error")
        error.hide()
        self._errors[name] = error
        self._column.addWidget(FieldLabel(title, field))
        for each in (field, *below, error):
            self._column.addWidget(each)
        self._column.addSpacing(8)

    def _show_channel(self, channel: ChatChannelView) -> None:
        self.name.setText(channel.name)
        self.kind.set_key(channel.kind)
        self.active.setChecked(channel.active)
        self.url.show_kept("keyring" if channel.has_url else None, can_keep=True)

    def _show_keyring(self, settings: MailSettings) -> None:
        """Say where the address is to stand when there is no keyring for secrets."""
        self._can_keep = settings.can_keep_password
        if not self._can_keep:
            has_url = self._channel is not None and self._channel.has_url
            self.url.show_kept("environment" if has_url else None, can_keep=False)
            self._secret.hide()
            self._show_variable()

    def _show_variable(self) -> None:
        name = self.name.text().strip() or self.name.placeholderText().removeprefix("Such as ")
        pair = json.dumps({name: "https://…"}, ensure_ascii=False).replace("'", "'\\''")
        self.variable.setText(_VARIABLE.format(pair))
        has_url = self._channel is not None and self._channel.has_url
        self.variable.setVisible(not self._can_keep and not has_url)

    def _show_hint(self) -> None:
        kind = self.kind.key
        self._hint.setText(_WHERE[kind] if isinstance(kind, ChatKind) else "")

    def _on_save(self) -> None:
        for error in self._errors.values():
            error.hide()
        if not self.name.text().strip():
            self._show_error("name", _NO_NAME)
            return
        try:
            self._save()
        except ValidationError as error:
            self._on_failed(invalid(error))

    def _save(self) -> None:
        values: dict[str, Any] = {
            "name": self.name.text(),
            "kind": self.kind.key,
            "url": self.url.value or None,
            "active": self.active.isChecked(),
        }
        channels, background = self._desktop.desk.channels, self._desktop.background
        job: Job[ChatChannelView]
        if self._channel is None:
            job = background.run(self, channels.add_chat, ChatChannelSettings(**values))
        else:
            change = ChatChannelChange(**values, version=self._channel.version)
            job = background.run(self, channels.change_chat, self._channel.id, change)
        self.save_button.setEnabled(False)
        job.then(self._on_saved).failed(self._on_failed)

    def _on_saved(self, channel: ChatChannelView) -> None:
        self.saved.emit(channel)
        self.accept()

    def _on_failed(self, error: Exception) -> None:
        self.save_button.setEnabled(True)
        name = error.field if isinstance(error, DeskError) else None
        is_not_set = name == "url" and not self._can_keep
        self._show_error(name or "url", _NOT_SET if is_not_set else sentence_of(error))

    def _show_error(self, name: str, sentence: str) -> None:
        label = self._errors.get(name, self._errors["url"])
        label.setText(sentence)
        label.show()
        if name == "name":
            self.name.setFocus()
        elif name == "url":
            self.url.focus()
