# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays the history of a ticket again, to tell what a rule would have seen at each moment.

The history tells changes in words that were true then, so that a category that was renamed since,
or a person of whose name there are two, is known by its name alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from helpdesk.core.rule_choices import ChangedBy, ChangedField
from helpdesk.core.rule_facts import HistoryEntry, KnownNames, TicketFacts
from helpdesk.core.schemas.base import Labelled
from helpdesk.core.schemas.tickets import Priority, Status

CREATED, CHANGED, REOPENED = "created", "changed", "reopened"
COMMENTED, NOTED, RULED = "commented", "noted", "ruled"
_FIELDS = ("status", "priority", "category", "team", "assignee")
_CODES: dict[str, type[Labelled]] = {"status": Status, "priority": Priority}


class Moment(NamedTuple):
    """A ticket after one call, or one rule, has done something to it."""

    is_new: bool
    facts: TicketFacts


def moments(
    present: TicketFacts, entries: Sequence[HistoryEntry], known: KnownNames
) -> Iterator[Moment]:
    """Yield a ticket as it was after each thing that was done to it, from its creation on.

    ``present`` is how it is now, and ``entries`` its history, oldest first.
    """
    facts = _at_first(present, entries, known)
    for group in _calls(entries):
        first = group[0]
        is_new = first.kind == CREATED
        facts = _after(facts, group, known)
        yield Moment(is_new, facts)


def state_at(present: TicketFacts, played: Iterable[Moment], at: datetime) -> TicketFacts:
    """Return a ticket as it was at a moment, when nobody was doing anything to it."""
    facts = None
    for moment in played:
        if facts is not None and moment.facts.now > at:
            break
        facts = moment.facts
    return replace(facts or present, now=at, changed=frozenset(), changed_by=None)


def _at_first(
    present: TicketFacts, entries: Sequence[HistoryEntry], known: KnownNames
) -> TicketFacts:
    """Return the ticket before its history: what each field was before it first changed."""
    before: dict[str, Any] = {}
    for entry in entries:
        if entry.field in _FIELDS and entry.field not in before:
            before[entry.field] = _value(entry.field, entry.old, known)
    told = sum(entry.kind == COMMENTED for entry in entries)
    return replace(
        present,
        now=present.created_at,
        updated_at=present.created_at,
        status_since=present.created_at,
        replies=max(present.replies - told, 0),
        reopened=0,
        escalation_level=0,
        changed=frozenset(),
        changed_by=None,
        **{name: value for name, value in before.items() if value is not _UNKNOWN},
    )


def _calls(entries: Sequence[HistoryEntry]) -> Iterator[list[HistoryEntry]]:
    """Yield the entries of each call, and of each rule that it set off."""
    group: list[HistoryEntry] = []
    for entry in entries:
        if group and not _belongs(entry, group[-1]):
            yield group
            group = []
        group.append(entry)
    if group:
        yield group


def _belongs(entry: HistoryEntry, last: HistoryEntry) -> bool:
    # The creation stands alone, and each rule ends with what it says of itself.
    is_apart = entry.kind == CREATED or last.kind in (CREATED, RULED)
    return not is_apart and (entry.at, entry.actor_id) == (last.at, last.actor_id)


def _after(facts: TicketFacts, group: Sequence[HistoryEntry], known: KnownNames) -> TicketFacts:
    at, actor_id = group[0].at, group[0].actor_id
    changes: dict[str, Any] = {}
    changed: set[str] = set()
    for entry in group:
        if entry.kind in (CHANGED, REOPENED) and entry.field in _FIELDS:
            changed.add(entry.field)
            value = _value(entry.field, entry.new, known)
            if value is not _UNKNOWN:
                changes[entry.field] = value
        elif entry.kind in (COMMENTED, NOTED):
            changed.add(ChangedField.COMMENT.value)
    if "status" in changes:
        changes["status_since"] = at
    if not all(entry.kind in (NOTED, RULED) for entry in group):
        changes["updated_at"] = at
    return replace(
        facts,
        now=at,
        replies=facts.replies + sum(entry.kind == COMMENTED for entry in group),
        reopened=facts.reopened + sum(entry.kind == REOPENED for entry in group),
        changed=frozenset(changed),
        changed_by=who_changed(actor_id, facts.requester.id),
        **changes,
    )


def who_changed(actor_id: int | None, requester_id: int | None) -> ChangedBy:
    """Return who somebody is for a ticket; nobody is a rule, or the desk itself."""
    if actor_id is None:
        return ChangedBy.RULE
    return ChangedBy.REQUESTER if actor_id == requester_id else ChangedBy.STAFF


class _Unknown:
    """Stands for what an older version has called otherwise."""


_UNKNOWN = _Unknown()


def _value(name: str, label: str | None, known: KnownNames) -> Any:
    codes = _CODES.get(name)
    if codes is None:
        return known.named(name, label)
    return next((code for code in codes if code.label == label), _UNKNOWN)
