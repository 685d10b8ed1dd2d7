# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program is, and what its roles protect."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.desk import DeskInfo
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH = 460


class AboutDialog(QDialog):
    """Version, licence, where the data lies."""

    def __init__(self, version: str, info: DeskInfo, parent: QWidget) -> None:
        """Describe the desk in ``info``."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("About Help Desk")
        self.setFixedWidth(_WIDTH)
        title = QLabel(f"Help Desk {version}")
        title.setProperty("role", "title")
        close = QPushButton("Close")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(
            PlainLabel(
                "Free software under the GNU General Public License, version 3 or later."
                " It comes without any warranty."
            )
        )
        column.addWidget(
            PlainLabel(
                f"The desk lies at {info.place} (schema {info.schema_version}). On one workstation"
                " roles guide the work; whoever owns this file can read all of it."
            )
        )
        column.addWidget(close, 0, Qt.AlignRight)
