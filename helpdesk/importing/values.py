# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of other systems in the shapes of this one: moments, texts, names, and what is odd."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar

from helpdesk.core.schemas.import_records import ImportProblem
from helpdesk.core.text import (
    BODY_LIMIT,
    NAME_LIMIT,
    SUBJECT_LIMIT,
    ellipsis,
    single_line,
    storable,
)

T = TypeVar("T")
R = TypeVar("R")
NO_SUBJECT = "(no subject)"
_MOST_PROBLEMS = 10_000
_FIRST_YEAR, _LAST_YEAR = 1970, 8999
_SURPRISES = (ValueError, TypeError, LookupError, OverflowError, RecursionError)
_TAG_FORBIDDEN = re.compile(r"[\s,;:\"]+")


def moment(text: Any, zone: tzinfo = UTC) -> datetime | None:
    """Read '2024-03-01 09:30:00', or ISO 8601; without an offset it is a time of ``zone``."""
    try:
        read = datetime.fromisoformat(str(text or "").strip())
        known = read if read.tzinfo else read.replace(tzinfo=zone)
        found = known.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def listed(text: str | None) -> list[Any]:
    """What a list of JSON holds; nothing where the text is none."""
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def subject(text: Any) -> str:
    """One line that fits a subject."""
    return ellipsis(single_line(str(text or "")), SUBJECT_LIMIT) or NO_SUBJECT


def name(*parts: Any) -> str:
    """A name from what it consists of."""
    joined = " ".join(str(part).strip() for part in parts if part)
    return ellipsis(single_line(joined), NAME_LIMIT)


def tag(text: Any) -> str:
    """A tag as one word."""
    return _TAG_FORBIDDEN.sub("-", single_line(str(text or ""))).strip("-")[:50]


class Problems:
    """What was odd, each thing once, however often an export is read."""

    def __init__(self) -> None:
        self.found: list[ImportProblem] = []
        self._seen: set[tuple[str, str]] = set()

    def note(self, where: str, sentence: str) -> None:
        """Keep a problem; the list ends with a word about those that had no room."""
        where, sentence = storable(where), storable(sentence)
        if (where, sentence) in self._seen or len(self.found) > _MOST_PROBLEMS:
            return
        if len(self.found) == _MOST_PROBLEMS:
            where, sentence = (
                "export",
                f"More than {_MOST_PROBLEMS:,} problems: the rest is left out.",
            )
        self._seen.add((where, sentence))
        self.found.append(ImportProblem(where, sentence))

    def attempted(self, where: str, make: Callable[[str, R], T | None], row: R) -> T | None:
        """What ``make`` makes of a row; nothing, and a problem, where what it says is too odd.

        What people wrote to the other system must never keep the rest of an export out.
        """
        try:
            return make(where, row)
        except _SURPRISES as error:
            self.note(where, f"It cannot be read ({type(error).__name__}), and was left out.")
            return None

    def body(self, where: str, text: str) -> str:
        """A text that fits; one that is too long is cut."""
        fitting = storable(text).strip()
        if len(fitting) <= BODY_LIMIT:
            return fitting
        self.note(where, f"Its text was cut to {BODY_LIMIT:,} characters.")
        return ellipsis(fitting, BODY_LIMIT)

    def chosen(self, where: str, what: str, choices: Mapping[str, T], value: Any, other: T) -> T:
        """What a word means here; an unknown one is ``other``, and a problem."""
        word = str(value or "").strip().casefold()
        if word in choices:
            return choices[word]
        if word:
            self.note(where, f"The {what} {value!r} is not known here: {other} was taken.")
        return other
