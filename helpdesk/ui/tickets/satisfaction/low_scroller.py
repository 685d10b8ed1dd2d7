# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the height of what it holds, up to a limit, and scrolls beyond."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QObject, Qt
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QFrame, QScrollArea, QWidget


class LowScroller(QScrollArea):
    """For what must not push everything else out of a small window."""

    def __init__(self, content: QWidget) -> None:
        """Hold something; there is no limit yet."""
        super().__init__()
        self._limit = 10_000
        self.setFrameShape(QFrame.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.NoFocus)
        self.setWidget(content)
        content.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        content.installEventFilter(self)

    def set_limit(self, height: int) -> None:
        """Be no higher than this."""
        self._limit = height
        self._fit()

    def show_inside(self, widget: QWidget) -> None:
        """Bring a part of it into sight."""
        self._fit()
        self.ensureWidgetVisible(widget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit anew whenever what it holds needs another height."""
        if event.type() == QEvent.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the height to another width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        content, width = self.widget(), self.viewport().width()
        layout = content.layout()
        if layout is None:
            return
        layout.activate()
        wanted = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else -1
        height = max(wanted, layout.totalSizeHint().height() if wanted < 0 else 0)
        height = min(height, self._limit)
        if height != self.maximumHeight() or height != self.minimumHeight():
            self.setFixedHeight(height)
