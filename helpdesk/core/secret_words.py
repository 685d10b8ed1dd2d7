# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in words which secrets stand in a text and where, and what of it stands elsewhere too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from helpdesk.core.secret_shapes import Span, is_card_number, is_key, is_private_key, secrets_in

LONGEST_LOOKED_AT: Final = 50_000
"""A text is looked at as people write it; a log that is longer is looked at in its beginning."""
SHORTEST_PASSAGE: Final = 40
_SHOWN_BEFORE, _SHOWN_OF = 32, 2
_BLANKS = re.compile(r"\s+")


class Secret(NamedTuple):
    """A secret in a text."""

    what: str
    line: int
    shown: str
    """The words before it and its beginning; the rest is hidden here, too."""


def secrets_of(text: str) -> tuple[Secret, ...]:
    """Return the secrets in a text, in their order."""
    looked_at = text[:LONGEST_LOOKED_AT]
    spans = secrets_in(looked_at)
    ends = (0, *(span.end for span in spans))
    return tuple(_secret(looked_at, span, end) for span, end in zip(spans, ends, strict=False))


def common_passage(text: str, other: str) -> str:
    """Return the longest passage that two texts share, or nothing where it is short.

    Blanks and line breaks count as one blank each, since quoting changes them.
    """
    one, two = _plain(text), _plain(other)
    if min(len(one), len(two)) < SHORTEST_PASSAGE:
        return ""
    places: dict[str, list[int]] = {}
    for at in range(len(two) - SHORTEST_PASSAGE + 1):
        places.setdefault(two[at : at + SHORTEST_PASSAGE], []).append(at)
    best, start = "", 0
    while start <= len(one) - SHORTEST_PASSAGE:
        found = places.get(one[start : start + SHORTEST_PASSAGE], ())
        length = max((_common(one[start:], two[at:]) for at in found[:8]), default=0)
        if length > len(best):
            best = one[start : start + length]
        start += max(1, length - SHORTEST_PASSAGE + 1)
    return best.strip() if len(best.strip()) >= SHORTEST_PASSAGE - 1 else ""


def quoted_from(text: str, others: Sequence[str]) -> tuple[int, str] | None:
    """Return which of some texts is quoted, and the passage; ``None`` where none is."""
    for place, other in enumerate(others):
        passage = common_passage(text, other)
        if passage:
            return place, passage
    return None


def _secret(text: str, span: Span, hidden_until: int) -> Secret:
    value = text[span.start : span.end]
    line = text.count("\n", 0, span.start)
    begin = max(text.rfind("\n", 0, span.start) + 1, hidden_until)
    before = text[begin : span.start]
    if len(before) > _SHOWN_BEFORE:
        before = "…" + before[-_SHOWN_BEFORE:].partition(" ")[2]
    return Secret(_what(value), line + 1, f"{before.lstrip()}{value[:_SHOWN_OF].strip()}•••")


def _what(value: str) -> str:
    if is_private_key(value):
        return "a private key"
    if is_card_number(value):
        return "the number of a card"
    return "a key or token" if is_key(value) else "a password or code"


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", text[:LONGEST_LOOKED_AT].replace("\n>", "\n")).strip()


def _common(one: str, two: str) -> int:
    length = 0
    for first, second in zip(one, two, strict=False):
        if first != second:
            break
        length += 1
    return length
