# SPDX-License-Identifier: GPL-3.0-or-later
"""Business hours and holidays, as admins set them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from helpdesk.channels.holiday_feeds import read_feed
from helpdesk.core.errors import Conflict, DeskError, Invalid
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.sla import (
    CalendarChange,
    CalendarPreview,
    CalendarPreviewAsk,
    CalendarSettings,
    CalendarView,
    FeedState,
    HolidayCountry,
)
from helpdesk.models import BusinessCalendar
from helpdesk.repositories.calendars import Calendar, KeptFeed, days_of
from helpdesk.repositories.desk_changes import SLA
from helpdesk.services.audit_trail import About, changes_of
from helpdesk.services.audit_words import added, removed
from helpdesk.services.calendar_checks import (
    checked_day,
    require_named_days,
    require_own_name,
    require_sound,
)
from helpdesk.services.feed_addresses import shortened
from helpdesk.services.sla_changes import sla_changed
from helpdesk.services.work import Transacted, Work
from helpdesk.sla import holidays
from helpdesk.sla.calendar import WorkingCalendar

MOST_CALENDARS = 200
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FULL = f"There are {MOST_CALENDARS} calendars already; remove one that nobody uses."
_CHANGED = "The calendar was changed in the meantime; look at the new state and try again."


_TOLD = ("name", "time_zone", "hours", "country", "region", "holidays", "feeds")
"""What the audit log tells of a calendar."""


class Calendars:
    """When the desk and its teams work."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/calendars", permission=Permission.SEE_RULES)
    def all(self) -> tuple[CalendarView, ...]:
        """List the calendars with their business hours and holidays."""
        calendars = self._work.desk.calendars.all()
        return tuple(_view(each, self._address) for each in calendars)

    @operation("GET", "/calendars/countries", permission=Permission.SEE_RULES)
    def countries(self) -> tuple[HolidayCountry, ...]:
        """List the countries whose public holidays are known."""
        return holidays.countries()

    @operation("POST", "/calendars", permission=Permission.SET_UP_RULES, creates=True)
    def add(self, new: CalendarSettings) -> CalendarView:
        """Add a calendar."""
        calendars, others = self._work.desk.calendars, self._work.desk.calendars.all()
        require_sound(new, self._allowed_hosts)
        require_named_days(new)
        require_own_name(new, others)
        if len(others) >= MOST_CALENDARS:
            raise Invalid(_FULL)
        made = calendars.add(
            new,
            self._work.now,
            self._work.actor.id,
            feeds=tuple(KeptFeed(url=url) for url in new.feeds),
            feed_days=holidays.days_to_keep(new, (), self._work.now.date()),
            is_default=not any(other.is_default for other in others),
        )
        desk = self._work.desk
        desk.audit.set_up(About("calendar", made.id, new.name), added(_told(new), _TOLD))
        desk.changed(SLA, made.id)
        return _view(calendars.view(made.id))

    @operation("PUT", "/calendars/{calendar_id}", permission=Permission.SET_UP_RULES)
    def change(self, calendar_id: int, change: CalendarChange) -> CalendarView:
        """Change a calendar from now on; what was counted before stays counted as it was."""
        desk = self._work.desk
        calendar = desk.calendars.get(calendar_id)
        others = desk.calendars.all()
        now_in_force = next(each for each in others if each.id == calendar_id)
        if calendar.version != change.version:
            raise Conflict(_CHANGED, current=_view(now_in_force))
        require_sound(change, self._allowed_hosts)
        require_named_days(change)
        require_own_name(change, others, calendar_id)
        wanted = settings_of(change)
        if wanted == now_in_force.settings:
            return _view(now_in_force)
        known = {feed.url: feed for feed in now_in_force.feeds}
        feeds = tuple(known.get(url) or KeptFeed(url=url) for url in wanted.feeds)
        self._revise(desk, calendar, now_in_force, wanted, feeds)
        changes = changes_of(_told(now_in_force.settings), _told(wanted), _TOLD)
        desk.audit.set_up(About("calendar", calendar_id, wanted.name), changes)
        sla_changed(desk, calendar_id)
        return _view(desk.calendars.view(calendar_id))

    @operation("DELETE", "/calendars/{calendar_id}", permission=Permission.SET_UP_RULES)
    def remove(self, calendar_id: int) -> None:
        """Remove a calendar that neither a policy nor a team uses."""
        calendars = self._work.desk.calendars
        calendar, in_force = calendars.get(calendar_id), calendars.view(calendar_id)
        if in_force.policies:
            raise Invalid(
                f"{in_force.policies} policies count by this calendar; choose another there first."
                if in_force.policies > 1
                else "A policy counts by this calendar; choose another there first."
            )
        if teams := calendars.teams_with(calendar_id):
            raise Invalid(f"{teams[0]} is on duty by this calendar; choose another there first.")
        if calendar.is_default:
            raise Invalid("Make another calendar the default first.")
        calendar.removed = True
        calendar.version += 1
        about = About("calendar", calendar_id, calendar.name)
        self._work.desk.audit.set_up(about, removed())
        self._work.desk.changed(SLA, calendar_id)

    @operation("POST", "/calendars/{calendar_id}/default", permission=Permission.SET_UP_RULES)
    def make_default(self, calendar_id: int) -> CalendarView:
        """Let new policies use this calendar."""
        calendars = self._work.desk.calendars
        if not calendars.get(calendar_id).is_default:
            calendars.make_default(calendar_id)
            about = About("calendar", calendar_id, calendars.get(calendar_id).name)
            self._work.desk.audit.set_up(about, [("Default", "no", "yes")])
            self._work.desk.changed(SLA, calendar_id)
        return _view(calendars.view(calendar_id))

    @operation(
        "POST",
        "/calendars/preview",
        permission=Permission.SEE_RULES,
        transaction=Transaction.READ,
    )
    def preview(self, ask: CalendarPreviewAsk) -> CalendarPreview:
        """Show which minutes of some days would count, and why others would not."""
        first = checked_day(ask.first_day, field="first_day")
        require_sound(ask.settings, self._allowed_hosts)
        known = self._feeds_of(ask.settings.feeds)
        calendar = WorkingCalendar.of(ask.settings, days_of(known))
        last, zone = first + timedelta(days=ask.days), ZoneInfo(ask.settings.time_zone)
        begin, end = (_utc(datetime.combine(day, time(), zone)) for day in (first, last))
        named = holidays.listed(
            ask.settings,
            [(self._address(feed.url), feed.days) for feed in known],
            range(first.year, last.year + 1),
        )
        return CalendarPreview(
            parts=tuple(calendar.parts(begin, end)),
            holidays=tuple(
                each for each in named if first.isoformat() <= each.day < last.isoformat()
            ),
            minutes=calendar.counted(begin, end) // 60,
        )

    @operation(
        "POST",
        "/calendars/{calendar_id}/feeds",
        permission=Permission.SET_UP_RULES,
        transaction=Transaction.STEPWISE,
    )
    def read_feeds(self, calendar_id: int) -> CalendarView:
        """Read the subscribed holidays of a calendar at once."""
        with self._work.step(writes=False) as desk:
            kept = desk.calendars.view(calendar_id)
        # The network is asked while no transaction waits for it, nor for the heavy package.
        read = {feed.url: self._read(feed) for feed in kept.feeds}
        holidays.is_outdated(kept.settings, kept.feed_days, self._work.now.date())
        with self._work.step(writes=True) as desk:
            calendar = desk.calendars.get(calendar_id)
            self._keep(desk, calendar, read)
            return _view(desk.calendars.view(calendar_id))

    # --- how ----------------------------------------------------------------------------------

    @property
    def _allowed_hosts(self) -> tuple[str, ...]:
        return self._work.settings.channels.allowed_hosts

    def _read(self, feed: KeptFeed) -> KeptFeed:
        """Return what a file says now; one that cannot be read keeps its days and says why."""
        now = self._work.now
        try:
            days = read_feed(feed.url, now.date(), allowed=self._allowed_hosts)
        except DeskError as error:
            return feed.model_copy(update={"tried_at": now, "problem": str(error)})
        return KeptFeed(url=feed.url, read_at=now, tried_at=now, days=days)

    def _keep(
        self, desk: Transacted, calendar: BusinessCalendar, read: dict[str, KeptFeed]
    ) -> None:
        """Keep what was read of the files that are still subscribed, and the country's days."""
        in_force = desk.calendars.view(calendar.id)
        feeds = tuple(read.get(feed.url, feed) for feed in in_force.feeds)
        if self._days_to_keep(in_force, in_force.settings, feeds) == in_force.feed_days:
            desk.calendars.keep_feeds(calendar, feeds)
            desk.flush()
            desk.changed(SLA, calendar.id)
            return
        self._revise(desk, calendar, in_force, in_force.settings, feeds)
        sla_changed(desk, calendar.id)

    def _revise(
        self,
        desk: Transacted,
        calendar: BusinessCalendar,
        before: Calendar,
        wanted: CalendarSettings,
        feeds: tuple[KeptFeed, ...],
    ) -> None:
        kept, now = self._days_to_keep(before, wanted, feeds), self._work.now
        desk.calendars.change(calendar, wanted, feeds, kept, now, self._work.actor.id)

    def _days_to_keep(
        self, before: Calendar, wanted: CalendarSettings, feeds: tuple[KeptFeed, ...]
    ) -> str:
        """Return the holidays of a revision; a country's stay as they are while they can."""
        today, days = self._work.now.date(), days_of(feeds)
        old = before.settings
        is_other = (old.country, old.region) != (wanted.country, wanted.region)
        if is_other or holidays.is_outdated(wanted, before.feed_days, today):
            return holidays.days_to_keep(wanted, days, today)
        return holidays.with_feeds(before.feed_days, days)

    def _feeds_of(self, urls: tuple[str, ...]) -> list[KeptFeed]:
        """Return what any calendar knows of some files, named as the reader sees them."""
        if not urls:
            return []
        feeds = (feed for each in self._work.desk.calendars.all() for feed in each.feeds)
        return [feed for feed in feeds if self._address(feed.url) in urls]

    def _address(self, url: str) -> str:
        """Return an address as far as this reader may see it."""
        return url if self._work.actor.may(Permission.SET_UP_RULES) else shortened(url)


