# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a dump of osTicket's database.

Tables and columns: osTicket/osTicket, ``setup/inc/streams/core/install-mysql.sql``, of the branches
1.10 to 1.18 (``ost_`` is the prefix that its installer proposes). What the numbers mean:
``include/class.thread.php`` (types and flags of entries), ``include/i18n/en_US/ticket_status.yaml``
and ``priority.yaml`` (what a new installation has).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from types import MappingProxyType

from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.import_records import (
    ImportedComment,
    ImportedFile,
    ImportedPerson,
    ImportedTicket,
)
from helpdesk.core.schemas.tickets import Status
from helpdesk.importing.dump_reader import DumpReader
from helpdesk.importing.html_text import text_of_html
from helpdesk.importing.kept_files import is_too_large, kept
from helpdesk.importing.tables import Row, Wanted
from helpdesk.importing.values import moment, name, subject

PRIORITIES = {
    "low": Priority.LOW,
    "normal": Priority.MEDIUM,
    "high": Priority.HIGH,
    "emergency": Priority.URGENT,
}
STATUSES = {
    # By name, where a desk has kept those of the installation ...
    "resolved": Status.RESOLVED,
    # ... and else by the state of the status.
    "open": Status.OPEN,
    "closed": Status.CLOSED,
    "archived": Status.CLOSED,
}
DELETED = "deleted"
"""The state of tickets that osTicket keeps only until somebody empties its trash."""
_MESSAGE, _NOTE = "M", "N"
_HIDDEN = 0x0004
"""The flag of an entry that an edited one has replaced."""
_ENTRY = "H"

_TICKETS = """
    SELECT t.*, s.name AS status_name, s.state, d.name AS department, h.topic, m.name AS team
    FROM ticket t LEFT JOIN ticket_status s ON s.id = t.status_id
    LEFT JOIN department d ON d.id = t.dept_id LEFT JOIN help_topic h ON h.topic_id = t.topic_id
    LEFT JOIN team m ON m.team_id = t.team_id ORDER BY t.created, t.ticket_id
"""
_FIELDS = """
    SELECT f.name, f.label, v.value, v.value_id FROM form_entry e
    JOIN form_entry_values v ON v.entry_id = e.id JOIN form_field f ON f.id = v.field_id
    WHERE e.object_type = 'T' AND e.object_id = ? ORDER BY e.id, f.id
"""
_ENTRIES = """
    SELECT e.* FROM thread t JOIN thread_entry e ON e.thread_id = t.id
    WHERE t.object_id = ? AND t.object_type IN ('T', 'C') ORDER BY e.created, e.id
"""
_FILES = """
    SELECT f.*, a.name AS given FROM attachment a JOIN file f ON f.id = a.file_id
    WHERE a.object_id = ? AND a.type = ? ORDER BY a.id
"""


