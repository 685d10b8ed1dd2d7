# SPDX-License-Identifier: GPL-3.0-or-later
"""A report that says something everywhere, for tests of what files make of it."""

from __future__ import annotations

from datetime import UTC, datetime

from helpdesk.core.schemas.figures import Point, Unit
from helpdesk.core.schemas.reports import (
    ChartStyle,
    Column,
    Report,
    ReportChart,
    ReportFigure,
    ReportKind,
    ReportTable,
    TicketLine,
)

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def report(text: str, *, rows: int = 3) -> Report:
    """Return a report in which every text that people write is ``text``."""
    days = tuple(
        Point(key=str(at), label="", value=at * 3.0, second=at, tickets=at, day=f"2026-11-{at:02}")
        for at in range(1, 11)
    )
    parts = tuple(Point(key=str(at), label=text, value=at / 2, tickets=at) for at in range(1, 4))
    columns = (
        Column(title=text, unit=None),
        Column(title="Created", unit=Unit.TICKETS),
        Column(title="To resolve", unit=Unit.SECONDS),
        Column(title="In time", unit=Unit.SHARE),
    )
    return Report(
        kind=ReportKind.SUMMARY, title=text, made_at=AT, first="2026-11-01", last="2026-11-10",
        time_zone="Europe/Berlin", scope_name=text, made_by=text,
        figures=(
            ReportFigure(label=text, unit=Unit.TICKETS, value=-1204, before=-1100, note=text),
            ReportFigure(label=text, unit=Unit.SHARE, value=None),
        ),
        charts=(
            ReportChart(title=text, style=ChartStyle.LINE, unit=Unit.TICKETS,
                        series=(text, "Resolved"), points=days),
            ReportChart(title=text, style=ChartStyle.BARS, unit=Unit.SCORE, series=(text,),
                        points=parts),
            ReportChart(title=text, style=ChartStyle.LINE, unit=Unit.SHARE, series=(text,),
                        points=()),
        ),
        tables=(
            ReportTable(title=text, columns=columns, note=text,
                        rows=tuple((text, at, at * 61.5, -0.25) for at in range(rows))),
        ),
        notes=(text,),
    )  # fmt: skip


def of_today() -> Report:
    """Return a report of tickets that were all opened today."""
    parts = (Point(key="1", label="Printers", value=0.0, tickets=3),)
    columns = (Column(title="Category", unit=None), Column(title="Age", unit=Unit.AGE))
    return report("Ageing").model_copy(
        update={
            "figures": (ReportFigure(label="Median age", unit=Unit.AGE, value=0.0),),
            "charts": (
                ReportChart(
                    title="Age", style=ChartStyle.BARS, unit=Unit.AGE, series=("Age",), points=parts
                ),
            ),
            "tables": (ReportTable(title="By category", columns=columns, rows=(("A", 0.0),)),),
        }
    )


def line(text: str) -> TicketLine:
    """Return a ticket in which every text that people write is ``text``."""
    return TicketLine(
        number="HD-7", subject=text, status="Open", priority="High", category=text, team=text,
        requester=text, assignee=text, source="Email", created_at=AT, first_responded_at=None,
        resolved_at=AT, closed_at=None, first_response_due=None, resolution_due=AT, reopened=2,
        rating=None,
    )  # fmt: skip
