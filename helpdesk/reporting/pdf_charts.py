# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the charts of a report: lines and bars over time, and bars beside names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from helpdesk.core.schemas.figures import Point, Unit
from helpdesk.core.schemas.reports import ChartStyle, ReportChart
from helpdesk.core.tokens import LIGHT
from helpdesk.reporting.letters import width_of
from helpdesk.reporting.pdf_text import (
    BODY,
    HEADING,
    SMALL,
    fitted,
    put,
    put_centred,
    put_right,
    wrapped,
)
from helpdesk.reporting.values import said

SERIES = (LIGHT.accent, LIGHT.success)
MOST_BARS = 24
_NOTHING = "Nothing to show in these days."
_PLOT, _ROW, _GAP = 150.0, 20.0, 10.0
_TICKS = 4
_STEPS = (1, 2, 2.5, 5, 10)
_STEPS_OF_TIME = (
    60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000,
)  # fmt: skip
_DAY_LONG = 86_400
_LABEL_ROOM = 62.0
_DASHES, _DOT = [4.5, 3.0], 2.2


def chart_of(chart: ReportChart) -> Flowable:
    """Return a chart as a part of a page."""
    if not any(value is not None for point in chart.points for value in _values(chart, point)):
        return _Chart(chart, 34)
    is_over_time = all(point.day for point in chart.points)
    if chart.style is ChartStyle.BARS and not is_over_time:
        return _NamedBars(chart)
    return _OverTime(chart)


class _Chart(Flowable):  # type: ignore[misc]
    """A chart's title and legend; without anything to draw that is all."""

    def __init__(self, chart: ReportChart, height: float) -> None:
        super().__init__()
        self._chart, self._tall = chart, height
        self.spaceAfter = 16

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        title = wrapped(self._chart.title, HEADING, width, 2)
        self._title = title
        self._head = len(title) * HEADING.leading + 20
        self.width, self.height = width, self._head + self._tall
        return self.width, self.height

    def draw(self) -> None:
        y = self.height - HEADING.size
        for line in self._title:
            put(self.canv, line, HEADING, (0, y), self.width)
            y -= HEADING.leading
        self._draw_plot()

    def _draw_plot(self) -> None:
        put(self.canv, _NOTHING, BODY.in_colour(LIGHT.muted), (0, self._tall))

    def _legend(self) -> None:
        if len(self._chart.series) < 2:
            return
        x, y = self.width, self.height - self._head + 8
        samples = list(enumerate(zip(self._chart.series, SERIES, strict=False)))
        for number, (name, colour) in reversed(samples):
            text = fitted(name, SMALL, 120)
            put_right(self.canv, text, SMALL, (x, y))
            x -= width_of(text, SMALL.font, SMALL.size) + 12
            self._sample(x, y, colour, number)
            x -= 24

    def _sample(self, x: float, y: float, colour: str, number: int) -> None:
        """Draw a piece of a series: no colour alone tells two lines apart."""
        if self._chart.style is ChartStyle.BARS:
            _fill(self.canv, colour, (x, y, 8, 6), 1.5)
            return
        self.canv.setStrokeColor(HexColor(colour))
        self.canv.setLineWidth(1.6)
        self.canv.setDash(_DASHES if number else [])
        self.canv.line(x - 10, y + 2.8, x + 8, y + 2.8)
        self.canv.setDash([])


class _OverTime(_Chart):
    """Lines or upright bars, one place for each day, week or month."""

    def __init__(self, chart: ReportChart) -> None:
        super().__init__(chart, _PLOT + 24)

    def _draw_plot(self) -> None:
        self._legend()
        points, unit = self._chart.points, self._chart.unit
        values = [each for point in points for each in _values(self._chart, point) if each]
        step, top = _scale(max(values, default=1), unit)
        left = self._axis(step, top)
        room = self.width - left
        places = [left + room * (at + 0.5) / len(points) for at in range(len(points))]
        self._days(places)
        for number, colour in enumerate(SERIES[: len(self._chart.series)]):
            heights = [_height(_values(self._chart, point)[number], top) for point in points]
            if self._chart.style is ChartStyle.BARS:
                self._bars(places, heights, colour, number)
            else:
                self._line(places, heights, colour, number)

    def _axis(self, step: float, top: float) -> float:
        """Draw the lines of the grid with what they mean, and return where the plot begins."""
        steps = range(round(top / step) + 1)
        unit = self._chart.unit
        labels = [said(step * at, unit).replace(".0", "") if at else _zero(unit) for at in steps]
        left = max(width_of(label, SMALL.font, SMALL.size) for label in labels) + 8
        for at, label in enumerate(labels):
            y = 24 + _PLOT * at * step / top
            self.canv.setStrokeColor(HexColor(LIGHT.line))
            self.canv.setLineWidth(0.6)
            self.canv.line(left, y, self.width, y)
            put_right(self.canv, label, SMALL, (left - 6, y - 2.8))
        return left

    def _days(self, places: Sequence[float]) -> None:
        points = self._chart.points
        every = max(1, math.ceil(len(points) * _LABEL_ROOM / max(self.width - 40, 1)))
        for at in range(0, len(points), every):
            label = _day(points[at], points)
            half = width_of(label, SMALL.font, SMALL.size) / 2
            x = min(max(places[at], half), self.width - half)
            put_centred(self.canv, label, SMALL, (x, 10))

    def _bars(
        self, places: Sequence[float], heights: Sequence[float | None], colour: str, number: int
    ) -> None:
        count = len(self._chart.series)
        room = (places[1] - places[0] if len(places) > 1 else self.width / 3) * 0.7
        wide = min(room / count, 26)
        for place, height in zip(places, heights, strict=True):
            if height:
                x = place - wide * count / 2 + wide * number
                _fill(self.canv, colour, (x, 24, max(wide - 1, 0.5), height), 0)

    def _line(
        self, places: Sequence[float], heights: Sequence[float | None], colour: str, number: int
    ) -> None:
        self.canv.setStrokeColor(HexColor(colour))
        self.canv.setLineWidth(1.6)
        self.canv.setDash(_DASHES if number else [])
        self.canv.setLineJoin(1)
        for part in _parts(places, heights):
            if len(part) == 1:
                self.canv.setFillColor(HexColor(colour))
                self.canv.circle(*part[0], _DOT, stroke=0, fill=1)
                continue
            path = self.canv.beginPath()
            path.moveTo(*part[0])
            for place in part[1:]:
                path.lineTo(*place)
            self.canv.drawPath(path)
        self.canv.setDash([])


