# SPDX-License-Identifier: GPL-3.0-or-later
"""An import of much text gets through whatever a server takes at once, and goes on behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from helpdesk.client.ticket_imports import Wanted, import_tickets
from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.import_records import (
    ImportedComment,
    ImportedFile,
    ImportedPerson,
    ImportedTicket,
    ImportProblem,
)
from helpdesk.core.schemas.tickets import Status
from tests import matrix
from tests.conftest import SignIn

_THEN = datetime(2024, 1, 1, tzinfo=UTC)


class _Reader:
    def __init__(self, *tickets: ImportedTicket) -> None:
        self.problems: list[ImportProblem] = []
        self._tickets = tickets

    def people(self) -> Iterator[ImportedPerson]:
        yield ImportedPerson("a", "Ann Ray", "ann@x.example", staff=False, active=True)

    def tickets(self) -> Iterator[ImportedTicket]:
        yield from self._tickets


def _ticket(
    ref: str, text: str = "x", replies: int = 0, files: tuple[ImportedFile, ...] = ()
) -> ImportedTicket:
    return ImportedTicket(
        ref=ref, subject=f"Old {ref}", description=text, requester_ref="a", assignee_ref=None,
        team=None, category=None, status=Status.CLOSED, priority=Priority.MEDIUM, tags=(),
        created_at=_THEN, updated_at=_THEN + timedelta(days=1), closed_at=_THEN, files=files,
        comments=tuple(
            ImportedComment(str(n), "a", False, _THEN + timedelta(minutes=n), f"Reply {n}")
            for n in range(replies)
        ),
    )  # fmt: skip


def test_tickets_of_much_text_come_in_as_many_requests_as_they_need(sign_in: SignIn) -> None:
    tickets = [_ticket(str(n), "word " * 40_000) for n in range(30)]

    done = import_tickets(sign_in("dana"), _Reader(*tickets), Wanted("json"))

    assert (done.error, done.added, done.refused) == (None, 30, 0)


def test_tickets_of_many_replies_come_in_as_many_requests_as_they_need(sign_in: SignIn) -> None:
    tickets = [_ticket(str(n), replies=60) for n in range(12)]

    done = import_tickets(sign_in("dana"), _Reader(*tickets), Wanted("json"))

    assert (done.error, done.added, done.refused) == (None, 12, 0)


def test_one_ticket_that_is_too_large_keeps_no_other_out(sign_in: SignIn, desk_kind: str) -> None:
    file = ImportedFile("a.pdf", "application/pdf", content=b"%PDF" + bytes(4_000_000))
    tickets = (_ticket("1"), _ticket("2", files=(file,)), _ticket("3"))

    done = import_tickets(sign_in("dana"), _Reader(*tickets), Wanted("json"))

    assert done.error is None
    if desk_kind in matrix.LOCAL:
        assert (done.added, done.refused) == (3, 0)
    else:
        assert (done.added, done.refused) == (2, 1)
        assert [each.where for each in done.problems] == ["Ticket 2"]
        assert "on the server" in done.problems[0].sentence
