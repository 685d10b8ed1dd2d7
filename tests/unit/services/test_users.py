# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of accounts: who stays admin, what ends with an account, what takes effect at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import (
    Conflict,
    DeskError,
    Forbidden,
    Invalid,
    NewPasswordDue,
    NotFound,
    SignedOut,
    WrongPassword,
)
from helpdesk.core.schemas.rules import Action, ActionKind, Fact, Operator, Trigger
from helpdesk.core.schemas.tickets import (
    NewTicket,
    Priority,
    Status,
    TicketChange,
    TicketQuery,
)
from helpdesk.core.schemas.users import (
    Leaving,
    NewSession,
    NewUser,
    OneTimePassword,
    Role,
    UserChange,
    UserQuery,
    UserView,
)
from helpdesk.services import sessions
from helpdesk.services.passwords import hash_password, is_right
from helpdesk.services.work import Change
from tests.conftest import PASSWORD, PEOPLE, SettableClock, SignIn
from tests.contract.desks import dump, id_of
from tests.unit.services.rule_desks import asked, rule, ruled


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


def account(dana: HelpDesk, username: str) -> UserView:
    (found,) = dana.users.search(UserQuery(text=username)).items
    return found


def add(dana: HelpDesk, username: str, role: Role = Role.USER) -> OneTimePassword:
    return dana.users.add(NewUser(username=username, full_name=username.title(), role=role))


def change(dana: HelpDesk, username: str, **fields: object) -> UserView:
    user = account(dana, username)
    return dana.users.change(user.id, UserChange(version=user.version, **fields))


def deactivate(dana: HelpDesk, username: str) -> UserView:
    user = account(dana, username)
    return dana.users.deactivate(user.id, Leaving(version=user.version))


def enter(embedded: EmbeddedDesk, username: str, password: str, new: str | None = None) -> HelpDesk:
    desk = embedded.facade()
    desk.sessions.sign_in(NewSession(username=username, password=password, new_password=new))
    return desk


def _keep(told: list[tuple[str, tuple[int, ...]]], news: Change) -> None:
    """Keep what windows of accounts and tickets hear."""
    told.append((news.kind, news.ids))


# --- adding -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_an_added_account_signs_in_with_its_one_time_password(
    embedded: EmbeddedDesk, dana: HelpDesk, clock: SettableClock, role: Role
):
    added = dana.users.add(
        NewUser(username="Gina.K", full_name="Gina Kim", email="gina@corp.example", role=role)
    )
    user = added.user
    assert (user.username, user.full_name, user.email) == (
        "Gina.K",
        "Gina Kim",
        "gina@corp.example",
    )
    assert (user.role, user.active, user.version, user.open_tickets) == (role, True, 1, 0)
    assert user.created_at == clock.now
    assert user.last_sign_in_at is None
    gina = enter(embedded, "gina.k", added.password, "some words together")
    assert gina.sessions.current().user.role is role
    assert gina.sessions.current().user.last_sign_in_at == clock.now


def test_one_time_passwords_are_all_different_and_easy_to_read_out(dana: HelpDesk):
    passwords = {add(dana, f"person{number}").password for number in range(20)}
    assert len(passwords) == 20
    for password in passwords:
        assert len(password) == 19
        assert not set(password) & set("01iloIO")


def test_nothing_that_is_shown_of_an_account_holds_a_secret(embedded: EmbeddedDesk, dana: HelpDesk):
    added = add(dana, "gina")
    shown = repr([added.user, dana.users.search(UserQuery()), dana.users.view(added.user.id)])
    assert added.password not in shown
    assert "bcrypt" not in shown
    assert added.password not in repr(dump(embedded.database))


def test_a_refused_account_leaves_nothing(embedded: EmbeddedDesk, dana: HelpDesk):
    before = dump(embedded.database)
    with pytest.raises(Invalid, match="is taken"):
        add(dana, "ALICE")
    assert dump(embedded.database) == before


# --- changing ---------------------------------------------------------------------------------


