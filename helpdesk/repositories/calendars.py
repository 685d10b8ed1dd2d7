# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes business calendars: what each said from when on, and its subscribed feeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.schemas.sla import CalendarSettings
from helpdesk.core.text import folded
from helpdesk.database.types import is_id
from helpdesk.models import BusinessCalendar, CalendarRevision, SlaPolicy, Team

_calendar = BusinessCalendar.__table__.c
_revision = CalendarRevision.__table__.c
_policy = SlaPolicy.__table__.c
_team = Team.__table__.c

Days = tuple[tuple[str, str], ...]
"""Holidays of feeds: each day and its name."""


class KeptFeed(BaseModel):
    """A subscribed file: what it named when it was read last, and what went wrong since."""

    model_config = ConfigDict(frozen=True)

    url: str
    read_at: datetime | None = None
    tried_at: datetime | None = None
    days: Days = ()
    problem: str = ""


_FEEDS = TypeAdapter(tuple[KeptFeed, ...])
NO_DAYS = "[]"


class StoredRevision(NamedTuple):
    """What a calendar said from a moment on, as it is stored."""

    settings: str
    feed_days: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar as it is in force."""

    id: int
    version: int
    is_default: bool
    settings: CalendarSettings
    feed_days: str
    """The holidays that its revision keeps, as ``helpdesk.sla.holidays`` writes them."""
    feeds: tuple[KeptFeed, ...]
    revision_id: int
    policies: int


def _in_force() -> Select[Any]:
    any_ = CalendarRevision.__table__.alias()
    newest = select(func.max(any_.c.id)).where(any_.c.calendar_id == _calendar.id)
    policies = (
        select(func.count())
        .where(_policy.calendar_id == _calendar.id, _policy.removed.is_(False))
        .scalar_subquery()
    )
    return (
        select(
            _calendar.id,
            _calendar.version,
            _calendar.is_default,
            _revision.settings,
            _revision.feed_days,
            _calendar.feeds,
            _revision.id,
            policies,
        )
        .select_from(BusinessCalendar)
        .join(CalendarRevision, _revision.id == newest.scalar_subquery())
        .where(_calendar.removed.is_(False))
    )


_ALL = _in_force().order_by(_calendar.id)


class CalendarRepository:
    """The calendars of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def all(self) -> tuple[Calendar, ...]:
        """Return the calendars that were not removed, by name."""
        found = self._read(_ALL)
        return tuple(sorted(found, key=lambda calendar: folded(calendar.settings.name)))

    def view(self, calendar_id: int) -> Calendar:
        """Return a calendar as it is in force. Raises ``NotFound``."""
        if is_id(calendar_id):
            for found in self._read(_in_force().where(_calendar.id == calendar_id)):
                return found
        raise NotFound("That calendar does not exist any more.")

    def get(self, calendar_id: int) -> BusinessCalendar:
        """Return a calendar to change. Raises ``NotFound``."""
        found = self._session.get(BusinessCalendar, calendar_id) if is_id(calendar_id) else None
        if found is None or found.removed:
            raise NotFound("That calendar does not exist any more.")
        return found

    def revisions(self, revision_ids: Iterable[int]) -> dict[int, StoredRevision]:
        """Return what calendars said at some revisions."""
        wanted = select(_revision.id, _revision.settings, _revision.feed_days).where(
            _revision.id.in_(tuple(revision_ids))
        )
        return {id_: StoredRevision(*texts) for id_, *texts in self._session.execute(wanted)}

    def add(
        self,
        new: CalendarSettings,
        at: datetime,
        author_id: int | None,
        *,
        feeds: Sequence[KeptFeed] = (),
        feed_days: str = NO_DAYS,
        is_default: bool = False,
    ) -> BusinessCalendar:
        """Add a calendar with its first revision."""
        calendar = BusinessCalendar(
            name=new.name,
            is_default=is_default,
            removed=False,
            feeds=_text_of(feeds),
            version=1,
        )
        self._session.add(calendar)
        self._session.flush()
        self._revise(calendar, new, feed_days, at, author_id)
        return calendar

    def change(
        self,
        calendar: BusinessCalendar,
        new: CalendarSettings,
        feeds: Sequence[KeptFeed],
        feed_days: str,
        at: datetime,
        author_id: int | None,
    ) -> None:
        """Let a calendar say something else from now on."""
        calendar.name, calendar.feeds = new.name, _text_of(feeds)
        calendar.version += 1
        self._revise(calendar, new, feed_days, at, author_id)

    def keep_feeds(self, calendar: BusinessCalendar, feeds: Sequence[KeptFeed]) -> None:
        """Note how feeds were read, where that changes nothing of what the calendar says."""
        calendar.feeds = _text_of(feeds)

    def make_default(self, calendar_id: int) -> None:
        """Let a calendar be the one that is meant where none is named."""
        self._session.execute(
            update(BusinessCalendar)
            .where(_calendar.is_default | (_calendar.id == calendar_id))
            .values(is_default=_calendar.id == calendar_id)
        )

    def teams_with(self, calendar_id: int) -> tuple[str, ...]:
        """Return the names of the teams that are on duty by a calendar."""
        named = select(_team.name).where(_team.calendar_id == calendar_id, _team.removed.is_(False))
        return tuple(self._session.execute(named.order_by(_team.name)).scalars())

    def _revise(
        self,
        calendar: BusinessCalendar,
        new: CalendarSettings,
        feed_days: str,
        at: datetime,
        author_id: int | None,
    ) -> None:
        revision = CalendarRevision(
            calendar_id=calendar.id,
            at=at,
            author_id=author_id,
            settings=new.model_dump_json(),
            feed_days=feed_days,
        )
        self._session.add(revision)
        self._session.flush()

    def _read(self, statement: Select[Any]) -> tuple[Calendar, ...]:
        return tuple(
            Calendar(
                id_,
                version,
                is_default,
                CalendarSettings.model_validate_json(settings),
                feed_days,
                feeds_of(feeds),
                revision_id,
                policies,
            )
            for id_, version, is_default, settings, feed_days, feeds, revision_id, policies in (
                self._session.execute(statement)
            )
        )


def days_of(feeds: Iterable[KeptFeed]) -> Days:
    """Return the holidays of all feeds of a calendar, each day once, in order."""
    found: dict[str, str] = {}
    for feed in feeds:
        for day, name in feed.days:
            found.setdefault(day, name)
    return tuple(sorted(found.items()))


def feeds_of(text: str) -> tuple[KeptFeed, ...]:
    """Return the feeds of a calendar as they are kept."""
    return _FEEDS.validate_json(text)


def _text_of(feeds: Sequence[KeptFeed]) -> str:
    return _FEEDS.dump_json(tuple(feeds)).decode()
