# SPDX-License-Identifier: GPL-3.0-or-later
"""A row in each table of accounts and ways to sign in, for tests that copy a desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.core.schemas.accounts import Density, Theme
from helpdesk.core.schemas.users import AccountOrigin
from helpdesk.models import (
    PendingSignIn,
    PersonProfile,
    RecoveryCode,
    ResetRequest,
    SecondFactor,
    SingleSignOnRequest,
    User,
)


def add_account_rows(session: Session, now: datetime, text: str) -> None:
    """Let the last person have all that an account can: each column of every type is filled."""
    person = session.scalars(select(User).order_by(User.id.desc()).limit(1)).one()
    person_id = person.id
    person.origin, person.external_id = AccountOrigin.LDAP, f"id {text}"
    session.add_all(
        [
            PersonProfile(
                person_id=person_id, language="cs", theme=Theme.DARK, density=Density.COMPACT,
                lock_minutes=5, picture=b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
            ),
            SecondFactor(
                person_id=person_id, secret=text, created_at=now, confirmed_at=now, last_step=7
            ),
            RecoveryCode(code_hash="c", person_id=person_id, created_at=now, used_at=now),
            PendingSignIn(
                token_hash="t", person_id=person_id, verified=text, replacement=text, device=text,
                created_at=now, ends_at=now,
            ),
            ResetRequest(
                name_folded="mallory", source="s", state="sent", person_id=person_id,
                code_hash="h", verified=text, created_at=now, ends_at=now,
            ),
            SingleSignOnRequest(
                state_hash="s", nonce="n", verifier="v", redirect_uri="u", device=text,
                source="s", anew=False, created_at=now, ends_at=now,
            ),
        ]
    )  # fmt: skip
