# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to tickets, the figures are what somebody counts who only looks at the tickets.

The counter knows the tables of tickets, clocks, ratings and outcomes, and what the story did to
each status and when; nothing of contributions and differences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.figures import (
    Card,
    CardsQuery,
    CardStyle,
    Measure,
    Period,
    Span,
    Split,
    Statistic,
)
from helpdesk.core.schemas.ratings import NewTicketRating
from helpdesk.core.schemas.sla import CalendarChange, CalendarSettings, Slot
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    NewTicket,
    Priority,
    Reopening,
    Status,
    TicketChange,
)
from helpdesk.core.schemas.triage import SuggestedField, SuggestionChoice
from helpdesk.database.checks import examine
from helpdesk.database.types import from_microseconds
from helpdesk.figures.slices import Slice
from helpdesk.jobs.figures import count_tickets
from helpdesk.jobs.sla import keep_clocks
from tests.conftest import SettableClock
from tests.contract.desks import opened, person
from tests.matrix import LOCAL, LOCAL_POSTGRESQL, LOCAL_SQLITE
from tests.seated import seated

pytestmark = pytest.mark.desk_kinds(*LOCAL)

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2026, 10, 23, 20, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
ADDED = ("created", "resolved", "closed", "responded", "reopened", "escalated", "unassigned")


