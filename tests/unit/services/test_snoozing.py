# SPDX-License-Identifier: GPL-3.0-or-later
"""Snoozed tickets: out of the queue; back by time, reply or status; undone like any edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.schemas.bulk import BulkChange
from helpdesk.core.schemas.links import MergeInto
from helpdesk.core.schemas.notifications import Happening, NotificationQuery
from helpdesk.core.schemas.snoozes import SnoozeChoice, WokenBy
from helpdesk.core.schemas.tickets import (
    OPEN_STATUSES,
    NewComment,
    NewTicket,
    Status,
    TicketChange,
    TicketQuery,
    TicketView,
)
from helpdesk.core.schemas.views import ViewCountsQuery
from helpdesk.database.checks import examine
from helpdesk.jobs.snoozes import is_due, wake_due
from helpdesk.services import snoozes, snoozing
from helpdesk.services.ticket_changes import TicketChanges
from tests.conftest import SettableClock
from tests.contract.desks import opened, person
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)
QUEUE = TicketQuery(snoozed=False, limit=100)


class Desk:
    """One desk for the module, with its people."""

    def __init__(self, embedded: EmbeddedDesk, clock: SettableClock) -> None:
        self.embedded, self.clock = embedded, clock
        self.of: Callable[[str], HelpDesk] = cache(lambda name: person(embedded, name))
        self.alice, self.bob, self.charlie = self.of("alice"), self.of("bob"), self.of("charlie")

    def ticket(self) -> int:
        """Open a ticket, which Bob takes."""
        made = self.alice.tickets.open(NewTicket(subject="No tone"))
        return self.bob.tickets.take(made.id, made.version).id

    def snooze(self, id_: int, hours: float | None = None, *, reply: bool = False) -> TicketView:
        """Let Charlie put a ticket off, who does not have it."""
        until = self.clock.now + timedelta(hours=hours) if hours is not None else None
        return self.charlie.snoozing.snooze(id_, SnoozeChoice(until=until, until_reply=reply))

    def is_out_of_sight(self, id_: int) -> bool:
        """Tell by all that shows it, which has to agree."""
        listed = {row.id for row in self.bob.tickets.search(QUEUE).items}
        count = self.bob.tickets.count(QUEUE)
        assert (count.count, count.exact) == (len(listed), True)
        found = {
            row.id: row for row in self.bob.tickets.search(TicketQuery(text="is:snoozed")).items
        }
        view = self.bob.tickets.view(id_)
        assert (id_ in found) is (id_ not in listed) is (view.snoozed is not None)
        if view.snoozed is not None:
            assert found[id_].snoozed
            assert found[id_].snoozed_until == view.snoozed.until
        return id_ in found

    def told(self, who: str, id_: int) -> list[Happening]:
        """Return what somebody was told of a ticket, the newest first."""
        page = self.of(who).notifications.search(NotificationQuery(limit=50))
        return [each.happening for each in page.items if each.ticket_id == id_]

    def change(self, who: str, id_: int, status: Status) -> TicketView:
        """Change the status of a ticket."""
        version = self.of(who).tickets.view(id_).version
        return self.of(who).tickets.change(id_, TicketChange(status=status, version=version))


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Desk]:
    clock = SettableClock()
    with opened(tmp_path_factory.mktemp("snoozes"), template, clock, desk_kind) as embedded:
        yield Desk(embedded, clock)


def test_it_leaves_the_queue_of_the_staff_and_nothing_of_its_requester(desk: Desk):
    id_ = desk.ticket()
    before = desk.alice.tickets.view(id_)
    view = desk.snooze(id_, hours=3, reply=True)
    assert view.snoozed is not None
    assert (view.snoozed.until, view.snoozed.until_reply, view.snoozed.by) == (
        desk.clock.now + timedelta(hours=3), True, "Charlie Hart",
    )  # fmt: skip
    assert desk.is_out_of_sight(id_)
    assert view.resolution_due == before.resolution_due
    assert desk.alice.tickets.view(id_) == before
    own = TicketQuery(statuses=OPEN_STATUSES, snoozed=False, limit=100)
    row = next(row for row in desk.alice.tickets.search(own).items if row.id == id_)
    assert (row.snoozed, row.snoozed_until) == (False, None)
    counts = desk.bob.views.counts(ViewCountsQuery(texts=("-is:snoozed", "is:snoozed")))
    snoozed = desk.bob.tickets.search(TicketQuery(text="is:snoozed", limit=100)).items
    queue = desk.bob.tickets.search(QUEUE).items
    assert [each.count for each in counts.texts] == [len(queue), len(snoozed)]
    event = desk.bob.tickets.view(id_).events[0]
    assert (event.kind, event.field, event.new) == (
        "snoozed", "reply", (desk.clock.now + timedelta(hours=3)).isoformat(),
    )  # fmt: skip


def test_its_time_brings_it_back_and_who_snoozed_and_who_has_it_are_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("helpdesk.jobs.snoozes.AT_ONCE", 2)
    ids = [desk.ticket() for _ in range(5)]
    for id_ in ids:
        desk.snooze(id_, hours=2)
    later = desk.ticket()
    desk.snooze(later, hours=3)
    desk.clock.forward(hours=1, minutes=59)
    assert not is_due(desk.embedded, desk.clock.now)
    desk.clock.forward(minutes=1)
    assert is_due(desk.embedded, desk.clock.now)
    assert wake_due(desk.embedded, desk.clock.now) == 5
    assert wake_due(desk.embedded, desk.clock.now) == 0
    assert not any(desk.is_out_of_sight(id_) for id_ in ids)
    assert desk.is_out_of_sight(later)
    for who in ("bob", "charlie"):
        assert desk.told(who, ids[0])[0] is Happening.WOKEN
    assert Happening.WOKEN not in desk.told("alice", ids[0])
    assert desk.bob.tickets.view(ids[0]).events[0].actor is None


def test_one_that_cannot_be_brought_back_holds_up_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("helpdesk.jobs.snoozes.AT_ONCE", 2)
    bad, *good = [desk.ticket() for _ in range(5)]
    for id_ in (bad, *good):
        desk.snooze(id_, hours=2)
    desk.clock.forward(hours=2)
    wake = snoozes.wake

    def failing(changes: TicketChanges, by: WokenBy | None) -> None:
        if changes.ticket.id == bad:
            raise RuntimeError("a rule that fails")
        wake(changes, by)

    monkeypatch.setattr(snoozing, "wake", failing)
    wake_due(desk.embedded, desk.clock.now)
    assert [desk.is_out_of_sight(id_) for id_ in (bad, *good)] == [True, *[False] * 4]
    monkeypatch.setattr(snoozing, "wake", wake)
    assert wake_due(desk.embedded, desk.clock.now) == 1


def test_a_reply_brings_it_back_where_that_was_asked_for(desk: Desk):
    by_reply, by_time = desk.ticket(), desk.ticket()
    desk.snooze(by_reply, reply=True)
    desk.snooze(by_time, hours=5)
    for id_ in (by_reply, by_time):
        desk.charlie.tickets.comment(id_, NewComment(body="A thought.", internal=True))
        assert desk.is_out_of_sight(id_)
        desk.alice.tickets.comment(id_, NewComment(body="Any news?"))
    assert not desk.is_out_of_sight(by_reply)
    assert desk.is_out_of_sight(by_time)
    assert desk.told("charlie", by_reply)[0] is Happening.WOKEN
    assert desk.told("bob", by_reply)[0] is Happening.CUSTOMER_REPLIED


def test_own_replies_and_status_leave_it_out_of_sight_and_those_of_others_do_not(desk: Desk):
    id_ = desk.ticket()
    desk.snooze(id_, hours=5, reply=True)
    desk.charlie.tickets.comment(id_, NewComment(body="We wait for a part."))
    desk.change("charlie", id_, Status.AWAITING_CUSTOMER)
    assert desk.is_out_of_sight(id_)
    desk.change("bob", id_, Status.IN_PROGRESS)
    assert not desk.is_out_of_sight(id_)
    assert desk.told("charlie", id_)[0] is Happening.WOKEN


def test_what_is_done_is_not_snoozed_any_more_and_cannot_be(desk: Desk):
    id_, other = desk.ticket(), desk.ticket()
    desk.snooze(id_, hours=5)
    view = desk.change("charlie", id_, Status.RESOLVED)
    assert not desk.is_out_of_sight(id_)
    assert Happening.WOKEN not in desk.told("charlie", id_)
    with pytest.raises(Invalid, match="is Resolved"):
        desk.snooze(id_, hours=5)
    assert view.undo is not None
    assert desk.charlie.deeds.undo(view.undo).refused == ()
    assert desk.is_out_of_sight(id_)
    assert desk.bob.tickets.view(id_).status is Status.OPEN
    version = desk.charlie.tickets.view(id_).version
    desk.charlie.merging.merge(id_, MergeInto(survivor_id=other, version=version))
    assert not desk.is_out_of_sight(id_)
    with pytest.raises(Invalid, match="is merged into"):
        desk.snooze(id_, hours=5)


def test_times_that_make_no_sense_and_tickets_that_are_not_there_are_refused(desk: Desk):
    id_ = desk.ticket()
    for hours, sentence in ((0, "has passed"), (-1, "has passed"), (24 * 367, "a year at most")):
        with pytest.raises(Invalid, match=sentence):
            desk.snooze(id_, hours=hours)
    with pytest.raises(ValueError, match="Say until when"):
        SnoozeChoice()
    with pytest.raises(Invalid, match="is not snoozed"):
        desk.bob.snoozing.wake(id_)
    with pytest.raises(NotFound):
        desk.snooze(2**40, hours=1)
    assert not desk.is_out_of_sight(id_)


def test_snoozing_and_waking_are_undone_and_done_again(desk: Desk):
    id_ = desk.ticket()
    snoozed = desk.snooze(id_, hours=5, reply=True)
    woken = desk.charlie.snoozing.wake(id_)
    assert (snoozed.undo is not None, woken.undo is not None) == (True, True)
    assert desk.charlie.deeds.undo(woken.undo or 0).refused == ()
    assert desk.bob.tickets.view(id_).snoozed == snoozed.snoozed
    assert desk.charlie.deeds.undo(snoozed.undo or 0).refused == ()
    assert not desk.is_out_of_sight(id_)
    assert desk.charlie.deeds.redo(snoozed.undo or 0).refused == ()
    assert desk.is_out_of_sight(id_)
    again = desk.snooze(id_, hours=9)
    refused = desk.charlie.deeds.undo(snoozed.undo or 0).refused
    assert [each.sentence for each in refused] == [
        f"Snoozing of HD-{id_} was changed since and stays as it is."
    ]
    desk.clock.forward(hours=6)
    refused = desk.charlie.deeds.undo(again.undo or 0).refused
    assert [each.sentence for each in refused] == [
        f"The time until which HD-{id_} was snoozed has passed."
    ]
    assert examine(desk.embedded.database).findings == ()


def test_many_that_are_changed_at_once_come_back_with_it(desk: Desk):
    ids = [desk.ticket() for _ in range(3)]
    desk.snooze(ids[0], hours=5)
    deed = desk.bob.bulk.begin("3 tickets in progress")
    change = BulkChange(ticket_ids=tuple(ids), status=Status.IN_PROGRESS)
    assert desk.bob.bulk.change(deed.id, change).changed == tuple(ids)
    assert not desk.is_out_of_sight(ids[0])
    desk.bob.deeds.undo(deed.id)
    assert desk.is_out_of_sight(ids[0])
