# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the number of a ticket as people write it, in one way for lists, queries and the trash."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"\s*(hd[\s-]?|#)?(\d{1,18})\s*", re.IGNORECASE)


def number_in(text: str, *, marked: bool) -> int | None:
    """Return the number that a text is, such as "HD-12", "hd 12", "HD12" or "#12".

    ``marked`` says that digits alone are a word like others. ``None`` is no number; no number that
    is returned is larger than databases hold, and 0 is that of no ticket.
    """
    match = _NUMBER.fullmatch(text)
    if match is None or (marked and not match[1]):
        return None
    return int(match[2])
