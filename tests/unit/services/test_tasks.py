# SPDX-License-Identifier: GPL-3.0-or-later
"""Checklists: what each operation does, what undoes it, and that nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.schemas.links import MergeInto
from helpdesk.core.schemas.tasks import MOST_TASKS, Checklist, NewTasks, TaskRename
from helpdesk.core.schemas.tickets import Status
from tests.conftest import SettableClock
from tests.contract.desks import opened
from tests.matrix import LOCAL
from tests.unit.services.undoable import Undoable

pytestmark = pytest.mark.desk_kinds(*LOCAL)


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Undoable]:
    clock = SettableClock()
    with opened(tmp_path_factory.mktemp("tasks"), template, clock, desk_kind) as embedded:
        yield Undoable(embedded, clock)


def listed(desk: Undoable, *texts: str) -> tuple[int, Checklist]:
    """Return a new ticket with tasks."""
    ticket = desk.new()
    return ticket, desk.bob.tasks.add(ticket, NewTasks(texts=texts))


def shown(tasks: Checklist) -> list[str]:
    return [("x " if each.is_done else "") + each.text for each in tasks.tasks]


def test_a_list_is_added_to_ticked_renamed_reordered_and_shortened(desk: Undoable):
    ticket, tasks = listed(desk, "Order  it\n", "Set up", "Hand over")
    assert shown(tasks) == ["Order  it", "Set up", "Hand over"]
    first, second, third = (each.id for each in tasks.tasks)
    ticked = desk.bob.tasks.tick(ticket, second, done=True)
    assert shown(ticked) == ["Order  it", "x Set up", "Hand over"]
    done = ticked.tasks[1]
    assert (done.done_by.full_name if done.done_by else "", done.done_at) == (
        "Bob Keller",
        desk.clock.now,
    )
    desk.frank.tasks.rename(ticket, first, TaskRename(text="Order two", was="Order  it"))
    assert shown(desk.frank.tasks.move(ticket, third, 1)) == ["Hand over", "Order two", "x Set up"]
    assert shown(desk.frank.tasks.move(ticket, third, 99))[-1] == "Hand over"
    left = desk.frank.tasks.remove(ticket, first)
    assert (shown(left), left.done) == (["x Set up", "Hand over"], 1)
    told = [
        (each.field, each.old, each.new)
        for each in reversed(desk.bob.tickets.view(ticket).events)
        if each.kind == "tasked"
    ]
    assert told == [
        ("added", None, "3 tasks"),
        ("done", None, "Set up"),
        ("renamed", "Order  it", "Order two"),
        ("moved", None, "Hand over"),
        ("moved", None, "Hand over"),
        ("removed", "Order two", None),
    ]
    before = desk.alice.tickets.view(ticket)
    assert (before.version, [each.kind for each in before.events]) == (1, ["created"])


def test_what_is_so_already_is_no_change_and_what_others_did_is_not_lost(desk: Undoable):
    ticket, tasks = listed(desk, "One", "Two")
    first = tasks.tasks[0].id
    for same in (
        desk.bob.tasks.tick(ticket, first, done=False),
        desk.bob.tasks.move(ticket, first, 0),
        desk.bob.tasks.rename(ticket, first, TaskRename(text="One", was="One")),
        desk.bob.tasks.remove(ticket, 2**40),
    ):
        assert (same.undo, same.tasks) == (None, tasks.tasks)
    desk.frank.tasks.rename(ticket, first, TaskRename(text="Uno", was="One"))
    with pytest.raises(Conflict, match="changed to “Uno”"):
        desk.bob.tasks.rename(ticket, first, TaskRename(text="Eins", was="One"))
    other, _ = listed(desk, "Elsewhere")
    for gone in (first, 2**70, -1):
        with pytest.raises(NotFound, match=f"HD-{other}"):
            desk.bob.tasks.tick(other, gone, done=True)


def test_a_list_has_bounds(desk: Undoable):
    ticket, _ = listed(desk, *(["x"] * (MOST_TASKS - 1)))
    with pytest.raises(Invalid, match="at most 100"):
        desk.bob.tasks.add(ticket, NewTasks(texts=("a", "b")))
    full = desk.bob.tasks.add(ticket, NewTasks(texts=("a",)))
    assert len(full.tasks) == MOST_TASKS
    removed = desk.bob.tasks.remove(ticket, full.tasks[3].id)
    desk.frank.tasks.add(ticket, NewTasks(texts=("mine",)))
    assert removed.undo is not None
    assert "100 tasks already" in desk.bob.deeds.undo(removed.undo).refused[0].sentence
    for texts in ((), ("",), ("  \n",), ("y" * 501,), ("x",) * 101):
        with pytest.raises(ValidationError):
            NewTasks(texts=texts)


def test_a_requester_has_no_list_and_a_merged_ticket_takes_no_more(desk: Undoable):
    ticket, tasks = listed(desk, "One")
    survivor = desk.new()
    with pytest.raises(Forbidden):
        desk.alice.tasks.of_ticket(ticket)
    desk.bob.merging.merge(ticket, MergeInto(survivor_id=survivor, version=1))
    for refused in (
        lambda: desk.bob.tasks.add(ticket, NewTasks(texts=("Two",))),
        lambda: desk.bob.tasks.tick(ticket, tasks.tasks[0].id, done=True),
    ):
        with pytest.raises(Invalid, match="is merged into"):
            refused()
    # It stays with its ticket, to be read there, and is as it was after the merge is undone.
    assert desk.bob.tasks.of_ticket(ticket).tasks == tasks.tasks
    assert desk.bob.tasks.of_ticket(survivor).tasks == ()
    desk.bob.merging.unmerge(ticket)
    assert shown(desk.bob.tasks.tick(ticket, tasks.tasks[0].id, done=True)) == ["x One"]


def test_a_list_goes_into_the_trash_and_comes_back(desk: Undoable):
    ticket, tasks = listed(desk, "One", "Two")
    kept = desk.bob.tasks.tick(ticket, tasks.tasks[1].id, done=True).tasks
    desk.charlie.trash.delete(ticket, 1)
    desk.charlie.trash.restore(ticket)
    assert desk.bob.tasks.of_ticket(ticket).tasks == kept


@settings(max_examples=10)
@given(
    edits=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(1, 4)), max_size=8)
)
def test_undoing_returns_each_earlier_list_and_redoing_each_later_one(
    desk: Undoable, edits: list[tuple[int, int, int]]
):
    ticket, tasks = listed(desk, "One", "Two", "Three")
    states, deeds = [tasks.tasks], list[int]()
    for what, which, place in edits:
        now = edited(desk, ticket, states[-1], what, which, place)
        if now is not None and now.undo is not None:
            states.append(now.tasks)
            deeds.append(now.undo)
    for deed, earlier in zip(reversed(deeds), reversed(states[:-1]), strict=True):
        assert (desk.bob.deeds.undo(deed).refused, desk.bob.tasks.of_ticket(ticket).tasks) == (
            (),
            earlier,
        )
    for deed, later in zip(deeds, states[1:], strict=True):
        assert (desk.bob.deeds.redo(deed).refused, desk.bob.tasks.of_ticket(ticket).tasks) == (
            (),
            later,
        )


def edited(
    desk: Undoable, ticket: int, tasks: tuple[object, ...], what: int, which: int, place: int
) -> Checklist | None:
    """Do one of many things to a list; ``None`` where there is nothing to do it to."""
    operations = desk.bob.tasks
    present = operations.of_ticket(ticket).tasks
    assert present == tasks
    if what == 0:
        return operations.add(ticket, NewTasks(texts=("More",) * place))
    if not present:
        return None
    task = present[which % len(present)]
    if what == 1:
        return operations.tick(ticket, task.id, done=not task.is_done)
    if what == 2:
        return operations.move(ticket, task.id, place)
    if what == 3:
        return operations.remove(ticket, task.id)
    return operations.rename(ticket, task.id, TaskRename(text=f"New {place}", was=task.text))


def test_an_undo_leaves_what_somebody_else_has_done_since(desk: Undoable):
    ticket, tasks = listed(desk, "One", "Two")
    first, second = (each.id for each in tasks.tasks)
    ticked = desk.bob.tasks.tick(ticket, first, done=True)
    removed = desk.bob.tasks.remove(ticket, second)
    desk.frank.tasks.rename(ticket, first, TaskRename(text="Uno", was="One"))
    desk.frank.tasks.add(ticket, NewTasks(texts=("Three",)))
    assert ticked.undo is not None
    assert removed.undo is not None
    refused = desk.bob.deeds.undo(ticked.undo)
    assert (refused.undone, [each.sentence for each in refused.refused]) == (
        0,
        [f"A task of HD-{ticket} was changed since and stays as it is."],
    )
    assert desk.bob.deeds.undo(removed.undo).undone == 1
    assert sorted(shown(desk.bob.tasks.of_ticket(ticket))) == ["Three", "Two", "x Uno"]
    assert desk.alice.tickets.view(ticket).version == 1
    assert desk.bob.tickets.view(ticket).status is Status.NEW
    desk.require_sound()


def test_the_number_of_a_removed_task_is_never_that_of_another(desk: Undoable):
    ticket, tasks = listed(desk, "One", "Two")
    added = desk.bob.tasks.add(ticket, NewTasks(texts=("Call",)))
    last = added.tasks[-1].id
    desk.bob.tasks.remove(ticket, last)
    of_frank = desk.frank.tasks.add(ticket, NewTasks(texts=("Call",)))
    # It reads alike, and may have come to the place of the other.
    assert added.undo is not None
    assert desk.bob.deeds.undo(added.undo).undone == 0
    with pytest.raises(NotFound, match="not on"):
        desk.bob.tasks.tick(ticket, last, done=True)
    assert desk.bob.tasks.remove(ticket, last).tasks == of_frank.tasks
    assert of_frank.tasks[:2] == tasks.tasks
