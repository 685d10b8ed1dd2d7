# SPDX-License-Identifier: GPL-3.0-or-later
"""A sign-in in the browser: begun here, proved by the provider, and good for one session.

What the browser's answer has to carry is kept by its hash, for ten minutes, and counts once. The
redirect leads to the workstation that has begun; only who asked the desk knows the state.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from helpdesk.channels.openid import (
    Begun,
    Provider,
    ProviderFault,
    claims_of,
    page_of,
    require_redirect,
)
from helpdesk.channels.outside import OUTSIDE
from helpdesk.core.errors import Forbidden, Invalid, ReadOnly, TooManyAttempts
from helpdesk.core.schemas.directory import (
    SingleSignOnAnswer,
    SingleSignOnBegin,
    SingleSignOnWay,
)
from helpdesk.core.schemas.users import AccountOrigin, SignInView
from helpdesk.models import SingleSignOnRequest
from helpdesk.services.attempts import Attempts
from helpdesk.services.directory_accounts import DirectoryAccounts, Proven
from helpdesk.services.failure_log import note_failed_sign_in
from helpdesk.services.mail_sending import KeyringWaits, soon
from helpdesk.services.session_registry import hash_of
from helpdesk.services.signing_in import begun as session_begun
from helpdesk.services.signing_in import signed_in
from helpdesk.services.single_sign_on_setup import SingleSignOnSetup, single_sign_on_of
from helpdesk.services.work import Work

GOOD_FOR = timedelta(minutes=10)
"""So long somebody has for the pages of the provider."""
MOST_UNDER_WAY = 5_000
"""Strangers begin sign-ins, and each takes a row until it ends."""
MOST_BY_SOURCE = 200
"""From one place, so that who begins them for nothing does not keep out the others."""
_RANDOM_BYTES = 32
_NAMED = "sso"
"""What the audit log calls who has failed to sign in by it: nobody knows who it was."""
_OFF = "Signing in in the browser is not set up at this desk; sign in with a password."
_TOO_MANY = "Too many sign-ins are under way; try again in a few minutes."
_UNKNOWN = "This sign-in is over, or was not begun here; begin it again."
_CANNOT_BE_KEPT = "This desk can only be read here; sign in with a password."
_NO_NAME = "The provider does not tell your user name ({claim}); ask an admin to look at it."


class SingleSignOn:
    """The steps of a sign-in in the browser."""

    def __init__(self, work: Work) -> None:
        """Bind to a call that works in steps."""
        self._work = work

    def begin(self, begin: SingleSignOnBegin) -> SingleSignOnWay:
        """Keep what the answer has to prove, and return the page to open."""
        require_redirect(begin.redirect_uri)
        if self._work.read_only:
            raise ReadOnly(_CANNOT_BE_KEPT)
        setup = self._setup()
        wanted = Begun(
            state=secrets.token_urlsafe(_RANDOM_BYTES),
            nonce=secrets.token_urlsafe(_RANDOM_BYTES),
            verifier=secrets.token_urlsafe(_RANDOM_BYTES),
            redirect_uri=begin.redirect_uri,
            anew_since=self._work.now if begin.anew else None,
        )
        # The provider is asked what its pages are: no transaction waits for it.
        with OUTSIDE.asking(_named(setup)):
            url = page_of(setup.provider(""), wanted)
        self._keep(wanted, begin.device)
        return SingleSignOnWay(url=url, state=wanted.state)

    def finish(self, answer: SingleSignOnAnswer) -> SignInView:
        """Begin a session for whom the provider proves. Raises ``Invalid``, ``ProviderFault``."""
        setup = self._setup()
        if self._work.read_only:
            raise ReadOnly(_CANNOT_BE_KEPT)
        request = self._taken(answer.state)
        if request is None:
            raise Invalid(_UNKNOWN, field="state")
        try:
            return self._entered(setup, request, answer.code)
        except (ProviderFault, Forbidden):
            note_failed_sign_in(self._work, None, _NAMED)
            raise

    def _entered(
        self, setup: SingleSignOnSetup, request: SingleSignOnRequest, code: str
    ) -> SignInView:
        since = request.created_at if request.anew else None
        wanted = Begun("", request.nonce, request.verifier, request.redirect_uri, since)
        told = (setup.section.username_claim, setup.section.groups_claim)
        with OUTSIDE.asking(_named(setup)):
            claims = claims_of(self._provider(setup), wanted, code, self._work.now, told)
        person = proven_by(setup, claims)
        work = self._work.as_program()
        accounts = DirectoryAccounts(work)
        with work.step(writes=True) as desk:
            user = accounts.of(desk, person)
            # Where the provider has proved a second factor, no code of ours is due as well.
            go_on = session_begun if proves_factor(setup, claims) else signed_in
            view = go_on(work, desk, user, device=request.device, attempts=Attempts(work))
        accounts.finish()
        return view

    def _setup(self) -> SingleSignOnSetup:
        with self._work.step(writes=False) as desk:
            setup = single_sign_on_of(self._work.settings, desk.facts)
        if not setup.is_on:
            raise Forbidden(_OFF)
        return setup

    @staticmethod
    def _provider(setup: SingleSignOnSetup) -> Provider:
        try:
            secret, _ = soon(setup.secret)
        except KeyringWaits as error:
            raise ProviderFault(str(error)) from error
        return setup.provider(secret)

    def _keep(self, wanted: Begun, device: str) -> None:
        now = self._work.now
        request = SingleSignOnRequest(
            state_hash=hash_of(wanted.state), nonce=hash_of(wanted.nonce),
            verifier=wanted.verifier, redirect_uri=wanted.redirect_uri, device=device,
            source=self._work.source, anew=wanted.anew_since is not None, created_at=now,
            ends_at=now + GOOD_FOR,
        )  # fmt: skip
        with self._work.aside() as desk:
            is_kept = desk.single_sign_ons.add(request, MOST_UNDER_WAY, MOST_BY_SOURCE)
        if not is_kept:
            raise TooManyAttempts(_TOO_MANY, retry_after=60)

    def _taken(self, state: str) -> SingleSignOnRequest | None:
        """Return what a sign-in began with, and let nobody come with the same again."""
        now = self._work.now
        with self._work.step(writes=False) as desk:
            # Whoever comes with any text must not make the desk write.
            if not desk.single_sign_ons.is_known(hash_of(state)):
                return None
        with self._work.aside() as desk:
            request = desk.single_sign_ons.take(hash_of(state))
        # By a clock that was set back it would be good for longer.
        in_time = request is not None and now - GOOD_FOR <= request.created_at <= now
        return request if in_time else None


def proven_by(setup: SingleSignOnSetup, claims: Mapping[str, Any]) -> Proven:
    """Return whom the claims of a provider are about. Raises ``ProviderFault`` without a name."""
    own = setup.section
    username = _text(claims.get(own.username_claim))
    if not username:
        raise ProviderFault(_NO_NAME.format(claim=own.username_claim))
    groups = claims.get(own.groups_claim)
    names = groups if isinstance(groups, list) else [groups]
    # Who may write any address there must not get the mail of another.
    is_verified = claims.get("email_verified") is True
    return Proven(
        origin=AccountOrigin.OIDC,
        external_id=f"{own.issuer} {claims['sub']}",
        username=username,
        full_name=_text(claims.get("name")) or username,
        email=_text(claims.get("email")) or None if is_verified else None,
        role=setup.role_of(name for name in names if isinstance(name, str)),
    )


def _named(setup: SingleSignOnSetup) -> str:
    return f"the provider {setup.section.issuer}"


def proves_factor(setup: SingleSignOnSetup, claims: Mapping[str, Any]) -> bool:
    """Return whether a token says that the provider has asked for a second factor."""
    methods = claims.get("amr")
    told = [*(methods if isinstance(methods, list) else ()), claims.get("acr")]
    return any(each in setup.section.factor_claims for each in told)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
