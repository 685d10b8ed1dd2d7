# SPDX-License-Identifier: GPL-3.0-or-later
"""How figures of the assistant are said."""

from __future__ import annotations

from collections.abc import Iterable

NONE = "–"


def duration(milliseconds: int | None) -> str:
    """Say a length of time: "350 ms", "1.2 s", "104 s"."""
    if milliseconds is None:
        return NONE
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    seconds = milliseconds / 1_000
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:,.0f} s"


def span(lengths: Iterable[int | None]) -> str:
    """Say the shortest and the longest of some lengths of time: "0.4 s to 1.2 s"."""
    known = sorted(length for length in lengths if length is not None)
    if not known:
        return NONE
    ends = dict.fromkeys((duration(known[0]), duration(known[-1])))
    return " – ".join(ends)


def count(number: int | None) -> str:
    """Say a number: "1,204"."""
    return NONE if number is None else f"{number:,}"


def share(part: int, whole: int) -> str:
    """Say a part of a whole: "12%", and of little "< 1%" rather than nothing."""
    if not whole:
        return NONE
    return "< 1%" if 0 < part < whole / 100 else f"{part / whole:.0%}"


def counted(number: int, one: str, more: str) -> str:
    """Say a number with its noun: "1 ticket", "1,204 tickets"."""
    return f"{number:,} {one if number == 1 else more}"
