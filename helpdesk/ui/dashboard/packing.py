# SPDX-License-Identifier: GPL-3.0-or-later
"""Where cards lie on the grid: they never overlap, none is lost, and all of them rise.

A place is four whole numbers; the position of a card in the list says which one it is, and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from helpdesk.core.schemas.dashboards import COLUMNS, MOST_CARD_ROWS, Place


class Area(NamedTuple):
    """A part of the grid."""

    column: int
    row: int
    columns: int
    rows: int

    @property
    def right(self) -> int:
        """The first column beyond it."""
        return self.column + self.columns

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.row + self.rows

    def at_row(self, row: int) -> Area:
        """Return the same, higher or lower."""
        return self._replace(row=row)


Areas = tuple[Area, ...]


def area_of(place: Place) -> Area:
    """Return a kept place as an area that lies within the grid."""
    columns = min(place.columns, COLUMNS)
    return Area(min(place.column, COLUMNS - columns), place.row, columns, place.rows)


def place_of(area: Area) -> Place:
    """Return an area as a place to keep."""
    return Place(column=area.column, row=area.row, columns=area.columns, rows=area.rows)


def overlap(one: Area, other: Area) -> bool:
    """Return whether two areas share a field."""
    return (
        one.column < other.right
        and other.column < one.right
        and one.row < other.bottom
        and other.row < one.bottom
    )


def settle(areas: Sequence[Area], first: int | None = None) -> Areas:
    """Let all cards rise, and push down those that would overlap.

    They keep their order from the top; the card ``first`` goes before those in its row.
    """
    order = sorted(
        range(len(areas)), key=lambda at: (areas[at].row, at != first, areas[at].column, at)
    )
    settled: dict[int, Area] = {}
    for at in order:
        settled[at] = _risen(areas[at], list(settled.values()))
    return tuple(settled[at] for at in range(len(areas)))


def move(areas: Sequence[Area], which: int, column: int, row: int) -> Areas:
    """Put a card elsewhere; the others make room."""
    area = areas[which]
    column = max(0, min(column, COLUMNS - area.columns))
    moved = area._replace(column=column, row=max(0, row))
    return settle(_with(areas, which, moved), which)


def compact(areas: Sequence[Area], held: int) -> Areas:
    """Let the other cards move up into holes that a card leaves which was put elsewhere.

    Cards rise past others here, as they do not by themselves while one is dragged.
    """
    compacted = list(areas)
    for at in sorted(range(len(areas)), key=lambda at: (areas[at].row, areas[at].column)):
        if at == held:
            continue
        area = compacted[at]
        others = [other for other_at, other in enumerate(compacted) if other_at != at]
        for row in range(area.row):
            if not any(overlap(area.at_row(row), other) for other in others):
                compacted[at] = area.at_row(row)
                break
    return settle(compacted, held)


def resize(areas: Sequence[Area], which: int, columns: int, rows: int, least: Area) -> Areas:
    """Make a card wider, narrower, higher or lower, but no smaller than ``least``."""
    area = areas[which]
    columns = max(least.columns, min(columns, COLUMNS - area.column))
    rows = max(least.rows, min(rows, MOST_CARD_ROWS))
    return settle(_with(areas, which, area._replace(columns=columns, rows=rows)), which)


def add(areas: Sequence[Area], columns: int, rows: int) -> Areas:
    """Put a further card into the first gap it fits in, from the top."""
    settled = settle(areas)
    row = 0
    while True:
        for column in range(COLUMNS - columns + 1):
            area = Area(column, row, columns, rows)
            if not any(overlap(area, other) for other in settled):
                return settle((*settled, area))
        row += 1


def remove(areas: Sequence[Area], which: int) -> Areas:
    """Take a card out; those below rise."""
    return settle([area for at, area in enumerate(areas) if at != which])


def reflow(areas: Sequence[Area], columns: int) -> Areas:
    """Lay the cards out on fewer columns, in the order in which they are read.

    Where a card would leave a strip beside it that nothing is in, it grows into it.
    """
    if columns >= COLUMNS:
        return settle(areas)
    order = sorted(range(len(areas)), key=lambda at: (areas[at].row, areas[at].column, at))
    laid: dict[int, Area] = {}
    column = row = height = 0
    for at in order:
        width = _narrowed(areas[at].columns, columns)
        if column + width > columns:
            column, row, height = 0, row + height, 0
        laid[at] = Area(column, row, width, areas[at].rows)
        column, height = column + width, max(height, areas[at].rows)
    return _widened(settle([laid[at] for at in range(len(areas))]), columns)


def height(areas: Sequence[Area]) -> int:
    """Return how many rows are in use."""
    return max((area.bottom for area in areas), default=0)


def neighbour(areas: Sequence[Area], which: int, across: int, down: int) -> int | None:
    """Return the nearest card in a direction, ``None`` where there is none."""
    here = areas[which]
    best: tuple[float, int] | None = None
    for at, there in enumerate(areas):
        dx = (there.column + there.right) / 2 - (here.column + here.right) / 2
        dy = (there.row + there.bottom) / 2 - (here.row + here.bottom) / 2
        if across:
            ahead = there.column >= here.right if across > 0 else there.right <= here.column
            aside = _gap(here.row, here.bottom, there.row, there.bottom)
        else:
            ahead = there.row >= here.bottom if down > 0 else there.bottom <= here.row
            aside = _gap(here.column, here.right, there.column, there.right)
        if at == which or not ahead:
            continue
        far = abs(dx) + abs(dy) / 4 if across else abs(dy) + abs(dx) / 4
        rank = (far + aside * 100, at)
        best = rank if best is None or rank < best else best
    return best[1] if best else None


def _gap(start: int, end: int, other_start: int, other_end: int) -> int:
    return max(0, other_start - end + 1, start - other_end + 1)


def _risen(area: Area, others: list[Area]) -> Area:
    row = area.row
    while any(overlap(area.at_row(row), other) for other in others):
        row += 1
    while row > 0 and not any(overlap(area.at_row(row - 1), other) for other in others):
        row -= 1
    return area.at_row(row)


def _with(areas: Sequence[Area], which: int, area: Area) -> list[Area]:
    return [area if at == which else other for at, other in enumerate(areas)]


def _narrowed(width: int, columns: int) -> int:
    """Return how wide a card of twelve columns' grid is on a narrower one."""
    if columns <= 2:
        return 1 if width <= 3 and columns > 1 else columns
    return min(columns, max(2, round(width * columns / COLUMNS)))


def _widened(areas: Areas, columns: int) -> Areas:
    wide = list(areas)
    for at, area in enumerate(areas):
        others = [other for other_at, other in enumerate(wide) if other_at != at]
        grown = area
        while grown.right < columns:
            wider = grown._replace(columns=grown.columns + 1)
            if any(overlap(wider, other) for other in others):
                break
            grown = wider
        wide[at] = grown
    return tuple(wide)
