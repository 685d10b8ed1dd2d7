# SPDX-License-Identifier: GPL-3.0-or-later
"""Which fields of a query say one thing together, so that one saying takes another's place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from helpdesk.core.query_language import Name, Part
from helpdesk.core.schemas.tickets import Mine, TicketQuery


def merged(query: TicketQuery, said: TicketQuery) -> TicketQuery:
    """Return a query in which what was said takes the place of what stood in these fields."""
    changes = _by_field(lambda *field: said if _says(said, *field) else query)
    return query.model_copy(update={"text": said.text, **changes})


def without(query: TicketQuery, groups: Collection[str]) -> TicketQuery:
    """Return a query that says nothing of some fields, each named as by ``groups_of``."""
    return query.model_copy(
        update=_by_field(lambda *field: _NOTHING if field[2][0] in groups else query)
    )


def group_of(part: Part) -> str:
    """Return which field of a query a part is about, named as by ``groups_of``."""
    if part.name is Name.IS:
        return _GROUPS_OF_IS.get(part.values[0].text.lower(), "") if part.values else ""
    return _GROUPS.get(part.name, "") if part.name is not None else ""


def _by_field(
    choose: Callable[[Mine | None, str | None, tuple[str, ...]], TicketQuery],
) -> dict[str, Any]:
    """Return the fields of a query, what belongs together from the query chosen for it."""
    changes: dict[str, Any] = {"me": (), "not_me": (), "when": ()}
    for mine, date, names in _TOGETHER:
        chosen = choose(mine, date, names)
        changes |= {name: getattr(chosen, name) for name in names}
        changes["me"] += tuple(each for each in chosen.me if each is mine)
        changes["not_me"] += tuple(each for each in chosen.not_me if each is mine)
        if date is not None:
            changes["when"] += tuple(each for each in chosen.when if each.startswith(date))
    return changes


def joined(queries: Sequence[TicketQuery]) -> TicketQuery:
    """Return what some parts ask for together, without their words."""
    found: dict[str, Any] = {}
    for query in queries:
        for name, value in query:
            if name == "text" or value == getattr(_NOTHING, name):
                continue
            if isinstance(value, tuple):
                value = tuple(dict.fromkeys((*found.get(name, ()), *value)))
            found[name] = value
    return TicketQuery(**found)


def groups_of(query: TicketQuery) -> frozenset[str]:
    """Return which fields a query says something of, each by the first of its names."""
    return frozenset(names[0] for mine, date, names in _TOGETHER if _says(query, mine, date, names))


_TOGETHER: tuple[tuple[Mine | None, str | None, tuple[str, ...]], ...] = (
    (None, None, ("statuses", "without_statuses")),
    (None, None, ("priorities", "without_priorities")),
    (None, None, ("category_ids", "no_category", "without_category_ids")),
    (Mine.ASSIGNEE, None, ("assignee_ids", "unassigned", "assigned", "without_assignee_ids")),
    (Mine.REQUESTER, None, ("requester_ids", "without_requester_ids")),
    (Mine.WATCHER, None, ("watcher_ids", "without_watcher_ids")),
    (None, None, ("team_ids", "no_team", "without_team_ids")),
    (None, None, ("tags", "without_tags")),
    (None, None, ("fields", "without_fields")),
    (None, None, ("numbers",)),
    (None, None, ("has_attachments",)),
    (None, None, ("snoozed",)),
    (None, None, ("late",)),
    (None, "created:", ("created_after", "created_before")),
    (None, "updated:", ("updated_after", "updated_before")),
    (None, "due:", ("due_after", "due_before")),
)
"""What one field of the language says: for whom, on which date, and the fields of a query."""
_NOTHING = TicketQuery()
_GROUPS = {
    Name.STATUS: "statuses",
    Name.PRIORITY: "priorities",
    Name.CATEGORY: "category_ids",
    Name.ASSIGNEE: "assignee_ids",
    Name.REQUESTER: "requester_ids",
    Name.TEAM: "team_ids",
    Name.TAG: "tags",
    Name.WATCHER: "watcher_ids",
    Name.CREATED: "created_after",
    Name.UPDATED: "updated_after",
    Name.DUE: "due_after",
    Name.HAS: "has_attachments",
    Name.NUMBER: "numbers",
}
_GROUPS_OF_IS = {
    "open": "statuses",
    "unassigned": "assignee_ids",
    "late": "late",
    "snoozed": "snoozed",
    "watched": "watcher_ids",
}


def _says(said: TicketQuery, mine: Mine | None, date: str | None, names: Sequence[str]) -> bool:
    return (
        any(getattr(said, name) != getattr(_NOTHING, name) for name in names)
        or mine in (*said.me, *said.not_me)
        or (date is not None and any(each.startswith(date) for each in said.when))
    )
