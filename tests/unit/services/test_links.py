# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags, followers, links, merges and splits: what each does, to whom it is told, who may see it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.file_transfer import Outgoing
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, DeskError, Forbidden, Invalid, NotFound
from helpdesk.core.schemas.clocks import ClockKind, ClockState
from helpdesk.core.schemas.links import (
    ChildrenEnd,
    FollowUp,
    MergeInto,
    NewLink,
    Relation,
    SplitOff,
    TagsChange,
)
from helpdesk.core.schemas.notifications import Happening, NotificationQuery, Seen
from helpdesk.core.schemas.ratings import NewTicketRating
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Priority,
    Reopening,
    Sort,
    Status,
    TicketChange,
    TicketQuery,
    TicketView,
)
from helpdesk.core.schemas.triage import SuggestionChoice
from helpdesk.core.schemas.users import Role, UserChange
from helpdesk.database.checks import examine, rebuild
from helpdesk.models import SlaClock
from helpdesk.services import splitting
from tests.conftest import SettableClock
from tests.contract.desks import dump, id_of, opened, person
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)


class Desk:
    """One desk for the module, with its people."""

    def __init__(self, embedded: EmbeddedDesk, clock: SettableClock) -> None:
        self.embedded, self.clock = embedded, clock
        self.of: Callable[[str], HelpDesk] = cache(lambda name: person(embedded, name))

    @property
    def alice(self) -> HelpDesk:
        return self.of("alice")

    @property
    def bob(self) -> HelpDesk:
        return self.of("bob")

    def ticket(self, subject: str = "No tone", who: str = "alice", **more: Any) -> TicketView:
        return self.of(who).tickets.open(NewTicket(subject=subject, **more))

    def tag(self, ticket: TicketView, *tags: str) -> TicketView:
        version = self.bob.tickets.view(ticket.id).version
        return self.bob.tags.set(ticket.id, TagsChange(tags=tags, version=version))

    def found(self, who: str, text: str) -> set[int]:
        page = self.of(who).tickets.search(TicketQuery(text=text, limit=100))
        return {row.id for row in page.items}

    def listed(self, who: str, **query: Any) -> list[int]:
        page = self.of(who).tickets.search(TicketQuery(limit=100, **query))
        return [row.id for row in page.items]

    def merge(self, merged: TicketView, survivor: TicketView) -> TicketView:
        version = self.bob.tickets.view(merged.id).version
        into = MergeInto(survivor_id=survivor.id, version=version)
        return self.bob.merging.merge(merged.id, into)

    def follow(self, ticket: TicketView, who: str) -> None:
        self.bob.watchers.add(ticket.id, id_of(self.of(who)))

    def is_sound(self) -> bool:
        findings = examine(self.embedded.database).findings
        assert findings == ()
        return True


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Desk]:
    clock = SettableClock()
    with opened(tmp_path_factory.mktemp("links"), template, clock, desk_kind) as embedded:
        yield Desk(embedded, clock)


# --- tags -------------------------------------------------------------------------------------


def test_tags_are_made_by_use_and_are_the_same_whatever_their_case(desk: Desk):
    first, second = desk.ticket(), desk.ticket()
    assert desk.tag(first, "VPN-office", "printer").tags == ("printer", "VPN-office")
    assert desk.tag(second, "vpn-OFFICE").tags == ("VPN-office",)
    proposed = desk.bob.tags.beginning_with("vpn-o")
    assert [(each.name, each.tickets, each.exact) for each in proposed] == [("VPN-office", 2, True)]
    rows = desk.bob.tickets.search(TicketQuery(text=first.number)).items
    assert rows[0].tags == ("printer", "VPN-office")
    assert desk.alice.tickets.view(first.id).tags == ("printer", "VPN-office")
    assert desk.is_sound()


def test_a_change_of_tags_counts_and_stands_in_the_history(desk: Desk):
    ticket = desk.ticket()
    tagged = desk.tag(ticket, "late", "Again")
    assert tagged.version == ticket.version + 1
    event = tagged.events[0]
    assert (event.kind, event.field, event.old, event.new) == (
        "changed", "tags", None, "Again, late",
    )  # fmt: skip
    again = desk.tag(ticket, "LATE", "again")
    assert (again.version, again.tags) == (tagged.version, ("Again", "late"))
    with pytest.raises(Conflict):
        desk.bob.tags.set(ticket.id, TagsChange(tags=(), version=ticket.version))
    assert desk.tag(ticket).tags == ()


