# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks what somebody writes into a field of the desk's own, and writes it in one way.

A value is kept as text: a number without needless digits, a day as 2026-12-24, a person as their
id, a choice as the option is written. What is kept is accepted again and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.text import folded, single_line

LONGEST_TEXT = 200
MOST_OPTIONS = 100
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,10})?|\.[0-9]{1,10})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ID = re.compile(r"0*[1-9][0-9]{0,17}")


class Asked(NamedTuple):
    """What has to be known of a field to check its values."""

    name: str
    kind: FieldKind
    options: tuple[str, ...] = ()


def canonical(field: Asked, written: str) -> str:
    """Return a value in the one way it is kept; empty is none.

    Raises ``Invalid`` with a sentence that names the field. Whether a person exists is not known
    here.
    """
    text = single_line(written)
    if not text:
        return ""
    return _CHECKS[field.kind](field, text)


def write(value: str | Decimal | date | int) -> str:
    """Return a value of Python as it is kept."""
    return _digits(value) if isinstance(value, Decimal) else str(value)


def option_fault(kind: FieldKind, options: Sequence[str]) -> str:
    """Return what is wrong with the options of a field, in a sentence; empty for nothing."""
    if kind is not FieldKind.CHOICE:
        return "Only a choice has options; take them away or make it one." if options else ""
    if not options:
        return "Write at least one option to choose."
    if not all(options):
        return "An option is empty; write what it says, or take it away."
    names = {folded(each) for each in options}
    return "" if len(names) == len(options) else "Two options are the same; take one away."


def _text(field: Asked, text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"{field.name} is too long; use at most {LONGEST_TEXT} characters.")
    return text


def _number(field: Asked, text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise Invalid(f"{field.name} is no number; write it like 1250 or -0.5.")
    return _digits(Decimal(text))


def _digits(number: Decimal) -> str:
    digits = format(number, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits in {"-0", ""} else digits


def _choice(field: Asked, text: str) -> str:
    for option in field.options:
        if folded(option) == folded(text):
            return option
    raise Invalid(f"{field.name} has no option \u201c{text}\u201d; choose one that is offered.")


def _day(field: Asked, text: str) -> str:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise Invalid(f"{field.name} is no day; write it like 2026-12-24.")


def _person(field: Asked, text: str) -> str:
    if not _ID.fullmatch(text):
        raise Invalid(f"{field.name} names nobody; choose a person.")
    return str(int(text))


_CHECKS = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.CHOICE: _choice,
    FieldKind.DATE: _day,
    FieldKind.USER: _person,
}
