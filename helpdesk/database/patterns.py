# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes patterns for LIKE of what somebody typed, in which no sign means anything but itself."""

from __future__ import annotations

ESCAPE = "\\"
"""What the database has to be told stands before such signs."""


def escaped(word: str) -> str:
    """Return a word as a part of a pattern."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def starting(word: str) -> str:
    """Return the pattern of what begins with a word."""
    return escaped(word) + "%"


def holding(word: str) -> str:
    """Return the pattern of what has a word anywhere."""
    return f"%{escaped(word)}%"
