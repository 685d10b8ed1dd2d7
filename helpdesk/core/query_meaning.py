# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of a typed query mean, given which names there are.

What is not understood is told in a sentence with the remedy, and stays in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from helpdesk.core.query_language import PEOPLE, Name, Part, parts_of
from helpdesk.core.query_reading import Known, NotUnderstood, Reading, is_word, read
from helpdesk.core.query_values import nearest
from helpdesk.core.query_writing import written_query
from helpdesk.core.schemas.queries import QueryChip, QueryProblem, Understood
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.text import folded

_LIKE_A_FIELD = re.compile(r"-?([A-Za-z]{2,12}):\S")
_BY_THEMSELVES: dict[Name, tuple[str, ...]] = {
    Name.ASSIGNEE: ("me", "none"),
    Name.REQUESTER: ("me",),
    Name.WATCHER: ("me",),
    Name.CATEGORY: ("none",),
    Name.TEAM: ("none",),
}
"""The values that need not be looked up."""


class Wanted(NamedTuple):
    """The names that a text holds, folded."""

    people: frozenset[str]
    categories: frozenset[str]
    teams: frozenset[str]
    of_fields: frozenset[str] = frozenset()
    """Values of the desk's own fields, some of which name people."""


def wanted_names(text: str) -> Wanted:
    """Return which names have to be looked up to understand a text."""
    names: dict[Name, set[str]] = {name: set() for name in Name}
    for part in parts_of(text):
        if part.name is not None:
            by_itself = _BY_THEMSELVES.get(part.name, ())
            values = (each for each in part.values if not is_word(each, *by_itself))
            names[part.name] |= {folded(each.text) for each in values}
    people = frozenset[str]().union(*(names[name] for name in PEOPLE))
    categories, teams = frozenset(names[Name.CATEGORY]), frozenset(names[Name.TEAM])
    return Wanted(people, categories, teams, frozenset(names[Name.FIELD]))


def has_fields(text: str) -> bool:
    """Whether a text asks for anything but words."""
    return ":" in text and any(part.name for part in parts_of(text))


def understood(text: str, known: Known) -> Understood:
    """Return what a text means."""
    together = Reading(known)
    chips: list[QueryChip] = []
    problems: list[QueryProblem] = []
    for part in parts_of(text):
        if part.name is None:
            problems += _mistyped(part)
            continue
        alone = Reading(known)
        before = dict(together.found)
        try:
            labels = read(part, alone)
            read(part, together)
        except NotUnderstood as error:
            together.found = before
            sentence = QueryProblem(start=part.start, end=part.end, sentence=str(error))
            problems.append(sentence)
            continue
        chips.append(_chip(part, TicketQuery(**alone.found), labels))
    rest = _rest(text, chips)
    query = TicketQuery(text=rest, **together.found)
    return Understood(
        query=query,
        text=written_query(query, known.usernames, known.category_names, known.team_names),
        chips=tuple(chips),
        problems=tuple(problems),
    )


def _mistyped(part: Part) -> list[QueryProblem]:
    """Tell of what was meant for a field, as far as it shows; it stays a word."""
    match = _LIKE_A_FIELD.match(part.text)
    meant = _meant(match[1].lower()) if match else None
    if match is None or meant is None:
        return []
    sentence = f"\u201c{match[1]}:\u201d is no field; did you mean {meant}:?"
    return [QueryProblem(start=part.start, end=part.end, sentence=sentence)]


def _meant(typed: str) -> str | None:
    """Return the field that begins so, or comes near."""
    begun = [name for name in Name if name.startswith(typed)]
    return begun[0] if len(begun) == 1 else nearest(typed, tuple(Name))


def said_by(part: Part) -> str:
    """Say a part as a chip does, where its names are as people write them."""
    said = f"{part.operator}{', '.join(value.text for value in part.values)}"
    label = f"{(part.name or Name.IS).capitalize()}: {said.replace('_', ' ')}"
    return f"Not {label[0].lower()}{label[1:]}" if part.negated else label


def _rest(text: str, chips: Sequence[QueryChip]) -> str:
    """Return a text without what was understood of it, and without the blank behind each."""
    rest, place = [], 0
    for chip in chips:
        rest.append(text[place : chip.start])
        place = chip.end + (text[chip.end : chip.end + 1].isspace())
    return "".join((*rest, text[place:]))


def _chip(part: Part, query: TicketQuery, labels: list[str]) -> QueryChip:
    name = part.name or Name.IS
    called = labels.pop(0) if part.key else name.capitalize()
    label = f"{called}: {', '.join(labels)}"
    return QueryChip(
        start=part.start,
        end=part.end,
        text=part.text,
        name=name,
        label=f"Not {label[0].lower()}{label[1:]}" if part.negated else label,
        query=query,
    )
