# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of many tickets: each with its own result, under one deed that undoes all of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from helpdesk.core.clock import system_clock
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.schemas.bulk import BulkChange, BulkResult
from helpdesk.core.schemas.links import MergeInto, NewLink, ParentIds, Relation
from helpdesk.core.schemas.notifications import NotificationQuery
from helpdesk.core.schemas.snoozes import SnoozeChoice
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Priority,
    Sort,
    Status,
    TicketChange,
    TicketQuery,
)
from helpdesk.services import bulk, trash
from helpdesk.services.ticket_changes import TicketChanges
from tests.contract.desks import opened, person

BOB = 3


class Desk:
    """A desk with people of each role."""

    def __init__(self, embedded) -> None:
        names = ("alice", "erin", "bob", "charlie", "dana")
        self.alice, self.erin, self.bob, self.charlie, self.dana = (
            person(embedded, name) for name in names
        )

    def new(self, count: int) -> list[int]:
        """Open some tickets and return their numbers."""
        return [self.alice.tickets.open(NewTicket(subject="Tone")).id for _ in range(count)]


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("bulk"), template, kind=desk_kind) as embedded:
        yield Desk(embedded)


def test_ten_tickets_have_ten_results_and_a_requester_none(desk: Desk):
    tickets = desk.new(8)
    foreign = desk.erin.tickets.open(NewTicket(subject="Hers")).id
    closed, missing = tickets[-1], 2**40
    desk.bob.tickets.close(closed, 1)
    ids = (*tickets, foreign, missing)
    change = BulkChange(ticket_ids=ids, status=Status.IN_PROGRESS)
    deed = desk.bob.bulk.begin("All to In Progress")
    with pytest.raises(Forbidden):
        desk.alice.bulk.change(deed.id, change)
    with pytest.raises(Forbidden):
        desk.alice.bulk.begin("All to In Progress")
    assert desk.erin.tickets.view(foreign).status is Status.NEW
    result = desk.bob.bulk.change(deed.id, change)
    assert set(result.changed) == {*tickets[:-1], foreign}
    assert {each.ticket_id: each.sentence for each in result.refused} == {
        closed: f"HD-{closed} is Closed and cannot become In Progress.",
        missing: f"There is no ticket HD-{missing} that you can see.",
    }
    assert desk.bob.tickets.view(closed).status is Status.CLOSED
    undone = desk.bob.deeds.undo(deed.id)
    assert (undone.undone, undone.left, undone.refused, undone.more) == (8, 0, (), False)
    assert {desk.bob.tickets.view(each).status for each in (*tickets[:-1], foreign)} == {Status.NEW}


def test_a_ticket_that_anything_speaks_against_is_left_as_a_whole(desk: Desk):
    (closed,) = desk.new(1)
    desk.bob.tickets.close(closed, 1)
    deed = desk.bob.bulk.begin("Both")
    change = BulkChange(ticket_ids=(closed,), status=Status.NEW, priority=Priority.URGENT)
    assert not desk.bob.bulk.change(deed.id, change).changed
    assert desk.bob.tickets.view(closed).priority is Priority.MEDIUM


def test_a_merged_ticket_is_one_refusal_and_holds_up_no_other(desk: Desk):
    merged, survivor, closed, open_ = desk.new(4)
    desk.bob.merging.merge(merged, MergeInto(survivor_id=survivor, version=1))
    desk.bob.tickets.close(closed, 1)
    for change in ({"status": Status.OPEN}, {"priority": Priority.HIGH}, {"add_tags": ("vpn",)}):
        deed = desk.charlie.bulk.begin("Go on with them")
        asked = BulkChange(ticket_ids=(closed, merged, open_), **change)
        result = desk.charlie.bulk.change(deed.id, asked)
        assert result.changed == (closed, open_)
        assert {each.ticket_id: each.sentence for each in result.refused} == {
            merged: f"HD-{merged} is merged into HD-{survivor}; go on there, or undo the merge."
        }
    view = desk.bob.tickets.view(merged)
    assert (view.status, view.priority, view.tags) == (Status.CLOSED, Priority.MEDIUM, ())


def test_a_ticket_that_refuses_while_it_is_changed_is_one_refusal(desk: Desk, monkeypatch):
    first, odd, last = desk.new(3)
    move = TicketChanges.move

    def refusing(changes: TicketChanges, status: Status) -> None:
        if changes.ticket.id == odd:
            raise Invalid("Not this one.")
        move(changes, status)

    monkeypatch.setattr(TicketChanges, "move", refusing)
    deed = desk.charlie.bulk.begin("Both")
    change = BulkChange(
        ticket_ids=(first, odd, last), status=Status.RESOLVED, priority=Priority.HIGH
    )
    result = desk.charlie.bulk.change(deed.id, change)
    assert result.changed == (first, last)
    assert [(each.ticket_id, each.sentence) for each in result.refused] == [(odd, "Not this one.")]
    view = desk.bob.tickets.view(odd)
    assert (view.status, view.priority, view.version) == (Status.NEW, Priority.MEDIUM, 1)
    assert "priority" not in {each.field for each in view.events}


