# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns words such as 'urgent printing tickets that nobody has' into a filter, and checks one.

What a model proposes goes through the same lists as what is typed: a filter can only hold statuses,
priorities, categories and people that there are, and what stands for none of them is named.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from helpdesk.assistant.cleaning import one_line
from helpdesk.assistant.mentions import Named, mentions_in, people_called, role_of
from helpdesk.assistant.periods import Period, day_named, periods_in
from helpdesk.assistant.schemas import meant
from helpdesk.assistant.ticket_words import (
    FILLERS,
    GAP,
    LEVEL,
    LEVELS,
    NAMED_WORDS,
    NOT_POSSIBLE,
    OTHER_MOMENT,
    PRIORITIES,
    SORTS,
    STATUSES,
    UNASSIGNED,
    UNKNOWN_PERSON,
)
from helpdesk.core.schemas.tickets import Priority, Sort, Status

_Value = TypeVar("_Value")

_LIMIT = 1_000
_WORDS_LIMIT = 200
_EMPTY_PERIOD = "a period that ends before it begins"
_SPACE = f" {GAP} "
_TO_US = re.compile(
    r"^(?:please )?(?:can you |could you )?(?:show|give|tell|find|get|send|list)(?: to)? me\b", re.I
)


@dataclass(frozen=True)
class ParsedFilter:
    """What a list of tickets is to show; empty choices mean 'any'."""

    statuses: tuple[Status, ...] = ()
    priorities: tuple[Priority, ...] = ()
    category_ids: tuple[int, ...] = ()
    assignee_ids: tuple[int, ...] = ()
    requester_ids: tuple[int, ...] = ()
    unassigned: bool = False
    created_after: datetime | None = None
    created_before: datetime | None = None
    sort: Sort | None = None
    words: str = ""
    not_understood: str = ""


def parsed(
    text: str, *, categories: Named, people: Named, now: datetime, me: int | None = None
) -> ParsedFilter:
    """Return what English words ask for; ``me`` is who 'my tickets' belong to."""
    reading = _Reading(unicodedata.normalize("NFKC", one_line(text, _LIMIT)))
    found = reading.words_named(ParsedFilter())
    found = reading.periods(found, now)
    found = reading.negations(found)
    found = reading.choices(found)
    found = reading.people(found, people, me)
    found = reading.categories(found, categories)
    return reading.rest(found)


class _Reading:
    """A text of which less and less is left, as more of it is understood."""

    def __init__(self, text: str) -> None:
        self._text = _TO_US.sub("", text.replace(GAP, " ").strip())
        self._words: list[str] = []
        self._puzzling: list[str] = []

    def words_named(self, found: ParsedFilter) -> ParsedFilter:
        for match in self._taken(NAMED_WORDS):
            self._words.append((match["quoted"] or match["about"]).strip())
        return found

    def periods(self, found: ParsedFilter, now: datetime) -> ParsedFilter:
        spans = periods_in(self._text, now)
        for span in reversed(spans):
            before = OTHER_MOMENT.search(self._text[: span.start])
            words = self._text[span.start : span.end]
            if before or span.period is None:
                self._puzzling.append(f"{before[1]} {words}" if before else words)
            else:
                found = _within(found, span.period)
            self._text = self._text[: span.start] + _SPACE + self._text[span.end :]
        return self._without_empty_period(found)

    def _without_empty_period(self, found: ParsedFilter) -> ParsedFilter:
        after, before = found.created_after, found.created_before
        if after is None or before is None or after < before:
            return found
        self._puzzling.append(_EMPTY_PERIOD)
        return replace(found, created_after=None, created_before=None)

    def negations(self, found: ParsedFilter) -> ParsedFilter:
        found = replace(found, unassigned=any(True for _ in self._taken(UNASSIGNED)))
        statuses = [status for match in self._taken(STATUSES[0][0]) for status in STATUSES[0][1]]
        self._puzzling += [match[0] for match in self._taken(NOT_POSSIBLE)]
        return replace(found, statuses=_each_once(statuses))

    def choices(self, found: ParsedFilter) -> ParsedFilter:
        sorts = [sort for pattern, sort in SORTS for _ in self._taken(pattern)]
        levels = [level for match in self._taken(PRIORITIES) for level in _levels(match)]
        statuses = [
            *found.statuses,
            *(
                value
                for pattern, values in STATUSES[1:]
                for _ in self._taken(pattern)
                for value in values
            ),
        ]
        return replace(
            found,
            sort=sorts[0] if sorts else None,
            priorities=tuple(value for value in Priority if value in levels),
            statuses=tuple(value for value in Status if value in statuses),
        )

    def people(self, found: ParsedFilter, people: Named, me: int | None) -> ParsedFilter:
        mentions = mentions_in(self._text, people, me)
        assignees, requesters = list(found.assignee_ids), list(found.requester_ids)
        role = requesters
        for mention in mentions:
            role = role_of(self._text, mention, assignees, requesters, role)
            role += mention.ids
        for mention in reversed(mentions):
            self._text = self._text[: mention.start] + _SPACE + self._text[mention.end :]
        self._puzzling += [match[0].strip() for match in self._taken(UNKNOWN_PERSON)]
        return replace(
            found, assignee_ids=_each_once(assignees), requester_ids=_each_once(requesters)
        )

    def categories(self, found: ParsedFilter, categories: Named) -> ParsedFilter:
        ids = [
            id_
            for id_, name in sorted(categories, key=lambda pair: -len(pair[1]))
            if name.strip()
            for _ in self._taken(_category_pattern(name))
        ]
        return replace(found, category_ids=_each_once(ids))

    def rest(self, found: ParsedFilter) -> ParsedFilter:
        left = re.findall(r"[^\W_](?:[\w.+#/@'’-]*[\w+#])?", self._text)
        self._words += [word for word in left if word.casefold() not in FILLERS]
        return replace(
            found,
            words=one_line(" ".join(self._words), _WORDS_LIMIT),
            not_understood=one_line("; ".join(self._puzzling), _WORDS_LIMIT),
        )

    def _taken(self, pattern: re.Pattern[str]) -> Iterable[re.Match[str]]:
        matches = list(pattern.finditer(self._text))
        if matches:
            self._text = pattern.sub(_SPACE, self._text)
        return matches


