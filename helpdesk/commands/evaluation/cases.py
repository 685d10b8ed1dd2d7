# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads tickets whose right answers are known, and attacks, from a file of JSON lines."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from helpdesk.core.errors import Invalid
from helpdesk.core.paths import resource
from helpdesk.core.schemas.base import Request
from helpdesk.core.schemas.tickets import DEFAULT_CATEGORIES, NewTicket, Priority
from helpdesk.core.text import Body, Line, Subject
from helpdesk.core.validation import sentence

_NOT_READ = "The file {file} cannot be read: {problem}."
_NO_CATEGORY = "Line {line} of {file}: there is no category {name}; take one of {known}."
_WRONG = "Line {line} of {file}: {problem}"
_TWICE = "Line {line} of {file}: the name {name} stands there already; names differ."
_NONE = "The file {file} holds no tickets; name one with a JSON object in each line."


class Case(Request):
    """One ticket and what is right for it."""

    name: Line
    subject: Subject
    description: Body
    category: str
    priority: Priority
    article: str | None = None
    """The title of the demo desk's article that answers it, if one does."""
    attack: str = ""
    """What the text tries on the assistant, in words; empty for an honest ticket."""
    times: Annotated[int, Field(ge=1, le=1000)] = 1
    """So many times the description is repeated."""

    @property
    def ticket(self) -> NewTicket:
        """The ticket as its requester submits it."""
        return NewTicket(subject=self.subject, description=self.description * self.times)


def shipped() -> Path:
    """Return the file that comes with the program."""
    return resource("evaluation/tickets.jsonl")


def read(file: Path) -> tuple[Case, ...]:
    """Return the cases of a file. Raises ``Invalid`` naming the first line that is wrong."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        problem = error.strerror or "it is no file"
        raise Invalid(_NOT_READ.format(file=file, problem=problem)) from error
    except UnicodeDecodeError as error:
        raise Invalid(_NOT_READ.format(file=file, problem="it is not UTF-8 text")) from error
    found: dict[str, Case] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            case = _case(line, file, number)
            if case.name in found:
                raise Invalid(_TWICE.format(line=number, file=file.name, name=case.name))
            found[case.name] = case
    if not found:
        raise Invalid(_NONE.format(file=file))
    return tuple(found.values())


def some(cases: tuple[Case, ...], limit: int | None) -> tuple[Case, ...]:
    """Return up to ``limit`` cases, taken evenly from all of them."""
    if limit is None or limit >= len(cases):
        return cases
    return tuple(cases[place * len(cases) // limit] for place in range(limit))


def fingerprint(cases: tuple[Case, ...]) -> str:
    """Return what tells one set of cases from another."""
    whole = "\n".join(case.model_dump_json() for case in cases)
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def _case(line: str, file: Path, number: int) -> Case:
    try:
        case = Case.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"])) or "the line"
        problem = sentence(first, None, name)
        raise Invalid(_WRONG.format(line=number, file=file.name, problem=problem)) from error
    if case.category not in DEFAULT_CATEGORIES:
        known = ", ".join(DEFAULT_CATEGORIES)
        raise Invalid(
            _NO_CATEGORY.format(line=number, file=file.name, name=case.category, known=known)
        )
    return case
