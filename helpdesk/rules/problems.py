# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a rule cannot work at present: it names somebody who left, or something that is gone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from helpdesk.core.rule_choices import TAKES, Takes
from helpdesk.core.rule_facts import Entry, Mentioned, Names
from helpdesk.core.schemas.rules import Action, ActionKind, Fact, RuleSettings

_ID = re.compile(r"[1-9]\d{0,17}", re.ASCII)
CATEGORY, TEAM, PERSON, CHANNEL = "category", "team", "person", "channel"
_ANY_STATE = (Fact.REQUESTER,)
"""Who asks may be anybody, also somebody whose account has ended."""
_OF_FACT = {Fact.CATEGORY: CATEGORY, Fact.TEAM: TEAM}
_TARGETS = {
    ActionKind.SET_CATEGORY: CATEGORY,
    ActionKind.SET_TEAM: TEAM,
    ActionKind.ASSIGN_PERSON: PERSON,
    ActionKind.ASSIGN_BY_WORKLOAD: TEAM,
    ActionKind.ASSIGN_IN_TURN: TEAM,
    ActionKind.POST: CHANNEL,
}


class Mention(NamedTuple):
    """Something that a rule names by its id."""

    kind: str
    id: int
    must_work: bool
    """Whether it is of no use when it is removed or has left."""


def mentions(rules: Iterable[RuleSettings]) -> Iterator[Mention]:
    """Yield everything that some rules name."""
    for settings in rules:
        for condition in (*settings.conditions, *settings.any_conditions):
            if TAKES[condition.fact] is Takes.IDS:
                kind = _OF_FACT.get(condition.fact, PERSON)
                must_work = condition.fact not in _ANY_STATE
                for value in filter(_ID.fullmatch, condition.values):
                    yield Mention(kind, int(value), must_work)
        for action in settings.actions:
            yield from _of_action(action)


def mentioned(rules: Iterable[RuleSettings]) -> Mentioned:
    """Return the ids of everything that some rules name."""
    ids: dict[str, set[int]] = defaultdict(set)
    for mention in mentions(rules):
        ids[mention.kind].add(mention.id)
    return Mentioned(*(frozenset(ids[kind]) for kind in (CATEGORY, TEAM, PERSON, CHANNEL)))


def problem_of(settings: RuleSettings, names: Names) -> str:
    """Return in one sentence why a rule cannot work, or an empty text."""
    for mention in mentions((settings,)):
        entry = _entries(names, mention.kind).get(mention.id)
        if entry is None:
            return f"It names a {mention.kind} that does not exist; choose another."
        if entry.problem and mention.must_work:
            return entry.problem
    return ""


def missing_in(settings: RuleSettings, names: Names) -> str:
    """Return which kind of thing a rule names that never existed, or an empty text."""
    kinds = (
        mention.kind
        for mention in mentions((settings,))
        if mention.id not in _entries(names, mention.kind)
    )
    return next(kinds, "")


def _of_action(action: Action) -> Iterator[Mention]:
    if action.target_id and action.kind in _TARGETS:
        yield Mention(_TARGETS[action.kind], action.target_id, must_work=True)
    if action.kind is ActionKind.NOTIFY:
        for person_id in action.person_ids:
            yield Mention(PERSON, person_id, must_work=True)


def _entries(names: Names, kind: str) -> Mapping[int, Entry]:
    return {
        CATEGORY: names.categories,
        TEAM: names.teams,
        PERSON: names.people,
        CHANNEL: names.channels,
    }[kind]
