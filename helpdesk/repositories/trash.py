# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves everything that is kept of tickets into the trash, and back.

It knows no table by name that it does not have to: whatever refers to a ticket, or to what goes
with one, goes along, so that a table that is added later is no exception. Values are kept as the
database has them, as JSON, alike for each kind of database.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Dialect,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.permissions import Actor, Permission
from helpdesk.database.search import search_of
from helpdesk.database.types import to_microseconds
from helpdesk.models import (
    Attachment,
    Comment,
    Event,
    Ticket,
    TicketMerge,
    TrashedTicket,
)
from helpdesk.models.base import Base
from helpdesk.models.ticket import number_of

_TICKET = "ticket"
_STAYS = {
    ("attachment", "ticket_id"),
    ("attachment", "comment_id"),
    ("conversation", "ticket_id"),
    ("outbox_message", "ticket_id"),
    ("recurrence", "last_ticket_id"),
}
"""What only loses its ticket: files keep their pieces, and what has left the desk stays told of."""
_GONE = {"presence", "ticket_figure"}
"""What is not kept: who looks at a ticket now, and what is worked out anew."""
_AT_ONCE = 500
_ROW_LETTERS = 150
"""A row in the trash has about so many, without what somebody wrote."""
_SEARCH_KEYS = {"sqlite": "rowid", "postgresql": "ticket_id"}
_MERGED = "{number} is merged with another ticket; undo the merge first, then delete it."
_TAKEN = "{number} cannot be brought back: another ticket has got its number."

Row = dict[str, Any]


class Trashed(NamedTuple):
    """What is kept of a deleted ticket: the rows of tables, and what lost its ticket."""

    tables: dict[str, list[Row]]
    lost: list[list[Any]]
    """Table, column, id of the row, and what the column held."""


