# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes reports, tickets and the audit log into files that are there whole or not at all.

A file grows under another name beside its own, which nothing had before, and gets that at the end
by one step of the system: whoever stops it, or has no room left, finds what was there before.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import DeskError, ReadOnly
from helpdesk.core.schemas.audit import AuditQuery
from helpdesk.core.schemas.reports import FileFormat, FileNote, LinesQuery, Report
from helpdesk.core.schemas.ticket_exports import RecordsQuery
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.text import NAME_LIMIT, ellipsis, single_line

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""
PART = ".part"
_SIGNS = 4
_NEW_FILE = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
_ENTRIES_AT_ONCE = 500

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


def note_report(desk: HelpDesk, report: Report, kind: FileFormat) -> None:
    """Enter into the audit log that figures of the screen become a file.

    Where a desk is open for reading only nothing can be entered, and reading goes on.
    """
    days = "" if report.is_of_now else f", {report.first} to {report.last}"
    told = f"{report.title} of {report.scope_name}{days}, as {kind.value.upper()}"
    with suppress(ReadOnly):
        desk.reports.note_file(FileNote(detail=ellipsis(single_line(told), NAME_LIMIT)))


def save_report(
    report: Report,
    target: Path,
    kind: FileFormat,
    *,
    bom: bool = True,
    is_stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Write a report into a file.

    Raises ``NotWritten``, and ``Stopped`` where ``is_stopped`` says so before it has its name.
    """
    data = report_file(report, kind, bom=bom)
    with growing(target, is_stopped) as file:
        _go_on(is_stopped)
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

    Raises ``Stopped`` soon after ``is_stopped`` says so, up to the moment in which the file gets
    its name; ``NotWritten``, and what the desk raises.
    """
    from helpdesk.reporting.csv_file import head_of_lines, lines_as_csv

    done, total, cursor = 0, 0, None
    with growing(target, is_stopped) as file:
        file.write(head_of_lines(bom=bom))
        while True:
            page = desk.reports.lines(LinesQuery(query=query, cursor=cursor))
            file.write(lines_as_csv(page.lines))
            done += len(page.lines)
            total = max(done, total if page.total is None else page.total)
            progress(done, total)
            _go_on(is_stopped)
            if page.next_cursor is None:
                return done
            cursor = page.next_cursor


def export_records(
    desk: HelpDesk,
    query: TicketQuery,
    target: Path,
    *,
    comments: bool = False,
    progress: Progress = lambda _done, _total: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Write the tickets that match into a file of JSON, a list with a ticket on each line.

    Returns how many they are, and raises what ``export_tickets`` does.
    """
    done, total, cursor = 0, 0, None
    with growing(target, is_stopped) as file:
        file.write(b"[")
        while True:
            asked = RecordsQuery(query=query, comments=comments, cursor=cursor)
            page = desk.ticket_exports.some(asked)
            for record in page.records:
                file.write(b",\n" if done else b"\n")
                file.write(record.model_dump_json().encode())
                done += 1
            total = max(done, total if page.total is None else page.total)
            progress(done, total)
            _go_on(is_stopped)
            if page.next_cursor is None:
                file.write(b"\n]\n")
                return done
            cursor = page.next_cursor


def export_audit(
    desk: HelpDesk,
    query: AuditQuery,
    target: Path,
    *,
    bom: bool = True,
    progress: Progress = lambda _done, _total: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Write the entries of the audit log that match into a CSV file, and return how many they are.

    ``progress`` hears how much of the log has been looked through. Raises what
    ``export_tickets`` does.
    """
    from helpdesk.reporting.csv_file import entries_as_csv, head_of_entries

    query = query.model_copy(update={"limit": _ENTRIES_AT_ONCE, "cursor": None})
    done = newest = 0
    with growing(target, is_stopped) as file:
        file.write(head_of_entries(bom=bom))
        while True:
            page = desk.audit.export(query)
            file.write(entries_as_csv(page.items))
            done += len(page.items)
            if page.items:
                newest = newest or page.items[0].id
                progress(newest - page.items[-1].id + 1, newest)
            _go_on(is_stopped)
            if page.next_cursor is None:
                return done
            query = query.model_copy(update={"cursor": page.next_cursor})


@contextmanager
def growing(target: Path, is_stopped: Callable[[], bool] = lambda: False) -> Iterator[BinaryIO]:
    """Yield a file that becomes ``target`` when the block ends well, and else goes away.

    Nobody but who writes it can read it. Raises ``Stopped`` where ``is_stopped`` says so right
    before it becomes that.
    """
    # No two grow under one name, and nobody's own file has it.
    part = target.with_name(f"{target.name}.{secrets.token_hex(_SIGNS)}{PART}")
    with _explained(target):
        # Much of a desk is in it, and where it lies others may be at home too.
        opened = os.fdopen(os.open(part, _NEW_FILE, 0o600), "wb")
    try:
        with _explained(target), opened as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _go_on(is_stopped)
        with _explained(target):
            part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _go_on(is_stopped: Callable[[], bool]) -> None:
    if is_stopped():
        raise Stopped(_STOPPED)


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NotWritten(_NO_ROOM.format(name=target.name)) from error
        why = error.strerror or type(error).__name__
        raise NotWritten(_CANNOT.format(name=target.name, why=why)) from error
