# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports tell what the tickets themselves tell, to each role what it may know; lines are whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import fmean, median

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Invalid
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.figures import (
    Behind,
    Card,
    CardsQuery,
    CardStyle,
    Measure,
    Period,
    Scope,
    Span,
    Split,
)
from helpdesk.core.schemas.reports import (
    LinesQuery,
    Report,
    ReportKind,
    ReportRequest,
    TicketLine,
)
from helpdesk.core.schemas.tickets import NewTicket, Priority, Reopening, Status, TicketQuery
from helpdesk.database.checks import rebuild
from helpdesk.jobs.figures import count_tickets
from helpdesk.repositories import ticket_pages
from tests.conftest import SettableClock
from tests.contract.desks import opened, person
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE, Bearer
from tests.unit.services.figure_desks import BOB, NETWORK_TEAM, ZONE, Fact, facts, fill

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)
COUNT, FIRST = 400, "2026-10-05"
LAST = "2026-11-08"
SPAN = Span(period=Period.CUSTOM, first=FIRST, last=LAST)
Holds = Callable[[Fact], bool]
SCOPES: tuple[tuple[Scope, Holds], ...] = (
    (Scope(), lambda _fact: True),
    (Scope(team_id=NETWORK_TEAM), lambda fact: fact.team_id == NETWORK_TEAM),
    (
        Scope(technician_id=BOB, priority=Priority.HIGH),
        lambda fact: fact.technician_id == BOB and fact.priority is Priority.HIGH,
    ),
    (Scope(category_id=2), lambda fact: fact.category_id == 2),
)


class Desk:
    """A desk with tickets of all kinds, and what they count as by their own rows."""

    def __init__(self, embedded: EmbeddedDesk, now: datetime) -> None:
        self.embedded = embedded
        self.charlie, self.bob = person(embedded, "charlie"), person(embedded, "bob")
        self.facts = facts(embedded, now)


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Desk]:
    clock = SettableClock()
    with opened(tmp_path_factory.mktemp("reports"), template, clock, desk_kind) as embedded:
        fill(embedded, clock(), COUNT, seed=11)
        rebuild(embedded.database)  # so that texts are found, too
        yield Desk(embedded, clock())


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def within(number: int | None) -> bool:
    return number is not None and day(FIRST) <= number <= day(LAST)


def expected(facts: list[Fact]) -> dict[str, float | None]:
    """Return the figures of a summary, worked out of the tickets."""
    resolved = [fact for fact in facts if within(fact.resolved)]
    times = [fact.resolution for fact in resolved if fact.resolution is not None]
    responses = [
        fact.response for fact in facts if within(fact.responded) and fact.response is not None
    ]
    measured = [fact.resolution_met for fact in resolved if fact.resolution_met is not None]
    answered = [
        fact.response_met
        for fact in facts
        if within(fact.responded) and fact.response_met is not None
    ]
    scores = [fact.score for fact in facts if within(fact.rated) and fact.score is not None]
    is_open = [fact for fact in facts if fact.is_open]
    return {
        "Created": sum(within(fact.created) for fact in facts),
        "Resolved": len(resolved),
        "Open now": len(is_open),
        "Open and unassigned": sum(not fact.technician_id for fact in is_open),
        "Open and overdue": sum(fact.overdue for fact in is_open),
        "Median first response": median(responses) if responses else None,
        "Median resolution": median(times) if times else None,
        "First response in time": fmean(answered) if answered else None,
        "Resolved in time": fmean(measured) if measured else None,
        "Reopened": fmean(fact.reopened for fact in resolved) if resolved else None,
        "Satisfaction": fmean(scores) if scores else None,
    }


def told(report: Report) -> dict[str, float | None]:
    return {each.label: each.value for each in report.figures if each.label != "Tickets avoided"}


def make(actor: HelpDesk, kind: ReportKind, scope: Scope | None = None) -> Report:
    return actor.reports.make(ReportRequest(kind=kind, span=SPAN, scope=scope or Scope()))


@pytest.mark.parametrize(("scope", "holds"), SCOPES, ids=["all", "team", "technician", "category"])
def test_totals_are_those_of_the_tickets(desk: Desk, scope: Scope, holds: Holds):
    report = make(desk.charlie, ReportKind.SUMMARY, scope)
    wanted = expected([fact for fact in desk.facts if holds(fact)])
    assert told(report) == pytest.approx(wanted)
    assert (report.first, report.last, report.time_zone) == (FIRST, LAST, str(ZONE))
    assert report.made_by == "Charlie Hart"


def test_a_technician_gets_their_own_whatever_is_asked(desk: Desk):
    own = expected([fact for fact in desk.facts if fact.technician_id == BOB])
    for scope, _ in SCOPES[:2]:
        assert told(make(desk.bob, ReportKind.SUMMARY, scope)) == pytest.approx(own)
    rows = make(desk.bob, ReportKind.TECHNICIANS).tables[0].rows
    assert [row[0] for row in rows] == ["Bob Keller"]


