# SPDX-License-Identifier: GPL-3.0-or-later
"""The table on the terminal and the file for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.goals import goal_of
from benchmarks.timing import Figure

_HEADINGS = ("workload", "rows", "p50 ms", "p95 ms", "limit", "ratio", "growth", "goal")


def growth_of(figure: Figure, figures: Sequence[Figure]) -> float | None:
    """Return how a workload grew from the smallest desk to this one, if there are several."""
    smallest = min(
        (other for other in figures if other.workload == figure.workload),
        key=lambda other: other.rows,
    )
    before, now = _size(smallest), _size(figure)
    if smallest.rows == figure.rows or not before or now is None:
        return None
    return now / before


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table, each with what it misses of its goal."""
    lines = [_HEADINGS, *(_line(figure, figures) for figure in figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    return "\n".join(_padded(line, widths) for line in lines)


def write_json(figures: Sequence[Figure], file: Path) -> None:
    """Write one object for each figure."""
    objects = [_object(figure, figures) for figure in figures]
    file.write_text(json.dumps(objects, indent=1) + "\n", encoding="utf-8")


def _object(figure: Figure, figures: Sequence[Figure]) -> dict[str, Any]:
    growth = growth_of(figure, figures)
    return figure.as_json() | ({} if growth is None else {"growth": round(growth, 2)})


def _size(figure: Figure) -> float | None:
    """Return what grows: memory, the longest stall, or the time of one call."""
    return figure.more.get("mb") or figure.more.get("longest_ms") or figure.p50_ms


def _line(figure: Figure, figures: Sequence[Figure]) -> tuple[str, ...]:
    growth = growth_of(figure, figures)
    misses = goal_of(figure.workload, figure.rows).misses(figure, growth)
    more = [f"{name} {value:.1f}" for name, value in figure.more.items()]
    verdict = f"misses {', '.join(misses)}" if misses else "ok"
    return (
        figure.workload,
        f"{figure.rows:,}",
        _number(figure.p50_ms, 3),
        _number(figure.p95_ms, 3),
        _number(figure.limit_p50_ms, 3),
        _number(figure.ratio, 1),
        _number(growth, 2),
        "; ".join([verdict, *more]),
    )


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _padded(cells: Iterable[str], widths: Sequence[int]) -> str:
    first, *numbers, last = zip(cells, widths, strict=True)
    middle = "  ".join(cell.rjust(width) for cell, width in numbers)
    return f"{first[0].ljust(first[1])}  {middle}  {last[0]}".rstrip()
