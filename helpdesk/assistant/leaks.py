# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes out of a model's text what it was told, so that no draft recites the assistant's rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

_IN_A_ROW = 8
"""So many words of an instruction in its order are no chance."""
_WORD = re.compile(r"[^\W_]+")


class Instructions:
    """What a model was told for one question: the prompt's own words and the name of its blocks."""

    def __init__(self, told: str, nonce: str) -> None:
        """Bind to the prompt as it is shipped, without what is filled in."""
        self._nonce = nonce
        self._told = set(_runs(told))

    def stand_in(self, text: str) -> bool:
        """Whether a text recites what was told."""
        if self._nonce and self._nonce in text.casefold():
            return True
        return any(run in self._told for run in _runs(text))

    def taken_out_of(self, text: str) -> str:
        """Return a text without the lines that recite what was told."""
        if not self.stand_in(text):
            return text
        kept = "\n".join(line for line in text.split("\n") if not self.stand_in(line))
        # Recited over a line break: then there is no telling where it begins.
        return "" if self.stand_in(kept) else kept.strip()


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return (tuple(words[at : at + _IN_A_ROW]) for at in range(len(words) - _IN_A_ROW + 1))
