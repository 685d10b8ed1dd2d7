# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies a desk from one database to another, of the same kind or not: SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from itertools import groupby, islice, starmap
from operator import itemgetter
from typing import NamedTuple, TypeVar

from helpdesk.core.errors import Conflict, DatabaseFault, NoDesk, ReadOnly
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.database import schema
from helpdesk.database.article_search import TEXT_COLUMNS, article_text
from helpdesk.database.bulk import (
    BulkConnection,
    Row,
    RowSource,
    TicketText,
    bulk_loading,
    bulk_reading,
    joined,
)
from helpdesk.database.db_manager import READ_ONLY_SENTENCE, DbManager
from helpdesk.database.new_file import is_taken, new_database
from helpdesk.database.sqlite_manager import SqliteManager

Progress = Callable[[int, int], None]
"""Called with the rows done and all rows; each row counts when it is written and when compared."""

COPIED = (
    "desk_fact",
    "user",
    "person_profile",
    "second_factor",
    "recovery_code",
    "sign_in_failure",
    "sign_in_source",
    "category",
    "business_calendar",
    "calendar_revision",
    "team",
    "team_member",
    "ticket",
    "comment",
    "event",
    "tag",
    "ticket_tag",
    "watcher",
    "ticket_link",
    "ticket_merge",
    "ticket_origin",
    "snooze",
    "ticket_task",
    "time_entry",
    "attachment",
    "attachment_piece",
    "custom_field",
    "ticket_field",
    "ticket_template",
    "macro",
    "saved_view",
    "view_pin",
    "recurrence",
    "deed",
    "deed_step",
    "trashed_ticket",
    "api_key",
    "article_category",
    "article",
    "article_revision",
    "article_reference",
    "article_image",
    "article_rating",
    "article_day",
    "article_solved",
    "article_miss",
    "ticket_article",
    "conversation",
    "conversation_message",
    "assistant_call",
    "first_response",
    "triage_term",
    "triage_ticket",
    "triage_trial",
    "triage_fit",
    "triage_outcome",
    "sla_policy",
    "ticket_sla",
    "sla_segment",
    "sla_clock",
    "sla_handover",
    "rule",
    "rule_run",
    "notification",
    "notification_choice",
    "notification_setting",
    "chat_channel",
    "outbox_message",
    "outbox_file",
    "outbox_attachment",
    "rating",
    "ticket_figure",
    "daily_figure",
    "hourly_figure",
    "own_dashboard",
    "team_dashboard",
    "report_schedule",
    "audit_entry",
    "desk_change",
)
"""In the order in which they refer to each other."""

NOT_COPIED = (
    "session",
    "pending_sign_in",
    "single_sign_on_request",
    "reset_request",
    "idempotency",
    "job",
    "assistant_answer",
    "presence",
)

KEYS = {
    "desk_fact": ("name",),
    "person_profile": ("person_id",),
    "second_factor": ("person_id",),
    "recovery_code": ("code_hash",),
    "sign_in_failure": ("username_folded", "source"),
    "sign_in_source": ("user_id", "source_hash"),
    "article_revision": ("article_id", "number"),
    "article_reference": ("article_id", "kind", "target_id"),
    "article_rating": ("article_id", "user_id"),
    "article_day": ("article_id", "day"),
    "article_solved": ("article_id", "user_id", "day"),
    "article_miss": ("text_folded",),
    "ticket_article": ("ticket_id", "article_id"),
    "first_response": ("ticket_id",),
    "triage_term": ("bucket",),
    "triage_ticket": ("ticket_id",),
    "triage_trial": ("ticket_id", "field"),
    "triage_fit": ("field",),
    "team_member": ("team_id", "user_id"),
    "ticket_sla": ("ticket_id",),
    "sla_handover": ("from_id",),
    "notification_choice": ("person_id", "happening"),
    "notification_setting": ("person_id",),
    "ticket_figure": ("ticket_id",),
    "daily_figure": ("slice", "first_id", "second_id", "day"),
    "hourly_figure": ("team_id", "day", "hour"),
    "own_dashboard": ("person_id",),
    "team_dashboard": ("team_id",),
    "outbox_attachment": ("message_id",),
    "ticket_tag": ("ticket_id", "tag_id"),
    "watcher": ("ticket_id", "person_id"),
    "ticket_merge": ("merged_id",),
    "ticket_origin": ("source", "ref"),
    "snooze": ("ticket_id",),
    "attachment_piece": ("attachment_id", "position"),
    "ticket_field": ("ticket_id", "field_id"),
    "view_pin": ("person_id", "view_id"),
    "deed_step": ("deed_id", "ticket_id"),
    "trashed_ticket": ("ticket_id",),
}
"""The columns that name a row, where that is not its id."""
OF_EACH_DATABASE = ("feed_epoch", "program_version")
"""Facts that the target has already: a feed of its own makes every window load everything."""

