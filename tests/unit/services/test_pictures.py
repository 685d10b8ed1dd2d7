# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures are known by their bytes: what is no small whole PNG is refused undecoded (D03)."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest

from helpdesk.core.errors import Invalid
from helpdesk.services.pictures import checked_png

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def part(name: bytes, inside: bytes = b"") -> bytes:
    told = zlib.crc32(name + inside)
    return struct.pack(">I", len(inside)) + name + inside + struct.pack(">I", told)


def head(width: int, height: int) -> bytes:
    return part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))


PIXELS = part(b"IDAT", zlib.compress(b"\0\0"))
PNG = SIGNATURE + head(1, 1) + PIXELS + part(b"IEND")


def in_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_what_says_where_or_by_what_it_was_taken_is_left_out():
    place = part(b"eXIf", b"52.5 N 13.4 E") + part(b"zTXt", b"Comment\0\0" + zlib.compress(b"x"))
    data = SIGNATURE + head(256, 256) + place + PIXELS + part(b"tIME", b"\0" * 7) + part(b"IEND")
    assert checked_png(in_text(data)) == SIGNATURE + head(256, 256) + PIXELS + part(b"IEND")
    assert checked_png(in_text(PNG)) == PNG


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff\xe0 a JPEG is made a PNG by the window",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        SIGNATURE,
        PNG[:-1],
        PNG[:-6] + b"\0" + PNG[-5:],
        PNG + b"PK\x03\x04",
        SIGNATURE + PIXELS + head(1, 1) + part(b"IEND"),
        SIGNATURE + head(1, 1) + head(1, 1) + PIXELS + part(b"IEND"),
        SIGNATURE + head(1, 1) + part(b"IEND"),
        SIGNATURE + part(b"IHDR", b"\0\0\0\1") + PIXELS + part(b"IEND"),
        SIGNATURE + head(30_000, 30_000) + PIXELS + part(b"IEND"),
        SIGNATURE + head(257, 1) + PIXELS + part(b"IEND"),
        SIGNATURE + head(0, 1) + PIXELS + part(b"IEND"),
        SIGNATURE + head(1, 1) + struct.pack(">I", 2**31) + b"IDAT",
        SIGNATURE + head(1, 1) + part(b"IDAT", b"\0" * 262_144) + part(b"IEND"),
    ],
    ids=range(17),
)
def test_all_else_is_refused_with_a_remedy(data: bytes):
    with pytest.raises(Invalid, match="choose") as refused:
        checked_png(in_text(data))
    assert refused.value.field == "data"


@pytest.mark.parametrize("text", ["!", "é", "abc", in_text(PNG) + "\n"])
def test_what_is_no_base64_is_refused(text: str):
    with pytest.raises(Invalid, match="choose another"):
        checked_png(text)
