# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the text of an article; showing it reads no file and asks nobody but the desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final, NamedTuple

from PyQt5.QtCore import QEvent, QPoint, QSize, Qt, QUrl, QVariant, pyqtSignal
from PyQt5.QtGui import (
    QHelpEvent,
    QImage,
    QKeyEvent,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFragment,
    QTextImageFormat,
    QTextOption,
)
from PyQt5.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QToolTip, QWidget

from helpdesk.core.markdown import article_in, image_in, leads_outside, ticket_in
from helpdesk.core.schemas.articles import ArticleView
from helpdesk.ui import theme
from helpdesk.ui.articles.article_style import dressed, first_part, style_sheet
from helpdesk.ui.articles.link_dialog import LinkDialog
from helpdesk.ui.articles.pictures import fetched, fitted, nothing, placeholder
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.widgets.plain_label import plain_tooltip

_STEP = 32
"""Pictures are fitted to widths in such steps, so that dragging an edge scales seldom."""
_BESIDE = 48
"""Room that a list or a cell around a picture takes."""
_LONG_WORD_LENGTH = 2_000
_LONG_WORD: Final = re.compile(rf"\S{{{_LONG_WORD_LENGTH}}}")
"""Wrapping one word takes time with the square of its length."""
_GONE = "[picture]"
"""Stands where a picture was that is none of the desk's."""
_REST: Final = "rest:"
"""Where the link to the rest of a long text leads; no link of an article leads there."""
_TABLE_TOP, _TABLE_BOTTOM = 6, 12
_LIKELY_WIDTH = 560
_SCROLLING: Final = frozenset(
    {Qt.Key_Up, Qt.Key_Down, Qt.Key_PageUp, Qt.Key_PageDown, Qt.Key_Home, Qt.Key_End, Qt.Key_Space}
)
_UNDERLINE: Final = QTextFormat.TextUnderlineStyle


class _Document(QTextDocument):
    """A document whose pictures are the desk's, and that loads nothing else.

    Qt would read a picture's file, even from a network share, if it got no picture here.
    """

    def __init__(self, browser: ArticleBrowser) -> None:
        super().__init__(browser)
        self._browser = browser

    def loadResource(self, kind: int, name: QUrl) -> QVariant:
        return self._browser.loadResource(kind, name)


