# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a report of the same cards that dashboards show, so that both tell the same numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from helpdesk.core.meanings import COUNTS_AS, MEANINGS
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.figures import (
    MOST_CARDS,
    Behind,
    Card,
    CardFigures,
    CardsQuery,
    CardStyle,
    CardsView,
    Measure,
    Period,
    Point,
    Span,
    Split,
    Unit,
)
from helpdesk.core.schemas.reports import (
    Cell,
    Column,
    Report,
    ReportChart,
    ReportFigure,
    ReportRequest,
    ReportTable,
)
from helpdesk.services.article_report import article_parts
from helpdesk.services.figures import Figures
from helpdesk.services.report_kinds import (
    OVER_TIME,
    RECIPES,
    Recipe,
    Wanted,
    WantedChart,
    WantedTable,
)
from helpdesk.services.work import Work

_MOST_DAYS, _MOST_WEEKS = 62, 62 * 7
_UNCOUNTED = (
    "{count:,} older tickets are still being counted: the numbers are short of them; make the"
    " report again in some minutes."
)
_IS_LIVE = frozenset(
    {Measure.OPEN, Measure.UNASSIGNED, Measure.OVERDUE, Measure.DUE_SOON, Measure.BACKLOG_AGE}
)


@dataclass
class _Cards:
    """The cards of a report: each is asked for once, and all are worked out together."""

    work: Work
    request: ReportRequest
    views: list[CardsView] = field(default_factory=list)
    _cards: dict[Card, CardFigures | None] = field(default_factory=dict)

    def days(self) -> CardsView:
        """Find out which days and tickets the report is about."""
        self.views.append(self._view(()))
        return self.views[0]

    def want(self, card: Card) -> Card:
        """Ask for a card, and return what to look it up by."""
        self._cards.setdefault(card, None)
        return card

    def __getitem__(self, card: Card) -> CardFigures:
        """Return what a card tells; the first look works all of them out."""
        if self._cards[card] is None:
            waiting = [each for each, told in self._cards.items() if told is None]
            for at in range(0, len(waiting), MOST_CARDS):
                some = waiting[at : at + MOST_CARDS]
                self.views.append(self._view(tuple(some)))
                self._cards.update(zip(some, self.views[-1].cards, strict=True))
        told = self._cards[card]
        assert told is not None, "it was worked out just now"  # noqa: S101
        return told

    def _view(self, cards: tuple[Card, ...]) -> CardsView:
        request = self.request
        query = CardsQuery(cards=cards, span=request.span, scope=request.scope)
        return Figures(self.work).cards(query)


class ReportMaking:
    """Makes one report."""

    def __init__(self, work: Work, request: ReportRequest) -> None:
        """Bind to one call."""
        self._work, self._request = work, request
        self._recipe: Recipe = RECIPES[request.kind]
        self._cards = _Cards(work, request)

    def report(self) -> Report:
        """Return the report."""
        self._days = self._cards.days()
        self._want_all()
        recipe, days = self._recipe, self._days
        figures = tuple(self._figures())
        charts = tuple(filter(None, map(self._chart, recipe.charts)))
        tables = tuple(self._tables())
        if recipe.articles and self._work.actor.may(Permission.WRITE_ARTICLES):
            more, others = article_parts(self._work, days)
            figures, tables = figures + more, tables + others
        return Report(
            kind=self._request.kind,
            title=recipe.title,
            made_at=days.at,
            first=days.first,
            last=days.last,
            time_zone=days.time_zone,
            scope_name=days.scope_name,
            made_by=self._work.actor.full_name,
            figures=figures,
            charts=charts,
            tables=tables,
            notes=tuple(self._notes()),
        )

    @property
    def _names_tickets(self) -> bool:
        # A key may be for figures alone: what tickets are about is another scope.
        return self._recipe.attention and self._work.actor.may(Permission.SEE_ALL_TICKETS)

    # --- what is asked for --------------------------------------------------------------------

    def _want_all(self) -> None:
        recipe = self._recipe
        for wanted in recipe.figures:
            self._cards.want(_number(wanted))
        for chart in recipe.charts:
            self._cards.want(self._chart_card(chart))
        for table in recipe.tables:
            for column in table.columns:
                self._cards.want(self._part_card(table, column))
        if recipe.technicians:
            self._cards.want(_TECHNICIANS)
        if self._names_tickets:
            self._cards.want(_ATTENTION)

    def _chart_card(self, chart: WantedChart) -> Card:
        return Card(
            style=CardStyle(chart.style.value),
            measure=chart.first.measure,
            second=chart.second.measure if chart.second else None,
            statistic=chart.first.statistic,
            split=self._over_time() if chart.split is OVER_TIME else chart.split,
            compares=False,
        )

    def _over_time(self) -> Split:
        days = self._count_of_days()
        if days <= _MOST_DAYS:
            return Split.DAY
        return Split.WEEK if days <= _MOST_WEEKS else Split.MONTH

    def _part_card(self, table: WantedTable, column: Wanted) -> Card:
        return Card(
            style=CardStyle.TABLE if table.split is not Split.TECHNICIAN else CardStyle.BARS,
            measure=column.measure,
            statistic=column.statistic,
            split=table.split,
            span=self._before() if column.before else None,
            compares=False,
        )

    def _count_of_days(self) -> int:
        first, last = map(date.fromisoformat, (self._days.first, self._days.last))
        return (last - first).days + 1

    def _before(self) -> Span:
        """Return the same number of days before those of the report."""
        first = date.fromisoformat(self._days.first)
        begin, end = first - timedelta(days=self._count_of_days()), first - timedelta(days=1)
        return Span(period=Period.CUSTOM, first=begin.isoformat(), last=end.isoformat())

    # --- what is told -------------------------------------------------------------------------

    def _figures(self) -> Iterator[ReportFigure]:
        for wanted in self._recipe.figures:
            told = self._cards[_number(wanted)]
            if told.problem is None:
                yield ReportFigure(
                    label=wanted.label,
                    unit=told.unit,
                    value=told.value,
                    before=None if wanted.measure in _IS_LIVE else told.before,
                    note=told.note,
                    behind=told.behind,
                )

    def _chart(self, wanted: WantedChart) -> ReportChart | None:
        card = self._chart_card(wanted)
        told = self._cards[card]
        if told.problem is not None:
            return None
        named = (wanted.first, wanted.second) if wanted.second else (wanted.first,)
        return ReportChart(
            title=wanted.title,
            style=wanted.style,
            unit=told.unit,
            series=tuple(each.label for each in named),
            points=told.points,
            behind=_behind(told.behind, card.split, ""),
        )

    def _tables(self) -> Iterator[ReportTable]:
        for table in self._recipe.tables:
            made = self._table(table)
            if made is not None:
                yield made
        if self._recipe.technicians:
            yield _technicians(self._cards[_TECHNICIANS])
        if self._names_tickets:
            yield _attention(self._cards[_ATTENTION])

    def _table(self, wanted: WantedTable) -> ReportTable | None:
        told = [
            (column, figures)
            for column in wanted.columns
            if (figures := self._cards[self._part_card(wanted, column)]).problem is None
        ]
        if not told:
            return None
        points = [{point.key: point for point in figures.points} for _, figures in told]
        parts: dict[str, Point] = {}
        for column_points in points:
            parts |= {key: each for key, each in column_points.items() if key not in parts}
        units, first = [figures.unit for _, figures in told], told[0][1].behind
        return ReportTable(
            title=wanted.title,
            columns=(
                Column(title=wanted.part, unit=None),
                *(_column(column, figures.unit) for column, figures in told),
            ),
            rows=tuple(
                (part.label, *map(_value, (each.get(key) for each in points), units))
                for key, part in parts.items()
            ),
            behind=tuple(_behind(first, wanted.split, key) for key in parts),
        )

    def _notes(self) -> Iterator[str]:
        yield COUNTS_AS
        measures = [each.measure for each in self._recipe.figures]
        measures += [column.measure for table in self._recipe.tables for column in table.columns]
        yield from dict.fromkeys(MEANINGS[each] for each in measures if each in MEANINGS)
        uncounted = max(view.uncounted for view in self._cards.views)
        if uncounted:
            yield _UNCOUNTED.format(count=uncounted)


