# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes in the parts of a typed query one by one, as far as there is what they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from helpdesk.core.custom_fields import Asked, canonical
from helpdesk.core.errors import Invalid
from helpdesk.core.query_dates import is_date
from helpdesk.core.query_language import COMPARED, DATES, Name, Part, Value
from helpdesk.core.query_values import (
    EXAMPLES,
    HAS_VALUES,
    IS_VALUES,
    PRIORITY_VALUES,
    STATUS_VALUES,
    as_status,
    choose_of,
    priorities_by,
)
from helpdesk.core.schemas.base import Moment
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Mine
from helpdesk.core.text import TagName, folded, single_line
from helpdesk.core.ticket_numbers import number_in

_MOST = {"tags": 20, "without_tags": 20, "when": 12, "fields": 12, "without_fields": 12}
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


class NotUnderstood(Exception):
    """Why a part means nothing, in a sentence with the remedy."""


class Reading:
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
            raise NotUnderstood(f"These are more than {most} values; leave some out.")
        self.found[name] = after


def read(part: Part, reading: Reading) -> list[str]:
    """Take a part in, and return its values as people read them. Raises ``NotUnderstood``."""
    name = part.name
    if name is None or not part.values:
        raise NotUnderstood(f"Say what of {name} is meant, such as {EXAMPLES[name or Name.IS]}.")
    if part.operator and name not in COMPARED:
        raise NotUnderstood(f"{name} cannot be more or less; write {EXAMPLES[name]}.")
    if part.operator and len(part.values) > 1:
        raise NotUnderstood(f"Only one value can stand behind {part.operator}; leave one.")
    if name is Name.FIELD:
        return _own_field(part, reading)
    if name in DATES:
        return [_date(part, value, reading) for value in part.values]
    return [_READERS[name](part, value, reading) for value in part.values]


def _status(part: Part, value: Value, reading: Reading) -> str:
    status = as_status(value.text)
    if status is None:
        instead = choose_of(value.text, STATUS_VALUES)
        raise NotUnderstood(f"\u201c{value.text}\u201d is no status; {instead}")
    reading.add(_without("statuses", part), status)
    return status.label


def _priority(part: Part, value: Value, reading: Reading) -> str:
    chosen = priorities_by(part.operator, value.text)
    if chosen is None:
        instead = choose_of(value.text, PRIORITY_VALUES)
        raise NotUnderstood(f"\u201c{value.text}\u201d is no priority; {instead}")
    if not chosen:
        raise NotUnderstood(f"No priority is {part.operator} {value.text}; choose another.")
    reading.add(_without("priorities", part), *chosen)
    return ", ".join(each.label for each in chosen)


def _category(part: Part, value: Value, reading: Reading) -> str:
    known = reading.known
    return _called(part, value, reading, "category", known.categories, known.category_names)


def _team(part: Part, value: Value, reading: Reading) -> str:
    known = reading.known
    return _called(part, value, reading, "team", known.teams, known.team_names)


def _called(
    part: Part,
    value: Value,
    reading: Reading,
    what: str,
    ids: Mapping[str, int],
    names: Mapping[int, str],
) -> str:
    """Take in what is found by its name, or that there is none of it."""
    if is_word(value, "none"):
        return _flag(part, reading, f"no_{what}", what)
    id_ = ids.get(folded(value.text))
    if id_ is None:
        instead = _meant(value, reading, "choose another.")
        raise NotUnderstood(f"No {what} is called \u201c{value.text}\u201d; {instead}")
    reading.add(_without(f"{what}_ids", part), id_)
    return names.get(id_, value.text)


def _meant(value: Value, reading: Reading, instead: str) -> str:
    """Name what comes near a mistyped name, else say what to do instead."""
    near = reading.known.near.get(folded(value.text))
    return f"did you mean {near}?" if near else instead


def _flag(part: Part, reading: Reading, name: str, what: str) -> str:
    if part.negated:
        raise NotUnderstood(f"Having a {what} cannot be asked for; name the ones you mean.")
    reading.found[name] = True
    return "None"


