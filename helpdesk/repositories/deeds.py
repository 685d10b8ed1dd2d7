# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes what people did to tickets so that it can be undone."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, delete, func, or_, select
from sqlalchemy.orm import Session

from helpdesk.core.schemas.deeds import DeedView
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.core.schemas.users import PersonRef
from helpdesk.database.row_queue import rows_of
from helpdesk.database.types import from_microseconds, to_microseconds
from helpdesk.models import Deed, DeedStep, Event, User
from helpdesk.models.event import EventKind

_TOLD_AT_ONCE = 100
_SWEPT_AT_ONCE = 500
_NOTHING = "[]"
_SETTING = (EventKind.CHANGED, EventKind.REOPENED, EventKind.FILLED)
_event = Event.__table__.c

Values = Mapping[str, Any]


class Done(NamedTuple):
    """What a deed did to one ticket."""

    ticket_id: int
    before: Values
    after: Values


class Moment(NamedTuple):
    """When something was done, and by whom; ``None`` for the program itself."""

    at: datetime
    actor_id: int | None

    @property
    def packed(self) -> tuple[int, int | None]:
        """As a step keeps it."""
        return to_microseconds(self.at), self.actor_id


class _Entry(NamedTuple):
    """What the history says of a field."""

    field: str
    moment: Moment

    def is_of(self, moments: Collection[Moment]) -> bool:
        """Return whether it was done then, by who acted then or by a rule for them."""
        by_rule = self.moment.actor_id is None
        return self.moment in moments or (by_rule and self.moment.at in {at for at, _ in moments})


class _Moments(NamedTuple):
    """When something of a ticket was done, undone and done again, and with which fields."""

    all: tuple[tuple[Moment, frozenset[str] | None], ...]
    """``None`` stands for all the fields of the step."""

    def of(self, field: str) -> frozenset[Moment]:
        """Return the moments that were about a field."""
        return frozenset(at for at, names in self.all if names is None or field in names)


class _Undone(NamedTuple):
    """A deed that is undone: what of it, and when it was done and undone."""

    fields: frozenset[str]
    moments: _Moments


