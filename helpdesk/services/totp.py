# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes of authenticator apps (RFC 6238) and recovery codes: made, checked and hashed."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta

import pyotp

STEP = timedelta(seconds=30)
"""How long a code of an app stands there."""
RECOVERY_CODES = 10
ISSUER = "Help Desk"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that is taken for another one when it is read from paper."""
_RECOVERY_LENGTH, _RESET_LENGTH, _GROUP = 16, 28, 4
_APP_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_SECRET_LENGTH = 32


def new_secret() -> str:
    """Return a secret for an app: 160 random bits in Base32."""
    return pyotp.random_base32(_SECRET_LENGTH)


def uri_of(secret: str, username: str) -> str:
    """Return what the QR code of a secret says."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def is_of_app(code: str) -> bool:
    """Return whether a code looks like one of an app; else it can only be a recovery code."""
    return _APP_CODE.fullmatch(code) is not None


def present_step(now: datetime) -> int:
    """Return the number of the time step that a moment lies in."""
    return int(now.timestamp() // STEP.total_seconds())


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step that a code is of, this one or the one before, or ``None``."""
    if not is_of_app(code):
        return None
    app = pyotp.TOTP(secret)
    for moment in (now, now - STEP):
        try:
            return app.verify_and_get_timecode(code, for_time=moment)
        except pyotp.OTPVerificationError:
            continue
    return None


def recovery_codes() -> tuple[str, ...]:
    """Return new recovery codes of 79 random bits each, in groups as they are shown."""
    return tuple(_in_groups(_RECOVERY_LENGTH) for _ in range(RECOVERY_CODES))


def reset_code() -> str:
    """Return a code for a mail, of 138 random bits, in groups as it is shown."""
    return _in_groups(_RESET_LENGTH)


def hash_of_recovery(person_id: int, code: str) -> str:
    """Return what is kept of a recovery code: nobody can guess one, so no slow hash is needed."""
    plain = code.replace("-", "").casefold()
    return hashlib.sha256(f"recovery {person_id} {plain}".encode("utf-8", "replace")).hexdigest()


def hash_of_reset(code: str) -> str:
    """Return what is kept of the code of a mail."""
    plain = code.replace("-", "")
    return hashlib.sha256(f"reset {plain}".encode("utf-8", "replace")).hexdigest()


def _in_groups(length: int) -> str:
    code = "".join(secrets.choice(_LETTERS) for _ in range(length))
    return "-".join(code[place : place + _GROUP] for place in range(0, length, _GROUP))
