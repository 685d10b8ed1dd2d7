# SPDX-License-Identifier: GPL-3.0-or-later
"""API keys: shown once, narrowed by their scopes, ended at once, never a way to more rights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.api import API_KEY_PREFIX
from helpdesk.core.errors import Forbidden, Invalid, NotFound, SignedOut
from helpdesk.core.permissions import PERMISSIONS, Permission
from helpdesk.core.schemas.api_keys import ApiKeyQuery, ApiKeyView, NewApiKey
from helpdesk.core.schemas.audit import AuditAction, AuditQuery
from helpdesk.core.schemas.tickets import NewComment, NewTicket, TicketQuery
from helpdesk.core.schemas.users import (
    Leaving,
    NewPassword,
    NewUser,
    PasswordChange,
    Role,
    UserChange,
    UserQuery,
)
from helpdesk.models import User
from helpdesk.services.work import Change
from tests.conftest import PASSWORD, SettableClock, SignIn
from tests.contract.desks import dump, opened_again
from tests.matrix import LOCAL, LOCAL_SQLITE, Bearer

ALICE, BOB, DANA = 1, 3, 6
EARLIEST, LATEST = timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))
ALL = tuple(p for p in Permission if p is not Permission.MANAGE_API_KEYS)


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


@pytest.fixture
def other(embedded: EmbeddedDesk, clock: SettableClock) -> Iterator[EmbeddedDesk]:
    """Return the desk as another process has it."""
    with opened_again(embedded, clock) as desk:
        yield desk


def make(dana: HelpDesk, *scopes: Permission, **fields: Any) -> tuple[str, ApiKeyView]:
    made = dana.api_keys.create(NewApiKey(name="Monitoring", scopes=scopes or ALL, **fields))
    return made.key, made.view


def system(desk: EmbeddedDesk, key: str) -> HelpDesk:
    return HelpDesk(Bearer(desk, key))


# --- making -----------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_kept_as_a_hash(embedded: EmbeddedDesk, dana: HelpDesk):
    key, view = make(dana, Permission.SEE_OWN_TICKETS, Permission.SUBMIT_TICKET)
    assert key.startswith(API_KEY_PREFIX)
    assert len(key) >= len(API_KEY_PREFIX) + 64
    assert key not in repr(dump(embedded.database))
    assert key not in repr(dana.api_keys.search(ApiKeyQuery()))
    assert (view.name, view.scopes) == ("Monitoring", ("see_own_tickets", "submit_ticket"))
    assert (view.owner.id, view.owner.full_name) == (DANA, "Dana Whitfield")
    assert (view.expires_at, view.last_used_at, view.revoked_at) == (None, None, None)


def test_a_key_acts_as_its_owner(embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn):
    key, _ = make(dana, Permission.SUBMIT_TICKET, Permission.SEE_OWN_TICKETS, user_id=ALICE)
    ticket = system(embedded, key).tickets.open(NewTicket(subject="Disk is full"))
    assert ticket.requester.id == ALICE
    assert sign_in("alice").tickets.view(ticket.id).events[0].actor == ticket.requester


@pytest.mark.parametrize(
    ("scopes", "fields", "field"),
    [
        ((Permission.MANAGE_API_KEYS,), {}, "scopes"),
        ((Permission.SUBMIT_TICKET, Permission.MANAGE_API_KEYS), {}, "scopes"),
        ((Permission.WORK_TICKET,), {"user_id": ALICE}, "scopes"),
        ((Permission.ASSIGN_TICKET,), {"user_id": BOB}, "scopes"),
        (ALL, {"expires_at": datetime(2026, 11, 23, 9, 0, tzinfo=UTC)}, "expires_at"),
        (
            ALL,
            {"expires_at": datetime(1, 1, 1, tzinfo=EARLIEST)},
            "expires_at",
        ),
        (
            ALL,
            {"expires_at": datetime(9999, 12, 31, 23, tzinfo=LATEST)},
            "expires_at",
        ),
    ],
)
def test_what_no_key_can_be_is_refused(
    embedded: EmbeddedDesk, dana: HelpDesk, scopes: Any, fields: Any, field: str
):
    before = dump(embedded.database)
    with pytest.raises(Invalid) as caught:
        make(dana, *scopes, **fields)
    assert caught.value.field == field
    assert dump(embedded.database) == before


@pytest.mark.parametrize("user_id", [99, 2**62])
def test_a_key_of_nobody_is_refused(dana: HelpDesk, user_id: int):
    with pytest.raises(NotFound):
        make(dana, user_id=user_id)


def test_a_key_of_somebody_who_has_left_is_refused(dana: HelpDesk):
    alice = dana.users.view(ALICE)
    dana.users.deactivate(ALICE, Leaving(version=alice.version))
    with pytest.raises(Invalid, match="has been deactivated") as caught:
        make(dana, Permission.SUBMIT_TICKET, user_id=ALICE)
    assert caught.value.field == "user_id"


def test_the_program_itself_makes_keys_for_people_only(embedded: EmbeddedDesk):
    keys = embedded.as_system().api_keys
    with pytest.raises(Invalid, match="acts as a person"):
        keys.create(NewApiKey(name="x", scopes=ALL))
    made = keys.create(NewApiKey(name="x", scopes=ALL, user_id=DANA))
    assert id_of_key(embedded, made.key) == DANA


def id_of_key(desk: EmbeddedDesk, key: str) -> int:
    return system(desk, key).sessions.current().user.id


def test_nobody_below_an_admin_makes_sees_or_ends_keys(dana: HelpDesk, sign_in: SignIn):
    _, view = make(dana)
    for username in ("alice", "bob", "charlie"):
        keys = sign_in(username).api_keys
        with pytest.raises(Forbidden):
            keys.create(NewApiKey(name="x", scopes=(Permission.SUBMIT_TICKET,)))
        with pytest.raises(Forbidden):
            keys.search(ApiKeyQuery())
        with pytest.raises(Forbidden):
            keys.revoke(view.id)


def test_windows_of_admins_hear_of_keys_and_others_do_not(
    embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn
):
    told: list[Change] = []
    embedded.executor.subscribe(told.append)
    bob = sign_in("bob")
    cursor = dana.tickets.changes("").cursor
    _, view = make(dana)
    dana.api_keys.revoke(view.id)
    dana.api_keys.revoke(view.id)
    assert told == [Change("api_key", (view.id,))] * 2
    (changed,) = dana.tickets.changes(cursor).others
    assert (changed.kind, changed.ids) == ("api_key", (view.id,))
    assert bob.tickets.changes(cursor).others == ()


# --- scopes -----------------------------------------------------------------------------------


def test_what_the_scopes_leave_out_is_refused(embedded: EmbeddedDesk, dana: HelpDesk):
    key, _ = make(dana, Permission.SEE_OWN_TICKETS)
    calling = system(embedded, key)
    assert calling.tickets.search(TicketQuery()).items == ()
    with pytest.raises(Forbidden, match="scopes or the role of this API key"):
        calling.tickets.open(NewTicket(subject="x"))
    with pytest.raises(Forbidden):
        calling.users.search(UserQuery())


def test_rows_are_scoped_too(embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn):
    bob = sign_in("bob")
    ticket = sign_in("alice").tickets.open(NewTicket(subject="capybara"))
    bob.tickets.comment(ticket.id, NewComment(body="canary", internal=True))
    narrow, _ = make(dana, Permission.SEE_OWN_TICKETS, Permission.COMMENT_TICKET)
    wide, _ = make(dana, Permission.SEE_OWN_TICKETS, Permission.SEE_ALL_TICKETS)
    assert system(embedded, narrow).tickets.search(TicketQuery(text="capybara")).items == ()
    with pytest.raises(NotFound):
        system(embedded, narrow).tickets.view(ticket.id)
    assert "canary" in repr(system(embedded, wide).tickets.view(ticket.id))
    assert system(embedded, wide).tickets.view(ticket.id).allowed == frozenset()


def test_a_key_never_has_more_than_its_owner_has_now(embedded: EmbeddedDesk, dana: HelpDesk):
    key, _ = make(dana, *PERMISSIONS[Role.TECHNICIAN], user_id=BOB)
    calling = system(embedded, key)
    calling.tickets.assignable()
    bob = dana.users.view(BOB)
    dana.users.change(BOB, UserChange(role=Role.USER, version=bob.version))
    with pytest.raises(Forbidden):
        calling.tickets.assignable()
    permissions = calling.sessions.current().permissions
    assert permissions == {p.value for p in PERMISSIONS[Role.USER]}


@pytest.mark.parametrize("scopes", ["manage_api_keys", "no_such_right", "", "*", "admin"])
def test_whatever_is_stored_as_scopes_grants_no_more(
    embedded: EmbeddedDesk, dana: HelpDesk, scopes: str
):
    key, view = make(dana)
    with embedded.database.writing() as session:
        session.execute(
            text("UPDATE api_key SET scopes = :scopes WHERE id = :id"),
            {"scopes": scopes, "id": view.id},
        )
    for call in (
        lambda d: d.api_keys.search(ApiKeyQuery()),
        lambda d: d.tickets.search(TicketQuery()),
    ):
        with pytest.raises(Forbidden):
            call(system(embedded, key))


def test_who_calls_is_told_without_the_key(embedded: EmbeddedDesk, dana: HelpDesk):
    key, _ = make(dana, Permission.OWN_ACCOUNT, Permission.SUBMIT_TICKET)
    view = system(embedded, key).sessions.current()
    assert (view.token, view.user.username) == ("", "dana")
    assert view.permissions == {"own_account", "submit_ticket"}
    without, _ = make(dana, Permission.SUBMIT_TICKET)
    with pytest.raises(Forbidden):
        system(embedded, without).sessions.current()


# --- what only a person may -------------------------------------------------------------------


def test_a_key_neither_signs_out_nor_changes_a_password(embedded: EmbeddedDesk, dana: HelpDesk):
    key, _ = make(dana)
    calling = system(embedded, key)
    before = dump(embedded.database, without=("api_key",))
    with pytest.raises(Forbidden, match="no session"):
        calling.sessions.sign_out()
    change = PasswordChange(old_password=PASSWORD, new_password="some words together")
    with pytest.raises(Forbidden, match="cannot do this, whatever its scopes"):
        calling.sessions.change_password(change)
    with pytest.raises(Forbidden):
        calling.users.set_password(ALICE, NewPassword(password="some words together"))
    with pytest.raises(Forbidden):
        calling.api_keys.create(NewApiKey(name="x", scopes=(Permission.SUBMIT_TICKET,)))
    assert dump(embedded.database, without=("api_key",)) == before
    dana.sessions.current()


def test_a_key_reaches_for_no_admins_rights(embedded: EmbeddedDesk, dana: HelpDesk):
    key, _ = make(dana)
    users = system(embedded, key).users
    before = dump(embedded.database, without=("api_key",))
    admin, bob = users.view(DANA), users.view(BOB)
    for reach in (
        lambda: users.add(NewUser(username="x", full_name="X", role=Role.ADMIN)),
        lambda: users.reset_password(DANA),
        lambda: users.change(DANA, UserChange(full_name="X", version=admin.version)),
        lambda: users.change(BOB, UserChange(role=Role.ADMIN, version=bob.version)),
        lambda: users.deactivate(DANA, Leaving(version=admin.version)),
        lambda: users.reactivate(DANA, admin.version),
    ):
        with pytest.raises(Forbidden, match="admin can"):
            reach()
    assert dump(embedded.database, without=("api_key",)) == before


def scopes_of(role: Role) -> tuple[Permission, ...]:
    return (Permission.MANAGE_USERS, *PERMISSIONS[role])


@pytest.mark.parametrize("role", [Role.USER, Role.TECHNICIAN, Role.MANAGER])
def test_a_key_hands_out_the_rights_that_it_has_itself(
    embedded: EmbeddedDesk, dana: HelpDesk, role: Role
):
    key, _ = make(dana, *scopes_of(role))
    users = system(embedded, key).users
    added = users.add(NewUser(username="kim", full_name="Kim", role=role)).user
    users.reset_password(added.id)
    added = users.change(added.id, UserChange(role=Role.USER, version=2))
    assert users.change(added.id, UserChange(role=role, version=added.version)).role is role


@pytest.mark.parametrize(
    ("held", "target"),
    [
        (None, Role.USER),
        (None, Role.TECHNICIAN),
        (None, Role.MANAGER),
        (Role.USER, Role.TECHNICIAN),
        (Role.USER, Role.MANAGER),
        (Role.TECHNICIAN, Role.MANAGER),
    ],
)
def test_a_key_hands_out_no_rights_that_it_lacks(
    embedded: EmbeddedDesk, dana: HelpDesk, held: Role | None, target: Role
):
    scopes = scopes_of(held) if held else (Permission.MANAGE_USERS,)
    key, _ = make(dana, *scopes)
    users = system(embedded, key).users
    account = dana.users.add(NewUser(username="kim", full_name="Kim", role=target)).user
    plain = dana.users.add(NewUser(username="lee", full_name="Lee")).user
    before = dump(embedded.database, without=("api_key",))
    lacking = sorted(PERMISSIONS[target] - set(scopes))[0]
    for reach in (
        lambda: users.add(NewUser(username="x", full_name="X", role=target)),
        lambda: users.reset_password(account.id),
        # Whoever may give the lower role takes the higher one away, and may give it back.
        lambda: users.change(account.id, UserChange(role=other_than(target), version=1)),
        lambda: users.change(plain.id, UserChange(role=raised(target), version=1)),
    ):
        with pytest.raises(Forbidden, match=f"let an admin do it, signed in: .*{lacking}"):
            reach()
    assert dump(embedded.database, without=("api_key",)) == before
    # What gives nobody any rights stays possible.
    named = users.change(account.id, UserChange(full_name="Kim L.", version=1))
    assert named.full_name == "Kim L."
    ended = users.deactivate(account.id, Leaving(version=named.version))
    assert users.reactivate(account.id, ended.version).active


def other_than(role: Role) -> Role:
    return Role.USER if role is not Role.USER else Role.TECHNICIAN


def raised(role: Role) -> Role:
    return role if role is not Role.USER else Role.TECHNICIAN


# --- ending -----------------------------------------------------------------------------------


def test_a_revoked_key_is_refused_at_once_in_every_process(
    embedded: EmbeddedDesk, other: EmbeddedDesk, dana: HelpDesk, clock: SettableClock
):
    key, view = make(dana)
    calling = system(other, key)
    calling.tickets.categories()
    clock.forward(minutes=2)
    dana.api_keys.revoke(view.id)
    with pytest.raises(SignedOut, match="was revoked"):
        calling.tickets.categories()
    revoked_at = clock()
    clock.forward(hours=1)
    dana.api_keys.revoke(view.id)
    (shown,) = dana.api_keys.search(ApiKeyQuery()).items
    assert shown.revoked_at == revoked_at


def test_a_key_expires(embedded: EmbeddedDesk, dana: HelpDesk, clock: SettableClock):
    end = clock() + timedelta(hours=1)
    key, view = make(dana, expires_at=end)
    assert view.expires_at == end
    calling = system(embedded, key)
    clock.forward(minutes=59, seconds=59)
    calling.tickets.categories()
    clock.forward(seconds=1)
    with pytest.raises(SignedOut, match="expired"):
        calling.tickets.categories()


def test_a_key_that_is_not_used_for_months_goes_on(
    embedded: EmbeddedDesk, dana: HelpDesk, clock: SettableClock
):
    key, _ = make(dana)
    system(embedded, key).tickets.categories()
    clock.forward(days=400)
    system(embedded, key).tickets.categories()


def test_the_key_of_somebody_who_has_left_stays_refused_when_they_come_back(
    embedded: EmbeddedDesk, dana: HelpDesk
):
    key, _ = make(dana, Permission.SEE_OWN_TICKETS, user_id=ALICE)
    left = dana.users.deactivate(ALICE, Leaving(version=dana.users.view(ALICE).version))
    with pytest.raises(SignedOut, match="account of this API key has been deactivated"):
        system(embedded, key).tickets.categories()
    dana.users.reactivate(ALICE, left.version)
    with pytest.raises(SignedOut, match="was revoked"):
        system(embedded, key).tickets.categories()
    (entry,) = dana.audit.search(AuditQuery(actions=(AuditAction.KEY_REVOKED,))).items
    assert (entry.about, entry.about_name, entry.actor_name) == (
        "api_key", "Monitoring", "Dana Whitfield",
    )  # fmt: skip


@pytest.mark.desk_kinds(LOCAL_SQLITE)
def test_a_key_of_an_account_that_an_earlier_version_ended_does_not_come_back(
    embedded: EmbeddedDesk, dana: HelpDesk
):
    key, _ = make(dana, Permission.SEE_OWN_TICKETS, user_id=ALICE)
    with embedded.database.writing() as session:
        session.get_one(User, ALICE).active = False
    dana.users.reactivate(ALICE, dana.users.view(ALICE).version)
    with pytest.raises(SignedOut, match="was revoked"):
        system(embedded, key).tickets.categories()


def test_a_new_password_of_its_owner_leaves_a_key(embedded: EmbeddedDesk, dana: HelpDesk):
    key, _ = make(dana, Permission.SEE_OWN_TICKETS, user_id=ALICE)
    dana.users.reset_password(ALICE)
    system(embedded, key).tickets.categories()


@pytest.mark.parametrize("key", ["hdk_", "hdk_x", "hdk_" + "0" * 64, "HDK_x"])
def test_what_is_no_key_is_refused(embedded: EmbeddedDesk, dana: HelpDesk, key: str):
    make(dana)
    with pytest.raises(SignedOut):
        system(embedded, key).tickets.categories()


@pytest.mark.desk_kinds(*LOCAL)  # no header can hold it
def test_text_that_has_no_encoding_is_no_key(embedded: EmbeddedDesk):
    with pytest.raises(SignedOut):
        system(embedded, "hdk_\ud800").tickets.categories()


def test_ending_a_missing_key_is_told(dana: HelpDesk):
    with pytest.raises(NotFound, match="no such API key"):
        dana.api_keys.revoke(99)


# --- looking ----------------------------------------------------------------------------------


def test_the_last_use_is_noted_once_a_minute(
    embedded: EmbeddedDesk, dana: HelpDesk, clock: SettableClock
):
    key, _ = make(dana)
    calling = system(embedded, key)

    def last_used_at() -> datetime | None:
        (shown,) = dana.api_keys.search(ApiKeyQuery()).items
        return shown.last_used_at

    calling.tickets.categories()
    first = clock()
    assert last_used_at() == first
    clock.forward(seconds=59)
    calling.tickets.categories()
    assert last_used_at() == first
    clock.forward(seconds=1)
    calling.tickets.categories()
    assert last_used_at() == clock()


def test_keys_are_listed_newest_first_and_page_by_page(dana: HelpDesk):
    made = [make(dana)[1].id for _ in range(5)]
    seen: list[int] = []
    cursor = None
    for _ in range(3):
        page = dana.api_keys.search(ApiKeyQuery(limit=2, cursor=cursor))
        seen += [view.id for view in page.items]
        cursor = page.next_cursor
    assert seen == made[::-1]
    assert cursor is None
    with pytest.raises(Invalid):
        dana.api_keys.search(ApiKeyQuery(cursor="x"))


def test_ended_keys_can_be_left_out(dana: HelpDesk, clock: SettableClock):
    endless, ending, revoked = (
        make(dana)[1].id,
        make(dana, expires_at=clock() + timedelta(hours=1))[1].id,
        make(dana)[1].id,
    )
    dana.api_keys.revoke(revoked)

    def listed(active: bool | None) -> set[int]:
        return {view.id for view in dana.api_keys.search(ApiKeyQuery(active=active)).items}

    assert (listed(True), listed(False)) == ({endless, ending}, {revoked})
    clock.forward(hours=1)
    assert (listed(True), listed(False)) == ({endless}, {ending, revoked})
    assert listed(None) == {endless, ending, revoked}
