# SPDX-License-Identifier: GPL-3.0-or-later
"""What was changed, in words: the one way in which entries of the audit log tell it.

A secret is never told, not even by a digest: only that there is one, and that it was replaced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from helpdesk.core.schemas.base import Labelled
from helpdesk.core.text import ellipsis

if TYPE_CHECKING:
    from helpdesk.core.schemas.audit import AuditQuery
    from helpdesk.core.schemas.tickets import TicketQuery

Change = tuple[str, str, str]
"""What was changed, in words: its name, what it was, what it is. Never a secret."""
State = BaseModel | Mapping[str, Any] | None

SET, NOT_SET = "set", "not set"
_LONGEST = 500
_ORDER = {"sort", "limit", "cursor"}
"""What of a query says nothing of which rows there are."""


def changes_of(
    before: State, after: State, names: Iterable[str], *, secrets: Collection[str] = ()
) -> tuple[Change, ...]:
    """Return which of some fields differ, in words; ``None`` is a thing that is not there.

    Of ``secrets`` it is only told whether they are set; one that was replaced is told, too.
    """
    found = []
    for name in names:
        old, new = _value(before, name), _value(after, name)
        if old == new:
            continue
        words = _secrecy if name in secrets else words_of
        told = words(old), words(new)
        if name in secrets or told[0] != told[1]:
            found.append((label_of(name), *told))
    return tuple(found)


def added(after: State, names: Iterable[str], *, secrets: Collection[str] = ()) -> list[Change]:
    """Return that a thing is there now, and what it is."""
    return [("Exists", "no", "yes"), *changes_of(None, after, names, secrets=secrets)]


def removed() -> list[Change]:
    """Return that a thing is there no more."""
    return [("Exists", "yes", "no")]


def secret_change(name: str, *, was_set: bool, is_set: bool) -> Change:
    """Return that a secret was set, replaced or taken away, where it is not known itself."""
    return name, SET if was_set else NOT_SET, SET if is_set else NOT_SET


def label_of(name: str) -> str:
    """Return the name of a field as people read it, such as 'Sender name'."""
    return name.replace("_", " ").capitalize()


def words_of(value: Any) -> str:
    """Return a value as people read it, no longer than a few lines."""
    return ellipsis(_words(value), _LONGEST)


def _words(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", False: "no", True: "yes"}[value]
    if isinstance(value, StrEnum):
        return value.label if isinstance(value, Labelled) else value.replace("_", " ")
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if isinstance(value, BaseModel):
        value = [f"{name} {_words(told)}" for name, told in value if told is not None]
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(map(_words, value))
    return str(value)


def _secrecy(value: Any) -> str:
    return SET if value else NOT_SET


def _value(state: State, name: str) -> Any:
    if state is None:
        return None
    return state[name] if isinstance(state, Mapping) else getattr(state, name)


def part_of(query: TicketQuery | AuditQuery) -> str:
    """Return in words which rows a query asks for."""
    asked = query.model_dump(mode="json", exclude_defaults=True, exclude=_ORDER)
    return "; ".join(f"{name.replace('_', ' ')}: {_listed(value)}" for name, value in asked.items())


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
