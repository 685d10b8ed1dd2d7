# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to an account besides its row: profile, second factor, and ways to sign in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.accounts import Density, Theme
from helpdesk.models.base import Base


class PersonProfile(Base):
    """How somebody's window looks, and their picture as PNG; the zone is kept with how they are
    told."""

    __tablename__ = "person_profile"

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    language: Mapped[str]
    theme: Mapped[Theme | None]
    density: Mapped[Density | None]
    lock_minutes: Mapped[int] = mapped_column(default=0)
    picture: Mapped[bytes | None] = mapped_column(LargeBinary)


class SecondFactor(Base):
    """The authenticator app of somebody; ``secret`` is encrypted, bound to the person's id.

    It counts once a code has confirmed it. ``last_step`` is the time step of the last code that
    was taken: only a later one counts (RFC 6238, 5.2).
    """

    __tablename__ = "second_factor"

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    secret: Mapped[str]
    replacement: Mapped[str | None]
    """The secret of another app that takes the place of this one once a code has confirmed it."""
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """A code that stands in for the app once; only its hash is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("ix_recovery_code_person_id", "person_id"),)

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PendingSignIn(Base):
    """A sign-in whose password was right, and that waits for a code."""

    __tablename__ = "pending_sign_in"
    __table_args__ = (Index("ix_pending_sign_in_ends_at", "ends_at"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    verified: Mapped[str | None]
    """The password hash that was right: another one since ends this."""
    replacement: Mapped[str | None]
    """The hash of what takes the place of a one-time password, once a code is right as well."""
    device: Mapped[str]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class ResetRequest(Base):
    """That somebody has asked for a way back to an account, whether there is one or not.

    A job writes the mail, so that the answer takes as long for a name that nobody has. Then
    ``code_hash`` is what the mail's code hashes to.
    """

    __tablename__ = "reset_request"
    __table_args__ = (
        Index("ix_reset_request_state", "state", "id"),
        Index("ix_reset_request_name_folded", "name_folded", "created_at"),
        Index("ix_reset_request_source", "source", "created_at"),
        Index("ix_reset_request_code_hash", "code_hash"),
        Index("ix_reset_request_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name_folded: Mapped[str]
    """The digest of the name typed: a password may have been typed there."""
    source: Mapped[str]
    state: Mapped[str]
    """``asked``, ``sent``, ``used`` or ``dropped``."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    code_hash: Mapped[str | None]
    verified: Mapped[str | None]
    """The password hash at that time: another one since makes the code void."""
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class SingleSignOnRequest(Base):
    """A sign-in that is under way in a browser: what its answer has to carry and to prove."""

    __tablename__ = "single_sign_on_request"
    __table_args__ = (Index("ix_single_sign_on_request_ends_at", "ends_at"),)

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[str]
    verifier: Mapped[str]
    redirect_uri: Mapped[str]
    device: Mapped[str]
    source: Mapped[str]
    anew: Mapped[bool]
    """Whether being signed in at the provider is not enough."""
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