def test_rows_are_those_of_the_tickets_and_open_them(desk: Desk):
    report = make(desk.charlie, ReportKind.CATEGORIES)
    table = report.tables[0]
    assert table.title == "By category"
    counted = Counter(fact.category_id for fact in desk.facts if within(fact.created))
    assert sum(int(row[1] or 0) for row in table.rows) == sum(counted.values())
    before = [fact for fact in desk.facts if fact.created in range(day(FIRST) - 35, day(FIRST))]
    assert sum(int(row[2] or 0) for row in table.rows) == len(before)
    for row, behind in zip(table.rows, table.behind, strict=True):
        assert behind is not None
        assert row[1] == counted[int(behind.part)]
        assert desk.charlie.tickets.count(TicketQuery(behind=behind)).count == row[1]


@pytest.mark.parametrize("kind", ReportKind)
def test_every_kind_says_something_and_what_its_numbers_mean(desk: Desk, kind: ReportKind):
    report = make(desk.charlie, kind)
    assert report.kind is kind
    assert report.figures
    assert report.charts
    assert report.tables
    assert len(report.notes) > 1
    for table in report.tables:
        assert all(len(row) == len(table.columns) for row in table.rows)
        assert not table.behind or len(table.behind) == len(table.rows)
    labels = [figure.label for figure in report.figures]
    assert len(set(labels)) == len(labels)


def test_long_periods_are_told_by_week_or_month(desk: Desk):
    for first, points in (("2026-11-01", 23), ("2026-06-01", 26), ("2024-01-01", 35)):
        span = Span(period=Period.CUSTOM, first=first, last="2026-11-23")
        report = desk.charlie.reports.make(ReportRequest(kind=ReportKind.SUMMARY, span=span))
        assert len(report.charts[0].points) == points


def with_key(desk: Desk, person: HelpDesk, *scopes: Permission) -> HelpDesk:
    user_id = person.sessions.current().user.id
    new = NewApiKey(name="Screen", scopes=scopes, user_id=user_id)
    return HelpDesk(Bearer(desk.embedded, desk.embedded.as_system().api_keys.create(new).key))


def test_a_key_for_figures_alone_learns_of_no_subject(desk: Desk):
    screen = with_key(desk, desk.charlie, Permission.SEE_FIGURES, Permission.SEE_OWN_FIGURES)
    attention = Card(style=CardStyle.ATTENTION, measure=Measure.OVERDUE)
    query = CardsQuery(cards=(attention,), span=SPAN)
    assert desk.charlie.figures.cards(query).cards[0].attention
    (card,) = screen.figures.cards(query).cards
    assert (card.attention, bool(card.problem)) == ((), True)
    ageing = make(screen, ReportKind.AGEING)
    assert "Printer" not in ageing.model_dump_json()
    knowledge = make(screen, ReportKind.KNOWLEDGE)
    assert "Articles read" not in knowledge.model_dump_json()


def test_files_and_keys_hold_what_the_figures_are_of(desk: Desk):
    """Whose figures somebody may not see are in no file of theirs, and no key of theirs counts."""
    own = sum(fact.technician_id == BOB for fact in desk.facts)
    span = Span(period=Period.CUSTOM, first="2024-01-01", last="2026-12-31")
    query = TicketQuery(behind=Behind(measure=Measure.CREATED, span=span))
    scopes = (Permission.SEE_OWN_FIGURES, Permission.SEE_ALL_TICKETS, Permission.SEE_OWN_TICKETS)
    manager_key = with_key(desk, desk.charlie, *scopes)
    for actor, name, count in ((desk.bob, "Bob", own), (manager_key, "Charlie", None)):
        page = actor.reports.lines(LinesQuery(query=query))
        assert count in (None, page.total)
        assert page.total == actor.tickets.count(query).count
        assert page.lines
        assert all(line.assignee and line.assignee.startswith(name) for line in page.lines)


# --- lines ----------------------------------------------------------------------------------------


@pytest.fixture
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_pages, "LINES_AT_ONCE", 37)


def all_lines(actor: HelpDesk, query: TicketQuery) -> list[TicketLine]:
    lines: list[TicketLine] = []
    cursor: str | None = None
    total: int | None = None
    while True:
        page = actor.reports.lines(LinesQuery(query=query, cursor=cursor))
        total = total if page.total is None else page.total
        assert len(page.lines) <= 37
        lines += page.lines
        cursor = page.next_cursor
        if cursor is None:
            assert total == len(lines)
            return lines


