# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes what people are told, and how each of them wants to be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
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
    update,
)
from sqlalchemy.orm import Session

from helpdesk.core.notification_defaults import DIGEST_AT, QUIET_FROM, QUIET_UNTIL, TIME_ZONE, USUAL
from helpdesk.core.schemas.notifications import (
    FOR_REQUESTERS,
    Delivery,
    Happening,
    NotificationQuery,
    NotificationView,
    Preference,
    Seen,
)
from helpdesk.core.schemas.users import PersonRef, Role
from helpdesk.core.text import folded
from helpdesk.models import (
    DeskFact,
    Notification,
    NotificationChoice,
    NotificationSetting,
    TeamMember,
    User,
    Watcher,
)
from helpdesk.models.ticket import number_of
from helpdesk.repositories.readable import names_own_or_followed

READ_KEPT, KEPT = timedelta(days=90), timedelta(days=366)

_user = User.__table__.c
_row = Notification.__table__.c
_choice = NotificationChoice.__table__.c
_setting = NotificationSetting.__table__.c
_member = TeamMember.__table__.c
_watcher = Watcher.__table__.c
_actor = User.__table__.alias("actor")
# Nearly every change of a ticket sends it, so it makes no object of a model.
_ADD = insert(cast(Table, Notification.__table__))


@dataclass
class Recipient:
    """Somebody who may be told, and how they want to be; settings of their own or the usual."""

    id: int
    full_name: str
    email: str | None
    role: Role
    in_team: bool
    follows: bool
    """Whether they follow the ticket that they were asked for with."""
    has_setting: bool
    quiet: bool
    quiet_from: int
    quiet_until: int
    urgent_breaks_quiet: bool
    digest_at: int
    time_zone: str
    next_digest_at: datetime | None
    choices: dict[Happening, Preference] = field(default_factory=dict)

    def wish(self, happening: Happening) -> Preference:
        """Return how they want to be told of a happening."""
        return self.choices.get(happening, USUAL[happening])


