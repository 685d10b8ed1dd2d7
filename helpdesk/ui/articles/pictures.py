# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes pictures of articles out of their bytes, off the main thread and within bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PyQt5.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt
from PyQt5.QtGui import QImage, QImageReader, QPainter

from helpdesk.core.schemas.articles import ImageView
from helpdesk.ui import theme

MOST_PIXELS: Final = 40_000_000
"""A small file can claim to be far larger than memory: such a one is not decoded at all."""
_WIDEST, _HIGHEST = 1600, 8000
_FORMATS: Final = frozenset({b"png", b"jpeg", b"jpg", b"gif", b"webp"})
"""Not SVG, for one: that is a document which can name files of its own."""
_PLACEHOLDER = QSize(240, 64)


def fetched(fetch: Callable[[int], ImageView], image_id: int) -> QImage | None:
    """Return a picture of the desk, or ``None`` for bytes that are none; for a thread."""
    return decoded(fetch(image_id).data)


def decoded(data: bytes) -> QImage | None:
    """Return the picture of some bytes, no larger than a window needs, or ``None``."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if bytes(reader.format()) not in _FORMATS or not size.isValid():
        return None
    if size.width() * size.height() > MOST_PIXELS:
        return None
    share = min(1.0, _WIDEST / size.width(), _HIGHEST / size.height())
    if share < 1.0:
        reader.setScaledSize((QSize(size) * share).expandedTo(QSize(1, 1)))
    image = reader.read()
    return None if image.isNull() else image


def fitted(image: QImage, width: int, ratio: float) -> QImage:
    """Return a picture for a place so wide, on a screen with ``ratio`` dots to a pixel."""
    if image.width() <= width:
        return image
    dots = min(round(width * ratio), image.width())
    shown = image.scaledToWidth(dots, Qt.SmoothTransformation)
    shown.setDevicePixelRatio(dots / width)
    return shown


def placeholder(text: str = "") -> QImage:
    """Return what stands in the place of a picture that is not there, with a word on why."""
    look = theme.current()
    image = QImage(_PLACEHOLDER, QImage.Format_ARGB32_Premultiplied)
    image.fill(look.colour("skeleton"))
    with QPainter(image) as painter:
        painter.setPen(look.colour("text"))
        painter.setFont(look.font("body"))
        place = QRect(0, 0, _PLACEHOLDER.width(), _PLACEHOLDER.height())
        painter.drawText(place, int(Qt.AlignCenter | Qt.TextWordWrap), text)
    return image


def nothing() -> QImage:
    """Return a picture of nothing: with none at all Qt would look for a file."""
    image = QImage(1, 1, QImage.Format_ARGB32)
    image.fill(Qt.transparent)
    return image
