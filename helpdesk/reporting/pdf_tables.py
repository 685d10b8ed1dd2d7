# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the figures of a report as cards, and its tables, which go on over pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable, LongTable

from helpdesk.core.schemas.figures import Measure
from helpdesk.core.schemas.reports import Cell, Column, ReportFigure, ReportTable
from helpdesk.core.tokens import LIGHT
from helpdesk.reporting.letters import width_of
from helpdesk.reporting.pdf_text import (
    BODY,
    HEADING,
    LABEL,
    NUMBER,
    SMALL,
    Words,
    fitted,
    put,
)
from helpdesk.reporting.values import difference, said

_CARDS_IN_ROW, _CARD_GAP, _CARD_HEIGHT, _CARD_EDGE = 3, 10.0, 78.0, 12.0
_EMPTY = "There is nothing in these days."
_MOST_LINES = 3
_EDGE, _SLACK = 5.0, 1.0
_SAMPLE = 300
"""So many rows are looked at to find how wide a column has to be."""


class CardRow(Flowable):  # type: ignore[misc]
    """Some figures beside each other."""

    def __init__(self, figures: Sequence[ReportFigure]) -> None:
        """Take as many as fit into a row."""
        super().__init__()
        self._figures = figures
        self.spaceAfter = _CARD_GAP

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Return how large the row is."""
        self.width, self.height = width, _CARD_HEIGHT
        return self.width, self.height

    def draw(self) -> None:
        """Draw each card."""
        wide = (self.width - _CARD_GAP * (_CARDS_IN_ROW - 1)) / _CARDS_IN_ROW
        for at, figure in enumerate(self._figures):
            self._card(figure, at * (wide + _CARD_GAP), wide)

    def _card(self, figure: ReportFigure, x: float, wide: float) -> None:
        self.canv.setFillColor(HexColor(LIGHT.surface))
        self.canv.setStrokeColor(HexColor(LIGHT.line))
        self.canv.setLineWidth(0.8)
        self.canv.roundRect(x, 0, wide, _CARD_HEIGHT, 6, stroke=1, fill=1)
        x, room = x + _CARD_EDGE, wide - 2 * _CARD_EDGE
        put(self.canv, fitted(figure.label, LABEL, room), LABEL, (x, 58), room)
        put(self.canv, fitted(said(figure.value, figure.unit), NUMBER, room), NUMBER, (x, 32))
        put(self.canv, fitted(_beside(figure), SMALL, room), SMALL, (x, 14), room)


def card_rows(figures: Sequence[ReportFigure]) -> Iterator[CardRow]:
    """Yield figures in rows."""
    for at in range(0, len(figures), _CARDS_IN_ROW):
        yield CardRow(figures[at : at + _CARDS_IN_ROW])


def _beside(figure: ReportFigure) -> str:
    parts = [figure.note]
    if figure.before is not None:
        changed = difference(figure.value, figure.before, figure.unit)
        # What is open now stands beside what was so when the period began.
        is_open = figure.behind is not None and figure.behind.measure is Measure.OPEN
        when = "when the period began" if is_open else "before"
        before = f"{when}: {said(figure.before, figure.unit)}"
        parts.insert(0, f"{changed} ({before})" if changed else before)
    return " · ".join(part for part in parts if part)


def table_of(table: ReportTable, width: float) -> list[Flowable]:
    """Return a table with its title and note as parts of a page."""
    parts: list[Flowable] = [Words(table.title, HEADING, after=4)]
    parts[0].keepWithNext = 1
    if table.note:
        parts.append(Words(table.note, SMALL, after=5))
        parts[-1].keepWithNext = 1
    if not table.rows:
        return [*parts, Words(_EMPTY, BODY.in_colour(LIGHT.muted), after=16)]
    cells = [_head(table.columns), *(_row(table.columns, row) for row in table.rows)]
    made = LongTable(
        cells, colWidths=_widths(table, width), repeatRows=1, hAlign="LEFT",
        spaceAfter=18, splitByRow=1,
    )  # fmt: skip
    made.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), _EDGE),
            ("RIGHTPADDING", (0, 0), (-1, -1), _EDGE),
            ("TOPPADDING", (0, 0), (-1, -1), 4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.9, HexColor(LIGHT.line_strong)),
            ("LINEBELOW", (0, 1), (-1, -1), 0.5, HexColor(LIGHT.line)),
        ]
    )
    return [*parts, made]


def _head(columns: Sequence[Column]) -> list[Flowable]:
    return [
        Words(column.title, LABEL, most=_MOST_LINES, right=column.unit is not None)
        for column in columns
    ]


def _row(columns: Sequence[Column], row: Sequence[Cell]) -> list[Flowable]:
    return [
        Words(said(value, column.unit), BODY, most=_MOST_LINES, right=column.unit is not None)
        for column, value in zip(columns, row, strict=True)
    ]


def _widths(table: ReportTable, width: float) -> list[float]:
    """Return how wide the columns are: as wide as they need, the longest texts share the rest."""
    needed = [_needed(table, at) for at in range(len(table.columns))]
    texts = [at for at, column in enumerate(table.columns) if column.unit is None]
    left = max(width - sum(needed) + sum(needed[at] for at in texts), width * 0.3)
    widths = list(needed)
    # From the narrowest on, so that what these do not take is left to the wide ones.
    for place, at in enumerate(sorted(texts, key=needed.__getitem__)):
        widths[at] = min(needed[at], left / (len(texts) - place))
        left -= widths[at]
    return _spread(widths, width)


def _needed(table: ReportTable, at: int) -> float:
    column = table.columns[at]
    # A title may take several lines, but none of its words.
    words = [width_of(word, LABEL.font, LABEL.size) for word in column.title.split()]
    cells = [
        width_of(said(row[at], column.unit)[:200], BODY.font, BODY.size)
        for row in table.rows[:_SAMPLE]
    ]
    return max([*words, *cells, 24.0]) + 2 * _EDGE + _SLACK


def _spread(widths: list[float], width: float) -> list[float]:
    """Let columns fill the page, or shrink to it."""
    taken = sum(widths)
    return [each * width / taken for each in widths]


__all__ = ["CardRow", "card_rows", "table_of"]
