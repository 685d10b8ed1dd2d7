# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever an admin changes leaves an entry in the audit log, by the declarations of operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk.client.help_desk import SERVICES
from helpdesk.core.operation import Transaction, operations_of
from helpdesk.core.schemas.audit import AuditQuery
from helpdesk.core.schemas.users import Role
from tests.contract.desks import dump, opened
from tests.contract.test_rights import ALONE, RIGHTS, Desk
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)
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
    "Articles.add_category", "Articles.change_category", "Audit.note_export", "Reports.schedule",
    "Reports.change_schedule", "Reports.unschedule",
}  # fmt: skip
"""What others than admins do, and is entered all the same."""
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


def call_of(desk: Desk, operation: str) -> Callable[[], Any]:
    right = RIGHTS[operation]
    actor = desk.somebody(Role.ADMIN)
    own = operation in ALONE or right.foreign is None or Role.ADMIN not in right.foreign
    if Role.ADMIN not in right.own | (right.foreign or frozenset()):
        return desk.call(operation, actor, own=False, by=desk.system)
    return desk.call(operation, actor, own=own)


@pytest.mark.parametrize("operation", CALLED)
def test_what_changes_something_leaves_an_entry(desk: Desk, operation: str):
    call = call_of(desk, operation)
    before, rows = entries(desk), dump(desk.embedded.database, without=("audit_entry", "session"))
    call()
    changed = dump(desk.embedded.database, without=("audit_entry", "session")) != rows
    assert changed, "it is called here so that it changes nothing"
    assert entries(desk) > before


def test_exceptions_are_such_operations():
    assert EXCEPTIONS.keys() <= ADMINISTRATIVE.keys()
    assert all(EXCEPTIONS.values())
    assert EXCEPTIONS.keys().isdisjoint(ALSO)
