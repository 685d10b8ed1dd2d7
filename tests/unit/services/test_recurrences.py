# SPDX-License-Identifier: GPL-3.0-or-later
"""Recurring tickets: planned by managers, opened once for each date, made good after a pause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.schemas.recurrences import (
    RecurrenceChange,
    RecurrenceSettings,
    RecurrenceView,
    RuleAsk,
)
from helpdesk.core.schemas.tasks import MOST_TASKS, TASK_LIMIT
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.tickets import Priority, Sort, Status, TicketQuery, TicketView
from helpdesk.core.schemas.users import Leaving, UserQuery
from helpdesk.database.checks import examine
from helpdesk.jobs.recurrences import is_due, open_due
from tests.conftest import SettableClock
from tests.contract.desks import id_of, opened, opened_again, person
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE
from tests.seated import seated

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)
BERLIN = ZoneInfo("Europe/Berlin")


class Desk:
    """One desk for the module, with its people."""

    def __init__(self, embedded: EmbeddedDesk, clock: SettableClock) -> None:
        self.embedded, self.clock = embedded, clock
        self.of: Callable[[str], HelpDesk] = cache(lambda name: seated(self._sign_in, name))
        self._signed_in: dict[str, tuple[HelpDesk, datetime]] = {}
        self.alice, self.bob, self.charlie = self.of("alice"), self.of("bob"), self.of("charlie")

    def _sign_in(self, username: str) -> HelpDesk:
        """Sign somebody in anew where their session may have ended."""
        known = self._signed_in.get(username)
        if known is None or known[1] != self.clock.now:
            known = self._signed_in[username] = (person(self.embedded, username), self.clock.now)
        return known[0]

    def settings(self, **other: Any) -> RecurrenceSettings:
        """Return a ticket for every morning, from tomorrow on."""
        tomorrow = (self.clock.now + timedelta(days=1)).astimezone(BERLIN).date()
        values = {
            "name": "Backups",
            "subject": "Look at the backups",
            "requester_id": id_of(self.alice),
            "rule": "FREQ=DAILY",
            "time_zone": BERLIN.key,
            "starts_at": datetime(tomorrow.year, tomorrow.month, tomorrow.day, 9, tzinfo=BERLIN),
        }
        return RecurrenceSettings(**(values | other))

    def plan(self, **other: Any) -> RecurrenceView:
        return self.charlie.recurrences.add(self.settings(**other))

    def now(self, id_: int) -> RecurrenceView:
        return next(each for each in self.charlie.recurrences.all() if each.id == id_)

    def run(self) -> int:
        return open_due(self.embedded, self.clock.now)

    def newest(self) -> TicketView:
        page = self.bob.tickets.search(TicketQuery(sort=Sort.NEWEST, limit=1))
        return self.bob.tickets.view(page.items[0].id)

    def go_to(self, moment: datetime | None) -> None:
        assert moment is not None
        self.clock.forward(seconds=(moment - self.clock.now).total_seconds())

    def clear(self) -> None:
        for each in self.charlie.recurrences.all():
            self.charlie.recurrences.remove(each.id)


@pytest.fixture(scope="module")
def module_desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Desk]:
    clock = SettableClock()
    with opened(tmp_path_factory.mktemp("recurrences"), template, clock, desk_kind) as embedded:
        yield Desk(embedded, clock)


@pytest.fixture
def desk(module_desk: Desk) -> Iterator[Desk]:
    yield module_desk
    module_desk.clear()


def test_a_plan_takes_tasks_as_long_and_as_many_as_a_ticket_does(desk: Desk):
    longest = tuple(f"{number}".ljust(TASK_LIMIT, "x") for number in range(MOST_TASKS))
    plan = desk.plan(tasks=longest)
    desk.go_to(plan.next_at)
    assert desk.run() == 1
    ticket = desk.newest()
    assert tuple(each.text for each in desk.bob.tasks.of_ticket(ticket.id).tasks) == longest
    for wrong in (("x" * (TASK_LIMIT + 1),), (" ",), (*longest, "One more")):
        with pytest.raises(ValidationError):
            desk.plan(tasks=wrong)


def test_it_opens_the_ticket_that_was_planned_and_moves_on(desk: Desk):
    team = desk.of("dana").teams.add(TeamSettings(name="Night shift"))
    plan = desk.plan(
        priority=Priority.HIGH, category_id=1, team_id=team.id, assignee_id=id_of(desk.bob),
        tags=("backup", "daily"), tasks=("Read the log", "Restore one file"),
        description="As every day.",
    )  # fmt: skip
    assert plan.words == "Every day at 09:00 (Europe/Berlin)"
    assert (plan.active, plan.last_ticket, plan.next_at) == (True, None, plan.starts_at)
    assert desk.run() == 0
    assert not is_due(desk.embedded, desk.clock.now)
    desk.go_to(plan.next_at)
    assert is_due(desk.embedded, desk.clock.now)
    assert (desk.run(), desk.run()) == (1, 0)
    ticket = desk.newest()
    assert ticket.subject == "Look at the backups"
    assert ticket.requester.id == id_of(desk.alice)
    assert (ticket.priority, ticket.status) == (Priority.HIGH, Status.OPEN)
    assert ticket.team is not None
    assert ticket.assignee is not None
    assert (ticket.team.id, ticket.assignee.id) == (team.id, id_of(desk.bob))
    assert ticket.tags == ("backup", "daily")
    recurred = next(each for each in ticket.events if each.kind == "recurred")
    assert (recurred.actor, recurred.field, recurred.new) == (None, "Backups", None)
    assert "recurred" not in {each.kind for each in desk.alice.tickets.view(ticket.id).events}
    with desk.embedded.database.reading() as session:
        tasks = session.execute(
            text("SELECT text FROM ticket_task WHERE ticket_id = :id ORDER BY position"),
            {"id": ticket.id},
        ).scalars()
        assert list(tasks) == ["Read the log", "Restore one file"]
    after = desk.now(plan.id)
    assert after.last_ticket is not None
    assert after.last_ticket.id == ticket.id
    assert after.next_at == plan.starts_at + timedelta(days=1)
    assert examine(desk.embedded.database).findings == ()


def test_after_a_pause_of_the_program_only_the_last_date_is_made_good(desk: Desk):
    plan = desk.plan()
    assert plan.next_at is not None
    desk.go_to(plan.next_at + timedelta(days=4, hours=1))
    assert desk.run() == 1
    recurred = next(each for each in desk.newest().events if each.kind == "recurred")
    assert recurred.new == "4 earlier left out"
    next_at = desk.now(plan.id).next_at
    assert next_at is not None
    assert next_at > desk.clock.now
    assert next_at.astimezone(BERLIN).hour == 9
    assert desk.run() == 0


def test_two_programs_open_each_date_once(desk: Desk):
    plans = [desk.plan(name=f"Plan {number}") for number in range(3)]
    desk.go_to(plans[0].next_at)
    with opened_again(desk.embedded, desk.clock) as other, ThreadPoolExecutor(2) as both:
        runs = [both.submit(open_due, each, desk.clock.now) for each in (desk.embedded, other)]
        assert sum(run.result() for run in runs) == len(plans)


def test_it_ends_with_its_rule_and_a_new_rule_lets_it_go_on(desk: Desk):
    plan = desk.plan(rule="FREQ=DAILY;COUNT=1")
    desk.go_to(plan.next_at)
    assert desk.run() == 1
    ended = desk.now(plan.id)
    assert (ended.active, ended.ended, ended.next_at) == (False, True, None)
    settings = desk.settings(rule="FREQ=WEEKLY", name="Weekly")
    change = RecurrenceChange(**settings.model_dump(), version=ended.version)
    changed = desk.charlie.recurrences.change(plan.id, change)
    assert (changed.active, changed.name, changed.next_at) == (True, "Weekly", settings.starts_at)
    with pytest.raises(Conflict, match="changed in the meantime") as stale:
        desk.charlie.recurrences.change(plan.id, change)
    assert stale.value.current == changed


def test_a_new_name_passes_no_date_over_that_has_come(desk: Desk):
    plan = desk.plan()
    desk.go_to(plan.next_at)
    desk.clock.forward(minutes=5)
    settings = desk.settings(starts_at=plan.next_at, name="Renamed")
    change = RecurrenceChange(**settings.model_dump(), version=plan.version)
    assert desk.charlie.recurrences.change(plan.id, change).next_at == plan.next_at
    assert desk.run() == 1


def test_a_paused_one_opens_nothing_and_goes_on_from_when_it_is_resumed(desk: Desk):
    plan = desk.plan()
    paused = desk.charlie.recurrences.pause(plan.id, plan.version)
    assert (paused.active, paused.ended, paused.next_at) == (False, False, None)
    desk.clock.forward(days=3, hours=1)
    assert desk.run() == 0
    resumed = desk.charlie.recurrences.resume(plan.id, paused.version)
    assert resumed.active
    assert resumed.next_at is not None
    assert resumed.next_at > desk.clock.now
    assert desk.run() == 0
    desk.charlie.recurrences.remove(plan.id)
    with pytest.raises(NotFound):
        desk.charlie.recurrences.remove(plan.id)


def test_what_cannot_be_planned_gets_a_sentence(desk: Desk):
    for other, sentence in (
        ({"rule": "FREQ=HOURLY"}, "how often"),
        ({"time_zone": "Nowhere/Land"}, "no time zone"),
        ({"rule": "FREQ=DAILY;UNTIL=20200101"}, "no date from now on"),
        ({"category_id": 2**40}, "does not exist"),
        ({"team_id": 2**40}, "does not exist"),
        ({"assignee_id": id_of(desk.alice)}, "cannot be given tickets"),
    ):
        with pytest.raises(Invalid, match=sentence):
            desk.plan(**other)
    with pytest.raises(NotFound):
        desk.plan(requester_id=2**40)
    with pytest.raises(ValueError, match="few words"):
        desk.settings(subject="")
    with pytest.raises(Forbidden):
        desk.bob.recurrences.all()
    assert desk.charlie.recurrences.all() == ()


def test_a_preview_says_the_rule_and_five_dates_to_come(desk: Desk):
    start = datetime(2020, 1, 1, 8, tzinfo=BERLIN)
    ask = RuleAsk(rule="FREQ=MONTHLY;BYDAY=2TU", time_zone=BERLIN.key, starts_at=start)
    found = desk.charlie.recurrences.preview(ask)
    assert found.words == "Every month on the second Tuesday at 08:00 (Europe/Berlin)"
    assert len(found.dates) == 5
    assert all(each >= desk.clock.now for each in found.dates)
    assert {each.astimezone(BERLIN).hour for each in found.dates} == {8}


def test_the_ticket_comes_although_who_was_to_have_it_has_left(desk: Desk):
    dana, frank = desk.of("dana"), id_of(desk.of("frank"))
    plan = desk.plan(assignee_id=frank)
    view = next(each for each in dana.users.search(UserQuery(text="frank")).items)
    dana.users.deactivate(frank, Leaving(version=view.version))
    desk.go_to(plan.next_at)
    assert desk.run() == 1
    assert desk.newest().assignee is None
