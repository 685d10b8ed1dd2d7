# SPDX-License-Identifier: GPL-3.0-or-later
"""Says numbers of reports as people read them."""

from __future__ import annotations

from helpdesk.core.lengths import age, duration
from helpdesk.core.schemas.figures import Unit
from helpdesk.core.schemas.reports import Cell, Column, Report

NOTHING, _MINUS = "–", "\u2212"
_UNIT_WORDS = {Unit.SECONDS: "seconds", Unit.AGE: "seconds", Unit.SHARE: "share of 1"}


def days_of(report: Report) -> str:
    """Return of which days a report tells, or as of which it does."""
    if report.is_of_now:
        return f"as of {report.made_at:%Y-%m-%d}"
    return report.first if report.first == report.last else f"{report.first} – {report.last}"


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
        return f"{value:.0%}".replace("%", " %") if value in (0, 1) else f"{value * 100:.1f} %"
    if unit is Unit.SCORE:
        return f"{value:.1f}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def difference(value: float | None, before: float | None, unit: Unit) -> str:
    """Return how a value differs from the one before, or nothing where that says nothing."""
    if value is None or before is None:
        return ""
    more = value - before
    if unit is Unit.SHARE:
        return _signed(f"{more * 100:+.1f}", " points")
    if unit is Unit.SCORE:
        return _signed(f"{more:+.1f}")
    if not unit.is_time:
        return _signed(f"{more:+,.0f}")
    if 0 < abs(more) <= before:
        return _signed(f"{more / before * 100:+.0f}", " %")
    # More than twice as long says little in percent: how much longer it took is told.
    sign = "+" if more > 0 else _MINUS
    return f"{sign}{duration(abs(more))}" if more else _signed("0")


def _signed(number: str, unit: str = "") -> str:
    is_nothing = not number.strip("+-0.")
    return "unchanged" if is_nothing else number.replace("-", _MINUS) + unit
