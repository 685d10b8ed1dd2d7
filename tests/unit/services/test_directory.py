# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in by a real directory: accounts, roles, names, and what never happens to local ones."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import keyring
import pytest

from helpdesk.channels import ldap_directory
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import (
    DeskError,
    DirectoryAway,
    Forbidden,
    Invalid,
    TooManyAttempts,
    WrongPassword,
)
from helpdesk.core.operation import operations_of
from helpdesk.core.schemas.accounts import Unlock
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.directory import (
    DirectoryChange,
    DirectoryTestAsk,
    GroupRole,
)
from helpdesk.core.schemas.security import SecurityChange
from helpdesk.core.schemas.tickets import Assignment, NewTicket, TicketQuery
from helpdesk.core.schemas.users import (
    AccountOrigin,
    Leaving,
    NewSession,
    PasswordChange,
    Role,
    UserView,
)
from helpdesk.database.db_manager import DbManager
from helpdesk.jobs.directory import is_on, keep_directory
from helpdesk.models import AuditEntry, SignInFailure, User
from helpdesk.models.sign_in_failure import CEILING, STRANGERS, name_digest
from helpdesk.services import passwords
from helpdesk.services.sessions import Sessions
from tests import ldap_server
from tests.conftest import SettableClock
from tests.contract.desks import dump, id_of
from tests.keyrings import MemoryKeyring
from tests.ldap_server import GROUPS, PEOPLE, READER, READER_PASSWORD, DirectoryOfTests
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE
from tests.unit.client.authority import Authority

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE)
both_ways = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)
PASSWORD = ldap_server.PASSWORD
ANNA = f"uid=anna,{PEOPLE}"


@pytest.fixture(scope="module")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DirectoryOfTests]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    with ldap_server.directory(tmp_path_factory.mktemp("slapd"), authority) as made:
        yield made


@pytest.fixture
def people(slapd: DirectoryOfTests) -> Iterator[DirectoryOfTests]:
    """A directory with two people in it, who are gone again afterwards."""
    slapd.add_person("anna", "Anna Ångström", mail="anna@corp.example")
    slapd.add_person("bert", "Bert Braun", mail="bert@corp.example")
    slapd.add_group("helpdesk", "anna")
    yield slapd
    slapd.empty()


@pytest.fixture(autouse=True)
def memory() -> Iterator[MemoryKeyring]:
    before, made = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def dana(sign_in) -> HelpDesk:
    desk: HelpDesk = sign_in("dana")
    return desk


@pytest.fixture
def enter(embedded: EmbeddedDesk) -> Callable[..., tuple[HelpDesk, UserView]]:
    def entered(username: str, password: str = PASSWORD) -> tuple[HelpDesk, UserView]:
        desk = embedded.facade()
        view = desk.sessions.sign_in(NewSession(username=username, password=password))
        return desk, view.session.user

    return entered


def settings_of(people: DirectoryOfTests) -> DirectoryChange:
    return DirectoryChange(
        enabled=True, host="localhost", port=people.port, security="starttls",
        ca_file=people.ca_file, bind_dn=READER, password=READER_PASSWORD, base_dn=PEOPLE,
        group_roles=(GroupRole(group="HELPDESK", role=Role.TECHNICIAN),),
    )  # fmt: skip


@pytest.fixture
def on(dana: HelpDesk, people: DirectoryOfTests) -> DirectoryOfTests:
    """The directory, by which people sign in."""
    dana.directory.change(settings_of(people))
    return people


def entries(database: DbManager) -> list[tuple[AuditAction, str, str, str]]:
    with database.reading() as session:
        rows = session.query(AuditEntry).order_by(AuditEntry.id)
        return [(row.action, row.actor_name, row.about_name, row.changes) for row in rows]


# --- settings ------------------------------------------------------------------------------------


