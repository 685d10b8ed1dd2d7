# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills the texts of a problem and puts salutations, thanks and signatures around them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from helpdesk.core.schemas.tickets import Priority
from helpdesk.demo.cast import Cast
from helpdesk.demo.places import SITES
from helpdesk.demo.problems import Problem
from helpdesk.demo.texts import load, templates

Values = dict[str, str]
Texts = tuple[str, ...]
_PRESSED = (Priority.HIGH, Priority.URGENT)
_CLOCK = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 24 * 60, 5)]


class Phrases(NamedTuple):
    """Sentences that fit any fault, or any request."""

    closings: Texts
    chasers: Texts
    updates: Texts
    thanks: Texts
    reopenings: Texts
    second_looks: Texts
    second_fixes: Texts


class Wording:
    """Words for tickets and comments, drawn by ``random`` (a number from 0 to below 1)."""

    def __init__(self, cast: Cast, random: Callable[[], float]) -> None:
        self._random = random
        self._sites = cast.sites
        self._about = [_about(cast, person) for person in range(len(cast.sites))]
        data = load("phrases")
        common = {name: templates(texts) for name, texts in data["common"].items()}
        self._openings, self._signatures = common["openings"], common["signatures"]
        self._pressing, self._greetings = common["pressing"], common["greetings"]
        self.handovers = common["handovers"]
        self._fault = Phrases(*(templates(data["fault"][name]) for name in Phrases._fields))
        self._request = Phrases(*(templates(data["request"][name]) for name in Phrases._fields))

    def phrases(self, problem: Problem) -> Phrases:
        """Return the sentences that fit ``problem``."""
        return self._request if problem.is_request else self._fault

    def values(self, problem: Problem, requester: int, at: datetime) -> Values:
        """Draw what fills the slots of a ticket; the skew makes some values common, many rare."""
        random, site = self._random, self._sites[requester]
        values = {
            name: (pool := pools[site])[int(random() * random() * len(pool))]
            for name, pools in problem.slots
        }
        values.update(self._about[requester])
        values["category"] = problem.category
        now = (at.hour * 60 + at.minute) // 5
        values["time"] = _CLOCK[now - 1 - int(random() * 8)]
        values["later"] = _CLOCK[(now + 14 + int(random() * 30)) % 288 // 3 * 3]
        return values

    def shared_values(self, values: Values, requester: int) -> Values:
        """Return ``values`` as another person would tell them: the same trouble, an own name."""
        return {**values, **self._about[requester]}

    def pick(self, texts: Texts, values: Values) -> str:
        """Draw one of ``texts`` and fill it."""
        return texts[int(self._random() * len(texts))] % values

    def greeted(self, text: str, values: Values) -> str:
        """Put a salutation before every other reply of a technician."""
        if self._random() < 0.5:
            return text
        return f"{self.pick(self._greetings, values)}\n\n{text}"

    def described(self, problem: Problem, values: Values, source: str, priority: Priority) -> str:
        """Draw a description, and add what people write when they mail or are pressed."""
        random = self._random
        text = self.pick(problem.descriptions, values)
        if source == "api":
            return text
        if priority in _PRESSED and random() < 0.3:
            text = f"{text} {self.pick(self._pressing, values)}"
        if source == "email":
            opening = self.pick(self._openings, values)
            return f"{opening}\n\n{text}\n\n{self.pick(self._signatures, values)}"
        if source == "desktop" and random() < 0.22:
            return f"{text}\n\n{self.pick(self.phrases(problem).closings, values)}"
        return text


def _about(cast: Cast, person: int) -> Values:
    return {
        "site": SITES[cast.sites[person]],
        "asset": cast.assets[person],
        "requester": cast.first_names[person],
        "full_name": cast.full_names[person],
    }
