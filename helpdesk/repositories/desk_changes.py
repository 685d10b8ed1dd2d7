# SPDX-License-Identifier: GPL-3.0-or-later
"""The feed that windows refresh by: what has changed since they looked, within what they may see.

Tickets have their history; everything else leaves an entry of its own. A feed has an epoch, which
differs once a backup was put back: numbers of entries mean nothing beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.tickets import Changed
from helpdesk.database.renewal import FEED_EPOCH, new_epoch
from helpdesk.models import DeskChange, DeskFact, Event, Ticket
from helpdesk.models.event import STAFF_ONLY
from helpdesk.repositories.facts import FactRepository
from helpdesk.repositories.readable import readable

TICKET, USER, CATEGORY, API_KEY = "ticket", "user", "category", "api_key"
ARTICLE, ARTICLE_DRAFT, ARTICLE_CATEGORY = "article", "article_draft", "article_category"
"""A change of what readers see or saw of an article, and one that only its writers know of."""

TEAM, SLA, RULE, CHANNEL = "team", "sla", "rule", "channel"
"""A team; a calendar or a policy; a rule; how mail or a chat is set up, or what was sent."""
NOTIFICATION = "notification"
"""That somebody's notifications or how they are told changed, by the person's id."""
SECURITY = "security"
"""The rules of signing in, by which every window locks itself."""
PICTURE = "picture"
"""That somebody has another picture, by the person's id."""
PRESENCE, MACRO = "presence", "macro"
"""Who is at a ticket, by its id; and a canned reply."""
TIMER = "timer"
"""That somebody's timer was started or stopped, by the person's id."""
REPORT = "report"
"""A report that is sent by schedule."""
FIGURE, DASHBOARD, TEAM_DASHBOARD = "figure", "dashboard", "team_dashboard"
"""What figures show besides tickets, such as who can manage how much; that somebody arranged their
dashboard, by the person's id; and that people of a team begin with another one."""
ASSISTANT, CONVERSATION = "assistant", "conversation"
"""How the assistant is set up; and that somebody's conversations changed, by the person's id."""
FIELD = "custom_field"
"""A field of the desk's own, which every form asks for."""
RECURRENCE = "recurrence"
"""A ticket that is opened again and again."""
VIEW, OWN_VIEW = "view", "own_view"
"""A saved view that is or was shared; and that somebody's own views changed, by the person's id."""

TEMPLATE = "template"
"""That templates for tickets changed; not which, as some are for staff alone."""
ATTACHMENTS = "attachments"
"""How large files may be."""

_TOLD_TO = {
    Permission.SUBMIT_TICKET: (TEMPLATE, ATTACHMENTS),
    Permission.USE_ASSISTANT: (ASSISTANT,),
    Permission.READ_ARTICLES: (ARTICLE, ARTICLE_CATEGORY),
    Permission.WRITE_ARTICLES: (ARTICLE_DRAFT,),
    Permission.SEE_ALL_TICKETS: (VIEW,),
    Permission.WORK_TICKET: (TEAM, MACRO),
    Permission.SEE_OWN_FIGURES: (FIGURE, TEAM_DASHBOARD),
    Permission.SEE_FIGURES: (REPORT,),
    Permission.SHARE_WORK: (RECURRENCE,),
    Permission.SEE_RULES: (SLA, RULE),
    Permission.SET_UP_CHANNELS: (CHANNEL,),
    Permission.MANAGE_USERS: (USER,),
    Permission.MANAGE_API_KEYS: (API_KEY,),
}
"""The kinds that who has a permission hears of."""

_event = Event.__table__.c
_change = DeskChange.__table__.c
_RECORD = insert(cast(Table, DeskChange.__table__))
_POSITION = select(
    select(DeskFact.value).where(DeskFact.name == FEED_EPOCH).scalar_subquery(),
    select(func.max(_event.id)).scalar_subquery(),
    select(func.max(_change.id)).scalar_subquery(),
    select(func.min(_change.id)).scalar_subquery(),
)


class Position(NamedTuple):
    """A place in the feed: the last entry of a ticket's history and of all other changes."""

    epoch: str
    event: int
    change: int

    @property
    def cursor(self) -> str:
        """The place as callers keep it."""
        return f"{self.epoch}.{self.event}.{self.change}"

    @classmethod
    def of(cls, cursor: str) -> Position | None:
        """Return the place of a cursor, or ``None`` for what no desk has given."""
        parts = cursor.split(".")
        if len(parts) != len(cls._fields) or not all(_is_number(part) for part in parts[1:]):
            return None
        epoch, event, change = parts
        return cls(epoch, int(event), int(change))


