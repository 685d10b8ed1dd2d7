# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the tickets of a demo desk: two years of them, always the same for the same arguments."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from math import exp, log10
from random import Random

from helpdesk.demo import plans
from helpdesk.demo.backlog import open_chances, open_target
from helpdesk.demo.case import Case, Stage
from helpdesk.demo.cast import Cast
from helpdesk.demo.incidents import Incidents
from helpdesk.demo.people import DemoPerson
from helpdesk.demo.problems import (
    PRIORITIES,
    TABLE_SIZE,
    Problem,
    load_problems,
    tables_by_priority,
)
from helpdesk.demo.records import CATEGORIES, DemoChange, DemoComment, DemoTicket
from helpdesk.demo.slots import Slots
from helpdesk.demo.stories import tell_stories
from helpdesk.demo.timeline import Arrival, Timeline
from helpdesk.demo.wording import Wording

__all__ = ["CATEGORIES", "DemoChange", "DemoComment", "DemoTicket", "demo_tickets"]

SEED = 1042
_TYPICAL_HOURS = (18.0, 8.0, 3.2, 1.3)
"""Median working hours until a ticket is solved: low, medium, high, urgent."""
_TWENTY = (0,) * 5 + (1,) * 10 + (2,) * 4 + (3,)
"""The priorities of any twenty tickets: 25 % low, 50 % medium, 20 % high, 5 % urgent."""
_SOURCES = ("desktop",) * 64 + ("email",) * 26 + ("chat",) * 10
_SHOWN = 90
"""So many of the newest tickets have no subject twice."""
_APART = 45
"""So many of these lie between two tickets about the same problem."""
_SMALL_DESK = 5000
"""Up to this size bob's open tickets are those of the stories alone."""
_PRESSING = (2, 3)
_TOO_YOUNG, _YOUNG = 0.04, 0.6
"""Working hours up to which nobody can have seen a ticket, or nobody can have got far with it."""
_STALE_HOURS = 30.0
"""Median working hours after which an open ticket has seen its last activity."""


def demo_tickets(
    count: int, *, people: Sequence[DemoPerson], seed: int = SEED, now: datetime
) -> Iterator[DemoTicket]:
    """Return ``count`` tickets of the two years before ``now``, in order of their creation.

    ``people`` are best those of ``demo_people``; indices in the tickets point into them. The same
    arguments give the same tickets. Raises ``ValueError`` for a ``now`` without a time zone, or
    when there is no user or no technician.
    """
    if now.tzinfo is None:
        raise ValueError("The present moment of a demo desk needs a time zone.")
    random = Random(seed)  # noqa: S311 - nothing secret is made here
    return _Desk(count, people, random, now.astimezone(UTC)).tickets()