class TrashRepository:
    """The trash, and the way there and back."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session that writes, and to who looks into the trash."""
        self._session = session
        self._actor = actor

    # --- there ------------------------------------------------------------------------------

    def merged_among(self, ticket_ids: Collection[int]) -> set[int]:
        """Return which of some tickets are merged into others, or have others merged into them."""
        ids = list(ticket_ids)
        statement = select(TicketMerge.merged_id, TicketMerge.survivor_id).where(
            or_(TicketMerge.merged_id.in_(ids), TicketMerge.survivor_id.in_(ids))
        )
        found = {id_ for row in self._session.execute(statement) for id_ in row}
        return found.intersection(ids)

    def require_apart(self, ticket_id: int) -> None:
        """Raise ``Invalid`` for a ticket that was merged with others."""
        if self.merged_among([ticket_id]):
            raise Invalid(_MERGED.format(number=number_of(ticket_id)))

    def rows_of(self, ticket_ids: Collection[int]) -> dict[int, int]:
        """Return about how many rows some tickets have, be they there or in the trash."""
        ids = list(ticket_ids)
        kept = func.length(TrashedTicket.content) / _ROW_LETTERS
        statement: CompoundSelect[*tuple[Any, ...]] = union_all(
            select(Comment.ticket_id, func.count())
            .where(Comment.ticket_id.in_(ids))
            .group_by(Comment.ticket_id),
            select(Event.ticket_id, func.count())
            .where(Event.ticket_id.in_(ids))
            .group_by(Event.ticket_id),
            select(TrashedTicket.ticket_id, kept).where(TrashedTicket.ticket_id.in_(ids)),
        )
        rows: dict[int, int] = defaultdict(int)
        for ticket_id, count in self._session.execute(statement):
            rows[ticket_id] += int(count)
        return rows

    def take(self, tickets: Sequence[Ticket], by_id: int | None, at: datetime) -> None:
        """Move all that is kept of some tickets into the trash."""
        self._session.flush()
        ids = [each.id for each in tickets]
        scopes, lost = _scopes(ids), self._lose(ids)
        rows = {table: self._rows(table, where) for table, where in scopes.items()}
        kept = _shared_out(ids, rows)
        for ticket in tickets:
            content = Trashed(kept[ticket.id], lost[ticket.id])
            self._session.add(
                TrashedTicket(
                    ticket_id=ticket.id,
                    subject=ticket.subject,
                    requester_id=ticket.requester_id,
                    deleted_by_id=by_id,
                    deleted_at=at,
                    content=json.dumps(content._asdict(), separators=(",", ":")),
                )
            )
        self._let_go(set(ids))
        self._unindex(ids)
        for table in reversed(Base.metadata.sorted_tables):
            if table in scopes:
                self._session.execute(delete(table).where(scopes[table]))

    def _lose(self, ids: Sequence[int]) -> dict[int, list[list[Any]]]:
        """Take their ticket from rows that stay, and return what they have to get back."""
        found: dict[int, list[list[Any]]] = {id_: [] for id_ in ids}
        scopes = _scopes(ids)
        comment = Base.metadata.tables["comment"]
        of_comments = dict(
            cast(
                "Iterable[tuple[int, int]]",
                self._session.execute(
                    select(comment.c.id, comment.c.ticket_id).where(scopes[comment])
                ).all(),
            )
        )
        # Comments first: a file on a comment is on its ticket as well.
        for name, column_name in sorted(_STAYS):
            table = Base.metadata.tables[name]
            column = table.c[column_name]
            is_comment = column_name == "comment_id"
            wanted = list(of_comments) if is_comment else list(ids)
            for some in _parts(wanted):
                for id_, value in self._session.execute(
                    select(table.c.id, column).where(column.in_(some))
                ):
                    ticket_id = of_comments[value] if is_comment else value
                    found[ticket_id].append([name, column_name, id_, value])
                values = {column_name: None, **_waiting(column, column)}
                self._session.execute(update(table).where(column.in_(some)).values(values))
        return found

    def _rows(self, table: Table, where: ColumnElement[bool]) -> list[Row]:
        if table.name in _GONE:
            return []
        statement = select(table).where(where).order_by(*table.primary_key)
        dialect = self._dialect
        return [
            {column.name: _stored(column, value, dialect) for column, value in zip(
                table.columns, row, strict=True
            )}
            for row in self._session.execute(statement)
        ]  # fmt: skip

    def _let_go(self, ids: set[int]) -> None:
        """Forget what the session holds of the tickets, before the rows are taken from under it."""
        self._session.flush()
        owned = _owned_names()
        for each in list(self._session.identity_map.values()):
            table = cast("Table", cast("Base", each).__table__)
            of_ticket = getattr(each, "ticket_id", None) in ids and table.name in owned
            if of_ticket or (isinstance(each, Ticket) and each.id in ids):
                self._session.expunge(each)

    def _unindex(self, ids: Sequence[int]) -> None:
        key = _SEARCH_KEYS[self._dialect.name]
        statement = text(f"DELETE FROM ticket_search WHERE {key} = :id")  # noqa: S608 - our own
        self._session.connection().execute(statement, [{"id": id_} for id_ in ids])

    # --- back -------------------------------------------------------------------------------

    def seen(self, ticket_id: int) -> tuple[TrashedTicket, Trashed] | None:
        """Return a ticket in the trash that the actor may read."""
        found = self._content(ticket_id)
        sees_all = self._actor.may(Permission.SEE_ALL_TICKETS)
        return found if found and (sees_all or found[0].requester_id == self._actor.id) else None

    def _content(self, ticket_id: int) -> tuple[TrashedTicket, Trashed] | None:
        row = self._session.get(TrashedTicket, ticket_id)
        if row is None or not row.content:
            return None
        return row, Trashed(**json.loads(row.content))

    def put_back(self, row: TrashedTicket, content: Trashed) -> None:
        """Write everything back. Raises ``Conflict`` where the number is taken."""
        session, ticket_id = self._session, row.ticket_id
        if session.get(Ticket, ticket_id) is not None:
            raise Conflict(_TAKEN.format(number=number_of(ticket_id)))
        self._require_new_names(content)
        self._require_one_timer(row, content)
        moved: dict[str, dict[int, int]] = {}
        for table in Base.metadata.sorted_tables:
            if rows := content.tables.get(table.name):
                self._insert(table, self._kept(table, rows, content, moved), moved)
        self._give_back(content, moved)
        session.delete(row)
        session.flush()
        search_of(session).add_whole(session, ticket_id)

    def _require_new_names(self, content: Trashed) -> None:
        """Let runs of rules lose what may happen once only, where another one has it by now."""
        runs = content.tables.get("rule_run", [])
        names = [row["once"] for row in runs if row["once"]]
        table = Base.metadata.tables["rule_run"]
        taken = set(
            self._session.execute(select(table.c.once).where(table.c.once.in_(names))).scalars()
        )
        for row in runs:
            if row["once"] in taken:
                row["once"] = None

    def _require_one_timer(self, row: TrashedTicket, content: Trashed) -> None:
        """End timers that ran when the ticket was deleted, of who has started another by now."""
        running = [e for e in content.tables.get("time_entry", []) if e["ended_at"] is None]
        entry = Base.metadata.tables["time_entry"].c
        people = [each["person_id"] for each in running]
        asked = select(entry.person_id).where(entry.person_id.in_(people), entry.ended_at.is_(None))
        busy = set(self._session.execute(asked).scalars()) if people else set()
        for each in running:
            if each["person_id"] in busy:
                each["ended_at"] = max(each["started_at"], to_microseconds(row.deleted_at))
                each["seconds"] = (each["ended_at"] - each["started_at"]) // 1_000_000

    def _kept(
        self, table: Table, rows: list[Row], content: Trashed, moved: Mapping[str, dict[int, int]]
    ) -> list[Row]:
        """Return the rows whose other ends are still there, with the ids that those have now."""
        for column in table.columns:
            for key in column.foreign_keys:
                target = key.column.table
                own = {each.get("id") for each in content.tables.get(target.name, [])}
                news = moved.get(target.name, {})
                for each in rows:
                    each[column.name] = news.get(each[column.name], each[column.name])
                own |= set(news.values())
                others = {each[column.name] for each in rows} - own - {None}
                missing = others - self._there(key.column, others)
                if missing:
                    rows = self._without(table, column, rows, missing, content)
        return rows

    def _without(
        self, table: Table, column: Column[Any], rows: list[Row], missing: set[Any], of: Trashed
    ) -> list[Row]:
        """Leave out what has lost its other end, which may be in the trash itself."""
        if column.nullable:
            for each in rows:
                each[column.name] = None if each[column.name] in missing else each[column.name]
            return rows
        for each in rows:
            if each[column.name] in missing and table.name == "ticket_link":
                self._leave_with(each[column.name], table.name, each)
        return [each for each in rows if each[column.name] not in missing]

    def _leave_with(self, ticket_id: int, table: str, row: Row) -> None:
        """Let a link wait in the trash for the ticket at its other end."""
        if found := self._content(ticket_id):
            other, content = found
            links = content.tables.setdefault(table, [])
            if row not in links:
                links.append(row)
                other.content = json.dumps(content._asdict(), separators=(",", ":"))

    def _there(self, column: Column[Any], values: Collection[Any]) -> set[Any]:
        found: set[Any] = set()
        for some in _parts(list(values)):
            statement = select(column).where(column.in_(some))
            found |= set(self._session.execute(statement).scalars())
        return found

    def _insert(self, table: Table, rows: list[Row], moved: dict[str, dict[int, int]]) -> None:
        """Write rows under their own ids, or under new ones where those are taken by now."""
        if not rows:
            return
        has_id = list(table.primary_key.columns.keys()) == ["id"]
        taken = self._there(table.c.id, [each["id"] for each in rows]) if has_id else set()
        if table.name == "ticket_link":
            rows = self._new_links(table, rows)
        dialect = self._dialect
        values = [
            {name: _loaded(table.c[name], value, dialect) for name, value in each.items()}
            for each in (_without_unknown(table, row) for row in rows)
            if each
        ]
        free = [each for each in values if not has_id or each["id"] not in taken]
        if free:
            self._session.execute(insert(table), free)
        for each in (each for each in values if has_id and each["id"] in taken):
            old = each.pop("id")
            result = self._session.execute(insert(table).returning(table.c.id), each)
            moved.setdefault(table.name, {})[old] = result.scalar_one()

    def _new_links(self, table: Table, rows: list[Row]) -> list[Row]:
        """Leave out links that have been made again meanwhile."""
        ends = [each["from_id"] for each in rows]
        there = {
            tuple(row)
            for row in self._session.execute(
                select(table.c.from_id, table.c.to_id, table.c.kind).where(
                    table.c.from_id.in_(ends)
                )
            )
        }
        kinds = {each: _loaded(table.c.kind, each, self._dialect) for each in _kinds(rows)}
        return [
            each for each in rows
            if (each["from_id"], each["to_id"], kinds[each["kind"]]) not in there
        ]  # fmt: skip

    def _give_back(self, content: Trashed, moved: Mapping[str, dict[int, int]]) -> None:
        """Give their ticket back to the rows that stayed, where they have got no other."""
        comments = moved.get("comment", {})
        for name, column_name, id_, value in content.lost:
            table = Base.metadata.tables[name]
            new = comments.get(value, value) if column_name == "comment_id" else value
            column = table.c[column_name]
            mine = (table.c.id == id_, column.is_(None))
            values = {column_name: new, **_waiting(column, None)}
            self._session.execute(update(table).where(*mine).values(values))

    @property
    def _dialect(self) -> Dialect:
        return self._session.connection().dialect


