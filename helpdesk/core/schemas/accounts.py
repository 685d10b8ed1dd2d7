# SPDX-License-Identifier: GPL-3.0-or-later
"""One's own account: profile, sessions, the second factor, and the way back to a lost password."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from helpdesk.core.schemas.base import Labelled, Request, Result
from helpdesk.core.schemas.sla import ZoneName
from helpdesk.core.schemas.users import Email, FullName
from helpdesk.core.text import Line

LARGEST_PICTURE = 256 * 1024
"""Bytes of a picture as it is kept."""
PICTURE_SIDE = 256
"""Pixels: a picture is kept as a square of this side at the most."""
LONGEST_SECRET = 1024
"""Characters that are looked at of a password, a code or a token."""

_LANGUAGE = r"^[a-z]{2,3}(-[A-Z]{2})?$"


def _code(text: str) -> str:
    return re.sub(r"[\s-]+", "", text)


Secret = Annotated[str, StringConstraints(max_length=LONGEST_SECRET)]
Code = Annotated[str, StringConstraints(max_length=64), AfterValidator(_code)]
"""A code of an authenticator app or a recovery code; blanks and dashes mean nothing."""


class Theme(Labelled):
    """The colours of the window."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Density(Labelled):
    """How much room rows and controls take."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"


class ProfileView(Result):
    """What somebody tells of themselves, and how their window looks."""

    full_name: str
    username: str
    email: str | None
    has_picture: bool
    time_zone: str
    language: str
    theme: Theme | None
    """``None`` where it was never chosen: the window stays as this computer has it."""
    density: Density | None
    """``None`` where it was never chosen, likewise."""
    lock_minutes: int
    """Without a key or a click for so long the window asks for the password; 0 is never."""
    longest_lock_minutes: int
    """The longest that admins allow; 0 leaves it to the person."""
    is_directory_account: bool
    """Whether name, e-mail address and password are kept elsewhere."""


class ProfileChange(Request):
    """What to change; only fields that are set are touched."""

    full_name: FullName | None = None
    time_zone: ZoneName | None = None
    language: Annotated[str, StringConstraints(pattern=_LANGUAGE)] | None = None
    theme: Theme | None = None
    density: Density | None = None
    lock_minutes: Annotated[int, Field(ge=0, le=24 * 60)] | None = None


class EmailChange(Request):
    """Another e-mail address, proved by the password; the old one is told."""

    email: Email | None
    password: Secret


class NewPicture(Request):
    """A picture as PNG, in Base64; empty takes it away."""

    data: Annotated[str, StringConstraints(max_length=LARGEST_PICTURE * 4 // 3 + 4)]


class Picture(Result):
    """A picture as PNG, in Base64; empty where there is none."""

    data: str


class SessionInfo(Result):
    """One of somebody's sessions."""

    id: int
    began_at: datetime
    used_at: datetime
    source: str
    """The address it came from, or 'local'."""
    device: str
    is_this: bool


class SessionList(Result):
    """Somebody's sessions, the one used last first."""

    items: tuple[SessionInfo, ...]


class Proof(Request):
    """The password of who asks, for what a session alone must not do."""

    password: Secret
    code: Code = ""
    """Of the app that another one is to take the place of, or a recovery code."""


class SecondFactorView(Result):
    """Whether codes are asked for at sign-in."""

    on: bool
    since: datetime | None
    recovery_codes_left: int
    required: bool
    """Whether the person's role needs it, so that it cannot be switched off."""
    can_enrol: bool
    """Whether the desk can keep a secret: without a keyring or a key it cannot."""
    remedy: str = ""
    """What to do where it cannot."""


class Enrolment(Result):
    """What an authenticator app needs, shown until a code has confirmed it."""

    secret: str
    """In Base32, to be typed."""
    uri: str
    """``otpauth://``, as the QR code says it."""


class CodeEntry(Request):
    """A code for a sign-in that waits for one."""

    pending_token: Secret
    code: Code


class Pending(Request):
    """A sign-in that waits for its second factor."""

    pending_token: Secret


class Confirmation(Request):
    """The first code of an authenticator app."""

    code: Code


class CodeProof(Request):
    """The password, and a code of the app or a recovery code."""

    password: Secret
    code: Code


class RecoveryCodes(Result):
    """Codes that each work once, shown this once."""

    codes: tuple[str, ...]


class Forgotten(Request):
    """Whose password is lost: the user name, or the e-mail address."""

    username: Line


class PasswordReset(Request):
    """The code of the mail, and a password to replace the lost one."""

    code: Code
    new_password: Secret


class Unlock(Request):
    """The password of who is signed in, for a window that has locked itself."""

    password: Secret