@both_ways
def test_the_directory_is_set_up_and_tried(embedded: EmbeddedDesk, dana, people, memory):
    before = dana.directory.settings()
    assert (before.enabled, before.host, before.default_role) == (False, "", Role.USER)
    with pytest.raises(Invalid) as refused:
        dana.directory.change(DirectoryChange(enabled=True))
    assert refused.value.field == "host"
    change = settings_of(people)
    tried = dana.directory.test(DirectoryTestAsk(change=change, username="anna"))
    assert (tried.works, tried.steps[-1]) == (True, "found")
    assert "anna@corp.example" in tried.found
    assert "Technician" in tried.found
    assert memory.secrets == {}
    assert dana.directory.settings() == before
    assert not dana.directory.test(DirectoryTestAsk(change=change, username="nobody")).works
    assert dana.directory.test(DirectoryTestAsk(change=change)).works
    wrong = change.model_copy(update={"password": "wrong"})
    refused_test = dana.directory.test(DirectoryTestAsk(change=wrong))
    assert (refused_test.works, refused_test.steps[0]) == (False, "connected")
    assert "does not let" in refused_test.sentence

    after = dana.directory.change(change)
    assert (after.enabled, after.has_password, after.password_place) == (True, True, "keyring")
    assert after == dana.directory.settings()
    assert after.group_roles == (GroupRole(group="HELPDESK", role=Role.TECHNICIAN),)
    # A password goes to the host and the name alone that it was given for.
    other = dana.directory.change(DirectoryChange(bind_dn=f"cn=other,{ldap_server.SUFFIX}"))
    assert not other.has_password
    nobody = dana.directory.change(DirectoryChange(default_role=None))
    assert nobody.default_role is None
    assert READER_PASSWORD not in repr(dump(embedded.database)) + repr(after)
    actions = [entry for entry in entries(embedded.database) if entry[2] == "Directory"]
    assert [action for action, *_ in actions] == [AuditAction.SETTINGS_CHANGED] * 3
    assert "HELPDESK: technician" in actions[0][3]


REFUSED = (
    (DirectoryChange(host="ldap://directory"), "host"),
    (DirectoryChange(host="directory.corp.example", security="none"), "security"),
    (DirectoryChange(security="ssl"), "security"),
    (DirectoryChange(user_filter="(uid=anna)"), "user_filter"),
    (DirectoryChange(user_filter="(uid={username}"), "user_filter"),
    (DirectoryChange(user_filter="(uid={name})"), "user_filter"),
    (DirectoryChange(group_base_dn=GROUPS, group_filter="(cn=all)"), "group_filter"),
    (DirectoryChange(id_attribute="a)(b"), "id_attribute"),
    (DirectoryChange(username_attribute=""), "username_attribute"),
    (DirectoryChange(enabled=True, host="directory.corp.example"), "base_dn"),
    (DirectoryChange(host="directory.corp.example", password="x"), "bind_dn"),
    (
        DirectoryChange(
            group_roles=(
                GroupRole(group="CN=A, DC=b", role=Role.USER),
                GroupRole(group="cn=a,dc=B", role=Role.ADMIN),
            )
        ),
        "group_roles",
    ),
)


def test_what_cannot_be_is_refused_at_its_field(dana):
    before = dana.directory.settings()
    for change, field in REFUSED:
        with pytest.raises(Invalid) as refused:
            dana.directory.change(change)
        assert refused.value.field == field
    assert dana.directory.settings() == before


# --- signing in ----------------------------------------------------------------------------------


@both_ways
def test_an_account_is_made_at_the_first_sign_in_and_found_again_by_its_id(
    embedded: EmbeddedDesk, on, enter
):
    desk, anna = enter("Anna")
    assert (anna.username, anna.full_name, anna.email) == (
        "anna", "Anna Ångström", "anna@corp.example",
    )  # fmt: skip
    assert (anna.role, anna.origin, anna.password_set) == (
        Role.TECHNICIAN,
        AccountOrigin.LDAP,
        False,
    )
    assert desk.tickets.search(TicketQuery()).items == ()
    assert enter("anna")[1].id == anna.id
    assert enter("bert")[1].role is Role.USER
    on.rename("anna", "anna.berg")
    on.change(f"uid=anna.berg,{PEOPLE}", "replace: cn", "cn: Anna Berg")
    renamed = enter("anna.berg")[1]
    assert (renamed.id, renamed.username, renamed.full_name) == (anna.id, "anna.berg", "Anna Berg")
    with pytest.raises(WrongPassword):
        enter("anna")
    # Somebody new who gets the old name is somebody else.
    on.add_person("anna", "Anna Other")
    assert enter("anna")[1].id != anna.id
    told = [(action, who) for action, who, about, _ in entries(embedded.database) if about]
    assert (AuditAction.USER_ADDED, "Directory") in told
    assert (AuditAction.USER_CHANGED, "Directory") in told
    assert PASSWORD not in repr(dump(embedded.database))