def _waiting(column: Column[Any], ticket: Column[Any] | None) -> dict[str, Column[Any] | None]:
    """Return what a file notes when it loses its ticket, or has it back: that it waits for it."""
    is_file = column is Attachment.__table__.c.ticket_id
    return {Attachment.trashed_id.key: ticket} if is_file else {}


def _without_unknown(table: Table, row: Row) -> Row:
    """Return a row without what the table has no column for any more."""
    return {name: value for name, value in row.items() if name in table.c}


def _scopes(ids: Sequence[int]) -> dict[Table, ColumnElement[bool]]:
    """Return for each table that goes with tickets which of its rows go with these."""
    ticket = Base.metadata.tables[_TICKET]
    scopes: dict[Table, ColumnElement[bool]] = {ticket: ticket.c.id.in_(ids)}
    for table in Base.metadata.sorted_tables:
        if table is ticket:
            continue
        conditions = []
        for column in table.columns:
            if (table.name, column.name) in _STAYS:
                continue
            for key in column.foreign_keys:
                target = key.column.table
                if target is ticket:
                    conditions.append(column.in_(ids))
                elif target in scopes and target is not table:
                    conditions.append(column.in_(select(target.c.id).where(scopes[target])))
        if conditions and not _is_staying(table):
            # What names its ticket itself is found by that alone.
            direct = [each for each in conditions if _names_ticket(each, table)]
            scopes[table] = or_(*(direct or conditions))
    return scopes


