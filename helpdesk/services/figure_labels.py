# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of a figure are called, and in which order they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from helpdesk.core.schemas.figures import Split
from helpdesk.core.schemas.tickets import OPEN_STATUSES
from helpdesk.figures.measures import BANDS, DAYLIKE, SCORES
from helpdesk.models.base import PRIORITY_RANKS
from helpdesk.repositories.figures import Names
from helpdesk.services.figure_series import NONE, Asked, Number

_NONE_OF = {
    Split.CATEGORY: "No category",
    Split.TEAM: "No team",
    Split.TECHNICIAN: "Unassigned",
}
_GONE = "Unknown"


class Part(NamedTuple):
    """A part of a figure: what series call it, and what people do."""

    id: Any
    key: str
    label: str
    day: str | None = None


def labelled(
    asked: Asked, values: Mapping[Any, Number], others: Mapping[Any, Number], names: Names
) -> list[Part]:
    """Return the parts to show: in their own order, or the largest first."""
    fixed = list(_fixed(asked.split))
    if fixed:
        return fixed
    if asked.split in DAYLIKE:
        return [Part(each.key, each.key, each.label, each.key) for each in asked.stretches]
    called = _names_of(asked.split, names)
    parts = [
        Part(id_, str(id_), called.get(id_, _GONE) if id_ else _NONE_OF[asked.split])
        for id_ in {**values, **others}
        if values.get(id_, NONE).tickets or others.get(id_, NONE).tickets
    ]
    return sorted(parts, key=lambda part: (-(values.get(part.id, NONE).value or 0), part.label))


def _fixed(split: Split) -> Iterator[Part]:
    if split is Split.PRIORITY:
        for rank, priority in enumerate(PRIORITY_RANKS, start=1):
            yield Part(rank, priority.value, priority.label)
    if split is Split.STATUS:
        for status in OPEN_STATUSES:
            yield Part(status, status.value, status.label)
    if split is Split.AGE:
        for band in BANDS:
            yield Part(band.key, band.key, band.label)
    if split is Split.SCORE:
        for score in range(len(SCORES), 0, -1):
            yield Part(score, str(score), str(score))


def _names_of(split: Split, names: Names) -> Mapping[int, str]:
    if split is Split.CATEGORY:
        return names.categories
    return names.teams if split is Split.TEAM else names.people