def _number(wanted: Wanted) -> Card:
    return Card(style=CardStyle.NUMBER, measure=wanted.measure, statistic=wanted.statistic)


_TECHNICIANS = Card(
    style=CardStyle.TABLE, measure=Measure.WORKLOAD, split=Split.TECHNICIAN, compares=False
)
_ATTENTION = Card(style=CardStyle.ATTENTION, measure=Measure.OVERDUE, compares=False)


def _value(point: Point | None, unit: Unit) -> Cell:
    if point is not None:
        return point.value
    # A part that a count does not name has none of it; of others nothing is known.
    return 0 if unit in (Unit.TICKETS, Unit.COUNT) else None


def _column(wanted: Wanted, unit: Unit) -> Column:
    """Return a column; the days before are others than those of the row."""
    return Column(title=wanted.label, unit=unit, measure=None if wanted.before else wanted.measure)


def _behind(first: Behind | None, split: Split, key: str) -> Behind | None:
    return None if first is None else first.model_copy(update={"split": split, "part": key})


def _technicians(told: CardFigures) -> ReportTable:
    titles: Sequence[tuple[str, Unit | None, Measure | None]] = (
        ("Technician", None, None),
        ("Open now", Unit.TICKETS, Measure.OPEN),
        ("Can manage", Unit.TICKETS, None),
        ("Resolved", Unit.TICKETS, Measure.RESOLVED),
        ("Median resolution", Unit.SECONDS, Measure.RESOLUTION_TIME),
        ("Resolved in time", Unit.SHARE, Measure.RESOLUTION_SLA),
        ("Satisfaction", Unit.SCORE, Measure.SATISFACTION),
        ("Ratings", Unit.COUNT, Measure.RATINGS),
    )
    return ReportTable(
        title="By technician",
        columns=tuple(
            Column(title=title, unit=unit, measure=measure) for title, unit, measure in titles
        ),
        rows=tuple(
            (
                row.full_name,
                row.open,
                row.capacity,
                row.resolved,
                row.resolution,
                row.resolution_sla,
                row.satisfaction,
                row.ratings,
            )
            for row in told.technicians
        ),
        behind=tuple(
            _behind(told.behind, Split.TECHNICIAN, str(row.id)) for row in told.technicians
        ),
    )


def _attention(told: CardFigures) -> ReportTable:
    titles = ("Ticket", "Subject", "Priority", "Assignee", "Due (UTC)")
    return ReportTable(
        title="Open tickets that need somebody first",
        columns=tuple(Column(title=title, unit=None) for title in titles),
        rows=tuple(
            (
                row.number,
                row.subject,
                row.priority.label,
                row.assignee,
                f"{row.due:%Y-%m-%d %H:%M}{', late' if row.late else ''}" if row.due else None,
            )
            for row in told.attention
        ),
        ticket_ids=tuple(row.ticket_id for row in told.attention),
        note="As many of them as a dashboard shows, the latest first.",
    )
