# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation called with an API key of every scope: the scope it declares, and no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import SERVICES, HelpDesk
from helpdesk.core.errors import DeskError, Forbidden, NotFound
from helpdesk.core.operation import operations_of
from helpdesk.core.permissions import PERMISSIONS, Permission
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.ticket_imports import PersonRecord
from helpdesk.core.schemas.tickets import Assignment, NewTicket
from helpdesk.core.schemas.users import Role
from tests.contract.desks import contents, id_of, opened
from tests.contract.test_rights import (
    ALONE,
    ON_ACCOUNT,
    ON_ARTICLE,
    ON_BROWSER,
    ON_CALENDAR,
    ON_CALL,
    ON_CHAT,
    ON_CONVERSATION,
    ON_DEED,
    ON_FIELD,
    ON_FIELDS,
    ON_FILE,
    ON_KEY,
    ON_LINK,
    ON_MACRO,
    ON_POLICIES,
    ON_POLICY,
    ON_RECURRENCE,
    ON_REMOVED_VIEW,
    ON_RULE,
    ON_RULES,
    ON_SCHEDULE,
    ON_TASK,
    ON_TEAM,
    ON_TEMPLATE,
    ON_TEMPLATES,
    ON_TICKET,
    ON_TIME,
    ON_TIMER,
    ON_TRASHED,
    ON_UPLOAD,
    ON_VIEW,
    ON_WAY,
    RIGHTS,
    Desk,
    an_import,
)
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE, Bearer

OPERATIONS = {o.full_name: o for s in SERVICES for o in operations_of(s).values()}
GRANTABLE = tuple(p for p in Permission if p is not Permission.MANAGE_API_KEYS)
pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)
"""Both transports and both databases; who may is decided above either."""
HOW_PEOPLE_GET_IN = {
    "Directory.change", "Directory.change_provider", "Directory.test", "Directory.test_provider",
    "Channels.change_mail", "Channels.test_mail", "Security.change",
}  # fmt: skip
"""Whoever could do this could get in as anybody: by a mail server, a directory, a provider or
rules of its own, or by the passwords of those that are set up."""
PEOPLE_ONLY = HOW_PEOPLE_GET_IN | {
    "Sessions.unlock", "SecondFactors.begin", "SecondFactors.confirm", "SecondFactors.remove",
    "SecondFactors.renew_codes", "Profiles.change_email", "Profiles.end_session",
    "Profiles.end_others", "Sessions.change_password",
}  # fmt: skip
"""What says so by its declaration."""
FOR_PEOPLE_ALONE = PEOPLE_ONLY | {
    "Sessions.sign_out", "Users.set_password",
    "ApiKeys.search", "ApiKeys.create", "ApiKeys.revoke",
}  # fmt: skip
"""What no key may do, whatever its scopes are."""
ON_SOMETHING = {
    **ON_TICKET, **ON_ARTICLE, **ON_KEY, **ON_CALL, **ON_CONVERSATION, **ON_ACCOUNT,
    **ON_TEAM, **ON_RULE, **ON_RULES, **ON_CALENDAR, **ON_POLICY, **ON_POLICIES, **ON_CHAT,
    **ON_LINK, **ON_WAY, **ON_BROWSER,
    **ON_DEED, **ON_TRASHED, **ON_FIELD, **ON_FIELDS, **ON_TASK, **ON_TIME, **ON_TIMER,
    **ON_TEMPLATE, **ON_TEMPLATES,
    **ON_DEED, **ON_TRASHED, **ON_FIELD, **ON_FIELDS,
    **ON_SCHEDULE, **ON_RECURRENCE, **ON_MACRO, **ON_VIEW, **ON_REMOVED_VIEW, **ON_UPLOAD,
    **ON_FILE,
}  # fmt: skip
TAKES_TWO_SCOPES = {
    "Assistant.preview", "Knowledge.draft_from", "Knowledge.link", "Knowledge.unlink",
    "Rules.dry_run", "Rules.runs", "Rules.add", "Rules.change",
    "Notifications.search", "Notifications.mark", "Macros.apply", "TicketImports.import_some",
}  # fmt: skip
"""What is about a ticket and an article, or asks about either, or is told of tickets: none is seen
without its scope."""
HANDS_OUT_RIGHTS = {
    "Users.add", "Users.reset_password", "Users.reset_second_factor", "Users.let_try_again",
}  # fmt: skip
"""What a key may do for the rights of an account alone that its scopes have, too."""


