# SPDX-License-Identifier: GPL-3.0-or-later
"""How the last days would have gone under other policies, by times worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.sla import (
    CalendarSettings,
    PolicySettings,
    Slot,
    Target,
    WhatIf,
    WhatIfAsk,
)
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Priority, Status, TicketChange
from helpdesk.repositories.ticket_histories import FieldChange, Replayable, Said
from helpdesk.services import policies
from helpdesk.services.what_if import Words, history_of
from tests.conftest import SettableClock, SignIn
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)

FIRST, NEXT, RESOLUTION = (
    ClockKind.FIRST_RESPONSE,
    ClockKind.NEXT_RESPONSE,
    ClockKind.RESOLUTION,
)
ALWAYS = CalendarSettings(
    name="Always", time_zone="UTC", slots=tuple(Slot(day=d, begin=0, end=1440) for d in range(7))
)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Scene:
    """A desk with one policy, and what some tickets went through from 9 to 20 o'clock.

    One was answered after one hour and solved after three; one lies about; one was answered
    after ten minutes, then waited for its requester from 9:10 to 15:00, and was solved an hour
    later.
    """

    def __init__(self, clock: SettableClock, sign_in: SignIn) -> None:
        self.clock, self._sign_in = clock, sign_in
        self.sign_in_again()
        self.bob, alice = sign_in("bob"), sign_in("alice")
        for policy in self.dana.policies.all():
            self.dana.policies.remove(policy.id)
        self.calendar = self.dana.calendars.add(ALWAYS).id
        self.policy = self.dana.policies.add(self.settings("Standard", 120, 600)).id
        self.solved, self.idle, self.waited = (
            alice.tickets.open(NewTicket(subject=subject)).id
            for subject in ("Solved", "Idle", "Waited")
        )
        clock.forward(minutes=10)
        self.reply(self.waited, Status.AWAITING_CUSTOMER)
        clock.forward(minutes=50)
        self.reply(self.solved, Status.IN_PROGRESS)
        clock.forward(hours=2)
        self.reply(self.solved, Status.RESOLVED)
        clock.forward(hours=3)
        alice.tickets.comment(self.waited, NewComment(body="It still does it."))
        clock.forward(hours=1)
        self.reply(self.waited, Status.RESOLVED)
        clock.forward(hours=4)

    def sign_in_again(self) -> None:
        self.dana = self._sign_in("dana")

    def reply(self, ticket_id: int, status: Status) -> None:
        self.bob.tickets.comment(ticket_id, NewComment(body="Try this.", status=status))

    def settings(
        self, name: str, first: int | None, resolution: int | None, **others: Any
    ) -> PolicySettings:
        target = Target(
            priority=others.pop("priority", Priority.MEDIUM),
            first_response=first,
            resolution=resolution,
            next_response=others.pop("next_response", None),
        )
        return PolicySettings(name=name, calendar_id=self.calendar, targets=(target,), **others)

    def ask(self, policy: PolicySettings, **others: Any) -> WhatIf:
        return self.dana.policies.what_if(WhatIfAsk(policy=policy, **others))


@pytest.fixture
def scene(clock: SettableClock, sign_in: SignIn) -> Scene:
    return Scene(clock, sign_in)


def shares(found: WhatIf) -> dict[ClockKind, tuple[int, int, int]]:
    return {each.kind: (each.measured, each.met_before, each.met_then) for each in found.shares}


def changed(found: WhatIf) -> list[tuple[str, ClockKind, bool, datetime | None, datetime]]:
    return [
        (each.subject, each.kind, each.met_before, each.due_before, each.due_then)
        for each in found.changed
    ]


def at(hour: int, minute: int = 0) -> datetime:
    return NOON.replace(hour=hour, minute=minute)


def test_a_stricter_policy_is_missed_where_it_would_have_been(scene: Scene, monkeypatch):
    tried = scene.settings("Strict", 30, 120, next_response=30)
    found = scene.ask(tried, policy_id=scene.policy)
    assert (found.days, found.tickets, found.looked_at) == (90, 3, 3)
    assert shares(found) == {FIRST: (3, 2, 1), NEXT: (1, 1, 0), RESOLUTION: (3, 2, 1)}
    assert changed(found) == [
        ("Waited", NEXT, True, None, at(15, 30)),
        ("Solved", FIRST, True, at(11), at(9, 30)),
        ("Solved", RESOLUTION, True, at(19), at(11)),
    ]
    # Nothing of it was saved.
    assert [each.name for each in scene.dana.policies.all()] == ["Standard"]
    monkeypatch.setattr("helpdesk.services.what_if.MOST_CHANGED", 1)
    told = scene.ask(tried, policy_id=scene.policy)
    assert (len(told.changed), told.changed_total) == (1, 3)


def test_a_more_patient_policy_saves_what_was_missed(scene: Scene):
    found = scene.ask(scene.settings("Lax", 700, 900), policy_id=scene.policy)
    assert shares(found) == {FIRST: (3, 2, 3), RESOLUTION: (3, 2, 3)}
    assert changed(found) == [
        ("Idle", FIRST, False, at(11), at(20, 40)),
        ("Idle", RESOLUTION, False, at(19), at(0) + timedelta(days=1)),
    ]


def test_other_hours_are_tried_for_every_policy_that_counts_by_them(scene: Scene):
    evening = ALWAYS.model_copy(
        update={"slots": tuple(Slot(day=day, begin=720, end=960) for day in range(7))}
    )
    other = scene.settings("Other", 600, None, priority=Priority.HIGH)
    found = scene.ask(other, calendar=evening)
    # The new one measures nothing here, but the standard one counts from noon to 16 as well.
    assert shares(found) == {FIRST: (3, 2, 2), RESOLUTION: (3, 2, 3)}
    assert changed(found) == [("Idle", RESOLUTION, False, at(19), at(14) + timedelta(days=2))]
    never = evening.model_copy(update={"slots": ()})
    assert shares(scene.ask(other, calendar=never)) == {FIRST: (3, 2, 3), RESOLUTION: (3, 2, 3)}


def test_what_a_policy_leaves_to_others_is_measured_by_them(scene: Scene):
    scene.dana.policies.add(scene.settings("First", 5, None))
    standard = scene.policy
    assert shares(scene.ask(scene.settings("Standard", 30, 600), policy_id=standard)) == {}
    tried = scene.settings("Standard", 120, 600)
    found = scene.ask(tried)  # now it stands in front of the one that was put in front
    assert shares(found) == {FIRST: (3, 0, 2), RESOLUTION: (3, 3, 2)}
    narrow = scene.settings("First", 5, None, category_ids=(1,))
    first = scene.dana.policies.all()[0].id
    assert shares(scene.ask(narrow, policy_id=first)) == shares(found)
    off = scene.settings("First", 5, None, active=False)
    assert shares(scene.ask(off, policy_id=first)) == shares(found)


def test_a_change_of_priority_is_replayed(scene: Scene):
    version = scene.bob.tickets.view(scene.idle).version
    urgent = TicketChange(priority=Priority.URGENT, version=version)
    scene.bob.tickets.change(scene.idle, urgent)
    # At 20 o'clock eleven hours have counted, by whatever policy.
    fast = scene.settings("Fast", None, 12 * 60, priority=Priority.URGENT)
    found = scene.ask(fast)
    late = {FIRST: (1, 0, 0)}  # before it was urgent
    assert (found.tickets, shares(found)) == (1, late | {RESOLUTION: (1, 0, 1)})
    scene.clock.forward(minutes=60)
    assert shares(scene.ask(fast)) == late | {RESOLUTION: (1, 0, 0)}


def test_only_tickets_of_the_days_asked_for_and_not_too_many(scene: Scene, monkeypatch):
    tried = scene.settings("Strict", 30, 120)
    monkeypatch.setattr(policies, "MOST_TICKETS", 2)
    found = scene.ask(tried)
    assert (found.tickets, found.looked_at) == (3, 2)
    assert {each.subject for each in found.changed} <= {"Idle", "Waited"}
    scene.clock.forward(days=1)
    scene.sign_in_again()
    assert scene.ask(tried, days=1).tickets == 0


def test_what_cannot_be_tried_is_refused(scene: Scene):
    tried = scene.settings("Strict", 30, 120)
    with pytest.raises(NotFound):
        scene.ask(tried, policy_id=99)
    for broken in ({"calendar_id": 99}, {"category_ids": (99,)}):
        with pytest.raises(Invalid):
            scene.ask(tried.model_copy(update=broken))
    with pytest.raises(Invalid):
        scene.ask(tried, calendar=ALWAYS.model_copy(update={"time_zone": "Nowhere"}))


# --- histories ----------------------------------------------------------------------------------


def replayable(**others: Any) -> Replayable:
    values: dict[str, Any] = {
        "id": 1, "subject": "", "created_at": NOON, "status": Status.OPEN,
        "priority": Priority.HIGH, "category_id": 2, "team_id": None, "requester_id": 1,
        "first_responded_at": None, "resolved_at": None, **others,
    }  # fmt: skip
    return Replayable(**values)


WORDS = Words({"hardware": 1, "software": 2}, {"network": 5})


def test_how_a_ticket_began_follows_from_what_was_changed_first():
    hour = timedelta(hours=1)
    told = [
        FieldChange(1, NOON + hour, "status", "New", "In Progress"),
        FieldChange(1, NOON + hour, "priority", "Low", "High"),
        FieldChange(1, NOON + 2 * hour, "category", "Hardware", "Gone by now"),
        FieldChange(1, NOON + 3 * hour, "category", "Gone by now", "Software"),
        FieldChange(1, NOON + 3 * hour, "team", "Network", None),
    ]
    said = [Said(1, NOON + hour, by_staff=True), Said(1, NOON - hour, by_staff=False)]
    steps = history_of(replayable(), told, said, WORDS).steps
    assert [(step.at - NOON, step.status, step.answered, step.asked) for step in steps] == [
        (timedelta(0), Status.NEW, False, False),
        (timedelta(0), Status.NEW, False, True),
        (hour, Status.IN_PROGRESS, True, False),
        (2 * hour, Status.IN_PROGRESS, False, False),
        (3 * hour, Status.IN_PROGRESS, False, False),
    ]
    assert [tuple(step.traits)[:3] for step in steps[1:]] == [
        (Priority.LOW, 1, 5),
        (Priority.HIGH, 1, 5),
        (Priority.HIGH, -1, 5),
        (Priority.HIGH, 2, None),
    ]


def test_of_an_imported_ticket_is_known_that_it_was_answered_and_solved():
    answered, solved = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    ticket = replayable(status=Status.CLOSED, first_responded_at=answered, resolved_at=solved)
    steps = history_of(ticket, [], [], WORDS).steps
    assert [(step.at, step.status, step.answered) for step in steps] == [
        (NOON, Status.NEW, False),
        (answered, Status.NEW, True),
        (solved, Status.CLOSED, False),
    ]
