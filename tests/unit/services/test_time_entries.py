# SPDX-License-Identifier: GPL-3.0-or-later
"""Time on tickets: one timer a person, time by hand, who may change it, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.schemas.links import MergeInto
from helpdesk.core.schemas.time_entries import TicketTime, TimeChange, TimerStop, TimeSpent
from tests.conftest import SettableClock
from tests.contract.desks import dump, opened, opened_again, person
from tests.matrix import LOCAL
from tests.unit.services.undoable import Undoable

pytestmark = pytest.mark.desk_kinds(*LOCAL)
STOP = TimerStop()


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Undoable]:
    clock = SettableClock()
    with opened(tmp_path_factory.mktemp("time"), template, clock, desk_kind) as embedded:
        yield Undoable(embedded, clock)


@pytest.fixture(autouse=True)
def no_timer(desk: Undoable) -> Iterator[None]:
    yield
    for each in (desk.bob, desk.frank, desk.charlie):
        each.time_entries.discard()


def spent(desk: Undoable, minutes: int = 90, note: str = "") -> TimeSpent:
    began = desk.clock.now - timedelta(minutes=minutes)
    return TimeSpent(started_at=began, seconds=minutes * 60, note=note)


def seconds(time: TicketTime) -> list[int]:
    return [each.seconds for each in time.entries]


def told(desk: Undoable, ticket: int) -> list[tuple[str | None, str | None]]:
    events = reversed(desk.bob.tickets.view(ticket).events)
    return [(each.old, each.new) for each in events if each.kind == "timed"]


def test_a_timer_runs_until_it_is_stopped_with_a_note(desk: Undoable):
    ticket = desk.new()
    begun = desk.bob.time_entries.start(ticket).running
    assert begun is not None
    assert (begun.ticket.id, begun.seconds) == (ticket, 0)
    desk.clock.forward(minutes=30)
    # It stands in the desk, so that whoever opens the program again finds it.
    again = desk.bob.time_entries.running().running
    assert again is not None
    assert (again.id, again.seconds, again.is_long) == (begun.id, 1800, False)
    assert desk.bob.time_entries.start(ticket).running == again
    state = desk.bob.time_entries.stop(TimerStop(note="Looked at the tray"))
    assert state.running is None
    assert state.stopped is not None
    assert state.stopped.seconds == 1800
    time = desk.frank.time_entries.of_ticket(ticket)
    entry = time.entries[0]
    assert (entry.note, entry.person.full_name, entry.may_change) == (
        "Looked at the tray",
        "Bob Keller",
        False,
    )
    assert (time.seconds, told(desk, ticket)) == (1800, [(None, "30m")])
    with pytest.raises(Invalid, match="No timer of yours runs"):
        desk.bob.time_entries.stop(STOP)


def test_starting_elsewhere_stops_the_one_that_runs_and_says_so(desk: Undoable):
    first, second = desk.new(), desk.new()
    desk.bob.time_entries.start(first)
    desk.frank.time_entries.start(first)
    desk.clock.forward(minutes=5)
    state = desk.bob.time_entries.start(second)
    assert state.stopped is not None
    assert state.running is not None
    assert (state.stopped.ticket.id, state.stopped.seconds, state.running.ticket.id) == (
        first,
        300,
        second,
    )
    others = desk.frank.time_entries.running().running
    assert others is not None
    assert others.ticket.id == first


def test_a_forgotten_timer_asks_how_long_it_really_was(desk: Undoable):
    ticket, other = desk.new(), desk.new()
    desk.bob.time_entries.start(ticket)
    desk.clock.forward(hours=14)
    running = desk.bob.time_entries.running().running
    assert running is not None
    assert running.is_long
    for forgotten in (
        lambda: desk.bob.time_entries.stop(STOP),
        lambda: desk.bob.time_entries.start(other),
    ):
        with pytest.raises(Invalid, match=f"HD-{ticket} has run for 14h; say how long"):
            forgotten()
    desk.bob.time_entries.stop(TimerStop(seconds=2400))
    entry = desk.bob.time_entries.of_ticket(ticket).entries[0]
    assert entry.ended_at is not None
    assert (entry.seconds, entry.ended_at - entry.started_at) == (2400, timedelta(minutes=40))


def test_of_two_starts_at_once_one_timer_runs(desk: Undoable):
    tickets = [desk.new() for _ in range(4)]
    with opened_again(desk.embedded, desk.clock) as other, ThreadPoolExecutor() as pool:
        seats = [desk.bob, person(other, "bob")]
        list(pool.map(lambda at: seats[at % 2].time_entries.start(tickets[at]), range(4)))
    times = [desk.bob.time_entries.of_ticket(each).entries for each in tickets]
    assert [each.ended_at for entries in times for each in entries].count(None) == 1
    assert [len(entries) for entries in times] == [1, 1, 1, 1]


def test_time_is_entered_changed_and_removed_by_who_worked_and_by_managers(desk: Undoable):
    ticket = desk.new()
    added = desk.bob.time_entries.add(ticket, spent(desk, 90, "By phone"))
    desk.frank.time_entries.add(ticket, spent(desk, 10))
    entry = added.entries[0]
    seen = TimeSpent(started_at=entry.started_at, seconds=entry.seconds, note=entry.note)
    change = TimeChange(started_at=entry.started_at, seconds=3600, note="On site", seen=seen)
    with pytest.raises(Forbidden, match="Only managers"):
        desk.frank.time_entries.change(ticket, entry.id, change)
    with pytest.raises(Forbidden, match="Only managers"):
        desk.frank.time_entries.remove(ticket, entry.id)
    changed = desk.charlie.time_entries.change(ticket, entry.id, change)
    assert (changed.seconds, [each.seconds for each in changed.people]) == (4200, [3600, 600])
    with pytest.raises(Conflict, match="changed in the meantime"):
        desk.bob.time_entries.change(ticket, entry.id, change)
    removed = desk.bob.time_entries.remove(ticket, entry.id)
    assert seconds(removed) == [600]
    with pytest.raises(NotFound):
        desk.bob.time_entries.remove(ticket, entry.id)
    assert told(desk, ticket) == [
        (None, "1h 30m"), (None, "10m"), ("1h 30m", "1h"), ("1h", None),
    ]  # fmt: skip
    assert removed.undo is not None
    assert changed.undo is not None
    assert desk.bob.deeds.undo(removed.undo).undone == 1
    assert sorted(seconds(desk.bob.time_entries.of_ticket(ticket))) == [600, 3600]
    assert desk.charlie.deeds.undo(changed.undo).undone == 1
    assert desk.bob.time_entries.of_ticket(ticket).seconds == 6000


def test_time_that_is_not_over_is_neither_entered_nor_changed(desk: Undoable):
    ticket = desk.new()
    future = TimeSpent(started_at=desk.clock.now, seconds=60)
    with pytest.raises(Invalid, match="in the future"):
        desk.bob.time_entries.add(ticket, future)
    desk.bob.time_entries.start(ticket)
    entry = desk.bob.time_entries.of_ticket(ticket).entries[0]
    assert not entry.may_change
    with pytest.raises(Invalid, match="runs still"):
        desk.charlie.time_entries.remove(ticket, entry.id)
    desk.bob.time_entries.discard()
    assert desk.bob.time_entries.of_ticket(ticket).entries == ()


def test_a_requester_hears_nothing_of_time(desk: Undoable):
    ticket = desk.new()
    before = desk.alice.tickets.view(ticket)
    desk.bob.time_entries.add(ticket, spent(desk))
    desk.bob.time_entries.start(ticket)
    desk.clock.forward(minutes=1)
    desk.bob.time_entries.stop(STOP)
    assert desk.alice.tickets.view(ticket) == before
    for refused in (
        lambda: desk.alice.time_entries.of_ticket(ticket),
        lambda: desk.alice.time_entries.running(),
        lambda: desk.alice.time_entries.start(ticket),
    ):
        with pytest.raises(Forbidden):
            refused()


def test_a_merged_ticket_takes_no_time_but_a_timer_on_it_ends_well(desk: Undoable):
    ticket, survivor = desk.new(), desk.new()
    desk.bob.time_entries.start(ticket)
    desk.clock.forward(minutes=2)
    desk.bob.merging.merge(ticket, MergeInto(survivor_id=survivor, version=1))
    with pytest.raises(Invalid, match="is merged into"):
        desk.frank.time_entries.start(ticket)
    with pytest.raises(Invalid, match="is merged into"):
        desk.frank.time_entries.add(ticket, spent(desk))
    desk.bob.time_entries.stop(STOP)
    assert seconds(desk.bob.time_entries.of_ticket(ticket)) == [120]


def test_a_timer_goes_into_the_trash_and_comes_back(desk: Undoable):
    ticket, other = desk.new(), desk.new()
    desk.bob.time_entries.add(ticket, spent(desk))
    desk.bob.time_entries.start(ticket)
    before = dump(desk.embedded.database)["time_entry"]
    desk.clock.forward(minutes=3)
    desk.charlie.trash.delete(ticket, 1)
    assert desk.bob.time_entries.running().running is None
    desk.charlie.trash.restore(ticket)
    assert dump(desk.embedded.database)["time_entry"] == before
    desk.charlie.trash.delete(ticket, 1)
    # One timer a person runs, and this is the newer one.
    desk.bob.time_entries.start(other)
    desk.charlie.trash.restore(ticket)
    assert sorted(seconds(desk.bob.time_entries.of_ticket(ticket))) == [180, 5400]
    running = desk.bob.time_entries.running().running
    assert running is not None
    assert running.ticket.id == other