def test_only_the_fields_that_are_set_are_touched(dana: HelpDesk):
    changed = change(dana, "alice", full_name="Alice Moreau-Lind")
    assert (changed.full_name, changed.email) == ("Alice Moreau-Lind", "alice@corp.example")
    assert change(dana, "alice", email=None).email is None
    assert change(dana, "alice", email="a@b.example").full_name == "Alice Moreau-Lind"
    assert change(dana, "alice", full_name=None, role=None).full_name == "Alice Moreau-Lind"
    assert account(dana, "moreau-lind").username == "alice"


def test_a_change_of_what_somebody_else_has_changed_is_refused(
    embedded: EmbeddedDesk, dana: HelpDesk
):
    stale = account(dana, "alice")
    change(dana, "alice", full_name="Other")
    before = dump(embedded.database)
    for call in (
        lambda: dana.users.change(stale.id, UserChange(full_name="x", version=stale.version)),
        lambda: dana.users.deactivate(stale.id, Leaving(version=stale.version)),
        lambda: dana.users.reactivate(stale.id, stale.version),
    ):
        with pytest.raises(Conflict, match="in the meantime") as caught:
            call()
        assert caught.value.current == account(dana, "alice")
    assert dump(embedded.database) == before


# --- roles ------------------------------------------------------------------------------------


def test_a_new_role_counts_from_the_next_call(dana: HelpDesk, sign_in: SignIn):
    alice, frank = sign_in("alice"), sign_in("frank")
    ticket = sign_in("erin").tickets.open(NewTicket(subject="x")).id
    with pytest.raises(NotFound):
        alice.tickets.view(ticket)
    change(dana, "alice", role=Role.TECHNICIAN)
    assert alice.tickets.take(ticket, 1).assignee is not None
    assert alice.sessions.current().user.role is Role.TECHNICIAN
    assert "work_ticket" in alice.sessions.current().permissions
    change(dana, "frank", role=Role.USER)
    with pytest.raises(NotFound):
        frank.tickets.view(ticket)
    with pytest.raises(Forbidden):
        frank.tickets.assignable()
    assert frank.tickets.search(TicketQuery()).items == ()


@pytest.mark.parametrize("by", ["bob", "charlie", "alice"])
@pytest.mark.parametrize("role", Role)
def test_nobody_but_an_admin_gives_roles(
    embedded: EmbeddedDesk, sign_in: SignIn, by: str, role: Role
):
    facade = sign_in(by)
    before = dump(embedded.database)
    for user_id in (id_of(facade), 1, 6):
        with pytest.raises(Forbidden):
            facade.users.change(user_id, UserChange(role=role, version=1))
    assert dump(embedded.database) == before


def test_admins_change_neither_their_own_role_nor_end_their_own_account(
    embedded: EmbeddedDesk, dana: HelpDesk
):
    add(dana, "gina", Role.ADMIN)
    own = account(dana, "dana")
    before = dump(embedded.database)
    with pytest.raises(Forbidden, match="your own role"):
        dana.users.change(own.id, UserChange(role=Role.USER, version=own.version))
    with pytest.raises(Forbidden, match="deactivate yourself"):
        dana.users.deactivate(own.id, Leaving(version=own.version))
    assert dump(embedded.database) == before
    assert change(dana, "dana", role=Role.ADMIN, full_name="Dana W.").role is Role.ADMIN


def test_the_last_active_admin_stays_even_for_the_program_itself(
    embedded: EmbeddedDesk, dana: HelpDesk
):
    system = embedded.as_system()
    add(dana, "gina", Role.ADMIN)
    gina = deactivate(dana, "gina")
    own = account(dana, "dana")
    for call in (
        lambda: system.users.deactivate(own.id, Leaving(version=own.version)),
        lambda: system.users.change(own.id, UserChange(role=Role.MANAGER, version=own.version)),
    ):
        with pytest.raises(Invalid, match="last active admin"):
            call()
    dana.users.reactivate(gina.id, gina.version)
    assert not system.users.deactivate(own.id, Leaving(version=own.version)).active


