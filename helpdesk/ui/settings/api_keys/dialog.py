# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes an API key, and shows it this once."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from pydantic import ValidationError
from PyQt5.QtCore import QDate, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QApplication,
    QCheckBox,
    QDateEdit,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.api_keys import CreatedApiKey, NewApiKey
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.api_keys.owner_field import OwnerField
from helpdesk.ui.settings.api_keys.scopes_field import ScopesField
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.secret_dialog import SecretDialog

_WIDTH, _HEIGHT = 780, 720
_KEY_WIDTH = 660
_YEAR = timedelta(days=365)
_NO_NAME = "Name the program or the purpose that the key is for."
_EXPLAINED = (
    "This is the key of {name}. Put it where that program keeps its secrets: it is not shown again,"
    " and the desk keeps only its hash."
)
_NO_SCOPES = "Tick at least one thing that the key may do."


class ApiKeyDialog(Dialog):
    """Name, owner, scopes and end; errors stand below what they are about."""

    created = pyqtSignal(object)
    """The ``CreatedApiKey``, which holds the key itself."""

    def __init__(self, desktop: Desktop, parent: QWidget) -> None:
        """Begin with who is signed in as owner, and an end in a year."""
        super().__init__(parent)
        self._desktop = desktop
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Make an API key")
        room = QApplication.primaryScreen().availableSize()
        self.resize(_WIDTH, min(_HEIGHT, room.height() - 80))
        self._errors: dict[str, PlainLabel] = {}
        self.name = QLineEdit()
        self.name.setMaxLength(NAME_LIMIT)
        self.name.setPlaceholderText("Such as 'Monitoring'")
        self.owner = OwnerField(desktop)
        self.owner.chosen.connect(self._on_owner)
        self.owner.failed.connect(self._on_failed)
        self.scopes = ScopesField()
        self.scopes.show_owner(desktop.person.role)
        self._build()
        self.name.setFocus()

    def _build(self) -> None:
        inside = QWidget()
        inside.setProperty("transparent", True)
        body = QVBoxLayout(inside)
        body.setContentsMargins(24, 16, 24, 8)
        body.setSpacing(4)
        self._add(body, "name", "Name", self.name)
        self._add(body, "user_id", "Acts as", self.owner)
        self._add(body, "scopes", "May do", self.scopes)
        self._add(body, "expires_at", "Ends", self._end())
        body.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.NoFrame)
        area.setFocusPolicy(Qt.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self._area = area
        foot = DialogFoot(self, "Make the key")
        foot.setContentsMargins(24, 8, 24, 20)
        self.save_button = foot.save_button
        self.save_button.clicked.connect(self._on_save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area, 1)
        column.addLayout(foot)

    def _add(self, column: QVBoxLayout, name: str, title: str, field: QWidget) -> None:
        error = PlainLabel(role="error")
        error.hide()
        self._errors[name] = error
        column.addWidget(FieldLabel(title, field))
        column.addWidget(field)
        column.addWidget(error)
        column.addSpacing(8)

    def _end(self) -> QWidget:
        field = QWidget()
        self.ends = QCheckBox("After the day")
        self.ends.setChecked(True)
        today = self._desktop.clock().astimezone().date()
        last = today + _YEAR
        self.end_day = QDateEdit(QDate(last.year, last.month, last.day))
        self.end_day.setMinimumDate(QDate(today.year, today.month, today.day))
        self.end_day.setCalendarPopup(True)
        self.end_day.setDisplayFormat("d MMM yyyy")
        self.end_day.setAccessibleName("Last day of the key")
        self.ends.toggled.connect(self.end_day.setEnabled)
        row = QHBoxLayout(field)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.ends)
        row.addWidget(self.end_day)
        row.addStretch(1)
        return field

    def _on_owner(self) -> None:
        owner = self.owner.owner
        self.scopes.show_owner(owner.role if owner else None)
        self._errors["user_id"].hide()

    def _on_save(self) -> None:
        for error in self._errors.values():
            error.hide()
        wrong = self._first_wrong()
        if wrong is not None:
            self._show_error(*wrong)
            return
        owner, ends_at = self.owner.owner, self._expires_at()
        try:
            new = NewApiKey(
                name=self.name.text(),
                scopes=self.scopes.scopes,
                user_id=owner.id if owner else None,
                expires_at=ends_at,
            )
        except ValidationError as error:
            self._on_failed(invalid(error))
            return
        self.save_button.setEnabled(False)
        job = self._desktop.background.run(self, self._desktop.desk.api_keys.create, new)
        job.then(self._on_created).failed(self._on_failed)

    def _first_wrong(self) -> tuple[str, str] | None:
        if not self.name.text().strip():
            return "name", _NO_NAME
        if self.owner.problem:
            return "user_id", self.owner.problem
        if not self.scopes.scopes:
            return "scopes", _NO_SCOPES
        return None

    def _expires_at(self) -> datetime | None:
        if not self.ends.isChecked():
            return None
        day = self.end_day.date().toPyDate()
        return datetime.combine(day + timedelta(days=1), time.min).astimezone()

    def _on_created(self, created: CreatedApiKey) -> None:
        self.created.emit(created)
        self.accept()

    def _on_failed(self, error: Exception) -> None:
        self.save_button.setEnabled(True)
        name = error.field if isinstance(error, DeskError) else None
        self._show_error(name if name in self._errors else "name", sentence_of(error))

    def _show_error(self, name: str, sentence: str) -> None:
        error = self._errors[name]
        error.setText(sentence)
        error.show()
        self._area.widget().layout().activate()
        self._area.ensureWidgetVisible(error, 0, 24)
        fields = {"name": self.name, "user_id": self.owner, "expires_at": self.end_day}
        fields.get(name, next(iter(self.scopes.boxes.values()))).setFocus()


class KeyDialog(SecretDialog):
    """Shows a key, which cannot be seen again."""

    def __init__(self, created: CreatedApiKey, parent: QWidget) -> None:
        """Show the key with a button that copies it."""
        explained = _EXPLAINED.format(name=created.view.name)
        super().__init__("API key", explained, created.key, _KEY_WIDTH, parent)
        self.key = self.field
