# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers what changes in the sums while tickets change, to be written all at once."""

from __future__ import annotations

from helpdesk.figures.contribution import (
    Key,
    TicketFacts,
    days_of,
    durations_of,
    slices_of,
)
from helpdesk.figures.durations import bucket_of

ALL_TEAMS = 0
"""The team that stands for all tickets, where hours are counted."""


class Ledger:
    """What has to be added to which sums; what cancels itself out is left out of it."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._sums: dict[Key, int] = {}
        self._durations: dict[tuple[Key, str], dict[int, int]] = {}
        self._hours: dict[tuple[int, int, int], int] = {}

    def change(self, old: TicketFacts | None, new: TicketFacts | None) -> None:
        """Let a ticket count as something else; ``None`` is nothing at all."""
        if old is not None:
            self._enter(old, -1)
        if new is not None:
            self._enter(new, 1)

    @property
    def sums(self) -> dict[Key, int]:
        """What is to be added to the rows of sums, each as ``figures.sums`` packs it."""
        return {key: self._sums[key] for key in sorted(self._sums) if self._sums[key]}

    @property
    def durations(self) -> dict[tuple[Key, str], dict[int, int]]:
        """How many durations come or go, by row, histogram and bucket."""
        counts = {
            place: {bucket: count for bucket, count in buckets.items() if count}
            for place, buckets in self._durations.items()
        }
        return {place: counts[place] for place in sorted(counts) if counts[place]}

    @property
    def hours(self) -> dict[tuple[int, int, int], int]:
        """How many tickets come or go, by team, day and hour."""
        return {place: self._hours[place] for place in sorted(self._hours) if self._hours[place]}

    def _enter(self, facts: TicketFacts, sign: int) -> None:
        slices, sums, hours = slices_of(facts), self._sums, self._hours
        for day, amounts in days_of(facts).items():
            signed = amounts * sign
            for slice_, first, second in slices:
                key = (slice_, first, second, day)
                sums[key] = sums.get(key, 0) + signed
        for kind, day, seconds in durations_of(facts):
            bucket = bucket_of(seconds)
            for slice_, first, second in slices:
                place = ((slice_, first, second, day), kind)
                buckets = self._durations.setdefault(place, {})
                buckets[bucket] = buckets.get(bucket, 0) + sign
        for team in {ALL_TEAMS, facts.team_id}:
            hour = (team, facts.created_day, facts.created_hour)
            hours[hour] = hours.get(hour, 0) + sign
