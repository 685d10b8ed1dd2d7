# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of what somebody types into the search: fields with values, words and phrases.

``status:open,new -tag:vpn created:>7d "exact words" -not begin`` has six parts. Nothing is looked
up here and nothing is an error: what reads like a field but is none of these is a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from helpdesk.core.text import SEARCH_LIMIT


class Name(StrEnum):
    """The fields that can be asked for."""

    STATUS = "status"
    PRIORITY = "priority"
    CATEGORY = "category"
    ASSIGNEE = "assignee"
    REQUESTER = "requester"
    TEAM = "team"
    TAG = "tag"
    WATCHER = "watcher"
    CREATED = "created"
    UPDATED = "updated"
    DUE = "due"
    HAS = "has"
    IS = "is"
    NUMBER = "number"
    FIELD = "field"
    """One of the desk's own: its key follows behind a point."""


DATES = (Name.CREATED, Name.UPDATED, Name.DUE)
PEOPLE = (Name.ASSIGNEE, Name.REQUESTER, Name.WATCHER)
COMPARED = (Name.PRIORITY, *DATES)
"""The fields that know more and less."""


class Value(NamedTuple):
    """One value of a field; in quotation marks it is a name, whatever else it could mean."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the text, from ``start`` to before ``end``."""

    start: int
    end: int
    text: str
    negated: bool = False
    name: Name | None = None
    """The field; ``None`` for a word or phrase."""
    key: str = ""
    """Which of the desk's own fields."""
    operator: str = ""
    """``>``, ``>=``, ``<``, ``<=`` or nothing."""
    values: tuple[Value, ...] = ()
    finished: bool = True
    """Whether nothing more can belong to it: a blank follows, or its last quotation mark."""


_PART = re.compile(
    r"""
    (?P<minus>-)?
    (?: (?P<name>status|priority|category|assignee|requester|team|tag|watcher|created|updated|due
          |has|is|number|field\.[a-z][a-z0-9_-]{0,39})
        :(?P<operator>>=|<=|>|<)?(?P<values>(?:"[^"]*"?|[^\s"])*)
      | "[^"]*"?
      | \S+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_VALUE = re.compile(r'(?:"[^"]*"?|[^\s",])+')
_BARE = re.compile(r"[^\s\",:<>][^\s\",]*")


def without_begun(text: str) -> str:
    """Return a text without the field that is still being typed at its end, if one is."""
    parts = parts_of(text)
    is_begun = bool(parts) and parts[-1].name is not None and not parts[-1].finished
    return text[: parts[-1].start] if is_begun else text


def parts_of(text: str) -> tuple[Part, ...]:
    """Return the parts of a text in their order."""
    return tuple(_parts(text[:SEARCH_LIMIT]))


def written(name: str, values: Iterable[str], *, negated: bool = False, operator: str = "") -> str:
    """Return a field as one types it."""
    return f"{'-' if negated else ''}{name}:{operator}{','.join(values)}"


def quoted(value: str) -> str:
    """Return a name in quotation marks where it would not be read as one without them.

    No name can hold such a mark itself; the one of a name that does is left out.
    """
    value = value.replace('"', "")
    is_plain = _BARE.fullmatch(value) and value.casefold() not in {"me", "none"}
    return value if is_plain else f'"{value}"'


def _parts(text: str) -> Iterator[Part]:
    for match in _PART.finditer(text):
        at_end = match.end() == len(text)
        name, _, key = (match["name"] or "").lower().partition(".")
        said = match[0]
        yield Part(
            start=match.start(),
            end=match.end(),
            text=said,
            negated=bool(match["minus"]) and len(said) > 1,
            name=Name(name) if name else None,
            key=key,
            operator=match["operator"] or "",
            values=tuple(_values(match["values"])) if name else (),
            finished=not at_end or (said.endswith('"') and said.count('"') % 2 == 0),
        )


def _values(text: str) -> Iterator[Value]:
    for match in _VALUE.finditer(text):
        said = match[0]
        yield Value(said.replace('"', ""), quoted='"' in said)
