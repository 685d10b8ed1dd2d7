# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses JSON that would cost far more to read than to send, before it is read."""

from __future__ import annotations

import re

from helpdesk.core.errors import Invalid, Malformed, TooLarge

DEEPEST = 64
MOST_PARTS = 5_000

# A string that does not end reaches to the end: looking for its end again from each quotation
# mark within would take the square of the length.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_UNSTORABLE = "The text holds characters that cannot be stored; type it again."


def require_readable(body: bytes) -> None:
    """Raise for JSON with too many levels or parts, or with text that no database can keep.

    Raises ``Malformed``, ``TooLarge`` or ``Invalid``.
    """
    if b"\\u0000" in body and _NUL.search(body):
        raise Invalid(_UNSTORABLE)
    if _opened(body) <= DEEPEST and _parts(body) <= MOST_PARTS:
        return
    # Only now what people wrote is told from what holds it together.
    bare = _STRING.sub(b"", body)
    if _parts(bare) > MOST_PARTS:
        raise TooLarge(f"The request may have at most {MOST_PARTS:,} parts; send less at once.")
    _require_shallow(bare)


def _opened(body: bytes) -> int:
    return body.count(b"[") + body.count(b"{")


def _parts(body: bytes) -> int:
    return body.count(b",") + body.count(b":") + _opened(body)


def _require_shallow(bare: bytes) -> None:
    depth = 0
    for bracket in _BRACKET.finditer(bare):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > DEEPEST:
            raise Malformed(f"The request is nested more than {DEEPEST} levels deep.")


def unstorable() -> Invalid:
    """Return the error for text that no database can keep."""
    return Invalid(_UNSTORABLE)
