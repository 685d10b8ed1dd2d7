# SPDX-License-Identifier: GPL-3.0-or-later
"""Places in Qt's texts, which are counted in UTF-16, where Python counts characters."""

from __future__ import annotations


def utf16_length(text: str) -> int:
    """Return how long Qt takes a text to be."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)
