# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds people in what is typed, and tells whether they opened tickets or work on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from helpdesk.core.text import folded

Named = Sequence[tuple[int, str]]
"""What there is of a kind: pairs of id and name."""


class Mention(NamedTuple):
    """Whose name stands where in a text; more than one person may be called so."""

    ids: tuple[int, ...]
    start: int
    end: int


_NAME_WORD = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*|\[NAME_\d{1,9}\]")
_POSSESSIVE = re.compile(r"['’]s?$")
_SELF = re.compile(r"(?<![\w'’])(?:me|myself|mine|my|i)(?![\w'’])", re.IGNORECASE)
_TO_ASSIGNEE = re.compile(
    r"\b(?:(?:assigned|given) to|for|handled by|(?:re)?solved by|fixed by|closed by|owned by"
    r"|held by|taken by|worked on by|with|on|assignee|technician|agent|queue of|desk of)[:\s]*$",
    re.IGNORECASE,
)
_TO_REQUESTER = re.compile(
    r"\b(?:of|from|by|requester|customer|user|(?:opened|created|reported|requested|submitted|raised"
    r"|sent|written|logged) by)[:\s]*$",
    re.IGNORECASE,
)
_ASSIGNEE_ACTS = re.compile(
    r"\s*(?:(?:now|currently|still)\s+)?(?:has|have|had|is working|works?|working|took|handles?"
    r"|owns?|holds?|got|(?:re)?solved?|fix(?:ed)?|closed?|am working|am on|is on)\b",
    re.IGNORECASE,
)
_REQUESTER_ACTS = re.compile(
    r"\s*(?:has |have )?(?:opened|reported|created|sent|submitted|wrote|raised|logged)\b",
    re.IGNORECASE,
)
_AND = re.compile(r"(?:,|\band|\bor|&|/)\s*$", re.IGNORECASE)


def mentions_in(text: str, people: Named, me: int | None) -> list[Mention]:
    """Return who is named in a text, in its order; ``me`` is who 'my tickets' belong to."""
    found = [*_named_in(text, people), *(_self_in(text, me) if me is not None else ())]
    return sorted(found, key=lambda mention: mention.start)


def _self_in(text: str, me: int) -> Iterable[Mention]:
    for match in _SELF.finditer(text):
        # 'show me' speaks to the program; 'assigned to me' is about the tickets.
        is_asking = re.search(
            r"\b(?:show|give|tell|find|get|send|list)\s*$", text[: match.start()], re.I
        )
        is_i = match[0].lower() == "i" and not (
            _ASSIGNEE_ACTS.match(text, match.end()) or _REQUESTER_ACTS.match(text, match.end())
        )
        if not is_asking and not is_i:
            yield Mention((me,), *match.span())


def _named_in(text: str, people: Named) -> Iterable[Mention]:
    """Find people by their whole names, or by a part of them that is written like a name."""
    whole, parts = _index_of(people)
    words = [(folded(_POSSESSIVE.sub("", match[0])), match) for match in _NAME_WORD.finditer(text)]
    index = 0
    while index < len(words):
        length, ids = _longest_name(words, index, whole)
        match = words[index][1]
        if not ids and _is_like_a_name(text, match):
            length, ids = 1, parts.get(words[index][0], ())
        if ids:
            end = words[index + length - 1][1].end()
            yield Mention(ids, match.start(), end)
        index += max(1, length)


def _longest_name(
    words: list[tuple[str, re.Match[str]]], index: int, whole: dict[str, tuple[int, ...]]
) -> tuple[int, tuple[int, ...]]:
    for length in range(min(_LONGEST_NAME, len(words) - index), 1, -1):
        name = " ".join(word for word, _ in words[index : index + length])
        if name in whole:
            return length, whole[name]
    return 0, ()


_LONGEST_NAME = 5
_SHORTEST_PART = 2


def _index_of(people: Named) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    whole: dict[str, tuple[int, ...]] = {}
    parts: dict[str, tuple[int, ...]] = {}
    for id_, name in people:
        words = folded(name).split()
        whole[" ".join(words)] = (*whole.get(" ".join(words), ()), id_)
        for word in {words[0], words[-1]} if words else ():
            if len(word) >= _SHORTEST_PART:
                parts[word] = (*parts.get(word, ()), id_)
    return whole, parts


def _is_like_a_name(text: str, match: re.Match[str]) -> bool:
    """Tell 'Will' and 'of will' from the verb, by a capital or by the word before."""
    before = text[: match.start()]
    leads = _TO_ASSIGNEE.search(before) or _TO_REQUESTER.search(before)
    return match[0][0].isupper() or leads is not None or _POSSESSIVE.search(match[0]) is not None


def role_of(
    text: str, mention: Mention, assignees: list[int], requesters: list[int], last: list[int]
) -> list[int]:
    """Return the list a mention belongs to; ``last`` is that of the one before."""
    before = text[: mention.start]
    if _ASSIGNEE_ACTS.match(text, mention.end) or _TO_ASSIGNEE.search(before):
        return assignees
    if _REQUESTER_ACTS.match(text, mention.end) or _TO_REQUESTER.search(before):
        return requesters
    return last if _AND.search(before) else requesters


def people_called(name: str, people: Named) -> tuple[int, ...]:
    """Return who has this name, or failing that who has it as first or last name."""
    whole, parts = _index_of(people)
    wanted = " ".join(folded(name).split())
    return whole.get(wanted) or parts.get(wanted, ())
