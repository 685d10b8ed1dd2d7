# SPDX-License-Identifier: GPL-3.0-or-later
"""Knows on which days nobody works: a desk's own, those of its country, and of its feeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, TypeAdapter

from helpdesk.core.schemas.sla import CalendarSettings, HolidayCountry, HolidayView, day_of

# The package is heavy, and most desks never ask it: it is imported where it is used.

OWN, COUNTRY = "own", "country"
_UNNAMED = "Holiday"
_LANGUAGE = "en_US"
_SMALL_WORDS = {"and", "da", "of", "the"}
_NAMES = {"dr_congo": "DR Congo", "hongkong": "Hong Kong", "timor_leste": "Timor-Leste"}
_NO_DAYS: Mapping[date, str] = {}

KEPT_BEFORE, KEPT_AHEAD = 1, 5
"""For how many years around the present the days of a country are kept."""
LEAST_AHEAD = 2
"""With fewer years ahead than this they are kept anew."""

Days = tuple[tuple[str, str], ...]
"""Holidays: each day and its name."""
_YearsOff = Mapping[int, Mapping[date, str]]


class KeptDays(BaseModel):
    """The holidays of a calendar as they were known when it was revised.

    Of a country they are those of the years from the first to the last one. Other versions of
    the package may know other days, and what has counted must not change by that.
    """

    model_config = ConfigDict(frozen=True)

    feeds: Days = ()
    country: Days
    first_year: int
    last_year: int

    @property
    def years(self) -> _YearsOff:
        """The days of the country by year, of each year that is kept."""
        found: dict[int, dict[date, str]] = {
            year: {} for year in range(self.first_year, self.last_year + 1)
        }
        for text, name in self.country:
            day = day_of(text)
            found[day.year][day] = name
        return found


_KEPT = TypeAdapter[KeptDays | Days](KeptDays | Days)


class DaysOff(Mapping[date, str]):
    """The names of holidays by day: what is set, and what a country has in any year.

    Those of a country are endless: iterating tells only of the years that were asked for.
    """

    def __init__(
        self, named: Mapping[date, str], country: str, region: str, kept: _YearsOff
    ) -> None:
        """Take the days that are set, and a country, or none, with its days as far as known."""
        self._named = named
        self._country = country
        self._region = region
        self._years = dict(kept)

    def __getitem__(self, day: date) -> str:
        name = self._named.get(day)
        return name if name is not None else self._of_country(day.year)[day]

    def __iter__(self) -> Iterator[date]:
        days = set(self._named).union(*self._years.values())
        return iter(sorted(days))

    def __len__(self) -> int:
        return len(set(self._named).union(*self._years.values()))

    def _of_country(self, year: int) -> Mapping[date, str]:
        if not self._country:
            return _NO_DAYS
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = public_holidays(self._country, self._region, year)
        return found


def days_off(
    settings: CalendarSettings, feed_days: Iterable[tuple[str, str]] = (), kept: str = "[]"
) -> Mapping[date, str]:
    """Return the holidays of a calendar; the desk's own names count, then those of feeds.

    ``kept`` is what a revision has kept of them.
    """
    known = _KEPT.validate_json(kept)
    years: _YearsOff = {}
    if isinstance(known, KeptDays):
        feed_days, years = (*feed_days, *known.feeds), known.years
    else:
        feed_days = (*feed_days, *known)
    named = {day_of(day): name or _UNNAMED for day, name in feed_days}
    named.update((day_of(each.day), each.name or _UNNAMED) for each in settings.holidays)
    return DaysOff(named, settings.country, settings.region, years)


def days_to_keep(settings: CalendarSettings, feed_days: Days, today: date) -> str:
    """Return what a revision of a calendar keeps: days of feeds, and those of its country."""
    if not settings.country:
        return _KEPT.dump_json(feed_days).decode()
    years = range(today.year - KEPT_BEFORE, today.year + KEPT_AHEAD + 1)
    kept = KeptDays(
        feeds=feed_days,
        country=tuple(
            (day.isoformat(), name)
            for year in years
            for day, name in sorted(_of_country(settings, year).items())
        ),
        first_year=years[0],
        last_year=years[-1],
    )
    return kept.model_dump_json()


def with_feeds(kept: str, feed_days: Days) -> str:
    """Return what a revision keeps, with other days of feeds."""
    known = _KEPT.validate_json(kept)
    if isinstance(known, KeptDays):
        return known.model_copy(update={"feeds": feed_days}).model_dump_json()
    return _KEPT.dump_json(feed_days).decode()


def is_outdated(settings: CalendarSettings, kept: str, today: date) -> bool:
    """Return whether other days are known by now of a country, from today on, or too few years.

    A country that is not known any more keeps its days; another name alone changes nothing.
    """
    if not knows(settings.country, settings.region):
        return False
    known = _KEPT.validate_json(kept)
    if not isinstance(known, KeptDays) or known.last_year < today.year + LEAST_AHEAD:
        return True
    years = known.years
    return any(
        {day for day in found if day >= today}
        != {day for day in _of_country(settings, year) if day >= today}
        for year, found in years.items()
    )


def _of_country(settings: CalendarSettings, year: int) -> Mapping[date, str]:
    return public_holidays(settings.country, settings.region, year)


@lru_cache(maxsize=512)
def public_holidays(country: str, region: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of a country, or of a region of it, in a year.

    None where the country or its region is not known, or not that far from the present.
    """
    from holidays import country_holidays

    if not knows(country, region):
        return _NO_DAYS
    subdivision, language = region or None, _language_of(country)
    found = country_holidays(country, subdiv=subdivision, years=year, language=language)
    return {day: name for day, name in found.items() if day.year == year}