def test_assigning_and_deleting_need_their_rights(desk: Desk):
    (ticket,) = desk.new(1)
    deed = desk.bob.bulk.begin("Mine")
    with pytest.raises(Forbidden):
        desk.bob.bulk.change(deed.id, BulkChange(ticket_ids=(ticket,), assignee_id=4))
    with pytest.raises(Forbidden):
        desk.bob.bulk.change(deed.id, BulkChange(ticket_ids=(ticket,), delete=True))
    taken = desk.bob.bulk.change(deed.id, BulkChange(ticket_ids=(ticket,), assignee_id=BOB))
    assert taken.changed == (ticket,)
    with pytest.raises(NotFound):
        desk.charlie.bulk.change(deed.id, BulkChange(ticket_ids=(ticket,), delete=True))
    theirs = desk.charlie.bulk.begin("Away with them")
    gone = desk.charlie.bulk.change(theirs.id, BulkChange(ticket_ids=(ticket,), delete=True))
    assert gone.changed == (ticket,)
    assert desk.charlie.deeds.undo(theirs.id).undone == 1
    assert desk.bob.tickets.view(ticket).assignee is not None


def test_a_call_deletes_so_many_tickets_as_little_is_on_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    short, long, last = desk.new(3)
    for number in range(20):
        desk.bob.tickets.comment(long, NewComment(body=f"Line {number}"))
    # Room for two tickets on which little was said.
    monkeypatch.setattr(trash, "_MOST_ROWS", 2 * trash.DELETED + 20)
    deed = desk.charlie.bulk.begin("Away")
    wanted: tuple[int, ...] = (short, long, last, 2**40)
    steps = list[BulkResult]()
    while wanted:
        change = BulkChange(ticket_ids=wanted, delete=True)
        steps.append(desk.charlie.bulk.change(deed.id, change))
        wanted = steps[-1].left
    assert [each.changed for each in steps] == [(short,), (long,), (last,)]
    assert [each.left for each in steps] == [(long, last, 2**40), (last, 2**40), ()]
    assert [len(each.refused) for each in steps] == [0, 0, 1]
    while desk.charlie.deeds.undo(deed.id).more:
        pass
    view = desk.bob.tickets.view(long)
    assert view.earlier_comments + len(view.comments) == 20


def test_tags_are_added_and_taken_and_come_back(desk: Desk):
    tickets = tuple(desk.new(2))
    deed = desk.bob.bulk.begin("Tagged")
    desk.bob.bulk.change(deed.id, BulkChange(ticket_ids=tickets, add_tags=("vpn", "Wifi")))
    second = desk.bob.bulk.begin("Untagged")
    change = BulkChange(ticket_ids=tickets, remove_tags=("WIFI",), add_tags=("vpn",))
    assert desk.bob.bulk.change(second.id, change).changed == tickets
    assert desk.bob.tickets.view(tickets[0]).tags == ("vpn",)
    desk.bob.deeds.undo(second.id)
    assert desk.bob.tickets.view(tickets[0]).tags == ("vpn", "Wifi")
    desk.bob.deeds.undo(deed.id)
    assert desk.bob.tickets.view(tickets[0]).tags == ()


def test_several_changes_of_one_deed_are_undone_as_one(desk: Desk):
    tickets = tuple(desk.new(2))
    deed = desk.bob.bulk.begin("Twice")
    for priority in (Priority.HIGH, Priority.URGENT):
        desk.bob.bulk.change(deed.id, BulkChange(ticket_ids=tickets, priority=priority))
    assert desk.dana.deeds.undo(deed.id).undone == 2
    assert desk.bob.tickets.view(tickets[0]).priority is Priority.MEDIUM
    with pytest.raises(NotFound):
        desk.bob.bulk.change(deed.id, BulkChange(ticket_ids=tickets, priority=Priority.LOW))


def test_what_is_open_is_snoozed_with_one_undo(desk: Desk):
    first, second, closed, put_off = desk.new(4)
    desk.bob.tickets.close(closed, 1)
    before = SnoozeChoice(until_reply=True)
    desk.bob.snoozing.snooze(put_off, before)
    deed = desk.bob.bulk.begin("Until the part is here")
    until = (system_clock() + timedelta(days=2)).replace(microsecond=0)
    choice = SnoozeChoice(until=until, until_reply=True)
    asked = BulkChange(ticket_ids=(first, second, closed, put_off), snooze=choice)
    result = desk.bob.bulk.change(deed.id, asked)
    assert result.changed == (first, second, put_off)
    assert [each.sentence for each in result.refused] == [
        f"HD-{closed} is Closed; only open tickets can be snoozed."
    ]
    view = desk.bob.tickets.view(first)
    assert view.snoozed is not None
    assert (view.snoozed.until, view.snoozed.until_reply, view.version) == (until, True, 1)
    assert desk.bob.deeds.undo(deed.id).undone == 3
    assert desk.bob.tickets.view(second).snoozed is None
    kept = desk.bob.tickets.view(put_off).snoozed
    assert kept is not None
    assert (kept.until, kept.until_reply) == (None, True)