@both_ways
def test_the_role_follows_the_groups_at_each_sign_in(on, dana, enter):
    anna_desk, anna = enter("anna")
    ticket = dana.tickets.open(NewTicket(subject="s", description="d"))
    dana.tickets.assign(ticket.id, Assignment(assignee_id=anna.id, version=ticket.version))
    on.remove(f"cn=helpdesk,{GROUPS}")
    assert enter("anna")[1].role is Role.USER
    # Who is of the staff no longer works on no tickets.
    assert dana.tickets.view(ticket.id).assignee is None
    with pytest.raises(Forbidden):
        anna_desk.tickets.assignable()
    dana.directory.change(DirectoryChange(default_role=None))
    with pytest.raises(Forbidden, match="none of the groups"):
        enter("anna")
    with pytest.raises(Forbidden, match="none of the groups"):
        enter("bert")
    on.add_group("cn-does-not-matter", "anna")
    whole = GroupRole(group=f"CN=CN-does-not-matter, {GROUPS.upper()}", role=Role.MANAGER)
    dana.directory.change(DirectoryChange(group_roles=(whole,)))
    assert enter("anna")[1].role is Role.MANAGER


@both_ways
def test_wrong_empty_and_hostile_input_is_a_wrong_password_and_counts(on, enter, clock):
    enter("anna")
    typed = (
        ("anna", "wrong"), ("anna", ""), ("", PASSWORD), ("*", PASSWORD), ("an*", PASSWORD),
        ("anna)(uid=*", PASSWORD), ("nobody", PASSWORD), ("anna", "\0"), ("an\u00adna", PASSWORD),
    )  # fmt: skip
    for username, password in typed:
        # Over HTTP a NUL does not even get so far.
        with pytest.raises((WrongPassword, Invalid)):
            enter(username, password)
        clock.forward(minutes=16)
    enter("anna")


def test_tries_at_another_name_of_somebody_count_for_them(on, dana, enter, clock):
    dana.directory.change(DirectoryChange(user_filter="(|(uid={username})(mail={username}))"))
    enter("anna@corp.example")
    mail = "anna@corp.example"
    for name in ("anna", mail, "ANNA", mail):
        with pytest.raises(WrongPassword):
            enter(name, "wrong")
    with pytest.raises(TooManyAttempts):
        enter(mail)
    with pytest.raises(TooManyAttempts):
        enter("anna")
    clock.forward(minutes=16)
    assert enter("anna@corp.example")[1].username == "anna"


def test_a_local_account_is_never_taken_over(on, dana, enter, sign_in):
    on.add_person("dana", "Dana Impostor")
    on.add_person("dana2", "Dana By Mail", mail="dana@corp.example")
    with pytest.raises(WrongPassword):
        enter("dana", PASSWORD)
    assert id_of(sign_in("dana")) == id_of(dana)
    # Nor by another name under which the directory finds the same person.
    dana.directory.change(DirectoryChange(user_filter="(|(uid={username})(cn={username}))"))
    with pytest.raises(Forbidden, match="another account called dana"):
        enter("Dana Impostor", PASSWORD)
    assert dana.users.view(id_of(dana)).origin is AccountOrigin.LOCAL


def test_a_name_that_no_account_can_have_gets_none(on, enter):
    on.add_person("an na", "Anna Blank")
    with pytest.raises(Forbidden, match="user name cannot be used"):
        enter("an na")


def test_local_people_get_in_while_the_directory_is_away(on, dana, enter, sign_in):
    enter("anna")
    on.down()
    try:
        with pytest.raises(DirectoryAway, match="cannot be asked"):
            enter("anna")
        sign_in("bob")
        # Where they have been before they are told at once what is wrong.
        with pytest.raises(WrongPassword):
            enter("bob", "a typo")
    finally:
        on.up()
    dana.directory.change(DirectoryChange(enabled=False))
    with pytest.raises(WrongPassword):
        enter("anna")


