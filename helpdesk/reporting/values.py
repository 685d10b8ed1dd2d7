# SPDX-License-Identifier: GPL-3.0-or-later
"""Says numbers of reports as people read them."""

from __future__ import annotations

from helpdesk.core.lengths import age, duration
from helpdesk.core.schemas.figures import Unit
from helpdesk.core.schemas.reports import Cell, Column

NOTHING, _MINUS = "–", "\u2212"
_UNIT_WORDS = {Unit.SECONDS: "seconds", Unit.AGE: "seconds", Unit.SHARE: "share of 1"}


def full_title(column: Column) -> str:
    """Return the title of a column of bare numbers, with what they are counted in."""
    words = _UNIT_WORDS.get(column.unit) if column.unit else None
    return f"{column.title} ({words})" if words else column.title


def said(value: Cell, unit: Unit | None) -> str:
    """Return a value in words, such as '2 h 05 m' or '93.4 %'."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if unit in (Unit.SECONDS, Unit.AGE):
        return age(value) if unit is Unit.AGE else duration(value)
    if unit is Unit.SHARE:
        return f"{value * 100:.1f} %"
    if unit is Unit.SCORE:
        return f"{value:.1f}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def difference(value: float | None, before: float | None, unit: Unit) -> str:
    """Return how a value differs from the one before, or nothing where that says nothing."""
    if value is None or before is None:
        return ""
    if unit is Unit.SHARE:
        return _signed(f"{(value - before) * 100:+.1f}", " points")
    if unit is Unit.SCORE:
        return _signed(f"{value - before:+.1f}")
    return _signed(f"{(value - before) / before * 100:+.0f}", " %") if before else ""


def _signed(number: str, unit: str = "") -> str:
    is_nothing = not number.strip("+-0.")
    return "unchanged" if is_nothing else number.replace("-", _MINUS) + unit