@pytest.mark.usefixtures("_few_at_once")
def test_lines_are_each_ticket_once_in_order(desk: Desk):
    for query in (TicketQuery(), TicketQuery(text="printer"), TicketQuery(text="jams")):
        lines = all_lines(desk.bob, query)
        assert Counter(line.number for line in lines) == {f"HD-{n}": 1 for n in range(1, COUNT + 1)}
    opened_at = [line.created_at for line in all_lines(desk.bob, TicketQuery())]
    assert opened_at == sorted(opened_at)


@pytest.mark.usefixtures("_few_at_once")
def test_lines_are_those_of_the_filters_and_of_a_number(desk: Desk):
    query = TicketQuery(statuses=(Status.RESOLVED,), category_ids=(2,))
    wanted = [f for f in desk.facts if f.status is Status.RESOLVED and f.category_id == 2]
    assert {line.number for line in all_lines(desk.bob, query)} == {f"HD-{f.id}" for f in wanted}
    behind = Behind(measure=Measure.RESOLVED, span=SPAN, split=Split.TEAM, part=str(NETWORK_TEAM))
    lines = all_lines(desk.charlie, TicketQuery(behind=behind))
    there = [f.id for f in desk.facts if within(f.resolved) and f.team_id == NETWORK_TEAM]
    assert [line.number for line in lines] == [f"HD-{n}" for n in sorted(there, reverse=True)]
    assert all_lines(desk.bob, TicketQuery(text="HD-7"))[0].number == "HD-7"
    assert all_lines(desk.bob, TicketQuery(text="!?")) == []


def test_a_ticket_whose_day_moves_meanwhile_is_in_the_file_once(
    tmp_path: Path, template: Path, desk_kind: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ticket_pages, "LINES_AT_ONCE", 2)
    clock = SettableClock()
    with opened(tmp_path, template, clock, desk_kind) as embedded:
        alice, bob = person(embedded, "alice"), person(embedded, "bob")
        count_tickets(embedded, clock())
        for number in range(6):
            ticket = alice.tickets.open(NewTicket(subject=f"No tone {number}"))
            bob.tickets.take(ticket.id, ticket.version)
            alice.tickets.close(ticket.id, ticket.version + 1)
            clock.forward(hours=1)
        clock.forward(days=1)
        alice, bob = person(embedded, "alice"), person(embedded, "bob")
        behind = Behind(measure=Measure.RESOLVED, span=Span(period=Period.LAST_7_DAYS))
        query = TicketQuery(behind=behind)
        page = bob.reports.lines(LinesQuery(query=query))
        assert page.total == 6
        # The oldest counts before and after, on another day.
        again = alice.tickets.reopen(1, Reopening())
        alice.tickets.close(1, again.version)
        lines = list(page.lines)
        while page.next_cursor is not None:
            page = bob.reports.lines(LinesQuery(query=query, cursor=page.next_cursor))
            lines += page.lines
    assert [line.number for line in lines] == [f"HD-{n}" for n in range(6, 0, -1)]


def test_a_technician_gets_the_tickets_that_their_report_counts(desk: Desk):
    """Whatever is asked, by whatever number: the report and the file of its tickets agree."""
    own = [fact for fact in desk.facts if fact.technician_id == BOB]
    for scope, _ in SCOPES[:2]:
        counted = told(make(desk.bob, ReportKind.SUMMARY, scope))
        for measure, label, there in (
            (Measure.CREATED, "Created", {f.id for f in own if within(f.created)}),
            (Measure.RESOLVED, "Resolved", {f.id for f in own if within(f.resolved)}),
            (Measure.OPEN, "Open now", {f.id for f in own if f.is_open}),
        ):
            query = TicketQuery(behind=Behind(measure=measure, span=SPAN, scope=scope))
            page = desk.bob.reports.lines(LinesQuery(query=query))
            assert {line.number for line in page.lines} == {f"HD-{id_}" for id_ in there}
            assert counted[label] == page.total == len(there) > 0


def test_a_line_says_what_the_ticket_is(desk: Desk):
    by_number = {line.number: line for line in all_lines_at_once(desk.bob)}
    for fact in desk.facts:
        line = by_number[f"HD-{fact.id}"]
        assert (line.status, line.priority) == (fact.status.label, fact.priority.label)
        assert (line.rating, line.reopened > 0) == (fact.score, fact.reopened)
        assert (line.team is None) == (fact.team_id == 0)
        assert (line.resolved_at is None) == (fact.resolved is None)


def all_lines_at_once(actor: HelpDesk) -> tuple[TicketLine, ...]:
    return actor.reports.lines(LinesQuery()).lines


def test_a_cursor_of_another_list_is_refused(desk: Desk):
    with pytest.raises(Invalid):
        desk.bob.reports.lines(LinesQuery(cursor="nonsense"))


def test_the_clock_of_the_tests_is_behind_the_period():
    assert datetime.fromisoformat(LAST).replace(tzinfo=UTC) + timedelta(2) < SettableClock()()
