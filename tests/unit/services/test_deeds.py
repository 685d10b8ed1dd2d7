# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody did to a ticket is noted, and an undo brings back what was, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.schemas.links import MergeInto
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    Priority,
    Reopening,
    Status,
    TicketChange,
)
from tests.conftest import SettableClock
from tests.contract.desks import opened
from tests.matrix import LOCAL
from tests.unit.services.undoable import BOB, Undoable

pytestmark = pytest.mark.desk_kinds(*LOCAL)
_EDITS = st.lists(st.integers(0, 18), min_size=1, max_size=7)


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Undoable]:
    clock = SettableClock()
    with opened(tmp_path_factory.mktemp("deeds"), template, clock, desk_kind) as embedded:
        yield Undoable(embedded, clock)


@settings(max_examples=25)
@given(edits=_EDITS)
def test_undoing_edits_one_after_the_other_returns_each_earlier_state(
    desk: Undoable, edits: list[int]
):
    ticket = desk.new()
    states, deeds = [], []
    for what in edits:
        before = desk.state()
        view = desk.edit(desk.charlie, ticket, what)
        if view is not None and view.undo is not None:
            states.append(before)
            deeds.append(view.undo)
    while deeds:
        result = desk.charlie.deeds.undo(deeds.pop())
        assert (result.undone, result.left, result.refused) == (1, 0, ())
        assert desk.state() == states.pop()
    desk.require_sound()


@settings(max_examples=20)
@given(edits=_EDITS, minutes=st.lists(st.integers(0, 300), min_size=7, max_size=7))
def test_fields_and_due_times_come_back_however_much_time_went_by(
    desk: Undoable, edits: list[int], minutes: list[int]
):
    ticket = desk.new()
    states, deeds = [], []
    for what, passed in zip(edits, minutes, strict=False):
        desk.clock.forward(minutes=passed)
        before = desk.due()
        view = desk.edit(desk.charlie, ticket, what)
        if view is not None and view.undo is not None:
            states.append(before)
            deeds.append(view.undo)
    while deeds:
        desk.clock.forward(minutes=7)
        assert not desk.charlie.deeds.undo(deeds.pop()).refused
        assert desk.due() == states.pop()
    desk.require_sound()


@settings(max_examples=25)
@given(
    moves=st.lists(st.tuples(st.booleans(), st.integers(0, 28)), min_size=1, max_size=10),
)
def test_an_undo_never_takes_back_what_somebody_else_has_changed(
    desk: Undoable, moves: list[tuple[bool, int]]
):
    ticket = desk.new()
    people = (desk.charlie, desk.dana)
    set_by: dict[str, list[int | None]] = {}
    """By which deeds each field was set, the last one last; ``None`` is what was no deed."""
    deeds: dict[bool, list[int]] = {False: [], True: []}
    for who, what in moves:
        desk.clock.forward(seconds=1)
        before, undone, done = _fields(desk, ticket), None, None
        if what in _WORDS:
            _WORDS[what](desk, ticket)
        elif what > 18 and deeds[who]:
            undone = deeds[who].pop()
            people[who].deeds.undo(undone)
        elif what <= 18 and (view := desk.edit(people[who], ticket, what)) is not None:
            done = view.undo
            deeds[who] += [] if done is None else [done]
        after = _fields(desk, ticket)
        for name in (each for each in after if after[each] != before[each]):
            if undone is None:
                set_by.setdefault(name, []).append(done)
            else:
                assert set_by[name].pop() == undone


def _resolve(desk: Undoable, ticket: int) -> None:
    if Status.RESOLVED in desk.frank.tickets.view(ticket).next_statuses:
        desk.frank.tickets.comment(ticket, NewComment(body="Fixed.", status=Status.RESOLVED))


def _reply(desk: Undoable, ticket: int) -> None:
    if "comment" in desk.alice.tickets.view(ticket).allowed:
        desk.alice.tickets.comment(ticket, NewComment(body="It still jams."))


def _close(desk: Undoable, ticket: int) -> None:
    view = desk.alice.tickets.view(ticket)
    if "close" in view.allowed:
        desk.alice.tickets.close(ticket, view.version)


def _reopen(desk: Undoable, ticket: int) -> None:
    if "reopen" in desk.alice.tickets.view(ticket).allowed:
        desk.alice.tickets.reopen(ticket, Reopening())


