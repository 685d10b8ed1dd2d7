# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of a typed query mean, given which names there are.

What is not understood is told in a sentence with the remedy, and stays in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from helpdesk.core.custom_fields import Asked, canonical
from helpdesk.core.errors import Invalid
from helpdesk.core.query_dates import is_date
from helpdesk.core.query_language import COMPARED, DATES, PEOPLE, Name, Part, Value, parts_of
from helpdesk.core.query_values import (
    EXAMPLES,
    HAS_VALUES,
    IS_VALUES,
    PRIORITY_VALUES,
    STATUS_VALUES,
    as_status,
    choose_of,
    nearest,
    priorities_by,
)
from helpdesk.core.query_writing import written_query
from helpdesk.core.schemas.base import Moment
from helpdesk.core.schemas.queries import QueryChip, QueryProblem, Understood
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Mine, TicketQuery
from helpdesk.core.text import TagName, folded, single_line

_NUMBER = re.compile(r"(?:hd-?|#)?(\d{1,18})", re.IGNORECASE)
_LIKE_A_FIELD = re.compile(r"-?([A-Za-z]{2,12}):\S")
_MOST = {"tags": 20, "without_tags": 20, "when": 12, "fields": 12, "without_fields": 12}
_BY_THEMSELVES: dict[Name, tuple[str, ...]] = {
    Name.ASSIGNEE: ("me", "none"),
    Name.REQUESTER: ("me",),
    Name.WATCHER: ("me",),
    Name.CATEGORY: ("none",),
    Name.TEAM: ("none",),
}
"""The values that need not be looked up."""
_OPPOSITES = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}
_tag: TypeAdapter[str] = TypeAdapter(TagName)
_moment: TypeAdapter[datetime] = TypeAdapter(Moment)


class Known(NamedTuple):
    """Which names there are, folded, and whom or what they stand for."""

    people: Mapping[str, tuple[int, ...]] = {}
    categories: Mapping[str, int] = {}
    teams: Mapping[str, int] = {}
    usernames: Mapping[int, str] = {}
    """The same people by their ids, as one types them."""
    full_names: Mapping[int, str] = {}
    category_names: Mapping[int, str] = {}
    team_names: Mapping[int, str] = {}
    fields: Mapping[str, Asked] = {}
    """The desk's own fields by their keys."""
    near: Mapping[str, str] = {}
    """What comes near a name that there is not, where that was looked up."""


class Wanted(NamedTuple):
    """The names that a text holds, folded."""

    people: frozenset[str]
    categories: frozenset[str]
    teams: frozenset[str]
    of_fields: frozenset[str] = frozenset()
    """Values of the desk's own fields, some of which name people."""


class _NotUnderstood(Exception):
    """Why a part means nothing, in a sentence with the remedy."""


class _Reading:
    """What the parts read so far ask for."""

    def __init__(self, known: Known) -> None:
        """Begin with nothing."""
        self.known = known
        self.found: dict[str, Any] = {}

    def add(self, name: str, *values: Any) -> None:
        """Ask for further values of a field that can have several."""
        before = self.found.get(name, ())
        after = (*before, *(value for value in dict.fromkeys(values) if value not in before))
        most = _MOST.get(name, 100)
        if len(after) > most:
            raise _NotUnderstood(f"These are more than {most} values; leave some out.")
        self.found[name] = after


def wanted_names(text: str) -> Wanted:
    """Return which names have to be looked up to understand a text."""
    names: dict[Name, set[str]] = {name: set() for name in Name}
    for part in parts_of(text):
        if part.name is not None:
            by_itself = _BY_THEMSELVES.get(part.name, ())
            values = (each for each in part.values if not _is(each, *by_itself))
            names[part.name] |= {folded(each.text) for each in values}
    people = frozenset[str]().union(*(names[name] for name in PEOPLE))
    categories, teams = frozenset(names[Name.CATEGORY]), frozenset(names[Name.TEAM])
    return Wanted(people, categories, teams, frozenset(names[Name.FIELD]))


def has_fields(text: str) -> bool:
    """Whether a text asks for anything but words."""
    return ":" in text and any(part.name for part in parts_of(text))


def understood(text: str, known: Known) -> Understood:
    """Return what a text means."""
    together = _Reading(known)
    chips: list[QueryChip] = []
    problems: list[QueryProblem] = []
    for part in parts_of(text):
        if part.name is None:
            problems += _mistyped(part)
            continue
        alone = _Reading(known)
        before = dict(together.found)
        try:
            labels = _read(part, alone)
            _read(part, together)
        except _NotUnderstood as error:
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
    meant = nearest(match[1], tuple(Name)) if match else None
    if match is None or meant is None:
        return []
    sentence = f"\u201c{match[1]}:\u201d is no field; did you mean {meant}:?"
    return [QueryProblem(start=part.start, end=part.end, sentence=sentence)]


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


