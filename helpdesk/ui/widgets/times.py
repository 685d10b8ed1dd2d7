# SPDX-License-Identifier: GPL-3.0-or-later
"""How moments are said: short and relative on the screen, in full where one asks for it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from PyQt5.QtCore import QCoreApplication, QDate, QLocale, QTime

from helpdesk.ui.tokens import Tone

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_RECENT = timedelta(hours=6)
_SOON = timedelta(hours=4)
_NEAR = timedelta(hours=10)


def relative_time(moment: datetime, now: datetime) -> str:
    """Say how long ago an aware moment was: "38 min ago", "yesterday", "12 Sep"."""
    passed = now - moment
    if passed < _MINUTE:
        return _tr("just now")
    if passed < _HOUR:
        return _tr("%n min ago", passed // _MINUTE)
    day, today = moment.astimezone().date(), now.astimezone().date()
    if day == today or passed < _RECENT:
        return _tr("%n h ago", passed // _HOUR)
    if day == today - _DAY:
        return _tr("yesterday")
    return _day(day, with_year=day.year != today.year)


def time_left(due: datetime, now: datetime) -> tuple[str, Tone]:
    """Say how much time is left until ``due``, and in which tone: "0:14 left", "overdue 2 h"."""
    left = due - now
    if left < timedelta(0):
        return _tr("overdue {time}").format(time=_span(-left)), "urgent"
    if left < _SOON:
        hours, minutes = divmod(left // _MINUTE, 60)
        text = _tr("{time} left").format(time=f"{hours}:{minutes:02}")
        return text, "urgent" if left < _HOUR else "high"
    return _span(_rounded(left)), "neutral"


def span(minutes: int) -> str:
    """Say a length of business hours, which has no days: "2 h 10 m", "35 m", "40 h"."""
    hours, rest = divmod(minutes, 60)
    said = [_tr("{count} h").format(count=f"{hours:,}")] if hours else []
    if rest or not hours:
        said.append(_tr("{count} m").format(count=rest))
    return " ".join(said)


def countdown(left: timedelta) -> str:
    """Say how long until a moment, or since: "25 m", "2 h 10 m", then "14 h", "3 d"."""
    minutes = -(-left // _MINUTE)  # the minute that has begun is still there
    if minutes * _MINUTE < _NEAR:
        return span(minutes)
    return _span(_rounded(left))


def clock_time(moment: datetime) -> str:
    """Say the local time of day: "09:02", or as the person's locale has it."""
    local = moment.astimezone()
    locale = QLocale()
    time = QTime(local.hour, local.minute)
    # The C locale, which is nobody's, adds seconds.
    if locale.language() == QLocale.C:
        return str(time.toString("HH:mm"))
    return str(locale.toString(time, QLocale.ShortFormat))


def stale_sentence(read_at: datetime) -> str:
    """Say that what is shown is from an earlier moment, because the server is away now."""
    return _tr("No connection; this is how it was at {time}.").format(time=clock_time(read_at))


def full_time(moment: datetime) -> str:
    """Say day and time in the local zone, for tooltips: "Mon 23 Nov 2026, 16:05"."""
    local = moment.astimezone().date()
    return f"{weekday(moment)} {_day(local, with_year=True)}, {clock_time(moment)}"


def weekday(moment: datetime) -> str:
    """Say the local day of the week: "Mon"."""
    local = moment.astimezone().date()
    return str(QLocale().toString(QDate(local.year, local.month, local.day), "ddd"))


def calendar_day(day: date) -> str:
    """Say a day of a calendar, which is no moment: "24 Dec"."""
    return _day(day, with_year=False)


def weekday_name(day: date) -> str:
    """Say the day of the week in full: "Thursday"."""
    return str(QLocale().toString(QDate(day.year, day.month, day.day), "dddd"))


def day_words(moment: datetime, now: datetime) -> str:
    """Say the local day, with its year where that is another one: "16 Nov"."""
    day = moment.astimezone().date()
    return _day(day, with_year=day.year != now.astimezone().year)


def _day(day: date, *, with_year: bool) -> str:
    pattern = "d MMM yyyy" if with_year else "d MMM"
    return str(QLocale().toString(QDate(day.year, day.month, day.day), pattern))


def _span(length: timedelta) -> str:
    if length < _HOUR:
        return _tr("%n min", length // _MINUTE)
    if length < _DAY:
        return _tr("%n h", length // _HOUR)
    return _tr("%n d", length // _DAY)


def _rounded(length: timedelta) -> timedelta:
    """Return a length to the nearest hour, or day: of eight hours none is gone in a minute."""
    unit = _HOUR if length + _HOUR / 2 < _DAY else _DAY
    return (length + unit / 2) // unit * unit


def _tr(text: str, count: int = -1) -> str:
    return QCoreApplication.translate("times", text, None, count)
