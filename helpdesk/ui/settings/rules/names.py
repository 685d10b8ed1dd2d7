# SPDX-License-Identifier: GPL-3.0-or-later
"""What categories, teams, people and channels of this desk are called in rules."""

from __future__ import annotations

from collections.abc import Mapping

from helpdesk.core.rule_facts import Entry
from helpdesk.core.rule_facts import Names as Entries
from helpdesk.core.schemas.rules import RuleChoice, RuleChoices
from helpdesk.ui.settings.rules.vocabulary import Choices, Sort

_NOUNS = {
    Sort.CATEGORY: "category",
    Sort.TEAM: "team",
    Sort.STAFF: "person",
    Sort.PERSON: "person",
    Sort.CHANNEL: "channel",
}


class Names:
    """Knows the choices of the desk, and people who were looked up besides."""

    def __init__(self, choices: RuleChoices) -> None:
        """Begin with what the desk offers."""
        self._known: dict[Sort, dict[str, str]] = {Sort.PERSON: {}}
        self.renew(choices)

    def renew(self, choices: RuleChoices) -> None:
        """Take what the desk offers now; people who were looked up stay known."""
        staff = _pairs(choices.staff)
        self._known = {
            Sort.CATEGORY: _pairs(choices.categories),
            Sort.TEAM: _pairs(choices.teams),
            Sort.STAFF: staff,
            Sort.PERSON: self._known[Sort.PERSON] | staff,
            Sort.CHANNEL: _pairs(choices.channels),
        }

    def offered(self, sort: Sort) -> Choices:
        """Return what can be chosen of a sort."""
        return list(self._known.get(sort, {}).items())

    @property
    def entries(self) -> Entries:
        """Return the names as sentences of rules want them."""
        return Entries(
            categories=_entries(self._known[Sort.CATEGORY]),
            teams=_entries(self._known[Sort.TEAM]),
            people=_entries(self._known[Sort.STAFF] | self._known[Sort.PERSON]),
            channels=_entries(self._known[Sort.CHANNEL]),
        )

    def learn(self, people: Mapping[str, str]) -> None:
        """Remember what people who are not of the staff are called."""
        self._known[Sort.PERSON].update(people)

    def knows(self, sort: Sort, value: str) -> bool:
        """Whether a value has a name."""
        return value in self._known.get(sort, {})

    def of(self, sort: Sort, value: str) -> str:
        """Return what a value is called, or that it is not there any more."""
        return self._known.get(sort, {}).get(value) or f"{_NOUNS.get(sort, 'value')} {value}"


def _entries(known: Mapping[str, str]) -> dict[int, Entry]:
    return {int(value): Entry(label) for value, label in known.items()}


def _pairs(choices: tuple[RuleChoice, ...]) -> dict[str, str]:
    return {choice.value: choice.label for choice in choices}
