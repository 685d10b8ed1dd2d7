# SPDX-License-Identifier: GPL-3.0-or-later
"""What articles did in the days of a report, as its figures and tables."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from helpdesk.core.schemas.articles import ArticleFigure
from helpdesk.core.schemas.figures import CardsView, Unit
from helpdesk.core.schemas.reports import Column, ReportFigure, ReportTable
from helpdesk.services.quiet_hours import zone_of
from helpdesk.services.work import Work

_READ, _HELPFUL = Column(title="Read", unit=Unit.COUNT), Column(title="Helpful", unit=Unit.COUNT)
_UNHELPFUL = Column(title="Not helpful", unit=Unit.COUNT)
_AVOIDED = Column(title="Tickets avoided", unit=Unit.COUNT)
_COLUMNS = (
    Column(title="Number", unit=None), Column(title="Article", unit=None), _READ, _HELPFUL,
    _UNHELPFUL, _AVOIDED,
)  # fmt: skip


def article_parts(
    work: Work, days: CardsView
) -> tuple[tuple[ReportFigure, ...], tuple[ReportTable, ...]]:
    """Return the figures and the tables of articles."""
    first, last = date.fromisoformat(days.first), date.fromisoformat(days.last)
    end = datetime.combine(last + timedelta(days=1), time(), zone_of(days.time_zone))
    told = work.desk.article_figures.figures((last - first).days + 1, min(end, work.now))
    figures = tuple(
        ReportFigure(label=label, unit=Unit.COUNT, value=value)
        for label, value in (
            ("Articles published now", told.published),
            ("Articles read", told.reads),
            ("Found helpful", told.helpful),
            ("Found not helpful", told.unhelpful),
        )
    )
    missed = ReportTable(
        title="Searches that found nothing",
        columns=(Column(title="Search", unit=None), Column(title="Times", unit=Unit.COUNT)),
        rows=tuple((each.text, each.times) for each in told.missed),
    )
    return figures, (
        _articles("Most read", told.most_read),
        _articles("Found least helpful", told.worst_rated),
        missed,
    )


def _articles(title: str, articles: tuple[ArticleFigure, ...]) -> ReportTable:
    return ReportTable(
        title=title,
        columns=_COLUMNS,
        rows=tuple(
            (each.number, each.title, each.reads, each.helpful, each.unhelpful, each.avoided)
            for each in articles
        ),
    )
