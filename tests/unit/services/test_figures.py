# SPDX-License-Identifier: GPL-3.0-or-later
"""Every number of a dashboard is what the tickets themselves say, and opens just those tickets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.figures import (
    Behind,
    Card,
    CardFigures,
    CardsQuery,
    CardStyle,
    Measure,
    Period,
    Scope,
    Span,
    Split,
    Unit,
    Whose,
)
from helpdesk.core.schemas.tickets import Priority, TicketQuery
from helpdesk.figures.measures import MEANINGS
from tests.conftest import SettableClock
from tests.contract.desks import opened, person
from tests.matrix import LOCAL
from tests.unit.services.figure_desks import (
    BOB,
    EMPTY_TEAM,
    FRANK,
    NETWORK_TEAM,
    TOLD,
    Fact,
    behind,
    facts,
    fill,
    part_of,
    within,
)

pytestmark = pytest.mark.desk_kinds(*LOCAL)

TICKETS, MOST_OPENED = 250, 4
TODAY = 20_780
"""The day of the clock, where the desk counts days."""
SPAN = Span(period=Period.LAST_90_DAYS)
FIRST = TODAY - 89
TO_COME = Span(period=Period.CUSTOM, first="2030-01-01", last="2030-01-05")
SCOPES = (
    Scope(),
    Scope(category_id=2),
    Scope(priority=Priority.HIGH),
    Scope(team_id=NETWORK_TEAM),
    Scope(team_id=NETWORK_TEAM, category_id=1),
    Scope(technician_id=BOB),
    Scope(technician_id=BOB, priority=Priority.LOW),
    Scope(team_id=EMPTY_TEAM),
)


class Desk:
    """A desk full of tickets, and what they count as."""

    def __init__(self, embedded: EmbeddedDesk, clock: SettableClock) -> None:
        self.embedded = embedded
        self.today = TODAY
        fill(embedded, clock(), TICKETS, seed=7)
        self.facts = facts(embedded, clock())
        self.people = {name: person(embedded, name) for name in ("bob", "charlie", "dana")}


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Desk]:
    clock = SettableClock()
    with opened(tmp_path_factory.mktemp("figures"), template, clock, desk_kind) as embedded:
        yield Desk(embedded, clock)


def told(facade: HelpDesk, *cards: Card, scope: Scope | None = None) -> tuple[CardFigures, ...]:
    query = CardsQuery(cards=cards, span=SPAN, scope=scope or Scope())
    return facade.figures.cards(query).cards


def card(measure: Measure, split: Split = Split.NONE, **more: object) -> Card:
    style = CardStyle.NUMBER if split is Split.NONE else CardStyle.BARS
    return Card(style=style, measure=measure, split=split, **more)


def ids_behind(facade: HelpDesk, query: TicketQuery) -> list[int]:
    """Return all tickets of a list, page by page."""
    found: list[int] = []
    while True:
        page = facade.tickets.search(query)
        found += [row.id for row in page.items]
        if page.next_cursor is None:
            return found
        query = query.model_copy(update={"cursor": page.next_cursor})


@pytest.mark.parametrize("scope", SCOPES, ids=repr)
def test_numbers_and_the_tickets_behind_them(desk: Desk, scope: Scope):
    manager = desk.people["charlie"]
    measures = list(TOLD)
    found = told(manager, *(card(measure) for measure in measures), scope=scope)
    for measure, figures in zip(measures, found, strict=True):
        expected = behind(within(desk.facts, scope), measure, FIRST, TODAY)
        assert figures.problem is None
        assert figures.value == pytest.approx(TOLD[measure].value(expected)), measure
        assert figures.tickets == len(expected), measure
        query = TicketQuery(behind=figures.behind, limit=40)
        assert ids_behind(manager, query) == [each.id for each in expected], measure
        assert manager.tickets.count(query).count == len(expected), measure


@pytest.mark.parametrize("split", [each for each in Split if each not in (Split.NONE, Split.AGE)])
def test_parts_and_the_tickets_behind_them(desk: Desk, split: Split):
    manager, tried = desk.people["dana"], 0
    for nth, scope in enumerate(SCOPES):
        measures = [
            measure
            for measure in TOLD
            if split in MEANINGS[measure].splits
            and not (TOLD[measure].is_live and split in (Split.DAY, Split.WEEK, Split.MONTH))
        ]
        found = told(manager, *(card(measure, split) for measure in measures), scope=scope)
        for place, (measure, figures) in enumerate(zip(measures, found, strict=True), start=nth):
            if figures.problem is not None:
                assert figures.points == ()
                continue
            tried += 1
            expected = behind(within(desk.facts, scope), measure, FIRST, TODAY)
            parts = check_parts(figures, measure, split, expected)
            if place % len(SCOPES) == 0:
                # Each measure is opened within another scope: opening all takes long.
                check_behind(manager, figures, split, parts)
    assert tried


def check_parts(
    figures: CardFigures, measure: Measure, split: Split, expected: list[Fact]
) -> dict[str, list[Fact]]:
    parts: dict[str, list[Fact]] = defaultdict(list)
    for each in expected:
        for key in part_of(each, split, TOLD[measure].day(each) or 0):
            parts[key].append(each)
    points = {point.key: point for point in figures.points}
    assert parts.keys() <= points.keys(), (measure, split)
    for key, point in points.items():
        value = TOLD[measure].value(parts.get(key, []))
        assert point.value == pytest.approx(value), (measure, split, key)
        assert point.tickets == len(parts.get(key, [])), (measure, split, key)
    return parts


def check_behind(
    manager: HelpDesk, figures: CardFigures, split: Split, parts: dict[str, list[Fact]]
) -> None:
    assert figures.behind is not None
    for key, expected in sorted(parts.items(), key=lambda each: -len(each[1]))[:MOST_OPENED]:
        chosen = figures.behind.model_copy(update={"split": split, "part": key})
        query = TicketQuery(behind=chosen, limit=200)
        assert ids_behind(manager, query) == [each.id for each in expected], (chosen, key)
        assert manager.tickets.count(query).count == len(expected)


def test_the_backlog_of_each_day(desk: Desk):
    manager = desk.people["charlie"]
    for scope in SCOPES:
        (figures,) = told(manager, card(Measure.OPEN, Split.WEEK), scope=scope)
        found = within(desk.facts, scope)
        for point, last in zip(figures.points, week_ends(), strict=True):
            then = [
                each.id
                for each in found
                if each.created <= last and (each.resolved is None or each.resolved > last)
            ]
            assert point.value == len(then)
            assert figures.behind is not None
            chosen = {"split": Split.WEEK, "part": point.key}
            query = TicketQuery(behind=figures.behind.model_copy(update=chosen), limit=200)
            assert sorted(ids_behind(manager, query)) == then
        before = sum(
            each.created < FIRST and (each.resolved is None or each.resolved >= FIRST)
            for each in found
        )
        assert figures.before == before


def week_ends() -> list[int]:
    ends = [day for day in range(FIRST, TODAY + 1) if (day + 3) % 7 == 6]
    return ends if ends[-1] == TODAY else [*ends, TODAY]


def test_the_age_of_what_is_open(desk: Desk):
    manager = desk.people["charlie"]
    bands, age = told(manager, card(Measure.BACKLOG_AGE, Split.AGE), card(Measure.BACKLOG_AGE))
    ages = sorted(TODAY - each.created for each in desk.facts if each.is_open)
    assert [point.value for point in bands.points] == [
        sum(low <= each <= high for each in ages)
        for low, high in ((0, 0), (1, 2), (3, 6), (7, 29), (30, 89), (90, 999))
    ]
    middle = (ages[(len(ages) - 1) // 2] + ages[len(ages) // 2]) / 2
    assert (age.value, age.unit) == (middle * 86_400, Unit.AGE)
    for point in bands.points:
        assert bands.behind is not None
        chosen = bands.behind.model_copy(update={"split": Split.AGE, "part": point.key})
        assert manager.tickets.count(TicketQuery(behind=chosen)).count == point.value


def test_the_period_before(desk: Desk):
    manager = desk.people["charlie"]
    measures = [measure for measure in TOLD if not TOLD[measure].is_live]
    found = told(manager, *(card(measure) for measure in measures))
    for measure, figures in zip(measures, found, strict=True):
        before = behind(desk.facts, measure, FIRST - 90, FIRST - 1)
        assert figures.before == pytest.approx(TOLD[measure].value(before)), measure


def test_who_sees_only_their_own_gets_those_whatever_they_ask(desk: Desk):
    bob = desk.people["bob"]
    own = within(desk.facts, Scope(technician_id=BOB))
    asked = (
        card(Measure.RESOLVED),
        card(Measure.RESOLVED, whose=Whose.ALL),
        card(Measure.RESOLVED, whose=Whose.CHOSEN, scope=Scope(technician_id=FRANK)),
    )
    table = Card(style=CardStyle.TABLE, measure=Measure.WORKLOAD)
    query = CardsQuery(
        cards=(*asked, table, card(Measure.OVERDUE), card(Measure.AVOIDED)),
        span=SPAN,
        scope=Scope(team_id=NETWORK_TEAM),
    )
    view = bob.figures.cards(query)
    expected = len(behind(own, Measure.RESOLVED, FIRST, TODAY))
    assert [each.value for each in view.cards[:3]] == [expected] * 3
    assert [row.id for row in view.cards[3].technicians] == [BOB]
    assert view.cards[4].value == len(behind(own, Measure.OVERDUE, FIRST, TODAY))
    assert view.cards[5].problem is not None
    assert view.scope_name == "Your tickets"
    outlook = Card(style=CardStyle.OUTLOOK, measure=Measure.CREATED)
    assert told(bob, outlook)[0].problem is not None


@pytest.mark.parametrize(
    "asked", [Scope(), Scope(technician_id=FRANK), Scope(team_id=NETWORK_TEAM)], ids=repr
)
def test_who_sees_only_their_own_opens_those_whatever_they_ask(desk: Desk, asked: Scope):
    bob = desk.people["bob"]
    own = within(desk.facts, Scope(technician_id=BOB))
    expected = [each.id for each in behind(own, Measure.RESOLVED, FIRST, TODAY)]
    assert expected
    number = Behind(measure=Measure.RESOLVED, span=SPAN, scope=asked)
    query = TicketQuery(behind=number, limit=40)
    assert ids_behind(bob, query) == expected
    assert bob.tickets.count(query).count == len(expected)
    of_frank = {"split": Split.TECHNICIAN, "part": str(FRANK)}
    query = TicketQuery(behind=number.model_copy(update=of_frank))
    assert bob.tickets.count(query).count == 0


def test_technicians(desk: Desk):
    manager = desk.people["charlie"]
    table = Card(style=CardStyle.TABLE, measure=Measure.WORKLOAD)
    (figures,) = told(manager, table)
    assert {row.id for row in figures.technicians} == {BOB, FRANK, 5}
    for row in figures.technicians:
        own = within(desk.facts, Scope(technician_id=row.id))
        resolved = behind(own, Measure.RESOLVED, FIRST, TODAY)
        rated = behind(own, Measure.SATISFACTION, FIRST, TODAY)
        assert row.open == sum(each.is_open for each in own)
        assert row.capacity == 30
        assert row.resolved == len(resolved)
        assert row.resolution == TOLD[Measure.RESOLUTION_TIME].value(resolved)
        assert row.satisfaction == pytest.approx(TOLD[Measure.SATISFACTION].value(rated))
        assert row.ratings == len(rated)


def test_what_needs_attention(desk: Desk):
    manager = desk.people["charlie"]
    attention = Card(style=CardStyle.ATTENTION, measure=Measure.OVERDUE)
    (figures,) = told(manager, attention, scope=Scope(team_id=NETWORK_TEAM))
    found = {each.id: each for each in within(desk.facts, Scope(team_id=NETWORK_TEAM))}
    rows = figures.attention
    assert rows
    assert all(found[row.ticket_id].is_open for row in rows)
    lates = [row.late for row in rows]
    assert lates == sorted(lates, reverse=True)
    assert [row.late for row in rows] == [found[row.ticket_id].overdue for row in rows]


def test_one_impossible_card_leaves_the_others(desk: Desk):
    manager = desk.people["charlie"]
    cards = (
        card(Measure.AVOIDED, Split.TECHNICIAN),
        card(Measure.CREATED, whose=Whose.CHOSEN, scope=Scope(category_id=999)),
        card(Measure.CREATED, second=Measure.RESOLUTION_TIME),
        card(Measure.OPEN, Split.DAY, span=TO_COME),
        card(Measure.CREATED),
    )
    *wrong, right = told(manager, *cards)
    assert all(each.problem and each.problem.endswith(".") for each in wrong)
    assert right.problem is None
    assert right.value


def test_what_is_counted_by_other_days_says_so(desk: Desk):
    avoided, created = told(desk.people["charlie"], card(Measure.AVOIDED), card(Measure.CREATED))
    assert (avoided.note, created.note) == ("days in UTC", "")


def test_text_and_filters_go_with_the_tickets_behind(desk: Desk):
    manager = desk.people["charlie"]
    (figures,) = told(manager, card(Measure.CREATED))
    expected = [
        each.id
        for each in behind(desk.facts, Measure.CREATED, FIRST, TODAY)
        if each.category_id == 2
    ]
    query = TicketQuery(behind=figures.behind, category_ids=(2,), limit=200)
    assert ids_behind(manager, query) == expected
    assert manager.tickets.count(query).count == len(expected)


def test_days_that_have_nothing_are_zero(desk: Desk):
    manager = desk.people["charlie"]
    (figures,) = told(manager, card(Measure.CREATED, Split.DAY), scope=Scope(team_id=EMPTY_TEAM))
    assert len(figures.points) == 90
    assert {point.value for point in figures.points} == {0.0}
    days = [point.day for point in figures.points]
    assert days == sorted(days, key=str)
    assert figures.points[-1].label == "23 Nov"
