# SPDX-License-Identifier: GPL-3.0-or-later
"""The list behind the bell: what one was told of, newest first, each leading to its ticket."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QModelIndex, QPoint, QRect, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.notifications import NotificationPage, NotificationView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.notifications.inbox import Inbox
from helpdesk.ui.notifications.list_model import NotificationListModel
from helpdesk.ui.notifications.row_delegate import NotificationRowDelegate
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.segmented import Segmented
from helpdesk.ui.widgets.state_view import StateView

WIDTH: Final = 420
_HIGHEST, _LOWEST = 620, 320
_MARGIN, _BESIDE, _BELOW_MENUS = 12, 8, 36
_MINUTE_MS = 60_000
_BATCH = 50
"""So many rows are measured at once; a longer list in several turns."""
_ALL, _UNREAD = "all", "unread"
_HINTS = "Enter opens the ticket    U marks as unread or read    Esc closes"


class NotificationPanel(QFrame):
    """Opens over the window beside the bell, and closes with a click elsewhere."""

    ticket_wanted = pyqtSignal(object)
    """The ``NotificationView`` whose ticket is to be shown."""
    settings_wanted = pyqtSignal()

    def __init__(self, desktop: Desktop, inbox: Inbox, parent: QWidget) -> None:
        """Follow an inbox; `open_beside` asks the desk for what is listed."""
        super().__init__(parent, Qt.Popup)
        self.setObjectName("notifications")
        self.setAccessibleName("Notifications")
        self.setWindowTitle("Notifications")
        self.setFixedWidth(WIDTH)
        self._desktop = desktop
        self._inbox = inbox
        self._is_loaded = False
        self._current = 0
        self._build()
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(self.rows.viewport().update)
        inbox.counted.connect(self._show_counts)
        inbox.changed.connect(self._on_changed)
        inbox.marked.connect(self._on_marked)
        inbox.all_marked.connect(self.model.set_all_read)
        inbox.mark_failed.connect(self._on_mark_failed)
        self._show_counts()

    def open_beside(self, bell: QWidget) -> None:
        """Open beside the bell, with what the desk knows now."""
        self._banner.clear()
        self._place(bell)
        if not self._is_loaded:
            self.states.show_loading()
        self.model.load()
        self.show()
        self.rows.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape, step with J and K, and mark with U; the list leaves them to this."""
        key = event.key()
        if key == Qt.Key_Escape:
            self.close()
        elif key == Qt.Key_U:
            self._toggle_read()
        elif key in (Qt.Key_J, Qt.Key_K):
            self._step(1 if key == Qt.Key_J else -1)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Keep the times right while they can be seen."""
        super().showEvent(event)
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        super().hideEvent(event)
        self._tick.stop()

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.model = NotificationListModel(self._desktop, self)
        self.model.modelAboutToBeReset.connect(self._keep_current)
        self.model.arrived.connect(self._on_arrived)
        self.model.failed.connect(self._on_failed)
        self.model.more_failed.connect(self._on_more_failed)
        self.rows = _Rows()
        self.rows.setModel(self.model)
        self.rows.setItemDelegate(NotificationRowDelegate(self.rows, self._desktop.clock))
        self.rows.clicked.connect(self._open)
        self.rows.entered_on.connect(self._open)
        self.states = StateView(self.rows)
        self._banner = Banner()
        hints = QLabel(_HINTS)
        hints.setProperty("role", "secondary")
        hints.setContentsMargins(14, 7, 14, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(self._heading())
        column.addWidget(_line())
        column.addWidget(self._banner)
        column.addWidget(self.states, 1)
        column.addWidget(_line())
        column.addWidget(hints)

    def _heading(self) -> QVBoxLayout:
        title = QLabel("Notifications")
        title.setProperty("role", "heading")
        self.settings_button = QToolButton()
        self.settings_button.setIcon(icon("settings"))
        self.settings_button.setAccessibleName("How you are told")
        self.settings_button.setToolTip("Choose what you are told of, and how")
        self.settings_button.setFocusPolicy(Qt.StrongFocus)
        self.settings_button.clicked.connect(self._on_settings)
        self.filter = Segmented(((_ALL, "All"), (_UNREAD, "Unread")))
        self.filter.chosen.connect(self._on_filter)
        self.read_button = QPushButton("Mark all read")
        self.read_button.setProperty("kind", "quiet")
        self.read_button.clicked.connect(self._on_all_read)
        upper, lower = QHBoxLayout(), QHBoxLayout()
        upper.addWidget(title, 1)
        upper.addWidget(self.settings_button)
        lower.addWidget(self.filter)
        lower.addStretch(1)
        lower.addWidget(self.read_button)
        column = QVBoxLayout()
        column.setContentsMargins(14, 10, 8, 10)
        column.setSpacing(6)
        column.addLayout(upper)
        column.addLayout(lower)
        return column

    def _place(self, bell: QWidget) -> None:
        """Stand beside the bell with the lower edges level, within the window."""
        window = bell.window()
        room = QRect(window.mapToGlobal(QPoint(0, 0)), window.size())
        side = bell.mapToGlobal(QPoint(bell.width() + _BESIDE, bell.height()))
        highest = side.y() - room.top() - _BELOW_MENUS
        height = max(_LOWEST, min(_HIGHEST, highest))
        self.setFixedHeight(height)
        left = side.x()
        if self.layoutDirection() == Qt.RightToLeft:
            left = bell.mapToGlobal(QPoint(-_BESIDE, 0)).x() - WIDTH
        left = max(room.left() + _MARGIN, min(left, room.right() - WIDTH - _MARGIN))
        self.move(left, max(room.top() + _MARGIN, side.y() - height))

    # --- what is shown ------------------------------------------------------------------------

    def _show_counts(self) -> None:
        unread = self._inbox.unread
        self.filter.button(_UNREAD).setText(f"Unread ({unread:,})" if unread else "Unread")
        self.read_button.setEnabled(unread > 0 and self._inbox.writes)

    def _on_filter(self, key: str) -> None:
        self.states.show_loading()
        self._is_loaded = False
        self.model.show_unread(key == _UNREAD)

    def _on_changed(self) -> None:
        if self.isVisible():
            self.model.load()

    def _on_arrived(self, page: NotificationPage) -> None:
        self._is_loaded = True
        self._banner.clear()
        self._inbox.take_counts(page)
        if self.model.rowCount():
            self.states.show_content()
            self._restore_current()
        elif self.model.unread_only:
            self.states.show_empty("Nothing is unread", "What you have seen is under 'All'.")
        else:
            self.states.show_empty(
                "Nothing yet", "What concerns you and your tickets is told here as it happens."
            )

    def _on_failed(self, error: Exception) -> None:
        if self._is_loaded:
            # What was read before is of use still.
            self._banner.show_warning(sentence_of(error), "Retry", self.model.load)
        else:
            self.states.show_failed(sentence_of(error), self.model.load)

    def _on_more_failed(self, error: Exception) -> None:
        self._banner.show_warning(sentence_of(error))

    def _on_mark_failed(self, error: Exception) -> None:
        if self.isVisible():
            self._banner.show_error(sentence_of(error))

    def _on_marked(self, ids: tuple[int, ...], read: bool) -> None:
        self.model.set_read(frozenset(ids), read)

    def _keep_current(self) -> None:
        row = self.model.row(self.rows.currentIndex())
        self._current = row.id if row else 0

    def _restore_current(self) -> None:
        if self.rows.currentIndex().isValid():
            return
        found = self.model.index_of(self._current)
        self.rows.setCurrentIndex(found if found.isValid() else self.model.index(0))

    # --- what is done -------------------------------------------------------------------------

    def _open(self, index: QModelIndex) -> None:
        row = self.model.row(index)
        if row is None:
            return
        self._inbox.mark([row])
        if row.ticket_id is not None:
            self.close()
            self.ticket_wanted.emit(row)

    def _toggle_read(self) -> None:
        row: NotificationView | None = self.model.row(self.rows.currentIndex())
        if row is not None:
            self._inbox.mark([row], unread=row.read)

    def _step(self, by: int) -> None:
        position = self.rows.currentIndex().row() + by
        if 0 <= position < self.model.rowCount():
            self.rows.setCurrentIndex(self.model.index(position))

    def _on_all_read(self) -> None:
        if self.model.newest_id:
            self._inbox.mark_all(self.model.newest_id)

    def _on_settings(self) -> None:
        self.close()
        self.settings_wanted.emit()


class _Rows(QListView):
    """Leaves letters to the panel, where a list would search by them."""

    entered_on = pyqtSignal(QModelIndex)
    """Enter was pressed on a row."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Notifications, newest first")
        self.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.Adjust)
        self.setLayoutMode(QListView.Batched)
        self.setBatchSize(_BATCH)
        self.setMouseTracking(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key_Return, Qt.Key_Enter):
            self.entered_on.emit(self.currentIndex())
        elif event.key() == Qt.Key_Escape or (event.text() and event.text().isprintable()):
            event.ignore()
        else:
            super().keyPressEvent(event)


def _line() -> QFrame:
    line = QFrame()
    line.setProperty("kind", "line")
    return line
