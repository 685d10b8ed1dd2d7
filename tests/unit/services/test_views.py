# SPDX-License-Identifier: GPL-3.0-or-later
"""Saved views: kept as they were said, shared, pinned, counted, and gone for whoever lost them."""

from __future__ import annotations

import pytest

from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.tickets import Mine, NewTicket, Sort, TicketQuery
from helpdesk.core.schemas.views import NewView, Shared, ViewChange, ViewCountsQuery, ViewPins
from tests.conftest import SettableClock, SignIn


def test_a_view_is_kept_by_what_it_means(sign_in: SignIn):
    bob = sign_in("bob")
    query = TicketQuery(text="assignee:me,charlie created:>7d jam -vpn", sort=Sort.UPDATED)

    view = bob.views.add(NewView(name="Fresh", query=query))

    charlie = bob.queries.understood("assignee:charlie").query.assignee_ids
    assert view.query == TicketQuery(
        text="jam -vpn",
        assignee_ids=charlie,
        me=(Mine.ASSIGNEE,),
        when=("created:>7d",),
        sort=Sort.UPDATED,
    )
    assert view.text == "assignee:charlie,me created:>7d jam -vpn"
    assert (view.shared, view.may_change, view.pinned) == (Shared.PRIVATE, True, None)


def test_a_view_is_changed_by_who_has_seen_it_and_deleted(sign_in: SignIn):
    bob = sign_in("bob")
    view = bob.views.add(NewView(name="Mine", query=TicketQuery(unassigned=True)))

    renamed = bob.views.change(view.id, ViewChange(name="Ours", version=view.version))
    with pytest.raises(Conflict) as stale:
        bob.views.change(view.id, ViewChange(name="Theirs", version=view.version))
    bob.views.remove(view.id, renamed.version)

    assert renamed.name == "Ours"
    assert stale.value.current == renamed
    with pytest.raises(NotFound):
        bob.views.remove(view.id, renamed.version)


def test_only_who_may_share_work_shares_and_each_sees_what_is_theirs(sign_in: SignIn):
    bob, charlie, alice, dana = map(sign_in, ("bob", "charlie", "alice", "dana"))
    ids = [each.sessions.current().user.id for each in (bob, charlie)]
    team = dana.teams.add(TeamSettings(name="Service", member_ids=(ids[0], ids[1])))
    other = dana.teams.add(TeamSettings(name="Elsewhere", member_ids=()))
    to_all = NewView(name="All", query=TicketQuery(), shared=Shared.ALL)
    to_team = NewView(name="Team", query=TicketQuery(), shared=Shared.TEAM, team_id=team.id)

    with pytest.raises(Forbidden):
        bob.views.add(to_all)
    with pytest.raises(Invalid):
        charlie.views.add(to_team.model_copy(update={"team_id": other.id}))
    shared = charlie.views.add(to_all)
    of_team = charlie.views.add(to_team)
    private = charlie.views.add(NewView(name="Own", query=TicketQuery()))

    def seen(who):
        return {each.name for each in who.views.all()}

    assert (seen(bob), seen(dana), seen(alice)) == ({"All", "Team"}, {"All"}, set())
    with pytest.raises(Forbidden):
        bob.views.change(shared.id, ViewChange(name="Bob's", version=1))
    for hidden in (private, of_team):
        with pytest.raises(NotFound):
            alice.views.change(hidden.id, ViewChange(name="x", version=1))
    with pytest.raises(Invalid):
        dana.views.change(shared.id, ViewChange(shared=Shared.PRIVATE, version=1))
    assert dana.views.change(shared.id, ViewChange(name="Everybody", version=1)).version == 2


def test_pins_have_an_order_and_go_with_their_view(sign_in: SignIn):
    bob, charlie = sign_in("bob"), sign_in("charlie")
    views = [
        charlie.views.add(NewView(name=name, query=TicketQuery(), shared=Shared.ALL))
        for name in "ABC"
    ]
    hidden = charlie.views.add(NewView(name="D", query=TicketQuery()))
    wanted = (views[2].id, hidden.id, views[0].id)

    pinned = bob.views.pin(ViewPins(view_ids=wanted))
    charlie.views.remove(views[2].id, 1)

    assert [(each.name, each.pinned) for each in pinned] == [("C", 0), ("A", 1), ("B", None)]
    assert [each.name for each in bob.views.all() if each.pinned is not None] == ["A"]
    assert not [each for each in charlie.views.all() if each.pinned is not None]


