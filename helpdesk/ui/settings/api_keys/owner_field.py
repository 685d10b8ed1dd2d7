# SPDX-License-Identifier: GPL-3.0-or-later
"""Names the person that a key acts as; accounts are found by any of their names as one types."""

from __future__ import annotations

from PyQt5.QtCore import QModelIndex, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QStandardItem, QStandardItemModel
from PyQt5.QtWidgets import QCompleter, QLineEdit

from helpdesk.core.schemas.users import UserPage, UserQuery, UserView
from helpdesk.core.text import NAME_LIMIT
from helpdesk.ui.desktop import Desktop

_OFFERED = 10
_PAUSE_MS = 150
_NOBODY = "Choose somebody out of the list that opens as you type."


class OwnerField(QLineEdit):
    """Holds one account; what is typed and is none of those offered is nobody."""

    chosen = pyqtSignal()
    """Another account was chosen, or none any more."""
    failed = pyqtSignal(object)

    def __init__(self, desktop: Desktop) -> None:
        """Begin with who is signed in."""
        super().__init__()
        self._desktop = desktop
        self.owner: UserView | None = desktop.person
        self.setMaxLength(NAME_LIMIT)
        self.setPlaceholderText("Name of a person")
        self.setText(desktop.person.full_name)
        self._model = QStandardItemModel(self)
        found = QCompleter(self._model, self)
        found.setCompletionMode(QCompleter.UnfilteredPopupCompletion)
        found.setMaxVisibleItems(_OFFERED)
        found.activated[QModelIndex].connect(self._on_activated)
        self.setCompleter(found)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self.textEdited.connect(self._on_edited)

    @property
    def problem(self) -> str:
        """What is wrong with what is typed."""
        return "" if self.owner is not None else _NOBODY

    def _on_edited(self, _text: str) -> None:
        if self.owner is not None:
            self.owner = None
            self.chosen.emit()
        self._pause.start()

    def _search(self) -> None:
        query = UserQuery(text=self.text().strip(), active=True, limit=_OFFERED)
        job = self._desktop.background.latest(self, self._desktop.desk.users.search, query)
        job.then(self._on_found).failed(self.failed.emit)

    def _on_found(self, page: UserPage) -> None:
        self._model.clear()
        for user in page.items:
            item = QStandardItem(f"{user.full_name}  ({user.username}, {user.role.label})")
            item.setData(user, Qt.UserRole)
            self._model.appendRow(item)
        typed = self.text().strip().casefold()
        exact = [u for u in page.items if typed in (u.full_name.casefold(), u.username.casefold())]
        if len(exact) == 1:
            self._take(exact[0], spell=False)
        if self.hasFocus() and page.items:
            self.completer().complete()

    def _on_activated(self, index: QModelIndex) -> None:
        user = index.data(Qt.UserRole)
        if isinstance(user, UserView):
            # The field writes the whole line of the list after this.
            QTimer.singleShot(0, lambda: self._take(user, spell=True))

    def _take(self, user: UserView, *, spell: bool) -> None:
        self.owner = user
        if spell:
            self.setText(user.full_name)
        self.chosen.emit()
