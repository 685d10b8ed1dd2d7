# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation called with an API key of every scope: the scope it declares, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import SERVICES, HelpDesk
from helpdesk.core.errors import DeskError, Forbidden
from helpdesk.core.operation import Operation, operations_of
from helpdesk.core.permissions import PERMISSIONS, Permission
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.users import Role
from tests.contract.desks import dump, id_of, opened
from tests.contract.test_rights import ALONE, ON_ACCOUNT, ON_KEY, ON_TICKET, RIGHTS, Desk

OPERATIONS = {o.full_name: o for s in SERVICES for o in operations_of(s).values()}
GRANTABLE = tuple(p for p in Permission if p is not Permission.MANAGE_API_KEYS)
FOR_PEOPLE_ALONE = {
    "Sessions.sign_out", "Sessions.change_password", "Users.set_password",
    "ApiKeys.search", "ApiKeys.create", "ApiKeys.revoke",
}  # fmt: skip
"""What no key may do, whatever its scopes are."""


class WithKey:
    """A transport of another system."""

    def __init__(self, embedded: EmbeddedDesk, key: str) -> None:
        self._executor, self._key = embedded.executor, key

    def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        return self._executor.execute(operation, arguments, token=self._key)

    def close(self) -> None:
        """Hold nothing."""


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("keys"), template, kind=desk_kind) as embedded:
        yield Desk(embedded)


def keyed(desk: Desk, owner: HelpDesk, *scopes: Permission) -> HelpDesk:
    """Return a facade that calls with a new key of somebody."""
    new = NewApiKey(name="Key", scopes=scopes, user_id=id_of(owner))
    return HelpDesk(WithKey(desk.embedded, desk.system.api_keys.create(new).key))


def prepared(desk: Desk, operation: str, owner: HelpDesk, calling: HelpDesk) -> Any:
    """Return the call of an operation with a key, on what is ready for its owner."""
    if operation in ALONE:
        return lambda: ALONE[operation](calling)
    if operation in ON_TICKET:
        ticket = desk.ticket_for(operation, owner, own=True)
        return lambda: ON_TICKET[operation](calling, ticket)
    if operation in ON_KEY:
        key = desk.key_for(owner, own=False)
        return lambda: ON_KEY[operation](calling, key)
    account = desk.account_for(owner, own=False)
    return lambda: ON_ACCOUNT[operation](calling, account)


def allows(operation: str, scope: Permission) -> bool:
    wanted = OPERATIONS[operation].declaration.permission
    return wanted in (None, scope) and operation not in FOR_PEOPLE_ALONE


@pytest.mark.parametrize("scope", GRANTABLE)
@pytest.mark.parametrize("operation", sorted(RIGHTS))
def test_a_key_does_what_its_one_scope_is_for_and_nothing_else(
    desk: Desk, operation: str, scope: Permission
):
    owner = desk.somebody(Role.ADMIN)
    calling = keyed(desk, owner, scope)
    call = prepared(desk, operation, owner, calling)
    if allows(operation, scope):
        call()
        return
    before = dump(desk.embedded.database, without=("api_key",))
    with pytest.raises(Forbidden):
        call()
    assert dump(desk.embedded.database, without=("api_key",)) == before


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("operation", sorted(RIGHTS))
def test_a_key_of_all_scopes_does_what_its_owner_may_apart_from_what_is_for_people(
    desk: Desk, operation: str, role: Role
):
    owner = desk.somebody(role)
    scopes = [scope for scope in GRANTABLE if scope in PERMISSIONS[role]]
    calling = keyed(desk, owner, *scopes)
    call = prepared(desk, operation, owner, calling)
    may = OPERATIONS[operation].declaration.permission in (None, *scopes)
    if may and operation not in FOR_PEOPLE_ALONE:
        call()
        return
    with pytest.raises(Forbidden):
        call()


@pytest.mark.parametrize("operation", sorted(RIGHTS))
def test_a_revoked_key_does_nothing_but_what_is_for_strangers(desk: Desk, operation: str):
    owner = desk.somebody(Role.ADMIN)
    new = NewApiKey(name="Key", scopes=GRANTABLE, user_id=id_of(owner))
    made = desk.system.api_keys.create(new)
    calling = HelpDesk(WithKey(desk.embedded, made.key))
    call = prepared(desk, operation, owner, calling)
    desk.system.api_keys.revoke(made.view.id)
    before = dump(desk.embedded.database)
    if operation in {"Desks.info", "Sessions.sign_in"}:
        call()
        return
    with pytest.raises(DeskError) as caught:
        call()
    expected = "forbidden" if operation == "Sessions.sign_out" else "signed_out"
    assert caught.value.code == expected
    assert dump(desk.embedded.database) == before