_WORDS = {25: _resolve, 26: _reply, 27: _close, 28: _reopen}


@pytest.mark.parametrize("others", [(_reply, _resolve), (_reopen, _close)])
def test_a_status_that_others_set_since_is_left_though_it_is_the_same(
    desk: Undoable, others: tuple[Callable[[Undoable, int], None], ...]
):
    ticket = desk.new()
    status = Status.CLOSED if _close in others else Status.RESOLVED
    mine = desk.bob.tickets.change(ticket, TicketChange(status=status, version=1))
    for each in others:
        each(desk, ticket)
    assert mine.undo is not None
    result = desk.bob.deeds.undo(mine.undo)
    assert (result.undone, [each.sentence for each in result.refused]) == (
        0,
        [f"Status of HD-{ticket} was changed since and stays as it is."],
    )
    assert desk.bob.tickets.view(ticket).status is status


def _fields(desk: Undoable, ticket: int) -> dict[str, object]:
    view = desk.dana.tickets.view(ticket)
    return {
        "status": view.status,
        "priority": view.priority,
        "category": view.category and view.category.id,
        "team": view.team and view.team.id,
        "assignee": view.assignee and view.assignee.id,
    }


def test_what_was_changed_since_is_left_and_told(desk: Undoable):
    ticket = desk.new()
    change = TicketChange(priority=Priority.HIGH, category_id=2, version=1)
    mine = desk.bob.tickets.change(ticket, change)
    theirs = TicketChange(priority=Priority.URGENT, version=mine.version)
    desk.frank.tickets.change(ticket, theirs)
    assert mine.undo is not None
    result = desk.bob.deeds.undo(mine.undo)
    assert result.undone == 1
    assert [each.sentence for each in result.refused] == [
        f"Priority of HD-{ticket} was changed since and stays as it is."
    ]
    view = desk.bob.tickets.view(ticket)
    assert view.priority is Priority.URGENT
    assert view.category is not None
    assert view.category.id == 1
    assert "undone" in {each.kind for each in view.events}


def test_the_same_value_set_again_by_somebody_else_stays(desk: Undoable):
    ticket = desk.new()
    mine = desk.bob.tickets.change(ticket, TicketChange(priority=Priority.HIGH, version=1))
    back = desk.frank.tickets.change(
        ticket, TicketChange(priority=Priority.LOW, version=mine.version)
    )
    desk.frank.tickets.change(ticket, TicketChange(priority=Priority.HIGH, version=back.version))
    assert mine.undo is not None
    assert desk.bob.deeds.undo(mine.undo).undone == 0
    assert desk.bob.tickets.view(ticket).priority is Priority.HIGH


def test_what_was_refused_can_be_tried_again(desk: Undoable):
    first, second, third = (desk.new() for _ in range(3))
    bob = desk.bob
    inner = bob.merging.merge(first, MergeInto(survivor_id=second, version=1)).undo
    version = bob.tickets.view(second).version
    outer = bob.merging.merge(second, MergeInto(survivor_id=third, version=version)).undo
    assert inner is not None
    assert outer is not None
    refused = bob.deeds.undo(inner)
    assert (refused.undone, refused.left, refused.more) == (0, 0, False)
    assert "undo that first" in refused.refused[0].sentence
    assert [(each.undone_at, each.left) for each in bob.deeds.recent()[:2]] == [(None, 1)] * 2
    assert bob.deeds.undo(outer).undone == 1
    assert bob.deeds.undo(inner).undone == 1
    assert [each.left for each in bob.deeds.recent()[:2]] == [0, 0]
    with pytest.raises(Invalid, match="undone already"):
        bob.deeds.undo(inner)


def test_what_a_colleague_set_stays_however_often_an_undo_is_tried(desk: Undoable):
    ticket = desk.new()
    both = TicketChange(priority=Priority.HIGH, category_id=2, version=1)
    mine = desk.bob.tickets.change(ticket, both)
    assert mine.undo is not None
    for priority in (Priority.LOW, Priority.HIGH):
        desk.clock.forward(minutes=1)
        version = desk.frank.tickets.view(ticket).version
        desk.frank.tickets.change(ticket, TicketChange(priority=priority, version=version))
    sentence = f"Priority of HD-{ticket} was changed since and stays as it is."
    for undone in (1, 0, 0):
        desk.clock.forward(minutes=1)
        result = desk.bob.deeds.undo(mine.undo)
        assert (result.undone, [each.sentence for each in result.refused]) == (undone, [sentence])
        view = desk.bob.tickets.view(ticket)
        assert (view.priority, view.category and view.category.id) == (Priority.HIGH, 1)