def said_by(part: Part) -> str:
    """Say a part as a chip does, where its names are as people write them."""
    said = f"{part.operator}{', '.join(value.text for value in part.values)}"
    label = f"{(part.name or Name.IS).capitalize()}: {said.replace('_', ' ')}"
    return f"Not {label[0].lower()}{label[1:]}" if part.negated else label


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


def _read(part: Part, reading: _Reading) -> list[str]:
    """Take a part in, and return its values as people read them. Raises ``_NotUnderstood``."""
    name = part.name
    if name is None or not part.values:
        raise _NotUnderstood(f"Say what of {name} is meant, such as {EXAMPLES[name or Name.IS]}.")
    if part.operator and name not in COMPARED:
        raise _NotUnderstood(f"{name} cannot be more or less; write {EXAMPLES[name]}.")
    if part.operator and len(part.values) > 1:
        raise _NotUnderstood(f"Only one value can stand behind {part.operator}; leave one.")
    if name is Name.FIELD:
        return _own_field(part, reading)
    if name in DATES:
        return [_date(part, value, reading) for value in part.values]
    return [_READERS[name](part, value, reading) for value in part.values]


def _status(part: Part, value: Value, reading: _Reading) -> str:
    status = as_status(value.text)
    if status is None:
        instead = choose_of(value.text, STATUS_VALUES)
        raise _NotUnderstood(f"\u201c{value.text}\u201d is no status; {instead}")
    reading.add(_without("statuses", part), status)
    return status.label


def _priority(part: Part, value: Value, reading: _Reading) -> str:
    chosen = priorities_by(part.operator, value.text)
    if chosen is None:
        instead = choose_of(value.text, PRIORITY_VALUES)
        raise _NotUnderstood(f"\u201c{value.text}\u201d is no priority; {instead}")
    if not chosen:
        raise _NotUnderstood(f"No priority is {part.operator} {value.text}; choose another.")
    reading.add(_without("priorities", part), *chosen)
    return ", ".join(each.label for each in chosen)


def _category(part: Part, value: Value, reading: _Reading) -> str:
    if _is(value, "none"):
        return _flag(part, reading, "no_category", "category")
    id_ = reading.known.categories.get(folded(value.text))
    if id_ is None:
        instead = _meant(value, reading, "choose another.")
        raise _NotUnderstood(f"No category is called \u201c{value.text}\u201d; {instead}")
    reading.add(_without("category_ids", part), id_)
    return reading.known.category_names.get(id_, value.text)


def _team(part: Part, value: Value, reading: _Reading) -> str:
    if _is(value, "none"):
        return _flag(part, reading, "no_team", "team")
    id_ = reading.known.teams.get(folded(value.text))
    if id_ is None:
        instead = _meant(value, reading, "choose another.")
        raise _NotUnderstood(f"No team is called \u201c{value.text}\u201d; {instead}")
    reading.add(_without("team_ids", part), id_)
    return reading.known.team_names.get(id_, value.text)


def _meant(value: Value, reading: _Reading, instead: str) -> str:
    """Name what comes near a mistyped name, else say what to do instead."""
    near = reading.known.near.get(folded(value.text))
    return f"did you mean {near}?" if near else instead


def _flag(part: Part, reading: _Reading, name: str, what: str) -> str:
    if part.negated:
        raise _NotUnderstood(f"Having a {what} cannot be asked for; name the ones you mean.")
    reading.found[name] = True
    return "None"


def _person(part: Part, value: Value, reading: _Reading) -> str:
    name = str(part.name)
    if _is(value, "me"):
        reading.add("not_me" if part.negated else "me", Mine(name))
        return "Me"
    if part.name is Name.ASSIGNEE and _is(value, "none"):
        reading.found["assigned" if part.negated else "unassigned"] = True
        return "Nobody"
    ids = reading.known.people.get(folded(value.text), ())
    if not ids:
        instead = _meant(value, reading, "write a whole name or a user name, or me.")
        raise _NotUnderstood(f"Nobody is called \u201c{value.text}\u201d; {instead}")
    reading.add(_without(f"{name}_ids", part), *ids)
    return reading.known.full_names.get(ids[0], value.text)


def _tagged(part: Part, value: Value, reading: _Reading) -> str:
    try:
        tag = _tag.validate_python(value.text)
    except ValidationError:
        raise _NotUnderstood("A tag is one short word; write tag:vpn.") from None
    reading.add(_without("tags", part), tag)
    return tag