class OsTicketReader(DumpReader):
    """People and tickets of an osTicket; its files where the database or the folder has them."""

    system = "osTicket"
    prefixes = True
    wanted = MappingProxyType(
        {
            "ticket": Wanted(
                "ticket_id user_id status_id dept_id topic_id staff_id team_id isanswered",
                "number source duedate closed lastupdate created updated",
                needed=True,
            ),
            "ticket__cdata": Wanted("ticket_id", "subject priority", by="ticket_id"),
            "thread": Wanted("id object_id", "object_type", by="object_id", needed=True),
            "thread_entry": Wanted(
                "id thread_id staff_id user_id flags",
                "type poster title body format created",
                by="thread_id",
                needed=True,
            ),
            "user": Wanted("id default_email_id", "name", by="id", needed=True),
            "user_email": Wanted("id user_id", "address", by="id user_id"),
            "staff": Wanted(
                "staff_id isactive", "firstname lastname username email", by="staff_id"
            ),
            "department": Wanted("id", "name", by="id"),
            "team": Wanted("team_id", "name", by="team_id"),
            "help_topic": Wanted("topic_id topic_pid", "topic", by="topic_id"),
            "ticket_status": Wanted("id", "name state", by="id"),
            "ticket_priority": Wanted("priority_id", "priority", by="priority_id"),
            "form_entry": Wanted("id object_id", "object_type", by="object_id"),
            "form_entry_values": Wanted("entry_id field_id value_id", "value", by="entry_id"),
            "form_field": Wanted("id", "name label", by="id"),
            "attachment": Wanted("id object_id file_id", "type name", by="object_id+type"),
            "file": Wanted("id size", "bk type key name", by="id"),
            "file_chunk": Wanted("file_id chunk_id", "", "filedata", by="file_id+chunk_id"),
        }
    )

    def people(self) -> Iterator[ImportedPerson]:
        """Agents, then users."""
        for row in self.tables.rows("SELECT * FROM staff ORDER BY staff_id"):
            called = name(row["firstname"], row["lastname"]) or name(row["username"])
            email, active = row["email"] or "", bool(row["isactive"])
            yield ImportedPerson(f"staff:{row['staff_id']}", called, email, True, active)
        for row in self.tables.rows("SELECT * FROM user ORDER BY id"):
            email = self._address(row)
            yield ImportedPerson(
                f"user:{row['id']}", name(row["name"]) or email, email, False, True
            )

    def tickets(self) -> Iterator[ImportedTicket]:
        """All tickets but those that osTicket has deleted."""
        for row in self.tables.rows(_TICKETS):
            where = f"ticket {row['number'] or row['ticket_id']}"
            if row["state"] == DELETED:
                self.notes.note(where, "It is deleted in osTicket, and was left out.")
            elif ticket := self.notes.attempted(where, self._ticket, row):
                yield ticket

    def _ticket(self, where: str, row: Row) -> ImportedTicket | None:
        entries = list(self.tables.rows(_ENTRIES, row["ticket_id"]))
        entries = [entry for entry in entries if not (entry["flags"] or 0) & _HIDDEN]
        created = moment(row["created"], self.zone)
        created = created or (moment(entries[0]["created"], self.zone) if entries else None)
        if created is None:
            self.notes.note(where, "It has no sound time, and was left out.")
            return None
        first = next((entry for entry in entries if entry["type"] == _MESSAGE), None)
        named = self._form(row["ticket_id"])
        comments = [self._comment(where, entry) for entry in entries if entry is not first]
        status = self._status(where, row)
        return ImportedTicket(
            ref=str(row["number"] or row["ticket_id"]),
            subject=subject(named.pop("subject", "")),
            description=self._body(where, first) if first else "",
            requester_ref=f"user:{row['user_id'] or 0}",
            assignee_ref=f"staff:{row['staff_id']}" if row["staff_id"] else None,
            team=name(row["department"]) or None,
            category=name(row["topic"]) or None,
            status=status,
            priority=self.notes.chosen(
                where, "priority", PRIORITIES, named.pop("priority", ""), Priority.MEDIUM
            ),
            tags=(),
            created_at=created,
            updated_at=max(
                created,
                moment(row["lastupdate"], self.zone)
                or moment(row["updated"], self.zone)
                or created,
            ),
            closed_at=None if status.is_open else moment(row["closed"], self.zone),
            comments=tuple(comment for comment in comments if comment),
            files=self._files(where, first) if first else (),
            fields=named | {key: row[key] for key in ("source", "team", "duedate") if row[key]},
        )

    def _status(self, where: str, row: Row) -> Status:
        if row["state"] == "open" and row["isanswered"]:
            return Status.AWAITING_CUSTOMER
        known = (row["status_name"] or "").casefold() == "resolved" and row["state"] != "open"
        word = "resolved" if known else row["state"]
        if not word:
            self.notes.note(where, "Its status is not in the dump: it was taken as open.")
        return self.notes.chosen(where, "status", STATUSES, word, Status.OPEN)

    def _form(self, ticket_id: int) -> dict[str, str]:
        """Subject, priority, and what the other fields of the form say by their labels."""
        found: dict[str, str] = {}
        for row in self.tables.rows(_FIELDS, ticket_id):
            value = _shown(row["value"])
            if row["name"] == "priority":
                value = self._priority(row["value_id"] or row["value"]) or value
            if value:
                own = row["name"] in {"subject", "priority"}
                found[row["name"] if own else name(row["label"] or row["name"])] = value
        # A copy of the form, which osTicket makes anew where it is missing.
        copied = next(
            self.tables.rows("SELECT * FROM ticket__cdata WHERE ticket_id = ?", ticket_id), None
        )
        if copied:
            found.setdefault("subject", copied["subject"] or "")
            found.setdefault("priority", self._priority(copied["priority"]))
        return found

    def _priority(self, priority_id: object) -> str:
        return self._priorities.get(str(priority_id), "")

    @cached_property
    def _priorities(self) -> dict[str, str]:
        rows = self.tables.rows("SELECT * FROM ticket_priority")
        return {str(row["priority_id"]): row["priority"] or "" for row in rows}

    def _comment(self, where: str, entry: Row) -> ImportedComment | None:
        at = moment(entry["created"], self.zone)
        if at is None:
            self.notes.note(where, f"Its entry {entry['id']} has no sound time, and was left out.")
            return None
        return ImportedComment(
            ref=str(entry["id"]),
            author_ref=_author(entry),
            internal=entry["type"] == _NOTE,
            at=at,
            body=self._body(where, entry),
            files=self._files(where, entry),
        )

    def _body(self, where: str, entry: Row) -> str:
        body = entry["body"] or ""
        text = text_of_html(body) if entry["format"] == "html" else body
        # Only notes have a title that is not the subject of the ticket.
        title = (entry["title"] or "").strip() if entry["type"] == _NOTE else ""
        return self.notes.body(where, f"{title}\n\n{text}" if title else text)

    def _files(self, where: str, entry: Row) -> tuple[ImportedFile, ...]:
        rows = self.tables.rows(_FILES, entry["id"], _ENTRY)
        return tuple(file for row in rows if (file := self._file(where, row)))

    def _file(self, where: str, row: Row) -> ImportedFile | None:
        called, kind = (
            name(row["given"] or row["name"]) or "file",
            row["type"] or "application/octet-stream",
        )
        if is_too_large(row["size"]):
            self.notes.note(where, f"Its file {called} is too large, and was left out.")
            return None
        if row["bk"] != "D":
            return self._kept_elsewhere(where, called, kind, row["key"] or "")
        chunks = self.tables.rows(
            "SELECT filedata FROM file_chunk WHERE file_id = ? ORDER BY chunk_id", row["id"]
        )
        content = b"".join(chunk["filedata"] or b"" for chunk in chunks)
        if len(content) != (row["size"] or 0):
            self.notes.note(where, f"Its file {called} is not whole in the dump, and was left out.")
            return None
        return ImportedFile(called, kind, content=content)

    def _kept_elsewhere(self, where: str, called: str, kind: str, key: str) -> ImportedFile | None:
        # The plugin for files on disk keeps them as '<first letter of the key>/<key>'.
        found = self.files.find(f"{key[:1]}/{key}") if key else None
        if found is None:
            self.notes.note(
                where,
                f"Its file {called} is kept outside of the database and is not in the export.",
            )
            return None
        return kept(self.files, self.notes, where, called, kind, found)

    def _address(self, row: Row) -> str:
        by_id = "SELECT address FROM user_email WHERE id = ?"
        of_user = "SELECT address FROM user_email WHERE user_id = ? ORDER BY id LIMIT 1"
        found = self.tables.value(by_id, row["default_email_id"])
        return str(found or self.tables.value(of_user, row["id"]) or "")


def _author(entry: Row) -> str | None:
    if entry["staff_id"]:
        return f"staff:{entry['staff_id']}"
    return f"user:{entry['user_id']}" if entry["user_id"] else None


def _shown(value: str | None) -> str:
    """What a person reads of a field's value: choices are kept as JSON of key and label."""
    text = (value or "").strip()
    if not text.startswith("{"):
        return text
    try:
        found = json.loads(text)
        words = [str(each) for each in found.values()] if isinstance(found, dict) else [text]
    except (ValueError, RecursionError):
        return text
    return ", ".join(words)