_TELL_EVERY = 1_000
_INDEXED_AT_ONCE = 500
_HASH_BYTES = 16
_TICKET_TEXT = ("id", "requester_id", "subject", "description")
_COMMENT_TEXT = ("ticket_id", "id", "internal", "body")
_FILE_TEXT = ("ticket_id", "comment_id", "id", "internal", "said", "name")
_NOT_EMPTY = "There is already a desk at {place}; nothing was changed. Name an empty database."
_DIFFERS = (
    "The table {table} reads differently in the copy, so that nothing was copied;"
    " look at the desk with: helpdesk check-db, and try again."
)


_AnyRow = TypeVar("_AnyRow")


class CopiedTable(NamedTuple):
    """How much of a table was copied."""

    name: str
    rows: int


def copy_desk(
    source: DbManager, target: DbManager, progress: Progress | None = None
) -> tuple[CopiedTable, ...]:
    """Copy all of a desk into a target that is empty, or has the empty schema of a desk.

    Numbers, passwords and API keys stay what they are. Sessions, the answers kept for repeated
    calls and the plan of jobs are not copied: people sign in again, and jobs are planned anew.
    The source is read as of one moment and may be in use; the target is written in one
    transaction, and each table is read back and compared before the commit.

    Raises ``Conflict`` when the target is not empty, ``Damaged`` when the source breaks the
    rules of its own tables, ``DatabaseFault`` when a table reads differently in the copy, and
    what ``schema.check``, ``DbManager.reading`` and ``DbManager.writing`` raise. Whatever is
    raised, the target stays as it was.
    """
    schema.check(source)
    with bulk_reading(source) as view, filling(target) as load:
        return Copying(view.connection, load, progress, texts=view.connection).run()


class Copying:
    """One copy under way."""

    def __init__(
        self,
        source: RowSource,
        target: BulkConnection,
        progress: Progress | None,
        *,
        texts: BulkConnection | None = None,
    ) -> None:
        """Copy from anything that has a desk's rows, table by table.

        What tickets are found by is made of ``texts``, or of what the target holds by then.
        """
        self._source = source
        self._target = target
        self._progress = progress
        self._texts = texts
        self._counts = {table: source.count(table) for table in COPIED}
        self._done = 0
        indexed = self._counts["ticket"] + self._counts["article"]
        self._total = 2 * sum(self._counts.values()) + indexed

    def run(self) -> tuple[CopiedTable, ...]:
        """Write, index and compare every table."""
        for table in COPIED:
            self._write(table)
        self._index()
        for table in COPIED:
            self._compare(table)
        if self._progress:
            self._progress(self._total, self._total)
        return tuple(CopiedTable(table, self._counts[table]) for table in COPIED)

    def _write(self, table: str) -> None:
        columns = self._source.columns(table)
        rows = self._source.rows(table, columns, order=KEYS.get(table, ("id",)))
        if table == "article_category":
            rows = _parents_first(columns, rows)
        self._target.insert(table, columns, self._told(own_rows(table, columns, rows)))

    def _index(self) -> None:
        source = self._texts or self._target
        texts = self._told(_texts(source))
        articles = source.rows("article", TEXT_COLUMNS, order=("id",))
        named = self._told(starmap(article_text, articles))
        if self._texts is not None:
            self._target.index(texts)
            self._target.index_articles(named)
        else:
            # Nothing is read from a connection while it takes rows.
            while some := list(islice(texts, _INDEXED_AT_ONCE)):
                self._target.index(some)
            while few := list(islice(named, _INDEXED_AT_ONCE)):
                self._target.index_articles(few)
        for table in ("ticket", "article"):
            if self._target.count(f"{table}_search") != self._counts[table]:
                raise DatabaseFault(_DIFFERS.format(table=f"{table}_search"))

    def _compare(self, table: str) -> None:
        columns = self._source.columns(table)
        wanted = _digest(self._told(own_rows(table, columns, self._source.rows(table, columns))))
        if _digest(own_rows(table, columns, self._target.rows(table, columns))) != wanted:
            raise DatabaseFault(_DIFFERS.format(table=table))

    def _told(self, rows: Iterable[_AnyRow]) -> Iterator[_AnyRow]:
        for row in rows:
            if self._progress and self._done % _TELL_EVERY == 0:
                self._progress(self._done, self._total)
            self._done += 1
            yield row