class DeedRepository:
    """The deeds of the desk; whose they are is settled by who asks."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def begin(
        self, actor_id: int, kind: DeedKind, label: str, at: datetime, steps: Sequence[Done] = ()
    ) -> Deed:
        """Note a deed with the steps that it has already, and give it its number."""
        deed = Deed(actor_id=actor_id, at=at, kind=kind, label=label, tickets=len(steps))
        deed.undo_reached = deed.redo_reached = 0
        self._session.add(deed)
        self._session.flush()
        self._queue(deed, steps, Moment(at, actor_id))
        return deed

    def get(self, deed_id: int) -> Deed | None:
        """Return a deed."""
        return self._session.get(Deed, deed_id)

    def add_more(self, deed: Deed, steps: Sequence[Done], at: datetime) -> None:
        """Note what a deed did; what it has touched before is from then till now one change."""
        moment = Moment(at, deed.actor_id)
        known = {each.ticket_id: each for each in self._of(deed, [s.ticket_id for s in steps])}
        for step in steps:
            if (row := known.get(step.ticket_id)) is not None:
                back = set(json.loads(row.back))
                before = _without(json.loads(row.before), back & step.after.keys())
                row.before = _packed({**step.before, **before})
                row.back = json.dumps(sorted(back - step.after.keys()), separators=(",", ":"))
                row.undone = False
                row.after = _packed({**json.loads(row.after), **step.after})
                row.moments = _with(row.moments, moment, step.after)
        new = [each for each in steps if each.ticket_id not in known]
        deed.tickets += len(new)
        self._queue(deed, new, moment)

    def waiting(self, deed: Deed, most: int, *, undone: bool) -> Sequence[DeedStep]:
        """Return the next steps of a deed that are to be undone, or that were."""
        statement = (
            select(DeedStep)
            .where(*_waits(deed, undone=undone))
            .order_by(DeedStep.ticket_id)
            .limit(most)
        )
        return self._session.execute(statement).scalars().all()

    def tried(self, deed: Deed, ticket_ids: Sequence[int], *, undone: bool) -> int:
        """Note how far an undo, or a redo, has come; return how many tickets are left to try.

        After the last of them it begins anew: with what was refused.
        """
        reached = max(ticket_ids, default=0)
        deed.undo_reached, deed.redo_reached = (0, reached) if undone else (reached, 0)
        self._session.flush()
        statement = select(func.count()).where(*_waits(deed, undone=undone))
        left = self._session.execute(statement).scalar_one()
        if not left:
            deed.undo_reached = deed.redo_reached = 0
        return left

    def any_back(self, deed: Deed) -> bool:
        """Return whether anything of a deed was put back."""
        statement = select(DeedStep.ticket_id).where(
            DeedStep.deed_id == deed.id, DeedStep.back != _NOTHING
        )
        return self._session.execute(statement.limit(1)).first() is not None

    def set_since(
        self, deed: Deed, ticket_ids: Collection[int], called: Mapping[str, str]
    ) -> dict[int, set[str]]:
        """Return which fields of some tickets were set after the deed, by whatever it was.

        ``called`` names the desk's own fields, as steps have them, by what people call them.

        The history tells: of a deed as of a reply, of the requester as of a rule. What a deed set
        that is undone by now does not count, nor does its undoing.
        """
        self._session.flush()
        mine: dict[int, _Moments] = {}
        others: dict[int, list[_Undone]] = {id_: [] for id_ in ticket_ids}
        asked = select(DeedStep).where(DeedStep.ticket_id.in_(ticket_ids))
        for step in self._session.execute(asked).scalars():
            if step.deed_id == deed.id:
                mine[step.ticket_id] = _moments(step.moments)
            elif step.back != _NOTHING:
                fields = frozenset(json.loads(step.back))
                others[step.ticket_id].append(_Undone(fields, _moments(step.moments)))
        return {
            id_: _set_since(entries, mine.get(id_, _Moments(())), others[id_])
            for id_, entries in self._entries(ticket_ids, called).items()
        }

    def _entries(
        self, ticket_ids: Collection[int], called: Mapping[str, str]
    ) -> dict[int, list[_Entry]]:
        """Return what the histories of some tickets tell of their fields, the oldest first."""
        found: dict[int, list[_Entry]] = {id_: [] for id_ in ticket_ids}
        asked = (
            select(_event.ticket_id, _event.field, _event.at, _event.actor_id)
            .where(_event.ticket_id.in_(ticket_ids), _event.kind.in_(_SETTING))
            .order_by(_event.id)
        )
        for ticket_id, field, at, actor_id in self._session.execute(asked):
            name = called.get(field, field or "")
            found[ticket_id].append(_Entry(name, Moment(at, actor_id)))
        return found

    def recent(self, actor_id: int, since: datetime, *, others_bulk: bool) -> tuple[DeedView, ...]:
        """Return the newest deeds of somebody, the last first, and where asked others' of many."""
        one = select(func.min(DeedStep.ticket_id)).where(DeedStep.deed_id == Deed.id)
        theirs = Deed.actor_id == actor_id
        whose = or_(theirs, Deed.kind == DeedKind.BULK) if others_bulk else theirs
        standing = select(func.count()).where(
            DeedStep.deed_id == Deed.id, DeedStep.undone.is_(False)
        )
        statement = (
            select(
                Deed,
                User.full_name,
                case((Deed.tickets == 1, one.scalar_subquery()), else_=None),
                standing.scalar_subquery(),
            )
            .join(User, User.id == Deed.actor_id)
            .where(whose, Deed.tickets > 0, Deed.at >= since)
            .order_by(Deed.id.desc())
            .limit(_TOLD_AT_ONCE)
        )
        return tuple(
            DeedView(
                id=deed.id,
                kind=deed.kind,
                label=deed.label,
                at=deed.at,
                by=PersonRef(id=deed.actor_id, full_name=name),
                tickets=deed.tickets,
                ticket_id=ticket_id,
                undone_at=deed.undone_at,
                left=left,
            )
            for deed, name, ticket_id, left in self._session.execute(statement)
        )

    def sweep(self, before: datetime) -> bool:
        """Forget some of the deeds that are too old to be undone; tell whether there are more."""
        old = select(Deed.id).where(Deed.at < before).order_by(Deed.id).limit(_SWEPT_AT_ONCE)
        ids = list(self._session.execute(old).scalars())
        self._session.execute(delete(DeedStep).where(DeedStep.deed_id.in_(ids)))
        self._session.execute(delete(Deed).where(Deed.id.in_(ids)))
        return len(ids) == _SWEPT_AT_ONCE

    def _queue(self, deed: Deed, steps: Iterable[Done], moment: Moment) -> None:
        queue = rows_of(self._session)
        for step in steps:
            queue.add(DeedStep.__table__, _row_of(deed.id, step, moment))

    def _of(self, deed: Deed, ticket_ids: Collection[int]) -> Sequence[DeedStep]:
        if not deed.tickets:
            return ()
        statement = select(DeedStep).where(
            DeedStep.deed_id == deed.id, DeedStep.ticket_id.in_(ticket_ids)
        )
        return self._session.execute(statement).scalars().all()


