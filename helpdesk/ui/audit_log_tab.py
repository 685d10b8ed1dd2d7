# SPDX-License-Identifier: GPL-3.0-or-later
"""Where admins see who did what to accounts, rights, settings and data."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QModelIndex, Qt, QTimer
from PyQt5.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
)

from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.reports import FileFormat
from helpdesk.ui.audit.detail_pane import DetailPane
from helpdesk.ui.audit.filters import AuditFilters
from helpdesk.ui.audit.table_model import ABOUT, PLACE, WHAT, WHEN, WHO, AuditTableModel
from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.reports.saving import Saving
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.table_rows import follow_density
from helpdesk.ui.widgets.times import stale_sentence

_NEWS_MS = 5_000
"""So often an open tab looks for new entries. They are not told of as other changes are: strangers
who try passwords would fill the feed of every window."""
_BESIDE = 1_000
"""Where there is less room than that, the entry stands below the list."""
_WIDTHS = {WHEN: 110, WHAT: 170, WHO: 170, PLACE: 120}
_PANE = 340
_EMPTY = "Sign-ins, changes of accounts and settings, and exports are entered here."


class AuditLogTab(BaseTab):
    """Search, read and export the audit log."""

    def __init__(self, desktop: Desktop) -> None:
        """Load the newest entries."""
        super().__init__(desktop)
        self.setObjectName("page")
        self._unseen = 0
        self._read_at = desktop.clock()
        self._news = QTimer(self)
        self._news.setInterval(_NEWS_MS)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(0)
        self._settle.timeout.connect(self._share_room)
        self._build()
        self._search()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to nothing: the tab looks for new entries by itself."""
        return False

    def refresh(self) -> None:
        """Load what has been entered since, above what is shown."""
        self._model.look_whether_new()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up, and look for new entries from now on."""
        super().showEvent(event)
        if not self._news.isActive():
            self._news.start()
            if self._model.rowCount():
                self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look for nothing while nobody sees it."""
        self._news.stop()
        super().hideEvent(event)

    def focus_first(self) -> None:
        """Begin with the search."""
        self.filters.search.setFocus()

    def stop(self) -> None:
        """Write no file any further."""
        self.saving.stop()

    def save(self, target: Path) -> None:
        """Write what is filtered into a file."""
        self.saving.save_audit(self.desktop.desk, self.filters.query(), target)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the entry beside the list, or below it where that leaves it too little room."""
        super().resizeEvent(event)
        wanted = Qt.Horizontal if self.width() >= _BESIDE else Qt.Vertical
        if self._splitter.orientation() != wanted:
            self._splitter.setOrientation(wanted)
            # The list and the entry are laid out anew before there is room to be shared.
            self._settle.start()

    def _build(self) -> None:
        self._news.timeout.connect(self.refresh)
        self._banner = Banner()
        self._stale = Banner()
        self.saving = Saving(self.desktop.background)
        self.saving.busy_changed.connect(lambda busy: self.export_button.setDisabled(busy))
        self._model = AuditTableModel(self.desktop, self)
        self._model.arrived.connect(self._on_arrived)
        self._model.grown.connect(self._on_grown)
        self._model.failed.connect(self._on_failed)
        self._model.more_failed.connect(self.desktop.background.unheard)
        self.filters = AuditFilters(self.desktop)
        self.filters.changed.connect(self._search)
        self.pane = DetailPane()
        self.pane.person_wanted.connect(self.filters.show_person)
        self._states = StateView()
        self._states.set_content(self._make_table())
        self._splitter = QSplitter(Qt.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._states)
        self._splitter.addWidget(self.pane)
        self._splitter.setStretchFactor(0, 1)
        self._share_room()
        inside = QVBoxLayout()
        inside.setContentsMargins(24, 20, 24, 24)
        inside.setSpacing(12)
        inside.addLayout(self._heading())
        inside.addWidget(self.filters)
        inside.addWidget(self._splitter, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for strip in (self._banner, self._stale, self.saving):
            column.addWidget(strip)
        column.addLayout(inside, 1)

    def _heading(self) -> QHBoxLayout:
        title = QLabel("Audit log")
        title.setProperty("role", "title")
        self.export_button = QPushButton("Export CSV")
        self.export_button.setToolTip("Write the entries that are filtered into a file")
        self.export_button.clicked.connect(self._on_export)
        row = QHBoxLayout()
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(self.export_button)
        return row

    def _make_table(self) -> QTableView:
        self.table = QTableView()
        self.table.setAccessibleName("Entries of the audit log")
        self.table.setModel(self._model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        follow_density(self.table)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignLeft | Qt.AlignVCenter)
        for column, width in _WIDTHS.items():
            header.setSectionResizeMode(column, QHeaderView.Interactive)
            header.resizeSection(column, width)
        header.setSectionResizeMode(ABOUT, QHeaderView.Stretch)
        self.table.selectionModel().currentRowChanged.connect(self._on_chosen)
        self.table.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        return self.table

    def _share_room(self) -> None:
        is_beside = self._splitter.orientation() == Qt.Horizontal
        room = self._splitter.width() if is_beside else self._splitter.height()
        pane = _PANE if is_beside else room * 2 // 5
        self._splitter.setSizes([room - pane, pane])

    def _search(self) -> None:
        self._forget_news()
        if not self._model.rowCount():
            self._states.show_loading()
        self._model.show_query(self.filters.query())

    def _on_arrived(self) -> None:
        self._read_at = self.desktop.clock()
        self._stale.clear()
        self._forget_news()
        if self._model.rowCount():
            self._states.show_content()
            self.table.scrollToTop()
            self.table.selectRow(0)
            return
        self.pane.show_entry(None)
        if self.filters.is_narrowed:
            clear = self.filters.clear
            hint = "No entry is like that; try other words, or fewer filters."
            self._states.show_empty("Nothing found", hint, "Show all", clear)
        else:
            self._states.show_empty("Nothing was entered yet", _EMPTY)

    def _on_grown(self, count: int) -> None:
        """Leave the reader where they are; at the top the new entries are simply there."""
        self._read_at = self.desktop.clock()
        self._stale.clear()
        self._states.show_content()
        bar = self.table.verticalScrollBar()
        if not count or not bar.value():
            return
        bar.setValue(bar.value() + count)
        self._unseen += count
        noun = "new entry" if self._unseen == 1 else "new entries"
        self._banner.show_info(f"{self._unseen:,} {noun}.", "Show", self.table.scrollToTop)

    def _on_scrolled(self, value: int) -> None:
        if not value:
            self._forget_news()

    def _forget_news(self) -> None:
        if self._unseen:
            self._unseen = 0
            self._banner.clear()

    def _on_failed(self, error: Exception) -> None:
        is_away = isinstance(error, Unreachable)
        if is_away:
            self.desktop.feed.fell_behind()
        if is_away and self._model.rowCount():
            self._stale.show_quiet(stale_sentence(self._read_at))
            return
        self._stale.clear()
        self._states.show_failed(sentence_of(error), self._search)

    def _on_chosen(self, index: QModelIndex) -> None:
        self.pane.show_entry(self._model.entry(index))

    def _on_export(self) -> None:
        day = self.desktop.clock().astimezone().date()
        name = f"audit-log-{day}"
        self.saving.ask("Export the audit log", name, FileFormat.CSV, self.save)
