# SPDX-License-Identifier: GPL-3.0-or-later
"""A line of tags, separated by commas, that offers those in use."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt5.QtCore import QStringListModel, Qt
from PyQt5.QtWidgets import QCompleter, QLineEdit

from helpdesk.ui.articles.article_text import tags_in


class TagEdit(QLineEdit):
    """Completes the last tag; the others stay as they are."""

    def __init__(self) -> None:
        """Begin without tags to offer."""
        super().__init__()
        self.setPlaceholderText("vpn, remote work")
        self._known = QStringListModel(self)
        self._completer = QCompleter(self._known, self)
        self._completer.setCaseSensitivity(Qt.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchContains)
        self._completer.setWidget(self)
        self._completer.activated.connect(self._take)
        self.textEdited.connect(self._offer)

    def set_known(self, tags: Iterable[str]) -> None:
        """Offer these tags."""
        self._known.setStringList(sorted(set(tags)))

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that stand here."""
        return tags_in(self.text())

    def _offer(self) -> None:
        begun = self.text()[: self.cursorPosition()].rpartition(",")[2].strip()
        self._completer.setCompletionPrefix(begun)
        if begun and self._completer.completionCount():
            self._completer.complete()
        else:
            self._completer.popup().hide()

    def _take(self, tag: str) -> None:
        before, after = self.text()[: self.cursorPosition()], self.text()[self.cursorPosition() :]
        kept = before.rpartition(",")[0]
        lead = f"{kept}, " if kept else ""
        tail = after if after.lstrip().startswith(",") else f", {after.lstrip()}"
        self.setText(f"{lead}{tag}{tail}")
        self.setCursorPosition(len(lead) + len(tag) + 2)
        self.textEdited.emit(self.text())
