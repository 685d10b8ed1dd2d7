# SPDX-License-Identifier: GPL-3.0-or-later
"""Teams: who can be in one, who of it is on duty, and what stays when somebody leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.core.schemas.sla import CalendarSettings, Slot
from helpdesk.core.schemas.teams import Absence, TeamChange, TeamSettings, TeamView
from helpdesk.core.schemas.tickets import Assignment, NewTicket, TicketChange
from helpdesk.core.schemas.users import Leaving
from helpdesk.models import BusinessCalendar, CalendarRevision
from helpdesk.services.work import Change
from tests.conftest import SettableClock, SignIn

pytestmark = pytest.mark.desk_kinds("local-sqlite", "http-postgresql")

ALICE, ERIN, BOB, FRANK, CHARLIE, DANA = 1, 2, 3, 4, 5, 6
"""The accounts, by the order of PEOPLE."""


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return sign_in("bob")


@pytest.fixture
def team(dana: HelpDesk) -> TeamView:
    return dana.teams.add(TeamSettings(name="Network", member_ids=(FRANK, BOB, BOB)))


def change_of(team: TeamView, **changes: object) -> TeamChange:
    now = {
        "name": team.name,
        "calendar_id": team.calendar_id,
        "member_ids": tuple(member.id for member in team.members),
        "version": team.version,
    }
    return TeamChange.model_validate({**now, **changes})


def test_a_team_shows_its_people_by_name_and_what_they_have_to_do(
    dana: HelpDesk, sign_in: SignIn, team: TeamView
):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="No tone"))
    ticket = dana.tickets.change(ticket.id, TicketChange(team_id=team.id, version=ticket.version))
    dana.tickets.assign(ticket.id, Assignment(assignee_id=BOB, version=ticket.version))
    (view,) = dana.teams.all()
    assert [(m.full_name, m.open_tickets, m.on_duty) for m in view.members] == [
        ("Bob Keller", 1, True),
        ("Frank Osei", 0, True),
    ]
    assert (view.name, view.open_tickets, view.version) == ("Network", 1, 1)


def test_only_staff_under_one_name_and_a_known_calendar(dana: HelpDesk, team: TeamView):
    for bad, sentence in [
        (TeamSettings(name="NETWORK"), "already"),
        (TeamSettings(name="Phones", member_ids=(ALICE,)), "staff"),
        (TeamSettings(name="Phones", member_ids=(999,)), "staff"),
        (TeamSettings(name="Phones", calendar_id=999), "calendar does not exist"),
    ]:
        with pytest.raises(Invalid, match=sentence):
            dana.teams.add(bad)
    other = dana.teams.add(TeamSettings(name="Phones"))
    with pytest.raises(Invalid, match="already"):
        dana.teams.change(other.id, change_of(other, name="network"))
    dana.teams.remove(team.id)
    assert dana.teams.change(other.id, change_of(other, name="Network")).version == 2


def test_an_older_view_of_a_team_overwrites_nothing(dana: HelpDesk, team: TeamView):
    changed = dana.teams.change(team.id, change_of(team, member_ids=(BOB, CHARLIE)))
    assert [member.id for member in changed.members] == [BOB, CHARLIE]
    with pytest.raises(Conflict, match="changed in the meantime") as caught:
        dana.teams.change(team.id, change_of(team))
    assert caught.value.current == changed


def test_a_removed_team_is_gone_but_tickets_keep_its_name(
    dana: HelpDesk, sign_in: SignIn, team: TeamView
):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="No tone"))
    dana.tickets.change(ticket.id, TicketChange(team_id=team.id, version=ticket.version))
    dana.teams.remove(team.id)
    assert dana.teams.all() == ()
    kept = dana.tickets.view(ticket.id).team
    assert kept is not None
    assert kept.name == "Network"
    for call in (
        lambda: dana.teams.remove(team.id),
        lambda: dana.teams.change(team.id, change_of(team)),
    ):
        with pytest.raises(NotFound):
            call()


def test_who_leaves_is_in_no_team_and_comes_back_to_it(
    dana: HelpDesk, embedded: EmbeddedDesk, team: TeamView
):
    left = dana.users.deactivate(BOB, Leaving(version=dana.users.view(BOB).version))
    assert [member.id for member in dana.teams.all()[0].members] == [FRANK]
    with pytest.raises(Invalid, match="staff"):
        dana.teams.change(team.id, change_of(team))
    dana.teams.change(team.id, change_of(team, member_ids=(FRANK,)))
    dana.users.reactivate(BOB, left.version)
    assert [member.id for member in dana.teams.all()[0].members] == [BOB, FRANK]


def test_who_is_away_is_not_on_duty_until_they_are_back(
    dana: HelpDesk, bob: HelpDesk, team: TeamView, embedded: EmbeddedDesk, clock: SettableClock
):
    heard: list[Change] = []
    embedded.executor.subscribe(heard.append)
    until = clock.now + timedelta(hours=5)
    bob.teams.set_absence(Absence(until=until))
    assert bob.teams.absence() == Absence(until=until)
    assert [(m.on_duty, m.away_until) for m in dana.teams.all()[0].members] == [
        (False, until),
        (True, None),
    ]
    assert Change("team", (team.id,)) in heard
    clock.now = until
    assert bob.teams.absence() == Absence(until=None)
    assert dana.teams.all()[0].members[0].on_duty
    bob.teams.set_absence(Absence(until=until - timedelta(hours=1)))
    assert bob.teams.absence() == Absence(until=None), "an absence in the past is none"


def test_the_calendar_of_a_team_says_when_it_is_on_duty(
    dana: HelpDesk, team: TeamView, embedded: EmbeddedDesk, clock: SettableClock
):
    hours = CalendarSettings(
        name="Mornings", time_zone="UTC", slots=(Slot(day=0, begin=9 * 60, end=12 * 60),)
    )
    with embedded.database.writing() as session:
        calendar = BusinessCalendar(name="Mornings", feeds="[]")
        session.add(calendar)
        session.flush()
        for said in (hours.model_copy(update={"slots": ()}), hours):
            session.add(
                CalendarRevision(
                    calendar_id=calendar.id,
                    at=clock.now,
                    settings=said.model_dump_json(),
                    feed_days="[]",
                )
            )
        calendar_id = calendar.id
    dana.teams.change(team.id, change_of(team, calendar_id=calendar_id))
    for hour, on_duty in [(8, False), (9, True), (11, True), (12, False)]:
        clock.now = clock.now.replace(hour=hour)
        members = dana.teams.all()[0].members
        assert {member.on_duty for member in members} == {on_duty}, hour


def test_the_program_itself_is_never_away(embedded: EmbeddedDesk):
    with pytest.raises(Invalid, match="Only a person"):
        embedded.as_system().teams.set_absence(Absence(until=None))
