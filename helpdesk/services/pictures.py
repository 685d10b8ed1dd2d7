# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at pictures of people by their bytes alone: nothing is ever decoded on a server.

What is kept is what a picture needs and nothing else, so that neither a place nor a comment that a
camera wrote, nor anything packed to grow without end, reaches the desk.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Iterator

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.accounts import LARGEST_PICTURE, PICTURE_SIDE

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_AROUND = 12
"""Bytes of a part besides what is in it: its length, its name and its sum."""
_NOT_BASE64 = "The picture cannot be read; choose another."
_NOT_PNG = "A picture is kept as PNG; choose a PNG or JPEG file."
_TOO_LARGE = f"A picture has at most {LARGEST_PICTURE // 1024} KB; choose a smaller one."
_TOO_WIDE = f"A picture has at most {PICTURE_SIDE} by {PICTURE_SIDE} pixels; choose a smaller one."
_BROKEN = "The picture is damaged; choose another."


def checked_png(text: str) -> bytes:
    """Return a picture, given in Base64, as it is kept. Raises ``Invalid``."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refusal(_NOT_BASE64) from error
    if len(data) > LARGEST_PICTURE:
        raise _refusal(_TOO_LARGE)
    if not data.startswith(_SIGNATURE):
        raise _refusal(_NOT_PNG)
    parts = list(_parts(data))
    names = [name for name, _ in parts]
    whole = names.count(b"IHDR") == names.count(b"IEND") == 1 and b"IDAT" in names
    if not whole or names[0] != b"IHDR" or names[-1] != b"IEND":
        raise _refusal(_BROKEN)
    _require_small(parts[0][1])
    return _SIGNATURE + b"".join(part for name, part in parts if name in _KEPT)


def _require_small(head: bytes) -> None:
    """Raise ``Invalid`` for a head that promises more pixels than are kept."""
    inside = head[8:-4]
    if len(inside) != struct.calcsize(">IIBBBBB"):
        raise _refusal(_BROKEN)
    width, height = struct.unpack_from(">II", inside)
    if not 1 <= width <= PICTURE_SIDE or not 1 <= height <= PICTURE_SIDE:
        raise _refusal(_TOO_WIDE)


def _parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Return the parts of a PNG with their names. Raises ``Invalid`` where one is damaged."""
    place = len(_SIGNATURE)
    while place < len(data):
        if place + _AROUND > len(data):
            raise _refusal(_BROKEN)
        (length,) = struct.unpack_from(">I", data, place)
        end = place + _AROUND + length
        if end > len(data):
            raise _refusal(_BROKEN)
        part = data[place:end]
        if struct.unpack(">I", part[-4:])[0] != zlib.crc32(part[4:-4]):
            raise _refusal(_BROKEN)
        yield part[4:8], part
        place = end


def _refusal(sentence: str) -> Invalid:
    return Invalid(sentence, field="data")
