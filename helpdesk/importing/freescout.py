# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a dump of FreeScout's database, with its folder of attachments beside it.

Tables and columns: freescout-help-desk/freescout, ``database/migrations`` of 1.8. What the numbers
mean: ``app/Conversation.php``, ``app/Thread.php`` and ``app/User.php``; where files lie:
``app/Attachment.php`` (``storage/app/attachment/<file_dir>/<file_name>``).
"""

from __future__ import annotations

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
from helpdesk.importing.dump_reader import DumpReader
from helpdesk.importing.html_text import text_of_html
from helpdesk.importing.kept_files import kept
from helpdesk.importing.tables import Row, Wanted
from helpdesk.importing.values import moment, name, subject, tag

STATUSES = {
    "1": Status.OPEN,  # active
    "2": Status.AWAITING_CUSTOMER,  # pending
    "3": Status.CLOSED,  # closed
}
SPAM = 4
_PUBLISHED = 2
"""The state of conversations and threads that are neither drafts nor deleted, or hidden."""
_NOTE, _LINE_ITEM = 3, 4
_ACTIVE_USER, _ROBOT = 1, 2

_CONVERSATIONS = """
    SELECT c.*, m.name AS mailbox FROM conversations c LEFT JOIN mailboxes m ON m.id = c.mailbox_id
    ORDER BY c.created_at, c.id
"""
_THREADS = """
    SELECT * FROM threads WHERE conversation_id = ? AND state = ? AND type <> ?
    ORDER BY created_at, id
"""
_TAGS = """
    SELECT t.name FROM conversation_tag c JOIN tags t ON t.id = c.tag_id
    WHERE c.conversation_id = ? ORDER BY t.name
"""


class FreeScoutReader(DumpReader):
    """People and conversations of a FreeScout; it knows neither priorities nor categories."""

    system = "FreeScout"
    prefixes = True
    wanted = MappingProxyType(
        {
            "conversations": Wanted(
                "id status state mailbox_id user_id customer_id created_by_user_id",
                "number subject closed_at last_reply_at created_at updated_at",
                needed=True,
            ),
            "threads": Wanted(
                "id conversation_id type state customer_id created_by_user_id"
                " created_by_customer_id",
                "body created_at",
                by="conversation_id",
                needed=True,
            ),
            "customers": Wanted("id", "first_name last_name", by="id", needed=True),
            "emails": Wanted("id customer_id", "email", by="customer_id"),
            "users": Wanted("id status type", "first_name last_name email", by="id"),
            "mailboxes": Wanted("id", "name", by="id"),
            "attachments": Wanted(
                "id thread_id size", "file_dir file_name mime_type", by="thread_id"
            ),
            "tags": Wanted("id", "name", by="id"),
            "conversation_tag": Wanted("conversation_id tag_id", by="conversation_id"),
        }
    )

    def people(self) -> Iterator[ImportedPerson]:
        """Users, then customers."""
        for row in self.tables.rows("SELECT * FROM users ORDER BY id"):
            called = name(row["first_name"], row["last_name"]) or row["email"] or ""
            active = row["status"] in {_ACTIVE_USER, None} and row["type"] != _ROBOT
            yield ImportedPerson(f"user:{row['id']}", called, row["email"] or "", True, active)
        for row in self.tables.rows("SELECT * FROM customers ORDER BY id"):
            email = self._address(row["id"])
            called = name(row["first_name"], row["last_name"]) or email
            yield ImportedPerson(f"customer:{row['id']}", called, email, False, True)

    def tickets(self) -> Iterator[ImportedTicket]:
        """All conversations but drafts, spam and what is deleted."""
        for row in self.tables.rows(_CONVERSATIONS):
            where = f"conversation {row['number'] or row['id']}"
            if row["state"] != _PUBLISHED:
                self.notes.note(where, "It is a draft or deleted in FreeScout, and was left out.")
            elif row["status"] == SPAM:
                self.notes.note(where, "It is spam in FreeScout, and was left out.")
            elif ticket := self.notes.attempted(where, self._ticket, row):
                yield ticket

    def _ticket(self, where: str, row: Row) -> ImportedTicket | None:
        threads = list(self.tables.rows(_THREADS, row["id"], _PUBLISHED, _LINE_ITEM))
        created = moment(row["created_at"], self.zone)
        created = created or (moment(threads[0]["created_at"], self.zone) if threads else None)
        if created is None:
            self.notes.note(where, "It has no sound time, and was left out.")
            return None
        first = next((each for each in threads if each["type"] != _NOTE), None)
        comments = [self._comment(where, each) for each in threads if each is not first]
        status = self.notes.chosen(where, "status", STATUSES, row["status"], Status.OPEN)
        times = [moment(row[key], self.zone) for key in ("updated_at", "last_reply_at")]
        return ImportedTicket(
            ref=str(row["number"] or row["id"]),
            subject=subject(row["subject"]),
            description=self._body(where, first) if first else "",
            requester_ref=f"customer:{row['customer_id'] or 0}",
            assignee_ref=f"user:{row['user_id']}" if row["user_id"] else None,
            team=name(row["mailbox"]) or None,
            category=None,
            status=status,
            priority=Priority.MEDIUM,
            tags=self._tags(row["id"]),
            created_at=created,
            updated_at=max([created, *filter(None, times)]),
            closed_at=None if status.is_open else moment(row["closed_at"], self.zone),
            comments=tuple(comment for comment in comments if comment),
            files=self._files(where, first) if first else (),
        )

    def _tags(self, conversation_id: int) -> tuple[str, ...]:
        rows = self.tables.rows(_TAGS, conversation_id)
        return tuple(dict.fromkeys(word for row in rows if (word := tag(row["name"]))))

    def _comment(self, where: str, thread: Row) -> ImportedComment | None:
        at = moment(thread["created_at"], self.zone)
        if at is None:
            self.notes.note(
                where, f"Its thread {thread['id']} has no sound time, and was left out."
            )
            return None
        return ImportedComment(
            ref=str(thread["id"]),
            author_ref=_author(thread),
            internal=thread["type"] == _NOTE,
            at=at,
            body=self._body(where, thread),
            files=self._files(where, thread),
        )

    def _body(self, where: str, thread: Row) -> str:
        return self.notes.body(where, text_of_html(thread["body"] or ""))

    def _files(self, where: str, thread: Row) -> tuple[ImportedFile, ...]:
        rows = self.tables.rows(
            "SELECT * FROM attachments WHERE thread_id = ? ORDER BY id", thread["id"]
        )
        return tuple(file for row in rows if (file := self._file(where, row)))

    def _file(self, where: str, row: Row) -> ImportedFile | None:
        called = name(row["file_name"]) or "file"
        place = f"attachment/{(row['file_dir'] or '').strip('/')}/{row['file_name']}"
        found = self.files.find(place)
        if found is None:
            self.notes.note(
                where,
                f"Its file {called} is not in the export: put FreeScout's folder"
                " storage/app/attachment beside the dump.",
            )
            return None
        kind = row["mime_type"] or "application/octet-stream"
        return kept(self.files, self.notes, where, called, kind, found)

    def _address(self, customer_id: int) -> str:
        statement = "SELECT email FROM emails WHERE customer_id = ? ORDER BY id LIMIT 1"
        return str(self.tables.value(statement, customer_id) or "")


def _author(thread: Row) -> str | None:
    if thread["created_by_user_id"]:
        return f"user:{thread['created_by_user_id']}"
    customer = thread["created_by_customer_id"]
    return f"customer:{customer}" if customer else None
