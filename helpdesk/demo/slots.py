# SPDX-License-Identifier: GPL-3.0-or-later
"""What the {slots} of the texts are filled with: room numbers, host names, error codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

from helpdesk.demo.places import SITES
from helpdesk.demo.texts import load

Pools = tuple[list[str], ...]
"""The values of one slot, a list for each site."""

_TOKEN = re.compile(r"CODE|code|#|\?|\[(\d+)-(\d+)\]|\{([^}]*)\}")
FILLED_ELSEWHERE = frozenset(
    {"requester", "full_name", "agent", "category", "asset", "site", "time", "later"}
)
"""Slots that depend on the ticket's people and moment."""


class Slots:
    """Pools of values to draw from, the larger the more tickets there will be."""

    def __init__(self, tickets: int, random: Random) -> None:
        self._capacity = max(120, tickets // 10)
        self._random = random
        data = load("slots")
        self._sites: dict[str, Any] = data["sites"]
        self._words: dict[str, list[str]] = data["words"]
        self._patterns: dict[str, Any] = data["patterns"]
        self._site_patterns: dict[str, Any] = data["site_patterns"]
        self._pools: dict[str, Pools] = {}

    def pools(self, names: Iterable[str]) -> tuple[tuple[str, Pools], ...]:
        """Return name and pools of each slot; raises ``KeyError`` for an unknown slot."""
        wanted = (name for name in names if name not in FILLED_ELSEWHERE)
        return tuple((name, self.pool(name)) for name in wanted)

    def pool(self, name: str) -> Pools:
        """Return the values of one slot, a list for each site."""
        if name not in self._pools:
            self._pools[name] = self._fill(name)
        return self._pools[name]

    def _fill(self, name: str) -> Pools:
        if name == "meeting_room":
            return tuple(self._sites[site]["meeting_rooms"] for site in SITES)
        if name == "other_site":
            return tuple([other for other in SITES if other != site] for site in SITES)
        if name in self._words:
            return (self._words[name],) * len(SITES)
        if name in self._patterns:
            return (self._values(self._patterns[name], ""),) * len(SITES)
        spec = self._site_patterns[name]
        return tuple(self._values(spec, self._sites[site]["code"]) for site in SITES)

    def _values(self, spec: dict[str, Any], code: str) -> list[str]:
        pieces = list(_pieces(spec["pattern"], code, self._random))
        count = min(spec["count"], self._capacity)
        return ["".join([piece() for piece in pieces]) for _ in range(count)]


def _pieces(pattern: str, code: str, random: Random) -> Iterable[Callable[[], str]]:
    """Cut a pattern into makers of its pieces, in order."""
    end = 0
    for match in _TOKEN.finditer(pattern):
        yield _constant(pattern[end : match.start()])
        yield _maker(match, code, random)
        end = match.end()
    yield _constant(pattern[end:])


def _constant(text: str) -> Callable[[], str]:
    return lambda: text


def _maker(token: re.Match[str], code: str, random: Random) -> Callable[[], str]:
    low, high, choices = token.groups()
    if choices is not None:
        return _one_of(choices.split("|"), random)
    if low is not None:
        numbers = range(int(low), int(high) + 1)
        return lambda: str(numbers[int(random.random() * len(numbers))]).zfill(len(low))
    digits = {"#": "0123456789", "?": "0123456789ABCDEF"}.get(token.group())
    if digits is not None:
        return _one_of(digits, random)
    return _constant(code if token.group() == "CODE" else code.lower())


def _one_of(choices: list[str] | str, random: Random) -> Callable[[], str]:
    return lambda: choices[int(random.random() * len(choices))]
