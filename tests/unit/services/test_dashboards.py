# SPDX-License-Identifier: GPL-3.0-or-later
"""Everybody arranges a dashboard of their own, or begins with that of their team or their role."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.schemas.dashboards import (
    DashboardChange,
    Layout,
    LayoutOrigin,
    Place,
    PlacedCard,
    SharedLayout,
)
from helpdesk.core.schemas.figures import (
    Behind,
    Capacity,
    Card,
    CardsQuery,
    CardStyle,
    Measure,
    Outlook,
    Scope,
    Span,
    Split,
)
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery
from tests.conftest import SettableClock, SignIn
from tests.matrix import HTTP_SQLITE, LOCAL

pytestmark = pytest.mark.desk_kinds(*LOCAL, HTTP_SQLITE)
BOB, CHARLIE = 3, 5
PLACE = Place(column=0, row=0, columns=3, rows=2)
MINE = Layout(
    cards=(PlacedCard(card=Card(style=CardStyle.NUMBER, measure=Measure.CLOSED), place=PLACE),)
)


def test_people_begin_with_what_their_role_begins_with(sign_in: SignIn):
    team = sign_in("dana").teams.add(TeamSettings(name="Network", member_ids=(CHARLIE,)))
    found = {name: sign_in(name).dashboards.mine() for name in ("bob", "charlie", "dana")}
    assert {each.origin for each in found.values()} == {LayoutOrigin.ROLE}
    assert found["charlie"].layout.scope == Scope(team_id=team.id)
    assert found["dana"].layout.scope == found["bob"].layout.scope == Scope()
    assert found["charlie"].layout.cards == found["dana"].layout.cards
    for view in found.values():
        places = [each.place for each in view.layout.cards]
        taken = [
            (column, row)
            for place in places
            for column in range(place.column, place.column + place.columns)
            for row in range(place.row, place.row + place.rows)
        ]
        assert len(taken) == len(set(taken))
        assert max(column for column, _ in taken) == 11
    for name, view in found.items():
        cards = tuple(each.card for each in view.layout.cards)
        query = CardsQuery(cards=cards, span=view.layout.span, scope=view.layout.scope)
        told = sign_in(name).figures.cards(query)
        assert [card.problem for card in told.cards] == [None] * len(cards)


def test_a_dashboard_is_kept_and_forgotten(sign_in: SignIn):
    bob = sign_in("bob")
    kept = bob.dashboards.save(DashboardChange(layout=MINE, version=0))
    assert (kept.layout, kept.origin, kept.version) == (MINE, LayoutOrigin.OWN, 1)
    assert bob.dashboards.mine() == kept
    with pytest.raises(Conflict) as stale:
        bob.dashboards.save(DashboardChange(layout=Layout(), version=0))
    assert stale.value.current == kept
    assert bob.dashboards.save(DashboardChange(layout=Layout(), version=1)).version == 2
    assert bob.dashboards.reset().origin is LayoutOrigin.ROLE
    assert bob.dashboards.mine().version == 0
    assert sign_in("frank").dashboards.mine().origin is LayoutOrigin.ROLE


def test_a_team_begins_with_what_its_manager_shares(sign_in: SignIn):
    dana, charlie, bob = sign_in("dana"), sign_in("charlie"), sign_in("bob")
    team = dana.teams.add(TeamSettings(name="Network", member_ids=(BOB,)))
    cursor = bob.tickets.changes("").cursor
    charlie.dashboards.share(SharedLayout(team_id=team.id, layout=MINE))
    found = bob.dashboards.mine()
    assert (found.layout, found.origin, found.team) == (MINE, LayoutOrigin.TEAM, "Network")
    told = {each.kind: each.ids for each in bob.tickets.changes(cursor).others}
    assert told == {"team_dashboard": (team.id,)}
    charlie.dashboards.share(SharedLayout(team_id=team.id, layout=Layout()))
    assert bob.dashboards.mine().layout == Layout()
    charlie.dashboards.unshare(team.id)
    assert bob.dashboards.mine().origin is LayoutOrigin.ROLE
    with pytest.raises(Invalid):
        charlie.dashboards.share(SharedLayout(team_id=99, layout=MINE))
    with pytest.raises(NotFound):
        charlie.dashboards.unshare(99)


def test_what_another_version_kept_is_read_as_far_as_it_is_known(
    embedded: EmbeddedDesk, sign_in: SignIn
):
    bob = sign_in("bob")
    bob.dashboards.save(DashboardChange(layout=MINE, version=0))
    known = json.loads(MINE.model_dump_json())["cards"][0]
    newer = {**known, "card": {**known["card"], "measure": "happiness"}}
    for kept, cards in (
        ({"cards": [newer, known, "x", None], "span": {"period": "next_week"}}, MINE.cards),
        ({"cards": known, "scope": {"planet": 1}}, ()),
        ([], ()),
    ):
        with embedded.database.writing() as session:
            session.execute(text("UPDATE own_dashboard SET layout = :it"), {"it": json.dumps(kept)})
        assert bob.dashboards.mine().layout == Layout(cards=cards)


def test_who_arranges_a_dashboard_hears_of_it_alone(sign_in: SignIn):
    bob, frank = sign_in("bob"), sign_in("frank")
    cursor = bob.tickets.changes("").cursor
    bob.dashboards.save(DashboardChange(layout=MINE, version=0))
    assert [each.kind for each in bob.tickets.changes(cursor).others] == ["dashboard"]
    assert frank.tickets.changes(cursor).others == ()


def test_the_tickets_behind_a_number_are_asked_for_from_afar(sign_in: SignIn):
    charlie, alice = sign_in("charlie"), sign_in("alice")
    printer = alice.tickets.open(NewTicket(subject="The printer jams")).id
    newer = alice.tickets.open(NewTicket(subject="No network")).id
    number = Card(style=CardStyle.NUMBER, measure=Measure.CREATED)
    (figures,) = charlie.figures.cards(CardsQuery(cards=(number,))).cards
    behind = TicketQuery(behind=figures.behind)
    assert [row.id for row in charlie.tickets.search(behind).items] == [newer, printer]
    found = behind.model_copy(update={"text": "printer"})
    assert [row.id for row in charlie.tickets.search(found).items] == [printer]
    assert charlie.tickets.count(found).count == 1
    with pytest.raises(Forbidden):
        alice.tickets.search(behind)
    wrong = Behind(measure=Measure.CREATED, span=Span(), split=Split.PRIORITY, part="soon")
    with pytest.raises(Invalid):
        charlie.tickets.search(TicketQuery(behind=wrong))


def test_capacity_shows_in_the_workload(sign_in: SignIn):
    charlie, frank = sign_in("charlie"), sign_in("frank")
    charlie.figures.set_capacity(BOB, Capacity(tickets=2))
    sign_in("dana").teams.add(TeamSettings(name="Network", member_ids=(BOB,)))
    table = Card(style=CardStyle.TABLE, measure=Measure.WORKLOAD)
    (figures,) = charlie.figures.cards(CardsQuery(cards=(table,))).cards
    assert [(row.full_name, row.capacity) for row in figures.technicians] == [("Bob Keller", 2)]
    with pytest.raises(Invalid):
        charlie.figures.set_capacity(1, Capacity(tickets=2))
    assert frank.sessions.current().user.full_name == "Frank Osei"


def test_an_outlook_needs_some_weeks(sign_in: SignIn, clock: SettableClock):
    charlie = sign_in("charlie")
    nothing = Outlook(weeks=0, expected=(), expected_next_7_days=None, rises=(), overloads=())
    assert charlie.figures.outlook(None) == nothing
    with pytest.raises(NotFound):
        charlie.figures.outlook(99)
    assert clock() is not None
