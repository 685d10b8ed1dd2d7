# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what was refused of many tickets, and keeps no more of it than somebody would read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from helpdesk.core.schemas.deeds import Refusal

MOST_KEPT = 500


class Refusals:
    """How many tickets were left, for which reasons, and the first of them."""

    def __init__(self, refused: Iterable[Refusal] = ()) -> None:
        """Begin with these."""
        self.kept: list[Refusal] = []
        """The first of all."""
        self.count = 0
        self._reasons: Counter[str] = Counter()
        self.add(refused)

    def __len__(self) -> int:
        """Return how many tickets were left, kept or not."""
        return self.count

    def add(self, refused: Iterable[Refusal]) -> None:
        """Count some more."""
        for each in refused:
            self.count += 1
            # A reason may name its ticket, so that there may be as many reasons as tickets.
            if each.sentence in self._reasons or len(self._reasons) < MOST_KEPT:
                self._reasons[each.sentence] += 1
            if len(self.kept) < MOST_KEPT:
                self.kept.append(each)

    @property
    def sentence(self) -> str:
        """The first reason, empty where nothing was refused."""
        return self.kept[0].sentence if self.kept else ""

    @property
    def words(self) -> str:
        """Each reason once, with the numbers of its tickets as far as they are kept."""
        numbers: dict[str, list[str]] = {sentence: [] for sentence in self._reasons}
        for each in self.kept:
            numbers[each.sentence].append(f"HD-{each.ticket_id}")
        said = [
            f"{sentence}\n{_tickets(numbers[sentence], count)}"
            for sentence, count in self._reasons.items()
        ]
        others = self.count - self._reasons.total()
        return "\n\n".join([*said, *([f"{others:,} more for other reasons"] if others else [])])


def _tickets(numbers: list[str], count: int) -> str:
    more = count - len(numbers)
    if not numbers:
        return f"{count:,} {'ticket' if count == 1 else 'tickets'}"
    return ", ".join(numbers) + (f" and {more:,} more" if more else "")
