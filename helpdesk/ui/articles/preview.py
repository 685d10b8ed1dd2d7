# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows what readers will see of a text while it is typed."""

from __future__ import annotations

from PyQt5.QtCore import QElapsedTimer, QTimer
from PyQt5.QtWidgets import QFrame, QVBoxLayout

from helpdesk.core.markdown import html_of
from helpdesk.ui.articles.article_browser import ArticleBrowser
from helpdesk.ui.articles.markdown_edit import MarkdownEdit
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.state_view import StateView

_PAUSE_MS = 200
_LONGEST_PAUSE_MS = 3_000
_REST = 6
"""Showing a long text takes a moment; it may take one part in so many of the time."""


class Preview(QFrame):
    """Follows a field, its scrolling too."""

    def __init__(self, desktop: Desktop, edit: MarkdownEdit) -> None:
        """Follow the field from now on."""
        super().__init__()
        self._desktop = desktop
        self._edit = edit
        self.setProperty("ground", "surface")
        self.browser = ArticleBrowser(desktop)
        self.browser.setAccessibleName("Preview")
        self._states = StateView(self.browser)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.refresh_now)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._states)
        edit.textChanged.connect(self._pause.start)
        edit.verticalScrollBar().valueChanged.connect(self._scroll)
        self.refresh_now()

    def refresh_now(self) -> None:
        """Show the text as it is now."""
        self._pause.stop()
        text = self._edit.toPlainText()
        if not text.strip():
            self._states.show_empty("Nothing to see yet", "What you write shows here as you type.")
            return
        job = self._desktop.background.latest(self, html_of, text)
        job.then(self._show).failed(self._on_failed)

    def _show(self, html: str) -> None:
        if not self._edit.toPlainText().strip():
            return
        self._states.show_content()
        took = QElapsedTimer()
        took.start()
        # Whoever asked for all of a long text goes on seeing it while typing.
        self.browser.show_html(html, whole=self.browser.is_whole)
        self._scroll()
        pause = min(_LONGEST_PAUSE_MS, int(took.elapsed()) * _REST)
        self._pause.setInterval(max(_PAUSE_MS, pause))

    def _scroll(self) -> None:
        """Stand at the same share of the whole as the field does."""
        here, there = self._edit.verticalScrollBar(), self.browser.verticalScrollBar()
        share = here.value() / here.maximum() if here.maximum() else 0.0
        there.setValue(round(share * there.maximum()))

    def _on_failed(self, error: Exception) -> None:
        self._states.show_failed(sentence_of(error), self.refresh_now)