class Keys(Desk):
    """A desk with an owner of keys for each role."""

    def __init__(self, embedded: EmbeddedDesk) -> None:
        super().__init__(embedded)
        self.key_of = cache(lambda owner, *scopes: self.new_key(owner, *scopes)[0])
        """Gives one key for each set of scopes: no call changes what a key is."""
        self.untouched = cache(self.thing_for)
        """Gives what refused calls share: they leave it as it was."""

    def new_key(self, owner: HelpDesk, *scopes: Permission) -> tuple[HelpDesk, int]:
        """Return a facade that calls with a new key of somebody, and the key's number."""
        new = NewApiKey(name="Key", scopes=scopes, user_id=id_of(owner))
        made = self.system.api_keys.create(new)
        return HelpDesk(Bearer(self.embedded, made.key)), made.view.id

    def thing_for(self, operation: str, owner: HelpDesk) -> Any:
        """Return what an operation can be done on, ready for the owner of a key."""
        made: tuple[tuple[dict[str, Any], Callable[[], Any]], ...] = (
            (ON_TICKET, lambda: self.ticket_for(operation, owner, own=True)),
            (ON_ARTICLE, lambda: self.article_for(operation, own=True)),
            (ON_CALL, lambda: self.call_for(owner, own=True)),
            (ON_CONVERSATION, lambda: self.conversation_for(owner, own=True)),
            (ON_KEY, lambda: self.key_for(owner, own=False)),
            (ON_ACCOUNT, lambda: self.account_for(owner, own=False)),
            (ON_LINK, lambda: self.link_for(owner, own=True)),
            (ON_WAY, lambda: self.way_for(owner, own=True)),
            (ON_BROWSER, lambda: self.browser_for(owner, own=True)),
            (ON_TEAM, lambda: self.team_for(owner, own=False)),
            (ON_RULE, lambda: self.rule_for(owner, own=False)),
            (ON_RULES, lambda: self.rule_for(owner, own=False)),
            (ON_CALENDAR, lambda: self.calendar_for(owner, own=False)),
            (ON_POLICY, lambda: self.policy_for(owner, own=False)),
            (ON_POLICIES, lambda: self.policy_for(owner, own=False)),
            (ON_CHAT, lambda: self.chat_for(owner, own=False)),
            (ON_SCHEDULE, lambda: self.schedule_for(owner, own=False)),
            (ON_RECURRENCE, lambda: self.recurrence_for(owner, own=True)),
            (ON_MACRO, lambda: self.macro_for(owner, own=True)),
            (ON_TASK, lambda: self.task_for(owner, own=True)),
            (ON_TIME, lambda: self.time_for(owner, own=True)),
            (ON_TIMER, lambda: self.timer_for(owner, own=True)),
            (ON_TEMPLATE, lambda: self.template_for(owner, own=False)),
            (ON_TEMPLATES, lambda: self.template_for(owner, own=False)),
            (ON_VIEW, lambda: self.view_for(owner, own=True)),
            (ON_REMOVED_VIEW, lambda: self.removed_view_for(owner, own=True)),
            (ON_DEED, lambda: self.deed_for(operation, owner, own=True)),
            (ON_TRASHED, lambda: self.trashed_for(owner, own=True)),
            (ON_UPLOAD, lambda: self.upload_for(owner, own=True)),
            (ON_FILE, lambda: self.file_for(owner, own=True)),
            (ON_FIELD, lambda: self.field_for(owner, own=True)),
            (ON_FIELDS, lambda: self.field_for(owner, own=True)),
        )
        return next((make() for table, make in made if operation in table), None)


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Keys]:
    with opened(tmp_path_factory.mktemp("keys"), template, kind=desk_kind) as embedded:
        yield Keys(embedded)


def run(operation: str, calling: HelpDesk, thing: Any) -> None:
    """Call an operation with a key."""
    if operation in ALONE:
        ALONE[operation](calling)
    else:
        ON_SOMETHING[operation](calling, thing)


def is_forbidden(operation: str, calling: HelpDesk, thing: Any) -> bool:
    refusals = (Forbidden, NotFound) if operation in TAKES_TWO_SCOPES else (Forbidden,)
    try:
        run(operation, calling, thing)
    except refusals:
        return True
    return False


def allows(operation: str, scope: Permission) -> bool:
    wanted = OPERATIONS[operation].declaration.permission
    return wanted in (None, scope) and operation not in FOR_PEOPLE_ALONE