def settings_of(change: CalendarSettings) -> CalendarSettings:
    """Return the settings alone, without what else comes with a change of them."""
    return CalendarSettings.model_validate(
        {name: getattr(change, name) for name in CalendarSettings.model_fields}
    )


def _told(settings: CalendarSettings) -> dict[str, object]:
    """Return what the audit log tells of a calendar; an address may hold a secret."""
    return {
        **settings.model_dump(include={"name", "time_zone", "country", "region"}),
        "hours": [
            f"{_WEEKDAYS[slot.day]} {_clock(slot.begin)}-{_clock(slot.end)}"
            for slot in settings.slots
        ],
        "holidays": [f"{each.day} {each.name}" for each in settings.holidays],
        "feeds": [shortened(url) for url in settings.feeds],
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _whole(url: str) -> str:
    return url


def _view(calendar: Calendar, address: Callable[[str], str] = _whole) -> CalendarView:
    settings = calendar.settings
    return CalendarView(
        id=calendar.id,
        name=settings.name,
        time_zone=settings.time_zone,
        slots=settings.slots,
        country=settings.country,
        region=settings.region,
        holidays=settings.holidays,
        feeds=tuple(
            FeedState(
                url=address(feed.url),
                read_at=feed.read_at,
                days=len(feed.days),
                problem=feed.problem,
            )
            for feed in calendar.feeds
        ),
        is_default=calendar.is_default,
        policies=calendar.policies,
        version=calendar.version,
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
