# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets count as what they are in the very transaction that changes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.figures import Card, CardsQuery, CardStyle, Measure, Split
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    NewTicket,
    Priority,
    Reopening,
    Status,
    TicketChange,
    TicketQuery,
)
from helpdesk.database.checks import examine, rebuild
from helpdesk.figures.durations import Histogram
from helpdesk.figures.slices import Slice
from helpdesk.repositories.facts import FactRepository
from helpdesk.repositories.ticket_figures import TicketFigureRepository
from tests.conftest import SettableClock, SignIn
from tests.matrix import LOCAL
from tests.seated import seated

pytestmark = pytest.mark.desk_kinds(*LOCAL)


def rows(desk: EmbeddedDesk, statement: str) -> list[dict[str, Any]]:
    with desk.database.reading() as session:
        return [dict(row) for row in session.execute(text(statement)).mappings()]


def figure(desk: EmbeddedDesk, ticket_id: int) -> dict[str, Any]:
    (row,) = rows(desk, f"SELECT * FROM ticket_figure WHERE ticket_id = {ticket_id}")  # noqa: S608
    return row


def sums(desk: EmbeddedDesk, slice_: Slice, first: int = 0, second: int = 0) -> dict[str, int]:
    """Return what is not zero in all days of one slice."""
    found = rows(
        desk,
        f"SELECT * FROM daily_figure WHERE slice = {slice_.value} AND first_id = {first}"  # noqa: S608
        f" AND second_id = {second}",
    )
    total: dict[str, int] = {}
    for row in found:
        for name, amount in list(row.items())[4:]:
            if amount and not name.endswith("_histogram"):
                total[name] = total.get(name, 0) + amount
    return total


def test_a_ticket_counts_from_the_moment_it_is_opened(embedded: EmbeddedDesk, sign_in: SignIn):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="Printer", priority=Priority.HIGH))
    facts = figure(embedded, ticket.id)
    assert (facts["created_day"], facts["created_hour"]) == (20780, 9)
    assert (facts["seconds_new"], facts["technician_id"]) == (0, 0)
    waiting = {"created": 1, "now_new": 1, "unassigned": 1}
    assert sums(embedded, Slice.ALL) == waiting
    assert sums(embedded, Slice.PRIORITY, facts["priority"]) == waiting
    assert sums(embedded, Slice.TECHNICIAN) == waiting
    hours = rows(embedded, "SELECT team_id, day, hour, created FROM hourly_figure")
    assert hours == [{"team_id": 0, "day": 20780, "hour": 9, "created": 1}]


def test_a_ticket_counts_as_what_it_is_now(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock
):
    alice, charlie, bob = sign_in("alice"), sign_in("charlie"), sign_in("bob")
    ticket = alice.tickets.open(NewTicket(subject="Printer"))
    bob_id = next(
        each.id for each in charlie.tickets.assignable() if each.full_name == "Bob Keller"
    )
    clock.forward(minutes=10)
    given = charlie.tickets.assign(
        ticket.id, Assignment(assignee_id=bob_id, version=ticket.version)
    )
    assert sums(embedded, Slice.TECHNICIAN) == {}
    assert sums(embedded, Slice.TECHNICIAN, bob_id) == {"created": 1, "now_open": 1}
    clock.forward(minutes=20)
    bob.tickets.comment(ticket.id, NewComment(body="Looking"))
    clock.forward(hours=2)
    bob.tickets.change(
        ticket.id,
        TicketChange(version=bob.tickets.view(ticket.id).version, status=Status.RESOLVED),
    )
    assert given.status is Status.OPEN
    assert sums(embedded, Slice.TECHNICIAN, bob_id) == {
        "created": 1,
        "resolved": 1,
        "responded": 1,
        "response_seconds": 1800,
        "response_met": 1,
        "resolution_seconds": 9000,
        "resolution_met": 1,
        "timed": 1,
        "seconds_new": 600,
        "seconds_open": 1200,
        "seconds_in_progress": 7200,
    }
    (kept,) = rows(embedded, "SELECT * FROM daily_figure WHERE slice = 1")
    assert Histogram.kept(kept["response_histogram"]) == Histogram.of([1800])
    assert Histogram.kept(kept["resolution_histogram"]) == Histogram.of([9000])


def test_a_reopened_ticket_is_not_resolved_any_more(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock
):
    alice, bob = seated(sign_in, "alice"), seated(sign_in, "bob")
    ticket = alice.tickets.open(NewTicket(subject="Printer"))
    clock.forward(minutes=1)
    bob.tickets.change(ticket.id, TicketChange(version=ticket.version, status=Status.RESOLVED))
    clock.forward(days=1)
    alice.tickets.reopen(ticket.id, Reopening())
    assert sums(embedded, Slice.ALL) == {"created": 1, "now_open": 1, "unassigned": 1}
    clock.forward(minutes=5)
    version = bob.tickets.view(ticket.id).version
    bob.tickets.change(ticket.id, TicketChange(version=version, status=Status.CLOSED))
    found = sums(embedded, Slice.ALL)
    assert (found["resolved"], found["closed"], found["reopened"]) == (1, 1, 1)
    assert (found["seconds_new"], found["seconds_open"]) == (60, 300)
    assert found["resolution_seconds"] == timedelta(days=1, minutes=6).total_seconds()


@pytest.mark.parametrize("damage", ["NULL", "x'03'"])
def test_damaged_durations_refuse_nobody_and_are_told_of(
    embedded: EmbeddedDesk,
    sign_in: SignIn,
    clock: SettableClock,
    damage: str,
    caplog: pytest.LogCaptureFixture,
):
    alice, bob = seated(sign_in, "alice"), seated(sign_in, "bob")
    opened = [alice.tickets.open(NewTicket(subject="Printer")) for _ in range(3)]
    clock.forward(minutes=1)
    for each in opened[:2]:
        bob.tickets.change(each.id, TicketChange(version=each.version, status=Status.RESOLVED))
    damaged = damage if embedded.database.dialect == "sqlite" else damage.replace("x'", "'\\x")
    with embedded.database.writing() as session:
        session.execute(text(f"UPDATE daily_figure SET resolution_histogram = {damaged}"))  # noqa: S608
    alice.tickets.reopen(opened[0].id, Reopening())
    change = TicketChange(version=opened[2].version, status=Status.RESOLVED)
    bob.tickets.change(opened[2].id, change)
    assert sums(embedded, Slice.ALL)["resolved"] == 2
    assert "check-db" in caplog.text
    assert examine(embedded.database).findings
    rebuild(embedded.database)
    assert examine(embedded.database).findings == ()


def test_the_first_moment_of_1970_stands_behind_its_number(embedded: EmbeddedDesk, sign_in: SignIn):
    with embedded.database.writing() as session:
        FactRepository(session).set("figures_zone", "America/New_York")
    ticket = sign_in("alice").tickets.open(NewTicket(subject="Printer"))
    with embedded.database.writing() as session:
        session.execute(text("UPDATE ticket SET created_at = 0"))
        TicketFigureRepository(session).recount(ticket.id, ticket.id)
    dana = sign_in("dana")
    bars = Card(style=CardStyle.BARS, measure=Measure.OPEN, split=Split.AGE)
    (card,) = dana.figures.cards(CardsQuery(cards=(bars,))).cards
    assert card.points[-1].value == 1
    assert card.behind is not None
    oldest = card.behind.model_copy(update={"split": Split.AGE, "part": card.points[-1].key})
    assert dana.tickets.count(TicketQuery(behind=oldest)).count == 1
