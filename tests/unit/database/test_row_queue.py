# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that wait are written in their order, those of a table together, or not at all."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.permissions import SYSTEM
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.database.row_queue import rows_of
from helpdesk.models import DeskChange, Event, Ticket
from helpdesk.services.work import Transacted
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import statements

EVENTS, CHANGES = Event.__table__, DeskChange.__table__


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return sign_in("alice")


def wait(session: Session, ticket_id: int, new: str, at: datetime) -> None:
    nobody = {"actor_id": None, "field": None, "old": None}
    row = {"ticket_id": ticket_id, "at": at, "kind": "ruled", "new": new, **nobody}
    rows_of(session).add(EVENTS, row)


def entries(desk: EmbeddedDesk) -> list[str | None]:
    statement = select(Event.new).where(Event.kind == "ruled").order_by(Event.id)
    with desk.database.reading() as session:
        return list(session.scalars(statement))


def test_rows_of_a_table_are_one_statement(
    embedded: EmbeddedDesk, alice: HelpDesk, clock: SettableClock
):
    ticket = alice.tickets.open(NewTicket(subject="No tone")).id
    with statements() as sent, embedded.database.writing() as session:
        for new in "abc":
            wait(session, ticket, new, clock.now)
            rows_of(session).add(CHANGES, {"kind": "team", "row_id": 1, "at": clock.now})
        assert rows_of(session).waits(EVENTS)
        # Nothing else is changed, and still they are written with the commit.
    assert len(sent) == 2
    assert entries(embedded) == ["a", "b", "c"]


def test_of_an_attempt_that_fails_no_row_stays(
    embedded: EmbeddedDesk, alice: HelpDesk, clock: SettableClock
):
    ticket_id = alice.tickets.open(NewTicket(subject="No tone")).id
    with embedded.database.writing() as session:
        desk = Transacted(session, SYSTEM)
        ticket = session.get_one(Ticket, ticket_id)
        for in_memory in (False, True):
            wait(session, ticket_id, f"before {in_memory}", clock.now)
            attempt = desk.attempt_in_memory(ticket) if in_memory else desk.attempt()
            with pytest.raises(ZeroDivisionError), attempt:  # noqa: PT012 - undone together
                wait(session, ticket_id, "undone", clock.now)
                ticket.subject = "Spoilt"
                raise ZeroDivisionError
            wait(session, ticket_id, f"after {in_memory}", clock.now)
    assert entries(embedded) == ["before False", "after False", "before True", "after True"]
    assert alice.tickets.view(ticket_id).subject == "No tone"


def test_what_was_sent_within_an_attempt_that_fails_is_undone_too(
    embedded: EmbeddedDesk, alice: HelpDesk, clock: SettableClock
):
    ticket_id = alice.tickets.open(NewTicket(subject="No tone")).id
    with embedded.database.writing() as session:
        desk = Transacted(session, SYSTEM)
        wait(session, ticket_id, "before", clock.now)
        with pytest.raises(ZeroDivisionError), desk.attempt():  # noqa: PT012 - undone together
            wait(session, ticket_id, "undone", clock.now)
            desk.flush()
            wait(session, ticket_id, "undone", clock.now)
            raise ZeroDivisionError
    assert entries(embedded) == ["before"]
