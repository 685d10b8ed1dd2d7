# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of holidays that others publish: what is read of them, and what they cannot do."""

from __future__ import annotations

from datetime import date

import pytest

from helpdesk.channels import holiday_feeds, web
from helpdesk.channels.holiday_feeds import holidays_in, read_feed, require_address
from helpdesk.core.errors import Invalid

FIRST, LAST = date(2025, 1, 1), date(2028, 12, 31)


def event(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))


def calendar(*events: str) -> bytes:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n"
    return (head + "".join(events) + "END:VCALENDAR\r\n").encode()


def day(text: str, name: str = "Feast", *lines: str) -> str:
    return event(f"UID:{name}", f"DTSTART;VALUE=DATE:{text}", f"SUMMARY:{name}", *lines)


def read(*events: str) -> list[tuple[str, str]]:
    return list(holidays_in(calendar(*events), FIRST, LAST))


def test_days_spans_and_series_are_read():
    found = read(
        day("20261224", "Christmas Eve"),
        day("20260803", "Works outing", "DTEND;VALUE=DATE:20260805"),
        day("20261230", "Stocktaking", "DURATION:P2D"),
        day(
            "20200501", "May Day", "RRULE:FREQ=YEARLY;UNTIL=20270601", "EXDATE;VALUE=DATE:20260501"
        ),
        day("20200101", "Last Friday", "RRULE:FREQ=YEARLY;BYMONTH=2;BYDAY=-1FR;COUNT=7"),
        day("20270101", "Fridays", "RRULE:FREQ=WEEKLY;COUNT=2"),
    )
    assert found == [
        ("2025-02-28", "Last Friday"),
        ("2025-05-01", "May Day"),
        ("2026-02-27", "Last Friday"),
        ("2026-08-03", "Works outing"),
        ("2026-08-04", "Works outing"),
        ("2026-12-24", "Christmas Eve"),
        ("2026-12-30", "Stocktaking"),
        ("2026-12-31", "Stocktaking"),
        ("2027-01-01", "Fridays"),
        ("2027-01-08", "Fridays"),
        ("2027-05-01", "May Day"),
    ]


def test_what_is_no_whole_day_of_these_years_is_left_out():
    assert not read(
        event("UID:1", "DTSTART:20261224T120000Z", "SUMMARY:Lunch"),
        event("UID:2", "SUMMARY:Some day"),
        day("20241231", "Before"),
        day("20290101", "After"),
        day("20261224", "Called off", "STATUS:CANCELLED"),
        day("00010101", "Long ago", "RRULE:FREQ=DAILY"),
        day("20261301", "No month"),
        event("UID:3", "DTSTART;VALUE=DATE:20261224", "DTSTART;VALUE=DATE:20261225"),
    )


def test_names_are_one_line_of_a_length():
    ((_, name),) = read(day("20261224", "A\\nB\\u0000" + "x" * 500))
    assert name.startswith("A B")
    assert len(name) == 200
    assert read(event("UID:1", "DTSTART;VALUE=DATE:20261224")) == [("2026-12-24", "Holiday")]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;INTERVAL=0;BYMONTH=2;BYMONTHDAY=30",  # would never end
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY",
        "FREQ=YEARLY;BYHOUR=0,1,2;BYMINUTE=0,1;BYSECOND=1",
        "FREQ=NEVER",
        "INTERVAL=1",
        "nonsense",
    ],
)
def test_rules_in_which_one_could_get_lost_are_not_followed(rule):
    series = day("20200101", "Endless", f"RRULE:{rule}")
    assert read(series, day("20261224")) == [("2026-12-24", "Feast")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>Sign in</html>",
        b"BEGIN:VCALENDAR\r\n" * 100_000,
        b"BEGIN:VCALENDAR\r\nDTSTART;" + b"x" * 100_000,
        b"\xff\xfe\x00" * 1000,
        b"BEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
    ],
    ids=["empty", "html", "deep", "long", "bytes", "crossed"],
)
def test_what_is_no_calendar_is_refused(data):
    with pytest.raises(Invalid, match="no iCalendar file"):
        holidays_in(data, FIRST, LAST)


def test_a_file_that_closes_the_desk_for_good_is_refused():
    with pytest.raises(Invalid, match="more than 1,000 days"):
        read(day("20200101", "Always", "DTEND;VALUE=DATE:99991231"))


def test_a_file_of_too_many_rules_is_refused(monkeypatch):
    seconds = iter(range(0, 1000, 2))
    monkeypatch.setattr(holiday_feeds, "monotonic", lambda: next(seconds))
    series = [day("20200101", str(number), "RRULE:FREQ=YEARLY") for number in range(10)]
    with pytest.raises(Invalid, match="too long"):
        read(*series)
    many = [day("20200101", "One", "RRULE:FREQ=YEARLY") for _ in range(6)]
    assert read(*many) == []


def test_a_subscription_is_fetched_within_its_bounds(monkeypatch):
    asked = []

    def fetch(url: str, **bounds: object) -> bytes:
        asked.append((url, bounds))
        return calendar(day("20261224"), day("20201224", "Old"))

    monkeypatch.setattr(web, "fetch", fetch)
    found = read_feed("webcal://example.org/days.ics", date(2026, 5, 5), allowed=("a",))
    assert found == (("2026-12-24", "Feast"),)
    assert asked == [("https://example.org/days.ics", {"largest": 1_000_000, "allowed": ("a",)})]


@pytest.mark.parametrize("url", ["http://10.0.0.1/a.ics", "file:///etc/passwd", "https://127.1/a"])
def test_an_address_inside_is_refused(url):
    with pytest.raises(Invalid):
        require_address(url, ())
    require_address("https://example.org/days.ics", ())
