# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets as JSON, this program's own shape: one list, or a line each, read and written as streams.

``docs/import-and-export.md`` describes it. A record stands for itself: whom it names is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.import_records import (
    ImportedComment,
    ImportedPerson,
    ImportedTicket,
    ImportProblem,
)
from helpdesk.core.schemas.tickets import Status
from helpdesk.core.text import storable

_CHUNK = 1024 * 1024
_LARGEST_RECORD = 64 * 1024 * 1024
_BETWEEN = " \t\r\n,"
_NOT_JSON = "{name} is no list of tickets in JSON (about character {at:,}); export it again."
_TOO_LARGE = "A ticket of {name} is larger than this program reads (about character {at:,})."
_NOT_TEXT = "{name} is not UTF-8 text; export it again."
_TOO_DEEP = "It is nested too deeply."
_MISSING = "It has no “{key}”."
_WRONG = "Its “{key}” is not understood: {value!r}."
_PLAIN = (str, int)
_DECODER = json.JSONDecoder()


class JsonTickets:
    """A file of tickets in JSON."""

    def __init__(self, path: Path) -> None:
        """Read ``path``. Raises ``Invalid`` where there is no such file."""
        if not path.is_file():
            raise Invalid(f"There is no file at {path}; check the name.")
        self._path = path
        self.problems: list[ImportProblem] = []

    def people(self) -> Iterator[ImportedPerson]:
        """Everybody whom the tickets name, each once."""
        seen: set[str] = set()
        for record in self._records():
            said = record.get("comments")
            comments = said if isinstance(said, list) else []
            named = [record.get("requester"), record.get("assignee")]
            named += [each.get("author") for each in comments if isinstance(each, dict)]
            for person in _people(named):
                if person is not None and person.ref not in seen:
                    seen.add(person.ref)
                    yield person

    def tickets(self) -> Iterator[ImportedTicket]:
        """All tickets, in the order of the file."""
        self.problems.clear()
        for number, record in enumerate(self._records(), start=1):
            try:
                ticket = _ticket(record)
            except (_BadRecord, RecursionError) as error:
                ref = record.get("ref")
                where = f"Ticket {ref}" if isinstance(ref, _PLAIN) else f"Record {number:,}"
                said = str(error) if isinstance(error, _BadRecord) else _TOO_DEEP
                self.problems.append(ImportProblem(storable(where), storable(said)))
            else:
                yield ticket

    def _records(self) -> Iterator[Mapping[str, Any]]:
        try:
            with self._path.open(encoding="utf-8-sig") as stream:
                for value in _values(stream, self._path.name):
                    if not isinstance(value, dict):
                        raise Invalid(_NOT_JSON.format(name=self._path.name, at=0))
                    yield value
        except UnicodeError as error:
            raise Invalid(_NOT_TEXT.format(name=self._path.name)) from error


class _BadRecord(ValueError):
    """What is wrong about one record."""


def _values(stream: TextIO, name: str) -> Iterator[Any]:
    """Yield the values of a list, or those on lines of their own, one in memory at a time."""
    buffer, at, wanted = stream.read(_CHUNK).lstrip(_BETWEEN).removeprefix("["), 0, 0
    is_all = False
    while True:
        buffer = buffer.lstrip(_BETWEEN)
        if is_all and not buffer:
            return
        if buffer.startswith("]"):
            return
        if not is_all and len(buffer) <= wanted:
            more = stream.read(_CHUNK)
            buffer, is_all = buffer + more, not more
            continue
        try:
            found = _value(buffer)
        except ValueError as error:
            # Python reads no number of thousands of digits.
            raise Invalid(_NOT_JSON.format(name=name, at=at)) from error
        if found is not None:
            yield found[0]
            buffer, at, wanted = buffer[found[1] :], at + found[1], 0
        elif is_all:
            raise Invalid(_NOT_JSON.format(name=name, at=at))
        elif len(buffer) > _LARGEST_RECORD:
            raise Invalid(_TOO_LARGE.format(name=name, at=at))
        else:
            # It goes on behind what was read; twice as much is looked at next.
            wanted = 2 * len(buffer)


