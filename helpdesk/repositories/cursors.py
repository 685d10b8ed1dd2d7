# SPDX-License-Identifier: GPL-3.0-or-later
"""Cursors: where the next page of a list begins, opaque to callers."""

from __future__ import annotations

import base64
import binascii
import json

from helpdesk.core.errors import Invalid
from helpdesk.core.text import storable

Key = tuple[int | str, ...]

_LONGEST = 20_000


def encoded(key: Key) -> str:
    """Return a cursor for the sort key of the last row of a page."""
    return (
        base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")
    )


def decoded(cursor: str, kinds: tuple[type, ...]) -> Key:
    """Return the sort key. Raises ``Invalid`` for anything ``encoded`` did not make."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError("too long")
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        if not isinstance(key, list) or [type(part) for part in key] != list(kinds):
            raise ValueError("not a key")
        if any(isinstance(part, int) and abs(part) >= 2**63 for part in key):
            raise ValueError("out of range")
        if any(isinstance(part, str) and part != storable(part) for part in key):
            raise ValueError("not storable")
    except (ValueError, binascii.Error, UnicodeError, RecursionError) as error:
        raise Invalid("The list has changed; load it again from the start.") from error
    return tuple(key)
