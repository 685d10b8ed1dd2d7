# SPDX-License-Identifier: GPL-3.0-or-later
"""Who plays which part on the demo desk: who writes how often, who solves what."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from helpdesk.core.schemas.users import Role
from helpdesk.demo.people import DemoPerson
from helpdesk.demo.places import SITES, site_of
from helpdesk.demo.problems import Problem
from helpdesk.demo.records import CATEGORIES
from helpdesk.demo.sampling import weighted_table, zipf_weights
from helpdesk.demo.timeline import busy_sites

TABLE_SIZE = 1024
_REQUESTER_TABLE_SIZE = 16384
_SPECIALIST, _COLLEAGUES, _ANYBODY = 0.6, 0.28, 0.12
"""How the tickets of a problem fall to its specialist, its category's technicians and others."""

_BOBS_CATEGORIES = ("Network", "Access")


class Cast:
    """The people of the desk by index; raises ``ValueError`` without a user and a technician."""

    def __init__(self, people: Sequence[DemoPerson], random: Random) -> None:
        named = {person.username: index for index, person in enumerate(people)}
        self.alice, self.bob = named.get("alice"), named.get("bob")
        self.full_names = [person.full_name for person in people]
        self.first_names = [person.full_name.split(" ", 1)[0] for person in people]
        self.sites = [site_of(index) for index in range(len(people))]
        self.assets = [f"LT-{tag}" for tag in random.sample(range(10_000, 60_000), len(people))]
        self.users = _with_role(people, Role.USER)
        self.technicians = _with_role(people, Role.TECHNICIAN)
        if not self.users or not self.technicians:
            raise ValueError("A demo desk needs at least one user and one technician.")
        self.dispatchers = _with_role(people, Role.MANAGER) or self.technicians
        self.watchers = _with_role(people, Role.ADMIN) or self.technicians
        self.requesters = self._requesters_by_hour(random)
        self._by_category = self._specialities()

    def technicians_for(self, problems: Sequence[Problem]) -> dict[str, list[int]]:
        """Return for each problem's key a table of who solves it how often."""
        return {
            problem.key: self._solvers(problem, number) for number, problem in enumerate(problems)
        }

    def _requesters_by_hour(self, random: Random) -> list[list[list[int]]]:
        """Return for each hour of the day, UTC, tables of the users of the sites that write then.

        Draw a table, then a user from it. Few users write much; alice has her own stories.
        """
        others = [index for index in self.users if index != self.alice] or self.users
        random.shuffle(others)
        tables = []
        for site in range(len(SITES)):
            local = [index for index in others if self.sites[index] == site] or others
            weights = zipf_weights(len(local), offset=8)
            tables.append([local[i] for i in weighted_table(weights, _REQUESTER_TABLE_SIZE)])
        return [
            [tables[site] for site in weighted_table(busy_sites(hour), TABLE_SIZE)]
            for hour in range(24)
        ]

    def _specialities(self) -> dict[str, list[int]]:
        """Give every technician two categories; bob has the ones his first screen shows."""
        found: dict[str, list[int]] = {category: [] for category in CATEGORIES}
        others = [index for index in self.technicians if index != self.bob]
        if self.bob is not None:
            for category in _BOBS_CATEGORIES:
                found[category].append(self.bob)
        for number, index in enumerate(others):
            found[CATEGORIES[number % len(CATEGORIES)]].append(index)
            found[CATEGORIES[(number * 3 + 1) % len(CATEGORIES)]].append(index)
        return {category: list(dict.fromkeys(who)) for category, who in found.items()}

    def _solvers(self, problem: Problem, number: int) -> list[int]:
        specialists = self._by_category[problem.category] or self.technicians
        weights = dict.fromkeys(self.technicians, _ANYBODY / len(self.technicians))
        for index in specialists:
            weights[index] += _COLLEAGUES / len(specialists)
        weights[specialists[number % len(specialists)]] += _SPECIALIST
        who = list(weights)
        return [who[i] for i in weighted_table(list(weights.values()), TABLE_SIZE)]


def _with_role(people: Sequence[DemoPerson], role: Role) -> list[int]:
    return [index for index, person in enumerate(people) if person.role == role]
