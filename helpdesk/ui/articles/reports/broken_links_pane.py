# SPDX-License-Identifier: GPL-3.0-or-later
"""The links of articles that lead their readers nowhere, to be mended one after the other."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from helpdesk.core.schemas.articles import BrokenLink
from helpdesk.ui.articles.reports.figure_table import Column, FigureTable, Line
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.state_view import StateView

_COLUMNS = (Column("Article"), Column("Leads to", width=110), Column("What is wrong", width=380))


class BrokenLinksPane(QWidget):
    """A row for each link; opening one edits its article."""

    article_edit_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop) -> None:
        """Begin empty; `load` asks the desk."""
        super().__init__()
        self._desktop = desktop
        self.table = FigureTable("Broken links", _COLUMNS)
        self.table.setProperty("framed", True)
        self.table.opened.connect(self.article_edit_wanted)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 4, 24, 24)
        column.setSpacing(8)
        column.addWidget(ElidedLabel("Enter or a double click edits the article.", "secondary"))
        column.addWidget(self.table, 1)
        self.states = StateView(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.states)

    def load(self) -> None:
        """Ask the desk."""
        if not self.table.figures.rowCount():
            self.states.show_loading()
        broken_links = self._desktop.desk.articles.broken_links
        job = self._desktop.background.latest(self, broken_links)
        job.then(self._show).failed(self._on_failed)

    def _show(self, links: tuple[BrokenLink, ...]) -> None:
        self.table.show_lines(
            [
                Line(
                    (f"{link.article.number}  {link.article.title}", link.target, link.problem),
                    link.article.id,
                )
                for link in links
            ]
        )
        if links:
            self.states.show_content()
        else:
            self.states.show_empty(
                "All links lead somewhere",
                "A link stands here when its article is gone, or its readers may not read it.",
            )

    def _on_failed(self, error: Exception) -> None:
        self.states.show_failed(sentence_of(error), self.load)