def test_of_two_admins_who_demote_each_other_at_once_one_stays(
    embedded: EmbeddedDesk, dana: HelpDesk
):
    added = add(dana, "gina", Role.ADMIN)
    gina = enter(embedded, "gina", added.password, PASSWORD)
    mine, hers = account(dana, "dana"), account(dana, "gina")

    def demote(desk: HelpDesk, user: UserView) -> object:
        try:
            return desk.users.change(user.id, UserChange(role=Role.USER, version=user.version))
        except DeskError as error:
            return error

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(demote, (dana, gina), (hers, mine)))
    admins = embedded.as_system().users.search(UserQuery(roles=(Role.ADMIN,), active=True)).items
    assert len(admins) == 1
    assert [type(result) for result in results if isinstance(result, DeskError)] == [Forbidden]


# --- ending and resuming ----------------------------------------------------------------------


def test_deactivation_ends_every_session_at_once(
    embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn
):
    sessions = [sign_in("frank"), sign_in("frank")]
    unused_meanwhile = sign_in("frank")
    ended = deactivate(dana, "frank")
    assert (ended.active, ended.password_set) == (False, True)
    for session in sessions:
        with pytest.raises(SignedOut):
            session.tickets.search(TicketQuery())
    with pytest.raises(WrongPassword):
        sign_in("frank")
    dana.users.reactivate(ended.id, ended.version)
    assert sign_in("frank").sessions.current().user.active
    for session in (*sessions, unused_meanwhile):
        with pytest.raises(SignedOut):
            session.sessions.current()


def test_a_session_of_an_account_ended_behind_the_desks_back_is_refused(
    embedded: EmbeddedDesk, sign_in: SignIn
):
    """Another program on the same file knows nothing of this one's sessions."""
    frank = sign_in("frank")
    with embedded.database.writing() as session:
        from helpdesk.models import User

        session.get_one(User, id_of(frank)).active = False
    with pytest.raises(SignedOut, match="deactivated"):
        frank.tickets.search(TicketQuery())


@pytest.mark.parametrize("way", ["deactivated", "demoted"])
def test_the_open_tickets_of_somebody_who_leaves_go_back_to_the_queue(
    embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn, clock: SettableClock, way: str
):
    alice, frank, bob = sign_in("alice"), sign_in("frank"), sign_in("bob")
    tickets = [alice.tickets.open(NewTicket(subject=f"{n}")).id for n in range(4)]
    for ticket in tickets[:3]:
        frank.tickets.take(ticket, 1)
    bob.tickets.take(tickets[3], 1)
    frank.tickets.change(tickets[2], TicketChange(status=Status.RESOLVED, version=2))
    told: list[tuple[str, tuple[int, ...]]] = []
    embedded.executor.subscribe(lambda news: _keep(told, news))
    clock.forward(minutes=5)
    if way == "deactivated":
        deactivate(dana, "frank")
    else:
        change(dana, "frank", role=Role.USER)
    views = [bob.tickets.view(ticket) for ticket in tickets]
    assert [view.assignee and view.assignee.full_name for view in views] == [
        None, None, "Frank Osei", "Bob Keller",
    ]  # fmt: skip
    for view in views[:2]:
        assert (view.status, view.version, view.updated_at) == (Status.OPEN, 3, clock.now)
        entry = view.events[0]
        assert entry.actor is not None
        assert (entry.field, entry.old, entry.new) == ("assignee", "Frank Osei", None)
        assert (entry.actor.full_name, entry.at) == ("Dana Whitfield", clock.now)
    assert sorted(told) == sorted(
        [("ticket", (tickets[0],)), ("ticket", (tickets[1],)), ("user", (id_of_frank(dana),))]
    )


def test_rules_see_the_tickets_that_somebody_leaves_behind(
    embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn
):
    raised = Action(kind=ActionKind.SET_PRIORITY, value="urgent")
    nobody = asked(Fact.ASSIGNEE, Operator.IS_EMPTY)
    dana.rules.add(rule("Left behind", Trigger.CHANGED, raised, conditions=(nobody,)))
    ticket = sign_in("alice").tickets.open(NewTicket(subject="x"))
    sign_in("frank").tickets.take(ticket.id, ticket.version)
    before = len(ruled(embedded, ticket.id))
    deactivate(dana, "frank")
    view = sign_in("bob").tickets.view(ticket.id)
    assert len(ruled(embedded, ticket.id)) == before + 1
    assert (view.priority, view.assignee) == (Priority.URGENT, None)
    assert view.clock is not None
    assert view.clock.due == view.first_response_due == ticket.created_at + timedelta(hours=1)


