# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes authenticator apps and recovery codes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Select, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from helpdesk.core.schemas.users import Role
from helpdesk.models import RecoveryCode, SecondFactor, User

_factor = SecondFactor.__table__.c
_code = RecoveryCode.__table__.c


class SecondFactorRepository:
    """The second factors of all people."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def of(self, person_id: int) -> SecondFactor | None:
        """Return the authenticator app of somebody, whether a code has confirmed it or not."""
        return self._session.get(SecondFactor, person_id, populate_existing=True)

    def is_on(self, person_id: int) -> bool:
        """Return whether codes are asked of somebody at sign-in."""
        confirmed = (_factor.person_id == person_id, _factor.confirmed_at.is_not(None))
        return bool(self._session.execute(select(exists().where(*confirmed))).scalar_one())

    @staticmethod
    def lacking(roles: Collection[Role], people: Collection[int] | None) -> Select[int]:
        """Return how to find who has no app and one of some roles, among some people or all."""
        confirmed = (_factor.person_id == User.id, _factor.confirmed_at.is_not(None))
        found = select(User.id).where(User.role.in_(roles), ~exists().where(*confirmed))
        return found if people is None else found.where(User.id.in_(people))

    def put(self, factor: SecondFactor) -> None:
        """Keep a new app, which counts once a code has confirmed it."""
        self._session.merge(factor)
        self._session.flush()

    def use_step(self, person_id: int, step: int, farthest: int) -> bool:
        """Take the code of a time step once: only a later one than the last counts.

        A last step beyond ``farthest`` is one of a clock that was set back since.
        """
        statement = (
            update(SecondFactor)
            .where(
                _factor.person_id == person_id,
                or_(_factor.last_step < step, _factor.last_step > farthest),
            )
            .values(last_step=step)
        )
        return self._changed(statement) == 1

    def remove(self, person_id: int) -> bool:
        """Take away somebody's app and recovery codes; return whether there was an app."""
        self._session.execute(delete(RecoveryCode).where(_code.person_id == person_id))
        return self._changed(delete(SecondFactor).where(_factor.person_id == person_id)) == 1

    def replace_codes(self, person_id: int, hashes: Iterable[str], at: datetime) -> None:
        """Keep new recovery codes in the place of those there were."""
        self._session.execute(delete(RecoveryCode).where(_code.person_id == person_id))
        rows = [{"code_hash": each, "person_id": person_id, "created_at": at} for each in hashes]
        self._session.execute(insert(RecoveryCode), rows)

    def codes_left(self, person_id: int) -> int:
        """Return how many recovery codes somebody has left."""
        unused = (_code.person_id == person_id, _code.used_at.is_(None))
        return self._session.execute(select(func.count()).where(*unused)).scalar_one()

    def use_code(self, person_id: int, code_hash: str, at: datetime) -> bool:
        """Take a recovery code once."""
        unused = (
            _code.code_hash == code_hash, _code.person_id == person_id, _code.used_at.is_(None)
        )  # fmt: skip
        return self._changed(update(RecoveryCode).where(*unused).values(used_at=at)) == 1

    def has_code(self, person_id: int, code_hash: str) -> bool:
        """Return whether a recovery code is somebody's and was not used."""
        unused = (
            _code.code_hash == code_hash, _code.person_id == person_id, _code.used_at.is_(None)
        )  # fmt: skip
        return bool(self._session.execute(select(exists().where(*unused))).scalar_one())

    def _changed(self, statement: Any) -> int:
        return cast("CursorResult[Any]", self._session.execute(statement)).rowcount