def _names_ticket(condition: ColumnElement[bool], table: Table) -> bool:
    column = cast("Any", condition).left
    return any(key.column.table.name == _TICKET for key in table.c[column.name].foreign_keys)


def _is_staying(table: Table) -> bool:
    return any(name == table.name for name, _ in _STAYS)


def _owned_names() -> set[str]:
    return {table.name for table in _scopes([0])}


def _shared_out(
    ids: Sequence[int], rows: Mapping[Table, list[Row]]
) -> dict[int, dict[str, list[Row]]]:
    """Share rows out among their tickets; a link stays with both of its ends."""
    kept: dict[int, dict[str, list[Row]]] = {id_: defaultdict(list) for id_ in ids}
    owners: dict[tuple[str, Any], int] = {(_TICKET, id_): id_ for id_ in ids}
    for table in Base.metadata.sorted_tables:
        for row in rows.get(table, []):
            mine = {
                owners[key.column.table.name, row[column.name]]
                for column in table.columns
                for key in column.foreign_keys
                if (key.column.table.name, row[column.name]) in owners
            }
            if table.name == _TICKET:
                mine = {row["id"]}
            for ticket_id in mine:
                kept[ticket_id][table.name].append(row)
                if "id" in row:
                    owners[table.name, row["id"]] = ticket_id
    return kept


def _parts(values: list[Any]) -> Iterable[list[Any]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


def _kinds(rows: Iterable[Row]) -> set[Any]:
    return {each["kind"] for each in rows}


def _stored(column: Column[Any], value: Any, dialect: Dialect) -> Any:
    """Return a value as the database has it."""
    kind = column.type
    return kind.process_bind_param(value, dialect) if isinstance(kind, TypeDecorator) else value


def _loaded(column: Column[Any], value: Any, dialect: Dialect) -> Any:
    """Return a value as models have it."""
    kind = column.type
    return kind.process_result_value(value, dialect) if isinstance(kind, TypeDecorator) else value
