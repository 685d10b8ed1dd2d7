# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk import``: brings data in from files, after saying what is wrong with them."""

from __future__ import annotations

import re
from argparse import Namespace

from helpdesk.client.ticket_imports import Wanted, import_tickets, save_problems
from helpdesk.client.ticket_sources import CSV, JSON, SOURCE_WORDS, opened
from helpdesk.commands.place import Place
from helpdesk.commands.terminal import complain, counted, progress, say
from helpdesk.core.clock import system_clock
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.articles import ArticleState
from helpdesk.core.schemas.ticket_imports import SOURCE_PATTERN, UnknownPeople
from helpdesk.core.schemas.tickets import Status
from helpdesk.core.schemas.users import Role
from helpdesk.database.archive_reading import import_desk
from helpdesk.services import article_imports
from helpdesk.services.article_imports import ArticleImport, Lines
from helpdesk.services.counting_in import SOME, count_waiting
from helpdesk.services.imports import Survey, TicketImport, require_importable, survey, write
from helpdesk.services.quiet_hours import known_zone

_NAMES_SHOWN, _PROBLEMS_SHOWN = 8, 100
_NO_ZONE_THERE = "--zone is for osTicket, Zammad and FreeScout; write offsets into other files."
_NO_FILE = "There is no file at {file}; check the name."


def tickets(place: Place, options: Namespace) -> int:
    """Import tickets from a file, or only say what would happen."""
    if options.zone and options.system in ("", CSV, JSON):
        raise Invalid(_NO_ZONE_THERE)
    if options.system:
        return _records(place, options)
    now = system_clock()
    wanted = TicketImport(
        file=options.file.absolute(),
        mappings=tuple(options.map),
        encoding=options.encoding,
        delimiter=options.delimiter,
        skip_bad=options.skip_bad,
        again=options.again,
    )
    with place.desk() as desk:
        with progress("Reading", "bytes") as report:
            found = survey(desk.database, wanted, now=now, progress=report)
        _complain(found)
        if options.dry_run:
            _say_plan(found)
            require_importable(wanted, found)
            return 0
        require_importable(wanted, found)
        with progress("Importing", "tickets") as report:
            count = write(desk.database, place.settings, wanted, found, now=now, progress=report)
    say(f"{_counted(count, 'ticket is', 'tickets are')} imported{_besides(found)}.")
    return 0


def _records(place: Place, options: Namespace) -> int:
    """Import what another system has exported: what can be, and each ticket once."""
    wanted = Wanted(
        source=options.source or options.system,
        trial=options.dry_run,
        unknown_people=UnknownPeople.REFUSE if options.known_people_only else UnknownPeople.CREATE,
    )
    if not re.fullmatch(SOURCE_PATTERN, wanted.source):
        raise Invalid(SOURCE_WORDS.format(name=wanted.source))
    zone = known_zone(options.zone or "UTC")
    with (
        opened(options.system, options.file.absolute(), tuple(options.map), zone) as reader,
        place.desk() as desk,
        progress("Looking" if wanted.trial else "Importing", "tickets") as report,
    ):
        done = import_tickets(desk.as_system(), reader, wanted, progress=report)
        if not wanted.trial:
            count_waiting(desk.database, at_once=SOME)
    for each in done.problems[:_PROBLEMS_SHOWN]:
        complain(f"{each.where}: {each.sentence}")
    if len(done.problems) > _PROBLEMS_SHOWN:
        complain(f"and {len(done.problems) - _PROBLEMS_SHOWN:,} more problems")
    if options.problems is not None:
        save_problems(done.problems, options.problems.absolute())
    say(("Would be imported" if wanted.trial else "Imported") + f": {done.added:,}.")
    say(f"Here already: {done.known:,}. Refused: {done.refused:,}.")
    say(f"New accounts, all deactivated: {done.new_people:,}.")
    if done.error is not None:
        raise done.error
    return 0


