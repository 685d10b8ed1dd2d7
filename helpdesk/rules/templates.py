# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills in what a rule writes: {number}, {subject} and so on, by plain replacement."""

from __future__ import annotations

import re
from collections.abc import Mapping

WORDS = ("number", "subject", "priority", "status", "requester", "assignee", "due")
"""What can stand in braces; everything else in braces stays as it was typed."""

_WORD = re.compile("{(" + "|".join(WORDS) + ")}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its words replaced, once: what is put in is not looked at again."""
    return _WORD.sub(lambda found: values.get(found[1], found[0]), text)