def test_a_deleted_view_comes_back_as_it_was(sign_in: SignIn, clock: SettableClock):
    alice, bob, charlie, dana = map(sign_in, ("alice", "bob", "charlie", "dana"))
    views = [
        charlie.views.add(NewView(name=name, query=TicketQuery(), shared=Shared.ALL))
        for name in "AB"
    ]
    first, second = (each.id for each in views)
    bob.views.pin(ViewPins(view_ids=(second, first)))
    before = bob.views.all()

    dana.views.remove(first, 1)
    # Whoever arranges their pins meanwhile does not see this one, and keeps it.
    bob.views.pin(ViewPins(view_ids=(second,)))
    counts = bob.views.counts(ViewCountsQuery(view_ids=(first,), texts=()))
    for hidden in (alice, bob):
        with pytest.raises((NotFound, Forbidden)):
            hidden.views.restore(first)
    with pytest.raises(NotFound):
        dana.views.restore(second)
    restored = dana.views.restore(first)

    assert counts.views == ()
    assert restored.owner.id == views[0].owner.id
    assert bob.views.all() == before
    dana.views.remove(first, 1)
    clock.forward(days=31)
    with pytest.raises(NotFound):
        sign_in("dana").views.restore(first)


def test_deleted_views_count_for_nothing_and_are_forgotten(sign_in: SignIn):
    bob = sign_in("bob")
    new = NewView(name="Mine", query=TicketQuery())
    first = bob.views.add(new)
    bob.views.remove(first.id, 1)
    for _ in range(100):
        last = bob.views.add(new)
    with pytest.raises(Invalid, match="100 views"):
        bob.views.restore(first.id)
    for view in bob.views.all():
        bob.views.remove(view.id, 1)
    with pytest.raises(NotFound):
        bob.views.restore(first.id)
    assert bob.views.restore(last.id) == last


def test_views_and_texts_are_counted_for_who_asks(sign_in: SignIn):
    alice, bob, charlie = map(sign_in, ("alice", "bob", "charlie"))
    for _ in range(3):
        ticket = alice.tickets.open(NewTicket(subject="Jam"))
    bob.tickets.take(ticket.id, ticket.version)
    mine = NewView(name="Mine", query=TicketQuery(text="assignee:me"), shared=Shared.ALL)
    view = charlie.views.add(mine)
    asked = ViewCountsQuery(view_ids=(view.id, 999), texts=("is:open", "is:unassigned"))

    of_bob, of_charlie = bob.views.counts(asked), charlie.views.counts(asked)

    assert [each.count for each in of_bob.texts] == [3, 2]
    assert [each.count for each in of_bob.views] == [1]
    assert [each.count for each in of_charlie.views] == [0]


def test_windows_hear_of_the_views_that_their_people_may_see(sign_in: SignIn):
    alice, bob, charlie, frank = map(sign_in, ("alice", "bob", "charlie", "frank"))
    people = (alice, bob, charlie, frank)
    cursors = [each.tickets.changes("").cursor for each in people]

    def heard() -> list[bool]:
        """Tell who of them hears of a view since they were asked last."""
        told = [each.tickets.changes(at) for each, at in zip(people, cursors, strict=True)]
        cursors[:] = [each.cursor for each in told]
        kinds = [{other.kind for other in each.others} for each in told]
        assert all(each <= {"view", "own_view"} for each in kinds)
        return [bool(each) for each in kinds]

    private = alice.views.add(NewView(name="Hers", query=TicketQuery()))
    assert heard() == [True, False, False, False]
    alice.views.remove(private.id, private.version)
    assert heard() == [True, False, False, False]
    view = charlie.views.add(NewView(name="Ours", query=TicketQuery()))
    assert heard() == [False, False, True, False]
    view = charlie.views.change(view.id, ViewChange(shared=Shared.ALL, version=view.version))
    assert heard() == [False, True, True, True]
    # Who sees it no more hears of that.
    view = charlie.views.change(view.id, ViewChange(shared=Shared.PRIVATE, version=view.version))
    assert heard() == [False, True, True, True]
    charlie.views.change(view.id, ViewChange(name="Mine", version=view.version))
    assert heard() == [False, False, True, False]
