# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what Zammad's backup holds, or what its REST API answers.

Tables and columns: zammad/zammad, ``db/migrate/20120101000001_create_base.rb`` and
``20120101000010_create_ticket.rb`` of 6.x; states and priorities: ``db/seeds``; where files lie:
``app/models/store/provider`` (in the database, or ``storage/fs`` split by digits of the digest).
The backup is a plain pg_dump in a ``.psql.gz`` (``contrib/backup``). Answers of the API
(docs.zammad.org, "Tickets", "Articles") have the same attributes, see ``zammad_answers.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from types import MappingProxyType

from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.import_records import (
    ImportedComment,
    ImportedFile,
    ImportedPerson,
    ImportedTicket,
)
from helpdesk.core.schemas.tickets import Status
from helpdesk.importing import zammad_answers
from helpdesk.importing.dump_reader import DumpReader
from helpdesk.importing.html_text import text_of_html
from helpdesk.importing.kept_files import is_too_large, kept
from helpdesk.importing.tables import Row, Wanted
from helpdesk.importing.values import listed, moment, name, subject, tag

STATUSES = {
    # By the type of the state, which is there however a desk calls its states ...
    "new": Status.NEW,
    "open": Status.OPEN,
    "pending reminder": Status.AWAITING_CUSTOMER,
    "pending action": Status.RESOLVED,
    "closed": Status.CLOSED,
    "merged": Status.CLOSED,
    "removed": Status.CLOSED,
    # ... or by the name that a new installation gives it, where the export has no types.
    "pending close": Status.RESOLVED,
}
PRIORITIES = {
    "1 low": Priority.LOW,
    "2 normal": Priority.MEDIUM,
    "3 high": Priority.HIGH,
    "4 urgent": Priority.URGENT,
}
NOBODY = 1
"""The account '-' that owns what nobody owns, and writes what Zammad itself does."""
_STAFF_ROLES = ("Admin", "Agent")
_KIND = re.compile(r"Content-Type[\"']?\s*(?:=>|:)\s*[\"']?([\w.+-]+/[\w.+-]+)", re.IGNORECASE)
_SHA = re.compile(r"[0-9a-f]{64}")
_OF_ZAMMAD = frozenset(
    ("organization", "article_count", "preferences", "owner", "customer", "ai_agent_running")
) | {"updated_by", "created_by", "create_article_type", "create_article_sender", "time_unit"}
_NOT_OWN = ("_id", "_ids", "_at", "_in_min")
"""The end of what Zammad works out itself."""
_PARTS = (4, 4, 5, 5, 7, 7)

_TICKETS = """
    SELECT t.*, coalesce(g.name, t."group") AS group_name,
           coalesce(p.name, t.priority) AS priority_name,
           coalesce(s.name, t.state) AS state_name,
           coalesce(y.name, s.name, t.state) AS status_name
    FROM tickets t LEFT JOIN groups g ON g.id = t.group_id
    LEFT JOIN ticket_priorities p ON p.id = t.priority_id
    LEFT JOIN ticket_states s ON s.id = t.state_id
    LEFT JOIN ticket_state_types y ON y.id = s.state_type_id ORDER BY t.created_at, t.id
"""
_TAGS = """
    SELECT i.name FROM tags t JOIN tag_items i ON i.id = t.tag_item_id
    JOIN tag_objects o ON o.id = t.tag_object_id
    WHERE o.name = 'Ticket' AND t.o_id = ? ORDER BY i.name
"""
_FILES = """
    SELECT s.filename, s.preferences, f.sha, f.provider, s.size FROM stores s
    JOIN store_objects o ON o.id = s.store_object_id JOIN store_files f ON f.id = s.store_file_id
    WHERE o.name = 'Ticket::Article' AND s.o_id = ? ORDER BY s.id
"""
_IS_STAFF = """
    SELECT 1 FROM roles_users u JOIN roles r ON r.id = u.role_id
    WHERE u.user_id = ? AND r.name IN (?, ?) LIMIT 1
"""