class _NamedBars(_Chart):
    """A bar beside each name, the number behind it."""

    def __init__(self, chart: ReportChart) -> None:
        self._shown = chart.points[:MOST_BARS]
        self._rest = len(chart.points) - len(self._shown)
        self._row = _ROW if len(chart.series) == 1 else _ROW + 8
        super().__init__(chart, len(self._shown) * self._row + (14 if self._rest else 0))

    def _draw_plot(self) -> None:
        self._legend()
        chart = self._chart
        values = [each for point in self._shown for each in _values(chart, point) if each]
        most = max(values, default=1)
        names = [fitted(point.label, BODY, self.width * 0.28) for point in self._shown]
        left = max(width_of(name, BODY.font, BODY.size) for name in names) + _GAP
        room = self.width - left - 62
        y = self._tall - self._row
        for point, name in zip(self._shown, names, strict=True):
            put(self.canv, name, BODY, (0, y + self._row / 2 - 3), left - _GAP)
            self._bars_of(point, (left, y), room, most)
            y -= self._row
        if self._rest:
            put(self.canv, f"And {self._rest:,} more.", SMALL, (left, 2))

    def _bars_of(self, point: Point, at: tuple[float, float], room: float, most: float) -> None:
        count = len(self._chart.series)
        high = (self._row - 8) / count
        for number, value in enumerate(_values(self._chart, point)):
            y = at[1] + 4 + high * (count - 1 - number)
            _fill(self.canv, LIGHT.low_soft, (at[0], y, room, high - 1), 1.5)
            if value:
                wide = max(room * value / most, 1.5)
                _fill(self.canv, SERIES[number], (at[0], y, wide, high - 1), 1.5)
            text = said(value, self._chart.unit)
            look = BODY if count == 1 else SMALL.in_colour(LIGHT.text)
            put_right(self.canv, text, look, (self.width, y + high / 2 - look.size * 0.36))


def _values(chart: ReportChart, point: Point) -> Sequence[float | None]:
    return (point.value, point.second)[: len(chart.series)]


def _height(value: float | None, top: float) -> float | None:
    return None if value is None else _PLOT * value / top


def _zero(unit: Unit) -> str:
    """Return what an axis begins with."""
    return "0" if unit is Unit.AGE else said(0, unit).replace(".0", "")


def _scale(largest: float, unit: Unit) -> tuple[float, float]:
    """Return the step between lines of the grid and the top of it, both plain numbers."""
    if unit is Unit.SHARE:
        return 0.25, 1.0
    if unit is Unit.SCORE:
        return 1, 5
    raw = max(largest, 1e-9) / _TICKS
    if unit.is_time and raw <= _STEPS_OF_TIME[-1]:
        step: float = next(each for each in _STEPS_OF_TIME if each >= raw)
    else:
        power = 10 ** math.floor(math.log10(raw))
        step = next(each * power for each in _STEPS if each * power >= raw)
        if unit in (Unit.TICKETS, Unit.COUNT):
            step = max(1, math.ceil(step))
    if unit is Unit.AGE:
        step = max(step, _DAY_LONG)
    return step, step * max(1, math.ceil(largest / step - 1e-9))


def _day(point: Point, points: Sequence[Point]) -> str:
    day = date.fromisoformat(point.day or "")
    years = {(each.day or "")[:4] for each in points}
    return f"{day.day} {day:%b} {day.year}" if len(years) > 1 else f"{day.day} {day:%b}"


def _parts(
    places: Sequence[float], heights: Sequence[float | None]
) -> list[list[tuple[float, float]]]:
    """Return the unbroken parts of a line: where nothing was measured it has a gap."""
    parts: list[list[tuple[float, float]]] = [[]]
    for place, height in zip(places, heights, strict=True):
        if height is None:
            parts.append([])
        else:
            parts[-1].append((place, 24 + height))
    return [part for part in parts if part]


def _fill(canvas: Any, colour: str, box: tuple[float, float, float, float], radius: float) -> None:
    canvas.setFillColor(HexColor(colour))
    if radius:
        canvas.roundRect(*box, min(radius, box[2] / 2, box[3] / 2), stroke=0, fill=1)
    else:
        canvas.rect(*box, stroke=0, fill=1)