@pytest.mark.parametrize("is_there", [True, False])
def test_a05_strangers_are_answered_alike_with_a_directory_on_and_away(
    embedded: EmbeddedDesk, on, dana, monkeypatch, is_there
):
    """Local, deactivated, of the directory and unknown: same words, trips and hashes."""
    dana.directory.change(DirectoryChange(group_base_dn=GROUPS))
    erin = dana.users.named("erin")
    dana.users.deactivate(erin.id, Leaving(version=erin.version))
    work: list[str] = []
    for place, name in ((ldap_directory, "_connection"), (passwords, "_condensed")):
        monkeypatch.setattr(place, name, noting(work, name, getattr(place, name)))
    searched = noting(work, "_found", vars(ldap_directory.Directory)["_found"])
    monkeypatch.setattr(ldap_directory.Directory, "_found", searched)
    sign_in = operations_of(Sessions)["sign_in"]
    if not is_there:
        on.down()
    seen = set()
    try:
        for name in ("alice", "erin", "anna", "nobody", "*"):
            work.clear()
            new = NewSession(username=name, password="not the password")
            with pytest.raises(DeskError) as refused:
                embedded.executor.execute(sign_in, {"new": new}, source="203.0.113.9")
            seen.add((type(refused.value), str(refused.value), tuple(sorted(work))))
    finally:
        if not is_there:
            on.up()
    ((kind, sentence, done),) = seen
    assert kind is (WrongPassword if is_there else DirectoryAway)
    assert "localhost" not in sentence
    assert done.count("_condensed") == 1
    assert done.count("_found") == (2 if is_there else 0)
    assert done.count("_connection") == 2 or not is_there