class ZammadReader(DumpReader):
    """People and tickets of a Zammad, of its backup or of answers of its API."""

    system = "Zammad"
    wanted = MappingProxyType(
        {
            "tickets": Wanted(
                "id group_id priority_id state_id owner_id customer_id",
                "number title group priority state tags close_at created_at updated_at",
                rest=True,
                needed=True,
            ),
            "ticket_articles": Wanted(
                "id ticket_id internal created_by_id origin_by_id",
                "subject content_type body attachments created_at",
                by="ticket_id",
                needed=True,
            ),
            "users": Wanted(
                "id active", "login firstname lastname email role_ids roles", by="id", needed=True
            ),
            "groups": Wanted("id", "name", by="id"),
            "roles": Wanted("id", "name", by="id"),
            "roles_users": Wanted("user_id role_id", by="user_id"),
            "ticket_states": Wanted("id state_type_id", "name", by="id"),
            "ticket_state_types": Wanted("id", "name", by="id"),
            "ticket_priorities": Wanted("id", "name", by="id"),
            "tags": Wanted("tag_item_id tag_object_id o_id", by="o_id"),
            "tag_items": Wanted("id", "name", by="id"),
            "tag_objects": Wanted("id", "name", by="id"),
            "stores": Wanted(
                "id store_object_id store_file_id o_id", "filename preferences size", by="o_id"
            ),
            "store_objects": Wanted("id", "name", by="id"),
            "store_files": Wanted("id", "sha provider", by="id"),
            "store_provider_dbs": Wanted("id", "sha", "data", by="sha"),
        }
    )

    def lay_down(self) -> None:
        """Lay down the backup, or else the answers of the API."""
        if not self.files.names(".json"):
            super().lay_down()
            return
        for table, objects in zammad_answers.tables(self.files, self.notes):
            self.tables.read_objects(table, objects)

    def people(self) -> Iterator[ImportedPerson]:
        """Everybody but the account of Zammad itself."""
        for row in self.tables.rows("SELECT * FROM users WHERE id <> ? ORDER BY id", NOBODY):
            email = row["email"] or ""
            called = name(row["firstname"], row["lastname"]) or email or name(row["login"])
            staff, active = self._is_staff(row), row["active"] != 0
            yield ImportedPerson(f"user:{row['id']}", called, email, staff, active)

    def tickets(self) -> Iterator[ImportedTicket]:
        """All tickets; one that was merged into another has the tag ``merged``."""
        for row in self.tables.rows(_TICKETS):
            where = f"ticket {row['number'] or row['id']}"
            if ticket := self.notes.attempted(where, self._ticket, row):
                yield ticket

    def _ticket(self, where: str, row: Row) -> ImportedTicket | None:
        articles = list(
            self.tables.rows(
                "SELECT * FROM ticket_articles WHERE ticket_id = ? ORDER BY created_at, id",
                row["id"],
            )
        )
        created = moment(row["created_at"], self.zone)
        created = created or (moment(articles[0]["created_at"], self.zone) if articles else None)
        if created is None:
            self.notes.note(where, "It has no sound time, and was left out.")
            return None
        first = next((each for each in articles if not each["internal"]), None)
        comments = [self._comment(where, each) for each in articles if each is not first]
        status = self.notes.chosen(
            where, "status", STATUSES, row["status_name"] or row["state_name"], Status.OPEN
        )
        return ImportedTicket(
            ref=str(row["number"] or row["id"]),
            subject=subject(row["title"]),
            description=self._body(where, first) if first else "",
            requester_ref=f"user:{row['customer_id'] or 0}",
            assignee_ref=_person(row["owner_id"]),
            team=name(row["group_name"]) or None,
            category=None,
            status=status,
            priority=self.notes.chosen(
                where, "priority", PRIORITIES, row["priority_name"], Priority.MEDIUM
            ),
            tags=self._tags(row),
            created_at=created,
            updated_at=max(created, moment(row["updated_at"], self.zone) or created),
            closed_at=None if status.is_open else moment(row["close_at"], self.zone),
            comments=tuple(comment for comment in comments if comment),
            files=self._files(where, row["id"], first) if first else (),
            fields=_own_fields(row["rest"]),
        )

    def _tags(self, row: Row) -> tuple[str, ...]:
        words = [each["name"] for each in self.tables.rows(_TAGS, row["id"])]
        words += listed(row["tags"])
        words += ["merged"] if row["state_name"] == "merged" else []
        return tuple(dict.fromkeys(word for each in words if (word := tag(each))))

    def _comment(self, where: str, article: Row) -> ImportedComment | None:
        at = moment(article["created_at"], self.zone)
        if at is None:
            self.notes.note(
                where, f"Its article {article['id']} has no sound time, and was left out."
            )
            return None
        return ImportedComment(
            ref=str(article["id"]),
            author_ref=_person(article["origin_by_id"] or article["created_by_id"]),
            internal=bool(article["internal"]),
            at=at,
            body=self._body(where, article),
            files=self._files(where, article["ticket_id"], article),
        )

    def _body(self, where: str, article: Row) -> str:
        body = article["body"] or ""
        is_html = (article["content_type"] or "").startswith("text/html")
        return self.notes.body(where, text_of_html(body) if is_html else body)

    def _files(self, where: str, ticket_id: int, article: Row) -> tuple[ImportedFile, ...]:
        stored = (self._stored(where, row) for row in self.tables.rows(_FILES, article["id"]))
        sent = (
            zammad_answers.file(self.files, self.notes, where, (ticket_id, article["id"]), each)
            for each in listed(article["attachments"])
        )
        return tuple(file for file in (*stored, *sent) if file)

    def _stored(self, where: str, row: Row) -> ImportedFile | None:
        called, kind = name(row["filename"]) or "file", _kind(row["preferences"])
        if is_too_large(row["size"]):
            self.notes.note(where, f"Its file {called} is too large, and was left out.")
            return None
        if row["provider"] == "DB":
            content = self.tables.value(
                "SELECT data FROM store_provider_dbs WHERE sha = ?", row["sha"]
            )
            if content is not None:
                return ImportedFile(called, kind, content=content)
        elif found := self._on_disk(row["sha"] or ""):
            return kept(self.files, self.notes, where, called, kind, found)
        self.notes.note(
            where,
            f"Its file {called} is not in the export: unpack the backup of files"
            " (storage/fs) beside the dump.",
        )
        return None

    def _on_disk(self, sha: str) -> str | None:
        if not _SHA.fullmatch(sha):
            return None
        parts, at = [], 0
        for length in _PARTS:
            parts.append(sha[at : at + length])
            at += length
        return self.files.find("/".join(["fs", *parts, sha[at:]]), f"fs/{sha}")

    def _is_staff(self, row: Row) -> bool:
        named = {each for each in listed(row["roles"]) if isinstance(each, str)}
        if named & set(_STAFF_ROLES):
            return True
        if self.tables.value(_IS_STAFF, row["id"], *_STAFF_ROLES):
            return True
        # A new installation numbers its roles 1 Admin, 2 Agent, 3 Customer.
        return not named and any(each in (1, 2) for each in listed(row["role_ids"]))


def _own_fields(rest: str) -> dict[str, str]:
    """What a desk has added to its tickets, each in a column of its own."""
    found = json.loads(rest)
    return {
        key: str(found[key])
        for key in sorted(found)
        if found[key] not in {None, "", "{}", "[]"} and key not in _OF_ZAMMAD
        if not key.endswith(_NOT_OWN)
    }


def _person(user_id: int | None) -> str | None:
    return f"user:{user_id}" if user_id and user_id != NOBODY else None


def _kind(preferences: str | None) -> str:
    # Kept as YAML by the database.
    found = _KIND.search(preferences or "")
    return found.group(1) if found else "application/octet-stream"
