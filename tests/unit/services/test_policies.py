# SPDX-License-Identifier: GPL-3.0-or-later
"""Service level policies as admins set them: their order, what is refused, and who is told."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.core.schemas.sla import (
    CalendarChange,
    CalendarSettings,
    PolicyChange,
    PolicyOrder,
    PolicySettings,
    PolicyView,
    Slot,
    Target,
)
from helpdesk.core.schemas.tickets import NewTicket, Priority
from helpdesk.models import Category, Team, TicketSla
from helpdesk.repositories.facts import FactRepository
from helpdesk.repositories.policies import SLA_CHANGED, PolicyRepository
from helpdesk.services import policies
from tests.conftest import SignIn
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)
"""Both databases and both transports, each once: there is nothing here for every pair."""
ALICE, ERIN = 1, 2
HIGH = Target(priority=Priority.HIGH, first_response=60, resolution=480)
CALENDAR = CalendarSettings(
    name="Office", time_zone="UTC", slots=(Slot(day=0, begin=540, end=1020),)
)


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    """Return an admin of a desk that has no policies yet, and a calendar of its own."""
    admin = sign_in("dana")
    for policy in admin.policies.all():
        admin.policies.remove(policy.id)
    admin.calendars.add(CALENDAR)
    return admin


def settings(dana: HelpDesk, name: str = "Fast", **others: Any) -> PolicySettings:
    calendar = next(each.id for each in dana.calendars.all() if each.name == CALENDAR.name)
    values = {"name": name, "calendar_id": calendar, "targets": (HIGH,), **others}
    return PolicySettings.model_validate(values)


def change(view: PolicyView, **others: Any) -> PolicyChange:
    kept = view.model_dump(include=set(PolicySettings.model_fields))
    requesters = tuple(person.id for person in view.requesters)
    return PolicyChange.model_validate(
        {**kept, "requester_ids": requesters, "version": view.version, **others}
    )


def told(desk: EmbeddedDesk) -> str | None:
    with desk.database.reading() as session:
        return FactRepository(session).get(SLA_CHANGED)


def names(found: tuple[PolicyView, ...]) -> list[tuple[int, str]]:
    return [(each.position, each.name) for each in found]


def test_a_new_policy_stands_first_and_the_order_can_be_changed(
    dana: HelpDesk, embedded: EmbeddedDesk
):
    ids = [dana.policies.add(settings(dana, name)).id for name in ("one", "two", "three")]
    assert names(dana.policies.all()) == [(1, "three"), (2, "two"), (3, "one")]
    before = told(embedded)
    ordered = dana.policies.arrange(PolicyOrder(policy_ids=(ids[1], ids[0], ids[2])))
    assert names(ordered) == names(dana.policies.all()) == [(1, "two"), (2, "one"), (3, "three")]
    assert told(embedded) != before
    with embedded.database.reading() as session:
        found = PolicyRepository(session).in_force()
    assert [each.name for each in found] == ["two", "one", "three"]

    # A list that is not the present one arranges nothing.
    for order in ((), tuple(ids[:2]), (*ids, ids[0]), (*ids[:2], 99)):
        with pytest.raises(Conflict):
            dana.policies.arrange(PolicyOrder(policy_ids=order))
    assert names(dana.policies.all()) == names(ordered)


def test_a_change_is_told_and_one_that_says_the_same_is_none(
    dana: HelpDesk, embedded: EmbeddedDesk
):
    made = dana.policies.add(settings(dana, category_ids=(1, 2), requester_ids=(ERIN, ALICE)))
    assert [person.full_name for person in made.requesters] == ["Erin Sato", "Alice Moreau"]
    first = told(embedded)
    assert dana.policies.change(made.id, change(made)) == made
    assert told(embedded) == first

    low = Target(priority=Priority.LOW, next_response=30)
    view = dana.policies.change(made.id, change(made, targets=(low,), active=False))
    assert (view.version, view.targets, view.active) == (2, (low,), False)
    assert told(embedded) != first
    with embedded.database.reading() as session:
        assert PolicyRepository(session).in_force() == ()
    with pytest.raises(Conflict) as caught:
        dana.policies.change(made.id, change(made))
    assert caught.value.current == view

    dana.policies.remove(made.id)
    assert dana.policies.all() == ()
    for call in (
        lambda: dana.policies.remove(made.id),
        lambda: dana.policies.change(made.id, change(view)),
    ):
        with pytest.raises(NotFound):
            call()


def test_what_is_not_there_cannot_be_chosen(dana: HelpDesk):
    dana.policies.add(settings(dana, "Other"))
    made = dana.policies.add(settings(dana))
    refused: list[tuple[str, dict[str, Any]]] = [
        ("name", {"name": "OTHER"}),
        ("calendar_id", {"calendar_id": 99}),
        ("category_ids", {"category_ids": (1, 99)}),
        ("team_ids", {"team_ids": (99,)}),
        ("requester_ids", {"requester_ids": (ALICE, 99)}),
    ]
    for field, others in refused:
        with pytest.raises(Invalid) as caught:
            dana.policies.add(settings(dana, **{"name": "New", **others}))
        assert caught.value.field == field
        with pytest.raises(Invalid) as caught:
            dana.policies.change(made.id, change(made, **others))
        assert caught.value.field == field
    assert dana.policies.all()[0] == made


def test_what_was_chosen_before_may_stay(dana: HelpDesk, embedded: EmbeddedDesk):
    with embedded.database.writing() as session:
        team = Team(name="Network", name_folded="network")
        session.add(team)
        session.flush()
        number = team.id
    made = dana.policies.add(settings(dana, team_ids=(number,), category_ids=(1,)))
    with embedded.database.writing() as session:
        session.merge(team).removed = True
        category = session.get(Category, 1)
        assert category
        category.active = False
    dana.policies.change(made.id, change(made, name="Faster"))
    for others in ({"team_ids": (number,)}, {"category_ids": (1,)}):
        with pytest.raises(Invalid):
            dana.policies.add(settings(dana, "New", **others))


def test_open_tickets_are_counted_by_policy(
    dana: HelpDesk, embedded: EmbeddedDesk, sign_in: SignIn
):
    made, other = (dana.policies.add(settings(dana, name)) for name in ("one", "two"))
    alice = sign_in("alice")
    tickets = [alice.tickets.open(NewTicket(subject=f"Printer {n}")) for n in range(3)]
    with embedded.database.writing() as session:
        for ticket in tickets:
            session.merge(TicketSla(ticket_id=ticket.id, policy_id=made.id))
    alice.tickets.close(tickets[0].id, tickets[0].version)
    counts = {view.id: view.open_tickets for view in dana.policies.all()}
    assert counts == {made.id: 2, other.id: 0}


def test_there_is_an_end_to_policies(dana: HelpDesk, monkeypatch):
    monkeypatch.setattr(policies, "MOST_POLICIES", 1)
    dana.policies.add(settings(dana))
    with pytest.raises(Invalid, match="already"):
        dana.policies.add(settings(dana, "More"))


def test_a_policy_in_force_counts_by_the_newest_calendar(dana: HelpDesk, embedded: EmbeddedDesk):
    dana.policies.add(settings(dana))
    with embedded.database.reading() as session:
        (before,) = PolicyRepository(session).in_force()
    calendar = next(each for each in dana.calendars.all() if each.name == CALENDAR.name)
    dana.calendars.make_default(calendar.id)
    wanted = CALENDAR.model_dump() | {"slots": (), "version": calendar.version}
    dana.calendars.change(calendar.id, CalendarChange.model_validate(wanted))
    with embedded.database.reading() as session:
        (after,) = PolicyRepository(session).in_force()
    assert after.revision_id > before.revision_id
    assert CalendarSettings.model_validate_json(after.calendar_settings).slots == ()
