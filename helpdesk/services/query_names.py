# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns a query as somebody said it into one that can be asked of the desk.

Staff may name anybody and anything; whoever only submits tickets knows the categories that are
offered and themselves, and to them hidden names are as unknown as those that do not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import Any

from helpdesk.core.errors import Invalid
from helpdesk.core.permissions import Permission
from helpdesk.core.query_dates import Bounds, bounds_of, field_of
from helpdesk.core.query_groups import merged
from helpdesk.core.query_meaning import Wanted, has_fields, understood, wanted_names
from helpdesk.core.query_reading import Known
from helpdesk.core.query_values import nearest
from helpdesk.core.schemas.queries import Understood
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Mine, TicketQuery
from helpdesk.core.text import folded
from helpdesk.services.field_values import asked_of
from helpdesk.services.quiet_hours import zone_of
from helpdesk.services.work import Work

_NOBODY = 2**62
_ALIKE, _CANDIDATES = 1, 200
"""How many letters have to be right for a name to be looked for, among how many."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def understood_by(work: Work, text: str) -> Understood:
    """Return what a text means for whoever asks."""
    return understood(text, known_in(work, (text,)))


def explained(work: Work, text: str) -> Understood:
    """Return the same, with what was meant by names that there are not."""
    known = known_in(work, (text,))
    return understood(text, known._replace(near=_near(work, wanted_names(text), known)))


def _near(work: Work, wanted: Wanted, known: Known) -> dict[str, str]:
    names, near = work.desk.query_names, dict[str, str]()
    staff = work.actor.may(Permission.SEE_ALL_TICKETS)
    for name in sorted(wanted.categories - known.categories.keys()):
        near |= _nearest(name, names.categories_begun(name[:_ALIKE], _CANDIDATES))
    for name in sorted(wanted.teams - known.teams.keys()) if staff else ():
        near |= _nearest(name, names.teams_begun(name[:_ALIKE], _CANDIDATES))
    for name in sorted(wanted.people - known.people.keys()) if staff else ():
        people = names.people_begun(name[:_ALIKE], _CANDIDATES, staff=())
        near |= _nearest(name, [each for person in people for each in person])
    return near


def _nearest(name: str, candidates: Iterable[str]) -> dict[str, str]:
    by_folded = {folded(each): each for each in candidates}
    meant = nearest(name, by_folded)
    return {name: by_folded[meant]} if meant else {}


def known_in(work: Work, texts: Iterable[str]) -> Known:
    """Look up the names that some texts hold, in a statement for each kind of thing."""
    wanted = [wanted_names(text) for text in texts if has_fields(text)]
    staff = work.actor.may(Permission.SEE_ALL_TICKETS)
    names = work.desk.query_names
    of_fields = frozenset[str]().union(*(each.of_fields for each in wanted))
    people = of_fields.union(*(each.people for each in wanted))
    found = names.people(people) if staff else []
    by_name: dict[str, tuple[int, ...]] = {}
    for id_, username, full_name, _, _ in found:
        for name in {username, full_name}:
            by_name[name] = (*by_name.get(name, ()), id_)
    categories = names.categories(
        frozenset[str]().union(*(each.categories for each in wanted)), retired=staff
    )
    of_teams = frozenset[str]().union(*(each.teams for each in wanted))
    teams = names.teams(of_teams) if staff else []
    own = work.desk.custom_fields.all() if of_fields else ()
    return Known(
        people=by_name,
        categories={folded: id_ for id_, folded, _ in categories},
        teams={folded: id_ for id_, folded, _ in teams},
        usernames={row[0]: row[3] for row in found},
        full_names={row[0]: row[4] for row in found},
        category_names={id_: name for id_, _, name in categories},
        team_names={id_: name for id_, _, name in teams},
        fields={each.key: asked_of(each) for each in own},
    )


def plain(work: Work, query: TicketQuery) -> TicketQuery:
    """Return a query without anything that means something else for somebody else, or tomorrow."""
    if has_fields(query.text):
        query = merged(query, understood_by(work, query.text).query)
    changes: dict[str, Any] = {}
    if query.me or query.not_me:
        changes |= _with_own_id(work, query)
    if query.when:
        changes |= _with_moments(query, work.now, _zone(work, query))
    if query.late:
        changes |= _late(query.model_copy(update=changes), work.now)
    return query.model_copy(update=changes) if changes else query


def _with_own_id(work: Work, query: TicketQuery) -> dict[str, Any]:
    own = work.actor.id or _NOBODY
    changes: dict[str, Any] = {"me": (), "not_me": ()}
    for mine in Mine:
        for name, chosen in ((f"{mine}_ids", query.me), (f"without_{mine}_ids", query.not_me)):
            ids: tuple[int, ...] = getattr(query, name)
            if mine in chosen and own not in ids:
                changes[name] = (*ids, own)
    return changes


def _zone(work: Work, query: TicketQuery) -> tzinfo:
    if all(condition[-1] in "hdwmy" and condition[-2].isdigit() for condition in query.when):
        # An age is the same everywhere.
        return UTC
    name = work.desk.query_names.zone(work.actor.id)
    return zone_of(name) if name else UTC


def _with_moments(query: TicketQuery, now: datetime, zone: tzinfo) -> dict[str, Any]:
    changes: dict[str, Any] = {"when": ()}
    for condition in query.when:
        said = bounds_of(condition, now, zone)
        if said is None:
            raise Invalid(f"\u201c{condition}\u201d is no date; write created:>7d.", field="when")
        first, last = (f"{field_of(condition)}_{end}" for end in ("after", "before"))
        here = Bounds(
            changes.get(first, getattr(query, first)), changes.get(last, getattr(query, last))
        )
        changes[first], changes[last] = here.within(said)
    return changes


def _late(query: TicketQuery, now: datetime) -> dict[str, Any]:
    """Return what narrows a query to open tickets whose due time has passed."""
    statuses = tuple(each for each in query.statuses or OPEN_STATUSES if each.is_open)
    if not statuses:
        # Nothing that is done is late.
        return {"late": False, "due_before": _LONG_AGO}
    before = min(query.due_before or now, now)
    return {"late": False, "statuses": statuses, "due_before": before}
