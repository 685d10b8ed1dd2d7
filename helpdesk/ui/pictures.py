# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of people: read off the main thread, kept for a while, made small before they are sent.

What comes from others is decoded only after its size was looked at: a small file can hold a picture
that takes all memory there is.
"""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from PyQt5 import sip
from PyQt5.QtCore import QBuffer, QByteArray, QIODevice, QObject, QPoint, QRect, QSize, Qt
from PyQt5.QtGui import QImage, QImageReader
from PyQt5.QtWidgets import QWidget

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.accounts import LARGEST_PICTURE, PICTURE_SIDE

if TYPE_CHECKING:
    from helpdesk.ui.desktop import Desktop

SUFFIXES: Final = ("png", "jpg", "jpeg")
_FORMATS: Final = (b"png", b"jpeg")
_LARGEST_FILE = 20 * 1024 * 1024
_MOST_PIXELS = 30_000_000
_SHOWN_SIDE = 128
_KEPT = 300
_NOT_READABLE = "This file is no PNG or JPEG picture that can be read; choose another."
_FILE_TOO_LARGE = "A file of more than 20 MB is not read; choose a smaller picture."
_TOO_MANY_PIXELS = "A picture of more than 30 megapixels is not read; choose a smaller one."


class _Shown(NamedTuple):
    """What shows somebody, and how it is given their picture."""

    widget: QWidget
    set_picture: Callable[[QImage | None], object]


class Pictures(QObject):
    """What people look like, as far as somebody has asked for it."""

    def __init__(self) -> None:
        """Know nobody yet."""
        super().__init__()
        self._known: OrderedDict[int, QImage | None] = OrderedDict()
        self._waiting: set[int] = set()
        self._shown: dict[int, list[_Shown]] = {}
        self._listens = False

    def show(
        self,
        desktop: Desktop,
        person_id: int,
        widget: QWidget,
        set_picture: Callable[[QImage | None], object],
    ) -> None:
        """Show the picture of a person once it is there; until then, and without one, initials."""
        if not self._listens:
            self._listens = True
            desktop.feed.changed.connect(partial(self._on_changed, desktop))
        self._leave(widget)
        self._shown.setdefault(person_id, []).append(_Shown(widget, set_picture))
        set_picture(self._known.get(person_id))
        if person_id not in self._known:
            self._load(desktop, person_id)

    def _leave(self, widget: QWidget) -> None:
        for person_id in list(self._shown):
            left = [
                each
                for each in self._shown[person_id]
                if not sip.isdeleted(each.widget) and each.widget is not widget
            ]
            if left:
                self._shown[person_id] = left
            else:
                del self._shown[person_id]

    def _load(self, desktop: Desktop, person_id: int) -> None:
        if person_id in self._waiting:
            return
        self._waiting.add(person_id)
        job = desktop.background.run(self, read_picture, desktop.desk, person_id)
        job.then(partial(self._on_read, person_id)).failed(lambda _: None)
        job.finally_(lambda: self._waiting.discard(person_id))

    def _on_read(self, person_id: int, picture: QImage | None) -> None:
        self._known[person_id] = picture
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        for each in self._shown.get(person_id, ()):
            if not sip.isdeleted(each.widget):
                each.set_picture(picture)

    def _on_changed(self, desktop: Desktop, kind: str, ids: tuple[int, ...]) -> None:
        if kind != "picture":
            return
        for person_id in ids or tuple(self._known):
            self._known.pop(person_id, None)
            if person_id in self._shown:
                self._load(desktop, person_id)


def read_picture(desk: HelpDesk, person_id: int) -> QImage | None:
    """Return somebody's picture as large as it is shown, or nothing; for a thread of the pool."""
    data = base64.b64decode(desk.profiles.picture(person_id).data)
    if not data:
        return None
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.ReadOnly)
    reader = QImageReader(buffer, b"png")
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > PICTURE_SIDE:
        return None
    picture = reader.read()
    if picture.isNull():
        return None
    return picture.scaled(_SHOWN_SIDE, _SHOWN_SIDE, Qt.IgnoreAspectRatio, Qt.SmoothTransformation)


def picture_of_file(path: Path) -> str:
    """Return a file's picture as it is kept, in Base64. Raises ``Invalid``.

    For a thread of the pool; the file is decoded there, never on the desk.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise Invalid(_FILE_TOO_LARGE)
    except OSError as error:
        raise Invalid(_NOT_READABLE) from error
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    size = reader.size()
    if bytes(reader.format().data()) not in _FORMATS or not size.isValid():
        raise Invalid(_NOT_READABLE)
    if size.width() * size.height() > _MOST_PIXELS:
        raise Invalid(_TOO_MANY_PIXELS)
    side = min(size.width(), size.height())
    if side > PICTURE_SIDE:
        # JPEG is read at about this size, without ever being there in full.
        reader.setScaledSize(size.scaled(PICTURE_SIDE, PICTURE_SIDE, Qt.KeepAspectRatioByExpanding))
    picture = reader.read()
    if picture.isNull():
        raise Invalid(_NOT_READABLE)
    return kept_picture(picture)


def kept_picture(picture: QImage) -> str:
    """Return the middle of a picture as it is kept: a small square as PNG, in Base64."""
    side = min(picture.width(), picture.height())
    if side < 1:
        raise Invalid(_NOT_READABLE)
    corner = QPoint((picture.width() - side) // 2, (picture.height() - side) // 2)
    square = picture.copy(QRect(corner, QSize(side, side)))
    if side > PICTURE_SIDE:
        wanted = QSize(PICTURE_SIDE, PICTURE_SIDE)
        square = square.scaled(wanted, Qt.IgnoreAspectRatio, Qt.SmoothTransformation)
    data = _png(square)
    if len(data) > LARGEST_PICTURE:
        # Clear places take a third more room.
        data = _png(square.convertToFormat(QImage.Format_RGB888))
    return base64.b64encode(data).decode()


def _png(picture: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.WriteOnly)
    picture.save(buffer, "PNG")
    return bytes(buffer.data().data())