def noting(work: list[str], name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that notes each call of the real one."""

    def noted(*args: Any, **named: Any) -> Any:
        work.append(name)
        return real(*args, **named)

    return noted


def test_right_passwords_do_not_count_as_wrong_while_the_directory_is_away(on, enter):
    desk, _ = enter("anna")
    on.down()
    try:
        for _ in range(8):
            with pytest.raises(DirectoryAway):
                enter("anna")
            with pytest.raises(DirectoryAway):
                desk.sessions.unlock(Unlock(password=PASSWORD))
    finally:
        on.up()
    desk.sessions.unlock(Unlock(password=PASSWORD))
    enter("anna")
    # What is looked at counts on.
    for _ in range(4):
        with pytest.raises(WrongPassword):
            enter("anna", "wrong")
    with pytest.raises(TooManyAttempts):
        enter("anna")


def test_strangers_keep_nobody_of_the_directory_out_for_good(
    embedded: EmbeddedDesk, on, dana, enter, clock
):
    _, anna = enter("anna")

    def enter_from(source: str, name: str = "anna") -> object:
        new = NewSession(username=name, password=PASSWORD)
        sign_in = operations_of(Sessions)["sign_in"]
        return embedded.executor.execute(sign_in, {"new": new}, source=source)

    def reach_the_ceiling() -> None:
        with embedded.database.writing() as session:
            for name in ("anna", "bert", "alice"):
                session.merge(
                    SignInFailure(
                        username_folded=name_digest(name), source=STRANGERS, failures=CEILING,
                        last_at=clock(),
                    )
                )  # fmt: skip

    reach_the_ceiling()
    for name in ("anna", "bert", "alice"):
        with pytest.raises(TooManyAttempts, match="ask an admin to let you try again"):
            enter_from("10.0.0.1", name)
    enter("anna")
    # At once by an admin, whoever keeps the password.
    dana.users.let_try_again(anna.id)
    enter_from("10.0.0.2")
    assert (AuditAction.USER_CHANGED, "Anna Ångström") in [
        (action, about) for action, _, about, _ in entries(embedded.database)
    ]
    # By itself after a day, also for who has no account yet; those of the desk wait for the admin.
    reach_the_ceiling()
    clock.forward(hours=25)
    for name in ("anna", "bert"):
        enter_from("10.0.0.3", name)
    with pytest.raises(TooManyAttempts):
        enter_from("10.0.0.3", "alice")


def test_an_account_that_an_admin_has_ended_stays_so(on, dana, enter):
    _, anna = enter("anna")
    view = dana.users.view(anna.id)
    dana.users.deactivate(anna.id, Leaving(version=view.version))
    with pytest.raises(Forbidden, match="deactivated"):
        enter("anna")
    assert not dana.users.view(anna.id).active


def test_a_second_factor_and_a_locked_window_go_with_the_password_of_the_directory(
    on, dana, enter, embedded: EmbeddedDesk
):
    anna_desk, anna = enter("anna")
    anna_desk.sessions.unlock(Unlock(password=PASSWORD))
    for wrong in ("", "wrong"):
        with pytest.raises(WrongPassword):
            anna_desk.sessions.unlock(Unlock(password=wrong))
    change = PasswordChange(old_password=PASSWORD, new_password="words that are new here")
    with pytest.raises(Forbidden, match="organisation"):
        anna_desk.sessions.change_password(change)
    dana.security.change(SecurityChange(second_factor_roles=(Role.TECHNICIAN,)))
    new = NewSession(username="anna", password=PASSWORD)
    view = embedded.facade().sessions.sign_in(new)
    assert (view.token, view.enrols, view.pending_token is None) == (None, True, False)
    failed = [who for action, _, who, _ in entries(embedded.database) if "failed" in action]
    assert failed == [anna.full_name] * 2


def test_where_the_library_is_missing_a_sentence_says_so(dana, people, monkeypatch):
    monkeypatch.setitem(sys.modules, "ldap3.core.exceptions", None)
    tried = dana.directory.test(DirectoryTestAsk(change=settings_of(people)))
    assert (tried.works, "helpdesk[server]" in tried.sentence) == (False, True)


# --- upkeep --------------------------------------------------------------------------------------


@both_ways
def test_who_is_gone_is_deactivated_and_others_are_brought_up_to_date(
    embedded: EmbeddedDesk, on, dana, enter, clock: SettableClock
):
    assert not is_on(embedded, clock()) or keep_directory(embedded, clock()) == 0
    anna_desk, anna = enter("anna")
    bert_desk, bert = enter("bert")
    ticket = dana.tickets.open(NewTicket(subject="s", description="d"))
    dana.tickets.assign(ticket.id, Assignment(assignee_id=anna.id, version=ticket.version))
    assert keep_directory(embedded, clock()) == 0

    on.remove(ANNA)
    on.change(f"uid=bert,{PEOPLE}", "replace: mail", "mail: bert.new@corp.example")
    on.add_group("helpdesk2", "bert")
    chiefs = GroupRole(group="helpdesk2", role=Role.MANAGER)
    dana.directory.change(DirectoryChange(group_roles=(chiefs,)))
    assert keep_directory(embedded, clock()) == 2
    assert not dana.users.view(anna.id).active
    assert dana.tickets.view(ticket.id).assignee is None
    with pytest.raises(DeskError):
        anna_desk.tickets.search(TicketQuery())
    after = dana.users.view(bert.id)
    assert (after.email, after.role) == ("bert.new@corp.example", Role.MANAGER)
    assert bert_desk.sessions.current().user.role is Role.MANAGER
    assert keep_directory(embedded, clock()) == 0
    local = [dana.users.named(name) for name in ("alice", "bob", "charlie", "dana")]
    assert all(each.active for each in local)


def test_a_directory_that_is_away_or_shows_nobody_deactivates_nobody(
    embedded: EmbeddedDesk, on, dana, enter, clock
):
    ids = [enter(name)[1].id for name in ("anna", "bert")]

    def all_active() -> bool:
        return all(dana.users.view(each).active for each in ids)

    on.down()
    try:
        with pytest.raises(DirectoryAway):
            keep_directory(embedded, clock())
    finally:
        on.up()
    assert all_active()
    for wrong, sentence in (
        (DirectoryChange(base_dn=GROUPS), "shows nobody"),
        (DirectoryChange(bind_dn=""), None),
        (DirectoryChange(bind_dn=READER, base_dn=PEOPLE, id_attribute="mail"), "knows none"),
    ):
        dana.directory.change(wrong)
        with pytest.raises(DirectoryAway, match=sentence):
            keep_directory(embedded, clock())
        assert all_active()
    dana.directory.change(DirectoryChange(enabled=False, id_attribute="entryUUID"))
    assert not is_on(embedded, clock())
    assert keep_directory(embedded, clock()) == 0
    assert all_active()


def test_wrong_groups_end_nobody_and_who_has_no_role_keeps_the_tickets(
    embedded: EmbeddedDesk, on, dana, enter, clock
):
    on.add_group("staff", "anna", "bert")
    staff = GroupRole(group="staff", role=Role.TECHNICIAN)
    dana.directory.change(DirectoryChange(group_roles=(staff,), default_role=None))
    (anna_desk, anna), (_, bert) = enter("anna"), enter("bert")
    ticket = dana.tickets.open(NewTicket(subject="s", description="d"))
    dana.tickets.assign(ticket.id, Assignment(assignee_id=anna.id, version=ticket.version))
    before = [dana.users.view(each) for each in (anna.id, bert.id)]

    # A container without groups is as wrong as one that is not there.
    dana.directory.change(DirectoryChange(group_base_dn=PEOPLE))
    with pytest.raises(DirectoryAway, match="none of the 2 people has a role"):
        keep_directory(embedded, clock())
    assert [dana.users.view(each) for each in (anna.id, bert.id)] == before
    assert anna_desk.sessions.current().user.id == anna.id

    dana.directory.change(DirectoryChange(group_base_dn=GROUPS))
    on.change(f"cn=staff,{GROUPS}", "delete: member", f"member: {ANNA}")
    assert keep_directory(embedded, clock()) == 1
    with pytest.raises(DeskError):
        anna_desk.sessions.current()
    with pytest.raises(Forbidden, match="none of the groups"):
        enter("anna")
    assert dana.users.view(anna.id).active
    kept = dana.tickets.view(ticket.id).assignee
    assert kept is not None
    assert kept.id == anna.id
    assert keep_directory(embedded, clock()) == 0
    on.change(f"cn=staff,{GROUPS}", "add: member", f"member: {ANNA}")
    assert enter("anna")[1].role is Role.TECHNICIAN


def test_many_at_once_lose_nothing(embedded: EmbeddedDesk, on, dana, enter, clock):
    names = [f"person{number}" for number in range(5)]
    for name in names:
        on.add_person(name, f"Person {name}")
    on.add_group("many", *names)
    many = GroupRole(group="many", role=Role.TECHNICIAN)
    dana.directory.change(DirectoryChange(group_roles=(many,)))
    ids = [enter(name)[1].id for name in names]
    # All of them would be plain users by default, and lose their tickets.
    dana.directory.change(DirectoryChange(group_base_dn=PEOPLE))
    with pytest.raises(DirectoryAway, match="5 of 5 people would lose"):
        keep_directory(embedded, clock())
    dana.directory.change(DirectoryChange(group_base_dn=""))
    for name in names[:4]:
        on.remove(f"uid={name},{PEOPLE}")
    with pytest.raises(DirectoryAway, match="4 of 5 people would lose"):
        keep_directory(embedded, clock())
    assert all(dana.users.view(each).role is Role.TECHNICIAN for each in ids)
    assert all(dana.users.view(each).active for each in ids)


def test_an_answer_cut_short_ends_nobody(embedded: EmbeddedDesk, on, dana, enter, clock):
    ids = [enter(name)[1].id for name in ("anna", "bert")]
    with on.showing(1), pytest.raises(DirectoryAway, match="only part"):
        keep_directory(embedded, clock())
    assert all(dana.users.view(each).active for each in ids)


def test_the_last_admin_of_this_desk_stays(embedded: EmbeddedDesk, on, dana, enter, clock):
    chiefs = GroupRole(group="helpdesk", role=Role.ADMIN)
    dana.directory.change(DirectoryChange(group_roles=(chiefs,)))
    _, anna = enter("anna")
    assert anna.role is Role.ADMIN
    with embedded.database.writing() as session:
        session.query(User).filter(User.username == "dana").update({"role": Role.USER})
    on.remove(f"cn=helpdesk,{GROUPS}")
    _, still = enter("anna")
    assert still.role is Role.ADMIN
    on.remove(ANNA)
    enter("bert")
    keep_directory(embedded, clock())
    system = embedded.as_system()
    assert system.users.view(anna.id).active
