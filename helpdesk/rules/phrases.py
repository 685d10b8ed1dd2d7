# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pieces of sentences that several kinds of words about rules are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOBODY = "nobody"
_MOST_NAMED = 5


def listed(parts: Sequence[str], last: str) -> str:
    """Return 'a, b and c', with ``last`` before the last one."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def people_told(names: Iterable[str]) -> str:
    """Return some people by name, of very many only the first."""
    all_names = list(names)
    shown, more = all_names[:_MOST_NAMED], len(all_names) - _MOST_NAMED
    return listed([*shown, f"{more:,} others"] if more > 1 else all_names, "and")


def counted(number: int, unit: str) -> str:
    """Return '1 ticket' or '3 tickets'."""
    return f"{number:,} {unit}" + ("" if number == 1 else "s")


def inside(sentence: str) -> str:
    """Return a sentence as it stands within another one."""
    return sentence[:1].lower() + sentence[1:]


def begun(sentence: str) -> str:
    """Return a sentence with a capital at its beginning."""
    return sentence[:1].upper() + sentence[1:]
