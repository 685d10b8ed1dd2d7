# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns tickets of another system into rows, with all that stands on them and their search text."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from helpdesk.core.file_names import safe_name
from helpdesk.core.schemas.attachments import PIECE_BYTES
from helpdesk.core.schemas.ticket_imports import FieldRecord, FileRecord, TicketRecord
from helpdesk.core.schemas.tickets import Source, Status
from helpdesk.core.settings import TargetSettings
from helpdesk.core.text import folded
from helpdesk.database.bulk import BulkLoad, TicketText, joined
from helpdesk.database.types import to_microseconds
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS
from helpdesk.models.event import EventKind
from helpdesk.repositories.attachments import FOUND_LETTERS
from helpdesk.services.attachment_text import said_by
from helpdesk.services.targets import due_times
from helpdesk.services.ticket_opening import subject_from

if TYPE_CHECKING:
    from helpdesk.services.ticket_imports import Plan

_STATUS_RANK = {status: rank for rank, status in enumerate(STATUS_RANKS, start=1)}
_PRIORITY_RANK = {priority: rank for rank, priority in enumerate(PRIORITY_RANKS, start=1)}
_TABLES = (
    "ticket", "comment", "event", "ticket_tag", "ticket_field", "attachment", "attachment_piece",
)  # fmt: skip
_KEY_BYTES = 16

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Numbers:
    """What stands for the planned accounts and categories, and for tags and fields."""

    people: Mapping[int, int]
    categories: Mapping[int, int]
    tags: Mapping[str, tuple[int, str]]
    fields: Mapping[str, int]
    staffs_fields: Collection[int]
    program: int
    """Who says what the desk has no field for."""
    staff: set[str]
    """The people of the import who were staff there."""
    limit: int
    """The most bytes of a file."""


