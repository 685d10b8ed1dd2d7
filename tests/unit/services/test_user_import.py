# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts of a file: looked at first, done line by line, and the same when done again."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import NewPasswordDue
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.schemas.users import (
    AccountOrigin,
    ImportedLine,
    ImportedUser,
    ImportOutcome,
    NewSession,
    Role,
    UserBatch,
    UserQuery,
)
from tests.conftest import SignIn
from tests.contract.desks import dump
from tests.matrix import HTTP_POSTGRESQL, LOCAL_POSTGRESQL, LOCAL_SQLITE, Bearer
from tests.unit.services.test_user_care import account, come_from, traces

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)
ADDED, CHANGED, UNCHANGED, REFUSED = ImportOutcome


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


def row(username: str, full_name: str = "Gina Kim", **cells: str) -> ImportedUser:
    return ImportedUser(line=0, username=username, full_name=full_name, **cells)


def run(
    desk: HelpDesk,
    rows: Iterable[ImportedUser],
    *,
    trial: bool = False,
    updates: bool = True,
    admins: bool = False,
) -> list[ImportedLine]:
    numbered = tuple(each.model_copy(update={"line": n}) for n, each in enumerate(rows, start=2))
    batch = UserBatch(rows=numbered, trial=trial, updates=updates, admins=admins)
    return list(desk.users.import_some(batch).lines)


def outcomes(lines: Iterable[ImportedLine]) -> list[ImportOutcome]:
    return [line.outcome for line in lines]


def test_a_trial_tells_what_would_be_and_does_nothing(embedded: EmbeddedDesk, dana: HelpDesk):
    dana.teams.add(TeamSettings(name="Network"))
    rows = [
        row("gina", email="gina@corp.example", role="Technician", teams="network"),
        row("bob", "Robert Keller"),
        row("alice", "Alice Moreau", email="alice@corp.example"),
        row("two words"),
        row("nameless", "  "),
        row("GINA"),
        row("kim", role="Boss"),
        row("lee", teams="Network"),
        row("max", role="technician", teams="Nowhere; Network"),
        row("ann", email="no address"),
        row("eve", role="ADMIN"),
    ]
    before = dump(embedded.database)
    tried = run(dana, rows, trial=True)
    assert dump(embedded.database) == before
    assert outcomes(tried) == [ADDED, CHANGED, UNCHANGED, *[REFUSED] * 8]
    assert [line.line for line in tried] == list(range(2, 13))
    for line, said in zip(tried[3:], (
        "A user name has up to 64 letters", "The name must not be empty", "An earlier line",
        "There is no role “Boss”", "Only technicians, managers and admins", "no team “Nowhere”",
        "not an e-mail address", "would make an admin",
    ), strict=True):  # fmt: skip
        assert said in line.problem
    assert not any(line.password for line in tried)
    done = run(dana, rows)
    assert [(line.outcome, line.problem) for line in done] == [
        (line.outcome, line.problem) for line in tried
    ]


def test_a_trial_warns_of_an_address_that_somebody_has(dana: HelpDesk):
    bob = dana.users.named("bob")
    rows = [
        row("gina", email=(bob.email or "").upper()),
        row("kim", email="kim@corp.example"),
        row("lee", email="Kim@corp.example"),
        row("bob", "Robert", email=bob.email or ""),
    ]
    assert [line.warning for line in run(dana, rows, trial=True)] == [
        "Bob Keller has this e-mail address, too; a forgotten password is asked for by it.",
        "",
        "An earlier line has this e-mail address, too.",
        "",
    ]
    assert outcomes(run(dana, rows)) == [ADDED, ADDED, ADDED, CHANGED], "it is no more than that"


def test_people_of_a_file_sign_in_and_a_second_time_changes_nothing(
    embedded: EmbeddedDesk, dana: HelpDesk
):
    dana.teams.add(TeamSettings(name="Network"))
    dana.teams.add(TeamSettings(name="Lyon"))
    rows = [
        row("gina", email="gina@corp.example", role="technician", teams="Lyon;Network;lyon"),
        row("kim", "Kim Lee"),
        row("eve", "Eve Roy", role="admin"),
    ]
    done = run(dana, rows, admins=True)
    assert outcomes(done) == [ADDED] * 3
    gina = account(embedded, "gina")
    assert (gina.full_name, gina.email, gina.role) == (
        "Gina Kim", "gina@corp.example", Role.TECHNICIAN,
    )  # fmt: skip
    assert [team.name for team in gina.teams] == ["Lyon", "Network"]
    assert account(embedded, "eve").role is Role.ADMIN
    passwords = [line.password for line in done]
    assert len(set(passwords)) == 3
    for line in done:
        one_time = NewSession(username=line.username, password=line.password)
        with pytest.raises(NewPasswordDue):
            embedded.facade().sessions.sign_in(one_time)
        chosen = one_time.model_copy(update={"new_password": "some words together"})
        assert embedded.facade().sessions.sign_in(chosen).user is not None
    before = dump(embedded.database, without=("idempotency",))
    again = run(dana, rows, admins=True)
    assert [(line.outcome, line.password) for line in again] == [(UNCHANGED, "")] * 3
    assert dump(embedded.database, without=("idempotency",)) == before
    added = [each for each in traces(embedded) if each.action is AuditAction.USER_ADDED]
    assert [each.about for each in added] == ["Gina Kim", "Kim Lee", "Eve Roy"]
    assert added[0].changes[-1] == ["teams", "", "Lyon, Network"]
    assert not any(password in repr(dump(embedded.database)) for password in passwords)