def own_rows(table: str, columns: Sequence[str], rows: Iterator[Row]) -> Iterator[Row]:
    """Leave out the facts that each database has of its own."""
    if table != "desk_fact":
        return rows
    name = columns.index("name")
    return (row for row in rows if row[name] not in OF_EACH_DATABASE)


def _parents_first(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows of a tree so that none refers to a later one; there are few of them."""
    id_, parent = columns.index("id"), columns.index("parent_id")
    waiting, written = list(rows), {None}
    while waiting:
        ready = [row for row in waiting if row[parent] in written]
        # What hangs on nothing is left to the target, which refuses it.
        yield from ready or waiting
        written |= {row[id_] for row in ready}
        waiting = [row for row in waiting if row[id_] not in written] if ready else []


def _digest(rows: Iterable[Row]) -> tuple[int, int]:
    """Return the number of rows and a checksum that their order does not change."""
    count = total = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - counts
        digest = blake2b(repr(row).encode(), digest_size=_HASH_BYTES).digest()
        total += int.from_bytes(digest)
    return count, total


def _texts(source: BulkConnection) -> Iterator[TicketText]:
    """Yield what each ticket is found by: walks side by side, one ticket in memory."""
    tickets = source.rows("ticket", _TICKET_TEXT, order=("id",))
    bodies = source.rows("comment", _COMMENT_TEXT, order=("ticket_id", "id"))
    files = source.rows("attachment", _FILE_TEXT, order=("ticket_id", "id"))
    threads = _Side((id_, place, 0, *said) for id_, place, *said in bodies)
    attached = _Side(
        (id_, comment_id or 0, place, internal, said or name)
        for id_, comment_id, place, internal, said, name in files
        # One that stands on nothing is found by nobody.
        if id_ is not None
    )
    tags, watchers = _tags(source), _watchers(source)
    values = _own_values(source)
    for id_, requester_id, subject, description in tickets:
        lines = threads.of(id_)
        if others := attached.of(id_):
            lines = sorted(lines + others, key=itemgetter(1, 2))
        public, hidden = values(id_)
        yield TicketText(
            id_,
            requester_id,
            "\n".join(filter(None, (subject, " ".join(tags(id_))))) + joined(public),
            description,
            joined(said for *_, internal, said in lines if not internal),
            joined((*hidden, *(said for *_, internal, said in lines if internal))),
            " ".join(watchers(id_)),
        )


def _tags(source: BulkConnection) -> Callable[[int], list[str]]:
    """Return what tells the tags of each ticket, asked for in the tickets' order."""
    columns = ("id", "name", "name_folded")
    named = {id_: (key, name) for id_, name, key in source.rows("tag", columns)}
    marked = ("ticket_id", "tag_id")
    beside = _Side(source.rows("ticket_tag", marked, order=marked))
    return lambda ticket_id: [
        name for _, name in sorted(named[id_] for _, id_ in beside.of(ticket_id))
    ]


def _own_values(source: BulkConnection) -> Callable[[int], tuple[list[str], list[str]]]:
    """Return what tells what own fields hold: for all, and for the staff; in the tickets' order."""
    fields = {
        id_: (kind == FieldKind.USER, bool(staff_only))
        for id_, kind, staff_only in source.rows("custom_field", ("id", "kind", "staff_only"))
    }
    people: dict[str, str] = {}
    if any(is_person for is_person, _ in fields.values()):
        people = {str(id_): name for id_, name in source.rows("user", ("id", "full_name"))}
    columns = ("ticket_id", "field_id", "value")
    beside = _Side(source.rows("ticket_field", columns, order=columns[:2]))

    def of(ticket_id: int) -> tuple[list[str], list[str]]:
        held: tuple[list[str], list[str]] = ([], [])
        for _, field_id, value in beside.of(ticket_id):
            is_person, staff_only = fields[field_id]
            if shown := people.get(value) if is_person else value:
                held[staff_only].append(shown)
        return held

    return of


def _watchers(source: BulkConnection) -> Callable[[int], list[str]]:
    """Return what tells who follows each ticket, asked for in the tickets' order."""
    columns = ("ticket_id", "person_id")
    beside = _Side(source.rows("watcher", columns, order=columns))
    return lambda ticket_id: [str(id_) for _, id_ in beside.of(ticket_id)]


class _Side:
    """Rows in the order of their tickets, which come first in them."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._groups = groupby(rows, key=itemgetter(0))
        self._ticket_id: int | None = None
        self._rows: Iterator[Row] = iter(())
        self._next()

    def of(self, ticket_id: int) -> list[Row]:
        """Return the rows of a ticket; tickets are asked for in order."""
        if self._ticket_id != ticket_id:
            return []
        rows = list(self._rows)
        self._next()
        return rows

    def _next(self) -> None:
        self._ticket_id, self._rows = next(self._groups, (None, iter(())))


@contextmanager
def filling(target: DbManager) -> Iterator[BulkConnection]:
    """Yield the target with the newest schema and no rows; an error leaves it as it was."""
    if target.read_only:
        raise ReadOnly(READ_ONLY_SENTENCE)
    if isinstance(target, SqliteManager):
        with _filling_file(target) as load:
            yield load
    else:
        with _filling_postgres(target) as load:
            yield load


@contextmanager
def _filling_file(target: SqliteManager) -> Iterator[BulkConnection]:
    if is_taken(target.path):
        _require_empty_file(target)
        with bulk_loading(target, fresh=True) as load:
            _require_empty(load.connection, target)
            yield load.connection
    else:
        with new_database(target) as made, bulk_loading(made, fresh=True) as load:
            yield load.connection


@contextmanager
def _filling_postgres(target: DbManager) -> Iterator[BulkConnection]:
    # Here, because the driver is not always there.
    from helpdesk.database.bulk_postgres import loading_over, reading_over

    begin = target.writing if _is_desk(target) else partial(schema.created, target)
    with begin() as session:
        # Before the load takes the tables for itself alone.
        _require_empty(reading_over(session.connection()), target)
        with loading_over(session.connection(), fresh=True) as load:
            yield load


def _is_desk(target: DbManager) -> bool:
    try:
        schema.check(target)
    except NoDesk:
        return False
    return True


def _require_empty_file(target: SqliteManager) -> None:
    """Raise ``Conflict`` for a file that is not an empty desk, before anything is done to it."""
    looker = SqliteManager(target.path, read_only=True)
    try:
        schema.check(looker)
    except DatabaseFault as error:
        raise Conflict(_NOT_EMPTY.format(place=target.place)) from error
    with bulk_reading(looker) as view:
        _require_empty(view.connection, target)


def _require_empty(load: BulkConnection, target: DbManager) -> None:
    tables = [table for table in (*COPIED, *NOT_COPIED) if table != "desk_fact"]
    facts = {row[0] for row in load.rows("desk_fact", ("name",))}
    if any(map(load.count, tables)) or not facts <= set(OF_EACH_DATABASE):
        raise Conflict(_NOT_EMPTY.format(place=target.place))
