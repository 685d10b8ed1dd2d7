# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk report`` and ``helpdesk export tickets``: figures and tickets in files."""

from __future__ import annotations

from argparse import Namespace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from helpdesk.client.exports import export_records, export_tickets, save_report
from helpdesk.commands.place import Place
from helpdesk.commands.terminal import counted, progress, say
from helpdesk.core.clock import system_clock
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.figures import Period, Scope, Span
from helpdesk.core.schemas.reports import FileFormat, Report, ReportKind, ReportRequest
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.schemas.users import Role
from helpdesk.core.text import folded
from helpdesk.core.validation import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from helpdesk.client.help_desk import HelpDesk

_USUAL_DAYS = 30
_NONE = "There is no {kind} called {name}; choose one of: {names}."
_MOST_NAMES = 30
_NO_STAFF = (
    "{name} is no technician, so no ticket is assigned to them; name somebody of the staff, or"
    " leave --technician out for all tickets."
)
_NO_FOLDER = "There is no folder {folder}; make it, or choose another place."


def make(place: Place, options: Namespace) -> int:
    """Write a report into a file."""
    target = _reachable(options.output)
    with place.desk() as embedded:
        desk = embedded.as_system()
        request = _request(desk, options)
        report = desk.reports.make(request)
        kind = FileFormat(target.suffix[1:].lower())
    save_report(report, target, kind, bom=not options.no_bom)
    days = f"as of {report.made_at:%Y-%m-%d}" if report.is_of_now else _days(report)
    say(f"{report.title}, {days}, is written to {target}.")
    return 0


def tickets(place: Place, options: Namespace) -> int:
    """Write the tickets that are asked for into a CSV file, or into one of JSON by its name."""
    target = _reachable(options.file)
    try:
        query = TicketQuery(text=options.query)
    except ValidationError as error:
        raise invalid(error) from error
    with place.desk() as desk, progress("Exporting", "tickets") as report:
        for problem in desk.as_system().queries.understood(options.query).problems:
            raise Invalid(problem.sentence)
        if target.suffix.lower() == ".json":
            done = export_records(
                desk.as_system(), query, target, comments=options.comments, progress=report
            )
        else:
            done = export_tickets(
                desk.as_system(), query, target, bom=not options.no_bom, progress=report
            )
    say(f"Exported to {target}: {counted(done, 'ticket', 'tickets')}.")
    return 0


def _days(report: Report) -> str:
    return f"{report.first} to {report.last}"


def _reachable(file: Path) -> Path:
    """Return where a file will stand; that it cannot is told before any work is done."""
    target = file.absolute()
    if not target.parent.is_dir():
        raise Invalid(_NO_FOLDER.format(folder=target.parent))
    return target


def _request(desk: HelpDesk, options: Namespace) -> ReportRequest:
    try:
        scope = Scope(
            team_id=_team(desk, options.team),
            technician_id=_technician(desk, options.technician),
            category_id=_category(desk, options.category),
            priority=options.priority,
        )
        kind = ReportKind(options.name)
        return ReportRequest(kind=kind, span=_span(options), scope=scope)
    except ValidationError as error:
        raise invalid(error) from error


def _span(options: Namespace) -> Span:
    if options.period is not None:
        return Span(period=Period(options.period))
    last: date = options.last or system_clock().date()
    first: date = options.first or last - timedelta(days=_USUAL_DAYS - 1)
    if first > last:
        raise Invalid(f"The report would begin on {first} and end on {last}; name them in order.")
    return Span(period=Period.CUSTOM, first=first.isoformat(), last=last.isoformat())


def _team(desk: HelpDesk, name: str | None) -> int | None:
    if name is None:
        return None
    return _chosen("team", name, ((each.name, each.id) for each in desk.teams.all()))


def _category(desk: HelpDesk, name: str | None) -> int | None:
    if name is None:
        return None
    return _chosen("category", name, ((each.name, each.id) for each in desk.tickets.categories()))


def _technician(desk: HelpDesk, username: str | None) -> int | None:
    if username is None:
        return None
    account = desk.users.named(username)
    if account.role is Role.USER:
        raise Invalid(_NO_STAFF.format(name=account.username))
    return account.id


def _chosen(kind: str, name: str, known: Iterable[tuple[str, int]]) -> int:
    found = {folded(each): (each, id_) for each, id_ in known}
    if folded(name) not in found:
        names = ", ".join([each for each, _ in found.values()][:_MOST_NAMES]) or "none at all"
        raise Invalid(_NONE.format(kind=kind, name=name, names=names))
    return found[folded(name)][1]
