# SPDX-License-Identifier: GPL-3.0-or-later
"""Every filter of the search language, against a plain Python answer, on both databases."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.queries import CompletionQuery
from helpdesk.core.schemas.tickets import Sort, Status, TicketQuery
from helpdesk.database.types import NEVER
from helpdesk.models import Attachment, Snooze, Tag, Team, Ticket, TicketTag, Watcher
from helpdesk.repositories import ticket_pages
from tests.contract.desks import person
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE
from tests.unit.repositories.random_tickets import START, Made

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)

TAGS = ("vpn", "vip", "Über")


class Beside:
    """What stands beside the random tickets."""

    def __init__(self, made: list[Made]) -> None:
        dice = random.Random(3)  # noqa: S311 - nothing secret
        ids = [ticket.id for ticket in made]
        self.tags = {id_: {name for name in TAGS if dice.random() < 0.3} for id_ in ids}
        self.watchers = {id_: {who for who in (1, 3) if dice.random() < 0.2} for id_ in ids}
        self.files = {id_ for id_ in ids if dice.random() < 0.2}
        self.snoozed = {id_ for id_ in ids if dice.random() < 0.1}
        self.team = {id_: dice.choice((None, 1, 2)) for id_ in ids}


@pytest.fixture(scope="module")
def beside(shared: EmbeddedDesk, made: list[Made]) -> Beside:
    found = Beside(made)
    with shared.database.writing() as session:
        known = {team.id for team in session.query(Team)}
        for number in (1, 2):
            if number not in known:
                name = f"Team {number}"
                session.add(Team(id=number, name=name, name_folded=name.lower(), removed=False))
        for number, name in enumerate(TAGS, start=1):
            session.add(Tag(id=number, name=name, name_folded=name.casefold()))
        session.flush()
        for id_ in found.tags:
            for name in found.tags[id_]:
                session.execute(
                    insert(TicketTag), {"ticket_id": id_, "tag_id": TAGS.index(name) + 1}
                )
            for who in found.watchers[id_]:
                session.add(Watcher(ticket_id=id_, person_id=who, added_by_id=None, at=START))
            if id_ in found.files:
                session.add(_file(id_))
            if id_ in found.snoozed:
                session.add(Snooze(ticket_id=id_, until=None, until_reply=True, by_id=3, at=START))
            if found.team[id_]:
                session.get_one(Ticket, id_).team_id = found.team[id_]
    return found


def _file(ticket_id: int) -> Attachment:
    return Attachment(
        key=f"{ticket_id:032x}", ticket_id=ticket_id, comment_id=None, owner_id=1, name="a.txt",
        media_type="text/plain", size=1, sha256="", created_at=START, completed_at=START,
    )  # fmt: skip


@pytest.fixture(scope="module")
def bob(shared: EmbeddedDesk) -> HelpDesk:
    return person(shared, "bob")


def ids_by_pages(desk: HelpDesk, query: TicketQuery, size: int = 7) -> list[int]:
    """Return all that is found, page by page."""
    found, cursor = [], None
    while True:
        page = desk.tickets.search(query.model_copy(update={"limit": size, "cursor": cursor}))
        found += [row.id for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


Wanted = Callable[[Made, Beside], bool]
MIDDLE = (START + timedelta(days=3)).isoformat()
CASES: dict[str, Wanted] = {
    "tag:vpn": lambda t, b: "vpn" in b.tags[t.id],
    "tag:VPN,über": lambda t, b: bool({"vpn", "Über"} & b.tags[t.id]),
    "-tag:vip tag:vpn": lambda t, b: "vip" not in b.tags[t.id] and "vpn" in b.tags[t.id],
    "tag:unknown": lambda t, b: False,
    "watcher:alice": lambda t, b: 1 in b.watchers[t.id],
    "is:watched": lambda t, b: 3 in b.watchers[t.id],
    "-is:watched": lambda t, b: 3 not in b.watchers[t.id],
    "has:attachment status:open,new": lambda t, b: (
        t.id in b.files and t.status in (Status.OPEN, Status.NEW)
    ),
    "-has:attachment": lambda t, b: t.id not in b.files,
    "is:snoozed": lambda t, b: t.id in b.snoozed,
    "-is:snoozed is:open": lambda t, b: t.id not in b.snoozed and t.status.is_open,
    'team:"Team 1"': lambda t, b: b.team[t.id] == 1,
    'team:none,"team 2"': lambda t, b: b.team[t.id] != 1,
    '-team:"team 1"': lambda t, b: b.team[t.id] != 1,
    "category:none": lambda t, b: t.category_id is None,
    "-assignee:bob": lambda t, b: t.assignee_id != 3,
    "assignee:me": lambda t, b: t.assignee_id == 3,
    "-is:unassigned": lambda t, b: t.assignee_id is not None,
    "-status:closed -priority:low": lambda t, b: (
        t.status is not Status.CLOSED and t.priority.value != "low"
    ),
    "requester:alice": lambda t, b: t.requester_id == 1,
    "number:3,HD-5": lambda t, b: t.id in (3, 5),
    "is:late": lambda t, b: t.status.is_open and t.resolution_due != NEVER,
    f"updated:>={MIDDLE}": lambda t, b: t.updated_at >= START + timedelta(days=3),
    f"due:<{MIDDLE}": lambda t, b: t.resolution_due < START + timedelta(days=3),
    f"due:>={MIDDLE}": lambda t, b: START + timedelta(days=3) <= t.resolution_due < NEVER,
    "tag:vpn printer ": lambda t, b: "vpn" in b.tags[t.id] and "printer" in t.public + t.notes,
    "-jam vpn ": lambda t, b: "jam" not in t.public + t.notes and "vpn" in t.public + t.notes,
    "-jam": lambda t, b: "jam" not in t.public + t.notes,
    '-"printer vpn" -jam is:open': lambda t, b: (
        t.status.is_open
        and "jam" not in t.public + t.notes
        and "printer vpn" not in " ".join((t.subject, "|", t.description, "|", *t.notes))
    ),
}


@pytest.mark.parametrize("few", [2_000, 0], ids=["from few", "walked"])
def test_each_filter_finds_what_python_finds(
    bob: HelpDesk, made: list[Made], beside: Beside, few: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ticket_pages, "FEW", few)
    for text, is_wanted in CASES.items():
        wanted = {ticket.id for ticket in made if is_wanted(ticket, beside)}
        for sort in (Sort.URGENCY, Sort.NEWEST, Sort.UPDATED):
            # Of 250 tickets: a few pages of each, in hundreds of searches instead of thousands.
            ids = ids_by_pages(bob, TicketQuery(text=text, sort=sort), size=40)
            assert (text, len(ids), set(ids)) == (text, len(wanted), wanted)
        count = bob.tickets.count(TicketQuery(text=text))
        assert (text, count.count, count.exact) == (text, len(wanted), True)


def test_few_stand_in_the_order_of_the_walk(
    bob: HelpDesk, beside: Beside, monkeypatch: pytest.MonkeyPatch
):
    for sort in (Sort.URGENCY, Sort.OLDEST, Sort.UPDATED):
        query = TicketQuery(tags=("vpn",), has_attachments=False, sort=sort)
        monkeypatch.setattr(ticket_pages, "FEW", 2_000)
        sorted_ids = ids_by_pages(bob, query)
        monkeypatch.setattr(ticket_pages, "FEW", 0)
        assert ids_by_pages(bob, query) == sorted_ids


def test_a_count_beyond_what_is_looked_at_says_so(
    bob: HelpDesk, beside: Beside, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ticket_pages, "PROBED", 5)

    assert not bob.tickets.count(TicketQuery(text="tag:vpn")).exact


def test_a_requester_is_told_of_no_names_and_of_own_tickets_alone(
    shared: EmbeddedDesk, made: list[Made], beside: Beside
):
    alice = person(shared, "alice")
    # What she follows is hers to read as well.
    own = {
        ticket.id for ticket in made if ticket.requester_id == 1 or 1 in beside.watchers[ticket.id]
    }

    hidden, unknown = (alice.queries.understood(f"assignee:{name}") for name in ("bob", "bogus"))
    assert hidden.problems[0].sentence.replace("bob", "bogus") == unknown.problems[0].sentence
    teams = [alice.queries.understood(f'team:"{name}"') for name in ("team 1", "team x")]
    assert all(each.problems for each in teams)
    assert set(ids_by_pages(alice, TicketQuery(text="-tag:zzz", sort=Sort.NEWEST))) == own
    assert alice.tickets.count(TicketQuery(text="tag:vpn")).count == len(
        [id_ for id_ in own if "vpn" in beside.tags[id_]]
    )
    assert not alice.tickets.search(TicketQuery(watcher_ids=(3,))).items
    assert set(ids_by_pages(alice, TicketQuery(without_watcher_ids=(3,)))) == own
    for name in ("tag", "team", "assignee", "requester"):
        assert not [
            each
            for each in alice.queries.completions(CompletionQuery(name=name, begun="v"))
            if each.value not in ("me", "none")
        ]


PAYLOADS = (
    "status:open' OR 1=1 --", "tag:x';DROP", 'assignee:"\' OR 1=1 --"', "created:>1;--",
    "number:1;--", "number:999999999999999999", "number:0", 'category:"%"', "team:_", "tag:%",
    'requester:"\\"', "due:<9999y", "created:>9999y", "created:>99y", "created:9999-12-31",
    "-", '-"', "-()",
    "tag:😀", "tag:\x00", "assignee:\ud800", "is:" * 3000, "status:open," * 800, '"' * 99,
    "-a " * 900, "tag:a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v",
)  # fmt: skip


def test_payloads_are_words_on_every_database(bob: HelpDesk, made: list[Made], beside: Beside):
    for text in PAYLOADS:
        understood = bob.queries.understood(text)
        again = bob.tickets.search(TicketQuery(text=text))
        assert len(again.items) <= 50, (text, understood)
        assert bob.tickets.count(TicketQuery(text=text)).count <= len(made)
    assert {row.id for row in bob.tickets.search(TicketQuery(text="number:1;--")).items} == set()
    for name in ("tag", "team", "category", "assignee"):
        for begun in ("%", "_", "\\", "' OR 1=1 --"):
            completions = bob.queries.completions(CompletionQuery(name=name, begun=begun))
            assert completions == ()


def test_a_condition_that_is_no_date_is_refused(bob: HelpDesk):
    with pytest.raises(DeskError):
        bob.tickets.search(TicketQuery(when=("created:2026-99",)))


def test_values_are_completed_by_what_they_begin_with(bob: HelpDesk, beside: Beside):
    def values(name: str, begun: str) -> list[str]:
        found = bob.queries.completions(CompletionQuery(name=name, begun=begun))
        return [each.value for each in found]

    assert values("tag", "v") == ["vip", "vpn"]
    assert values("team", "2") == ['"Team 2"']
    assert values("assignee", "ke") == ["bob"]
    assert values("status", "aw") == ["awaiting_customer"]
    assert values("requester", "alice") == ["alice"]
    assert "me" in values("assignee", "")
