# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts tickets on the clipboard as a table: for spreadsheets as lines, for letters as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from PyQt5.QtCore import QMimeData
from PyQt5.QtWidgets import QApplication

from helpdesk.core.formulas import safe
from helpdesk.core.schemas.tickets import TicketRow
from helpdesk.core.text import single_line
from helpdesk.ui.tickets.table.columns import COLUMNS, Column


def copy_rows(
    rows: Sequence[TicketRow], keys: Sequence[str], now: datetime, person_id: int
) -> None:
    """Copy tickets with the columns named, in that order, under their titles."""
    columns = [column for key in keys for column in COLUMNS if column.key == key]
    lines = [[column.title for column in columns]]
    lines += [[_value(column, row, now, person_id) for column in columns] for row in rows]
    copied = QMimeData()
    copied.setText(_as_lines(lines))
    copied.setHtml(_as_html(lines))
    QApplication.clipboard().setMimeData(copied)


def link_text(row: TicketRow) -> str:
    """Return how a ticket is spoken of elsewhere: its number and its subject."""
    return f"{row.number} {single_line(row.subject)}"


def _value(column: Column, row: TicketRow, now: datetime, person_id: int) -> str:
    """Return what a cell says to whoever reads it later: a moment is one, not 'yesterday'."""
    moment = {"opened": row.created_at, "changed": row.updated_at}.get(column.key)
    if moment is not None:
        return moment.astimezone().strftime("%Y-%m-%d %H:%M")
    # The line must stay one, and a spreadsheet must not calculate what somebody has typed.
    return safe(single_line(column.cell(row, now, person_id)[0]).replace("\t", " "))


def _as_lines(lines: Iterable[Sequence[str]]) -> str:
    return "\n".join("\t".join(line) for line in lines)


def _as_html(lines: Sequence[Sequence[str]]) -> str:
    head, *body = lines
    titles = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in body
    )
    return f"<table><tr>{titles}</tr>{rows}</table>"
