# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a template for tickets: those of a canned reply that mean something before
there is a ticket."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from helpdesk.core.macro_text import SAMPLE, VARIABLES, day_words, fill, first_name

TEMPLATE_VARIABLES: Final = {
    name: VARIABLES[name]
    for name in (
        "ticket.requester.name",
        "ticket.requester.first_name",
        "me.name",
        "me.first_name",
        "today",
        "tomorrow",
        "in_a_week",
    )
}
"""What can be named, and what it stands for."""
_NOT_YET = "{} means nothing before there is a ticket; choose another from the list."


def template_values(requester: str, me: str, today: date) -> dict[str, str]:
    """Return what each variable stands for: whom the ticket is for, who writes, and the day."""
    return {
        "ticket.requester.name": requester,
        "ticket.requester.first_name": first_name(requester),
        "me.name": me,
        "me.first_name": first_name(me),
        "today": day_words(today),
        "tomorrow": day_words(today + timedelta(days=1)),
        "in_a_week": day_words(today + timedelta(days=7)),
    }


def sample_of(text: str) -> str:
    """Return how a text would read, to try one that is being written."""
    return fill(text, {name: SAMPLE[name] for name in TEMPLATE_VARIABLES}).text


def problem_of(text: str) -> str:
    """Say in one sentence what of a template cannot be filled in, or nothing."""
    filled = fill(text, {name: SAMPLE[name] for name in TEMPLATE_VARIABLES})
    if filled.unknown:
        return filled.problem
    if filled.missing:
        return _NOT_YET.format(", ".join(f"{{{{ {name} }}}}" for name in filled.missing))
    return ""
