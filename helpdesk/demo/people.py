# SPDX-License-Identifier: GPL-3.0-or-later
"""The people of a demo desk: four well-known accounts and as many others as wanted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from helpdesk.core.schemas.users import Role
from helpdesk.demo.places import SITES, site_of
from helpdesk.demo.texts import load

_DOMAIN = "corp.example"
_WITHOUT_ACCENT = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss"})


class DemoPerson(NamedTuple):
    """One account of the demo desk."""

    username: str
    full_name: str
    email: str
    role: Role


FIXED_PEOPLE = tuple(
    DemoPerson(username, full_name, f"{username}@{_DOMAIN}", role)
    for username, full_name, role in (
        ("alice", "Alice Moreau", Role.USER),
        ("bob", "Bob Keller", Role.TECHNICIAN),
        ("charlie", "Charlie Hart", Role.MANAGER),
        ("dana", "Dana Whitfield", Role.ADMIN),
    )
)


def demo_people(extra_users: int, technicians: int) -> list[DemoPerson]:
    """Return alice, bob, charlie and dana, then ``technicians`` more, then ``extra_users``.

    The same numbers give the same people; user names and full names are all different.
    Raises ``ValueError`` when there are not names enough (some 6,000).
    """
    people = list(FIXED_PEOPLE)
    names = _NameBook()
    for index in range(len(people), len(people) + technicians + extra_users):
        role = Role.TECHNICIAN if index < len(FIXED_PEOPLE) + technicians else Role.USER
        username, full_name = names.draw(site_of(index))
        people.append(DemoPerson(username, full_name, f"{username}@{_DOMAIN}", role))
    return people


class _NameBook:
    """Gives out names that fit a site, each only once."""

    def __init__(self) -> None:
        data = load("names")
        self._unused = {
            region: iter(_combinations(first, data["last"][region]))
            for region, first in data["first"].items()
        }
        self._regions: list[list[str]] = [data["sites"][site] for site in SITES]
        self._drawn = [0] * len(SITES)
        self._taken = {person.username for person in FIXED_PEOPLE}

    def draw(self, site: int) -> tuple[str, str]:
        """Return a user name and a full name that nobody has yet."""
        for first, last in self._candidates(site):
            username = f"{_ascii(first)}.{_ascii(last)}"
            if username not in self._taken:
                self._taken.add(username)
                return username, f"{first} {last}"
        raise ValueError("The demo has no more names: ask for fewer people.")

    def _candidates(self, site: int) -> Iterator[tuple[str, str]]:
        """Walk the site's regions in turn, and all others when these are used up."""
        regions = self._regions[site]
        turn = self._drawn[site] % len(regions)
        self._drawn[site] += 1
        for region in (*regions[turn:], *regions[:turn], *self._unused):
            yield from self._unused[region]


def _combinations(first: list[str], last: list[str]) -> list[tuple[str, str]]:
    """Pair every first name with every last name, no first name twice in a row."""
    return [
        (name, last[(index * 5 + turn) % len(last)])
        for turn in range(len(last))
        for index, name in enumerate(first)
    ]


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.translate(_WITHOUT_ACCENT))
    return re.sub(r"[^a-z]", "", plain.lower())