def test_what_is_for_people_only_says_so_in_its_declaration():
    declared = {name for name, each in OPERATIONS.items() if each.declaration.people_only}
    assert declared == PEOPLE_ONLY
    scopes = {
        name
        for name, each in OPERATIONS.items()
        if each.declaration.permission is Permission.SET_UP_SECURITY
        and each.declaration.method != "GET"
    }
    assert scopes <= HOW_PEOPLE_GET_IN


@pytest.mark.parametrize("operation", sorted(RIGHTS))
def test_a_key_does_what_its_one_scope_is_for_and_nothing_else(desk: Keys, operation: str):
    owner = desk.member(Role.ADMIN)
    keys = {scope: desk.key_of(owner, scope) for scope in GRANTABLE}
    allowed = [
        scope
        for scope in GRANTABLE
        if allows(operation, scope) and operation not in HANDS_OUT_RIGHTS | TAKES_TWO_SCOPES
    ]
    thing = desk.untouched(operation, owner)
    before = contents(desk.embedded.database, without=("api_key",))
    refused = [
        scope
        for scope in GRANTABLE
        if scope not in allowed and is_forbidden(operation, keys[scope], thing)
    ]
    assert {*allowed, *refused} == set(GRANTABLE)
    assert contents(desk.embedded.database, without=("api_key",)) == before
    for scope in allowed:
        run(operation, keys[scope], desk.thing_for(operation, owner))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("operation", sorted(RIGHTS))
def test_a_key_of_all_scopes_does_what_its_owner_may_apart_from_what_is_for_people(
    desk: Keys, operation: str, role: Role
):
    owner = desk.member(role)
    scopes = [scope for scope in GRANTABLE if scope in PERMISSIONS[role]]
    calling = desk.key_of(owner, *scopes)
    may = OPERATIONS[operation].declaration.permission in (None, *scopes)
    if may and operation not in FOR_PEOPLE_ALONE:
        run(operation, calling, desk.thing_for(operation, owner))
        return
    with pytest.raises(Forbidden):
        run(operation, calling, desk.untouched(operation, owner))


def test_a_key_that_may_assign_nothing_does_no_assignment_again(desk: Keys):
    charlie, bob = desk.member(Role.MANAGER), desk.member(Role.TECHNICIAN)
    ticket = bob.tickets.open(NewTicket(subject="Keyboard")).id
    version = charlie.tickets.view(ticket).version
    wanted = Assignment(assignee_id=id_of(bob), version=version)
    deed = charlie.tickets.assign(ticket, wanted).undo
    assert deed is not None
    charlie.deeds.undo(deed)
    key = desk.key_of(charlie, Permission.WORK_TICKET, Permission.SEE_ALL_TICKETS)
    result = key.deeds.redo(deed)
    assert [each.sentence for each in result.refused] == [
        "Only managers can assign tickets to others; you can take them yourself."
    ]
    assert charlie.tickets.view(ticket).assignee is None
    assert not charlie.deeds.redo(deed).refused
    assert charlie.tickets.view(ticket).assignee is not None


def test_a_key_that_manages_no_accounts_imports_nothing_in_anybodys_name(desk: Keys):
    dana, alice = desk.member(Role.ADMIN), desk.member(Role.USER)
    name = alice.profiles.own().full_name
    batch = an_import().model_copy(update={"people": (PersonRecord(ref="1", name=name),)})
    with pytest.raises(Forbidden, match="manage accounts"):
        desk.key_of(dana, Permission.SET_UP_TICKETS).ticket_imports.import_some(batch)
    both = desk.key_of(dana, Permission.SET_UP_TICKETS, Permission.MANAGE_USERS)
    done = both.ticket_imports.import_some(batch)
    assert (len(done.tickets), done.new_people) == (1, 0)


@pytest.mark.parametrize("operation", sorted(RIGHTS))
def test_a_revoked_key_does_nothing_but_what_is_for_strangers(desk: Keys, operation: str):
    owner = desk.member(Role.ADMIN)
    calling, key = desk.new_key(owner, *GRANTABLE)
    thing = desk.thing_for(operation, owner)
    desk.system.api_keys.revoke(key)
    before = contents(desk.embedded.database)
    for_strangers = {
        "Desks.info", "Sessions.sign_in", "Sessions.forgotten", *ON_LINK, *ON_WAY, *ON_BROWSER,
    }  # fmt: skip
    if operation in for_strangers:
        run(operation, calling, thing)
        return
    with pytest.raises(DeskError) as caught:
        run(operation, calling, thing)
    expected = "forbidden" if operation == "Sessions.sign_out" else "signed_out"
    assert caught.value.code == expected
    assert contents(desk.embedded.database) == before
