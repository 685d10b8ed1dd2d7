# SPDX-License-Identifier: GPL-3.0-or-later
"""Says that somebody else saved the article that is being written here, and asks what shall be."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.plain_label import PlainLabel


class ConflictBar(QFrame):
    """It stays until the person has decided; what they wrote stays in the fields."""

    comparison_wanted = pyqtSignal()
    """Show the other text beside the own one."""
    overwrite_wanted = pyqtSignal()
    """Save the own text as the newest one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Begin hidden."""
        super().__init__(parent)
        self.setProperty("kind", "banner")
        self.setProperty("tone", "warning")
        picture = QLabel()
        picture.setPixmap(icon("alert", "ink_warning").pixmap(18, 18))
        self._sentence = PlainLabel()
        self._told = ""
        self.show_button = QPushButton("Show theirs")
        self.show_button.clicked.connect(self.comparison_wanted)
        self.overwrite_button = QPushButton("Save mine on top")
        self.overwrite_button.setToolTip("Theirs stays among the revisions")
        self.overwrite_button.clicked.connect(self.overwrite_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 7, 7, 7)
        row.setSpacing(10)
        row.addWidget(picture)
        row.addWidget(self._sentence, 1)
        row.addWidget(self.show_button)
        row.addWidget(self.overwrite_button)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown, empty when there is none."""
        return "" if self.isHidden() else self._sentence.text()

    def tell(self, number: str, who: str) -> None:
        """Say who changed which article."""
        self._sentence.setText(
            f"{who} changed {number} in the meantime. What you wrote is kept; look at theirs,"
            " then save yours on top, or discard it."
        )
        self._told = self._sentence.text()
        self.setAccessibleName(self._told)
        self.show()

    def insist(self) -> None:
        """Say that nothing was saved, because the person has not decided yet."""
        self._sentence.setText(f"Not saved: {self._told}")
        self.setAccessibleName(self._sentence.text())
        self.show()
