# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever an admin changes leaves an entry in the audit log, by the declarations of operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpdesk.client.help_desk import SERVICES, HelpDesk
from helpdesk.core.clock import system_clock
from helpdesk.core.errors import Invalid, WrongPassword
from helpdesk.core.operation import Transaction, operations_of
from helpdesk.core.schemas.accounts import (
    CodeProof,
    EmailChange,
    PasswordReset,
    Proof,
    Unlock,
)
from helpdesk.core.schemas.audit import AuditAction, AuditQuery
from helpdesk.core.schemas.base import Request
from helpdesk.core.schemas.security import SecurityChange
from helpdesk.core.schemas.users import Leaving, NewSession, PasswordChange, Role, TeamChoice
from helpdesk.models import SecondFactor, SignInFailure
from helpdesk.models.sign_in_failure import name_digest
from tests.contract.desks import Dump, dump, id_of, opened
from tests.contract.test_rights import ALONE, BOB, RIGHTS, TEAM, Desk
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)
_BESIDES = ("audit_entry", "desk_change", "idempotency", "job")
_BEGINNINGS = ("manage_", "set_up_", "see_audit")
ADMINISTRATIVE = {
    operation.full_name: operation
    for service in SERVICES
    for operation in operations_of(service).values()
    if str(operation.declaration.permission or "").startswith(_BEGINNINGS)
    and operation.declaration.method != "GET"
    and operation.declaration.transaction is not Transaction.READ
}
ALSO = {
    "Articles.add_category", "Articles.change_category", "Audit.export", "Reports.make",
    "Reports.lines", "Reports.note_file", "Reports.schedule", "Reports.change_schedule",
    "Reports.unschedule", "TicketExports.some",
}  # fmt: skip
"""What others than admins do, or only reads, and is entered all the same."""
TAKING_OUT = {
    "Audit.export", "Reports.make", "Reports.lines", "Reports.note_file",
    "TicketExports.some", "TicketExports.note_desk",
}  # fmt: skip
"""What changes nothing, and is entered because it takes data out."""
EXCEPTIONS = {
    "Channels.test_mail": "It tries a server, and keeps nothing of it.",
    "Channels.test_chat": "It posts a line, and notes only whether that arrived.",
    "Channels.retry": "What is on its way says itself how often and when it was tried.",
    "Channels.drop": "What was given up says itself by whom.",
    "Calendars.read_feeds": "It reads the files that an admin subscribed to, as a job does daily.",
    "Directory.test": "It tries a directory, and keeps nothing of it.",
    "Directory.test_provider": "It tries a provider, and keeps nothing of it.",
}
"""What needs such a right and leaves no entry, and why."""
NOTHING_TO_ORDER = {
    "Rules.arrange", "Policies.arrange", "Templates.arrange", "CustomFields.arrange",
}  # fmt: skip
"""There is one of each here, so that no order can change; it is tried where there are two."""
ENTERED = sorted((ADMINISTRATIVE.keys() - EXCEPTIONS.keys()) | ALSO)
CALLED = [name for name in ENTERED if name in RIGHTS and name not in NOTHING_TO_ORDER]
"""That every operation can be called here is asked by the table of rights."""


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("audited"), template, kind=desk_kind) as embedded:
        yield Desk(embedded)


def entries(desk: Desk) -> int:
    """Return how many entries there are."""
    newest = desk.system.audit.search(AuditQuery(limit=1)).items
    return newest[0].id if newest else 0


def contents(desk: Desk) -> Dump:
    """Return every row but those that only say that something was called."""
    return dump(desk.embedded.database, without=_BESIDES)


def _reactivate(desk: Desk, admin: HelpDesk) -> Callable[[], object]:
    user = desk.account_for(admin, own=False)
    left = desk.system.users.deactivate(user.id, Leaving(version=user.version))
    return lambda: admin.users.reactivate(left.id, left.version)


def _reset_second_factor(desk: Desk, admin: HelpDesk) -> Callable[[], object]:
    user, now = desk.account_for(admin, own=False), system_clock()
    with desk.embedded.database.writing() as session:
        session.add(SecondFactor(person_id=user.id, secret="x", created_at=now, confirmed_at=now))
    return lambda: admin.users.reset_second_factor(user.id)


def _end_sessions(desk: Desk, admin: HelpDesk) -> Callable[[], object]:
    signed_in = id_of(desk.somebody(Role.USER))
    return lambda: admin.users.end_sessions(signed_in)


def _let_try_again(desk: Desk, admin: HelpDesk) -> Callable[[], object]:
    user, now = desk.account_for(admin, own=False), system_clock()
    with desk.embedded.database.writing() as session:
        name = name_digest(user.username.casefold())
        session.add(SignInFailure(username_folded=name, failures=1, last_at=now))
    return lambda: admin.users.let_try_again(user.id)


def _put_into_teams(desk: Desk, admin: HelpDesk) -> Callable[[], object]:
    version = desk.system.users.view(BOB).version
    choice = TeamChoice(team_ids=(TEAM,), version=version)
    return lambda: admin.users.put_into_teams(BOB, choice)


