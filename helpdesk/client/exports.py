# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes reports and tickets into files that are there whole or not at all.

A file grows under another name beside its own, and gets that at the end by one step of the
system: whoever stops it, or has no room left, finds what was there before.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.reports import FileFormat, LinesQuery, Report
from helpdesk.core.schemas.tickets import TicketQuery

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""
PART = ".part"

_STOPPED = "The export was stopped; no file was written."
_NO_ROOM = "There is no room left for {name}; free some, or choose another place."
_CANNOT = "{name} cannot be written ({why}); choose another place."


class Stopped(DeskError):
    """Somebody stopped the export; nothing of it is left."""


class NotWritten(DeskError):
    """The file cannot be written where it was to be."""


def report_file(report: Report, kind: FileFormat, *, bom: bool = True) -> bytes:
    """Return a report as a file."""
    # What writes PDF takes long to load, and most who are here want no file.
    if kind is FileFormat.PDF:
        from helpdesk.reporting.pdf_file import report_as_pdf

        return report_as_pdf(report)
    from helpdesk.reporting.csv_file import report_as_csv

    return report_as_csv(report, bom=bom)


def media_type_of(kind: FileFormat) -> str:
    """Return what mail programs call a kind of file."""
    return "application/pdf" if kind is FileFormat.PDF else "text/csv"


def save_report(
    report: Report,
    target: Path,
    kind: FileFormat,
    *,
    bom: bool = True,
    is_stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Write a report into a file. Raises ``NotWritten``, and ``Stopped`` before it writes."""
    data = report_file(report, kind, bom=bom)
    if is_stopped():
        raise Stopped(_STOPPED)
    with growing(target) as file:
        file.write(data)


def export_tickets(
    desk: HelpDesk,
    query: TicketQuery,
    target: Path,
    *,
    bom: bool = True,
    progress: Progress = lambda _done, _total: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Write the tickets that match into a CSV file, page by page, and return how many they are.

    Raises ``Stopped`` soon after ``is_stopped`` says so, ``NotWritten``, and what the desk raises.
    """
    from helpdesk.reporting.csv_file import head_of_lines, lines_as_csv

    done, total, cursor = 0, 0, None
    with growing(target) as file:
        file.write(head_of_lines(bom=bom))
        while True:
            page = desk.reports.lines(LinesQuery(query=query, cursor=cursor))
            file.write(lines_as_csv(page.lines))
            done += len(page.lines)
            total = max(done, total if page.total is None else page.total)
            progress(done, total)
            if is_stopped():
                raise Stopped(_STOPPED)
            if page.next_cursor is None:
                return done
            cursor = page.next_cursor


@contextmanager
def growing(target: Path) -> Iterator[BinaryIO]:
    """Yield a file that becomes ``target`` when the block ends well, and else goes away."""
    part = target.with_name(target.name + PART)
    try:
        with _explained(target), part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with _explained(target):
            part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NotWritten(_NO_ROOM.format(name=target.name)) from error
        why = error.strerror or type(error).__name__
        raise NotWritten(_CANNOT.format(name=target.name, why=why)) from error
