# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors a person may see, each with a stable code and an HTTP status.

DeskError
├── Invalid           the input breaks a rule                       422
├── SignedOut         nobody is signed in, or the session has ended  401
├── Forbidden         the role does not allow it                    403
├── NotFound          missing, or not visible to the actor           404
├── Conflict          somebody changed it in the meantime            409
├── TooManyAttempts   wait before the next sign-in                   429
├── NewPasswordDue    the one-time password was right: replace it    403
├── Busy              another program holds the database             503
├── Unreachable       the server does not answer                     503
└── DatabaseFault     the file itself cannot be used                 500
    ├── ReadOnly      it can be read but not written
    ├── DiskFull      there is no room left
    ├── Damaged       it is not a sound database
    ├── NewerSchema   a newer program made it
    └── NoDesk        there is no desk there yet

Everything else that is raised is a bug.
"""

from __future__ import annotations

from typing import ClassVar


class DeskError(Exception):
    """An expected failure; ``str(error)`` is one sentence that names the remedy."""

    code: ClassVar[str] = "failed"
    status: ClassVar[int] = 500

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        """Keep the sentence, and the name of the input field it is about, if any."""
        super().__init__(sentence)
        self.field = field


class Invalid(DeskError):
    """The input breaks a rule."""

    code = "invalid"
    status = 422


class SignedOut(DeskError):
    """Nobody is signed in, or the session has ended."""

    code = "signed_out"
    status = 401


class Forbidden(DeskError):
    """The actor's role does not allow the operation."""

    code = "forbidden"
    status = 403


class NotFound(DeskError):
    """The thing does not exist, or the actor may not see it: the two look the same."""

    code = "not_found"
    status = 404


class Conflict(DeskError):
    """Somebody else changed the same thing in the meantime."""

    code = "conflict"
    status = 409


class TooManyAttempts(DeskError):
    """Sign-in must wait after repeated failures."""

    code = "too_many_attempts"
    status = 429


class NewPasswordDue(DeskError):
    """The one-time password was right and must now be replaced by one of the person's own."""

    code = "new_password_due"
    status = 403


class Busy(DeskError):
    """Another program holds the database; the same call may succeed later."""

    code = "busy"
    status = 503


class Unreachable(DeskError):
    """The server does not answer."""

    code = "unreachable"
    status = 503


class DatabaseFault(DeskError):
    """The database itself cannot be used as asked."""

    code = "database"


class ReadOnly(DatabaseFault):
    """The database can be read but not written."""

    code = "read_only"


class DiskFull(DatabaseFault):
    """There is no room left where the database lies."""

    code = "disk_full"


class Damaged(DatabaseFault):
    """The file is not a sound database."""

    code = "damaged"


class NewerSchema(DatabaseFault):
    """A newer version of the program made the database."""

    code = "newer_schema"


class NoDesk(DatabaseFault):
    """There is no desk at the place named."""

    code = "no_desk"
