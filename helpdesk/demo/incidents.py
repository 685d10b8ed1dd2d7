# SPDX-License-Identifier: GPL-3.0-or-later
"""Outages: many people report the same trouble within the hour."""

from __future__ import annotations

from random import Random

from helpdesk.core.schemas.tickets import Priority
from helpdesk.demo import plans
from helpdesk.demo.case import Case, Stage
from helpdesk.demo.problems import Problem, load_incidents
from helpdesk.demo.records import DemoTicket
from helpdesk.demo.slots import Slots

REPORTS = 9
WITHIN_HOURS = 38 / 60
_SMALLEST_DESK = 150
_MOST = 400
_LATEST = 33.0
"""The latest outage lies this many working hours back: over, and still among the newest."""
_PRIORITIES = (Priority.HIGH, Priority.MEDIUM, Priority.URGENT, *[Priority.HIGH] * 2)


class Incidents:
    """Makes the reports of all outages of the two years."""

    def __init__(self, stage: Stage, slots: Slots, random: Random) -> None:
        self._stage = stage
        self._random = random
        self._kinds = load_incidents(slots)
        self._solvers = stage.cast.technicians_for(self._kinds)
        self._plans = plans.incident_plans(random)

    def reports(self, count: int) -> list[DemoTicket]:
        """Return the tickets of the outages that a desk of ``count`` tickets has seen."""
        if count < _SMALLEST_DESK:
            return []
        number = min(3 + count // 2500, _MOST)
        longest = self._stage.timeline.end - 24
        ages = [_LATEST, *(self._random.uniform(2 * _LATEST, longest) for _ in range(number - 1))]
        tickets: list[DemoTicket] = []
        for index, age in enumerate(ages):
            tickets.extend(self._outage(self._kinds[index % len(self._kinds)], age))
        return tickets

    def _outage(self, problem: Problem, hours_ago: float) -> list[DemoTicket]:
        """Return the reports of one outage; they are all solved when it is over."""
        stage, random = self._stage, self._random
        begin = stage.timeline.workday_morning(hours_ago)
        over = begin + WITHIN_HOURS + random.uniform(0.8, 4.0)
        owner = stage.one_of(self._solvers[problem.key])
        reporters = self._reporters(stage.timeline.moment(begin).hour)
        trouble = stage.wording.values(problem, reporters[0], stage.timeline.moment(begin))
        tickets = []
        for number, delay in enumerate(sorted(random.uniform(0, WITHIN_HOURS) for _ in reporters)):
            at = stage.timeline.moment(begin + delay)
            priority = _PRIORITIES[number % len(_PRIORITIES)]
            case = Case(stage, problem, reporters[number], owner, priority, at)
            values = stage.wording.shared_values(trouble, reporters[number])
            subject = problem.subjects[number % len(problem.subjects)] % values
            description = problem.descriptions[number % len(problem.descriptions)] % values
            case.submit(values, subject, description, random.choice(("desktop", "email", "chat")))
            tickets.append(
                case.play(random.choice(self._plans), begin + delay, over - begin - delay)
            )
        return tickets

    def _reporters(self, hour: int) -> list[int]:
        """Draw people of one site, all different where it has enough of them."""
        site = self._stage.local_people(hour)
        found: dict[int, None] = {}
        for _ in range(40 * REPORTS):
            found[self._stage.one_of(site)] = None
            if len(found) == REPORTS:
                break
        people = list(found)
        return [people[number % len(people)] for number in range(REPORTS)]
