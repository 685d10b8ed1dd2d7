# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what an answer in JSON must look like, and takes what is good out of one that does not.

The schemas keep to what every server enforces: closed objects, all keys required, enums, lengths
and ranges of whole numbers. Whatever a server promises, the answer is checked here again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpdesk.assistant.cleaning import one_line, plain
from helpdesk.assistant.structured import matched, whole_number

Schema = dict[str, Any]

REASON_LIMIT, REPLY_LIMIT, WORD_LIMIT = 300, 3_000, 40
REPLY_ASKED, RESPONSE_ASKED = 800, 1_200
"""So many letters are asked for: a whole answer has to fit into ``ANSWER_TOKENS``, also where a
model repeats itself until it is stopped."""
ANSWER_TOKENS = 600
MOST_CITATIONS, MOST_WORDS, MOST_IDS = 6, 8, 12
_FULL = 100


@dataclass(frozen=True)
class TriageAnswer:
    """What of a triage can be used; ``problems`` says in sentences what could not."""

    category: str | None = None
    priority: str | None = None
    technician: str | None = None
    reply: str = ""
    citations: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    reason: str = ""
    confidence: Mapping[str, int] = field(default_factory=dict)
    """How sure the model says to be, of 100, by the name of the field; it is only its word."""


@dataclass(frozen=True)
class FirstResponse:
    """Whether articles solve a ticket, and the text that says how; '' unless they do."""

    reply: str = ""
    citations: tuple[str, ...] = ()
    confidence: int = 0
    problems: tuple[str, ...] = ()
    reason: str = ""


# --- what is asked for --------------------------------------------------------------------------


def triage_schema(
    categories: Sequence[str],
    priorities: Sequence[str],
    technicians: Sequence[str],
    passages: Sequence[str],
) -> Schema:
    """Return the schema of a triage; technicians are known by ids such as 't1' alone."""
    choices = {"category": categories, "priority": priorities, "technician": technicians}
    properties: Schema = {"reason": _text(REASON_LIMIT)}
    for name, values in choices.items():
        properties |= {name: _choice(values), f"{name}_confidence": _percent()}
    return _object(properties | {"reply": _text(REPLY_ASKED)} | _citations(passages))


def first_response_schema(passages: Sequence[str]) -> Schema:
    """Return the schema of an automatic first response."""
    properties = {
        "reason": _text(REASON_LIMIT),
        "helps": {"type": "boolean"},
        "confidence": _percent(),
        "reply": _text(RESPONSE_ASKED),
    }
    return _object(properties | _citations(passages))


def filter_schema(
    statuses: Sequence[str],
    priorities: Sequence[str],
    categories: Sequence[str],
    sorts: Sequence[str],
) -> Schema:
    """Return the schema of a filter; people and dates are checked when it has come."""
    date = {"type": ["string", "null"], "maxLength": 10}
    name = _text(100)
    return _object(
        {
            "reason": _text(REASON_LIMIT),
            "statuses": _some(_one_of(statuses), len(statuses)),
            "priorities": _some(_one_of(priorities), len(priorities)),
            "categories": _some(_one_of(categories) if categories else name, 10),
            "requesters": _some(name, 10),
            "assignees": _some(name, 10),
            "unassigned": {"type": "boolean"},
            "created_after": date,
            "created_before": date,
            "sort": _choice(sorts),
            "words": _text(200),
            "not_understood": _text(200),
        }
    )


def search_schema() -> Schema:
    """Return the schema of further words for a search."""
    words = _some(_text(WORD_LIMIT), MOST_WORDS)
    return _object({"reason": _text(REASON_LIMIT), "words": words})


def rerank_schema(ids: Sequence[str]) -> Schema:
    """Return the schema of an order of articles."""
    return _object({"reason": _text(REASON_LIMIT), "ids": _some(_one_of(ids), MOST_IDS)})


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def _text(limit: int) -> Schema:
    return {"type": "string", "maxLength": limit}


def _percent() -> Schema:
    return {"type": "integer", "minimum": 0, "maximum": _FULL}


def _one_of(values: Sequence[str]) -> Schema:
    return {"type": "string", "enum": list(values)}


def _choice(values: Sequence[str]) -> Schema:
    return {"type": ["string", "null"], "enum": [*values, None]}


def _some(items: Schema, most: int) -> Schema:
    return {"type": "array", "items": items, "maxItems": most}


def _citations(passages: Sequence[str]) -> Schema:
    """Return the key for citations; without passages there is none, as an enum needs a value."""
    return {"citations": _some(_one_of(passages), MOST_CITATIONS)} if passages else {}


