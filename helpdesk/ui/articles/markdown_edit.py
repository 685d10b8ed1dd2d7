# SPDX-License-Identifier: GPL-3.0-or-later
"""The field in which an article is written: plain Markdown, with help where hands need it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt5.QtCore import QMimeData, Qt, pyqtSignal
from PyQt5.QtGui import QImage, QKeyEvent, QTextCursor
from PyQt5.QtWidgets import QPlainTextEdit, QWidget

from helpdesk.core.schemas.articles import ARTICLE_LIMIT
from helpdesk.ui import theme
from helpdesk.ui.articles import markdown_marks as marks
from helpdesk.ui.articles.utf16 import utf16_length
from helpdesk.ui.tickets.body_edit import LINE_LIMIT

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_LINE_BREAK = "\u2029"
"""What Qt puts between the lines of a selection."""
_MARKUP_LIMIT = 100_000
"""Of pasted HTML that has no plain text beside it: reading more of it could halt the window."""
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")


class MarkdownEdit(QPlainTextEdit):
    """Plain text only; Tab goes on to the next field, Enter goes on with a list."""

    refused = pyqtSignal(str)
    """Why something pasted or dropped was not taken; what stood there before stays."""
    pictures_given = pyqtSignal(list)
    """Pictures were pasted or dropped: each a ``QImage`` or the ``Path`` of a file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Begin empty."""
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.WidgetWidth)
        self.setFont(theme.current().font("mono"))
        self.setAccessibleName("Text in Markdown")

    # --- what is chosen -----------------------------------------------------------------------

    def chosen(self) -> str:
        """Return the chosen text."""
        return str(self.textCursor().selectedText().replace(_LINE_BREAK, "\n"))

    def text_before_cursor(self) -> str:
        """Return what stands left of the cursor in its line."""
        cursor = self.textCursor()
        cursor.setPosition(cursor.block().position(), QTextCursor.KeepAnchor)
        return str(cursor.selectedText())

    def put(self, cursor: QTextCursor, edit: marks.Edit) -> None:
        """Put a text in the place of what a cursor has chosen, as one step to undo."""
        start = cursor.selectionStart()
        cursor.beginEditBlock()
        cursor.insertText(edit.text)
        cursor.endEditBlock()
        cursor.setPosition(start + utf16_length(edit.text[: edit.start]))
        cursor.setPosition(start + utf16_length(edit.text[: edit.end]), QTextCursor.KeepAnchor)
        self.setTextCursor(cursor)
        self.setFocus()

    def is_in_code(self) -> bool:
        """Return whether the cursor stands in a block of code."""
        fence, cursor = "", self.textCursor()
        block = self.document().begin()
        while block.isValid() and block.blockNumber() < cursor.blockNumber():
            found = _FENCE.match(block.text())
            if found and not fence:
                fence = found[1]
            elif found and found[1].startswith(fence):
                fence = ""
            block = block.next()
        return bool(fence)

    # --- what the buttons do ------------------------------------------------------------------

    def toggle_mark(self, mark: str) -> None:
        """Put marks around the chosen words, or around the word at the cursor, or take them off."""
        cursor = self.textCursor()
        if not cursor.hasSelection() and not self._is_between(cursor, mark):
            cursor.select(QTextCursor.WordUnderCursor)
        chosen = cursor.selectedText().replace(_LINE_BREAK, "\n")
        before, after = self._around(cursor)
        edit, beyond = marks.wrapped(chosen, mark, before, after)
        start, end = cursor.selectionStart() - beyond, cursor.selectionEnd() + beyond
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.KeepAnchor)
        self.put(cursor, edit)

    def change_lines(self, change: Callable[[Sequence[str]], list[str]]) -> None:
        """Change the whole lines that are chosen, and choose them again."""
        cursor = self._whole_lines()
        lines = cursor.selectedText().split(_LINE_BREAK)
        text = "\n".join(change(lines))
        start = 0 if len(lines) > 1 else len(text)
        self.put(cursor, marks.Edit(text, start, len(text)))

    def toggle_code(self) -> None:
        """Mark words as code, or whole lines as a block of code."""
        if "\n" in self.chosen():
            cursor = self._whole_lines()
            text = marks.as_code(cursor.selectedText().replace(_LINE_BREAK, "\n"))
            self.put(cursor, marks.Edit(text, 0, len(text)))
        else:
            self.toggle_mark("`")

    def insert_table(self) -> None:
        """Begin a table on lines of its own; its first heading is chosen."""
        cursor = self.textCursor()
        cursor.setPosition(cursor.selectionEnd())
        # A table has to stand apart from the text before it.
        lead = ""
        if self.text_before_cursor().strip():
            lead = "\n\n"
        elif cursor.block().previous().text().strip():
            lead = "\n"
        start = len(lead) + len("| ")
        self.put(cursor, marks.Edit(lead + marks.TABLE, start, start + len("Column")))

    def insert_web_link(self) -> None:
        """Make a link of what is chosen; what is missing is where the cursor is then."""
        chosen = self.chosen().replace("\n", " ")
        self.put(self.textCursor(), marks.web_link(chosen))

    def begin_article_link(self) -> None:
        """Type the two brackets that offer the articles."""
        cursor = self.textCursor()
        cursor.setPosition(cursor.selectionEnd())
        self.put(cursor, marks.Edit("[[", 2, 2))

    def insert_picture(self, place: QTextCursor, markdown: str, words: str) -> None:
        """Put a picture in, with its words chosen if the cursor is still there."""
        was_here = self.textCursor().position() == place.position()
        words = marks.escaped(words)
        text = markdown.replace("![]", f"![{words}]", 1)
        if was_here:
            self.put(place, marks.Edit(text, 2, 2 + len(words)))
        else:
            place.insertText(text)

    # --- keys and mouse -----------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on with a list on Enter, and end it on a second one."""
        is_enter = event.key() in (Qt.Key_Return, Qt.Key_Enter)
        if is_enter and not event.modifiers() & ~Qt.KeypadModifier and self._continue():
            return
        super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Take text, pictures and files of pictures."""
        return bool(source.hasImage() or source.hasHtml() or super().canInsertFromMimeData(source))

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Take pictures as such and all else as plain text, unless it is too long."""
        files = _picture_files(source)
        if files:
            self.pictures_given.emit(files)
        elif source.hasImage() and not source.text().strip():
            image = source.imageData()
            if isinstance(image, QImage) and not image.isNull():
                self.pictures_given.emit([image])
        elif source.text() or len(source.html()) <= _MARKUP_LIMIT:
            self._insert_text(source.text() or _words_of(source.html()))
        else:
            self.refused.emit(
                f"That has more than {_MARKUP_LIMIT:,} characters of HTML; paste a part of it, or"
                " paste it as plain text."
            )

    # --- how ----------------------------------------------------------------------------------

    def _insert_text(self, text: str) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        length = len(text) + len(self.toPlainText()) - len(self.chosen())
        longest = max(map(len, text.splitlines()), default=0)
        if length > ARTICLE_LIMIT:
            self.refused.emit(
                f"With that the article would have {length:,} characters and at most"
                f" {ARTICLE_LIMIT:,} fit; make two articles of it."
            )
        elif longest > LINE_LIMIT:
            self.refused.emit(
                f"One line of that has {longest:,} characters and at most {LINE_LIMIT:,} fit;"
                " paste the part that matters."
            )
        else:
            self.textCursor().insertText(text)
            self.ensureCursorVisible()

    def _around(self, cursor: QTextCursor) -> tuple[str, str]:
        """Return the few characters before and after what a cursor has chosen, in its line."""
        document, near = self.document(), 4
        first = document.findBlock(cursor.selectionStart())
        last = document.findBlock(cursor.selectionEnd())
        left, right = QTextCursor(document), QTextCursor(document)
        left.setPosition(max(first.position(), cursor.selectionStart() - near))
        left.setPosition(cursor.selectionStart(), QTextCursor.KeepAnchor)
        right.setPosition(cursor.selectionEnd())
        end = min(last.position() + last.length() - 1, cursor.selectionEnd() + near)
        right.setPosition(end, QTextCursor.KeepAnchor)
        return left.selectedText(), right.selectedText()

    def _is_between(self, cursor: QTextCursor, mark: str) -> bool:
        before, after = self._around(cursor)
        return bool(before.endswith(mark) and after.startswith(mark))

    def _whole_lines(self) -> QTextCursor:
        """Return a cursor that has chosen the whole of the chosen lines."""
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        last = self.document().findBlock(end)
        if end > start and end == last.position():
            # A selection that ends where a line begins does not mean that line.
            last = last.previous()
        cursor.setPosition(self.document().findBlock(start).position())
        cursor.setPosition(last.position() + last.length() - 1, QTextCursor.KeepAnchor)
        return cursor

    def _continue(self) -> bool:
        """Go on with a list or quotation. Returns whether the cursor is in one."""
        cursor = self.textCursor()
        if cursor.hasSelection() or not cursor.atBlockEnd() or self.is_in_code():
            return False
        lead = marks.continued(cursor.block().text())
        if lead is None:
            return False
        cursor.beginEditBlock()
        if lead:
            cursor.insertText(f"\n{lead}")
        else:
            cursor.movePosition(QTextCursor.StartOfBlock, QTextCursor.KeepAnchor)
            cursor.removeSelectedText()
        cursor.endEditBlock()
        self.setTextCursor(cursor)
        self.ensureCursorVisible()
        return True


def _picture_files(source: QMimeData) -> list[Path]:
    """Return the files of pictures on this computer; addresses elsewhere are only text."""
    paths = [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.casefold() in _PICTURES]


def _words_of(markup: str) -> str:
    """Return the words of HTML that came without its plain text; nothing of it is loaded."""
    import nh3

    return html.unescape(nh3.clean(markup, tags=set()))