def _levels(match: re.Match[str]) -> list[Priority]:
    """Return the priorities that some words name: 'low or high', 'at least high'."""
    named = [LEVELS[level[0].lower()] for level in LEVEL.finditer(match[0])]
    levels = list(Priority)
    return levels[levels.index(named[0]) :] if match["least"] else named


def _within(found: ParsedFilter, period: Period) -> ParsedFilter:
    """Narrow a filter by one more period: 'since May, before yesterday'."""
    starts = [moment for moment in (found.created_after, period.start) if moment]
    ends = [moment for moment in (found.created_before, period.end) if moment]
    return replace(
        found,
        created_after=max(starts, default=None),
        created_before=min(ends, default=None),
    )


def _each_once(values: Iterable[_Value]) -> tuple[_Value, ...]:
    return tuple(dict.fromkeys(values))


# --- categories --------------------------------------------------------------------------------


def _category_pattern(name: str) -> re.Pattern[str]:
    """Match a category whole, or in another form of its word: 'printer' for 'Printing'."""
    words = [re.escape(word) for word in re.findall(r"\w+", name.lower())]
    if len(words) != 1:
        phrase = r"[\W_]{1,3}".join(words) or "(?!)"
        return re.compile(rf"(?<!\w){phrase}(?!\w)", re.IGNORECASE)
    (word,) = words
    if word in FILLERS or len(word) <= _SHORTEST_STEM:
        # 'Other' and 'HR' are meant only where a list is spoken of.
        return re.compile(rf"(?<!\w){word}(?= (?:tickets?|requests?|issues?|category)\b)", re.I)
    stem = re.sub(r"(?:ing|ers?|e?s|e)$", "", word)
    stem = {"email": "e-?mail"}.get(word, stem if len(stem) >= _SHORTEST_STEM else word)
    return re.compile(rf"(?<!\w){stem}(?:ing|ers?|e?s|e)?(?!\w)", re.IGNORECASE)


_SHORTEST_STEM = 4


# --- what a model proposes ----------------------------------------------------------------------


def checked(
    proposal: object,
    *,
    categories: Named,
    people: Named,
    now: datetime,
    restored: Callable[[str], str] = str,
) -> ParsedFilter:
    """Return what of a model's JSON object is allowed; the rest is named in ``not_understood``.

    ``restored`` puts back what was taken out of a name before the model saw it.
    """
    fields = proposal if isinstance(proposal, dict) else {}
    refused: list[str] = [] if isinstance(proposal, dict) else ["the model's answer"]
    names = {name: id_ for id_, name in categories}

    def texts(key: str) -> list[str]:
        value = fields.get(key)
        values = value if isinstance(value, list) else [value]
        return [
            one_line(restored(item), _NAME_LIMIT)
            for item in values
            if isinstance(item, str) and item
        ]

    def chosen(key: str, allowed: Sequence[str]) -> list[str]:
        found = [
            (text, meant(text.replace(" ", "_"), allowed) or meant(text, allowed))
            for text in texts(key)
        ]
        refused.extend(text for text, value in found if value is None and not _is_nothing(text))
        return [value for _, value in found if value is not None]

    def persons(key: str) -> tuple[int, ...]:
        found = [(text, people_called(text, people)) for text in texts(key)]
        refused.extend(text for text, ids in found if not ids and not _is_nothing(text))
        return _each_once(id_ for _, ids in found for id_ in ids)

    def day(key: str) -> datetime | None:
        found = [(text, day_named(text, now)) for text in texts(key) if not _is_nothing(text)]
        refused.extend(text for text, moment in found if moment is None)
        return next((moment for _, moment in found if moment is not None), None)

    statuses = {Status(value) for value in chosen("statuses", list(Status))}
    priorities = {Priority(value) for value in chosen("priorities", list(Priority))}
    sorts = [Sort(value) for value in chosen("sort", list(Sort))]
    after, before = day("created_after"), day("created_before")
    if after and before and after >= before:
        refused.append(_EMPTY_PERIOD)
        after = before = None
    return ParsedFilter(
        statuses=tuple(status for status in Status if status in statuses),
        priorities=tuple(priority for priority in Priority if priority in priorities),
        category_ids=_each_once(names[name] for name in chosen("categories", list(names))),
        assignee_ids=persons("assignees"),
        requester_ids=persons("requesters"),
        unassigned=fields.get("unassigned") is True,
        created_after=after,
        created_before=before,
        sort=sorts[0] if sorts else None,
        words=one_line(" ".join(texts("words")), _WORDS_LIMIT),
        not_understood=one_line("; ".join([*texts("not_understood"), *refused]), _WORDS_LIMIT),
    )


_NAME_LIMIT = 200


def _is_nothing(text: str) -> bool:
    return text.casefold() in ("", "null", "none", "any", "all")