def _change_security(_desk: Desk, admin: HelpDesk) -> Callable[[], object]:
    return lambda: admin.security.change(SecurityChange(lock_minutes=7))


PREPARED = {
    "Users.end_sessions": _end_sessions,
    "Users.let_try_again": _let_try_again,
    "Users.reactivate": _reactivate,
    "Users.reset_second_factor": _reset_second_factor,
    "Users.put_into_teams": _put_into_teams,
    "Security.change": _change_security,
}
"""What changes nothing as the table of rights calls it."""


def call_of(desk: Desk, operation: str) -> Callable[[], object]:
    """Return the call of an operation by an admin, or by the program where no role may."""
    right, admin = RIGHTS[operation], desk.somebody(Role.ADMIN)
    if operation in PREPARED:
        return PREPARED[operation](desk, admin)
    if Role.ADMIN not in right.own | (right.foreign or frozenset()):
        return desk.call(operation, admin, own=False, by=desk.system)
    own = operation in ALONE or right.foreign is None or Role.ADMIN not in right.foreign
    return desk.call(operation, admin, own=own)


@pytest.mark.parametrize("operation", CALLED)
def test_what_changes_something_leaves_an_entry(desk: Desk, operation: str):
    call = call_of(desk, operation)
    before, rows = entries(desk), contents(desk)
    call()
    if operation not in TAKING_OUT:
        assert contents(desk) != rows, "it is called here so that it changes nothing"
    assert entries(desk) > before


def test_exceptions_are_such_operations():
    assert EXCEPTIONS.keys() <= ADMINISTRATIVE.keys()
    assert all(EXCEPTIONS.values())
    assert EXCEPTIONS.keys().isdisjoint(ALSO)


# --- wrong passwords and codes --------------------------------------------------------------------

_PROOFS = {"password", "old_password", "code"}
WRONG: dict[str, Callable[[HelpDesk, str], object]] = {
    "Sessions.sign_in": lambda a, w: a.sessions.sign_in(NewSession(username="bob", password=w)),
    "Sessions.unlock": lambda a, w: a.sessions.unlock(Unlock(password=w)),
    "Sessions.change_password": lambda a, w: a.sessions.change_password(
        PasswordChange(old_password=w, new_password="some other words together")
    ),
    "Sessions.reset": lambda a, w: a.sessions.reset(
        PasswordReset(code=w, new_password="some other words together")
    ),
    "Profiles.change_email": lambda a, w: a.profiles.change_email(
        EmailChange(email="else@corp.example", password=w)
    ),
    "SecondFactors.begin": lambda a, w: a.second_factors.begin(Proof(password=w)),
    "SecondFactors.remove": lambda a, w: a.second_factors.remove(CodeProof(password=w, code=w)),
    "SecondFactors.renew_codes": lambda a, w: a.second_factors.renew_codes(
        CodeProof(password=w, code=w)
    ),
}
"""Each operation that is proved by a password or a code, called with a wrong one."""
NO_PROOF = {
    "Users.set_password": "It is given the password that is to be.",
    "Directory.change": "It is given the password of the desk at the directory.",
    "Directory.test": "It is given the password of the desk at the directory.",
    "Channels.change_mail": "It is given the password of the desk at the mail server.",
    "Channels.test_mail": "It is given the password of the desk at the mail server.",
    "Directory.finish": "The code is the provider's; what is wrong about it stands in the log.",
    "SecondFactors.confirm": "The app's first code: whoever gives it has just been shown the key.",
    "SecondFactors.enter": "Wrong codes of a sign-in that waits: test_second_factors.",
}
"""What takes something of that name which is no proof of who calls, and why."""
FAILURES = (AuditAction.SIGN_IN_FAILED, AuditAction.CODE_FAILED)


def _fields(kind: object) -> set[str]:
    """Return the names of the fields of a DTO, also of those within it."""
    if not (isinstance(kind, type) and issubclass(kind, Request)):
        return set()
    inner = (_fields(field.annotation) for field in kind.model_fields.values())
    return set(kind.model_fields).union(*inner)


def test_whatever_takes_a_password_or_a_code_is_named_here():
    takes = {
        operation.full_name
        for service in SERVICES
        for operation in operations_of(service).values()
        if any(_PROOFS & ({name} | _fields(kind)) for name, kind in operation.parameters.items())
    }
    assert takes == WRONG.keys() | NO_PROOF.keys()


@pytest.mark.parametrize("operation", WRONG)
def test_a_wrong_password_or_code_leaves_a_failure(desk: Desk, operation: str):
    calling = desk.somebody(Role.USER)

    def failures() -> int:
        found = desk.system.audit.search(AuditQuery(actions=FAILURES, limit=500)).items
        return len(found)

    before = failures()
    with pytest.raises((Invalid, WrongPassword)):
        WRONG[operation](calling, "certainly wrong")
    assert failures() == before + 1