# --- what has come ------------------------------------------------------------------------------


def checked_triage(
    answer: object,
    *,
    categories: Sequence[str],
    priorities: Sequence[str],
    technicians: Sequence[str],
    passages: Sequence[str],
) -> TriageAnswer:
    """Return what of an answer can be used: one bad field does not spoil the others."""
    check = _Check(answer)
    choices = {"category": categories, "priority": priorities, "technician": technicians}
    chosen = {name: check.choice(name, values) for name, values in choices.items()}
    sure = {name: check.percent(f"{name}_confidence") for name, value in chosen.items() if value}
    return TriageAnswer(
        **chosen,
        reply=check.text("reply", REPLY_LIMIT),
        citations=check.citations(passages),
        reason=check.line("reason", REASON_LIMIT),
        confidence={name: value for name, value in sure.items() if value is not None},
        problems=tuple(dict.fromkeys(check.problems)),
    )


def checked_first_response(answer: object, *, passages: Sequence[str]) -> FirstResponse:
    """Return an automatic first response; without a reply unless it says that it helps."""
    check = _Check(answer)
    reply, citations = check.text("reply", REPLY_LIMIT), check.citations(passages)
    confidence = check.percent("confidence") or 0
    reason, helps = check.line("reason", REASON_LIMIT), check.value("helps")
    if not isinstance(helps, bool):
        check.problems.append("helps must be true or false.")
    if helps is not True or not citations:
        reply, citations = "", ()
    return FirstResponse(reply, citations, confidence, tuple(dict.fromkeys(check.problems)), reason)


def checked_words(answer: object) -> tuple[str, ...]:
    """Return further words for a search, single ones and each once."""
    found = [one_line(word, WORD_LIMIT) for word in _Check(answer).texts("words")]
    words = (word.casefold() for text in found for word in re.findall(r"[\w.+#-]{2,}", text))
    return tuple(dict.fromkeys(words))[:MOST_WORDS]


def checked_order(answer: object, ids: Sequence[str]) -> tuple[str, ...]:
    """Return ids in the order the model chose, each once; unknown ones are left out."""
    chosen = (meant(value, ids) for value in _Check(answer).texts("ids"))
    return tuple(dict.fromkeys(value for value in chosen if value is not None))


def meant(value: object, allowed: Sequence[str]) -> str | None:
    """Return the allowed value that is meant, also where it was written as '[kb-12]' or 'Low.'."""
    if not isinstance(value, str):
        return None
    return matched(" ".join(value.strip(" \t\r\n\"'.[]").split()), allowed)


class _Check:
    """Reads an answer field by field and keeps what is wrong with it."""

    def __init__(self, answer: object) -> None:
        self.problems: list[str] = []
        self._fields: dict[str, Any] = answer if isinstance(answer, dict) else {}
        if not isinstance(answer, dict):
            self.problems.append("The answer must be one JSON object.")

    def value(self, name: str) -> object:
        return self._fields.get(name)

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        value = self.value(name)
        found = meant(value, allowed)
        if found is None and not _means_nothing(value):
            self.problems.append(f"{name} must be one of {', '.join(allowed)} or null.")
        return found

    def percent(self, name: str) -> int | None:
        value = whole_number(self.value(name), 0, _FULL)
        if value is None:
            self.problems.append(f"{name} must be a whole number from 0 to {_FULL}.")
        return value

    def text(self, name: str, limit: int) -> str:
        value = self.value(name)
        if value is not None and not isinstance(value, str):
            self.problems.append(f"{name} must be text.")
        return plain(value, limit) if isinstance(value, str) else ""

    def line(self, name: str, limit: int) -> str:
        return one_line(self.text(name, limit * 2), limit)

    def texts(self, name: str) -> list[str]:
        value = self.value(name)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def citations(self, passages: Sequence[str]) -> tuple[str, ...]:
        """Return the passages that are cited, in the list or in the reply; unknown ones go."""
        marks = re.findall(r"\[([A-Za-z]{1,5}-\d{1,18})\]", self.text("reply", REPLY_LIMIT))
        named = [*self.texts("citations"), *marks]
        found = [(name, meant(name, passages)) for name in named]
        if unknown := dict.fromkeys(one_line(name, 20) for name, known in found if known is None):
            self.problems.append(f"No passage is called {', '.join(unknown)}.")
        return tuple(dict.fromkeys(known for _, known in found if known is not None))


def _means_nothing(value: object) -> bool:
    return value is None or (
        isinstance(value, str)
        and value.strip().casefold() in ("", "null", "none", "n/a", "unknown")
    )