class Newest(NamedTuple):
    """How far the feed goes at present."""

    position: Position
    kept_from: int
    """The oldest change that is still kept."""

    def distance(self, seen: Position) -> int | None:
        """Return how many entries came after ``seen``, or ``None`` where nobody can tell."""
        position = self.position
        events, changes = position.event - seen.event, position.change - seen.change
        was_kept = not changes or seen.change >= self.kept_from - 1
        if position.epoch != seen.epoch or events < 0 or changes < 0 or not was_kept:
            return None
        return events + changes


class DeskChangeRepository:
    """The feed of changes, for one actor."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the changes are for."""
        self._session = session
        self._actor = actor

    def newest(self) -> Newest:
        """Return where the feed ends at present."""
        epoch, event, change, oldest = self._session.execute(_POSITION).one()
        return Newest(Position(epoch or "", event or 0, change or 0), oldest or 0)

    def between(
        self, seen: Position, newest: Position
    ) -> tuple[tuple[int, ...], tuple[Changed, ...]]:
        """Return the visible tickets and other things of the entries in between, in one query."""
        arms = []
        if seen.event < newest.event:
            arms.append(self._tickets(seen.event, newest.event))
        if seen.change < newest.change:
            arms.append(self._others(seen.change, newest.change))
        if not arms:
            return (), ()
        found: dict[str, dict[int, None]] = {}
        for kind, id_, _ in sorted(self._session.execute(union_all(*arms)), key=_number):
            found.setdefault(kind, {})[id_] = None
        tickets = tuple(found.pop(TICKET, {}))
        return tickets, tuple(Changed(kind=kind, ids=tuple(found[kind])) for kind in sorted(found))

    def record(self, kind: str, ids: Iterable[int], at: datetime) -> None:
        """Add entries for what is no ticket."""
        self.record_all(((kind, id_) for id_ in ids), at)

    def record_all(self, changed: Iterable[tuple[str, int]], at: datetime) -> None:
        """Add entries for things of several kinds, each once and all in one statement."""
        rows = [{"kind": kind, "row_id": id_, "at": at} for kind, id_ in dict.fromkeys(changed)]
        if rows:
            self._session.connection().execute(_RECORD, rows)

    def forget_before(self, at: datetime) -> int:
        """Forget the entries of before a moment and return how many.

        The newest one stays: its number must never be given to another.
        """
        newest = select(func.max(_change.id)).scalar_subquery()
        old = delete(DeskChange).where(DeskChange.at < at, DeskChange.id < newest)
        return cast("CursorResult[Any]", self._session.execute(old)).rowcount

    def begin_anew(self) -> None:
        """Let every window load everything again, as after a restore or a load in bulk."""
        FactRepository(self._session).set(FEED_EPOCH, new_epoch())

    def _tickets(self, after: int, until: int) -> Select[Any]:
        statement = select(
            literal(TICKET).label("kind"), _event.ticket_id.label("row_id"), _event.id
        ).where(_event.id > after, _event.id <= until)
        if not self._actor.may(Permission.SEE_ALL_TICKETS):
            statement = statement.join(Ticket, Ticket.id == _event.ticket_id).where(
                readable(self._actor), _event.kind.not_in(STAFF_ONLY)
            )
        return statement

    def _others(self, after: int, until: int) -> Select[Any]:
        return select(_change.kind, _change.row_id, _change.id).where(
            _change.id > after, _change.id <= until, self._visible()
        )

    def _visible(self) -> ColumnElement[bool]:
        """Return what the actor may hear of; a kind that nobody named is told to nobody."""
        kinds = [CATEGORY, FIELD, PICTURE, SECURITY]
        for permission, told in _TOLD_TO.items():
            kinds += told if self._actor.may(permission) else ()
        if self._actor.may(Permission.SEE_ALL_TICKETS) and self._actor.may(Permission.WORK_TICKET):
            # By the numbers of tickets, whosoever they are.
            kinds.append(PRESENCE)
        own = _change.kind.in_((USER, CONVERSATION, NOTIFICATION, DASHBOARD, OWN_VIEW, TIMER)) & (
            _change.row_id == bindparam("own", self._actor.id or 0)
        )
        return or_(_change.kind.in_(kinds), own)


def _number(row: Any) -> int:
    return int(row[2])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < len(str(2**63))