class NotificationRepository:
    """The notifications of everybody; whoever asks says whose."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session
        self.kept_mail: str | None = None
        """How mail is set up, as it was read with the last people."""

    # --- who is to be told --------------------------------------------------------------------

    def recipients(
        self,
        person_ids: Collection[int],
        *,
        mail_fact: str,
        team_id: int | None = None,
        askers: bool = False,
        followed_id: int | None = None,
    ) -> list[Recipient]:
        """Return the active ones of some people, with how they want to be told, in one query.

        With ``team_id`` the people of a team too, with ``askers`` who asked for new tickets, with
        ``followed_id`` who follows a ticket. The
        fact of the desk that says how mail is set up is read with them.
        """
        statement = _recipients(
            of_team=team_id is not None, askers=askers, followers=followed_id is not None
        )
        values: dict[str, Any] = {"ids": tuple(person_ids), "mail_fact": mail_fact}
        if team_id is not None:
            values["team_id"] = team_id
        if followed_id is not None:
            values["followed_id"] = followed_id
        found: dict[int, Recipient] = {}
        for row in self._session.execute(statement, values):
            self.kept_mail = row.kept_mail
            person = found.get(row.id) or found.setdefault(row.id, _recipient(row))
            if row.happening is not None:
                person.choices[row.happening] = Preference(
                    happening=row.happening, app=row.app, desktop=row.desktop, mail=row.mail
                )
        # In the order of an index over names the database would read all people there are.
        return sorted(found.values(), key=lambda each: (folded(each.full_name), each.id))

    def followers(self, ticket_ids: Collection[int]) -> dict[int, frozenset[int]]:
        """Return who follows each of some tickets."""
        statement = select(_watcher.ticket_id, _watcher.person_id)
        rows = self._session.execute(statement.where(_watcher.ticket_id.in_(ticket_ids)))
        found: dict[int, set[int]] = {id_: set() for id_ in ticket_ids}
        for ticket_id, person_id in rows:
            found[ticket_id].add(person_id)
        return {id_: frozenset(each) for id_, each in found.items()}

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store notifications, in one statement."""
        if rows:
            self._session.connection().execute(_ADD, rows)

    # --- one's own ----------------------------------------------------------------------------

    def page(
        self, person_id: int, query: NotificationQuery, *, staff: bool
    ) -> tuple[tuple[NotificationView, ...], bool]:
        """Return some notifications of a person, newest first, and whether there are more."""
        statement = (
            select(Notification, _actor.c.full_name)
            .join(_actor, _actor.c.id == _row.actor_id, isouter=True)
            .where(*_visible(person_id, staff=staff))
            .order_by(_row.id.desc())
            .limit(query.limit + 1)
        )
        if query.unread_only:
            statement = statement.where(_row.read.is_(False))
        if query.after_id:
            statement = statement.where(_row.id > query.after_id)
        if query.before_id is not None:
            statement = statement.where(_row.id < query.before_id)
        rows = self._session.execute(statement).all()
        items = tuple(_view(notification, name) for notification, name in rows[: query.limit])
        return items, len(rows) > query.limit

    def unread(self, person_id: int, *, staff: bool) -> tuple[int, int]:
        """Return how many notifications a person has not read, and how many of them are urgent."""
        is_unread = (*_visible(person_id, staff=staff), _row.read.is_(False))
        arms = [
            select(func.count())
            .select_from(Notification)
            .where(*is_unread, _row.urgent.is_(urgent))
            for urgent in (False, True)
        ]
        counted = select(*(arm.scalar_subquery() for arm in arms))
        calm, urgent = self._session.execute(counted).one()
        return calm + urgent, urgent

    def mark(self, person_id: int, seen: Seen) -> int:
        """Mark notifications of a person as read or unread, and return how many changed.

        What was read is shown by the system no more, in whatever window that would be.
        """
        chosen = _row.id.in_(seen.ids) if seen.ids else _row.id <= seen.until_id
        statement = update(Notification).where(
            _row.person_id == person_id, _row.read.is_(seen.unread), chosen
        )
        values = {"read": not seen.unread, "shown": False}
        done = self._session.execute(statement.values(values))
        return cast("CursorResult[Any]", done).rowcount

    # --- how somebody wants to be told --------------------------------------------------------

    def choices(self, person_id: int) -> dict[Happening, Preference]:
        """Return what somebody has chosen that is not the usual way."""
        statement = select(_choice.happening, _choice.app, _choice.desktop, _choice.mail).where(
            _choice.person_id == person_id
        )
        return {
            happening: Preference(happening=happening, app=app, desktop=desktop, mail=mail)
            for happening, app, desktop, mail in self._session.execute(statement)
        }

    def choose(self, person_id: int, choices: Iterable[Preference]) -> None:
        """Keep what somebody has chosen; of what is the usual way nothing is kept."""
        by_happening = {choice.happening: choice for choice in choices}
        self._session.execute(
            delete(NotificationChoice).where(
                _choice.person_id == person_id, _choice.happening.in_(by_happening)
            )
        )
        rows = [
            {"person_id": person_id, **choice.model_dump()}
            for choice in by_happening.values()
            if choice != USUAL[choice.happening]
        ]
        if rows:
            self._session.execute(insert(NotificationChoice), rows)

    def setting(self, person_id: int) -> NotificationSetting:
        """Return the settings of somebody: their own, or new ones that are not kept yet."""
        found = self._session.get(NotificationSetting, person_id)
        return found or NotificationSetting(**usual_setting(person_id), next_digest_at=None)

    def keep(self, setting: NotificationSetting) -> None:
        """Keep settings, also such as were new."""
        self._session.add(setting)
        self._session.flush()

    def plan_digests(self, planned: Mapping[int, datetime], new: Collection[int]) -> None:
        """Keep when the digests of some people are due; ``new`` have no settings of their own."""
        made = [
            {**usual_setting(person_id), "next_digest_at": planned[person_id]} for person_id in new
        ]
        if made:
            self._session.execute(insert(NotificationSetting), made)
        changed = [
            {"person_id": person_id, "next_digest_at": at}
            for person_id, at in planned.items()
            if person_id not in new
        ]
        if changed:
            self._session.execute(update(NotificationSetting), changed)

    def digests_due(self, now: datetime, latest: datetime, limit: int) -> list[int]:
        """Return whose digest is due, or is planned for after ``latest`` by a clock gone wrong."""
        statement = (
            select(_setting.person_id)
            .where(or_(_setting.next_digest_at <= now, _setting.next_digest_at > latest))
            .order_by(_setting.next_digest_at)
            .limit(limit)
        )
        return list(self._session.execute(statement).scalars())

    def no_digest_waits(self, person_ids: Collection[int]) -> None:
        """Keep that nothing waits for the digest of some people any more."""
        statement = update(NotificationSetting).where(_setting.person_id.in_(person_ids))
        self._session.execute(statement.values(next_digest_at=None))

    def forgettable(self, now: datetime, limit: int) -> list[int]:
        """Return what was read long ago, and everything after a year."""
        old = or_(_row.at < now - KEPT, _row.read.is_(True))
        statement = select(_row.id).where(_row.at < now - READ_KEPT, old).limit(limit)
        return list(self._session.execute(statement).scalars())

    def forget(self, ids: Sequence[int]) -> int:
        """Forget some notifications; return how many there still were."""
        gone = self._session.execute(delete(Notification).where(_row.id.in_(ids)))
        return cast("CursorResult[Any]", gone).rowcount