def note_back(step: DeedStep, names: Collection[str], moment: Moment, *, undone: bool) -> None:
    """Note which fields of a step were put back at a moment, or done again; the others wait."""
    if not names:
        return
    known = set(json.loads(step.back))
    back = known | set(names) if undone else known - set(names)
    step.back = json.dumps(sorted(back), separators=(",", ":"))
    step.undone = back >= json.loads(step.after).keys()
    step.moments = _with(step.moments, moment, names)


def done_of(step: DeedStep, *, undone: bool) -> Done:
    """Return what a step did, as far as it is to be undone, or was."""
    back, after = set(json.loads(step.back)), json.loads(step.after)
    other = {name for name in after if (name in back) is not undone}
    return Done(step.ticket_id, _without(json.loads(step.before), other), _without(after, other))


def moments_of(step: DeedStep) -> frozenset[datetime]:
    """Return when a step was done, undone and done again."""
    return frozenset(moment.at for moment, _ in _moments(step.moments).all)


def _set_since(entries: Sequence[_Entry], mine: _Moments, undone: Sequence[_Undone]) -> set[str]:
    """Return which fields the history says were set since, and stand.

    For each field it is looked from when the deed, its undo or its redo set that field last: what
    was refused then is still as somebody else has left it.
    """
    last: dict[str, int] = {}
    for field in {each.field for each in entries}:
        moments = mine.of(field)
        own = [at for at, each in enumerate(entries) if each.is_of(moments)]
        # Where one of the desk's own fields has another name by now, the others tell the place.
        last[field] = max([at for at in own if entries[at].field == field] or own, default=-1)
    return {
        each.field
        for place, each in enumerate(entries)
        if place > last[each.field]
        and not any(
            each.field in of.fields and each.is_of(of.moments.of(each.field)) for of in undone
        )
    }


def _moments(packed: str) -> _Moments:
    """Return the moments of a step, each with its fields where they are noted."""
    return _Moments(
        tuple(
            (Moment(from_microseconds(at), who), frozenset(names[0]) if names else None)
            for at, who, *names in json.loads(packed)
        )
    )


def _with(packed: str, moment: Moment, names: Iterable[str] | None = None) -> str:
    """Add a moment to packed ones; without names it is about all the fields of the step."""
    of = [*moment.packed] if names is None else [*moment.packed, sorted(names)]
    return json.dumps([*json.loads(packed), of], separators=(",", ":"))


def _waits(deed: Deed, *, undone: bool) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the steps that have not been tried yet."""
    reached = deed.redo_reached if undone else deed.undo_reached
    waits = DeedStep.back != _NOTHING if undone else DeedStep.undone.is_(False)
    return DeedStep.deed_id == deed.id, waits, DeedStep.ticket_id > reached


def _without(values: Values, names: Collection[str]) -> Values:
    return {name: value for name, value in values.items() if name not in names}


def _packed(values: Values) -> str:
    return json.dumps(values, separators=(",", ":"), sort_keys=True)


def _row_of(deed_id: int, step: Done, moment: Moment) -> dict[str, Any]:
    return {
        "deed_id": deed_id,
        "ticket_id": step.ticket_id,
        "before": _packed(step.before),
        "after": _packed(step.after),
        "back": _NOTHING,
        "undone": False,
        "moments": _with("[]", moment),
    }