@pytest.mark.parametrize("days", [-1, 400])
def test_many_are_not_snoozed_until_a_time_that_one_is_not(desk: Desk, days: int):
    (ticket,) = desk.new(1)
    deed = desk.bob.bulk.begin("Later")
    choice = SnoozeChoice(until=system_clock() + timedelta(days=days))
    with pytest.raises(Invalid) as refused:
        desk.bob.bulk.change(deed.id, BulkChange(ticket_ids=(ticket,), snooze=choice))
    assert refused.value.field == "until"
    with pytest.raises(ValidationError):
        BulkChange(ticket_ids=(ticket,), snooze=choice, status=Status.OPEN)


def test_what_is_open_below_open_tickets_is_told_once(desk: Desk):
    above, done, open_, closed, foreign = desk.new(5)
    for parent, child in ((above, open_), (above, closed), (done, foreign)):
        desk.bob.ticket_links.add(parent, NewLink(other_id=child, relation=Relation.PARENT))
    desk.bob.tickets.close(closed, 1)
    desk.bob.tickets.close(done, 1)
    asked = ParentIds(ticket_ids=(above, done, open_, 2**40))
    assert [each.id for each in desk.bob.ticket_links.open_children(asked)] == [open_]
    with pytest.raises(Forbidden):
        desk.alice.ticket_links.open_children(asked)


def test_what_was_changed_since_stays(desk: Desk):
    tickets = tuple(desk.new(2))
    deed = desk.bob.bulk.begin("High")
    desk.bob.bulk.change(deed.id, BulkChange(ticket_ids=tickets, priority=Priority.HIGH))
    version = desk.charlie.tickets.view(tickets[0]).version
    desk.charlie.tickets.change(tickets[0], TicketChange(priority=Priority.LOW, version=version))
    result = desk.bob.deeds.undo(deed.id)
    assert (result.undone, [each.ticket_id for each in result.refused]) == (1, [tickets[0]])
    assert desk.bob.tickets.view(tickets[0]).priority is Priority.LOW


def test_the_numbers_of_a_query_are_told_newest_first(desk: Desk):
    tickets = desk.new(3)
    query = TicketQuery(statuses=(Status.NEW,), limit=1)
    found = desk.bob.bulk.ids(query)
    assert found.ids[:3] == tuple(reversed(tickets))
    assert found.next_cursor is None


def test_the_numbers_are_read_alone_and_go_on_where_they_ended(desk: Desk, monkeypatch):
    tickets = desk.new(5)
    for text in ("", "tone"):
        query = TicketQuery(text=text, sort=Sort.URGENCY)
        whole = desk.bob.bulk.ids(query).ids
        assert whole[:5] == tuple(reversed(tickets))
        with monkeypatch.context() as patched:
            patched.setattr(bulk, "_IDS_AT_ONCE", 2)
            found, cursor = list[int](), None
            while cursor is not None or not found:
                page = desk.bob.bulk.ids(query.model_copy(update={"cursor": cursor}))
                assert len(page.ids) <= 2
                found += page.ids
                cursor = page.next_cursor
        assert tuple(found) == whole


def test_what_makes_no_sense_is_refused(desk: Desk):
    with pytest.raises(Invalid):
        desk.bob.bulk.begin(" ")
    for fields in ({}, {"delete": True, "priority": Priority.LOW}):
        with pytest.raises(ValidationError):
            BulkChange(ticket_ids=(1,), **fields)
    with pytest.raises(ValidationError):
        BulkChange(ticket_ids=tuple(range(1, 202)), delete=True)


def test_the_staff_are_told_once_of_many_and_requesters_of_their_own(desk: Desk):
    tickets = tuple(desk.new(5))
    deed = desk.charlie.bulk.begin("All to Bob")
    desk.charlie.bulk.change(deed.id, BulkChange(ticket_ids=tickets, assignee_id=BOB))
    query = NotificationQuery()
    newest = desk.bob.notifications.search(query).items[0]
    assert newest.title == "5 tickets: All to Bob"
    resolved = desk.charlie.bulk.begin("All resolved")
    change = BulkChange(ticket_ids=tickets, status=Status.RESOLVED)
    desk.charlie.bulk.change(resolved.id, change)
    assert desk.bob.notifications.search(query).items[0].title == "5 tickets: All resolved"
    told = desk.alice.notifications.search(query).items[:5]
    assert {each.ticket_id for each in told} == set(tickets)
