# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a query in the search language, so that reading it gives the same query again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from helpdesk.core.query_language import Name, quoted, written
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Mine, TicketQuery


def written_query(
    query: TicketQuery,
    usernames: Mapping[int, str],
    categories: Mapping[int, str],
    teams: Mapping[int, str],
) -> str:
    """Return the fields in a fixed order and then the words.

    What has no name any more is left out, as are the order, the page and the figure behind it.
    """
    fields = " ".join(_fields(query, usernames, categories, teams))
    return f"{fields} {query.text}" if fields and query.text else fields or query.text


def _fields(
    query: TicketQuery,
    usernames: Mapping[int, str],
    categories: Mapping[int, str],
    teams: Mapping[int, str],
) -> Iterator[str]:
    yield from _choices(query)
    yield from _named(Name.CATEGORY, query.category_ids, categories, none=query.no_category)
    yield from _named(Name.CATEGORY, query.without_category_ids, categories, negated=True)
    for mine, ids, without in (
        (Mine.ASSIGNEE, query.assignee_ids, query.without_assignee_ids),
        (Mine.REQUESTER, query.requester_ids, query.without_requester_ids),
        (Mine.WATCHER, query.watcher_ids, query.without_watcher_ids),
    ):
        yield from _people(mine, query, ids, usernames)
        yield from _people(mine, query, without, usernames, negated=True)
    yield from _named(Name.TEAM, query.team_ids, teams, none=query.no_team)
    yield from _named(Name.TEAM, query.without_team_ids, teams, negated=True)
    yield from _listed(Name.TAG, tuple(map(quoted, query.tags)))
    yield from _listed(Name.TAG, tuple(map(quoted, query.without_tags)), negated=True)
    yield from _own(query.fields)
    yield from _own(query.without_fields, negated=True)
    yield from _listed(Name.NUMBER, tuple(map(str, query.numbers)))
    yield from query.when
    yield from _exact(Name.CREATED, query.created_after, query.created_before)
    yield from _exact(Name.UPDATED, query.updated_after, query.updated_before)
    yield from _exact(Name.DUE, query.due_after, query.due_before)
    yield from _flags(query)


def _choices(query: TicketQuery) -> Iterator[str]:
    for name, chosen, negated in (
        (Name.STATUS, query.statuses, False),
        (Name.STATUS, query.without_statuses, True),
        (Name.PRIORITY, query.priorities, False),
        (Name.PRIORITY, query.without_priorities, True),
    ):
        if chosen == OPEN_STATUSES:
            yield written(Name.IS, ("open",), negated=negated)
        else:
            yield from _listed(name, tuple(each.value for each in chosen), negated=negated)


def _flags(query: TicketQuery) -> Iterator[str]:
    for name, value, chosen in (
        (Name.IS, "unassigned", query.unassigned or None),
        (Name.IS, "unassigned", False if query.assigned else None),
        (Name.HAS, "attachment", query.has_attachments),
        (Name.IS, "late", query.late or None),
        (Name.IS, "snoozed", query.snoozed),
    ):
        if chosen is not None:
            yield written(name, (value,), negated=not chosen)


def _listed(name: Name, values: Sequence[str], *, negated: bool = False) -> Iterator[str]:
    if values:
        yield written(name, values, negated=negated)


def _own(fields: Sequence[str], *, negated: bool = False) -> Iterator[str]:
    """Return the desk's own fields, each with all its values."""
    values: dict[str, list[str]] = {}
    for each in fields:
        key, _, value = each.partition(":")
        values.setdefault(key, []).append(quoted(value))
    for key, some in values.items():
        yield written(f"{Name.FIELD}.{key}", some, negated=negated)


def _named(
    name: Name,
    ids: Sequence[int],
    names: Mapping[int, str],
    *,
    none: bool = False,
    negated: bool = False,
) -> Iterator[str]:
    values = [quoted(names[id_]) for id_ in ids if id_ in names]
    values += ["none"] if none else []
    if values:
        yield written(name, values, negated=negated)


def _people(
    mine: Mine,
    query: TicketQuery,
    ids: Sequence[int],
    usernames: Mapping[int, str],
    *,
    negated: bool = False,
) -> Iterator[str]:
    values = [quoted(usernames[id_]) for id_ in ids if id_ in usernames]
    if mine in (query.not_me if negated else query.me):
        values.append("me")
    if values:
        yield written(Name(mine.value), values, negated=negated)


def _exact(name: Name, after: datetime | None, before: datetime | None) -> Iterator[str]:
    if after is not None:
        yield written(name, (after.isoformat(),), operator=">=")
    if before is not None:
        yield written(name, (before.isoformat(),), operator="<")
