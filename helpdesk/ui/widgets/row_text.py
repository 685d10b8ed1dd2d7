# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints the words of a row: a line cut short where it does not fit, and the hits of a search."""

from __future__ import annotations

import re
from functools import lru_cache

from PyQt5.QtCore import QRect, Qt
from PyQt5.QtGui import QFontMetrics, QPainter, QTextLayout

from helpdesk.core.text import HIT_END, HIT_START
from helpdesk.ui import theme

_HIT = re.compile(f"{HIT_START}([^{HIT_END}]*){HIT_END}")
_BLANKS = re.compile(r"\s+")


def paint_line(
    painter: QPainter,
    rect: QRect,
    text: str,
    role: theme.Role,
    token: str,
    *,
    at_right: bool = False,
) -> int:
    """Draw one line, cut short where it does not fit, and return its width."""
    look = theme.current()
    font = look.font(role)
    metrics = _metrics(role, font.key())
    shown = metrics.elidedText(text, Qt.ElideRight, rect.width())
    painter.setFont(font)
    painter.setPen(look.colour(token))
    side = Qt.AlignRight if at_right else Qt.AlignLeft
    painter.drawText(rect, int(side | Qt.AlignVCenter | Qt.TextSingleLine), shown)
    return metrics.horizontalAdvance(shown)


def paint_excerpt(painter: QPainter, rect: QRect, excerpt: str, muted: str) -> None:
    """Draw where a search hit, with the words that were found on the warning's soft ground."""
    ground = theme.current().colour("warning_soft")
    metrics = _metrics("secondary", theme.current().font("secondary").key())
    place = QRect(rect)
    direction = painter.layoutDirection()
    painter.setLayoutDirection(Qt.LeftToRight)
    for position, piece in enumerate(_HIT.split(_BLANKS.sub(" ", excerpt))):
        is_hit = position % 2 == 1
        shown = metrics.elidedText(piece, Qt.ElideRight, place.width())
        if piece and not shown.rstrip("\N{HORIZONTAL ELLIPSIS}"):
            # Nothing of it can be read: neither is there a hit to be seen.
            break
        if is_hit:
            width = metrics.horizontalAdvance(shown)
            painter.fillRect(place.left(), place.top() + 1, width, place.height() - 2, ground)
        token = "ink_warning" if is_hit else muted
        place.setLeft(place.left() + paint_line(painter, place, piece, "secondary", token))
        if place.width() <= 0:
            break
    painter.setLayoutDirection(direction)


@lru_cache(maxsize=2048)
def wrapped(text: str, role: theme.Role, width: int, most: int) -> tuple[str, ...]:
    """Return a text as lines of this width, of which the last has what does not fit any more."""
    text = _BLANKS.sub(" ", text).strip()
    layout = QTextLayout(text, theme.current().font(role))
    layout.beginLayout()
    lines: list[str] = []
    while text and len(lines) < most and (line := layout.createLine()).isValid():
        line.setLineWidth(max(1, width))
        start = line.textStart()
        is_last = len(lines) == most - 1
        lines.append(text[start:] if is_last else text[start : start + line.textLength()].rstrip())
    layout.endLayout()
    return tuple(lines)


@lru_cache(maxsize=16)
def _metrics(role: theme.Role, _theme_font: str) -> QFontMetrics:
    return QFontMetrics(theme.current().font(role))
