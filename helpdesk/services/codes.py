# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at a code of a second factor, and takes it once, however many come with it at once.

Looking may wait for the keyring and stands outside of any transaction. Taking stands in the one
transaction of what the code is for: of two that come with one code, the second finds it taken.
"""

from __future__ import annotations

import logging
import math
from typing import NamedTuple, NoReturn

from helpdesk.core.errors import DeskError, ReadOnly, TooManyAttempts
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.models import SecondFactor, SignInFailure, User
from helpdesk.services import totp
from helpdesk.services.attempts import Attempts
from helpdesk.services.secret_box import unsealed
from helpdesk.services.user_rules import about
from helpdesk.services.work import Transacted, Work

logger = logging.getLogger(__name__)

_STEPS_ASTRAY = 2880
"""A last step more than a day ahead is one of a clock that was set back since."""
_NO_RECOVERY = (
    "A recovery code counts once, and this desk can only be read here; use the app, or sign in"
    " where it can be written."
)
_WAIT = "Too many wrong codes; try again in {seconds} seconds."


class Looked(NamedTuple):
    """A code that is right, if nobody takes it first."""

    step: int | None
    recovery_hash: str


class Codes:
    """The codes that come with one call, of one person."""

    def __init__(self, work: Work, user: User) -> None:
        """Bind to a call."""
        self._work = work
        self._user = user
        self.attempts = Attempts(work, at_code=True)

    def looked_at(self, factor: SecondFactor, code: str, refusal: DeskError) -> Looked:
        """Return what is right about a code; else raise ``refusal``, or ``TooManyAttempts``."""
        self._count()
        found = self._found(factor.secret, code)
        if found is None:
            self.refuse(refusal)
        return found

    def taken(self, desk: Transacted, looked: Looked) -> bool:
        """Take a code in the transaction of what it is for; ``False`` where it was taken before.

        The tries at it are counted on until ``attempts`` are told that it was right.
        """
        person_id, now = self._user.id, self._work.now
        if looked.step is None:
            if not desk.second_factors.use_code(person_id, looked.recovery_hash, now):
                return False
            left = desk.second_factors.codes_left(person_id)
            changes = [("codes left", str(left + 1), str(left))]
            who = about(self._user)
            desk.audit.add(AuditAction.RECOVERY_CODE_USED, who, changes, actor=who)
        elif self._work.read_only:
            factor = desk.second_factors.of(person_id)
            return self._taken_in_memory(looked.step, factor.last_step if factor else 0)
        else:
            farthest = totp.present_step(now) + _STEPS_ASTRAY
            if not desk.second_factors.use_step(person_id, looked.step, farthest):
                return False
        return True

    def refuse(self, refusal: DeskError) -> NoReturn:
        """Raise ``refusal``, once it stands in the log."""
        logger.warning("wrong code for %s", self._user.id)
        if not self._work.read_only:
            with self._work.aside() as desk:
                who = about(self._user)
                desk.audit.add(AuditAction.CODE_FAILED, who, actor=who)
        raise refusal

    def _found(self, secret: str, code: str) -> Looked | None:
        person_id = self._user.id
        if totp.is_of_app(code):
            plain = unsealed(self._work.settings.security, person_id, secret)
            step = totp.step_of(plain, code, self._work.now)
            return None if step is None else Looked(step, "")
        if self._work.read_only:
            raise ReadOnly(_NO_RECOVERY)
        hashed = totp.hash_of_recovery(person_id, code)
        with self._work.step(writes=False) as desk:
            is_theirs = desk.second_factors.has_code(person_id, hashed)
        return Looked(None, hashed) if is_theirs else None

    def _count(self) -> None:
        if not self._work.read_only:
            self.attempts.count(self._user.username)
            return
        with self._work.step(writes=False) as desk:
            rules = self.attempts.rules(desk)
        now = self._work.now
        with self._work.registry.exclusively():
            held = self._work.registry.codes_of(self._user.id)
            failure = SignInFailure(failures=held.failures, last_at=min(held.last_at or now, now))
            until = failure.waits_until(rules.free_attempts, rules.longest_delay_seconds)
            if until > now:
                seconds = math.ceil((until - now).total_seconds())
                raise TooManyAttempts(_WAIT.format(seconds=seconds), retry_after=seconds)
            held.failures, held.last_at = held.failures + 1, now

    def _taken_in_memory(self, step: int, kept_step: int) -> bool:
        with self._work.registry.exclusively():
            held = self._work.registry.codes_of(self._user.id)
            if step <= max(held.last_step, kept_step):
                return False
            held.last_step, held.failures = step, 0
            return True