class Desk:
    """A desk that counts days in Berlin, and what its story did to it."""

    def __init__(self, embedded: EmbeddedDesk, clock: SettableClock) -> None:
        self.embedded, self.clock = embedded, clock
        names = ("alice", "bob", "frank", "charlie", "dana")
        self.alice, self.bob, self.frank, self.charlie, self.dana = (
            seated(self._sign_in, name) for name in names
        )
        self.staff = [self.bob, self.frank]
        self.staff_ids = [desk.sessions.current().user.id for desk in self.staff]
        self.team_ids = [
            self.dana.teams.add(TeamSettings(name=name)).id for name in ("North", "South")
        ]
        self.spent: dict[int, Counter[str]] = {}
        self.since: dict[int, int] = {}
        """After how many seconds a ticket came into its present status."""

    def _sign_in(self, username: str) -> HelpDesk:
        return person(self.embedded, username)

    def rows(self, statement: str) -> list[dict[str, Any]]:
        with self.embedded.database.reading() as session:
            return [dict(row) for row in session.execute(text(statement)).mappings()]

    # --- what is done ---

    def open(self, number: int) -> None:
        priority = tuple(Priority)[number % 4]
        new = NewTicket(subject="x", priority=priority, category_id=number % 3 or None)
        id_ = self.alice.tickets.open(new).id
        self.spent[id_], self.since[id_] = Counter(), 0

    def do(self, what: str, id_: int, number: int) -> None:
        ticket = self.bob.tickets.view(id_)
        before = ticket.status
        getattr(self, what)(ticket, number)
        after = self.bob.tickets.view(id_).status
        if after is not before:
            reached = whole(self.clock.now - ticket.created_at)
            self.spent[id_][before.value] += reached - self.since[id_]
            self.since[id_] = reached

    def answer(self, ticket: Any, number: int) -> None:
        if ticket.status is not Status.CLOSED:
            self.staff[number % 2].tickets.comment(ticket.id, NewComment(body="x"))

    def note(self, ticket: Any, number: int) -> None:
        self.bob.tickets.comment(ticket.id, NewComment(body="x", internal=True))

    def reply(self, ticket: Any, number: int) -> None:
        if ticket.status is not Status.CLOSED:
            self.alice.tickets.comment(ticket.id, NewComment(body="x"))

    def move(self, ticket: Any, number: int) -> None:
        status = tuple(Status)[1 + number % 5]
        if status in ticket.next_statuses:
            change = TicketChange(version=ticket.version, status=status)
            self.bob.tickets.change(ticket.id, change)

    def give(self, ticket: Any, number: int) -> None:
        if ticket.status.is_open:
            to = [*self.staff_ids, None][number % 3]
            wanted = Assignment(assignee_id=to, version=ticket.version)
            self.charlie.tickets.assign(ticket.id, wanted)

    def sort(self, ticket: Any, number: int) -> None:
        change = TicketChange(
            version=ticket.version,
            category_id=number % 3 or None,
            priority=tuple(Priority)[number % 4],
            team_id=[*self.team_ids, None][number % 3],
        )
        self.bob.tickets.change(ticket.id, change)

    def reopen(self, ticket: Any, number: int) -> None:
        if not ticket.status.is_open:
            self.alice.tickets.reopen(ticket.id, Reopening())

    def suggest(self, ticket: Any, number: int) -> None:
        value = str(1 + number % 3)
        taken = (SuggestedField.CATEGORY,) if number % 2 else ()
        choice = SuggestionChoice(
            version=ticket.version,
            fields=taken,
            values=(value,) * len(taken),
            shown=(SuggestedField.CATEGORY,),
            shown_values=(value,),
        )
        self.bob.triage.choose(ticket.id, choice)

    def rate(self, ticket: Any, number: int) -> None:
        if not ticket.status.is_open:
            self.alice.ratings.rate(ticket.id, NewTicketRating(score=1 + number % 5))

    def sweep(self, ticket: Any, number: int) -> None:
        keep_clocks(self.embedded, self.clock.now)

    # --- what is counted ---

    def check(self) -> None:
        tickets = [self._looked_at(row) for row in self.rows("SELECT * FROM ticket")]
        for slice_, places in SLICES.items():
            expected: dict[tuple[int, ...], Counter[str]] = {}
            for each in tickets:
                ids = tuple(each[name] for name in places)
                if len(ids) > 1 and not ids[0]:
                    continue
                for on, name, amount in each["counts"]:
                    key = (*ids, *(0,) * (2 - len(ids)), on)
                    expected.setdefault(key, Counter())[name] += amount
            assert self._kept(slice_) == {
                key: {name: n for name, n in each.items() if n} for key, each in expected.items()
            }, slice_
        self._check_medians(tickets)
        opened_at = Counter((each["on"], each["hour"]) for each in tickets)
        hours = self.rows("SELECT day, hour, created FROM hourly_figure WHERE team_id = 0")
        assert {(row["day"], row["hour"]): row["created"] for row in hours} == opened_at
        assert examine(self.embedded.database).findings == ()

    def _check_medians(self, tickets: list[dict[str, Any]]) -> None:
        """Compare what cards say, of all and of each technician, with all durations in a row."""
        found = self.dana.figures.cards(CardsQuery(cards=TIMES, span=STORY)).cards
        by_person: dict[str, list[int]] = {}
        for each in tickets:
            if each["took"] is not None:
                by_person.setdefault(str(each["technician"]), []).append(each["took"])
        durations = [took for some in by_person.values() for took in some]
        middles: tuple[Callable[[list[int]], float], ...] = (median, ninth)
        for card, middle in zip(found, middles, strict=True):
            assert card.tickets == len(durations)
            assert card.value == (pytest.approx(middle(durations)) if durations else None)
            told = {point.key: point.value for point in card.points if point.tickets}
            expected = {person: middle(some) for person, some in by_person.items()}
            assert told == pytest.approx(expected)

    def _kept(self, slice_: Slice) -> dict[tuple[int, ...], dict[str, int]]:
        kept: dict[tuple[int, ...], dict[str, int]] = {}
        statement = f"SELECT * FROM daily_figure WHERE slice = {slice_.value}"  # noqa: S608
        for row in self.rows(statement):
            key = (row["first_id"], row["second_id"], row["day"])
            sums = {
                name: amount
                for name, amount in row.items()
                if amount and name not in KEYS and not name.endswith("histogram")
            }
            if sums:
                kept[key] = sums
        return kept

    def _looked_at(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return one ticket with all that it should add to which day."""
        id_, created = row["id"], moment(row["created_at"])
        answered, resolved = moment(row["first_responded_at"]), moment(row["resolved_at"])
        clocks = self.rows(f"SELECT * FROM sla_clock WHERE ticket_id = {id_}")  # noqa: S608
        (sla,) = self.rows(f"SELECT * FROM ticket_sla WHERE ticket_id = {id_}")  # noqa: S608
        status = tuple(Status)[row["status"] - 1]
        assert created is not None
        on = day(created)
        counts: list[tuple[int, str, int]] = [(on, "created", 1)]
        if status.is_open:
            name = status.value.replace("awaiting_customer", "awaiting")
            counts.append((on, f"now_{name}", 1))
            counts.append((on, "unassigned", int(row["assignee_id"] is None)))
        shown = self.rows(
            f"SELECT answer FROM triage_outcome WHERE ticket_id = {id_} AND field <> ''"  # noqa: S608
        )
        counts.append((on, "suggested", len(shown)))
        counts.append((on, "accepted", sum(each["answer"] == "accepted" for each in shown)))
        if answered:
            counts.append((day(answered), "responded", 1))
            counts.append((day(answered), "response_seconds", whole(answered - created)))
            counts.append((day(answered), f"response_{ended(clocks, 'first_response')}", 1))
        if resolved:
            counts += self._resolved(row, whole(resolved - created), day(resolved), clocks)
        if closed := moment(row["closed_at"]):
            counts.append((day(closed), "closed", 1))
        if escalated := moment(sla["escalated_at"]):
            assert sla["escalation_level"] > 0
            counts.append((day(escalated), "escalated", 1))
        rated = self.rows(
            f"SELECT * FROM rating WHERE ticket_id = {id_} AND round = {row['reopens']}"  # noqa: S608
        )
        counts += [(day(moment(each["at"])), f"score_{each['score']}", 1) for each in rated]
        return {
            "category": row["category_id"] or 0,
            "priority": row["priority"],
            "team": row["team_id"] or 0,
            "technician": row["assignee_id"] or 0,
            "on": on,
            "hour": created.astimezone(BERLIN).hour,
            "took": whole(resolved - created) if resolved else None,
            # What was cancelled was not measured.
            "counts": [each for each in counts if not each[1].endswith("_cancelled")],
        }

    def _resolved(
        self, row: dict[str, Any], took: int, on: int, clocks: list[dict[str, Any]]
    ) -> list[tuple[int, str, int]]:
        spent = self.spent[row["id"]]
        return [
            (on, "resolved", 1),
            (on, "resolution_seconds", took),
            (on, f"resolution_{ended(clocks, 'resolution')}", 1),
            (on, "reopened", int(row["reopens"] > 0)),
            (on, "timed", 1),
            (on, "seconds_new", spent["new"]),
            (on, "seconds_open", spent["open"]),
            (on, "seconds_in_progress", spent["in_progress"]),
            (on, "seconds_awaiting", spent["awaiting_customer"]),
        ]


STORY = Span(period=Period.CUSTOM, first="2026-10-01", last="2027-12-31")
TIMES = tuple(
    Card(
        style=CardStyle.BARS, measure=Measure.RESOLUTION_TIME, statistic=statistic,
        split=Split.TECHNICIAN, compares=False,
    )
    for statistic in (Statistic.MEDIAN, Statistic.P90)
)  # fmt: skip
KEYS = ("slice", "first_id", "second_id", "day")
SLICES: dict[Slice, tuple[str, ...]] = {
    Slice.ALL: (),
    Slice.CATEGORY: ("category",),
    Slice.PRIORITY: ("priority",),
    Slice.TEAM: ("team",),
    Slice.TEAM_CATEGORY: ("team", "category"),
    Slice.TEAM_PRIORITY: ("team", "priority"),
    Slice.TEAM_TECHNICIAN: ("team", "technician"),
    Slice.TECHNICIAN: ("technician",),
    Slice.TECHNICIAN_CATEGORY: ("technician", "category"),
    Slice.TECHNICIAN_PRIORITY: ("technician", "priority"),
}


def moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)


def day(at: datetime | None) -> int:
    assert at is not None
    return at.astimezone(BERLIN).toordinal() - EPOCH


def ninth(durations: list[int]) -> float:
    """Return what nine of ten do not exceed."""
    if len(durations) == 1:
        return durations[0]
    return quantiles(durations, n=10, method="inclusive")[-1]


def whole(duration: timedelta) -> int:
    return duration // timedelta(seconds=1)


def ended(clocks: list[dict[str, Any]], kind: str) -> str:
    of_kind = [each for each in clocks if each["kind"] == kind and each["stopped_at"]]
    return str(max(of_kind, key=lambda each: each["round"])["state"])


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Desk]:
    clock = SettableClock()
    clock.now = BEGIN
    with opened(tmp_path_factory.mktemp("counted"), template, clock, desk_kind) as embedded:
        keep_clocks(embedded, clock.now)
        made = Desk(embedded, clock)
        (calendar,) = made.dana.calendars.all()
        around = CalendarSettings(
            name="Berlin",
            time_zone="Europe/Berlin",
            slots=tuple(Slot(day=day, begin=0, end=1440) for day in range(7)),
        )
        change = CalendarChange(**around.model_dump(), version=calendar.version)
        made.dana.calendars.change(calendar.id, change)
        count_tickets(embedded, clock.now)
        yield made


DEEDS = (
    "answer", "note", "reply", "move", "move", "move", "give", "sort", "reopen", "suggest",
    "rate", "sweep",
)  # fmt: skip


@pytest.mark.desk_kinds(LOCAL_SQLITE)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_are_what_somebody_counts_who_looks_at_the_tickets(desk: Desk, seed: int):
    tell_story(desk, seed, parts=3)


@pytest.mark.desk_kinds(LOCAL_POSTGRESQL)
def test_figures_are_the_same_on_a_server(desk: Desk):
    tell_story(desk, 4, parts=1)


def tell_story(desk: Desk, seed: int, *, parts: int) -> None:
    """Do this and that to tickets, and compare all figures from time to time."""
    chosen = Random(seed)  # noqa: S311 - a story is no secret
    for _ in range(parts):
        first = max(desk.spent, default=0) + 1
        for number in range(3):
            desk.clock.forward(seconds=61)
            desk.open(number)
        for _ in range(12):
            minutes = chosen.choice((0, chosen.randint(1, 90), chosen.randint(1, 2000)))
            desk.clock.forward(minutes=minutes, microseconds=700_000)
            desk.do(chosen.choice(DEEDS), first + chosen.randrange(3), chosen.randrange(20))
        desk.check()
