# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what the words of a search mean, and how they can go on."""

from __future__ import annotations

from helpdesk.core.operation import operation
from helpdesk.core.permissions import STAFF, Permission
from helpdesk.core.query_language import PEOPLE, Name, quoted
from helpdesk.core.query_values import DATE_VALUES, DUE_VALUES, HAS_VALUES, IS_VALUES
from helpdesk.core.schemas.queries import Completion, CompletionQuery, Understood
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.core.text import SEARCH_LIMIT, folded, storable
from helpdesk.services.field_values import options_of
from helpdesk.services.query_names import explained
from helpdesk.services.work import Work


class Queries:
    """The language of the search."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/tickets/understood", permission=Permission.SEE_OWN_TICKETS)
    def understood(self, text: str) -> Understood:
        """Tell what a search text asks for: its fields, its words, and what nobody understands."""
        return explained(self._work, storable(text[:SEARCH_LIMIT]))

    @operation("GET", "/tickets/completions", permission=Permission.SEE_OWN_TICKETS)
    def completions(self, query: CompletionQuery) -> tuple[Completion, ...]:
        """Tell which values of a field begin so; people, teams and tags are told to staff alone."""
        begun = folded(query.begun)
        fixed = [each for each in _fixed(query.name) if _begins(each, begun)]
        return tuple([*fixed, *self._named(query, begun)][: query.limit])

    def _named(self, query: CompletionQuery, begun: str) -> list[Completion]:
        names, staff = self._work.desk.query_names, self._work.actor.may(Permission.SEE_ALL_TICKETS)
        found: list[str] = []
        if query.name is Name.FIELD:
            return self._own(query, begun)
        if query.name is Name.CATEGORY:
            found = names.categories_begun(begun, query.limit)
        elif staff and query.name is Name.TEAM:
            found = names.teams_begun(begun, query.limit)
        elif staff and query.name is Name.TAG:
            found = names.tags_begun(begun, query.limit)
        elif staff and query.name in PEOPLE:
            roles = STAFF if query.name is Name.ASSIGNEE else ()
            people = names.people_begun(begun, query.limit, staff=roles)
            return [
                Completion(value=quoted(username), label=f"{full_name} ({username})")
                for username, full_name in people
            ]
        return [Completion(value=quoted(name), label=name) for name in found]

    def _own(self, query: CompletionQuery, begun: str) -> list[Completion]:
        """Return the keys that begin so, or the options of one of the desk's own fields."""
        fields = self._work.desk.custom_fields.all()
        if not query.key:
            begins = [each for each in fields if each.key.startswith(begun)]
            return [
                Completion(value=f"field.{each.key}:", label=f"field.{each.key}:   {each.name}")
                for each in begins
            ]
        options = [each for field in fields if field.key == query.key for each in options_of(field)]
        return [
            Completion(value=quoted(each), label=each)
            for each in options
            if folded(each).startswith(begun)
        ]


def _fixed(name: Name) -> list[Completion]:
    """Return the values that a field has on every desk."""
    if name is Name.STATUS:
        return [Completion(value=each.value, label=each.label) for each in Status]
    if name is Name.PRIORITY:
        return [Completion(value=each.value, label=each.label) for each in reversed(Priority)]
    if name is Name.DUE:
        return [Completion(value=each, label=each) for each in DUE_VALUES]
    values = {
        Name.CREATED: DATE_VALUES,
        Name.UPDATED: DATE_VALUES,
        Name.IS: IS_VALUES,
        Name.HAS: HAS_VALUES,
        Name.ASSIGNEE: ("me", "none"),
        Name.REQUESTER: ("me",),
        Name.WATCHER: ("me",),
        Name.CATEGORY: ("none",),
        Name.TEAM: ("none",),
    }.get(name, ())
    return [Completion(value=each, label=_LABELS.get(each, each)) for each in values]


_LABELS = {"me": "Me", "none": "None"}


def _begins(each: Completion, begun: str) -> bool:
    words = folded(each.label).split()
    return each.value.startswith(begun) or any(word.startswith(begun) for word in words)