def usual_setting(person_id: int) -> dict[str, Any]:
    """Return the settings of somebody who has changed none."""
    return {
        "person_id": person_id,
        "quiet": False,
        "quiet_from": QUIET_FROM,
        "quiet_until": QUIET_UNTIL,
        "urgent_breaks_quiet": True,
        "digest_at": DIGEST_AT,
        "sound": True,
        "time_zone": TIME_ZONE,
    }


@cache
def _recipients(*, of_team: bool, askers: bool, followers: bool) -> Select[Any]:
    """Return the query for people, built once: nearly every change of a ticket asks it."""
    ids: BindParameter[Any] = bindparam("ids", expanding=True)
    chosen = _user.id.in_(ids)
    kept_mail = select(DeskFact.value).where(DeskFact.name == bindparam("mail_fact"))
    arms: list[Select[Any]] = []
    if of_team:
        arms.append(select(_member.user_id).where(_member.team_id == bindparam("team_id")))
    if askers:
        is_on = or_(_choice.app, _choice.desktop, _choice.mail != Delivery.OFF)
        arms.append(
            select(_choice.person_id).where(_choice.happening == Happening.NEW_TICKET, is_on)
        )
    if followers:
        arms.append(
            select(_watcher.person_id).where(_watcher.ticket_id == bindparam("followed_id"))
        )
    if arms:
        named = select(_user.id).where(_user.id.in_(ids))
        chosen = _user.id.in_(union_all(named, *arms))
    in_team = (
        select(_member.user_id)
        .where(_member.team_id == bindparam("team_id"), _member.user_id == _user.id)
        .exists()
        if of_team
        else literal(value=False)
    )
    follows = (
        select(_watcher.person_id)
        .where(_watcher.ticket_id == bindparam("followed_id"), _watcher.person_id == _user.id)
        .exists()
        if followers
        else literal(value=False)
    )
    return (
        select(
            _user.id, _user.full_name, _user.email, _user.role, in_team.label("in_team"),
            follows.label("follows"),
            _setting.person_id, _setting.quiet, _setting.quiet_from, _setting.quiet_until,
            _setting.urgent_breaks_quiet, _setting.digest_at, _setting.time_zone,
            _setting.next_digest_at, _choice.happening, _choice.app, _choice.desktop, _choice.mail,
            kept_mail.scalar_subquery().label("kept_mail"),
        )
        .select_from(User.__table__)
        .join(NotificationSetting.__table__, _setting.person_id == _user.id, isouter=True)
        .join(NotificationChoice.__table__, _choice.person_id == _user.id, isouter=True)
        .where(_user.active.is_(True), chosen)
    )  # fmt: skip


def _recipient(row: Any) -> Recipient:
    is_set = row.person_id is not None
    kept = row._mapping if is_set else usual_setting(row.id)  # noqa: SLF001 - how rows are read
    return Recipient(
        id=row.id,
        full_name=row.full_name,
        email=row.email,
        role=row.role,
        in_team=bool(row.in_team),
        follows=bool(row.follows),
        has_setting=is_set,
        quiet=kept["quiet"],
        quiet_from=kept["quiet_from"],
        quiet_until=kept["quiet_until"],
        urgent_breaks_quiet=kept["urgent_breaks_quiet"],
        digest_at=kept["digest_at"],
        time_zone=kept["time_zone"],
        next_digest_at=row.next_digest_at,
    )


def _visible(person_id: int, *, staff: bool) -> tuple[Any, ...]:
    """Return what somebody may read now.

    Who is no longer of the staff reads none of its affairs, and who has asked or follows no longer
    none of the ticket.
    """
    own = _row.person_id == person_id
    if staff:
        return (own,)
    still = or_(_row.ticket_id.is_(None), names_own_or_followed(_row.ticket_id, person_id))
    return own, _row.happening.in_(FOR_REQUESTERS), still


def _view(row: Notification, actor_name: str | None) -> NotificationView:
    is_named = row.actor_id is not None and actor_name is not None
    return NotificationView(
        id=row.id,
        happening=row.happening,
        at=row.at,
        title=row.title,
        text=row.text,
        why=row.why,
        ticket_id=row.ticket_id,
        number=number_of(row.ticket_id) if row.ticket_id else "",
        actor=PersonRef(id=row.actor_id, full_name=actor_name) if is_named else None,
        urgent=row.urgent,
        read=row.read,
        shown=row.shown,
    )