def articles(place: Place, options: Namespace) -> int:
    """Import articles from a folder, or only say what would happen."""
    now = system_clock()
    wanted = ArticleImport(folder=options.folder.absolute(), again=options.again)
    with place.desk() as desk:
        with progress("Reading", "files") as report:
            found = article_imports.survey(desk.database, wanted, now=now, progress=report)
        _complain_of(found.bad, "bad files")
        _complain_of(found.remarks, "remarks")
        if options.dry_run:
            _say_article_plan(found)
            article_imports.require_importable(wanted, found)
            return 0
        article_imports.require_importable(wanted, found)
        _say_skipped(found.skipped)
        with progress("Importing", "articles") as report:
            count = article_imports.write(desk.database, wanted, found, now=now, progress=report)
    say(f"{_counted(count, 'article is', 'articles are') or 'No articles are'} imported.")
    return 0


def desk(place: Place, options: Namespace) -> int:
    """Make a desk of the zip that another one was exported into."""
    file = options.file.absolute()
    if not file.is_file():
        raise Invalid(_NO_FILE.format(file=file))
    with place.database() as database, progress("Importing", "rows") as report:
        manifest, copied = import_desk(file, database, progress=report)
        where = database.place
    rows = dict(copied)
    say(
        f"Imported into {where}, and every table was compared:"
        f" {counted(rows['ticket'], 'ticket', 'tickets')},"
        f" {counted(rows['user'], 'person', 'people')}."
    )
    if not manifest.with_passwords:
        say("Nobody has a password there yet: give an admin one with: helpdesk user password NAME.")
    return 0


def _complain_of(lines: Lines, what: str) -> None:
    for line in lines.kept:
        complain(line)
    if lines.count > len(lines.kept):
        complain(f"and {lines.count - len(lines.kept):,} more {what}")


def _say_article_plan(found: article_imports.Survey) -> None:
    say(f"{found.articles:,} articles of {found.files:,} files would be imported:")
    for state in ArticleState:
        if found.by_state[state]:
            say(f"  {found.by_state[state]:,} {state.label}")
    for count, what in (
        (found.for_technicians, "for technicians only"),
        (found.drafts, "with a newer draft"),
        (found.pictures, "pictures"),
    ):
        if count:
            say(f"  {count:,} {what}")
    _say_new("categories", found.new_categories)
    _say_skipped(found.skipped)


def _say_skipped(skipped: Lines) -> None:
    for line in skipped.kept:
        say(line)
    if skipped.count > len(skipped.kept):
        say(f"and {skipped.count - len(skipped.kept):,} more that the desk has already")
    if skipped.count:
        say("Add --again to import them once more.")


def _complain(found: Survey) -> None:
    for line in found.complaints:
        complain(line)
    more = found.bad_rows - len(found.complaints)
    if more > 0:
        complain(f"and {more:,} more bad rows")


def _say_plan(found: Survey) -> None:
    say(f"{found.good_rows:,} of {found.rows:,} rows would be imported:")
    for status in Status:
        if found.by_status[status]:
            say(f"  {found.by_status[status]:,} {status.label}")
    technicians = [p.full_name for p in found.new_people if p.role is Role.TECHNICIAN]
    users = [p.full_name for p in found.new_people if p.role is Role.USER]
    _say_new("technicians", technicians)
    _say_new("users", users)
    _say_new("categories", found.new_categories)
    if found.unused_columns:
        say(f"Columns that are not used: {', '.join(found.unused_columns)}")


def _say_new(what: str, names: list[str]) -> None:
    if names:
        more = len(names) - _NAMES_SHOWN
        rest = f" and {more:,} more" if more > 0 else ""
        say(f"New {what}: {', '.join(names[:_NAMES_SHOWN])}{rest}")


def _besides(found: Survey) -> str:
    made = [
        _counted(
            len(found.new_people), "account without a password", "accounts without a password"
        ),
        _counted(len(found.new_categories), "category", "categories"),
    ]
    added = " and ".join(filter(None, made))
    skipped = _counted(found.bad_rows, "bad row is", "bad rows are")
    return (f", with {added}" if added else "") + (f"; {skipped} left out" if skipped else "")


def _counted(count: int, one: str, many: str) -> str:
    return counted(count, one, many) if count else ""