def test_a_search_finds_a_ticket_by_its_tags_as_long_as_it_has_them(desk: Desk):
    ticket, other = desk.ticket("Quiet", description="nothing"), desk.ticket("Loud", who="erin")
    desk.tag(ticket, "quokka")
    desk.tag(other, "quokka")
    assert desk.found("bob", "quokka") == {ticket.id, other.id}
    assert desk.found("alice", "quokka") == {ticket.id}
    desk.bob.tickets.comment(ticket.id, NewComment(body="A wombat."))
    desk.tag(ticket)
    assert desk.found("alice", "quokka") == set()
    assert desk.found("alice", "wombat") == {ticket.id}
    assert desk.is_sound()


def test_a_tag_is_one_word(desk: Desk):
    for bad in ("two words", "", "a,b", 'say"', "x" * 51):
        with pytest.raises(ValidationError):
            TagsChange(tags=(bad,), version=1)


# --- followers --------------------------------------------------------------------------------


def test_b02_a_follower_may_read_find_and_answer_a_ticket_until_they_are_removed(desk: Desk):
    ticket, hidden = desk.ticket("Wallaby gate"), desk.ticket("Wallaby fence")
    desk.bob.tickets.comment(ticket.id, NewComment(body="A secret numbat.", internal=True))
    erin = desk.of("erin")
    before = erin.tickets.changes("").cursor
    desk.follow(ticket, "erin")
    assert erin.tickets.changes(before).ticket_ids == (ticket.id,)
    assert desk.found("erin", "wallaby") == {ticket.id}
    assert desk.found("erin", ticket.number) == {ticket.id}
    for sort in (Sort.URGENCY, Sort.NEWEST, Sort.OLDEST, Sort.UPDATED):
        assert ticket.id in desk.listed("erin", sort=sort)
        assert hidden.id not in desk.listed("erin", sort=sort)
    listed = desk.listed("erin")
    assert erin.tickets.count(TicketQuery()).count == len(listed)
    assert erin.tickets.count(TicketQuery(text="wallaby")).count == 1
    view = erin.tickets.view(ticket.id)
    assert view.watching
    assert "close" not in view.allowed
    assert "comment" in view.allowed
    # Nothing of a note is told, by whatever way.
    assert view.comments == ()
    assert desk.found("erin", "numbat") == set()
    assert all(event.kind != "noted" for event in view.events)
    said = erin.tickets.comment(ticket.id, NewComment(body="Me too."))
    assert [each.body for each in said.comments] == ["Me too."]
    with pytest.raises(Forbidden):
        erin.tickets.close(ticket.id, said.version)
    desk.bob.watchers.remove(ticket.id, id_of(erin))
    for call in (
        lambda: erin.tickets.view(ticket.id),
        lambda: erin.tickets.comments(ticket.id, 1000),
        lambda: erin.tickets.comment(ticket.id, NewComment(body="Still?")),
        lambda: erin.tickets.close(ticket.id, said.version),
    ):
        with pytest.raises(NotFound):
            call()
    assert desk.found("erin", "wallaby") == set()
    assert ticket.id not in desk.listed("erin")
    assert desk.is_sound()


