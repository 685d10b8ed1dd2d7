# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks what a saved view is called and who sees it."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.users import TeamRef
from helpdesk.core.schemas.views import VIEW_NAME_LIMIT, SavedViewView, Shared
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_TEAM = "team:"


class ViewDialog(Dialog):
    """A name, who sees it, and whether it is pinned; stays open until the desk has kept it."""

    save_wanted = pyqtSignal()

    def __init__(
        self,
        parent: QWidget,
        view: SavedViewView | None,
        about: str,
        teams: Sequence[TeamRef] | None,
    ) -> None:
        """Ask about a new view, or one that is to be changed; ``teams`` only who may share."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Save view" if view is None else "Change view")
        self.name = QLineEdit(view.name if view else "")
        self.name.setMaxLength(VIEW_NAME_LIMIT)
        self.name.setAccessibleName("Name of the view")
        self.name.setPlaceholderText("What the view shows, such as Late VPN tickets")
        choices: list[tuple[object, str]] = [(Shared.PRIVATE.value, "Only me")]
        for team in teams or ():
            choices.append((f"{_TEAM}{team.id}", f"Team {team.name}"))
        choices.append((Shared.ALL.value, "All staff"))
        self.shared = DropDown(choices)
        self.shared.setAccessibleName("Who sees the view")
        if view is not None:
            team_key = f"{_TEAM}{view.team.id}" if view.team else ""
            self.shared.set_key(team_key or view.shared.value)
        self.pin = QCheckBox("Pin it above the list")
        self.pin.setChecked(view is None or view.pinned is not None)
        self._sentence = PlainLabel(role="error")
        self._sentence.hide()
        self._lay_out(about, shares=teams is not None)

    @property
    def who(self) -> tuple[Shared, int | None]:
        """Who is to see the view, and which team."""
        key = str(self.shared.key)
        if key.startswith(_TEAM):
            return Shared.TEAM, int(key.removeprefix(_TEAM))
        return Shared(key), None

    def say(self, sentence: str) -> None:
        """Say what is wrong; everything typed stays."""
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        self.save.setEnabled(True)

    def _lay_out(self, about: str, *, shares: bool) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        column.addWidget(FieldLabel("Name", self.name))
        column.addWidget(self.name)
        column.addWidget(PlainLabel(f"Shows: {about or 'all tickets'}", role="secondary"))
        if shares:
            column.addWidget(FieldLabel("Who sees it", self.shared))
            column.addWidget(self.shared)
        column.addWidget(self.pin)
        column.addWidget(self._sentence)
        foot = QHBoxLayout()
        foot.addStretch(1)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        self.save = QPushButton("Save")
        self.save.setProperty("kind", "primary")
        self.save.setDefault(True)
        self.save.clicked.connect(self._on_save)
        foot.addWidget(cancel)
        foot.addWidget(self.save)
        column.addLayout(foot)
        self.setMinimumWidth(420)

    def _on_save(self) -> None:
        if not self.name.text().strip():
            self.say("Give the view a name.")
            self.name.setFocus()
            return
        self.save.setEnabled(False)
        self.save_wanted.emit()
