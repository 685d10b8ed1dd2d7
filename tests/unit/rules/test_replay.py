# SPDX-License-Identifier: GPL-3.0-or-later
"""A history played again: how a ticket was at each moment, as far as its words tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from helpdesk.core.rule_choices import ChangedBy
from helpdesk.core.rule_facts import HistoryEntry, KnownNames, Named, TicketFacts
from helpdesk.core.schemas.tickets import Priority, Source, Status
from helpdesk.rules.replay import moments, state_at

BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)
ALICE, BOB = 1, 3
KNOWN = KnownNames(categories={"Network": 3}, people={"Bob Keller": BOB})
PRESENT = TicketFacts(
    now=BEGIN + timedelta(days=9),
    status=Status.OPEN,
    priority=Priority.URGENT,
    requester=Named(ALICE, "Alice Moreau"),
    source=Source.DESKTOP,
    subject="No tone",
    description="",
    created_at=BEGIN,
    updated_at=BEGIN + timedelta(hours=5),
    status_since=BEGIN + timedelta(hours=5),
    category=Named(3, "Network"),
    assignee=Named(BOB, "Bob Keller"),
    replies=2,
    reopened=1,
)


def entry(hours: float, actor: int | None, kind: str, *words: str | None) -> HistoryEntry:
    field, old, new = (*words, None, None, None)[:3]
    return HistoryEntry(BEGIN + timedelta(hours=hours), actor, kind, field, old, new)


HISTORY = [
    entry(0, ALICE, "created"),
    entry(0, None, "changed", "priority", "Medium", "High"),
    entry(0, None, "ruled", "Raise", "The ticket was created", "Priority changed"),
    entry(0, None, "ruled", "Tell", "Priority was changed", "Told Bob Keller"),
    entry(1, BOB, "commented"),
    entry(1, BOB, "changed", "assignee", None, "Bob Keller"),
    entry(1, BOB, "changed", "status", "New", "In Progress"),
    entry(2, BOB, "noted"),
    entry(3, BOB, "changed", "category", "Renamed Since", "Network"),
    entry(4, BOB, "changed", "status", "In Progress", "Resolved"),
    entry(5, ALICE, "reopened", "status", "Resolved", "Open"),
    entry(5, ALICE, "commented"),
    entry(6, BOB, "changed", "priority", "High", "Urgent"),
]


def test_each_call_and_each_rule_is_a_moment_of_its_own():
    played = list(moments(PRESENT, HISTORY, KNOWN))
    told = [(each.is_new, sorted(each.facts.changed), each.facts.changed_by) for each in played]
    requester, staff, rule = ChangedBy
    assert told == [
        (True, [], requester),
        (False, ["priority"], rule),
        (False, [], rule),
        (False, ["assignee", "comment", "status"], staff),
        (False, ["comment"], staff),
        (False, ["category"], staff),
        (False, ["status"], staff),
        (False, ["comment", "status"], requester),
        (False, ["priority"], staff),
    ]


def test_a_ticket_is_at_first_as_it_was_before_anything_changed():
    first = next(moments(PRESENT, HISTORY, KNOWN)).facts
    assert (first.status, first.priority, first.now) == (Status.NEW, Priority.MEDIUM, BEGIN)
    assert (first.category, first.assignee) == (Named(None, "Renamed Since"), None)
    assert (first.replies, first.reopened, first.updated_at) == (0, 0, BEGIN)


def test_at_the_end_it_is_as_it_is_now():
    *_, last = moments(PRESENT, HISTORY, KNOWN)
    as_now = replace(
        PRESENT,
        now=BEGIN + timedelta(hours=6),
        updated_at=BEGIN + timedelta(hours=6),
        changed=frozenset({"priority"}),
        changed_by=ChangedBy.STAFF,
    )
    assert last.facts == as_now


def test_a_state_in_between_is_that_of_the_last_moment_before():
    played = list(moments(PRESENT, HISTORY, KNOWN))
    at = BEGIN + timedelta(hours=2.5)
    between = state_at(PRESENT, played, at)
    assert (between.now, between.status, between.replies) == (at, Status.IN_PROGRESS, 1)
    assert between.updated_at == BEGIN + timedelta(hours=1), "a note changes nothing people see"
    assert between.hours_in_status == 1.5
    assert (between.changed, between.changed_by) == (frozenset(), None)
    assert state_at(PRESENT, [], at) == replace(PRESENT, now=at)


def test_words_that_nobody_knows_any_more_leave_what_is_known():
    odd = [entry(0, ALICE, "created"), entry(1, BOB, "changed", "status", "Reborn", "Gone")]
    first, then = moments(PRESENT, odd, KNOWN)
    assert first.facts.status is then.facts.status is Status.OPEN