def test_a_list_of_own_and_followed_tickets_goes_on_page_by_page(desk: Desk):
    erin = desk.of("erin")
    followed = []
    for number in range(5):
        priority = list(Priority)[number % 4]
        desk.ticket(f"Own {number}", who="erin", priority=priority)
        followed.append(desk.ticket(f"Other {number}", priority=priority))
        desk.follow(followed[-1], "erin")
    for sort in (Sort.URGENCY, Sort.NEWEST, Sort.OLDEST, Sort.UPDATED):
        whole = desk.listed("erin", sort=sort)
        assert {each.id for each in followed} < set(whole)
        pages: list[int] = []
        cursor = None
        while True:
            page = erin.tickets.search(TicketQuery(sort=sort, limit=3, cursor=cursor))
            pages += [row.id for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert pages == whole
    high = desk.listed("erin", priorities=(Priority.HIGH,), statuses=(Status.NEW,))
    rows = {each: erin.tickets.view(each) for each in desk.listed("erin")}
    assert high == [
        id_
        for id_, view in rows.items()
        if view.priority is Priority.HIGH and view.status is Status.NEW
    ]


def test_staff_alone_let_others_follow_and_everybody_stops_by_themselves(desk: Desk):
    ticket = desk.ticket()
    erin = id_of(desk.of("erin"))
    with pytest.raises(Forbidden):
        desk.alice.watchers.add(ticket.id, erin)
    desk.follow(ticket, "erin")
    with pytest.raises(Forbidden):
        desk.alice.watchers.remove(ticket.id, erin)
    desk.of("erin").watchers.leave(ticket.id)
    with pytest.raises(NotFound):
        desk.of("erin").tickets.view(ticket.id)
    assert desk.bob.watchers.of_ticket(ticket.id) == ()


def told(desk: Desk, who: str, ticket: TicketView) -> list[Happening]:
    page = desk.of(who).notifications.search(NotificationQuery(limit=50))
    return [each.happening for each in page.items if each.ticket_id == ticket.id]


def test_followers_are_told_and_of_notes_only_those_of_the_staff(desk: Desk):
    ticket = desk.ticket()
    desk.follow(ticket, "erin")
    desk.follow(ticket, "charlie")
    desk.bob.tickets.comment(ticket.id, NewComment(body="A hidden thing.", internal=True))
    assert told(desk, "charlie", ticket) == [Happening.NOTED]
    assert told(desk, "erin", ticket) == []
    desk.bob.tickets.comment(ticket.id, NewComment(body="Look."))
    assert told(desk, "charlie", ticket) == [Happening.FOLLOWED, Happening.NOTED]
    assert told(desk, "erin", ticket) == [Happening.FOLLOWED]
    assert told(desk, "alice", ticket)[0] is Happening.ANSWERED


def test_b02_a_bell_rings_of_what_may_be_read_still(desk: Desk):
    ticket, merged = desk.ticket("Canary gate"), desk.ticket("Canary fence", who="erin")
    desk.follow(ticket, "erin")
    erin = desk.of("erin").notifications
    before = erin.search(NotificationQuery()).unread
    desk.bob.tickets.comment(ticket.id, NewComment(body="A canary reply."))
    told_of = erin.search(NotificationQuery())
    assert "A canary reply." in repr(told_of)
    assert told_of.unread == before + 1

    desk.bob.watchers.remove(ticket.id, id_of(desk.of("erin")))

    page = erin.search(NotificationQuery())
    assert all(each.ticket_id != ticket.id for each in page.items)
    assert "A canary reply." not in repr(page)
    marked = erin.mark(Seen(ids=(page.items[0].id,), unread=True))
    assert "A canary reply." not in repr(marked)
    assert marked.unread == len([each for each in page.items if not each.read])

    # Who follows by a merge alone is told of nothing any more once it is undone.
    desk.merge(merged, ticket)
    desk.bob.tickets.comment(ticket.id, NewComment(body="A second canary."))
    assert "A second canary." in repr(erin.search(NotificationQuery()))
    desk.bob.merging.unmerge(merged.id)
    assert "A second canary." not in repr(erin.search(NotificationQuery()))
    assert "A second canary." in repr(desk.alice.notifications.search(NotificationQuery()))


def test_a_colleague_who_is_mentioned_follows_and_is_told(desk: Desk):
    ticket = desk.ticket()
    words = "@charlie, please look; not mail@dana.example, @alice or @nobody."
    desk.bob.tickets.comment(ticket.id, NewComment(body=words, internal=True))
    followers = desk.bob.watchers.of_ticket(ticket.id)
    assert [each.person.full_name for each in followers] == [
        desk.of("charlie").sessions.current().user.full_name
    ]
    assert told(desk, "charlie", ticket) == [Happening.MENTIONED]
    assert told(desk, "dana", ticket) == []
    # Whoever only asks names nobody.
    desk.alice.tickets.comment(ticket.id, NewComment(body="@dana, help!"))
    assert told(desk, "dana", ticket) == []


# --- links ------------------------------------------------------------------------------------


def linked(desk: Desk, ticket: TicketView) -> list[tuple[Relation, int]]:
    found = desk.bob.ticket_links.of_ticket(ticket.id)
    return [(each.relation, each.ticket.id) for each in found]


def test_a_link_is_read_from_both_sides_and_stands_in_both_histories(desk: Desk):
    a, b = desk.ticket(), desk.ticket()
    (link,) = desk.bob.ticket_links.add(a.id, NewLink(other_id=b.id, relation=Relation.BLOCKED_BY))
    assert (link.relation, link.status) == (Relation.BLOCKED_BY, Status.NEW)
    assert linked(desk, b) == [(Relation.BLOCKS, a.id)]
    # Once is enough.
    desk.bob.ticket_links.add(b.id, NewLink(other_id=a.id, relation=Relation.BLOCKS))
    assert len(linked(desk, a)) == 1
    for ticket, words in ((a, f"Blocked by {b.number}"), (b, f"Blocks {a.number}")):
        event = desk.bob.tickets.view(ticket.id).events[0]
        assert (event.kind, event.field, event.new) == ("linked", "ticket", words)
        assert desk.alice.tickets.view(ticket.id).events[0].kind == "created"
    desk.bob.ticket_links.remove(b.id, link.id)
    assert linked(desk, a) == linked(desk, b) == []
    assert desk.bob.ticket_links.remove(b.id, link.id) == ()


def test_there_is_no_link_to_itself_no_circle_and_one_parent(desk: Desk):
    a, b, c = desk.ticket(), desk.ticket(), desk.ticket()

    def link(one: TicketView, relation: Relation, other: TicketView) -> None:
        desk.bob.ticket_links.add(one.id, NewLink(other_id=other.id, relation=relation))

    with pytest.raises(Invalid):
        link(a, Relation.RELATES, a)
    link(a, Relation.PARENT, b)
    link(b, Relation.PARENT, c)
    for bad in (
        lambda: link(c, Relation.PARENT, a),
        lambda: link(a, Relation.CHILD, c),
        lambda: link(b, Relation.PARENT, a),
        lambda: link(desk.ticket(), Relation.PARENT, c),
    ):
        with pytest.raises(Invalid):
            bad()
    link(a, Relation.BLOCKS, c)
    with pytest.raises(Invalid):
        link(c, Relation.BLOCKS, a)
    with pytest.raises(NotFound):
        desk.bob.ticket_links.add(a.id, NewLink(other_id=10**9, relation=Relation.RELATES))
    with pytest.raises(Forbidden):
        desk.alice.ticket_links.of_ticket(a.id)


def test_children_end_with_their_parent_where_that_is_asked_for(desk: Desk):
    parent, *children = (desk.ticket() for _ in range(4))
    for child in children:
        desk.bob.ticket_links.add(parent.id, NewLink(other_id=child.id, relation=Relation.PARENT))
    desk.alice.tickets.close(children[0].id, 1)
    end = ChildrenEnd(status=Status.RESOLVED)
    ended = desk.bob.ticket_links.end_children(parent.id, end)
    assert [each.id for each in ended.ended] == [each.id for each in children[1:]]
    states = [desk.bob.tickets.view(each.id).status for each in children]
    assert states == [Status.CLOSED, Status.RESOLVED, Status.RESOLVED]
    assert desk.bob.ticket_links.end_children(parent.id, end).ended == ()
    with pytest.raises(Invalid):
        desk.bob.ticket_links.end_children(parent.id, ChildrenEnd(status=Status.OPEN))


def test_a_parent_and_its_children_end_and_come_back_as_one_deed(desk: Desk):
    parent, first, second = (desk.ticket() for _ in range(3))
    for child in (first, second):
        desk.bob.ticket_links.add(parent.id, NewLink(other_id=child.id, relation=Relation.PARENT))
    before = desk.bob.deeds.recent()[:1]
    version = desk.bob.tickets.view(parent.id).version
    end = ChildrenEnd(status=Status.RESOLVED, version=version)
    ended = desk.bob.ticket_links.end_children(parent.id, end)
    assert ended.ticket is not None
    assert (ended.ticket.status, ended.ticket.undo) == (Status.RESOLVED, ended.undo)
    newest, *older = desk.bob.deeds.recent()
    assert (newest.id, newest.label) == (ended.undo, f"{parent.number} and 2 children resolved")
    assert tuple(older[:1]) == before
    three = (parent.id, first.id, second.id)
    assert {desk.bob.tickets.view(each).status for each in three} == {Status.RESOLVED}
    assert (desk.bob.deeds.undo(newest.id).undone, desk.bob.deeds.recent()[0].undone_at) == (
        3, desk.clock(),
    )  # fmt: skip
    assert {desk.bob.tickets.view(each).status for each in three} == {Status.NEW}
    # Who has not seen the parent as it is now ends none of them.
    with pytest.raises(Conflict):
        desk.bob.ticket_links.end_children(parent.id, end)
    assert desk.bob.tickets.view(first.id).status is Status.NEW
    # Without the parent the children are a deed of their own.
    alone = desk.bob.ticket_links.end_children(parent.id, ChildrenEnd(status=Status.CLOSED))
    assert desk.bob.deeds.recent()[0].label == f"2 children of {parent.number} closed"
    assert (alone.ticket, desk.bob.deeds.recent()[0].id) == (None, alone.undo)


def test_who_leaves_the_staff_follows_nothing_that_a_colleague_did(desk: Desk):
    ticket = desk.ticket("Salary of the board", who="alice")
    note = NewComment(body="@bob please look", internal=True)
    desk.of("frank").tickets.comment(ticket.id, note)
    bob = id_of(desk.bob)
    assert bob in [each.person.id for each in desk.of("frank").watchers.of_ticket(ticket.id)]
    dana = desk.of("dana")
    user = dana.users.named("bob")
    dana.users.change(bob, UserChange(role=Role.USER, version=user.version))
    desk.clock.forward(minutes=1)
    demoted = desk.of("bob")
    assert demoted.tickets.search(TicketQuery(text="salary")).items == ()
    with pytest.raises(NotFound):
        demoted.tickets.view(ticket.id)
    assert desk.of("frank").watchers.of_ticket(ticket.id) == ()
    assert desk.is_sound()
    again = UserChange(role=Role.TECHNICIAN, version=dana.users.named("bob").version)
    dana.users.change(bob, again)


# --- merging ----------------------------------------------------------------------------------


def test_a_merged_ticket_goes_on_in_the_other_in_the_order_of_time(desk: Desk):
    survivor = desk.ticket("Phone dead", description="It is dead.")
    desk.clock.forward(minutes=1)
    desk.bob.tickets.comment(survivor.id, NewComment(body="one"))
    desk.clock.forward(minutes=1)
    merged = desk.ticket("Dead phone", who="erin", description="Dead here too.")
    desk.clock.forward(minutes=1)
    desk.of("erin").tickets.comment(merged.id, NewComment(body="two"))
    desk.bob.tickets.comment(merged.id, NewComment(body="hidden", internal=True))
    desk.clock.forward(minutes=1)
    desk.alice.tickets.comment(survivor.id, NewComment(body="three"))
    shown = desk.merge(merged, survivor)
    assert [each.body for each in shown.comments] == [
        "one", "Dead here too.", "two", "hidden", "three",
    ]  # fmt: skip
    from_ = [each.merged_from.number if each.merged_from else None for each in shown.comments]
    assert from_ == [None, merged.number, merged.number, merged.number, None]
    assert "hidden" not in [each.body for each in desk.alice.tickets.view(survivor.id).comments]
    # Who asked follows the survivor by it, and reads it.
    assert desk.of("erin").tickets.view(survivor.id).watching
    assert survivor.id in desk.found("erin", "phone")
    gone = desk.of("erin").tickets.view(merged.id)
    assert (gone.status, gone.merged_into and gone.merged_into.id) == (Status.CLOSED, survivor.id)
    assert gone.allowed == frozenset()
    for new in (NewComment(body="more"), NewComment(body="note", internal=True)):
        with pytest.raises(Invalid, match=f"merged into {survivor.number}; write there"):
            desk.bob.tickets.comment(merged.id, new)
    with pytest.raises(Invalid, match="undo the merge"):
        desk.bob.tickets.reopen(merged.id, Reopening())
    titles = [
        each.title for each in desk.of("erin").notifications.search(NotificationQuery()).items
    ]
    assert f"{merged.number} was merged into {survivor.number}" in titles
    assert desk.is_sound()


def test_a_merged_ticket_is_worked_by_no_operation(desk: Desk):
    survivor, merged, other = desk.ticket(), desk.ticket("Other"), desk.ticket("Third")
    bob, id_ = desk.bob, merged.id
    edit = TicketChange(priority=Priority.HIGH, version=bob.tickets.view(id_).version)
    deed = bob.tickets.change(id_, edit).undo
    reply = bob.tickets.comment(id_, NewComment(body="Try again.")).comments[-1].id
    linked = bob.ticket_links.add(id_, NewLink(other_id=other.id, relation=Relation.BLOCKS))
    bob.watchers.add(id_, id_of(desk.of("frank")))
    desk.merge(merged, survivor)
    before = bob.tickets.view(id_)
    version = before.version
    attempts: tuple[Callable[[], object], ...] = (
        lambda: bob.tickets.change(id_, TicketChange(priority=Priority.LOW, version=version)),
        lambda: bob.tags.set(id_, TagsChange(tags=("vpn",), version=version)),
        lambda: bob.tickets.take(id_, version),
        lambda: bob.tickets.reopen(id_, Reopening()),
        lambda: bob.splitting.split(id_, SplitOff(subject="Off", comment_ids=(reply,))),
        lambda: bob.splitting.follow_up(id_, FollowUp()),
        lambda: bob.watchers.add(id_, id_of(desk.of("erin"))),
        lambda: bob.ticket_links.add(id_, NewLink(other_id=other.id, relation=Relation.RELATES)),
        lambda: bob.ticket_links.remove(id_, linked[0].id),
        lambda: bob.ticket_links.end_children(id_, ChildrenEnd(status=Status.CLOSED)),
        lambda: bob.triage.choose(id_, SuggestionChoice(version=version)),
        lambda: desk.alice.ratings.rate(id_, NewTicketRating(score=5)),
    )
    for attempt in attempts:
        with pytest.raises(Invalid, match=f"{merged.number} is merged into {survivor.number}"):
            attempt()
    assert deed is not None
    assert survivor.number in bob.deeds.undo(deed).refused[0].sentence
    assert bob.tickets.view(id_) == before
    bob.merging.unmerge(id_)
    assert bob.deeds.undo(deed).undone == 1


def test_b02_a_merge_tells_numbers_alone_to_who_may_not_read_the_other(desk: Desk):
    merged, other = desk.ticket("Canary mine"), desk.ticket("Canary theirs", who="erin")
    desk.of("erin").tickets.comment(other.id, NewComment(body="Me too."))
    survivor = desk.ticket("Canary survivor", who="frank")
    desk.follow(survivor, "alice")
    for each in (merged, other):
        desk.merge(each, survivor)
    alice = desk.alice.tickets

    into = alice.view(merged.id).merged_into
    assert into is not None
    assert (into.id, into.subject) == (survivor.id, "Canary survivor")
    comments = alice.view(survivor.id).comments
    whose = {
        each.merged_from.number: each.merged_from.subject for each in comments if each.merged_from
    }
    assert whose == {merged.number: "Canary mine", other.number: ""}

    desk.bob.watchers.remove(survivor.id, id_of(desk.alice))
    into = alice.view(merged.id).merged_into
    assert into is not None
    assert (into.number, into.subject) == (survivor.number, "")
    assert "survivor" not in repr(alice.view(merged.id))
    told = desk.bob.tickets.view(merged.id).merged_into
    assert told is not None
    assert told.subject == "Canary survivor"


def test_earlier_comments_come_page_by_page_with_those_of_merged_tickets(desk: Desk):
    survivor, merged = desk.ticket(), desk.ticket("Other", description="The other one.")
    said = ["The other one."]
    for number in range(60):
        desk.clock.forward(seconds=1)
        said.append(f"comment {number}")
        on = merged if number % 3 else survivor
        desk.bob.tickets.comment(on.id, NewComment(body=said[-1]))
    shown = desk.merge(merged, survivor)
    assert (len(shown.comments), shown.earlier_comments) == (50, 10)
    earlier = desk.bob.tickets.comments(survivor.id, shown.comments[0].id)
    assert [each.body for each in (*earlier, *shown.comments)] == said


def test_what_cannot_be_merged_is_told_with_the_remedy(desk: Desk):
    a, b, c, d = (desk.ticket() for _ in range(4))
    with pytest.raises(Invalid, match="into itself"):
        desk.merge(a, a)
    desk.merge(a, b)
    with pytest.raises(Invalid, match=f"merged into {b.number}; go on there"):
        desk.merge(a, c)
    with pytest.raises(Invalid, match=f"merge into {b.number} instead"):
        desk.merge(c, a)
    with pytest.raises(Conflict):
        desk.bob.merging.merge(c.id, MergeInto(survivor_id=b.id, version=c.version + 7))
    with pytest.raises(Forbidden):
        desk.alice.merging.merge(c.id, MergeInto(survivor_id=b.id, version=c.version))
    with pytest.raises(Invalid, match="not merged"):
        desk.bob.merging.unmerge(c.id)
    # A chain goes on at its end, and is undone from there.
    desk.merge(b, d)
    into = desk.bob.tickets.view(a.id).merged_into
    assert into is not None
    assert into.id == d.id
    with pytest.raises(Invalid, match=f"itself merged into {d.number}; undo that first"):
        desk.bob.merging.unmerge(a.id)
    desk.bob.merging.unmerge(b.id)
    desk.bob.merging.unmerge(a.id)
    assert desk.bob.tickets.view(a.id).merged_into is None
    assert desk.is_sound()


def test_who_follows_by_two_merges_follows_until_both_are_undone(desk: Desk):
    survivor = desk.ticket()
    first, second = desk.ticket(who="erin"), desk.ticket(who="erin")
    desk.merge(first, survivor)
    desk.merge(second, survivor)
    desk.bob.merging.unmerge(first.id)
    assert desk.of("erin").tickets.view(survivor.id).watching
    desk.bob.merging.unmerge(second.id)
    with pytest.raises(NotFound):
        desk.of("erin").tickets.view(survivor.id)
    # Who is let follow besides goes on to.
    desk.merge(first, survivor)
    desk.follow(survivor, "erin")
    desk.bob.merging.unmerge(first.id)
    assert desk.of("erin").tickets.view(survivor.id).watching


GROWING = (
    "version", "updated_at", "seconds_new", "seconds_open", "seconds_in_progress",
    "seconds_awaiting",
)  # fmt: skip
STATE = (
    "ticket", "watcher", "ticket_tag", "ticket_link", "ticket_merge", "ticket_sla", "ticket_figure",
    "rating", "triage_ticket",
)  # fmt: skip


def state(desk: Desk, ids: tuple[int, ...]) -> dict[str, Any]:
    """Return all of some tickets but what only ever grows: version, times of change, history.

    How long a ticket had each status is told by its history, too.
    """
    found: dict[str, Any] = {}
    database = desk.embedded.database
    with database.reading() as session:
        for name in STATE:
            columns = session.connection().exec_driver_sql(f'SELECT * FROM "{name}" LIMIT 0').keys()  # noqa: S608
            keep = [each for each in columns if each not in GROWING]
            key = {"ticket": "id", "ticket_merge": "merged_id", "ticket_link": "from_id"}.get(
                name, "ticket_id"
            )
            chosen = ", ".join(f'"{each}"' for each in keep)
            numbers = ", ".join(map(str, ids))
            rows = session.connection().exec_driver_sql(
                f'SELECT {chosen} FROM "{name}" WHERE "{key}" IN ({numbers})'  # noqa: S608
            )
            found[name] = sorted(map(repr, rows))
    for id_ in ids:
        clock = desk.bob.policies.clock(id_)
        found[f"clock {id_}"] = [
            (each.kind, each.round, each.state, each.due, each.started_at, each.stopped_at)
            for each in clock.clocks
            # One that the merge began has ended with it, and stays as what was.
            if each.state is not ClockState.CANCELLED
        ]
        view = desk.bob.tickets.view(id_)
        found[f"thread {id_}"] = [(each.id, each.body) for each in view.comments]
    for who in ("alice", "erin", "bob"):
        found[f"hits of {who}"] = desk.found(who, "marsupial") & set(ids)
        found[f"list of {who}"] = set(desk.listed(who)) & set(ids)
    return found


DEEDS: dict[str, Callable[[Desk, TicketView], object]] = {
    "reply": lambda d, t: d.bob.tickets.comment(t.id, NewComment(body="A marsupial.")),
    "note": lambda d, t: d.bob.tickets.comment(t.id, NewComment(body="Hm.", internal=True)),
    "ask": lambda d, t: d.of("alice").tickets.comment(t.id, NewComment(body="Well?")),
    "wait": lambda d, t: d.bob.tickets.comment(
        t.id, NewComment(body="And?", status=Status.AWAITING_CUSTOMER)
    ),
    "solve": lambda d, t: d.bob.tickets.comment(
        t.id, NewComment(body="Done.", status=Status.RESOLVED)
    ),
    "close": lambda d, t: d.bob.tickets.close(t.id, d.bob.tickets.view(t.id).version),
    "tag": lambda d, t: d.tag(t, "marsupial"),
    "follow": lambda d, t: d.follow(t, "erin"),
    "take": lambda d, t: d.bob.tickets.take(t.id, d.bob.tickets.view(t.id).version),
}


@settings(max_examples=8, deadline=None)
@given(
    before=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(sorted(DEEDS))), max_size=6),
    chain=st.booleans(),
)
def test_merge_then_unmerge_is_identity(desk: Desk, before: list[tuple[int, str]], chain: bool):
    tickets = (desk.ticket("A"), desk.ticket("B", who="erin"), desk.ticket("C"))
    for which, deed in before:
        desk.clock.forward(minutes=7)
        try:
            DEEDS[deed](desk, tickets[which])
        except DeskError:
            continue
    ids = tuple(each.id for each in tickets)
    kept = state(desk, ids)
    desk.merge(tickets[0], tickets[1])
    if chain:
        desk.merge(tickets[1], tickets[2])
        desk.bob.merging.unmerge(tickets[1].id)
    desk.bob.merging.unmerge(tickets[0].id)
    now = state(desk, ids)
    assert {key: now[key] for key in kept if now[key] != kept[key]} == {
        key: kept[key] for key in kept if now[key] != kept[key]
    }
    assert examine(desk.embedded.database).findings == ()


