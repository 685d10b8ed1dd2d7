# SPDX-License-Identifier: GPL-3.0-or-later
"""How a suggestion is said: its values in a line, where they come from, what speaks for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.schemas.triage import (
    Origin,
    SimilarTicket,
    Suggested,
    SuggestedField,
    TicketSuggestion,
)

NO_BREAK = "\N{NO-BREAK SPACE}"
_NAMED = 3


def percent(confidence: int) -> str:
    """Return a confidence as people read it."""
    return f"{confidence}{NO_BREAK}%"


def value_words(suggested: Suggested) -> str:
    """Return a value as the headline says it."""
    if suggested.field is SuggestedField.ASSIGNEE:
        return f"assign to {suggested.label}"
    return suggested.label


def headline(fields: Iterable[Suggested]) -> str:
    """Return all values in one line."""
    line = " · ".join(value_words(each) for each in fields)
    return line[:1].upper() + line[1:]


def origin_words(suggested: Suggested, model: str) -> str:
    """Say where a value comes from."""
    count = len(suggested.tickets)
    tickets = "1 similar ticket" if count == 1 else f"{count} similar tickets"
    if suggested.origin is Origin.MODEL:
        return f"From the model {model}".rstrip()
    if suggested.origin is Origin.BOTH:
        return f"From both: the model {model} and {tickets if count else 'the history'}"
    if suggested.origin is Origin.ARTICLES:
        return "From articles"
    return f"From {tickets}" if count else "From solved tickets"


def short_origin(suggested: Suggested) -> str:
    """Say the same in a word or two, for a chip."""
    if suggested.origin is Origin.MODEL:
        return "model"
    if suggested.origin is Origin.BOTH:
        return "both"
    if suggested.origin is Origin.ARTICLES:
        return "articles"
    count = len(suggested.tickets)
    return f"{count} similar" if count else "history"


def field_name(field: SuggestedField) -> str:
    """Return what a field is called beside its value."""
    return field.label


def resembles(suggestion: TicketSuggestion) -> str:
    """Name the tickets that speak for a suggestion, or what the model says for it."""
    tickets = evidence_of(suggestion.fields)
    if tickets:
        shared = _shared(suggestion.fields, tickets)
        words = f" (shared: {', '.join(shared)})" if shared else ""
        return f"Resembles {listed([each.number for each in tickets[:_NAMED]])}{words}."
    reasons = [each.reason for each in suggestion.fields if each.reason]
    return reasons[0] if reasons else ""


def evidence_of(fields: Iterable[Suggested]) -> list[SimilarTicket]:
    """Return the tickets that speak for any of the fields, each once."""
    found = {ticket.id: ticket for each in fields for ticket in each.tickets}
    return sorted(found.values(), key=lambda ticket: -ticket.likeness)


def _shared(fields: Iterable[Suggested], tickets: Sequence[SimilarTicket]) -> list[str]:
    words = [word for each in fields for word in each.words]
    words += [word for ticket in tickets for word in ticket.words]
    return list(dict.fromkeys(words))[:4]


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def has_to_be_asked(suggestion: TicketSuggestion, fields: Iterable[Suggested]) -> bool:
    """Whether a priority is so high, and so little vouched for, that one click is not enough.

    What a ticket says can lead a model, and a text that tries to can lead the history too.
    """
    return any(
        each.field is SuggestedField.PRIORITY
        and each.value == Priority.URGENT.value
        and (each.origin is not Origin.HISTORY or bool(suggestion.labels))
        for each in fields
    )