def _person(part: Part, value: Value, reading: Reading) -> str:
    name = str(part.name)
    if is_word(value, "me"):
        reading.add("not_me" if part.negated else "me", Mine(name))
        return "Me"
    if part.name is Name.ASSIGNEE and is_word(value, "none"):
        reading.found["assigned" if part.negated else "unassigned"] = True
        return "Nobody"
    ids = reading.known.people.get(folded(value.text), ())
    if not ids:
        instead = _meant(value, reading, "write a whole name or a user name, or me.")
        raise NotUnderstood(f"Nobody is called \u201c{value.text}\u201d; {instead}")
    reading.add(_without(f"{name}_ids", part), *ids)
    return reading.known.full_names.get(ids[0], value.text)


def _tagged(part: Part, value: Value, reading: Reading) -> str:
    try:
        tag = _tag.validate_python(value.text)
    except ValidationError:
        raise NotUnderstood("A tag is one short word; write tag:vpn.") from None
    reading.add(_without("tags", part), tag)
    return tag


def _own_field(part: Part, reading: Reading) -> list[str]:
    """Take in one of the desk's own fields; its name comes before the values."""
    asked = reading.known.fields.get(part.key)
    if asked is None:
        raise NotUnderstood(f"No field is called \u201c{part.key}\u201d; write its key.")
    labels = [asked.name]
    for value in part.values:
        kept, label = _own_value(asked, value, reading)
        reading.add(_without("fields", part), f"{part.key}:{kept}")
        labels.append(label)
    return labels


def _own_value(asked: Asked, value: Value, reading: Reading) -> tuple[str, str]:
    """Return a value as it is kept, and as people read it."""
    if asked.kind is FieldKind.USER:
        ids = reading.known.people.get(folded(value.text), ())
        if ids:
            return str(ids[0]), reading.known.full_names.get(ids[0], value.text)
    try:
        kept = canonical(asked, value.text)
    except Invalid as error:
        if asked.kind is not FieldKind.CHOICE:
            raise NotUnderstood(str(error)) from error
        # Tickets may still hold an option that is not offered any more.
        kept = single_line(value.text)
    if not kept:
        raise NotUnderstood(f"Say which {asked.name} is meant.")
    return kept, kept


def _number(part: Part, value: Value, reading: Reading) -> str:
    number = number_in(value.text, marked=False)
    if not number:
        raise NotUnderstood(f"\u201c{value.text}\u201d is no number; write number:1042.")
    if part.negated:
        raise NotUnderstood("A number cannot be left out; choose other fields.")
    reading.add("numbers", number)
    return f"HD-{number}"


def _has(part: Part, value: Value, reading: Reading) -> str:
    if not is_word(value, *HAS_VALUES, "attachments"):
        raise NotUnderstood(f"has: knows {', '.join(HAS_VALUES)}; write has:attachment.")
    reading.found["has_attachments"] = not part.negated
    return "Attachment"


def _is_so(part: Part, value: Value, reading: Reading) -> str:
    if not is_word(value, *IS_VALUES):
        instead = choose_of(value.text, IS_VALUES)
        raise NotUnderstood(f"\u201cis:{value.text}\u201d means nothing; {instead}")
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
        raise NotUnderstood("What is late cannot be left out; write due:>today.")
    else:
        reading.found["late"] = True
    return said.capitalize()


def _date(part: Part, value: Value, reading: Reading) -> str:
    name, said, operator = str(part.name), value.text.lower(), part.operator
    if part.negated:
        operator = _OPPOSITES.get(operator, "")
        if not operator:
            raise NotUnderstood(f"A day cannot be left out; write {name}:>7d or {name}:<7d.")
    if is_date(said):
        reading.add("when", f"{name}:{operator}{said}")
        return f"{operator}{said}"
    moment = _exact(value.text)
    if moment is None or not operator:
        raise NotUnderstood(
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


def is_word(value: Value, *words: str) -> bool:
    """Whether a value is one of some words of the language, which quotation marks prevent."""
    return not value.quoted and value.text.lower() in words


def _without(name: str, part: Part) -> str:
    return f"without_{name}" if part.negated else name


_READERS: dict[Name, Callable[[Part, Value, Reading], str]] = {
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
