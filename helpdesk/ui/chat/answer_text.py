# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of an answer: it grows as plain text, and ends with a mark behind each sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PyQt5.QtCore import QUrl, pyqtSignal
from PyQt5.QtGui import QFont, QTextCharFormat, QTextCursor
from PyQt5.QtWidgets import QWidget

from helpdesk.core.schemas.triage import Citation
from helpdesk.ui import theme
from helpdesk.ui.chat.said import Piece
from helpdesk.ui.widgets.plain_label import plain_tooltip
from helpdesk.ui.widgets.plain_text_view import PlainTextView

UNSUPPORTED = "not found in the sources"
_WHY = (
    "Neither the articles nor the tickets named here say this. Check it before you rely on it,"
    " or ask a human."
)
_SCHEME = "citation"
_NO_BREAK = "\u00a0"


class AnswerText(PlainTextView):
    """Whatever stands in it is text; the only links are the numbers of what a sentence rests on."""

    citation_chosen = pyqtSignal(object)
    """The ``Citation`` whose number was clicked, or chosen with the keyboard."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Begin empty."""
        super().__init__("", parent)
        self._sentences: tuple[Piece, ...] = ()
        self._citations: Mapping[str, Citation] = {}
        self.anchorClicked.connect(self._on_citation)
        theme.current().changed.connect(self._on_theme_changed)

    def append_plain(self, piece: str) -> None:
        """Add a piece of an answer that is coming in."""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.End)
        cursor.insertText(piece, QTextCharFormat())

    def show_pieces(self, pieces: Iterable[Piece], citations: Iterable[Citation]) -> None:
        """Show sentences, each with its numbers, and mark what no source bears out."""
        self._sentences = tuple(pieces)
        self._citations = {each.number: each for each in citations}
        self._render()

    def _link_addresses(self) -> None:
        """Make no address a link: what a model writes leads nowhere."""

    def _colour_links(self) -> None:
        """Colour nothing anew: marks get their colours when they are inserted."""

    def _render(self) -> None:
        self.set_plain("")
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for position, piece in enumerate(self._sentences):
            following = self._sentences[position + 1 : position + 2]
            self._insert(cursor, piece)
            # Sentences in a row that nothing bears out are marked together.
            if not piece.supported and not (following and _goes_on(following[0])):
                _insert_chip(cursor, UNSUPPORTED, "warning", _WHY)
        cursor.endEditBlock()

    def _insert(self, cursor: QTextCursor, piece: Piece) -> None:
        look = QTextCharFormat()
        if not piece.supported:
            look.setUnderlineStyle(QTextCharFormat.DotLine)
            look.setUnderlineColor(theme.current().colour("ink_warning"))
            look.setToolTip(plain_tooltip(f"This was {UNSUPPORTED}. {_WHY}"))
        blank = len(piece.text) - len(piece.text.lstrip())
        cursor.insertText(piece.text[:blank], QTextCharFormat())
        cursor.insertText(piece.text[blank:], look)
        for number in piece.numbers:
            citation = self._citations.get(number)
            title = f"{number}  {citation.title}" if citation else ""
            href = f"{_SCHEME}:{number}" if citation and can_open(citation) else ""
            _insert_chip(cursor, number, "accent", title, href)

    def _on_citation(self, url: QUrl) -> None:
        citation = self._citations.get(url.path())
        if url.scheme() == _SCHEME and citation is not None:
            self.citation_chosen.emit(citation)

    def _on_theme_changed(self) -> None:
        if self._sentences:
            self._render()


def can_open(citation: Citation) -> bool:
    """Return whether a citation leads to something."""
    return citation.article_id is not None or citation.ticket_id is not None


def _goes_on(piece: Piece) -> bool:
    return (
        not piece.supported and "\n" not in piece.text[: len(piece.text) - len(piece.text.lstrip())]
    )


def _insert_chip(cursor: QTextCursor, text: str, tone: str, tooltip: str, href: str = "") -> None:
    """Insert a few words on a soft ground, as a link where there is something to open."""
    cursor.insertText(_NO_BREAK, QTextCharFormat())
    look = QTextCharFormat()
    font = QFont(theme.current().font("chip"))
    look.setFont(font)
    look.setBackground(theme.current().colour(f"{tone}_soft"))
    look.setForeground(theme.current().colour(f"ink_{tone}"))
    look.setToolTip(plain_tooltip(tooltip))
    if href:
        look.setAnchor(True)
        look.setAnchorHref(href)
    padded = f"{_NO_BREAK}{text.replace(' ', _NO_BREAK)}{_NO_BREAK}"
    cursor.insertText(padded, look)
