# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows what people and mail wrote, at its full height, and fetches nothing by showing it."""

from __future__ import annotations

from functools import cache
from typing import Final

from PyQt5.QtCore import QEvent, QRegularExpression, QSize, Qt, QUrl, QVariant, pyqtSignal
from PyQt5.QtGui import (
    QImage,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PyQt5.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from helpdesk.ui import theme
from helpdesk.ui.widgets.plain_label import plain_tooltip

SAFE_SCHEMES: Final = frozenset({"http", "https", "mailto"})
_LINE_HEIGHT = 118
_LIKELY_WIDTH = 560
# Qt's expression, since places in a document are counted in UTF-16.
_LINK: Final = QRegularExpression(r"(?:https?://|mailto:)[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]")
_UNDERLINE: Final = QTextFormat.TextUnderlineStyle


class _ClosedDocument(QTextDocument):
    """A document that loads nothing.

    Qt would read a picture's file, even from a network share, if it got no picture here.
    """

    def loadResource(self, _kind: int, _name: QUrl) -> QVariant:
        return QVariant(_nothing())


@cache
def _nothing() -> QImage:
    nothing = QImage(1, 1, QImage.Format_ARGB32)
    nothing.fill(Qt.transparent)
    return nothing


class PlainTextView(QTextBrowser):
    """Text that grows with its content; links are told, never followed."""

    link_activated = pyqtSignal(QUrl)
    """A link of a safe scheme was clicked, or chosen with the keyboard."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        """Show the text."""
        super().__init__(parent)
        self.setDocument(_ClosedDocument(self))
        self.document().setDocumentMargin(0)
        self.document().setUndoRedoEnabled(False)
        self.document().documentLayout().documentSizeChanged.connect(self._on_size_changed)
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.NoFrame)
        self.setProperty("frameless", True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        self.anchorClicked.connect(self._on_anchor_clicked)
        theme.current().changed.connect(self._colour_links)
        # Until the real width is known, a likely one saves laying the text out in a narrow column.
        self.resize(_LIKELY_WIDTH, self.height())
        self.set_plain(text)

    def set_plain(self, text: str) -> None:
        """Show the text as it was typed; web and mail addresses in it become links."""
        self.document().clear()
        spacing = QTextBlockFormat()
        spacing.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.ProportionalHeight)
        cursor = QTextCursor(self.document())
        cursor.setBlockFormat(spacing)
        cursor.insertText(text, QTextCharFormat())
        self._link_addresses()
        self._colour_links()

    def set_markdown(self, text: str) -> None:
        """Show Markdown, with any HTML in it as text and without links of unsafe schemes."""
        features = QTextDocument.MarkdownDialectGitHub | QTextDocument.MarkdownNoHTML
        self.document().setMarkdown(text, QTextDocument.MarkdownFeatures(features))
        self._name_pictures()
        self._drop_unsafe_links()
        self._link_addresses()
        self._colour_links()

    def loadResource(self, _kind: int, _name: QUrl) -> QVariant:
        """Load nothing."""
        return QVariant(_nothing())

    def doSetSource(self, *_wanted: object) -> None:
        """Go nowhere."""

    def sizeHint(self) -> QSize:
        """Return the height of the whole text."""
        return QSize(super().sizeHint().width(), self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the text anew."""
        super().resizeEvent(event)
        self._on_size_changed()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the font."""
        super().changeEvent(event)
        if event.type() in (QEvent.FontChange, QEvent.StyleChange):
            self._on_size_changed()

    def _on_size_changed(self) -> None:
        margins = self.contentsMargins()
        height = int(self.document().size().height() + 0.99) + margins.top() + margins.bottom()
        if height != self.height():
            self.setFixedHeight(height)

    def _on_anchor_clicked(self, url: QUrl) -> None:
        if url.scheme().lower() in SAFE_SCHEMES:
            self.link_activated.emit(url)

    def _link_addresses(self) -> None:
        """Make addresses that can be read in the text into links to themselves."""
        matches = _LINK.globalMatch(self.document().toPlainText())
        while matches.hasNext():
            found = matches.next()
            look = QTextCharFormat()
            look.setAnchor(True)
            look.setAnchorHref(found.captured())
            look.setToolTip("")
            look.setFontUnderline(True)
            self._select(found.capturedStart(), found.capturedEnd()).mergeCharFormat(look)

    def _colour_links(self) -> None:
        colour = QTextCharFormat()
        colour.setForeground(theme.current().colour("ink_accent"))
        for start, end, look in self._pieces():
            if look.isAnchor():
                self._select(start, end).mergeCharFormat(colour)

    def _name_pictures(self) -> None:
        """Put words in place of pictures, from the last one so that places stay right."""
        for start, end, look in reversed(self._pieces()):
            if look.isImageFormat():
                self._select(start, end).insertText(self.tr("[picture]"), QTextCharFormat())

    def _drop_unsafe_links(self) -> None:
        for start, end, look in self._pieces():
            if not look.isAnchor():
                continue
            address = look.anchorHref()
            if QUrl(address).scheme().lower() in SAFE_SCHEMES:
                # The words of a link can promise another place than it leads to.
                look.setToolTip(plain_tooltip(address))
            else:
                look.clearForeground()
                for detail in (QTextFormat.IsAnchor, QTextFormat.AnchorHref, _UNDERLINE):
                    look.clearProperty(detail)
            self._select(start, end).setCharFormat(look)

    def _pieces(self) -> list[tuple[int, int, QTextCharFormat]]:
        """Return start, end and look of each piece of text that looks alike."""
        pieces = []
        block = self.document().begin()
        while block.isValid():
            place = block.begin()
            while not place.atEnd():
                piece = place.fragment()
                start = piece.position()
                pieces.append((start, start + piece.length(), piece.charFormat()))
                place += 1  # type: ignore[operator, assignment]
            block = block.next()
        return pieces

    def _select(self, start: int, end: int) -> QTextCursor:
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.KeepAnchor)
        return cursor
