# SPDX-License-Identifier: GPL-3.0-or-later
"""The title of an article that opens it, and the chips that say who may read it."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, Qt
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QPushButton, QSizePolicy

from helpdesk.core.schemas.articles import ArticleRow, Visibility
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.plain_label import plain_tooltip

_FRAME = 8
"""Padding and border of a link at both sides, as the style sheet has them."""
INTERNAL = "Internal"


class ArticleTitle(QPushButton):
    """A link of one line that is cut short where the room ends; then the tooltip has all of it."""

    def __init__(self) -> None:
        """Begin without a title."""
        super().__init__()
        self._title = ""
        self._hint = ""
        self.setProperty("kind", "link")
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)

    def setText(self, title: str) -> None:
        """Show another title, as it was typed."""
        self._title = " ".join(title.split())
        self.setAccessibleName(self._title)
        self._elide()

    def set_hint(self, hint: str) -> None:
        """Say in the tooltip which key does the same."""
        self._hint = hint
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the title anew for the new width."""
        super().resizeEvent(event)
        self._elide()

    def changeEvent(self, event: QEvent) -> None:
        """Cut the title anew for another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.FontChange, QEvent.StyleChange):
            self._elide()

    def _elide(self) -> None:
        room = max(0, self.width() - _FRAME)
        shown = self.fontMetrics().elidedText(self._title, Qt.ElideRight, room)
        # A single ampersand would make the letter after it a key.
        doubled = shown.replace("&", "&&")
        if doubled != self.text():
            super().setText(doubled)
        whole = self._title if shown != self._title else ""
        self.setToolTip(plain_tooltip("\n".join(part for part in (whole, self._hint) if part)))


def standing_of(row: ArticleRow) -> list[tuple[str, Tone]]:
    """Return what keeps an article from being read by everybody, as words with their tones."""
    return standing(row.visibility, is_live=row.is_live, state=row.state.label)


def standing(visibility: Visibility, *, is_live: bool, state: str) -> list[tuple[str, Tone]]:
    """Return the same for an article of which these are known."""
    chips: list[tuple[str, Tone]] = []
    if not is_live:
        chips.append((state, "neutral"))
    if visibility is Visibility.TECHNICIANS:
        chips.append((INTERNAL, "warning"))
    return chips


def is_public(row: ArticleRow) -> bool:
    """Return whether requesters may read an article."""
    return row.is_live and row.visibility is Visibility.EVERYONE
