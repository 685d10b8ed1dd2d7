# SPDX-License-Identifier: GPL-3.0-or-later
"""Subscribed holidays are read daily, new and failing ones sooner, and one fails for itself."""

from __future__ import annotations

import pytest

from helpdesk.channels.web import WebFault
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.sla import CalendarSettings
from helpdesk.jobs import holiday_feeds
from helpdesk.jobs.holiday_feeds import read_holidays
from helpdesk.repositories.calendars import CalendarRepository
from helpdesk.services import calendars
from tests.conftest import SettableClock, SignIn

GOOD, BAD = "https://example.org/good.ics", "https://example.org/bad.ics"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is asked of the web; one address never answers."""
    urls: list[str] = []

    def read(url: str, today: object, *, allowed: object) -> tuple[tuple[str, str], ...]:
        urls.append(url)
        if url == BAD:
            raise WebFault("example.org cannot be reached.")
        return (("2026-12-24", "Eve"),)

    monkeypatch.setattr(calendars, "read_feed", read)
    return urls


def subscribe(dana: HelpDesk, *urls: str) -> int:
    new = CalendarSettings(name=urls[0], time_zone="UTC", slots=(), feeds=urls)
    return dana.calendars.add(new).id


def test_each_is_read_when_it_is_due(
    embedded: EmbeddedDesk, clock: SettableClock, sign_in: SignIn, asked: list[str]
):
    dana = sign_in("dana")
    assert read_holidays(embedded, clock.now) == 0
    subscribe(dana, GOOD)
    mixed = subscribe(dana, BAD, GOOD)
    assert read_holidays(embedded, clock.now) == 2
    assert sorted(asked) == [BAD, GOOD, GOOD]
    feeds = next(each.feeds for each in dana.calendars.all() if each.id == mixed)
    assert [(feed.days, feed.problem) for feed in feeds] == [
        (0, "example.org cannot be reached."),
        (1, ""),
    ]

    # Within the hour what failed is tried again, after a day everything, also by another clock.
    clock.forward(hours=1)
    assert read_holidays(embedded, clock.now) == 1
    clock.forward(hours=23)
    assert read_holidays(embedded, clock.now) == 2
    clock.forward(days=-30)
    assert read_holidays(embedded, clock.now) == 2


def test_it_ends_before_its_lease_does(
    embedded: EmbeddedDesk, clock: SettableClock, sign_in: SignIn, asked: list[str], monkeypatch
):
    dana = sign_in("dana")
    for number in range(3):
        subscribe(dana, f"{GOOD}?{number}")
    seconds = iter((0.0, 1.0, holiday_feeds.LONGEST_SECONDS + 1))
    monkeypatch.setattr(holiday_feeds, "monotonic", lambda: next(seconds))
    assert read_holidays(embedded, clock.now) == 1


def test_a_calendar_that_is_gone_keeps_no_other_waiting(
    embedded: EmbeddedDesk, clock: SettableClock, sign_in: SignIn, asked: list[str], monkeypatch
):
    dana = sign_in("dana")
    subscribe(dana, f"{GOOD}?default")
    gone, kept = subscribe(dana, GOOD), subscribe(dana, f"{GOOD}?kept")
    execute = embedded.executor.execute

    def remove_meanwhile(operation, arguments, **others):
        if operation.name == "read_feeds" and arguments == {"calendar_id": gone}:
            dana.calendars.remove(gone)
        return execute(operation, arguments, **others)

    monkeypatch.setattr(embedded.executor, "execute", remove_meanwhile)
    assert read_holidays(embedded, clock.now) == 2
    feeds = next(each.feeds for each in dana.calendars.all() if each.id == kept)
    assert feeds[0].days == 1


def test_the_days_of_a_country_are_renewed_before_their_years_run_out(
    embedded: EmbeddedDesk, clock: SettableClock, sign_in: SignIn
):
    new = CalendarSettings(name="Berlin", time_zone="UTC", slots=(), country="DE", region="BE")
    made = sign_in("dana").calendars.add(new)
    revisions = []
    for days in (1, 3 * 365, 365, 1):
        clock.forward(days=days)
        read = read_holidays(embedded, clock.now)
        with embedded.database.reading() as session:
            revisions.append((read, CalendarRepository(session).view(made.id).version))
    assert revisions == [(0, 1), (0, 1), (1, 2), (0, 2)]
