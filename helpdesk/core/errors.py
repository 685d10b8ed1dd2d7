# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors a person may see, each with a stable code and an HTTP status.

DeskError
├── Invalid           the input breaks a rule                       422
├── Malformed         the request cannot be read at all              400
├── TooLarge          the request is larger than the desk takes      413
├── TooSlow           the request did not arrive in time             408
├── SignedOut         nobody is signed in, or the session has ended  401
├── WrongPassword     the name or the password is wrong              401
├── Forbidden         the role does not allow it                    403
├── NotFound          missing, or not visible to the actor           404
├── Conflict          somebody changed it in the meantime            409
│   └── AlreadyDone   the same call was done before, and its answer is not kept
├── TooManyAttempts   wait before the next sign-in                   429
├── NewPasswordDue    the one-time password was right: replace it    403
├── Busy              another program holds the database             503
├── Fault             a bug in the server, known by its id           500
├── DirectoryAway     the directory or provider of accounts fails    502
├── Unreachable       the server does not answer                     503
│   └── Unanswered    it was lost after the call was sent: nobody knows whether it was done
├── Pending           kept on this workstation until the server is back  202
├── NewerServer       the server speaks a newer language than this program  426
├── OlderServer       the server is too old for this program         426
└── DatabaseFault     the database itself cannot be used             500
    ├── ReadOnly      it can be read but not written
    ├── DiskFull      there is no room left
    ├── Damaged       it is not a sound database
    ├── NewerSchema   a newer program made it
    └── NoDesk        there is no desk there yet

Everything else that is raised is a bug.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

# The first window needs this module before anything heavy is imported.
if TYPE_CHECKING:
    from helpdesk.core.schemas.base import Result


class DeskError(Exception):
    """An expected failure; ``str(error)`` is one sentence that names the remedy."""

    code: ClassVar[str] = "failed"
    status: ClassVar[int] = 500

    def __init__(
        self, sentence: str, *, field: str | None = None, retry_after: int | None = None
    ) -> None:
        """Keep the sentence, the input field it is about, and the seconds to wait, if any."""
        super().__init__(sentence)
        self.field = field
        self.retry_after = retry_after


class Invalid(DeskError):
    """The input breaks a rule."""

    code = "invalid"
    status = 422


class Malformed(DeskError):
    """The request cannot be read at all, such as text that is no JSON."""

    code = "malformed"
    status = 400


class TooLarge(DeskError):
    """The request is larger than the desk takes."""

    code = "too_large"
    status = 413


class TooSlow(DeskError):
    """The request did not arrive in time."""

    code = "too_slow"
    status = 408


class SignedOut(DeskError):
    """Nobody is signed in, or the session has ended."""

    code = "signed_out"
    status = 401


class WrongPassword(DeskError):
    """The name or the password is wrong; which of them is not said."""

    code = "wrong_password"
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
    """Somebody else changed the same thing in the meantime; ``current`` is how it is now."""

    code = "conflict"
    status = 409

    def __init__(self, sentence: str, *, current: Result | None = None) -> None:
        """Keep the sentence and the present state, where the actor may see it."""
        super().__init__(sentence)
        self.current = current


class AlreadyDone(Conflict):
    """The same call was done before; its answer was shown once and is not kept."""

    code = "already_done"


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


class Fault(DeskError):
    """A bug in the server; its log knows it by the id in the sentence."""

    code = "fault"
    status = 500


class DirectoryAway(DeskError):
    """The directory, or the provider of single sign-on, gives no good answer."""

    code = "directory_away"
    status = 502


class Unreachable(DeskError):
    """The server does not answer."""

    code = "unreachable"
    status = 503


class Unanswered(Unreachable):
    """The server was lost after the call was sent, so that nobody knows whether it was done."""

    code = "unanswered"


class Pending(DeskError):
    """The server is away: what was written is kept on this workstation and sent later, once."""

    code = "pending"
    status = 202


class NewerServer(DeskError):
    """The server speaks a newer language than this program."""

    code = "newer_server"
    status = 426


class OlderServer(DeskError):
    """The server is too old for this program."""

    code = "older_server"
    status = 426


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


def error_class(code: str) -> type[DeskError] | None:
    """Return the class of a code, or ``None`` for one that this version does not know."""
    return _known(DeskError).get(code)


def _known(kind: type[DeskError]) -> dict[str, type[DeskError]]:
    # Classes elsewhere are details of that place, and share the code of the one above them.
    found = {kind.code: kind} if kind.__module__ == __name__ else {}
    for each in kind.__subclasses__():
        found = _known(each) | found
    return found
