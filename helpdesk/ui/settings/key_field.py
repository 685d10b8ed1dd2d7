# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a secret is given, replaced and taken away; one that is kept is never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.assistant import AssistantSettings
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.plain_label import PlainLabel

_MOST = 500


class KeyWords(NamedTuple):
    """What is said of a secret; ``{machine}`` and ``{host}`` are filled in."""

    name: str
    placeholder: str
    no_keyring: str
    in_environment: str
    of_another: str
    to_be_removed: str
    most: int = _MOST
    elsewhere: tuple[str, ...] = ("environment",)
    """Places in which a window can change nothing."""
    removable: bool = True
    """Whether there may be none in its place."""


API_KEY: Final = KeyWords(
    "API key",
    "Empty if the endpoint asks for none",
    "{machine} has no keyring that could keep a key. If the endpoint asks for one, set it in the"
    " environment of the program as MISTRAL_API_KEY, together with MISTRAL_API_ENDPOINT.",
    "Set by MISTRAL_API_KEY in the environment; change it there.",
    "The key that is kept belongs to {host} and is sent nowhere else.",
    "The key will be removed when you save.",
)


class KeyField(QWidget):
    """Shows where the secret is kept; ``value`` is what is to become of it."""

    changed = pyqtSignal()

    def __init__(self, *, on_server: bool, words: KeyWords = API_KEY) -> None:
        """Begin without a secret, which the words say more of."""
        super().__init__()
        self._words = words
        self._machine = "The server" if on_server else "This machine"
        self._kept_at: str | None = None
        self._can_keep = True
        self._other_host = ""
        self._typing = False
        self._removing = False
        self._note = PlainLabel(role="muted")
        self.field = QLineEdit()
        self.field.setAccessibleName(words.name)
        self.field.setEchoMode(QLineEdit.Password)
        self.field.setInputMethodHints(Qt.ImhHiddenText | Qt.ImhNoPredictiveText)
        self.field.setMaxLength(words.most)
        self.field.setPlaceholderText(words.placeholder)
        self.field.textChanged.connect(self.changed)
        self.replace_button = self._button("Replace", self._on_replace)
        self.remove_button = self._button("Remove", self._on_remove)
        self.keep_button = self._button("Keep it", self.reset)
        self._eye = self.field.addAction(icon("eye"), QLineEdit.TrailingPosition)
        self._eye.setToolTip("Show what is typed")
        self._eye.triggered.connect(self._on_eye)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        for button in (self.replace_button, self.remove_button, self.keep_button):
            row.addWidget(button)
        row.addStretch(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._note)
        column.addLayout(row)

    @property
    def value(self) -> str | None:
        """The new key, empty to take the old one away, ``None`` to leave it as it is."""
        if self._removing:
            return ""
        return self.field.text().strip() or None

    @property
    def note(self) -> str:
        """The sentence that stands above the field, empty where none does."""
        return "" if self._note.isHidden() else str(self._note.text())

    def show_settings(self, settings: AssistantSettings) -> None:
        """Show where the key of an endpoint is kept now."""
        place = settings.key_place if settings.has_key else None
        self.show_kept(place, can_keep=settings.can_keep_key)

    def show_kept(self, place: str | None, *, can_keep: bool) -> None:
        """Show where it is kept now, ``None`` for nowhere, and whether a new one can be kept."""
        self._kept_at, self._can_keep = place, can_keep
        self._show()

    def show_other_host(self, kept_for: str) -> None:
        """Say that the kept key is for another host than the address names now, or is not."""
        if kept_for != self._other_host:
            self._other_host = kept_for
            self._removing = False
            self._show()

    def reset(self) -> None:
        """Leave the key as it is."""
        self._typing = self._removing = False
        self.field.clear()
        self.field.setEchoMode(QLineEdit.Password)
        self._show()
        self.changed.emit()

    def focus(self) -> None:
        """Put the focus where something can be done."""
        choices = (self.field, self.replace_button, self.keep_button)
        next((each for each in choices if not each.isHidden()), self.field).setFocus()

    def _show(self) -> None:
        kept = self._kept_at is not None and not self._other_host
        in_environment = kept and self._kept_at in self._words.elsewhere
        nowhere = not self._can_keep and not kept
        changing = self._typing or self._removing
        self._show_note(kept=kept, in_environment=in_environment, nowhere=nowhere)
        self.field.setVisible(not in_environment and not nowhere and not self._removing)
        if kept and not self._typing:
            self.field.hide()
        at_rest = kept and not in_environment and not changing
        self.replace_button.setVisible(at_rest)
        self.remove_button.setVisible(at_rest and self._words.removable)
        self.keep_button.setVisible(kept and changing)

    def _show_note(self, *, kept: bool, in_environment: bool, nowhere: bool) -> None:
        if in_environment:
            note = self._words.in_environment
        elif nowhere:
            note = self._words.no_keyring.format(machine=self._machine)
        elif self._removing:
            note = self._words.to_be_removed
        elif self._other_host:
            note = self._words.of_another.format(host=self._other_host)
        else:
            note = "Kept in the keyring." if kept and not self._typing else ""
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def _on_replace(self) -> None:
        self._typing = True
        self._show()
        self.field.setFocus()

    def _on_remove(self) -> None:
        self._removing = True
        self._show()
        self.keep_button.setFocus()
        self.changed.emit()

    def _on_eye(self) -> None:
        hidden = self.field.echoMode() == QLineEdit.Password
        self.field.setEchoMode(QLineEdit.Normal if hidden else QLineEdit.Password)
        self._eye.setIcon(icon("eye_off" if hidden else "eye"))
        self._eye.setToolTip("Hide what is typed" if hidden else "Show what is typed")

    @staticmethod
    def _button(text: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda: slot())
        return button