def _own_field(part: Part, reading: _Reading) -> list[str]:
    """Take in one of the desk's own fields; its name comes before the values."""
    asked = reading.known.fields.get(part.key)
    if asked is None:
        raise _NotUnderstood(f"No field is called \u201c{part.key}\u201d; write its key.")
    labels = [asked.name]
    for value in part.values:
        kept, label = _own_value(asked, value, reading)
        reading.add(_without("fields", part), f"{part.key}:{kept}")
        labels.append(label)
    return labels


def _own_value(asked: Asked, value: Value, reading: _Reading) -> tuple[str, str]:
    """Return a value as it is kept, and as people read it."""
    if asked.kind is FieldKind.USER:
        ids = reading.known.people.get(folded(value.text), ())
        if ids:
            return str(ids[0]), reading.known.full_names.get(ids[0], value.text)
    try:
        kept = canonical(asked, value.text)
    except Invalid as error:
        if asked.kind is not FieldKind.CHOICE:
            raise _NotUnderstood(str(error)) from error
        # Tickets may still hold an option that is not offered any more.
        kept = single_line(value.text)
    if not kept:
        raise _NotUnderstood(f"Say which {asked.name} is meant.")
    return kept, kept


def _number(part: Part, value: Value, reading: _Reading) -> str:
    match = _NUMBER.fullmatch(value.text.strip())
    if match is None or int(match[1]) == 0:
        raise _NotUnderstood(f"\u201c{value.text}\u201d is no number; write number:1042.")
    if part.negated:
        raise _NotUnderstood("A number cannot be left out; choose other fields.")
    reading.add("numbers", int(match[1]))
    return f"HD-{int(match[1])}"


def _has(part: Part, value: Value, reading: _Reading) -> str:
    if not _is(value, *HAS_VALUES, "attachments"):
        raise _NotUnderstood(f"has: knows {', '.join(HAS_VALUES)}; write has:attachment.")
    reading.found["has_attachments"] = not part.negated
    return "Attachment"


def _is_so(part: Part, value: Value, reading: _Reading) -> str:
    if not _is(value, *IS_VALUES):
        instead = choose_of(value.text, IS_VALUES)
        raise _NotUnderstood(f"\u201cis:{value.text}\u201d means nothing; {instead}")
    said = value.text.lower()
    if said == "open":
        reading.add(_without("statuses", part), *OPEN_STATUSES)
    elif said == "unassigned":
        reading.found["assigned" if part.negated else "unassigned"] = True
    elif said == "snoozed":
        reading.found["snoozed"] = not part.negated
    elif said == "watched":
        reading.add("not_me" if part.negated else "me", Mine.WATCHER)
    elif part.negated:
        raise _NotUnderstood("What is late cannot be left out; write due:>today.")
    else:
        reading.found["late"] = True
    return said.capitalize()


def _date(part: Part, value: Value, reading: _Reading) -> str:
    name, said, operator = str(part.name), value.text.lower(), part.operator
    if part.negated:
        operator = _OPPOSITES.get(operator, "")
        if not operator:
            raise _NotUnderstood(f"A day cannot be left out; write {name}:>7d or {name}:<7d.")
    if is_date(said):
        reading.add("when", f"{name}:{operator}{said}")
        return f"{operator}{said}"
    moment = _exact(value.text)
    if moment is None or not operator:
        raise _NotUnderstood(
            f"\u201c{value.text}\u201d is no date; write {name}:today, {name}:>7d"
            f" or {name}:>2026-01-31."
        )
    if operator in (">", "<="):
        moment += timedelta(microseconds=1)
    end = "after" if operator.startswith(">") else "before"
    reading.found[f"{name}_{end}"] = moment
    return f"{operator}{value.text}"


def _exact(text: str) -> datetime | None:
    try:
        return _moment.validate_python(text) if "T" in text else None
    except ValidationError:
        return None


def _is(value: Value, *words: str) -> bool:
    return not value.quoted and value.text.lower() in words


def _without(name: str, part: Part) -> str:
    return f"without_{name}" if part.negated else name


_READERS: dict[Name, Callable[[Part, Value, _Reading], str]] = {
    Name.STATUS: _status,
    Name.PRIORITY: _priority,
    Name.CATEGORY: _category,
    Name.TEAM: _team,
    Name.ASSIGNEE: _person,
    Name.REQUESTER: _person,
    Name.WATCHER: _person,
    Name.TAG: _tagged,
    Name.NUMBER: _number,
    Name.HAS: _has,
    Name.IS: _is_so,
}