# --- split and follow-up ----------------------------------------------------------------------


def test_replies_become_a_ticket_of_their_own_for_the_same_requester(desk: Desk):
    ticket = desk.ticket(category_id=1, priority=Priority.HIGH)
    desk.alice.tickets.comment(ticket.id, NewComment(body="And the mouse is broken."))
    desk.bob.tickets.comment(ticket.id, NewComment(body="Which mouse?"))
    view = desk.bob.tickets.comment(ticket.id, NewComment(body="Odd.", internal=True))
    first, second, note = (each.id for each in view.comments)
    off = SplitOff(comment_ids=(first, second), subject="The mouse")
    made = desk.bob.splitting.split(ticket.id, off)
    assert (made.requester, made.priority, made.status) == (
        ticket.requester, Priority.HIGH, Status.NEW,
    )  # fmt: skip
    # Who asked has not said where it comes from; the desk has.
    assert made.description == ""
    assert [(each.body, each.author.full_name) for each in made.comments] == [
        ("And the mouse is broken.", "Alice Moreau"),
        ("Which mouse?", "Bob Keller"),
        (f"Split from {ticket.number}.", "Bob Keller"),
    ]
    assert linked(desk, made) == [(Relation.RELATES, ticket.id)]
    assert len(desk.bob.tickets.view(ticket.id).comments) == 3
    with pytest.raises(Invalid, match="Internal notes"):
        desk.bob.splitting.split(ticket.id, SplitOff(comment_ids=(note,), subject="x"))
    with pytest.raises(NotFound):
        desk.bob.splitting.split(desk.ticket().id, off)
    assert desk.is_sound()


