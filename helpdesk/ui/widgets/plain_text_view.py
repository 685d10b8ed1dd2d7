# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows what people and mail wrote, at its full height, and fetches nothing by showing it."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from PyQt5.QtCore import QEvent, QSize, Qt, QUrl, QVariant, pyqtSignal
from PyQt5.QtGui import (
    QImage,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QWheelEvent,
)
from PyQt5.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from helpdesk.ui import theme

SAFE_SCHEMES: Final = frozenset({"http", "https", "mailto"})
_LINE_HEIGHT = 118
_LINK: Final = re.compile(r"(?:https?://|mailto:)[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]")


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
        theme.current().changed.connect(self._show_links)
        self.set_plain(text)

    def set_plain(self, text: str) -> None:
        """Show the text as it was typed; web and mail addresses in it become links."""
        self.setPlainText(text)
        spacing = QTextBlockFormat()
        spacing.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.ProportionalHeight)
        self._select(0, len(self.document().toPlainText())).mergeBlockFormat(spacing)
        self._show_links()

    def set_markdown(self, text: str) -> None:
        """Show Markdown, with any HTML in it as text and without links of unsafe schemes."""
        features = QTextDocument.MarkdownDialectGitHub | QTextDocument.MarkdownNoHTML
        self.document().setMarkdown(text, QTextDocument.MarkdownFeatures(features))
        self._name_pictures()
        self._drop_unsafe_links()
        self._show_links()

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

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave scrolling to the conversation around the text."""
        event.ignore()

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

    def _show_links(self) -> None:
        """Make addresses into links, in the theme's colour."""
        for found in _LINK.finditer(self.document().toPlainText()):
            look = QTextCharFormat()
            look.setAnchor(True)
            look.setAnchorHref(found[0])
            look.setForeground(theme.current().colour("ink_accent"))
            look.setFontUnderline(True)
            self._select(*found.span()).mergeCharFormat(look)

    def _name_pictures(self) -> None:
        """Put words in place of pictures, from the last one so that places stay right."""
        pictures = [piece for piece in self._pieces() if piece.charFormat().isImageFormat()]
        for picture in reversed(pictures):
            position = picture.position()
            self._select(position, position + picture.length()).insertText(
                self.tr("[picture]"), QTextCharFormat()
            )

    def _drop_unsafe_links(self) -> None:
        for piece in self._pieces():
            if not piece.charFormat().isAnchor():
                continue
            address = piece.charFormat().anchorHref()
            look = QTextCharFormat()
            if QUrl(address).scheme().lower() in SAFE_SCHEMES:
                look.setForeground(theme.current().colour("ink_accent"))
                # The words of a link can promise another place than it leads to.
                look.setToolTip(address)
            else:
                look.setAnchor(False)
                look.setAnchorHref("")
                look.setFontUnderline(False)
                look.setForeground(theme.current().colour("text"))
            start = piece.position()
            self._select(start, start + piece.length()).mergeCharFormat(look)

    def _pieces(self) -> list[QTextFragment]:
        pieces = []
        block = self.document().begin()
        while block.isValid():
            place = block.begin()
            while not place.atEnd():
                pieces.append(place.fragment())
                place += 1  # type: ignore[operator, assignment]
            block = block.next()
        return pieces

    def _select(self, start: int, end: int) -> QTextCursor:
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.KeepAnchor)
        return cursor
