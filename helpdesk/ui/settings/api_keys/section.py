# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which admins make and revoke the keys of other programs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PyQt5.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from helpdesk.core.schemas.api_keys import ApiKeyPage, ApiKeyQuery, ApiKeyView, CreatedApiKey
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.api_keys.dialog import ApiKeyDialog, KeyDialog
from helpdesk.ui.settings.api_keys.row import ApiKeyRow
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import API_KEYS
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.segmented import Segmented
from helpdesk.ui.widgets.state_view import StateView

_LOWEST = 240
_PAGE, _MOST = 50, 200
_FILTERS: Final = (("", "All"), ("active", "Active"), ("ended", "Ended"))
_ACTIVE: Final = {"": None, "active": True, "ended": False}
_NONE: Final = "No API keys yet"
_FIRST: Final = "Make one for each program that calls the desk, with no more scopes than it needs."
_NONE_SUCH: Final = ("No such keys", "Choose another kind, or all of them.")


class ApiKeysSection(Section):
    """A list of keys with a filter; older ones come when they are asked for."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, API_KEYS)
        self.rows: dict[int, ApiKeyRow] = {}
        self._cursor: str | None = None
        self._may_change = not desktop.info.read_only
        self.add_button = QPushButton("Make a key…")
        self.add_button.setProperty("kind", "primary")
        self.add_button.clicked.connect(self._on_add)
        self.add_button.setEnabled(self._may_change)
        self.head.addWidget(self.add_button)
        self.filter = Segmented(_FILTERS)
        self.filter.chosen.connect(self._on_filter)
        bar = QHBoxLayout()
        bar.addWidget(self.filter)
        bar.addStretch(1)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(8)
        self.more_button = QPushButton("Show older keys")
        self.more_button.clicked.connect(self._on_more)
        self.more_button.hide()
        self.list_states = StateView()
        self.list_states.setMinimumHeight(_LOWEST)
        self.list_states.hide()
        self.body.addLayout(bar)
        self.body.addWidget(self.list_states)
        self.body.addLayout(self._list)
        self.body.addWidget(self.more_button)
        self.body.addStretch(1)
        self.states.show_content()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to keys."""
        return kind == "api_key"

    def load(self) -> None:
        """Ask the desk for the newest keys again, as many as are shown."""
        if not self.rows:
            self._show_state(self.list_states.show_loading)
        limit = min(max(_PAGE, len(self.rows)), _MOST)
        self._ask(limit, None, add=False)

    def reveal(self, key: str) -> None:
        """Put the focus where a key is made."""
        self.add_button.setFocus()

    def _ask(self, limit: int, cursor: str | None, *, add: bool) -> None:
        query = ApiKeyQuery(active=_ACTIVE[self.filter.key], limit=limit, cursor=cursor)
        job = self.desktop.background.latest(self, self.desktop.desk.api_keys.search, query)
        job.then(partial(self._show, add=add)).failed(self._on_not_loaded)

    def _show(self, page: ApiKeyPage, *, add: bool) -> None:
        self.banner.clear()
        focused = next((id_ for id_, row in self.rows.items() if row.revoke_button.hasFocus()), 0)
        if not add:
            self._clear()
        for key in page.items:
            if key.id not in self.rows:
                self._add_row(key)
        self._cursor = page.next_cursor
        self.more_button.setVisible(self._cursor is not None)
        if focused in self.rows and self.rows[focused].revoke_button.isVisibleTo(self):
            self.rows[focused].revoke_button.setFocus()
        elif focused:
            self.add_button.setFocus()
        if self.rows:
            self.list_states.hide()
        elif self.filter.key:
            self._show_state(lambda: self.list_states.show_empty(*_NONE_SUCH))
        elif self._may_change:
            self._show_state(
                lambda: self.list_states.show_empty(_NONE, _FIRST, "Make a key…", self._on_add)
            )
        else:
            self._show_state(lambda: self.list_states.show_empty(_NONE, _FIRST))

    def _show_state(self, show: Callable[[], object]) -> None:
        self.list_states.show()
        show()

    def _add_row(self, key: ApiKeyView) -> None:
        row = ApiKeyRow(key, self.desktop.clock(), may_change=self._may_change)
        row.revoke_wanted.connect(partial(self._on_revoke, key))
        self.rows[key.id] = row
        self._list.addWidget(row)

    def _clear(self) -> None:
        for row in self.rows.values():
            row.hide()
            row.deleteLater()
        self.rows.clear()

    def _on_filter(self, _key: str) -> None:
        self._clear()
        self.load()

    def _on_more(self) -> None:
        self._ask(_PAGE, self._cursor, add=True)

    def _on_not_loaded(self, error: Exception) -> None:
        if self.rows:
            self.banner.show_error(sentence_of(error), "Retry", self.load)
        else:
            self._show_state(lambda: self.list_states.show_failed(sentence_of(error), self.load))

    # --- what is done -------------------------------------------------------------------------

    def _on_add(self) -> None:
        dialog = ApiKeyDialog(self.desktop, self)
        dialog.created.connect(self._on_created)
        dialog.open()

    def _on_created(self, created: CreatedApiKey) -> None:
        self.load()
        KeyDialog(created, self).open()

    def _on_revoke(self, key: ApiKeyView) -> None:
        question = Question(
            "Revoke this key?",
            f"{key.name}, which acts as {key.owner.full_name}",
            "Whatever calls with it is refused from that moment on. This cannot be undone; make"
            " another key instead.",
            "Revoke",
            "Keep it",
            self,
        )
        question.agreed.connect(partial(self._revoke, key))
        question.open()

    def _revoke(self, key: ApiKeyView) -> None:
        job = self.desktop.background.run(self, self.desktop.desk.api_keys.revoke, key.id)
        job.then(lambda _: self._on_revoked(key)).failed(self._on_not_revoked)

    def _on_revoked(self, key: ApiKeyView) -> None:
        self.said.emit(f"{key.name} was revoked.")
        self.load()

    def _on_not_revoked(self, error: Exception) -> None:
        self.banner.show_error(sentence_of(error))