def id_of_frank(dana: HelpDesk) -> int:
    return account(dana, "frank").id


def test_among_the_staff_a_new_role_keeps_the_tickets(dana: HelpDesk, sign_in: SignIn):
    frank = sign_in("frank")
    ticket = sign_in("alice").tickets.open(NewTicket(subject="x")).id
    frank.tickets.take(ticket, 1)
    change(dana, "frank", role=Role.MANAGER)
    assignee = frank.tickets.view(ticket).assignee
    assert assignee is not None
    assert assignee.full_name == "Frank Osei"


# --- passwords --------------------------------------------------------------------------------


def test_a_reset_ends_sessions_and_forgets_wrong_passwords(
    embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn
):
    bob = sign_in("bob")
    for _ in range(6):
        with pytest.raises(DeskError):
            enter(embedded, "bob", "wrong")
    reset = dana.users.reset_password(id_of_bob(dana))
    with pytest.raises(SignedOut):
        bob.sessions.current()
    with pytest.raises(WrongPassword):
        enter(embedded, "bob", PASSWORD)
    with pytest.raises(NewPasswordDue):
        enter(embedded, "bob", reset.password)
    enter(embedded, "bob", reset.password, "some words together")
    with pytest.raises(WrongPassword):
        enter(embedded, "bob", reset.password, "other words together")


def id_of_bob(dana: HelpDesk) -> int:
    return account(dana, "bob").id


def test_a_reset_in_the_middle_of_a_sign_in_wins(
    embedded: EmbeddedDesk, dana: HelpDesk, monkeypatch: pytest.MonkeyPatch
):
    """The old password is checked, then reset; no session may begin with it any more."""
    bob_id = id_of_bob(dana)

    def check_then_reset(*arguments: Any) -> bool:
        result = is_right(*arguments)
        dana.users.reset_password(bob_id)
        return result

    monkeypatch.setattr(sessions, "is_right", check_then_reset)
    with pytest.raises(WrongPassword):
        enter(embedded, "bob", PASSWORD)


def test_a_reset_of_a_missing_account_is_not_found(embedded: EmbeddedDesk, dana: HelpDesk):
    before = dump(embedded.database)
    with pytest.raises(NotFound):
        dana.users.reset_password(10**6)
    assert dump(embedded.database) == before


def test_each_change_of_an_account_is_told(embedded: EmbeddedDesk, dana: HelpDesk):
    told: list[tuple[str, tuple[int, ...]]] = []
    embedded.executor.subscribe(lambda news: _keep(told, news))
    gina = add(dana, "gina").user
    change(dana, "gina", full_name="Gina Two")
    deactivate(dana, "gina")
    dana.users.reactivate(gina.id, 3)
    dana.users.reset_password(gina.id)
    assert told == [("user", (gina.id,))] * 5
    assert len(PEOPLE) == 6


@pytest.mark.parametrize("ends", ["demoted", "deactivated"])
def test_an_admin_who_is_none_any_more_makes_no_account(
    embedded: EmbeddedDesk, dana: HelpDesk, monkeypatch: pytest.MonkeyPatch, ends: str
):
    """Hashing the one-time password takes long enough for another admin to act."""
    admin = embedded.as_system()

    def hash_meanwhile(password: str, cost: int) -> str:
        monkeypatch.undo()
        someone = NewUser(username="second", full_name="Second Admin", role=Role.ADMIN)
        admin.users.add(someone)
        account = admin.users.named("dana")
        if ends == "demoted":
            admin.users.change(account.id, UserChange(role=Role.USER, version=account.version))
        else:
            admin.users.deactivate(account.id, Leaving(version=account.version))
        return hash_password(password, cost)

    monkeypatch.setattr("helpdesk.services.users.hash_password", hash_meanwhile)
    with pytest.raises((Forbidden, SignedOut)):
        dana.users.add(NewUser(username="backdoor", full_name="Back Door", role=Role.ADMIN))
    with pytest.raises(NotFound):
        admin.users.named("backdoor")