def test_updates_touch_what_is_named_and_nothing_else(embedded: EmbeddedDesk, dana: HelpDesk):
    team = dana.teams.add(TeamSettings(name="Network"))
    rows = [row("BOB", "Robert Keller", role="manager", teams="Network"), row("alice", "")]
    assert outcomes(run(dana, rows, updates=False)) == [UNCHANGED, UNCHANGED]
    assert account(embedded, "bob").full_name == "Bob Keller"
    assert outcomes(run(dana, rows)) == [CHANGED, UNCHANGED]
    bob = account(embedded, "bob")
    assert (bob.full_name, bob.email, bob.role) == (
        "Robert Keller", "bob@corp.example", Role.MANAGER,
    )  # fmt: skip
    assert [each.id for each in bob.teams] == [team.id]
    assert [each.action for each in traces(embedded)] == [
        AuditAction.USER_CHANGED, AuditAction.ROLE_CHANGED, AuditAction.TEAMS_CHANGED,
    ]  # fmt: skip
    assert bob.password_set, "an update leaves the password as it is"


def test_nobody_loses_a_role_by_a_file_that_needs_a_hand(
    embedded: EmbeddedDesk, dana: HelpDesk, sign_in: SignIn
):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="x"))
    sign_in("bob").tickets.take(ticket.id, ticket.version)
    come_from(embedded, "frank", AccountOrigin.LDAP)
    run(dana, [row("eve", "Eve Roy", role="admin")], admins=True)
    before = dump(embedded.database, without=("idempotency",))
    lines = run(
        dana,
        [
            row("dana", "Dana Whitfield", role="user"),
            row("eve", "Eve Roy", role="user"),
            row("bob", "Bob Keller", role="user"),
            row("frank", "Frank O."),
        ],
        admins=True,
    )
    assert outcomes(lines) == [REFUSED] * 4
    for line, said in zip(
        lines, ("your own account", "This is an admin", "Open tickets: 1", "directory"), strict=True
    ):
        assert said in line.problem
    assert dump(embedded.database, without=("idempotency",)) == before


def test_a_key_adds_no_rights_that_it_does_not_have_and_touches_no_admin(
    embedded: EmbeddedDesk, dana: HelpDesk
):
    rows = [
        row("gina"),
        row("kim", role="technician"),
        row("eve", role="admin"),
        row("dana", "Somebody Else"),
    ]
    of_users = dana.api_keys.create(NewApiKey(name="a", scopes=(Permission.MANAGE_USERS,)))
    lines = run(HelpDesk(Bearer(embedded, of_users.key)), rows, admins=True)
    assert outcomes(lines) == [REFUSED] * 4
    everything = tuple(p for p in Permission if p is not Permission.MANAGE_API_KEYS)
    of_all = dana.api_keys.create(NewApiKey(name="b", scopes=everything))
    lines = run(HelpDesk(Bearer(embedded, of_all.key)), rows, admins=True)
    assert outcomes(lines) == [ADDED, ADDED, REFUSED, REFUSED]
    assert account(embedded, "dana").full_name == "Dana Whitfield"


@pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)
def test_five_hundred_at_once_are_as_many_accounts(embedded: EmbeddedDesk, dana: HelpDesk):
    dana.teams.add(TeamSettings(name="Network"))
    rows = [row(f"p{n}", f"Person {n}", role="technician", teams="Network") for n in range(500)]
    done = run(dana, rows)
    assert outcomes(done) == [ADDED] * 500
    [team] = dana.teams.all()
    assert len(team.members) == 500
    [full] = run(dana, [row("one-more", role="technician", teams="Network")])
    assert "no more fit in" in full.problem


CELL = st.text(max_size=30)


@pytest.mark.desk_kinds(LOCAL_SQLITE)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELL, CELL, CELL, CELL, CELL), min_size=1, max_size=6))
def test_whatever_stands_in_a_file_each_line_has_its_outcome(
    embedded: EmbeddedDesk, rows: list[tuple[str, str, str, str, str]]
):
    system = embedded.as_system()
    cells = ("username", "full_name", "email", "role", "teams")
    given_rows = [ImportedUser(line=0, **dict(zip(cells, each, strict=True))) for each in rows]
    tried, done = run(system, given_rows, trial=True), run(system, given_rows)
    assert outcomes(tried) == outcomes(done)
    assert all(line.problem for line in done if line.outcome is REFUSED)
    assert ADDED not in outcomes(run(system, given_rows))
    assert len(system.users.search(UserQuery(roles=(Role.ADMIN,))).items) == 1
