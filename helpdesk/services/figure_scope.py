# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose tickets a figure is about: what the caller may see of them, and the slices kept of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.figures import Card, Scope, Split, Whose
from helpdesk.core.schemas.tickets import Priority
from helpdesk.database.figure_rows import ALL, COUNTED, ZONE
from helpdesk.figures.periods import day_of
from helpdesk.figures.slices import Slice
from helpdesk.models.base import PRIORITY_RANKS
from helpdesk.repositories.figures import Key, Names, Parts
from helpdesk.services.work import Work

_UTC = "UTC"
NOBODY = -1
"""Stands for a caller who is no person: no ticket is theirs."""
PART_COLUMNS = {
    Split.CATEGORY: "category_id",
    Split.PRIORITY: "priority",
    Split.TEAM: "team_id",
    Split.TECHNICIAN: "technician_id",
    Split.STATUS: "status",
}


@dataclass(frozen=True, slots=True)
class Only:
    """The one part that a figure has where it is about that part alone."""

    part: int


class NotKept(Exception):
    """A figure cannot be taken apart so; the text says what to choose instead."""


class Today(NamedTuple):
    """The day it is where the desk counts days."""

    day: int
    zone_name: str
    all_counted: bool
    """Whether every ticket is counted, as far as that is noted."""


def today_of(work: Work) -> Today:
    """Return the day it is where the desk counts days, and that zone."""
    facts = work.desk.facts.some(ZONE, COUNTED)
    name, all_counted = facts.get(ZONE, _UTC), facts.get(COUNTED) == ALL
    try:
        return Today(day_of(work.now, ZoneInfo(name)), name, all_counted)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Today(day_of(work.now, UTC), _UTC, all_counted)


def own_id(work: Work) -> int:
    """Return the account of the caller."""
    return work.actor.id or NOBODY


def sees_all(work: Work) -> bool:
    """Return whether the caller may see more than their own figures."""
    return work.actor.may(Permission.SEE_FIGURES)


def allowed(work: Work, scope: Scope) -> Scope:
    """Return what is left of a scope for the caller."""
    if sees_all(work):
        return scope
    return scope.model_copy(update={"team_id": None, "technician_id": own_id(work)})


def scope_of(work: Work, card: Card, dashboard: Scope) -> Scope:
    """Return whose tickets a card is about."""
    scope = dashboard
    if card.whose is Whose.ALL:
        scope = Scope()
    elif card.whose is Whose.CHOSEN:
        scope = card.scope
    elif card.whose is Whose.MINE:
        scope = dashboard.model_copy(update={"team_id": None, "technician_id": own_id(work)})
    return allowed(work, scope)


def key_of(scope: Scope) -> Key:
    """Return the slice that holds the sums of a scope."""
    second = scope.category_id or 0
    if scope.priority is not None:
        second = rank_of(scope.priority)
    kind = 0 if not second else 1 if scope.priority is None else 2
    if scope.team_id is not None:
        slices = (Slice.TEAM, Slice.TEAM_CATEGORY, Slice.TEAM_PRIORITY)
        return Key(slices[kind].value, scope.team_id, second)
    if scope.technician_id is not None:
        slices = (Slice.TECHNICIAN, Slice.TECHNICIAN_CATEGORY, Slice.TECHNICIAN_PRIORITY)
        return Key(slices[kind].value, scope.technician_id, second)
    return Key((Slice.ALL, Slice.CATEGORY, Slice.PRIORITY)[kind].value, second, 0)


def parts_of(scope: Scope, split: Split) -> Parts | Only:
    """Return the slices that a scope is taken apart into. Raises ``NotKept``."""
    if (only := _only(scope, split)) is not None:
        return Only(only)
    key = key_of(scope)
    kind = _SPLITS.get((Slice(key.slice), split))
    if kind is None:
        raise NotKept("Sums are not kept so finely; choose another filter, or another split.")
    slice_, is_first = kind
    # Of all tickets the other id is 0, as that of their slice is.
    return Parts(slice_.value, is_first, key.first_id)