def running(desk: Desk, ticket: TicketView) -> set[ClockKind]:
    with desk.embedded.database.reading() as session:
        clocks = select(SlaClock.kind).where(
            SlaClock.ticket_id == ticket.id, SlaClock.state == ClockState.RUNNING
        )
        return set(session.execute(clocks).scalars())


def test_a_split_keeps_files_times_team_assignee_and_that_it_was_answered(desk: Desk):
    ticket = desk.ticket()
    team = desk.of("dana").teams.add(TeamSettings(name="Splitters"))
    change = TicketChange(team_id=team.id, version=desk.bob.tickets.view(ticket.id).version)
    taken = desk.bob.tickets.change(ticket.id, change)
    desk.bob.tickets.take(ticket.id, taken.version)
    files = [Outgoing(f"{name}.txt", b"It beeps loudly.").send(desk.bob) for name in "ab"]
    keys = tuple(each.key for each in files)
    new = NewComment(body="See the files.", attachment_keys=keys)
    reply = desk.bob.tickets.comment(ticket.id, new).comments[-1]
    desk.clock.forward(hours=2)
    off = SplitOff(comment_ids=(reply.id,), subject="The files")
    made = desk.bob.splitting.split(ticket.id, off)
    assert (made.team and made.team.id, made.assignee and made.assignee.id) == (
        team.id, id_of(desk.bob),
    )  # fmt: skip
    copy = made.comments[0]
    assert (copy.created_at, copy.author) == (reply.created_at, reply.author)
    assert [(each.name, each.size) for each in copy.attachments] == [("a.txt", 16), ("b.txt", 16)]
    part = desk.alice.attachments.part(copy.attachments[0].key, 1)
    assert base64.b64decode(part.data) == b"It beeps loudly."
    assert len(desk.bob.tickets.view(ticket.id).comments[-1].attachments) == 2
    assert made.first_responded_at == desk.clock()
    assert ClockKind.FIRST_RESPONSE not in running(desk, made)
    assert made.id in desk.found("alice", "beeps loudly")
    assert desk.is_sound()


