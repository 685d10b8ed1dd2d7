# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever an admin changes leaves an entry in the audit log, by the declarations of operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpdesk.client.help_desk import SERVICES, HelpDesk
from helpdesk.core.clock import system_clock
from helpdesk.core.operation import Transaction, operations_of
from helpdesk.core.schemas.audit import AuditQuery
from helpdesk.core.schemas.security import SecurityChange
from helpdesk.core.schemas.users import Leaving, Role, TeamChoice
from helpdesk.models import SecondFactor
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
    "Reports.unschedule",
}  # fmt: skip
"""What others than admins do, or only reads, and is entered all the same."""
TAKING_OUT = {"Audit.export", "Reports.make", "Reports.lines", "Reports.note_file"}
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
NOTHING_TO_ORDER = {"Rules.arrange", "Policies.arrange"}
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


def _put_into_teams(desk: Desk, admin: HelpDesk) -> Callable[[], object]:
    version = desk.system.users.view(BOB).version
    choice = TeamChoice(team_ids=(TEAM,), version=version)
    return lambda: admin.users.put_into_teams(BOB, choice)


def _change_security(_desk: Desk, admin: HelpDesk) -> Callable[[], object]:
    return lambda: admin.security.change(SecurityChange(lock_minutes=7))


PREPARED = {
    "Users.end_sessions": _end_sessions,
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