def lacks_none(parts: Parts) -> bool:
    """Return whether no sums are kept of the part that is none: it is what is left over."""
    return parts.is_first and parts.slice not in _ALONE


def rank_of(priority: Priority) -> int:
    """Return the number of a priority in sums."""
    return PRIORITY_RANKS.index(priority) + 1


def filters_of(scope: Scope) -> tuple[tuple[str, Any], ...]:
    """Return which columns of what a ticket counts as have which values within a scope."""
    return tuple(
        (name, value)
        for name, value in (
            ("team_id", scope.team_id),
            ("technician_id", scope.technician_id),
            ("category_id", scope.category_id),
            ("priority", scope.priority),
        )
        if value is not None
    )


def missing(scope: Scope, names: Names) -> str | None:
    """Return what a scope names that is not there any more, in a sentence."""
    if scope.team_id is not None and scope.team_id not in names.teams:
        return "That team does not exist; choose another."
    if scope.technician_id not in (None, NOBODY) and scope.technician_id not in names.people:
        return "That person does not exist; choose somebody else."
    if scope.category_id is not None and scope.category_id not in names.categories:
        return "That category does not exist; choose another."
    return None


def name_of(work: Work, scope: Scope, names: Names) -> str:
    """Return what a scope is called."""
    name = "All teams"
    if scope.team_id is not None:
        name = names.teams.get(scope.team_id, "A team")
    elif scope.technician_id is not None:
        is_own = scope.technician_id == own_id(work)
        name = "Your tickets" if is_own else names.people.get(scope.technician_id, "Somebody")
    if scope.category_id is not None:
        return f"{name}, {names.categories.get(scope.category_id, 'a category')}"
    return f"{name}, {scope.priority.label}" if scope.priority else name


_BY_ONE = (Slice.CATEGORY.value, Slice.PRIORITY.value)
_ALONE = tuple(
    each.value for each in (Slice.CATEGORY, Slice.PRIORITY, Slice.TEAM, Slice.TECHNICIAN)
)
_SPLITS: dict[tuple[Slice, Split], tuple[Slice, bool]] = {
    (Slice.ALL, Split.CATEGORY): (Slice.CATEGORY, True),
    (Slice.ALL, Split.PRIORITY): (Slice.PRIORITY, True),
    (Slice.ALL, Split.TEAM): (Slice.TEAM, True),
    (Slice.ALL, Split.TECHNICIAN): (Slice.TECHNICIAN, True),
    (Slice.CATEGORY, Split.TEAM): (Slice.TEAM_CATEGORY, True),
    (Slice.CATEGORY, Split.TECHNICIAN): (Slice.TECHNICIAN_CATEGORY, True),
    (Slice.PRIORITY, Split.TEAM): (Slice.TEAM_PRIORITY, True),
    (Slice.PRIORITY, Split.TECHNICIAN): (Slice.TECHNICIAN_PRIORITY, True),
    (Slice.TEAM, Split.CATEGORY): (Slice.TEAM_CATEGORY, False),
    (Slice.TEAM, Split.PRIORITY): (Slice.TEAM_PRIORITY, False),
    (Slice.TEAM, Split.TECHNICIAN): (Slice.TEAM_TECHNICIAN, False),
    (Slice.TECHNICIAN, Split.CATEGORY): (Slice.TECHNICIAN_CATEGORY, False),
    (Slice.TECHNICIAN, Split.PRIORITY): (Slice.TECHNICIAN_PRIORITY, False),
}
"""By which slices a scope is taken apart, and whether the parts are their first ids."""


def _only(scope: Scope, split: Split) -> int | None:
    if split is Split.CATEGORY:
        return scope.category_id
    if split is Split.PRIORITY:
        return rank_of(scope.priority) if scope.priority else None
    if split is Split.TEAM:
        return scope.team_id
    return scope.technician_id if split is Split.TECHNICIAN else None
