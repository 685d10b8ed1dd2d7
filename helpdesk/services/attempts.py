# SPDX-License-Identifier: GPL-3.0-or-later
"""Slows guessing at passwords, without letting strangers keep the owner of an account out.

Tries are counted by the name typed and by where they come from, each with a delay that grows.
Whoever comes from where the account was signed in to lately waits for nobody else; all others
share a smaller delay and a ceiling.
"""

from __future__ import annotations

import hmac
import logging
import math
import secrets

from helpdesk.core.errors import TooManyAttempts
from helpdesk.core.text import ellipsis, folded
from helpdesk.models import SignInFailure, User
from helpdesk.models.sign_in_failure import CEILING, STRANGERS
from helpdesk.repositories.facts import SOURCE_SALT
from helpdesk.services.work import Transacted, Work

logger = logging.getLogger(__name__)

_IN_SESSION = "session"
"""Stands for all sessions of a person together, where the old password is asked for."""
_SHARE = 3
"""So many times shorter the longest delay is that strangers share: one alone leaves room."""
_WAIT = "Too many wrong passwords; try again in {seconds} seconds."
_NO_MORE = (
    "Too many wrong passwords were tried for this name; sign in from where you did before,"
    " or ask an admin to reset the password."
)
# Who types the password into the field of the name must not find it in the log.
_NAME_LOGGED = 4
_SALT_BYTES = 16


class Attempts:
    """The tries at one name that come with one call."""

    def __init__(self, work: Work, *, in_session: bool = False) -> None:
        """Bind to a call; ``in_session`` says that who calls has signed in before."""
        self._work = work
        self._in_session = in_session
        self._hashed: str | None = None

    def count(self, username: str) -> None:
        """Count a try before the password is looked at, so that many at once cannot all pass.

        Raises ``TooManyAttempts`` where it must wait, or may not be made. A right password
        forgets the count.
        """
        if self._work.read_only:
            return
        with self._work.aside() as desk:
            refusal = self._refusal(desk, username)
        if refusal is not None:
            logger.warning("too many wrong passwords for %s", shortened(username))
            raise refusal

    def forget(self, user: User) -> None:
        """Begin again: the password was right, although nobody is signed in by it."""
        if self._work.read_only:
            return
        with self._work.aside() as desk:
            desk.sign_ins.forget(user.username, self._source(desk), STRANGERS)

    def passed(self, desk: Transacted, user: User) -> None:
        """Begin again: the password was right, although a code is still due."""
        desk.sign_ins.forget(user.username, self._source(desk), STRANGERS)

    def succeeded(self, desk: Transacted, user: User) -> None:
        """Begin again after a sign-in, and know where it came from."""
        source = self._source(desk)
        desk.sign_ins.forget(user.username, source, STRANGERS)
        desk.sign_ins.know(user.id, source, self._work.now)

    def begin_anew(self, desk: Transacted, user: User) -> None:
        """Forget everything but where the new password comes from, since it is a new one."""
        desk.sign_ins.forget(user.username)
        desk.sign_ins.forget_sources(user.id, but=self._here(desk))

    def _refusal(self, desk: Transacted, username: str) -> TooManyAttempts | None:
        """Count a try, or return why it is not looked at."""
        source, now = self._source(desk), self._work.now
        sources = [source]
        if not self._in_session and not desk.sign_ins.is_known(username, source, now):
            sources.append(STRANGERS)
        counts = desk.sign_ins.counts(username, sources, now)
        if any(each.source == STRANGERS and each.failures >= CEILING for each in counts):
            return TooManyAttempts(_NO_MORE)
        seconds = max(self._seconds_left(each) for each in counts)
        if seconds > 0:
            return TooManyAttempts(_WAIT.format(seconds=seconds), retry_after=seconds)
        for each in counts:
            desk.sign_ins.count(each, now)
        return None

    def _seconds_left(self, failure: SignInFailure) -> int:
        security, now = self._work.settings.security, self._work.now
        longest = security.longest_delay_seconds
        if failure.source == STRANGERS:
            longest = max(1, longest // _SHARE)
        # With the clock set back the wait would last until the old time.
        failure.last_at = min(failure.last_at, now)
        return math.ceil(
            (failure.waits_until(security.free_attempts, longest) - now).total_seconds()
        )

    def _source(self, desk: Transacted) -> str:
        return _IN_SESSION if self._in_session else self._here(desk)

    def _here(self, desk: Transacted) -> str:
        """Return what the source is kept as: nobody reads from it who signs in from where."""
        if self._hashed is None:
            salt = desk.facts.get(SOURCE_SALT)
            if salt is None:
                salt = secrets.token_hex(_SALT_BYTES)
                desk.facts.set(SOURCE_SALT, salt)
            source = self._work.source.encode()
            self._hashed = hmac.new(salt.encode(), source, "sha256").hexdigest()
        return self._hashed


def shortened(username: str) -> str:
    """Return as much of a name as may stand in the log, whatever was typed there."""
    return ascii(ellipsis(folded(username), _NAME_LOGGED))
