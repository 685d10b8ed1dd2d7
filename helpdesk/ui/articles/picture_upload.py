# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a picture ready for an article: of a kind and of a size that the desk takes."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from PyQt5.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PyQt5.QtGui import QImage, QImageReader, QImageWriter

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.articles import IMAGE_BYTES_LIMIT

LONGEST_SIDE: Final = 2560
_MOST_PIXELS: Final = 60_000_000
"""A picture takes four bytes for each while it is made smaller, however small its file is."""
_MOST_FILE_BYTES: Final = 60 * 1024 * 1024
_SMALLER: Final = 0.75
_JPEG_QUALITY: Final = 85
_KINDS: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
)
_GIF_HEADER: Final = 10
_KEPT: Final = frozenset({"png", "jpeg", "gif", "webp"})
_NO_PICTURE: Final = "{name} is no picture that an article can show; take PNG, JPEG, GIF or WebP."


class Picture(NamedTuple):
    """Bytes to store, words to show in their place, and what was done to them, if anything."""

    data: bytes
    words: str
    notice: str


def prepared(source: QImage | Path) -> Picture:
    """Return a picture as an article can have it. Raises ``Invalid`` with the remedy.

    The bytes of a file stay as they are where that is possible: encoding anew loses something.
    """
    if isinstance(source, QImage):
        _refuse_huge(source.size(), "The picture")
        return _encoded(source, "picture")
    data = _read(source)
    kind = _kind_of(data)
    if kind is None:
        raise Invalid(_NO_PICTURE.format(name=source.name))
    words = " ".join(source.stem.replace("_", " ").replace("-", " ").split()) or "picture"
    size = _size_of(data, kind)
    _refuse_huge(size, source.name)
    fits = size.isValid() and max(size.width(), size.height()) <= LONGEST_SIDE
    if kind in _KEPT and fits and len(data) <= IMAGE_BYTES_LIMIT:
        return Picture(data, words, "")
    return _encoded(_decoded(data, kind, source.name), words)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_FILE_BYTES + 1)
    except OSError as error:
        raise Invalid(f"{path.name} cannot be read ({error.strerror}).") from error
    if len(data) > _MOST_FILE_BYTES:
        raise Invalid(f"{path.name} is too large; make it smaller and try again.")
    return data


def _kind_of(data: bytes) -> str | None:
    """Return the kind of a picture by its first bytes, whatever its file is called."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for start, kind in _KINDS if data.startswith(start)), None)


def _reader(data: bytes, kind: str) -> tuple[QImageReader, QBuffer]:
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.ReadOnly)
    reader = QImageReader(buffer, QByteArray(kind.encode()))
    reader.setDecideFormatFromContent(False)
    reader.setAutoTransform(True)
    return reader, buffer


def _size_of(data: bytes, kind: str) -> QSize:
    """Return how large a picture is without decoding it; not valid where nobody can tell."""
    if kind == "gif" and len(data) >= _GIF_HEADER:
        # Qt looks at the whole of it, and makes room for what it promises.
        return QSize(*(int.from_bytes(data[at : at + 2], "little") for at in (6, 8)))
    reader, _buffer = _reader(data, kind)
    return reader.size()


def _refuse_huge(size: QSize, name: str) -> None:
    if size.width() * size.height() > _MOST_PIXELS:
        raise Invalid(
            f"{name} has {size.width():,} × {size.height():,} pixels;"
            " make it smaller and try again."
        )


def _decoded(data: bytes, kind: str, name: str) -> QImage:
    reader, _buffer = _reader(data, kind)
    image = reader.read()
    if image.isNull():
        raise Invalid(f"{name} is damaged and cannot be shown; save it anew and try again.")
    return image


def _encoded(image: QImage, words: str) -> Picture:
    before = image.size()
    if max(before.width(), before.height()) > LONGEST_SIDE:
        image = _scaled(image, LONGEST_SIDE)
    data = _bytes_of(image, "png")
    while len(data) > IMAGE_BYTES_LIMIT:
        if not image.hasAlphaChannel():
            data = _bytes_of(image, "jpeg")
        if len(data) > IMAGE_BYTES_LIMIT:
            image = _scaled(image, int(max(image.width(), image.height()) * _SMALLER))
            data = _bytes_of(image, "png")
    return Picture(data, words, "" if image.size() == before else _notice(before, image.size()))


def _notice(before: QSize, after: QSize) -> str:
    return (
        f"The picture was made smaller to fit, from {before.width():,} × {before.height():,}"
        f" to {after.width():,} × {after.height():,} pixels."
    )


def _scaled(image: QImage, longest: int) -> QImage:
    return image.scaled(longest, longest, Qt.KeepAspectRatio, Qt.SmoothTransformation)


def _bytes_of(image: QImage, kind: str) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind.encode()))
    if kind == "jpeg":
        writer.setQuality(_JPEG_QUALITY)
    if not writer.write(image):
        raise Invalid("The picture cannot be encoded; save it as a PNG file and drop that.")
    return bytes(data)
