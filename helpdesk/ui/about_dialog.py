# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program is, and what its roles protect."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.desk import DeskInfo
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.question import fit_height

_WIDTH = 460


class AboutDialog(Dialog):
    """Version, licence, where the data lies."""

    def __init__(self, version: str, info: DeskInfo, host: str, parent: QWidget) -> None:
        """Describe the desk in ``info``, or the server's where there is a ``host``."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("About Help Desk")
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
        column.addWidget(PlainLabel(_where(info, host)))
        column.addWidget(close, 0, Qt.AlignRight)
        fit_height(self, _WIDTH)


def _where(info: DeskInfo, host: str) -> str:
    if host:
        return (
            f"The desk is on {host}, which runs Help Desk {info.program_version}. The server keeps"
            " the tickets and decides who may see and do what; this workstation keeps only what"
            " you have not sent yet."
        )
    return (
        f"The desk lies at {info.place} (schema {info.schema_version}). On one workstation"
        " roles guide the work; whoever owns this file can read all of it."
    )
