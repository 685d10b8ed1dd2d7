# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard as a report: the same numbers, to be written as PDF or CSV."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk.core.meanings import COUNTS_AS, MEANINGS
from helpdesk.core.schemas.figures import (
    Card,
    CardFigures,
    CardStyle,
    CardsView,
    Measure,
    Point,
    Unit,
)
from helpdesk.core.schemas.reports import (
    Cell,
    ChartStyle,
    Column,
    Report,
    ReportChart,
    ReportFigure,
    ReportKind,
    ReportTable,
)
from helpdesk.ui.dashboard import words
from helpdesk.ui.dashboard.numbers import IN_TIME, is_of_people, numbers_of, outlook_by_weekday

_CHARTS = {
    CardStyle.LINE: ChartStyle.LINE,
    CardStyle.BARS: ChartStyle.BARS,
    CardStyle.RING: ChartStyle.BARS,
}
_OF_PEOPLE = (Measure.WORKLOAD, Measure.RESOLUTION_SLA, Measure.SATISFACTION)
_ESTIMATE = "Estimates are worked out of earlier weeks; they are no counts."


def report_of(cards: Sequence[tuple[Card, CardFigures]], view: CardsView, made_by: str) -> Report:
    """Return the cards as a report, in their order; those that tell a problem say so in a note."""
    told = [(card, figures) for card, figures in cards if figures.problem is None]
    notes = [
        f"{words.title_of(card)}: {figures.problem}" for card, figures in cards if figures.problem
    ]
    notes += _meanings([card for card, _ in told])
    if any(card.style is CardStyle.OUTLOOK for card, _ in told):
        notes.append(_ESTIMATE)
    if view.uncounted:
        notes.append(f"{view.uncounted:,} older tickets are still being counted.")
    return Report(
        kind=ReportKind.SUMMARY,
        title="Dashboard",
        made_at=view.at,
        first=view.first,
        last=view.last,
        time_zone=view.time_zone,
        scope_name=view.scope_name,
        made_by=made_by,
        figures=tuple(_figure(*each) for each in told if each[0].style is CardStyle.NUMBER),
        charts=tuple(_chart(*each) for each in told if each[0].style in _CHARTS),
        tables=tuple(
            _table(*each)
            for each in told
            if each[0].style is not CardStyle.NUMBER and each[0].style not in _CHARTS
        ),
        notes=tuple(notes),
    )


def _meanings(cards: Sequence[Card]) -> list[str]:
    """Return what the words of cards mean, each of them once."""
    measures: list[Measure | None] = []
    for card in cards:
        measures += [card.measure, card.second]
        if is_of_people(card):
            measures += _OF_PEOPLE
    found = dict.fromkeys(MEANINGS[each] for each in measures if each in MEANINGS)
    return [COUNTS_AS, *found] if found else []


def _figure(card: Card, figures: CardFigures) -> ReportFigure:
    return ReportFigure(
        label=words.title_of(card),
        unit=figures.unit,
        value=figures.value,
        before=figures.before if card.compares else None,
        note=figures.note,
        behind=figures.behind,
    )


def _chart(card: Card, figures: CardFigures) -> ReportChart:
    series = [words.measure_words(card.measure, card.statistic)]
    if card.second is not None:
        series.append(words.measure_words(card.second, card.statistic))
    return ReportChart(
        title=words.title_of(card),
        style=_CHARTS[card.style],
        unit=figures.unit,
        series=tuple(series),
        points=figures.points,
    )


def _table(card: Card, figures: CardFigures) -> ReportTable:
    if is_of_people(card):
        return _technicians(card, figures)
    if figures.points:
        return _points(card, figures)
    numbers = numbers_of(card, figures)
    if figures.outlook is not None:
        numbers = outlook_by_weekday(figures.outlook)
    return ReportTable(
        title=words.title_of(card),
        columns=tuple(Column(title=title, unit=None) for title in numbers.columns),
        rows=tuple(tuple(cell.text for cell in row) for row in numbers.rows),
        note=_ESTIMATE if card.style is CardStyle.OUTLOOK else "",
    )


def _technicians(card: Card, figures: CardFigures) -> ReportTable:
    columns = (
        ("Name", None),
        ("Open", Unit.TICKETS),
        ("Capacity", Unit.TICKETS),
        ("Resolved", Unit.TICKETS),
        (f"{card.statistic.label} resolution", Unit.SECONDS),
        (IN_TIME, Unit.SHARE),
        ("Satisfaction", Unit.SCORE),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            row.full_name,
            row.open,
            row.capacity,
            row.resolved,
            row.resolution,
            row.resolution_sla,
            row.satisfaction,
        )
        for row in figures.technicians
    ]
    return ReportTable(
        title=words.title_of(card),
        columns=tuple(Column(title=title, unit=unit) for title, unit in columns),
        rows=tuple(rows),
    )


def _points(card: Card, figures: CardFigures) -> ReportTable:
    head = words.SPLITS[card.split].split(" ", 1)[-1].capitalize()
    name = words.measure_words(card.measure, card.statistic)

    def row(point: Point) -> tuple[Cell, ...]:
        return words.part_words(point, card.split), point.value, point.tickets

    return ReportTable(
        title=words.title_of(card),
        columns=(
            Column(title=head, unit=None),
            Column(title=name, unit=figures.unit),
            Column(title="Tickets", unit=Unit.TICKETS),
        ),
        rows=tuple(row(point) for point in figures.points),
    )
