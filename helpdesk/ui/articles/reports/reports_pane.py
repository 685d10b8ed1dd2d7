# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of the knowledge base: what is missing, which links are broken, what it did."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtGui import QShowEvent
from PyQt5.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from helpdesk.ui.articles.reports.broken_links_pane import BrokenLinksPane
from helpdesk.ui.articles.reports.figures_pane import FiguresPane
from helpdesk.ui.articles.reports.missing_pane import MissingPane
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.segmented import Segmented

_CHOICES = (("missing", "What is missing"), ("links", "Broken links"), ("figures", "Figures"))


class ReportsPane(QWidget):
    """One of three, each loaded when it is looked at."""

    article_wanted = pyqtSignal(int)
    article_edit_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop, parent: QWidget | None = None) -> None:
        """Begin with what is missing."""
        super().__init__(parent)
        self.missing = MissingPane(desktop)
        self.links = BrokenLinksPane(desktop)
        self.figures = FiguresPane(desktop)
        self._panes: dict[str, MissingPane | BrokenLinksPane | FiguresPane] = {
            "missing": self.missing,
            "links": self.links,
            "figures": self.figures,
        }
        self.choice = Segmented(_CHOICES)
        self.choice.setAccessibleName("Report")
        self.choice.chosen.connect(self._on_chosen)
        reload = QToolButton()
        reload.setIcon(icon("refresh"))
        reload.setToolTip("Read it again")
        reload.setAccessibleName("Read the report again")
        reload.clicked.connect(self.refresh)
        self._stack = QStackedWidget()
        for pane in self._panes.values():
            self._stack.addWidget(pane)
        head = QHBoxLayout()
        head.setContentsMargins(24, 16, 24, 0)
        head.addWidget(self.choice)
        head.addStretch(1)
        head.addWidget(reload)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        self.missing.article_edit_wanted.connect(self.article_edit_wanted)
        self.missing.ticket_wanted.connect(self.ticket_wanted)
        self.links.article_edit_wanted.connect(self.article_edit_wanted)
        self.figures.article_wanted.connect(self.article_wanted)

    def refresh(self) -> None:
        """Load again what is shown."""
        self._panes[self.choice.key].load()

    def focus_first(self) -> None:
        """Begin with the choice of the report."""
        self.choice.button(self.choice.key).setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """Show how it is now."""
        super().showEvent(event)
        self.refresh()

    def _on_chosen(self, key: str) -> None:
        self._stack.setCurrentWidget(self._panes[key])
        self.refresh()
