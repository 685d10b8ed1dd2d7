# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets files be dropped on a whole card, not only on the text in it."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QDropEvent
from PyQt5.QtWidgets import QWidget

from helpdesk.ui.attachments.words import brings_files


class FileDrop(QObject):
    """Watches a widget for files that are dragged over it."""

    dropped = pyqtSignal(object)
    """The ``QMimeData`` of what was dropped."""

    def __init__(self, place: QWidget) -> None:
        """Let files be dropped on a widget."""
        super().__init__(place)
        place.setAcceptDrops(True)
        place.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take files, and leave all else to the widget."""
        if not isinstance(event, QDropEvent) or not brings_files(event.mimeData()):
            return False
        event.setDropAction(Qt.CopyAction)
        event.accept()
        if event.type() == QEvent.Drop:
            self.dropped.emit(event.mimeData())
        return True
