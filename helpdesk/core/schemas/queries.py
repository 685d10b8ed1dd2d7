# SPDX-License-Identifier: GPL-3.0-or-later
"""What the words of a search mean, and what they can be completed to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from helpdesk.core.query_language import Name
from helpdesk.core.schemas.base import Request, Result
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.text import Line


class QueryChip(Result):
    """A part of a text that is understood, from ``start`` to before ``end``."""

    start: int
    end: int
    text: str
    name: Name
    label: str
    """What people read, such as 'Assignee: Bob Keller'."""
    query: TicketQuery
    """What this part alone asks for."""


class QueryProblem(Result):
    """A part that reads like a field and is not understood: it is searched for as words."""

    start: int
    end: int
    sentence: str
    """What is wrong, and what to write instead."""


class Understood(Result):
    """What a text means."""

    query: TicketQuery
    """Its ``text`` is what is left: the words."""
    text: str
    """The same, as the search language writes it."""
    chips: tuple[QueryChip, ...]
    problems: tuple[QueryProblem, ...]


class CompletionQuery(Request):
    """What somebody has begun to type as the value of a field."""

    name: Name
    begun: Line
    key: Line = ""
    """Of which of the desk's own fields; without one the keys themselves are proposed."""
    limit: Annotated[int, Field(ge=1, le=20)] = 8


class Completion(Result):
    """A value that can stand there, and what people call it."""

    value: str
    """As it is typed, in quotation marks where it needs them."""
    label: str