class TicketRows:
    """The rows of some tickets, numbered on from those of the desk."""

    def __init__(self, load: BulkLoad, numbers: Numbers, targets: TargetSettings, now: int) -> None:
        """Number on from what the desk has."""
        self.by_table: Rows = {table: [] for table in _TABLES}
        self.texts: list[TicketText] = []
        self.staff_here: Callable[[int], bool] = lambda _number: False
        self._numbers = numbers
        self._targets = targets
        self._now = now
        self._next = {table: load.next_id(table) for table in ("ticket", "comment", "attachment")}

    def add(self, plan: Plan) -> int:
        """Make the rows of a ticket and return its number."""
        record, id_ = plan.record, self._id("ticket")
        requester = self._person(plan.requester)
        found = _Found()
        for file in record.files:
            self._add_file(id_, None, requester, file, record.created_at, found, internal=False)
        answered, counts = self._add_comments(id_, plan, found)
        unknown = self._add_fields(id_, record)
        if unknown:
            counts["notes"] += 1
            self._add_comment(id_, self._numbers.program, _said(unknown), record.created_at, found)
        self.by_table["ticket"].append(self._ticket(id_, plan, answered, counts))
        self.by_table["event"].append(
            {
                "ticket_id": id_, "actor_id": None, "at": self._now,
                "kind": EventKind.IMPORTED.value, "field": None, "old": None, "new": None,
            }
        )  # fmt: skip
        tags = self._add_tags(id_, record)
        subject = "\n".join(filter(None, (self._subject(record), tags)))
        self.texts.append(
            TicketText(
                id_, requester, subject + joined(self._held(id_, staff=False)),
                record.description, joined(found.replies),
                joined((*self._held(id_, staff=True), *found.notes)),
            )
        )  # fmt: skip
        return id_

    # --- one table after the other ------------------------------------------------------------

    def _ticket(
        self, id_: int, plan: Plan, answered: datetime | None, counts: dict[str, int]
    ) -> dict[str, Any]:
        record = plan.record
        due = due_times(self._targets, record.priority, record.created_at)
        resolved, closed = _ends(record)
        moments = (record.created_at, record.updated_at, resolved, closed)
        status = record.status
        if status is Status.NEW and plan.assignee is not None:
            status = Status.OPEN
        return {
            "id": id_,
            "version": 1,
            "status": _STATUS_RANK[status],
            "priority": _PRIORITY_RANK[record.priority],
            "category_id": self._numbers.categories.get(plan.category or 0, plan.category),
            "requester_id": self._person(plan.requester),
            "assignee_id": None if plan.assignee is None else self._person(plan.assignee),
            "team_id": plan.team_id,
            "created_at": to_microseconds(record.created_at),
            "updated_at": to_microseconds(max(each for each in moments if each is not None)),
            "first_response_due": to_microseconds(due.first_response),
            "first_responded_at": _microseconds(answered),
            "resolution_due": to_microseconds(due.resolution),
            "resolved_at": _microseconds(resolved),
            "closed_at": _microseconds(closed),
            "source": Source.IMPORT.value,
            "subject": self._subject(record),
            "description": record.description,
            **counts,
        }

    def _add_comments(
        self, id_: int, plan: Plan, found: _Found
    ) -> tuple[datetime | None, dict[str, int]]:
        answered, counts = None, {"replies": 0, "notes": 0}
        pairs = zip(plan.record.comments, plan.authors, strict=True)
        for comment, author in sorted(pairs, key=lambda pair: pair[0].at):
            counts["notes" if comment.internal else "replies"] += 1
            by_staff = self._is_staff(comment.author_ref, author) or comment.internal
            at = max(comment.at, plan.record.created_at)
            if by_staff and not comment.internal and comment.author_ref and answered is None:
                answered = at
            comment_id = self._add_comment(
                id_, self._person(author), comment.body, at, found,
                internal=comment.internal, by_staff=by_staff,
            )  # fmt: skip
            for file in comment.files:
                self._add_file(
                    id_, comment_id, self._person(author), file, at, found,
                    internal=comment.internal,
                )  # fmt: skip
        return answered, counts

    def _add_comment(
        self,
        id_: int,
        author: int,
        body: str,
        at: datetime,
        found: _Found,
        *,
        internal: bool = True,
        by_staff: bool = True,
    ) -> int:
        comment_id = self._id("comment")
        self.by_table["comment"].append(
            {
                "id": comment_id, "ticket_id": id_, "author_id": author, "by_staff": by_staff,
                "internal": internal, "created_at": to_microseconds(at), "body": body,
                "automatic": False,
            }
        )  # fmt: skip
        found.lines(internal=internal).append(body)
        return comment_id

    def _add_file(
        self,
        id_: int,
        comment_id: int | None,
        owner: int,
        file: FileRecord,
        at: datetime,
        found: _Found,
        *,
        internal: bool,
    ) -> None:
        if not 0 < len(file.data) <= self._numbers.limit:
            return
        name = safe_name(file.name)
        said = said_by(name, file.data)[: max(len(name), FOUND_LETTERS - found.letters)]
        found.letters += len(said)
        found.lines(internal=internal).append(said or name)
        file_id, moment = self._id("attachment"), to_microseconds(at)
        self.by_table["attachment"].append(
            {
                "id": file_id, "key": secrets.token_hex(_KEY_BYTES), "ticket_id": id_,
                "comment_id": comment_id, "owner_id": owner, "name": name,
                "media_type": file.media_type, "size": len(file.data),
                "sha256": hashlib.sha256(file.data).hexdigest(), "created_at": moment,
                "completed_at": moment, "internal": internal, "said": said,
            }
        )  # fmt: skip
        for position in range(0, len(file.data), PIECE_BYTES):
            self.by_table["attachment_piece"].append(
                {
                    "attachment_id": file_id, "position": position // PIECE_BYTES,
                    "data": file.data[position : position + PIECE_BYTES],
                }
            )  # fmt: skip

    def _add_tags(self, id_: int, record: TicketRecord) -> str:
        """Tag a ticket, and return the tags as it is found by them."""
        keys = sorted({folded(name) for name in record.tags})
        for key in keys:
            row = {"ticket_id": id_, "tag_id": self._numbers.tags[key][0]}
            self.by_table["ticket_tag"].append(row)
        return " ".join(self._numbers.tags[key][1] for key in keys)

    def _add_fields(self, id_: int, record: TicketRecord) -> list[FieldRecord]:
        """Fill the desk's own fields, and return what it has none for."""
        unknown, filled = list[FieldRecord](), set[int]()
        for each in record.fields:
            field_id = self._numbers.fields.get(folded(each.name))
            if field_id is None:
                unknown.append(each)
            elif each.value and field_id not in filled:
                filled.add(field_id)
                self.by_table["ticket_field"].append(
                    {"ticket_id": id_, "field_id": field_id, "value": each.value}
                )
        return unknown

    def _held(self, id_: int, *, staff: bool) -> list[str]:
        """Return what the newest ticket's fields hold, in the order of the fields."""
        held = list[tuple[int, str]]()
        for row in reversed(self.by_table["ticket_field"]):
            if row["ticket_id"] != id_:
                break
            if (row["field_id"] in self._numbers.staffs_fields) is staff:
                held.append((row["field_id"], row["value"]))
        return [value for _, value in sorted(held)]

    def _subject(self, record: TicketRecord) -> str:
        return record.subject or subject_from(record.description) or f"Ticket {record.ref}"

    def _is_staff(self, ref: str | None, number: int) -> bool:
        return ref is None or ref in self._numbers.staff or self.staff_here(number)

    def _person(self, number: int) -> int:
        return self._numbers.people.get(number, number)

    def _id(self, table: str) -> int:
        self._next[table] += 1
        return self._next[table] - 1


class _Found:
    """What a ticket is found by, besides its own text, in the order of its thread."""

    def __init__(self) -> None:
        self.replies: list[str] = []
        self.notes: list[str] = []
        self.letters = 0

    def lines(self, *, internal: bool) -> list[str]:
        """Return those that everybody on the ticket finds it by, or the staff alone."""
        return self.notes if internal else self.replies


def _ends(record: TicketRecord) -> tuple[datetime | None, datetime | None]:
    """Return when a ticket was resolved and closed, as the desk keeps it for its status."""
    if record.status.is_open:
        return None, None
    end = max(record.closed_at or record.updated_at, record.created_at)
    return end, end if record.status is Status.CLOSED else None


def _said(fields: list[FieldRecord]) -> str:
    lines = (f"{each.name}: {each.value}" for each in fields if each.value)
    return "\n".join(("Fields of the other system:", *lines))


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)