def test_the_refused_part_of_a_ticket_waits_and_the_other_is_done_again(desk: Undoable):
    ticket = desk.new()
    both = TicketChange(priority=Priority.HIGH, category_id=2, version=1)
    mine = desk.bob.tickets.change(ticket, both)
    theirs = desk.frank.tickets.change(
        ticket, TicketChange(priority=Priority.URGENT, version=mine.version)
    )
    assert mine.undo is not None
    assert theirs.undo is not None

    def state() -> tuple[Priority, int | None, bool, int]:
        view, deed = desk.bob.tickets.view(ticket), desk.bob.deeds.recent()[0]
        category = view.category.id if view.category else None
        return view.priority, category, deed.undone_at is not None, deed.left

    desk.bob.deeds.undo(mine.undo)
    assert state() == (Priority.URGENT, 1, True, 1)
    assert not desk.bob.deeds.redo(mine.undo).refused
    assert state() == (Priority.URGENT, 2, False, 1)
    desk.bob.deeds.undo(mine.undo)
    desk.frank.deeds.undo(theirs.undo)
    assert state() == (Priority.HIGH, 1, True, 1)
    assert not desk.bob.deeds.undo(mine.undo).refused
    assert state() == (Priority.MEDIUM, 1, True, 0)
    assert not desk.bob.deeds.redo(mine.undo).refused
    assert state() == (Priority.HIGH, 2, False, 1)


def test_an_undo_happens_once_and_can_be_done_again(desk: Undoable):
    ticket = desk.new()
    done = desk.bob.tickets.change(ticket, TicketChange(status=Status.RESOLVED, version=1))
    assert done.undo is not None
    desk.bob.deeds.undo(done.undo)
    assert desk.bob.tickets.view(ticket).status is Status.NEW
    with pytest.raises(Invalid, match="undone already"):
        desk.bob.deeds.undo(done.undo)
    assert desk.bob.deeds.redo(done.undo).undone == 1
    assert desk.bob.tickets.view(ticket).status is Status.RESOLVED
    with pytest.raises(Invalid, match="nothing to do again"):
        desk.bob.deeds.redo(done.undo)
    desk.bob.deeds.undo(done.undo)
    assert desk.bob.tickets.view(ticket).status is Status.NEW
    desk.require_sound()


def test_deeds_are_ones_own_and_told_newest_first(desk: Undoable):
    ticket = desk.new()
    first = desk.frank.tickets.take(ticket, 1)
    second = desk.frank.tickets.change(
        ticket, TicketChange(priority=Priority.HIGH, version=first.version)
    )
    told = desk.frank.deeds.recent()[:2]
    assert [each.id for each in told] == [second.undo, first.undo]
    assert [each.label for each in told] == [
        f"Priority of HD-{ticket} to High",
        f"Assignee and status of HD-{ticket}",
    ]
    assert {each.ticket_id for each in told} == {ticket}
    assert first.undo is not None
    for other in (desk.bob, desk.charlie, desk.dana):
        with pytest.raises(NotFound):
            other.deeds.undo(first.undo)


def test_words_are_no_deed_and_users_have_none(desk: Undoable):
    ticket = desk.new()
    said = desk.bob.tickets.comment(ticket, NewComment(body="Done.", status=Status.RESOLVED))
    assert said.undo is None
    assert desk.alice.tickets.reopen(ticket, Reopening()).undo is None
    assert desk.alice.tickets.close(ticket, desk.alice.tickets.view(ticket).version).undo is None


def test_an_undone_resolution_counts_as_if_it_had_never_been(desk: Undoable):
    ticket = desk.new()
    assigned = desk.charlie.tickets.assign(ticket, Assignment(assignee_id=BOB, version=1))
    due = assigned.resolution_due
    done = desk.bob.tickets.change(
        ticket, TicketChange(status=Status.RESOLVED, version=assigned.version)
    )
    desk.clock.forward(minutes=30)
    assert done.undo is not None
    desk.bob.deeds.undo(done.undo)
    view = desk.bob.tickets.view(ticket)
    assert (view.status, view.resolution_due, view.resolved_at) == (Status.OPEN, due, None)
    desk.require_sound()
