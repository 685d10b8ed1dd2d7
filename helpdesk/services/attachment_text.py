# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what text files say, for the search alone; nothing but text is ever decoded.

Pictures, archives and documents are left alone: what is packed to grow without end, or made to
trouble whatever reads it, troubles nobody here.
"""

from __future__ import annotations

import codecs
import re

from helpdesk.core.text import storable

READ_BYTES = 200 * 1024
"""So much from the beginning of a text is found by the search."""

_ENDINGS = (".txt", ".csv", ".md", ".log", ".json", ".xml", ".eml")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ENCODED_LINE = re.compile(r"[A-Za-z0-9+/=]{60,}")
"""Of mails: what is attached to them in Base64 says nothing."""


def is_text(name: str) -> bool:
    """Return whether a file is one of text, by its name."""
    return name.casefold().endswith(_ENDINGS)


def text_of(name: str, beginning: bytes) -> str:
    """Return what a file says as far as the search finds it; empty for all but text files."""
    if not is_text(name):
        return ""
    text = _decoded(beginning[:READ_BYTES])
    if name.casefold().endswith(".eml"):
        text = _ENCODED_LINE.sub(" ", text)
    return storable(text)


def said_by(name: str, beginning: bytes) -> str:
    """Return what the search finds a file by: its name, and its text on the lines that follow."""
    text = text_of(name, beginning)
    return f"{name}\n{text}" if text else name


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            # What is cut in the midst of a character, or is none, becomes a sign of its own.
            return data[len(mark) :].decode(encoding, "replace")
    if b"\0" in data:
        return ""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