class ArticleBrowser(QTextBrowser):
    """Sanitised HTML to read; links are told, never followed.

    What is shown is sanitised by the desk, and looked through here once more: a picture is one of
    the desk's, a link leads to an article, a ticket, the web or a mail program, or is none.
    """

    article_wanted = pyqtSignal(int)
    """A link to an article was chosen."""
    ticket_wanted = pyqtSignal(int)
    """A link to a ticket was chosen."""

    def __init__(
        self, desktop: Desktop, parent: QWidget | None = None, *, grows: bool = False
    ) -> None:
        """Begin empty; one that ``grows`` is as high as its text and does not scroll."""
        super().__init__(parent)
        self._desktop = desktop
        self._grows = grows
        self._html = ""
        self._whole = False
        self._is_part = False
        self._pictures: dict[int, QImage | None] = {}
        self._fitted: dict[tuple[int, int], QImage] = {}
        self._asked: set[int] = set()
        self._nothing = nothing()
        self.setOpenLinks(False)
        self.setAcceptDrops(False)
        self.setFrameShape(QFrame.NoFrame)
        self.setProperty("frameless", True)
        self.setWordWrapMode(QTextOption.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setAccessibleName("Article")
        self.anchorClicked.connect(self._on_anchor_clicked)
        theme.current().changed.connect(self._on_theme_changed)
        if grows:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
            self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
            # Until the real width is known, a likely one saves laying out in a narrow column.
            self.resize(_LIKELY_WIDTH, self.height())
        self._show()

    def show_article(self, view: ArticleView) -> None:
        """Show the text of an article."""
        self.show_html(view.html)

    def show_html(self, html: str, *, whole: bool = False) -> None:
        """Show some HTML; the same again keeps the place and what is selected.

        Of a very long one the first part is shown, unless the ``whole`` is wanted.
        """
        if html != self._html:
            self._html = html
            self._whole = whole
            self._show()
            self.verticalScrollBar().setValue(0)

    @property
    def is_whole(self) -> bool:
        """Whether the rest of a very long text was asked for."""
        return self._whole

    def loadResource(self, kind: int, name: QUrl) -> QVariant:
        """Return a picture of the desk, or nothing."""
        image_id = image_in(name.toString()) if kind == QTextDocument.ImageResource else None
        return QVariant(self._nothing if image_id is None else self._picture(image_id))

    def doSetSource(self, *_wanted: object) -> None:
        """Go nowhere."""

    def sizeHint(self) -> QSize:
        """Return the height of the whole text, for one that grows."""
        hint = super().sizeHint()
        return QSize(hint.width(), self.height()) if self._grows else hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the text anew, if the width is another: Qt would also do so for the height."""
        if self._grows and event.size().width() == event.oldSize().width():
            self.verticalScrollBar().setRange(0, 0)
            return
        super().resizeEvent(event)
        self._on_size_changed()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the font."""
        super().changeEvent(event)
        if event.type() in (QEvent.FontChange, QEvent.StyleChange):
            self._on_size_changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave scrolling to the area around one that grows."""
        if self._grows and event.key() in _SCROLLING:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Say where a link goes, as plain text; a title of its own could hold markup."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.ToolTip:
            self._show_tooltip(event.pos(), event.globalPos())
            return True
        return super().viewportEvent(event)

    def _show_tooltip(self, where: QPoint, on_screen: QPoint) -> None:
        address = self.anchorAt(where)
        QToolTip.showText(on_screen, "" if address == _REST else plain_tooltip(address), self)

    # --- the document -------------------------------------------------------------------------

    def _show(self) -> None:
        """Make the document anew. It gets a layout, which asks for pictures, only when clean."""
        self._fitted.clear()
        document = _Document(self)
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(0 if self._grows else 16)
        document.setDefaultFont(theme.current().font("body"))
        document.setDefaultStyleSheet(style_sheet())
        part = first_part(self._html)
        self._whole = self._whole and part is not None
        self._is_part = part is not None and not self._whole
        shown = self._html if part is None or self._whole else part
        document.setHtml(dressed(shown))
        images = _cleaned(document)
        if self._is_part:
            _offer_rest(document)
        self._pictures = {id_: kept for id_, kept in self._pictures.items() if id_ in images}
        # Said before it is laid out: said after, it would be laid out once more.
        wrapping = document.defaultTextOption()
        wrapping.setWrapMode(self.wordWrapMode())
        document.setDefaultTextOption(wrapping)
        before = self.document()
        self.setDocument(document)
        if isinstance(before, _Document):
            before.deleteLater()
        document.documentLayout().documentSizeChanged.connect(self._on_size_changed)
        self._on_size_changed()
        for image_id in images:
            self._fetch(image_id)

    def _show_rest(self) -> None:
        """Show all of the text, and stand where its first part ended."""
        place, end = self.verticalScrollBar().value(), self.document().lastBlock().position()
        self._whole = True
        self._show()
        cursor = self.textCursor()
        cursor.setPosition(min(end, self.document().characterCount()) - 1)
        self.setTextCursor(cursor)
        self.verticalScrollBar().setValue(place)

    def _on_theme_changed(self) -> None:
        place = self.verticalScrollBar().value()
        self._show()
        self.verticalScrollBar().setValue(place)

    def _on_size_changed(self) -> None:
        if not self._grows:
            return
        margins = self.contentsMargins()
        height = int(self.document().size().height() + 0.99) + margins.top() + margins.bottom()
        if height != self.height():
            self.setFixedHeight(height)

    # --- pictures -----------------------------------------------------------------------------

    def _fetch(self, image_id: int) -> None:
        if image_id in self._asked or image_id in self._pictures:
            return
        self._asked.add(image_id)
        fetch = self._desktop.desk.articles.image
        job = self._desktop.background.run(self, fetched, fetch, image_id)
        job.then(partial(self._on_picture, image_id))
        job.failed(lambda _: self._on_picture(image_id, None))

    def _on_picture(self, image_id: int, image: QImage | None) -> None:
        self._asked.discard(image_id)
        self._pictures[image_id] = image
        self.document().markContentsDirty(0, self.document().characterCount())

    def _picture(self, image_id: int) -> QImage:
        if image_id not in self._pictures:
            return self._nothing if image_id not in self._asked else placeholder()
        image = self._pictures[image_id]
        if image is None:
            return placeholder("This picture cannot be shown.")
        room = self.viewport().width() - round(2 * self.document().documentMargin()) - _BESIDE
        width = max(_STEP, room // _STEP * _STEP)
        key = (image_id, width)
        if key not in self._fitted:
            self._fitted = {kept: each for kept, each in self._fitted.items() if kept[1] == width}
            self._fitted[key] = fitted(image, width, self.devicePixelRatioF())
        return self._fitted[key]

    # --- links --------------------------------------------------------------------------------

    def _on_anchor_clicked(self, url: QUrl) -> None:
        address = bytes(url.toEncoded()).decode("ascii")
        if address == _REST:
            if self._is_part:
                self._show_rest()
        elif article_id := article_in(address):
            self.article_wanted.emit(article_id)
        elif ticket_id := ticket_in(address):
            self.ticket_wanted.emit(ticket_id)
        elif leads_outside(address):
            LinkDialog(url, self.window()).open()


class _Mend(NamedTuple):
    """A piece of a document that is to look otherwise, or to become another text."""

    start: int
    end: int
    look: QTextCharFormat
    text: str = ""


def _cleaned(document: QTextDocument) -> tuple[int, ...]:
    """Take out of a document what it must not hold, and return the pictures that it shows.

    All of it is one edit, begun before a cursor moves: between two edits Qt would lay out the
    whole text, which takes long, and would meet what is not clean yet.
    """
    images: dict[int, None] = {}
    mends: list[_Mend] = []
    changes: dict[int, QTextCharFormat | None] = {}
    for block, piece in _pieces(document):
        kind = piece.charFormatIndex()
        if kind not in changes:
            changes[kind] = _change(piece.charFormat(), images)
        change = changes[kind]
        if block.length() > _LONG_WORD_LENGTH:
            mends.extend(_breaks(piece, change or piece.charFormat()))
        if change is not None:
            text = "" if change.isImageFormat() or not piece.charFormat().isImageFormat() else _GONE
            mends.append(_Mend(piece.position(), piece.position() + piece.length(), change, text))
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    # From the last one, so that the places of those before stay right.
    for mend in reversed(mends):
        _apply(cursor, mend)
    _give_room(document)
    cursor.endEditBlock()
    return tuple(images)


def _apply(cursor: QTextCursor, mend: _Mend) -> None:
    cursor.setPosition(mend.start)
    cursor.setPosition(mend.end, QTextCursor.KeepAnchor)
    if mend.text:
        cursor.insertText(mend.text, mend.look)
    else:
        cursor.setCharFormat(mend.look)


def _offer_rest(document: QTextDocument) -> None:
    """Say at the end of a first part that there is more, with a link to it."""
    link = QTextCharFormat()
    link.setAnchor(True)
    link.setAnchorHref(_REST)
    link.setForeground(theme.current().colour("ink_accent"))
    link.setFontUnderline(True)
    room = QTextBlockFormat()
    room.setTopMargin(_TABLE_BOTTOM)
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    cursor.setPosition(document.characterCount() - 1)
    cursor.insertBlock(room, QTextCharFormat())
    cursor.insertText("This article is very long; ")
    cursor.insertText("show all of it", link)
    cursor.endEditBlock()


def _give_room(document: QTextDocument) -> None:
    for frame in document.rootFrame().childFrames():
        room = frame.frameFormat()
        room.setTopMargin(_TABLE_TOP)
        room.setBottomMargin(_TABLE_BOTTOM)
        frame.setFrameFormat(room)


def _change(look: QTextCharFormat, images: dict[int, None]) -> QTextCharFormat | None:
    """Return how a piece is to look instead, if it is not clean; note the picture that it is."""
    if look.isImageFormat():
        image_id = image_in(look.toImageFormat().name())
        if image_id is None:
            return QTextCharFormat()
        images[image_id] = None
        clean: QTextCharFormat = _picture_format(look)
    else:
        clean = _text_format(look)
    return None if clean == look else clean


def _picture_format(look: QTextCharFormat) -> QTextImageFormat:
    """Return the picture's name and the link on it alone: no size and no title."""
    picture = QTextImageFormat()
    picture.setName(look.toImageFormat().name())
    if look.isAnchor() and _leads_somewhere(look.anchorHref()):
        picture.setAnchor(True)
        picture.setAnchorHref(look.anchorHref())
    return picture


def _text_format(look: QTextCharFormat) -> QTextCharFormat:
    clean = QTextCharFormat(look)
    clean.clearProperty(QTextFormat.TextToolTip)
    # Qt would enlarge a heading once more, beyond the size that the style sheet gives it.
    clean.clearProperty(QTextFormat.FontSizeAdjustment)
    if look.isAnchor() and not _leads_somewhere(look.anchorHref()):
        clean.clearForeground()
        for detail in (QTextFormat.IsAnchor, QTextFormat.AnchorHref, _UNDERLINE):
            clean.clearProperty(detail)
    return clean


def _leads_somewhere(address: str) -> bool:
    return bool(article_in(address) or ticket_in(address) or leads_outside(address))


def _breaks(piece: QTextFragment, look: QTextCharFormat) -> Iterator[_Mend]:
    """Yield a line break for each part of a word that no screen is wide enough for."""
    text = piece.text()
    for found in _LONG_WORD.finditer(text):
        # Places in a document are counted in UTF-16.
        place = piece.position() + len(text[: found.end()].encode("utf-16-le")) // 2
        yield _Mend(place, place, look, "\u2028")


def _pieces(document: QTextDocument) -> Iterator[tuple[QTextBlock, QTextFragment]]:
    """Yield each piece of text that looks alike, and the block that it is in."""
    block = document.begin()
    while block.isValid():
        place = block.begin()
        while not place.atEnd():
            yield block, place.fragment()
            place += 1  # type: ignore[operator, assignment]
        block = block.next()
