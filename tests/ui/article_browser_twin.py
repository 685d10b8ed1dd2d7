# SPDX-License-Identifier: GPL-3.0-or-later
"""The twin of what shows an article, where the program does not have it yet."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QTextBrowser, QWidget

from helpdesk.core.schemas.articles import ArticleView
from helpdesk.ui.desktop import Desktop

_NAME = "helpdesk.ui.articles.article_browser"


class ArticleBrowser(QTextBrowser):
    """Shows the desk's own HTML and follows no link."""

    article_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setProperty("frameless", True)
        self.setAccessibleName("Article")

    def show_article(self, view: ArticleView) -> None:
        self.setHtml(view.html)
        self.document().setDocumentMargin(16)


def provide() -> None:
    """Put the twin where the program looks for the real one, unless that is there."""
    if _NAME not in sys.modules and find_spec(_NAME) is None:
        module = ModuleType(_NAME)
        module.ArticleBrowser = ArticleBrowser  # type: ignore[attr-defined]
        sys.modules[_NAME] = module
