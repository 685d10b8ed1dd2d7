# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which everybody reads what was done by them and with their account."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QAbstractItemView, QHBoxLayout, QListView

from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.activity.list_model import ActivityListModel
from helpdesk.ui.settings.activity.row_delegate import ActivityRowDelegate
from helpdesk.ui.settings.activity.words import FILTERS
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import ACTIVITY
from helpdesk.ui.widgets.segmented import Segmented
from helpdesk.ui.widgets.state_view import StateView

_LOWEST = 320
_EMPTY: Final = (
    "Nothing yet",
    "What you do and what is done to your account is listed here from now on.",
)
_EMPTY_FILTER: Final = ("Nothing of this kind", "Choose another kind, or all of them.")


class ActivitySection(Section):
    """A filter and a list without an end."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, ACTIVITY)
        self.filter = Segmented([(key, label) for key, label, _ in FILTERS])
        self.filter.chosen.connect(self._on_filter)
        bar = QHBoxLayout()
        bar.addWidget(self.filter)
        bar.addStretch(1)
        self.model = ActivityListModel(desktop, self)
        self.model.arrived.connect(self._on_arrived)
        self.model.failed.connect(self._on_failed)
        self.model.more_failed.connect(desktop.background.unheard)
        self.rows = QListView()
        self.rows.setProperty("framed", True)
        self.rows.setAccessibleName("Activity, newest first")
        self.rows.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.rows.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.rows.setResizeMode(QListView.Adjust)
        self.rows.setMouseTracking(True)
        self.rows.setModel(self.model)
        delegate = ActivityRowDelegate(self.rows, desktop.clock, desktop.person.id)
        self.rows.setItemDelegate(delegate)
        self.list_states = StateView(self.rows)
        self.list_states.setMinimumHeight(_LOWEST)
        self.body.addLayout(bar)
        self.body.addWidget(self.list_states, 1)
        self.states.show_content()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to one's own account."""
        return kind == "user" and (not ids or self.desktop.person.id in ids)

    def load(self) -> None:
        """Ask the desk for the newest."""
        if not self.model.rowCount():
            self.list_states.show_loading()
        self.model.load()

    def reveal(self, key: str) -> None:
        """Put the focus on the list."""
        self.rows.setFocus()

    def _on_filter(self, key: str) -> None:
        self.list_states.show_loading()
        self.model.show_actions(next(actions for each, _, actions in FILTERS if each == key))

    def _on_arrived(self) -> None:
        self.banner.clear()
        if self.model.rowCount():
            self.list_states.show_content()
            if not self.rows.currentIndex().isValid():
                self.rows.setCurrentIndex(self.model.index(0))
                self.rows.clearSelection()
        else:
            self.list_states.show_empty(*(_EMPTY_FILTER if self.filter.key else _EMPTY))

    def _on_failed(self, error: Exception) -> None:
        if self.model.rowCount():
            self.banner.show_error(sentence_of(error), "Retry", self.load)
        else:
            self.list_states.show_failed(sentence_of(error), self.load)