def test_files_too_large_to_be_copied_stay_and_are_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(splitting, "_FILE_BYTES", 5)
    ticket = desk.ticket()
    files = [Outgoing(name, b"1234").send(desk.alice) for name in ("fits.txt", "stays.txt")]
    new = NewComment(body="Two.", attachment_keys=tuple(each.key for each in files))
    reply = desk.alice.tickets.comment(ticket.id, new).comments[-1]
    made = desk.bob.splitting.split(ticket.id, SplitOff(comment_ids=(reply.id,), subject="x"))
    assert [each.name for each in made.comments[0].attachments] == ["fits.txt"]
    assert made.comments[-1].body.endswith(f"stay on {ticket.number}: stays.txt.")
    assert made.first_responded_at is None


def test_a_closed_ticket_is_followed_up_by_a_new_one(desk: Desk):
    ticket = desk.ticket("Beeps", category_id=2)
    with pytest.raises(Invalid):
        desk.bob.splitting.follow_up(ticket.id, FollowUp())
    desk.alice.tickets.close(ticket.id, 1)
    made = desk.bob.splitting.follow_up(ticket.id, FollowUp(description="It beeps again."))
    assert (made.subject, made.requester, made.category and made.category.id) == (
        "Follow-up: Beeps", ticket.requester, 2,
    )  # fmt: skip
    assert linked(desk, made) == [(Relation.RELATES, ticket.id)]
    assert made.description == "It beeps again."
    bare = desk.bob.splitting.follow_up(ticket.id, FollowUp())
    assert bare.description == "", "nobody speaks for the requester"
    (said,) = bare.comments
    assert (said.author.full_name, said.body) == ("Bob Keller", f"Follow-up of {ticket.number}.")


def test_staff_open_a_ticket_for_others_with_tags_and_followers(desk: Desk):
    erin, charlie = id_of(desk.of("erin")), id_of(desk.of("charlie"))
    new = NewTicket(subject="For Erin", requester_id=erin, tags=("vip",), watcher_ids=(charlie,))
    made = desk.bob.tickets.open(new)
    assert (made.requester.id, made.tags) == (erin, ("vip",))
    assert [each.person.id for each in desk.bob.watchers.of_ticket(made.id)] == [charlie]
    with pytest.raises(Forbidden):
        desk.alice.tickets.open(NewTicket(subject="x", requester_id=erin))


def test_the_search_rows_are_the_same_when_they_are_made_anew(desk: Desk):
    ticket = desk.tag(desk.ticket(), "bandicoot")
    desk.follow(ticket, "erin")
    before = dump(desk.embedded.database)
    rebuild(desk.embedded.database)
    assert desk.is_sound()
    assert desk.found("erin", "bandicoot") == {ticket.id}
    assert len(dump(desk.embedded.database)["ticket_tag"]) == len(before["ticket_tag"])
