# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets told by hand, so that the first screen of every role has something to show."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.demo.cast import Cast
from helpdesk.demo.records import DemoChange, DemoComment, DemoTicket
from helpdesk.demo.texts import load

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_ENDED = (Status.RESOLVED, Status.CLOSED)


def tell_stories(cast: Cast, now: datetime, limit: int) -> list[DemoTicket]:
    """Return the first ``limit`` stories, oldest first; none when alice or bob is missing."""
    if cast.alice is None or cast.bob is None:
        return []
    teller = _Teller(cast, now)
    tickets = [teller.tell(story) for story in load("stories")["story"][:limit]]
    return sorted(tickets, key=lambda ticket: ticket.created_at)


class _Teller:
    """Knows who 'user 3' is and when '2h ago' was."""

    def __init__(self, cast: Cast, now: datetime) -> None:
        self._now = now
        self._named = {"alice": cast.alice, "bob": cast.bob}
        self._named |= {"charlie": cast.dispatchers[0], "dana": cast.watchers[0]}
        known = {cast.alice, cast.bob}
        self._groups = {
            "user": [index for index in cast.users if index not in known] or cast.users,
            "technician": [i for i in cast.technicians if i not in known] or cast.technicians,
        }

    def tell(self, story: dict[str, Any]) -> DemoTicket:
        """Play the events of a story; its ticket's last fields come from them."""
        created_at = self._ago(story["ago"])
        state: dict[str, Any] = {
            "status": Status.NEW.value,
            "assignee": None,
            "priority": story["priority"],
            "category": story["category"],
        }
        comments: list[DemoComment] = []
        changes: list[DemoChange] = []
        ended: dict[str, datetime] = {}
        for event in story["events"]:
            comments.extend(self._comments(event))
            for change in self._changes(event, state):
                changes.append(change)
                ended = _ended(change, ended)
        times = [created_at, *(c.created_at for c in comments), *(c.at for c in changes)]
        return DemoTicket(
            subject=story["subject"],
            description=story["description"].strip(),
            category=state["category"],
            priority=Priority(state["priority"]),
            status=Status(state["status"]),
            requester=self._person(story["requester"]),
            assignee=None if state["assignee"] is None else int(state["assignee"]),
            created_at=created_at,
            updated_at=max(times),
            resolved_at=ended.get(Status.RESOLVED),
            closed_at=ended.get(Status.CLOSED),
            source=story["source"],
            comments=tuple(comments),
            changes=tuple(changes),
        )

    def _comments(self, event: dict[str, Any]) -> list[DemoComment]:
        author, at = self._person(event["by"]), self._ago(event["ago"])
        return [
            DemoComment(author, event[kind], kind == "note", at)
            for kind in ("say", "note")
            if kind in event
        ]

    def _changes(self, event: dict[str, Any], state: dict[str, Any]) -> list[DemoChange]:
        """Return what an event changes, and change ``state`` accordingly."""
        actor, at = self._person(event["by"]), self._ago(event["ago"])
        wanted: dict[str, str] = {
            field: event[field] for field in ("category", "priority") if field in event
        }
        if "assign" in event:
            wanted["assignee"] = str(self._person(event["assign"]))
        wanted |= {field: event[field] for field in ("status", "reopened") if field in event}
        changes = []
        for field, new in wanted.items():
            place = "status" if field == "reopened" else field
            changes.append(DemoChange(actor, at, field, state[place], new))
            state[place] = new
        return changes

    def _person(self, name: str) -> int:
        """Return the index of a person; there may be fewer users than the stories name."""
        group, _, number = name.partition(" ")
        if number:
            return self._groups[group][int(number) % len(self._groups[group])]
        index = self._named[name]
        assert index is not None  # noqa: S101 - tell_stories has looked
        return index

    def _ago(self, text: str) -> datetime:
        parts = {_UNITS[unit]: int(number) for number, unit in re.findall(r"(\d+)([dhm])", text)}
        return (self._now - timedelta(**parts)).replace(microsecond=0)


def _ended(change: DemoChange, before: dict[str, datetime]) -> dict[str, datetime]:
    """Return when the ticket was resolved and closed, after ``change``."""
    if change.field == "reopened":
        return {}
    if change.field == "status" and change.new in _ENDED:
        return {**before, str(change.new): change.at}
    return before
