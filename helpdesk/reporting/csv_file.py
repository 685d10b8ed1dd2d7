# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a report, or tickets as lines, as CSV that no spreadsheet takes for formulas.

A spreadsheet works out what a cell begins with '=' and the like says, and one that separates
columns by something else than we do finds such a beginning in the middle of a text. So in text
from people every place where a cell might begin gets an apostrophe. Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from helpdesk.core.formulas import safe as safe
from helpdesk.core.schemas.audit import AuditView
from helpdesk.core.schemas.figures import Unit
from helpdesk.core.schemas.reports import (
    Cell,
    Column,
    Report,
    ReportChart,
    ReportTable,
    TicketLine,
)
from helpdesk.reporting.values import full_title

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""By which Excel knows that a file is UTF-8."""

_LINE_TITLES = (
    "Number", "Subject", "Status", "Priority", "Category", "Team", "Requester", "Assignee",
    "Source", "Created (UTC)", "First responded (UTC)", "Resolved (UTC)", "Closed (UTC)",
    "First response due (UTC)", "Resolution due (UTC)", "Reopened", "Rating",
)  # fmt: skip
_ENTRY_TITLES = (
    "Number", "When (UTC)", "What", "Who", "By API key", "From", "About", "Name", "Changes",
    "Digest",
)  # fmt: skip
_PLACES = {Unit.SECONDS: 0, Unit.AGE: 0, Unit.SHARE: 4, Unit.SCORE: 2}


def report_as_csv(report: Report, *, bom: bool = True) -> bytes:
    """Return a report as a file: who made it of what, the figures, and a section a table."""
    rows: list[Sequence[Cell]] = [
        ("Report", safe(report.title)),
        *(() if report.is_of_now else (_days(report),)),
        ("Tickets", safe(report.scope_name)),
        ("As of (UTC)" if report.is_of_now else "Made (UTC)", _moment(report.made_at)),
        ("Made by", safe(report.made_by)),
    ]
    if report.figures:
        rows += [(), ("Figure", "Unit", "Value", "The days before", "Note")]
        rows += [
            (
                safe(each.label),
                Unit.SECONDS.value if each.unit.is_time else each.unit.value,
                _number(each.value, each.unit),
                _number(each.before, each.unit),
                safe(each.note),
            )
            for each in report.figures
        ]
    for chart in report.charts:
        rows += _chart(chart)
    for table in report.tables:
        rows += _table(table)
    if report.notes:
        rows += [(), ("Notes",), *((safe(note),) for note in report.notes)]
    return (BYTE_ORDER_MARK if bom else b"") + _written(rows)


def _days(report: Report) -> Sequence[Cell]:
    return "Days", report.first, report.last, safe(report.time_zone)


def head_of_lines(*, bom: bool = True) -> bytes:
    """Return what a file of tickets begins with."""
    return (BYTE_ORDER_MARK if bom else b"") + _written([_LINE_TITLES])


def lines_as_csv(lines: Iterable[TicketLine]) -> bytes:
    """Return some tickets as the next lines of a file."""
    return _written(_line(line) for line in lines)


def head_of_entries(*, bom: bool = True) -> bytes:
    """Return what a file of the audit log begins with."""
    return (BYTE_ORDER_MARK if bom else b"") + _written([_ENTRY_TITLES])


def entries_as_csv(entries: Iterable[AuditView]) -> bytes:
    """Return some entries of the audit log as the next lines of a file."""
    return _written(_entry(entry) for entry in entries)


def _entry(entry: AuditView) -> Sequence[Cell]:
    changes = [f"{each.name}: {each.before} -> {each.after}" for each in entry.changes]
    return (
        entry.id,
        _moment(entry.at),
        entry.action.label,
        safe(entry.actor_name),
        "yes" if entry.by_key else "no",
        safe(entry.source),
        safe(entry.about),
        safe(entry.about_name),
        safe("\n".join(changes)),
        entry.digest,
    )


def _line(line: TicketLine) -> Sequence[Cell]:
    return (
        line.number,
        safe(line.subject),
        line.status,
        line.priority,
        _text(line.category),
        _text(line.team),
        safe(line.requester),
        _text(line.assignee),
        line.source,
        _moment(line.created_at),
        _moment(line.first_responded_at),
        _moment(line.resolved_at),
        _moment(line.closed_at),
        _moment(line.first_response_due),
        _moment(line.resolution_due),
        line.reopened,
        line.rating,
    )


def _table(table: ReportTable) -> list[Sequence[Cell]]:
    rows: list[Sequence[Cell]] = [(), (safe(table.title),)]
    if table.note:
        rows.append((safe(table.note),))
    rows.append(tuple(safe(full_title(column)) for column in table.columns))
    units = [column.unit for column in table.columns]
    rows += [tuple(map(_cell, row, units)) for row in table.rows]
    return rows


def _chart(chart: ReportChart) -> list[Sequence[Cell]]:
    """Return what a chart draws: a file of numbers has no other way to tell it."""
    titles = [full_title(Column(title=name, unit=chart.unit)) for name in chart.series]
    rows: list[Sequence[Cell]] = [(), (safe(chart.title),), ("", *map(safe, titles))]
    for point in chart.points:
        values = (point.value, point.second)[: len(chart.series)]
        rows.append(
            (point.day or safe(point.label), *(_number(each, chart.unit) for each in values))
        )
    return rows


def _cell(value: Cell, unit: Unit | None) -> Cell:
    return safe(value) if isinstance(value, str) else _number(value, unit)


def _number(value: float | None, unit: Unit | None) -> Cell:
    """Return a number in as many places as all of its unit have; a count is written bare."""
    if value is None:
        return None
    if unit in _PLACES:
        return f"{value:.{_PLACES[unit]}f}"
    return int(value) if float(value).is_integer() else f"{value:.1f}"


def _text(text: str | None) -> str:
    return safe(text) if text else ""


def _moment(moment: datetime | None) -> str:
    # Kept in UTC: the offset would only keep spreadsheets from knowing a date.
    return "" if moment is None else moment.isoformat(" ", "seconds")[:19]


def _written(rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
