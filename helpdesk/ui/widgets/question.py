# SPDX-License-Identifier: GPL-3.0-or-later
"""One question before something that cannot be undone."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH = 400


class Question(Dialog):
    """Asks by a title, names what it is about and what follows; Enter and Esc change nothing."""

    agreed = pyqtSignal()

    def __init__(
        self, title: str, about: str, consequence: str, agree: str, keep: str, parent: QWidget
    ) -> None:
        """Offer to ``agree``, or to ``keep`` things as they are."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(title)
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        self.keep_button = QPushButton(keep)
        self.keep_button.setDefault(True)
        self.keep_button.clicked.connect(self.reject)
        self.agree_button = QPushButton(agree)
        self.agree_button.setProperty("kind", "danger")
        self.agree_button.setAutoDefault(False)
        self.agree_button.clicked.connect(self._on_agreed)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.keep_button)
        foot.addWidget(self.agree_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(heading)
        self.about = PlainLabel(about)
        column.addWidget(self.about)
        column.addWidget(PlainLabel(consequence, role="muted"))
        column.addSpacing(8)
        column.addLayout(foot)
        fit_height(self, _WIDTH)
        self.keep_button.setFocus()

    def _on_agreed(self) -> None:
        self.accept()
        self.agreed.emit()


def fit_height(dialog: QDialog, width: int) -> None:
    """Make a dialog as wide as said and as high as its wrapped text then is."""
    dialog.ensurePolished()
    dialog.setFixedSize(width, dialog.layout().totalHeightForWidth(width))
