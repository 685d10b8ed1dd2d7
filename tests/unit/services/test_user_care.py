# SPDX-License-Identifier: GPL-3.0-or-later
"""What admins do for people: hand on tickets, teams, sessions, second factors, and their traces."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import DeskError, Forbidden, Invalid, SignedOut
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.notifications import MailChange, MailSecurity
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery
from helpdesk.core.schemas.users import (
    AccountOrigin,
    ColleagueQuery,
    ImportedUser,
    Leaving,
    NewUser,
    Role,
    TeamChoice,
    UserBatch,
    UserChange,
    UserQuery,
    UserView,
)
from helpdesk.models import AuditEntry, OutboxMessage, RecoveryCode, SecondFactor, User
from helpdesk.services import user_tickets
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import dump, id_of
from tests.matrix import HTTP_POSTGRESQL, LOCAL_POSTGRESQL, LOCAL_SQLITE, Bearer

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)


_OWN = (AuditAction.SIGNED_IN, AuditAction.PASSWORD_CHANGED, AuditAction.SETTINGS_CHANGED)
"""What people leave by signing in, and by making teams."""


@dataclass(frozen=True)
class Trace:
    """An entry of the audit log."""

    action: AuditAction
    actor: str
    about: str
    changes: list[list[str]]


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


def account(embedded: EmbeddedDesk, username: str) -> UserView:
    return embedded.as_system().users.named(username)


def traces(embedded: EmbeddedDesk) -> list[Trace]:
    """Return what people have left in the audit log, apart from signing in."""
    with embedded.database.reading() as session:
        entries = session.execute(select(AuditEntry).order_by(AuditEntry.id)).scalars().all()
        return [
            Trace(each.action, each.actor_name, each.about_name, json.loads(each.changes))
            for each in entries
            if each.actor_id is not None and each.action not in _OWN
        ]


def enrol(embedded: EmbeddedDesk, username: str) -> None:
    """Let somebody have an authenticator app and a recovery code."""
    with embedded.database.writing() as session:
        user = session.execute(select(User).where(User.username == username)).scalar_one()
        now = user.created_at
        session.add(
            SecondFactor(
                person_id=user.id, secret="sealed", created_at=now, confirmed_at=now, last_step=0
            )
        )
        session.add(RecoveryCode(code_hash=username, person_id=user.id, created_at=now))


def come_from(embedded: EmbeddedDesk, username: str, origin: AccountOrigin) -> None:
    with embedded.database.writing() as session:
        user = session.execute(select(User).where(User.username == username)).scalar_one()
        user.origin, user.external_id = origin, username


# --- who leaves -------------------------------------------------------------------------------


def test_a_leavers_tickets_go_to_somebody_in_several_steps(
    embedded: EmbeddedDesk,
    dana: HelpDesk,
    sign_in: SignIn,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(user_tickets, "AT_ONCE", 2)
    frank, alice = sign_in("frank"), sign_in("alice")
    for number in range(5):
        ticket = alice.tickets.open(NewTicket(subject=f"{number}"))
        frank.tickets.take(ticket.id, ticket.version)
    bob, left = account(embedded, "bob"), account(embedded, "frank")
    assert left.open_tickets == 5
    clock.forward(minutes=5)
    ended = dana.users.deactivate(left.id, Leaving(version=left.version, tickets_to=bob.id))
    assert (ended.active, ended.open_tickets) == (False, 0)
    found = sign_in("bob").tickets.search(TicketQuery(assignee_ids=(bob.id,))).items
    assert len(found) == account(embedded, "bob").open_tickets == 5
    event = sign_in("bob").tickets.view(found[0].id).events[0]
    assert (event.field, event.old, event.new) == ("assignee", "Frank Osei", "Bob Keller")
    with pytest.raises(SignedOut):
        frank.tickets.search(TicketQuery())
    [trace] = traces(embedded)
    assert trace == Trace(
        AuditAction.USER_DEACTIVATED,
        "Dana Whitfield",
        "Frank Osei",
        [["open tickets to", "", "Bob Keller"]],
    )


def test_a_hand_over_that_broke_off_is_gone_on_with(
    embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(user_tickets, "AT_ONCE", 1)
    frank, alice = sign_in("frank"), sign_in("alice")
    for number in range(3):
        ticket = alice.tickets.open(NewTicket(subject=f"{number}"))
        frank.tickets.take(ticket.id, ticket.version)
    left = account(embedded, "frank")

    def break_off(*_: object) -> None:
        raise Invalid("the power is gone")

    with monkeypatch.context() as broken:
        broken.setattr(user_tickets.TicketsLeft, "hand_on_the_rest", break_off)
        with pytest.raises(Invalid):
            dana.users.deactivate(left.id, Leaving(version=left.version))
    left = account(embedded, "frank")
    assert (left.active, left.open_tickets) == (False, 2), "the account has ended all the same"
    assert dana.users.deactivate(left.id, Leaving(version=left.version)).open_tickets == 0


@pytest.mark.parametrize("taker", ["frank", "alice", "charlie"])
def test_tickets_go_to_nobody_who_cannot_work_on_them(
    embedded: EmbeddedDesk, dana: HelpDesk, taker: str
):
    charlie = account(embedded, "charlie")
    dana.users.deactivate(charlie.id, Leaving(version=charlie.version))
    frank, to = account(embedded, "frank"), account(embedded, taker)
    before = dump(embedded.database)
    with pytest.raises(Invalid) as caught:
        dana.users.deactivate(frank.id, Leaving(version=frank.version, tickets_to=to.id))
    assert caught.value.field == "tickets_to"
    assert dump(embedded.database) == before


# --- who stays admin --------------------------------------------------------------------------


@pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)
@pytest.mark.parametrize("way", ["demote", "deactivate"])
def test_of_admins_who_end_each_other_at_once_one_stays(
    embedded: EmbeddedDesk, sign_in: SignIn, way: str
):
    """Three of them in a ring, each from a thread of its own, on either database (B05)."""
    system = embedded.as_system()
    for username in ("bob", "charlie"):
        user = system.users.named(username)
        system.users.change(user.id, UserChange(role=Role.ADMIN, version=user.version))
    ring = ["dana", "bob", "charlie"]
    desks = [sign_in(username) for username in ring]
    targets = [account(embedded, username) for username in (*ring[1:], ring[0])]

    def end(desk: HelpDesk, user: UserView) -> object:
        try:
            if way == "demote":
                return desk.users.change(user.id, UserChange(role=Role.USER, version=user.version))
            return desk.users.deactivate(user.id, Leaving(version=user.version))
        except DeskError as error:
            return error

    with ThreadPoolExecutor(3) as threads:
        results = list(threads.map(end, desks, targets))
    admins = system.users.search(UserQuery(roles=(Role.ADMIN,), active=True)).items
    assert len(admins) == 3 - sum(isinstance(each, UserView) for each in results) >= 1
    refused = [each for each in results if not isinstance(each, UserView)]
    assert refused
    assert all(isinstance(each, (Forbidden, SignedOut, Invalid)) for each in refused)


def test_an_admin_of_the_directory_is_not_enough(embedded: EmbeddedDesk, dana: HelpDesk):
    system = embedded.as_system()
    bob = system.users.named("bob")
    system.users.change(bob.id, UserChange(role=Role.ADMIN, version=bob.version))
    come_from(embedded, "bob", AccountOrigin.LDAP)
    own = account(embedded, "dana")
    for call in (
        lambda: system.users.deactivate(own.id, Leaving(version=own.version)),
        lambda: system.users.change(own.id, UserChange(role=Role.MANAGER, version=own.version)),
    ):
        with pytest.raises(Invalid, match="last active admin"):
            call()
    bob = account(embedded, "bob")
    assert not dana.users.deactivate(bob.id, Leaving(version=bob.version)).active


@pytest.mark.parametrize("origin", [AccountOrigin.LDAP, AccountOrigin.OIDC])
def test_what_a_directory_keeps_is_changed_there(
    embedded: EmbeddedDesk, dana: HelpDesk, origin: AccountOrigin
):
    come_from(embedded, "bob", origin)
    bob = account(embedded, "bob")
    assert bob.origin is origin
    where = "directory" if origin is AccountOrigin.LDAP else "single sign-on"
    before = dump(embedded.database)
    for call in (
        lambda: dana.users.change(bob.id, UserChange(full_name="Bobby", version=bob.version)),
        lambda: dana.users.change(bob.id, UserChange(email="b@x.example", version=bob.version)),
        lambda: dana.users.reset_password(bob.id),
    ):
        with pytest.raises(Invalid, match=where):
            call()
    assert dump(embedded.database) == before
    same = UserChange(
        full_name=bob.full_name, email=bob.email, role=Role.MANAGER, version=bob.version
    )
    assert dana.users.change(bob.id, same).role is Role.MANAGER


# --- sessions and second factors --------------------------------------------------------------


def test_sessions_end_at_once(embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn):
    sessions = [sign_in("bob"), sign_in("bob")]
    dana.users.end_sessions(account(embedded, "bob").id)
    for session in sessions:
        with pytest.raises(SignedOut):
            session.tickets.search(TicketQuery())
    assert sign_in("bob").sessions.current().user.username == "bob"
    assert [each.action for each in traces(embedded)] == [AuditAction.SESSIONS_ENDED]


def test_a_lost_second_factor_is_taken_away_and_its_owner_told(
    embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn
):
    mail = MailChange(
        enabled=True, host="127.0.0.1", port=9, security=MailSecurity.NONE, sender="desk@x.example"
    )
    dana.channels.change_mail(mail)
    session = sign_in("bob")
    enrol(embedded, "bob")
    bob = account(embedded, "bob")
    assert bob.has_second_factor
    assert [each.username for each in dana.users.search(UserQuery(second_factor=True)).items] == [
        "bob"
    ]
    after = dana.users.reset_second_factor(bob.id)
    assert not after.has_second_factor
    with pytest.raises(SignedOut):
        session.tickets.search(TicketQuery())
    with embedded.database.reading() as read:
        assert read.execute(select(RecoveryCode)).first() is None
        [letter] = read.execute(select(OutboxMessage)).scalars()
        assert (letter.person_id, letter.address) == (bob.id, None)
        assert "Dana Whitfield has taken your authenticator app" in letter.body
    assert AuditAction.SECOND_FACTOR_RESET in {each.action for each in traces(embedded)}
    before = dump(embedded.database, without=("idempotency",))
    assert dana.users.reset_second_factor(bob.id) == after
    assert dump(embedded.database, without=("idempotency",)) == before, (
        "where there is none, nothing happens"
    )


def test_the_old_address_is_told_of_another_one(embedded: EmbeddedDesk, dana: HelpDesk):
    mail = MailChange(
        enabled=True, host="127.0.0.1", port=9, security=MailSecurity.NONE, sender="desk@x.example"
    )
    dana.channels.change_mail(mail)
    bob = account(embedded, "bob")
    dana.users.change(bob.id, UserChange(email="new@x.example", version=bob.version))
    dana.users.reset_password(bob.id)
    with embedded.database.reading() as read:
        letters = read.execute(select(OutboxMessage).order_by(OutboxMessage.id)).scalars().all()
        assert [(each.person_id, each.address) for each in letters] == [
            (bob.id, "bob@corp.example"), (bob.id, None),
        ]  # fmt: skip


def test_ones_own_second_factor_is_not_taken_away_without_the_password(
    embedded: EmbeddedDesk, dana: HelpDesk
):
    enrol(embedded, "dana")
    with pytest.raises(Forbidden, match="your settings"):
        dana.users.reset_second_factor(id_of(dana))
    assert account(embedded, "dana").has_second_factor


# --- teams ------------------------------------------------------------------------------------


def test_somebody_is_put_into_teams_and_found_by_them(embedded: EmbeddedDesk, dana: HelpDesk):
    network = dana.teams.add(TeamSettings(name="Network"))
    lyon = dana.teams.add(TeamSettings(name="Lyon"))
    bob = account(embedded, "bob")
    choice = TeamChoice(team_ids=(network.id, lyon.id), version=bob.version)
    bob = dana.users.put_into_teams(bob.id, choice)
    assert [team.name for team in bob.teams] == ["Lyon", "Network"]
    assert {each.version for each in dana.teams.all()} == {network.version + 1}
    bob = dana.users.put_into_teams(bob.id, TeamChoice(team_ids=(lyon.id,), version=bob.version))
    assert [team.name for team in bob.teams] == ["Lyon"]
    assert dana.users.search(UserQuery(team_id=network.id)).items == ()
    assert dana.users.search(UserQuery(team_id=lyon.id)).items == (bob,)
    moves = [each.changes for each in traces(embedded) if each.about == "Bob Keller"]
    assert moves == [[["teams", "", "Lyon, Network"]], [["teams", "Lyon, Network", "Lyon"]]]
    again = TeamChoice(team_ids=(lyon.id,), version=bob.version)
    assert dana.users.put_into_teams(bob.id, again) == bob


def test_who_is_not_of_the_staff_is_in_no_team(embedded: EmbeddedDesk, dana: HelpDesk):
    team = dana.teams.add(TeamSettings(name="Network", member_ids=(id_of_bob(embedded),)))
    alice = account(embedded, "alice")
    for user, ids, said in (
        (alice, (team.id,), "change the role first"),
        (account(embedded, "frank"), (team.id, 10**6), "does not exist any more"),
    ):
        with pytest.raises(Invalid, match=said):
            dana.users.put_into_teams(user.id, TeamChoice(team_ids=ids, version=user.version))
    bob = account(embedded, "bob")
    demoted = dana.users.change(bob.id, UserChange(role=Role.USER, version=bob.version))
    assert demoted.teams == ()


def id_of_bob(embedded: EmbeddedDesk) -> int:
    return account(embedded, "bob").id


def test_managers_see_the_people_of_their_own_teams_and_no_more(
    embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn, clock: SettableClock
):
    charlie, bob, frank = (account(embedded, name) for name in ("charlie", "bob", "frank"))
    own = dana.teams.add(TeamSettings(name="Network", member_ids=(charlie.id, bob.id)))
    other = dana.teams.add(TeamSettings(name="Lyon", member_ids=(bob.id, frank.id)))
    manager = sign_in("charlie")
    page = manager.users.of_own_teams(ColleagueQuery())
    assert [each.full_name for each in page.items] == ["Bob Keller", "Charlie Hart"]
    [seen] = manager.users.of_own_teams(ColleagueQuery(text="kel")).items
    assert [team.name for team in seen.teams] == ["Network"], "of other teams nothing is told"
    assert seen.model_dump().keys() == {
        "id", "full_name", "role", "teams", "open_tickets", "away_until",
    }  # fmt: skip
    # What they may not see they cannot find by either.
    for query in (
        ColleagueQuery(text="bob@corp"),
        ColleagueQuery(text="frank"),
        ColleagueQuery(team_id=other.id),
        ColleagueQuery(roles=(Role.USER,)),
    ):
        assert manager.users.of_own_teams(query).items == ()
    dana.users.deactivate(bob.id, Leaving(version=bob.version))
    query = ColleagueQuery(team_id=own.id)
    assert [each.full_name for each in manager.users.of_own_teams(query).items] == ["Charlie Hart"]
    dana.teams.remove(own.id)
    assert manager.users.of_own_teams(ColleagueQuery()).items == ()
    with pytest.raises(Forbidden):
        sign_in("frank").users.of_own_teams(ColleagueQuery())


# --- traces and keys --------------------------------------------------------------------------


def test_what_is_done_to_accounts_stands_in_the_audit_log(embedded: EmbeddedDesk, dana: HelpDesk):
    made = dana.users.add(NewUser(username="gina", full_name="Gina Kim", email="g@x.example"))
    gina = made.user
    change = UserChange(full_name="Gina Roy", role=Role.TECHNICIAN, version=gina.version)
    gina = dana.users.change(gina.id, change)
    reset = dana.users.reset_password(gina.id)
    gina = dana.users.deactivate(gina.id, Leaving(version=reset.user.version))
    dana.users.reactivate(gina.id, gina.version)
    assert [(each.action, each.changes) for each in traces(embedded)] == [
        (AuditAction.USER_ADDED, [["user name", "", "gina"], ["role", "", "user"]]),
        (AuditAction.USER_CHANGED, [["name", "Gina Kim", "Gina Roy"]]),
        (AuditAction.ROLE_CHANGED, [["role", "user", "technician"]]),
        (AuditAction.PASSWORD_RESET, []),
        (AuditAction.USER_DEACTIVATED, [["open tickets to", "", "the queue"]]),
        (AuditAction.USER_REACTIVATED, []),
    ]
    told = repr(traces(embedded))
    assert made.password not in told
    assert reset.password not in told


def test_a_key_does_nothing_to_admins(embedded: EmbeddedDesk, dana: HelpDesk):
    everything = tuple(p for p in Permission if p is not Permission.MANAGE_API_KEYS)
    made = dana.api_keys.create(NewApiKey(name="Sync", scopes=everything))
    key = HelpDesk(Bearer(embedded, made.key))
    own = account(embedded, "dana")
    before = dump(embedded.database, without=("api_key",))
    for call in (
        lambda: key.users.end_sessions(own.id),
        lambda: key.users.put_into_teams(own.id, TeamChoice(team_ids=(), version=own.version)),
        lambda: key.users.reset_second_factor(own.id),
    ):
        with pytest.raises(Forbidden):
            call()
    assert dump(embedded.database, without=("api_key",)) == before


def test_a_key_does_not_take_the_mail_of_who_has_more_rights(
    embedded: EmbeddedDesk, dana: HelpDesk
):
    made = dana.api_keys.create(NewApiKey(name="Sync", scopes=(Permission.MANAGE_USERS,)))
    key = HelpDesk(Bearer(embedded, made.key))
    charlie, new = account(embedded, "charlie"), "elsewhere@corp.example"
    before = dump(embedded.database, without=("api_key", "idempotency"))
    with pytest.raises(Forbidden, match="rights that it does not have"):
        key.users.change(charlie.id, UserChange(email=new, version=charlie.version))
    row = ImportedUser(line=1, username="charlie", full_name="", email=new)
    (line,) = key.users.import_some(UserBatch(rows=(row,), updates=True, trial=False)).lines
    assert "rights that it does not have" in line.problem
    assert dump(embedded.database, without=("api_key", "idempotency")) == before
