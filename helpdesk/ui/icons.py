# SPDX-License-Identifier: GPL-3.0-or-later
"""The program's icons by their own names, drawn in the colours of the theme in use.

The glyphs are Phosphor's, out of the font that QtAwesome carries. Only that file is read: importing
QtAwesome with all its fonts takes 50 ms, which no first window should wait for.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from PyQt5.QtCore import QPoint, QRect, QSize, Qt
from PyQt5.QtGui import QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from helpdesk.ui import theme

_GLYPHS: Final = {
    "add": "plus",
    "alert": "warning-circle",
    "article": "article",
    "assign": "user-plus",
    "assistant": "sparkle",
    "attach": "paperclip",
    "bell": "bell",
    "bell_off": "bell-slash",
    "bell_urgent": "bell-ringing",
    "beside": "square-half",
    "board": "columns",
    "bold": "text-bolder",
    "bullets": "list-bullets",
    "calendar": "calendar-blank",
    "chat": "chat-circle-dots",
    "check": "check",
    "clock": "clock",
    "close": "x",
    "code": "code",
    "copy": "copy",
    "dashboard": "squares-four",
    "delete": "trash",
    "down": "caret-down",
    "download": "download-simple",
    "edit": "pencil-simple",
    "escalate": "arrow-fat-lines-up",
    "eye": "eye",
    "eye_off": "eye-slash",
    "face_1": "smiley-x-eyes",
    "face_2": "smiley-sad",
    "face_3": "smiley-meh",
    "face_4": "smiley",
    "face_5": "smiley-wink",
    "filter": "funnel-simple",
    "handle": "dots-six-vertical",
    "heading": "text-h",
    "history": "clock-counter-clockwise",
    "image": "image",
    "info": "info",
    "italic": "text-italic",
    "key": "key",
    "keyboard": "keyboard",
    "knowledge": "book-open",
    "left": "caret-left",
    "link": "link-simple",
    "list": "list",
    "lock": "lock-simple",
    "mail": "envelope-simple",
    "manage": "tray",
    "moon": "moon",
    "more": "dots-three",
    "no": "thumbs-down",
    "note": "note-pencil",
    "numbers": "list-numbers",
    "pause": "pause",
    "person": "user",
    "play": "play",
    "quote": "quotes",
    "refresh": "arrows-clockwise",
    "reply": "arrow-bend-up-left",
    "reports": "chart-bar",
    "right": "caret-right",
    "save": "floppy-disk",
    "screenshot": "camera",
    "search": "magnifying-glass",
    "send": "paper-plane-right",
    "server": "hard-drives",
    "settings": "gear-six",
    "sign_out": "sign-out",
    "sort": "sort-ascending",
    "star": "star",
    "stop": "stop-circle",
    "submit": "plus-circle",
    "sun": "sun",
    "table": "table",
    "tag": "tag",
    "team": "users-three",
    "tickets": "ticket",
    "undo": "arrow-counter-clockwise",
    "up": "caret-up",
    "users": "users",
    "yes": "thumbs-up",
}
NAMES: Final = tuple(_GLYPHS)
"""Every icon there is."""


@cache
def icon(name: str, token: str = "muted") -> QIcon:  # noqa: S107 -- a colour's name
    """Return an icon of the table in a token's colour; it follows the theme by itself.

    Raises:
        KeyError: the table has no such name.
    """
    return QIcon(_Glyph(_GLYPHS[name], token))


def paint_icon(painter: QPainter, rect: QRect, name: str, token: str) -> None:
    """Paint an icon into a square, for delegates and painted controls."""
    _paint(painter, rect, _GLYPHS[name], token)


class _Glyph(QIconEngine):
    """Draws one glyph; the colour is asked for at each drawing."""

    def __init__(self, glyph: str, token: str) -> None:
        super().__init__()
        self._glyph = glyph
        self._token = token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        _paint(painter, rect, self._glyph, "disabled" if mode == QIcon.Disabled else self._token)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        if size.isEmpty():
            # A button that is being squeezed to nothing asks for this.
            return pixmap
        pixmap.fill(Qt.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _Glyph(self._glyph, self._token)


def _paint(painter: QPainter, rect: QRect, glyph: str, token: str) -> None:
    family, characters = _font()
    font = QFont(family)
    font.setPixelSize(max(1, min(rect.width(), rect.height())))
    font.setHintingPreference(QFont.PreferNoHinting)
    painter.save()
    painter.setRenderHint(QPainter.TextAntialiasing)
    painter.setFont(font)
    painter.setPen(theme.current().colour(token))
    painter.drawText(rect, int(Qt.AlignCenter), characters[glyph])
    painter.restore()


@cache
def _font() -> tuple[str, dict[str, str]]:
    """Return the family of the icon font and its characters by glyph name."""
    package = find_spec("qtawesome")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("QtAwesome is missing; install the program again.")
    folder = Path(package.origin).parent / "fonts"
    added = QFontDatabase.addApplicationFont(str(next(folder.glob("phosphor-*.ttf"))))
    codes = json.loads(next(folder.glob("phosphor-charmap-*.json")).read_text(encoding="utf-8"))
    wanted = {glyph: chr(int(codes[glyph], 16)) for glyph in _GLYPHS.values()}
    return QFontDatabase.applicationFontFamilies(added)[0], wanted
