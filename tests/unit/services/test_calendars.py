# SPDX-License-Identifier: GPL-3.0-or-later
"""Business hours as admins set them: revisions, what is refused, previews and feeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from helpdesk.channels.web import WebFault
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, DeskError, Invalid, NotFound
from helpdesk.core.schemas.sla import (
    CalendarChange,
    CalendarPreviewAsk,
    CalendarSettings,
    CalendarView,
    OwnHoliday,
    PolicySettings,
    Slot,
    Target,
)
from helpdesk.core.schemas.tickets import Priority
from helpdesk.models import CalendarRevision, Team
from helpdesk.repositories.calendars import CalendarRepository
from helpdesk.repositories.facts import FactRepository
from helpdesk.repositories.policies import SLA_CHANGED
from helpdesk.services import calendars
from helpdesk.services.work import Change
from helpdesk.sla import holidays
from helpdesk.sla.calendar import OUT_OF_HOURS, WorkingCalendar, working_calendar
from tests.conftest import SettableClock, SignIn
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)
"""Both databases and both transports, each once: there is nothing here for every pair."""
HOUR = timedelta(hours=1)
FEED = "https://example.org/days.ics"
WEEK = tuple(Slot(day=day, begin=9 * 60, end=17 * 60) for day in range(5))
Says = Callable[[Any], None]


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


@pytest.fixture
def feed_says(monkeypatch: pytest.MonkeyPatch) -> Says:
    """Return a function that sets what the subscribed file names, or how it fails."""

    def says(what: Any) -> None:
        def read(url: str, today: object, *, allowed: object) -> Any:
            if isinstance(what, DeskError):
                raise what
            return what

        monkeypatch.setattr(calendars, "read_feed", read)

    return says


def office(name: str = "Office", **others: Any) -> CalendarSettings:
    values = {"name": name, "time_zone": "Europe/Berlin", "slots": WEEK, **others}
    return CalendarSettings.model_validate(values)


def changed(view: CalendarView, **others: Any) -> CalendarChange:
    kept = view.model_dump(include=set(CalendarSettings.model_fields) - {"feeds"})
    feeds = tuple(feed.url for feed in view.feeds)
    return CalendarChange.model_validate(
        {**kept, "feeds": feeds, "version": view.version, **others}
    )


def revisions(desk: EmbeddedDesk, calendar_id: int) -> list[tuple[datetime, str]]:
    of_it = select(CalendarRevision).where(CalendarRevision.calendar_id == calendar_id)
    with desk.database.reading() as session:
        found = session.execute(of_it.order_by(CalendarRevision.id)).scalars()
        return [(each.at, each.feed_days) for each in found]


def told(desk: EmbeddedDesk) -> str | None:
    with desk.database.reading() as session:
        return FactRepository(session).get(SLA_CHANGED)


def measured_by(dana: HelpDesk, calendar_id: int) -> int:
    target = Target(priority=Priority.HIGH, resolution=60)
    new = PolicySettings(name="Fast", calendar_id=calendar_id, targets=(target,))
    return dana.policies.add(new).id


# --- changing -----------------------------------------------------------------------------------


def test_a_change_is_a_revision_and_told(
    dana: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    heard: list[Change] = []
    embedded.executor.subscribe(heard.append)
    made = dana.calendars.add(office())
    begun = clock.now
    assert revisions(embedded, made.id) == [(begun, "[]")]
    assert told(embedded) is None  # nothing is measured by it yet

    clock.forward(hours=1)
    change = changed(made, slots=WEEK[:4], holidays=(OwnHoliday(day="2026-12-24", name="Eve"),))
    view = dana.calendars.change(made.id, change)
    assert (view.version, view.slots, len(view.holidays)) == (2, WEEK[:4], 1)
    assert [at for at, _ in revisions(embedded, made.id)] == [begun, clock.now]
    first = told(embedded)
    assert first

    # What says the same is no change.
    assert dana.calendars.change(made.id, changed(view)) == view
    assert (len(revisions(embedded, made.id)), told(embedded)) == (2, first)

    dana.calendars.change(made.id, changed(view, name="Head office"))
    assert told(embedded) != first
    assert heard == [Change("sla", (made.id,))] * 3
    assert [each.name for each in dana.calendars.all() if each.id == made.id] == ["Head office"]


def test_an_older_view_overwrites_nothing(dana: HelpDesk):
    made = dana.calendars.add(office())
    dana.calendars.change(made.id, changed(made, name="Head office"))
    with pytest.raises(Conflict) as caught:
        dana.calendars.change(made.id, changed(made, name="Branch"))
    assert isinstance(caught.value.current, CalendarView)
    assert caught.value.current.name == "Head office"


def test_what_cannot_be_is_refused(dana: HelpDesk, embedded: EmbeddedDesk):
    dana.calendars.add(office("The Desk"))
    made = dana.calendars.add(office())
    refused: list[tuple[str, dict[str, Any]]] = [
        ("name", {"name": "THE desk"}),
        ("time_zone", {"time_zone": "Europe/Nowhere"}),
        ("time_zone", {"time_zone": "../../etc/passwd"}),
        ("time_zone", {"time_zone": "Europe"}),
        ("country", {"country": "XX"}),
        ("country", {"region": "BE"}),
        ("region", {"country": "DE", "region": "Atlantis"}),
        ("holidays", {"holidays": [{"day": "2026-02-30", "name": "Never"}]}),
        ("holidays", {"holidays": [{"day": "0001-01-01", "name": "Long ago"}]}),
        ("feeds", {"feeds": [FEED, FEED]}),
        ("feeds", {"feeds": ["https://192.168.0.1/days.ics"]}),
        ("feeds", {"feeds": ["days.ics"]}),
    ]
    for field, others in refused:
        with pytest.raises(Invalid) as caught:
            dana.calendars.add(office(**{"name": "New", **others}))
        assert caught.value.field == field
        with pytest.raises(Invalid) as caught:
            dana.calendars.change(made.id, changed(made, **others))
        assert caught.value.field == field
    assert len(revisions(embedded, made.id)) == 1


def test_what_is_in_use_stays(dana: HelpDesk, embedded: EmbeddedDesk):
    dana.calendars.add(office("First"))
    made = dana.calendars.add(office())
    policy = measured_by(dana, made.id)
    with pytest.raises(Invalid, match="A policy counts"):
        dana.calendars.remove(made.id)
    assert [each.policies for each in dana.calendars.all() if each.id == made.id] == [1]
    dana.policies.remove(policy)

    with embedded.database.writing() as session:
        team = Team(name="Network", name_folded="network", calendar_id=made.id)
        session.add(team)
    with pytest.raises(Invalid, match="Network is on duty"):
        dana.calendars.remove(made.id)
    with embedded.database.writing() as session:
        session.merge(team).calendar_id = None

    dana.calendars.make_default(made.id)
    with pytest.raises(Invalid, match="default first"):
        dana.calendars.remove(made.id)
    default = [each.name for each in dana.calendars.all() if each.is_default]
    assert default == ["Office"]
    other = next(each for each in dana.calendars.all() if not each.is_default)
    assert dana.calendars.make_default(other.id).is_default

    dana.calendars.remove(made.id)
    for call in (
        lambda: dana.calendars.remove(made.id),
        lambda: dana.calendars.change(made.id, changed(made)),
        lambda: dana.calendars.read_feeds(made.id),
        lambda: measured_by(dana, made.id),
    ):
        with pytest.raises((NotFound, Invalid)):
            call()
    # Old segments were counted by it, and its name is free again.
    assert len(revisions(embedded, made.id)) == 1
    assert dana.calendars.add(office()).id != made.id


# --- looking ahead ------------------------------------------------------------------------------


def test_a_preview_tells_every_minute_and_why(dana: HelpDesk):
    settings = office(
        country="DE", region="BE", holidays=(OwnHoliday(day="2026-12-24", name="Closed"),)
    )
    ask = CalendarPreviewAsk(settings=settings, first_day="2026-12-23", days=4)
    seen = dana.calendars.preview(ask)
    assert seen.minutes == 8 * 60
    assert [(each.day, each.name, each.source) for each in seen.holidays] == [
        ("2026-12-24", "Closed", "own"),
        ("2026-12-25", "Christmas Day", "country"),
        ("2026-12-26", "Second Day of Christmas", "country"),
    ]
    assert [(part.begin, part.why) for part in seen.parts] == [
        (datetime(2026, 12, 22, 23, tzinfo=UTC), "outside of hours"),
        (datetime(2026, 12, 23, 8, tzinfo=UTC), ""),
        (datetime(2026, 12, 23, 16, tzinfo=UTC), "outside of hours"),
        (datetime(2026, 12, 23, 23, tzinfo=UTC), "Closed"),
        (datetime(2026, 12, 24, 23, tzinfo=UTC), "Christmas Day"),
        (datetime(2026, 12, 25, 23, tzinfo=UTC), "Second Day of Christmas"),
    ]
    assert seen.parts[-1].end == datetime(2026, 12, 26, 23, tzinfo=UTC)
    with pytest.raises(Invalid) as caught:
        dana.calendars.preview(ask.model_copy(update={"first_day": "2026-02-30"}))
    assert caught.value.field == "first_day"


def test_a_holiday_has_a_name(dana: HelpDesk):
    unnamed = office(holidays=(OwnHoliday(day="2026-12-23", name=""),))
    with pytest.raises(Invalid) as caught:
        dana.calendars.add(unnamed)
    assert caught.value.field == "holidays"
    ask = CalendarPreviewAsk(settings=unnamed, first_day="2026-12-23", days=1)
    seen = dana.calendars.preview(ask)
    assert [each.name for each in seen.holidays] == ["Holiday"]


def test_countries_have_their_regions(dana: HelpDesk):
    known = {each.code: each for each in dana.calendars.countries()}
    assert known["DE"].name == "Germany"
    assert "BE" in known["DE"].regions
    names = dict(zip(known["FR"].regions, known["FR"].region_names, strict=True))
    assert names["971"] == "Guadeloupe"
    assert all(len(each.regions) == len(each.region_names) for each in known.values())
    assert len(known) > 200


# --- feeds --------------------------------------------------------------------------------------


def test_a_subscription_is_read_kept_and_told_of(
    dana: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock, feed_says: Says
):
    made = dana.calendars.add(office(feeds=(FEED,)))
    assert [(feed.url, feed.read_at, feed.days) for feed in made.feeds] == [(FEED, None, 0)]

    feed_says((("2026-11-25", "Outing"),))
    view = dana.calendars.read_feeds(made.id)
    assert [(feed.read_at, feed.days, feed.problem) for feed in view.feeds] == [(clock.now, 1, "")]
    assert [days for _, days in revisions(embedded, made.id)] == ["[]", '[["2026-11-25","Outing"]]']
    was_told = told(embedded)
    assert was_told
    ask = CalendarPreviewAsk(settings=office(feeds=(FEED,)), first_day="2026-11-25", days=1)
    assert dana.calendars.preview(ask).minutes == 0
    assert [each.source for each in dana.calendars.preview(ask).holidays] == [FEED]

    # The same again is no revision.
    read_at = clock.now
    clock.forward(minutes=5)
    assert dana.calendars.read_feeds(made.id).feeds[0].read_at == clock.now
    assert (len(revisions(embedded, made.id)), told(embedded)) == (2, was_told)

    # What fails keeps its days, and what an admin changes keeps what was read.
    read_at = clock.now
    clock.forward(minutes=5)
    feed_says(WebFault("example.org cannot be reached."))
    failed = dana.calendars.read_feeds(made.id)
    assert failed.feeds[0].model_dump(exclude={"url"}) == {
        "read_at": read_at,
        "days": 1,
        "problem": "example.org cannot be reached.",
    }
    dana.calendars.change(made.id, changed(failed, name="Head office"))
    assert revisions(embedded, made.id)[-1][1] == '[["2026-11-25","Outing"]]'
    other = changed(dana.calendars.all()[0], feeds=())
    assert dana.calendars.change(made.id, other).feeds == ()
    assert revisions(embedded, made.id)[-1][1] == "[]"


def test_who_may_not_change_an_address_sees_no_secret_in_it(
    dana: HelpDesk, sign_in: SignIn, feed_says: Says
):
    secrets = tuple(f"https://example.org/ical/private-{n}/days.ics?key=abc" for n in (1, 2))
    made = dana.calendars.add(office(feeds=secrets))
    feed_says((("2026-11-25", "Outing"),))
    assert [feed.url for feed in dana.calendars.read_feeds(made.id).feeds] == list(secrets)

    charlie = sign_in("charlie")
    seen = charlie.calendars.all()[0]
    urls = [feed.url for feed in seen.feeds]
    assert [url[:-4] for url in urls] == ["https://example.org/ical..."] * 2
    assert urls[0] != urls[1]
    # What the calendar makes of the files can be tried all the same.
    settings = office(feeds=tuple(urls))
    preview = charlie.calendars.preview(
        CalendarPreviewAsk(settings=settings, first_day="2026-11-25", days=1)
    )
    assert preview.minutes == 0
    assert [each.source for each in preview.holidays] == [urls[1]]


# --- the days of a country ----------------------------------------------------------------------


def test_another_version_of_the_package_changes_only_what_comes(
    dana: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
):
    """Revisions keep what was known of a country; what is newly known is a new revision."""
    made = dana.calendars.add(office(country="DE", region="BE"))
    asked = holidays.public_holidays
    new_year, unity = date(2026, 1, 1), date(2027, 10, 3)

    def newer(country: str, region: str, year: int) -> Mapping[date, str]:
        found = {day: f"{name}!" for day, name in asked(country, region, year).items()}
        return {day: name for day, name in found.items() if day not in {new_year, unity}}

    monkeypatch.setattr(holidays, "public_holidays", newer)
    working_calendar.cache_clear()
    first = counted_by(embedded, made.id)
    assert [works_on(first, day) for day in (new_year, unity)] == [False, False]

    was_told = told(embedded)
    policy = measured_by(dana, made.id)
    clock.forward(hours=1)
    dana.calendars.read_feeds(made.id)
    assert len(revisions(embedded, made.id)) == 2
    assert policy
    assert told(embedded) != was_told
    assert [works_on(first, day) for day in (new_year, unity)] == [False, False]
    second = counted_by(embedded, made.id)
    assert [works_on(second, day) for day in (new_year, unity)] == [True, True]

    # The same again, other names, and a change of something else are none.
    dana.calendars.read_feeds(made.id)
    monkeypatch.setattr(
        holidays,
        "public_holidays",
        lambda *of: {day: name.rstrip("!") for day, name in newer(*of).items()},
    )
    dana.calendars.read_feeds(made.id)
    assert len(revisions(embedded, made.id)) == 2
    kept = revisions(embedded, made.id)[-1][1]
    view = next(each for each in dana.calendars.all() if each.id == made.id)
    dana.calendars.change(made.id, changed(view, name="Berlin"))
    assert revisions(embedded, made.id)[-1][1] == kept


def test_a_country_that_is_not_known_any_more_keeps_its_days(
    dana: HelpDesk, embedded: EmbeddedDesk, monkeypatch: pytest.MonkeyPatch
):
    made = dana.calendars.add(office(country="DE", region="BE"))
    monkeypatch.setattr(holidays, "knows", lambda country, region="": False)
    dana.calendars.read_feeds(made.id)
    assert len(revisions(embedded, made.id)) == 1


def counted_by(desk: EmbeddedDesk, calendar_id: int) -> WorkingCalendar:
    with desk.database.reading() as session:
        repository = CalendarRepository(session)
        id_ = repository.view(calendar_id).revision_id
        return working_calendar(*repository.revisions([id_])[id_])


def works_on(calendar: WorkingCalendar, day: date) -> bool:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return all(part.why in {"", OUT_OF_HOURS} for part in calendar.parts(noon, noon + HOUR))
