# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check of a desk says, the same for each kind of database: one line with the remedy."""

from __future__ import annotations

from collections.abc import Sequence

RESTORE = "restore the last backup with: helpdesk restore FILE."
REPAIR = "mend it with: helpdesk check-db --repair."
NOT_FOUND = "The search does not find {which}; " + REPAIR
GONE = "The search finds {which}, which no longer exists; " + REPAIR
OTHER_WORDS = "The search finds other words than those of {which}; " + REPAIR

TICKET, ARTICLE = "HD", "KB"
"""How the numbers of each begin."""
_NAMED = 5


def told(sentence: str, ids: Sequence[int], sign: str = TICKET) -> list[str]:
    """Return what is wrong with some tickets or articles, or nothing where there are none."""
    return [sentence.format(which=_which(ids, sign))] if ids else []


def _which(ids: Sequence[int], sign: str) -> str:
    """Return the first numbers and how many more there are."""
    numbers = ", ".join(f"{sign}-{id_}" for id_ in ids[:_NAMED])
    more = len(ids) - _NAMED
    return f"{numbers} and {more:,} more" if more > 0 else numbers