class _Desk:
    """Everything that is drawn once, so that a ticket costs a few look-ups."""

    def __init__(
        self, count: int, people: Sequence[DemoPerson], random: Random, now: datetime
    ) -> None:
        self._count = count
        self._random = random.random
        slots = Slots(count, random)
        all_problems = load_problems(slots)
        self._problems = tables_by_priority(all_problems)
        self._cast = Cast(people, random)
        self._solvers = self._cast.technicians_for(all_problems)
        self._timeline = Timeline(now, random)
        wording = Wording(self._cast, self._random)
        self._wording = wording
        self._stage = Stage(self._cast, self._timeline, wording, self._random)
        self._incidents = Incidents(self._stage, slots, random)
        self._deck = _shuffled_priorities(random)
        self._spread = [exp(random.gauss(0, 0.9)) for _ in range(TABLE_SIZE)]
        self._finished = plans.finished_plans(random)
        self._open_plans = _OpenPlans(random)
        self._recent: deque[str] = deque(maxlen=_APART)
        self._subjects: set[str] = set()
        self._chances: list[float] = []
        self._open_due = 0.0

    def tickets(self) -> Iterator[DemoTicket]:
        """Yield all tickets in order of creation."""
        told = self._told()
        self._subjects.update(ticket.subject for ticket in told[:_SHOWN])
        drawn = self._count - len(told)
        already_open = sum(ticket.status.is_open for ticket in told)
        self._chances = open_chances(open_target(self._count) - already_open, drawn)
        arrivals = self._timeline.arrivals(drawn, _recent_share(self._count))
        for left, arrival in zip(range(drawn, 0, -1), arrivals, strict=True):
            while told and told[-1].created_at <= arrival.at:
                yield told.pop()
            chance = self._chances[(left - 1) * len(self._chances) // drawn]
            yield self._ticket(arrival, left, chance)
        yield from reversed(told)

    def _told(self) -> list[DemoTicket]:
        """Return the stories and the outages, newest first."""
        stories = tell_stories(self._cast, self._timeline.now, self._count // 4)
        told = stories + self._incidents.reports(self._count)
        return sorted(told, key=lambda ticket: ticket.created_at, reverse=True)

    def _ticket(self, arrival: Arrival, left: int, chance: float) -> DemoTicket:
        """Make the ticket after which ``left - 1`` more will be drawn."""
        rank = self._deck[left % len(self._deck)]
        available = self._timeline.end - arrival.position
        stays_open = self._is_left_open(chance) or available < 1
        case = self._submitted(arrival, rank, stays_open, left)
        spread = self._spread[int(self._random() * TABLE_SIZE)]
        if stays_open:
            plan = self._open_plans.draw(self._random, chance, rank, available)
            return case.play(plan, arrival.position, min(available * 0.97, _STALE_HOURS * spread))
        span = _TYPICAL_HOURS[rank] * spread
        if span > available * 0.95:
            span = available * (0.2 + 0.7 * self._random())
        plan = self._finished[int(self._random() * len(self._finished))]
        return case.play(plan, arrival.position, span)

    def _is_left_open(self, chance: float) -> bool:
        """Tell whether the next ticket is open, so that their number comes out without luck."""
        self._open_due += chance
        if self._open_due < 1:
            return False
        self._open_due -= 1
        return True

    def _submitted(self, arrival: Arrival, rank: int, stays_open: bool, left: int) -> Case:
        """Let somebody submit a ticket; the newest ones differ from each other."""
        case = self._drawn(arrival, rank, stays_open)
        if left <= _SHOWN:
            while case.subject in self._subjects or case.problem.key in self._recent:
                case = self._drawn(arrival, rank, stays_open)
            self._subjects.add(case.subject)
            self._recent.append(case.problem.key)
        return case

    def _drawn(self, arrival: Arrival, rank: int, stays_open: bool) -> Case:
        random, wording, priority = self._random, self._wording, PRIORITIES[rank]
        problem = self._problems[rank][int(random() * TABLE_SIZE)]
        requester = self._requester(problem, arrival.hour)
        owner = self._owner(problem, stays_open)
        case = Case(self._stage, problem, requester, owner, priority, arrival.at)
        source = "api" if problem.from_monitoring else _SOURCES[int(random() * len(_SOURCES))]
        values = wording.values(problem, requester, arrival.at)
        subject = wording.pick(problem.subjects, values)
        description = wording.described(problem, values, source, priority)
        case.submit(values, subject, description, source)
        return case

    def _requester(self, problem: Problem, hour: int) -> int:
        if problem.from_monitoring:
            return self._stage.one_of(self._cast.watchers)
        return self._stage.one_of(self._stage.local_people(hour))

    def _owner(self, problem: Problem, stays_open: bool) -> int:
        solvers = self._solvers[problem.key]
        owner = self._stage.one_of(solvers)
        if stays_open and owner == self._cast.bob and self._count <= _SMALL_DESK:
            others = [index for index in solvers if index != owner]
            return self._stage.one_of(others or solvers)
        return owner


class _OpenPlans:
    """Courses of the tickets that are open, by how young and how pressing they are."""

    def __init__(self, random: Random) -> None:
        self._triaged = plans.triaged_plans(random)
        self._waiting = plans.waiting_plans(random)
        self._worked = plans.worked_plans(random)
        self._asked = plans.asked_plans(random)

    def draw(
        self, random: Callable[[], float], chance: float, rank: int, hours: float
    ) -> plans.Plan:
        """Draw a plan for a ticket with ``hours`` of working time behind it.

        A high ``chance`` to be open means that it is young.
        """
        untouched = 0.04 + 0.3 * chance if rank in _PRESSING else 0.1 + 0.6 * chance
        if hours < _TOO_YOUNG or random() < untouched:
            return plans.UNTOUCHED
        share = random()
        if hours < _YOUNG:
            some = self._waiting if share < 0.75 else self._worked
        elif share < 0.06:
            some = self._triaged
        elif share < 0.36:
            some = self._waiting
        else:
            some = self._worked if share < 0.76 else self._asked
        return some[int(random() * len(some))]


def _shuffled_priorities(random: Random) -> list[int]:
    """Return ranks of priorities in blocks of twenty, each block with the same shares."""
    deck: list[int] = []
    for _ in range(100):
        deck.extend(random.sample(_TWENTY, len(_TWENTY)))
    return deck


def _recent_share(count: int) -> float:
    """Return how much of a desk lies in its last months: most of a small one, little of a big."""
    return min(max(0.6 - 0.25 * log10(max(count, 1) / 1000), 0.08), 0.6)