def knows(country: str, region: str = "") -> bool:
    """Return whether the holidays of a country, and of a region of it, are known."""
    if not country:
        return False
    return country in _names() and (not region or region in _regions_of(country))


@lru_cache(maxsize=1)
def countries() -> tuple[HolidayCountry, ...]:
    """Return the countries whose holidays are known, by name."""
    found = (
        HolidayCountry(
            code=code,
            name=name,
            regions=_regions_of(code),
            region_names=_region_names_of(code),
        )
        for code, name in _names().items()
    )
    return tuple(sorted(found, key=lambda country: country.name))


def listed(
    settings: CalendarSettings, feeds: Iterable[tuple[str, Iterable[tuple[str, str]]]], years: range
) -> tuple[HolidayView, ...]:
    """Return the holidays of some years in order, and where each comes from.

    ``feeds`` names the days of each subscribed file.
    """
    found: dict[date, HolidayView] = {}
    for year in years:
        for day, name in public_holidays(settings.country, settings.region, year).items():
            found[day] = HolidayView(day=day.isoformat(), name=name, source=COUNTRY)
    for url, days in feeds:
        for text, name in days:
            found[day_of(text)] = HolidayView(day=text, name=name or _UNNAMED, source=url)
    for own in settings.holidays:
        name = own.name or _UNNAMED
        found[day_of(own.day)] = HolidayView(day=own.day, name=name, source=OWN)
    return tuple(found[day] for day in sorted(found) if day.year in years)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    from holidays.registry import COUNTRIES

    return {codes[1]: _name_of(key) for key, codes in COUNTRIES.items()}


def _name_of(key: str) -> str:
    words = (word if word in _SMALL_WORDS else word.capitalize() for word in key.split("_"))
    return _NAMES.get(key) or " ".join(words)


@lru_cache(maxsize=512)
def _regions_of(country: str) -> tuple[str, ...]:
    from holidays import country_holidays

    return tuple(country_holidays(country).subdivisions)


def _region_names_of(country: str) -> tuple[str, ...]:
    from holidays import country_holidays

    called = country_holidays(country).get_subdivision_aliases()
    # Among the names stand other codes.
    return tuple(
        next((name for name in called.get(code, ()) if not name.isupper()), code)
        for code in _regions_of(country)
    )


@lru_cache(maxsize=512)
def _language_of(country: str) -> str | None:
    """Return English where the names are told in several languages."""
    from holidays import country_holidays

    return _LANGUAGE if _LANGUAGE in country_holidays(country).supported_languages else None