def _value(buffer: str) -> tuple[Any, int] | None:
    """Return the value that a text begins with and where it ends, if all of it is there."""
    try:
        return _DECODER.raw_decode(buffer)
    except (json.JSONDecodeError, RecursionError):
        return None


def _ticket(record: Mapping[str, Any]) -> ImportedTicket:
    status, priority = _word(record, "status", Status), _word(record, "priority", Priority)
    created = _moment(record, "created_at")
    if created is None:
        raise _BadRecord(_MISSING.format(key="created_at"))
    requester, assignee = _person(record.get("requester")), _person(record.get("assignee"))
    if requester is None:
        raise _BadRecord(_MISSING.format(key="requester"))
    tags, fields = record.get("tags") or [], record.get("fields") or {}
    if not isinstance(tags, list) or not isinstance(fields, dict):
        raise _BadRecord(_WRONG.format(key="tags", value="other than a list"))
    return ImportedTicket(
        ref=_text(record, "ref", needed=True),
        subject=_text(record, "subject"),
        description=_text(record, "description"),
        requester_ref=requester.ref,
        assignee_ref=assignee.ref if assignee else None,
        team=_text(record, "team") or None,
        category=_text(record, "category") or None,
        status=status or Status.NEW,
        priority=priority or Priority.MEDIUM,
        tags=tuple(str(each) for each in tags),
        created_at=created,
        updated_at=_moment(record, "updated_at") or created,
        closed_at=_moment(record, "closed_at"),
        comments=tuple(_comments(record)),
        fields={str(name): str(value) for name, value in fields.items() if value is not None},
    )


def _comments(record: Mapping[str, Any]) -> Iterator[ImportedComment]:
    found = record.get("comments") or []
    if not isinstance(found, list):
        raise _BadRecord(_WRONG.format(key="comments", value="other than a list"))
    for number, each in enumerate(found, start=1):
        if not isinstance(each, dict):
            raise _BadRecord(_WRONG.format(key="comments", value="other than objects"))
        at, author = _moment(each, "at"), _person(each.get("author"))
        if at is None:
            raise _BadRecord(_MISSING.format(key="comments.at"))
        yield ImportedComment(
            ref=_text(each, "ref") or str(number),
            author_ref=author.ref if author else None,
            internal=each.get("internal") is True,
            at=at,
            body=_text(each, "body"),
        )


def _people(named: list[object]) -> Iterator[ImportedPerson | None]:
    for told in named:
        # Who cannot be read is told of with the ticket.
        with suppress(RecursionError):
            yield _person(told)


def _person(told: object) -> ImportedPerson | None:
    """Return who is meant by an object, or by a text that is an address or a name."""
    if isinstance(told, str) and told.strip():
        text = told.strip()
        name, email = ("", text) if "@" in text else (text, "")
        return ImportedPerson(text.casefold(), name, email, staff=False, active=True)
    if not isinstance(told, dict):
        return None
    name, email = str(told.get("name") or "").strip(), str(told.get("email") or "").strip()
    ref = str(told.get("ref") or email or name).casefold()
    if not ref:
        return None
    return ImportedPerson(ref, name, email, staff=told.get("staff") is True, active=True)


def _text(record: Mapping[str, Any], key: str, *, needed: bool = False) -> str:
    value = record.get(key)
    if value is None or value == "":
        if needed:
            raise _BadRecord(_MISSING.format(key=key))
        return ""
    if isinstance(value, bool) or not isinstance(value, _PLAIN):
        raise _BadRecord(_WRONG.format(key=key, value=_short(value)))
    return str(value)


def _word(record: Mapping[str, Any], key: str, words: Any) -> Any:
    text = _text(record, key).strip().lower().replace(" ", "_")
    if not text:
        return None
    try:
        return words(text)
    except ValueError as error:
        raise _BadRecord(_WRONG.format(key=key, value=_short(text))) from error


def _moment(record: Mapping[str, Any], key: str) -> datetime | None:
    text = _text(record, key)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _BadRecord(_WRONG.format(key=key, value=_short(text))) from error


def _short(value: object) -> str:
    return str(value)[:60]
