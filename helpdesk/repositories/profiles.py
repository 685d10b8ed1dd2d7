# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes what people keep of themselves; pictures are read by themselves alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, Delete, bindparam, delete, select
from sqlalchemy.orm import Session, defer

from helpdesk.core.languages import USUAL
from helpdesk.core.notification_defaults import TIME_ZONE
from helpdesk.core.schemas.accounts import Density, Theme
from helpdesk.core.schemas.users import AccountOrigin
from helpdesk.database.types import is_id
from helpdesk.models import DeskFact, NotificationSetting, PersonProfile, SignInSession, User

_user = User.__table__.c
_profile = PersonProfile.__table__.c
_session = SignInSession.__table__.c
_setting = NotificationSetting.__table__.c
_OWN = (
    select(
        _user.full_name, _user.username, _user.email, _user.origin, _profile.person_id,
        _profile.language, _profile.theme, _profile.density, _profile.lock_minutes,
        _profile.picture.is_not(None).label("has_picture"), _setting.time_zone,
        select(DeskFact.value)
        .where(DeskFact.name == bindparam("fact"))
        .scalar_subquery()
        .label("kept"),
    )
    .outerjoin_from(User.__table__, PersonProfile.__table__, _profile.person_id == _user.id)
    .outerjoin(NotificationSetting.__table__, _setting.person_id == _user.id)
    .where(_user.id == bindparam("person_id"))
)  # fmt: skip
_PICTURE = select(_profile.picture).where(_profile.person_id == bindparam("person_id"))


class OwnProfile(NamedTuple):
    """What somebody keeps of themselves, and the rules of signing in as an admin changed them."""

    full_name: str
    username: str
    email: str | None
    origin: AccountOrigin
    language: str
    theme: Theme | None
    density: Density | None
    lock_minutes: int
    has_picture: bool
    time_zone: str
    kept_security: str | None


class ProfileRepository:
    """The profiles of people; who has changed nothing has none."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def own(self, person_id: int, security_fact: str) -> OwnProfile | None:
        """Return the profile of somebody, in one query; ``None`` where there is no such account."""
        asked = {"person_id": person_id, "fact": security_fact}
        row = self._session.execute(_OWN, asked).one_or_none()
        if row is None:
            return None
        is_kept = row.person_id is not None
        return OwnProfile(
            full_name=row.full_name,
            username=row.username,
            email=row.email,
            origin=row.origin,
            language=row.language if is_kept else USUAL,
            theme=row.theme,
            density=row.density,
            lock_minutes=row.lock_minutes if is_kept else 0,
            has_picture=bool(row.has_picture),
            time_zone=row.time_zone or TIME_ZONE,
            kept_security=row.kept,
        )

    def get(self, person_id: int) -> PersonProfile:
        """Return what somebody has set, or a new row of the usual that is stored with the rest."""
        without_picture = defer(PersonProfile.picture)
        found = self._session.get(PersonProfile, person_id, options=(without_picture,))
        if found is None:
            found = PersonProfile(
                person_id=person_id,
                language=USUAL,
                theme=None,
                density=None,
                lock_minutes=0,
                picture=None,
            )
            self._session.add(found)
        return found

    def picture(self, person_id: int) -> bytes:
        """Return somebody's picture as PNG; empty where there is none."""
        if not is_id(person_id):
            return b""
        found = self._session.execute(_PICTURE, {"person_id": person_id}).scalar_one_or_none()
        return found or b""

    # --- where somebody is signed in ------------------------------------------------------------

    def sessions(
        self, person_id: int, *, now: datetime, used_since: datetime, begun_since: datetime
    ) -> Sequence[SignInSession]:
        """Return the sessions of somebody that have not ended, the one used last first."""
        live = (_session.ends_at > now, _session.created_at > begun_since)
        statement = (
            select(SignInSession)
            .where(_session.user_id == person_id, *live, _session.used_at >= used_since)
            .order_by(_session.used_at.desc(), _session.id.desc())
        )
        return self._session.execute(statement).scalars().all()

    def end_session(self, person_id: int, session_id: int) -> int:
        """End a session of somebody; return how many that were, which is one or none."""
        if not is_id(session_id):
            return 0
        own = delete(SignInSession).where(_session.id == session_id, _session.user_id == person_id)
        return self._changed(own)

    def end_others(self, person_id: int, but: str) -> int:
        """End the sessions of somebody except the one of a token hash; return how many."""
        own = (_session.user_id == person_id, _session.token_hash != but)
        return self._changed(delete(SignInSession).where(*own))

    def _changed(self, statement: Delete) -> int:
        return cast("CursorResult[Any]", self._session.execute(statement)).rowcount
