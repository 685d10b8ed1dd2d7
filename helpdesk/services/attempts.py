# SPDX-License-Identifier: GPL-3.0-or-later
"""Slows guessing at passwords and codes, without letting strangers keep an account's owner out.

Tries are counted by the name typed and by where they come from, each with a delay that grows.
Whoever comes from where the account was signed in to lately waits for nobody else; all others
share a smaller delay and a ceiling, which an admin can lift. Where a directory keeps the password,
which has a lock-out of its own, the ceiling is over by itself after a day. Codes of a second factor
are counted beside the passwords, so that neither a right password nor a new one gives more tries at
a code.
"""

from __future__ import annotations

import hmac
import logging
import math
import secrets
from datetime import datetime, timedelta

from helpdesk.core.errors import TooManyAttempts
from helpdesk.core.schemas.users import AccountOrigin
from helpdesk.core.settings import SecuritySettings
from helpdesk.core.text import ellipsis, folded
from helpdesk.models import SignInFailure, User
from helpdesk.models.sign_in_failure import CEILING, CODE_STRANGERS, STRANGERS
from helpdesk.repositories.facts import SOURCE_SALT
from helpdesk.services.directory_setup import directory_of
from helpdesk.services.security_setup import FACT, security_of
from helpdesk.services.work import Transacted, Work

logger = logging.getLogger(__name__)

_IN_SESSION = "session"
"""Stands for all sessions of a person together, where the old password is asked for."""
_SHARE = 3
"""So many times shorter the longest delay is that strangers share: one alone leaves room."""
_WAIT = "Too many wrong passwords; try again in {seconds} seconds."
_NO_MORE = (
    "Too many wrong passwords were tried for this name; sign in from where you did before,"
    " or ask an admin to let you try again."
)
_WAIT_FOR_CODE = "Too many wrong codes; try again in {seconds} seconds."
_NO_MORE_CODES = (
    "Too many wrong codes were tried for this account; sign in from where you did before, or ask an"
    " admin to reset the second factor."
)
# Who types the password into the field of the name must not find it in the log.
_NAME_LOGGED = 4
_SALT_BYTES = 16
_CEILING_OF_DIRECTORY = timedelta(days=1)
"""After so long without a try strangers may guess again at a password that a directory keeps."""


class Attempts:
    """The tries at one name that come with one call."""

    def __init__(self, work: Work, *, in_session: bool = False, at_code: bool = False) -> None:
        """Bind to a call; ``in_session`` says that who calls has signed in before.

        ``at_code`` counts tries at the codes of a second factor, not at the password.
        """
        self._work = work
        self._in_session = in_session
        self._at_code = at_code
        self._strangers = CODE_STRANGERS if at_code else STRANGERS
        self._hashed: str | None = None
        self._rules: SecuritySettings | None = None
        self._counted: list[tuple[str, str, datetime]] = []
        self.is_known_here = in_session
        """Whether who calls has signed in to the name that was counted from here lately."""

    def rules(self, desk: Transacted) -> SecuritySettings:
        """Return the rules of signing in that are in force, read once for each call."""
        if self._rules is None:
            self._rules = security_of(self._work.settings.security, desk.facts.get(FACT))
        return self._rules

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
            what = "codes" if self._at_code else "passwords"
            logger.warning("too many wrong %s for %s", what, shortened(username))
            raise refusal

    def take_back(self) -> None:
        """Undo what was counted, since nobody has looked at the password.

        Only for who is known here: if strangers could try on without an end while the directory is
        away, they would learn by it whose password the directory keeps.
        """
        if self._work.read_only or not self.is_known_here:
            return
        with self._work.aside() as desk:
            for username, source, before in self._counted:
                desk.sign_ins.take_back(username, source, before)
        self._counted.clear()

    def forget(self, user: User) -> None:
        """Begin again: the password was right, although nobody is signed in by it."""
        if self._work.read_only:
            return
        with self._work.aside() as desk:
            self.passed(desk, user)

    def passed(self, desk: Transacted, user: User) -> None:
        """Begin again in a transaction: what was typed is right, whatever else is due."""
        desk.sign_ins.forget(user.username, self._source(desk), self._strangers)

    def succeeded(self, desk: Transacted, user: User) -> None:
        """Begin again after a sign-in, and know where it came from."""
        self.passed(desk, user)
        desk.sign_ins.know(user.id, self._here(desk), self._work.now)

    def begin_anew(self, desk: Transacted, user: User) -> None:
        """Forget everything but where the new password comes from, since it is a new one.

        Tries at codes are not forgotten: the second factor is the same.
        """
        desk.sign_ins.forget_passwords(user.username)
        desk.sign_ins.forget_sources(user.id, but=self._here(desk))

    def _refusal(self, desk: Transacted, username: str) -> TooManyAttempts | None:
        """Count a try, or return why it is not looked at."""
        source, now = self._source(desk), self._work.now
        sources = [source]
        if not self._in_session:
            self.is_known_here = desk.sign_ins.is_known(username, self._here(desk), now)
        if not self.is_known_here:
            sources.append(self._strangers)
        counts = desk.sign_ins.counts(username, sources, now)
        for each in counts:
            if each.source != self._strangers or each.failures < CEILING:
                continue
            if not self._is_over(desk, username, each):
                return TooManyAttempts(_NO_MORE_CODES if self._at_code else _NO_MORE)
            each.failures = 0
        seconds = max(self._seconds_left(desk, each) for each in counts)
        if seconds > 0:
            wait = _WAIT_FOR_CODE if self._at_code else _WAIT
            return TooManyAttempts(wait.format(seconds=seconds), retry_after=seconds)
        for each in counts:
            self._counted.append((username, each.source, each.last_at))
            desk.sign_ins.count(each, now)
        return None

    def _is_over(self, desk: Transacted, username: str, ceiling: SignInFailure) -> bool:
        """Return whether a ceiling has lasted long enough for a name that a directory keeps."""
        if self._at_code or self._work.now - ceiling.last_at < _CEILING_OF_DIRECTORY:
            return False
        user = desk.users.by_username(username)
        is_local = user is not None and user.origin is AccountOrigin.LOCAL
        return not is_local and directory_of(self._work.settings, desk.facts).is_on

    def _seconds_left(self, desk: Transacted, failure: SignInFailure) -> int:
        rules, now = self.rules(desk), self._work.now
        longest = rules.longest_delay_seconds
        if failure.source == self._strangers:
            longest = max(1, longest // _SHARE)
        # With the clock set back the wait would last until the old time.
        failure.last_at = min(failure.last_at, now)
        return math.ceil((failure.waits_until(rules.free_attempts, longest) - now).total_seconds())

    def _source(self, desk: Transacted) -> str:
        if self._in_session:
            return _IN_SESSION
        here = self._here(desk)
        return f"{CODE_STRANGERS}:{here}" if self._at_code else here

    def _here(self, desk: Transacted) -> str:
        """Return what the source is kept as: nobody reads from it who signs in from where."""
        if self._hashed is None:
            found = desk.facts.some(SOURCE_SALT, FACT)
            self._rules = security_of(self._work.settings.security, found.get(FACT))
            salt = found.get(SOURCE_SALT)
            if salt is None:
                salt = secrets.token_hex(_SALT_BYTES)
                desk.facts.set(SOURCE_SALT, salt)
            source = self._work.source.encode()
            self._hashed = hmac.new(salt.encode(), source, "sha256").hexdigest()
        return self._hashed


def shortened(username: str) -> str:
    """Return as much of a name as may stand in the log, whatever was typed there."""
    return ascii(ellipsis(folded(username), _NAME_LOGGED))
