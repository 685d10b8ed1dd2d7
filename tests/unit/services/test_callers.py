# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions that every process shares: kept as hashes, ended at once, noted without a wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Busy, DeskError, SignedOut
from helpdesk.core.operation import operations_of
from helpdesk.core.permissions import SYSTEM
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.schemas.users import (
    Leaving,
    NewSession,
    PasswordChange,
    Role,
    SessionView,
    UserChange,
)
from helpdesk.repositories.desk_changes import DeskChangeRepository
from helpdesk.repositories.sessions import SessionRepository
from helpdesk.services.session_registry import hash_of
from helpdesk.services.sessions import Sessions
from helpdesk.services.tickets import Tickets
from tests.conftest import PASSWORD, SettableClock
from tests.contract.desks import dump, opened_again, person
from tests.matrix import LOCAL, Bearer

CURRENT = operations_of(Sessions)["current"]
CHANGES = operations_of(Tickets)["changes"]


def enter(desk: EmbeddedDesk, username: str) -> str:
    """Return the token of a new session."""
    wanted = NewSession(username=username, password=PASSWORD)
    view = Bearer(desk, None).call(operations_of(Sessions)["sign_in"], {"new": wanted})
    return str(view.token)


def current(desk: EmbeddedDesk, token: str | None) -> SessionView:
    view = Bearer(desk, token).call(CURRENT, {})
    assert isinstance(view, SessionView)
    return view


def is_signed_in(desk: EmbeddedDesk, token: str | None) -> bool:
    try:
        current(desk, token)
    except SignedOut:
        return False
    return True


def sessions(desk: EmbeddedDesk, column: str = "token_hash") -> set[object]:
    """Return a column of the sessions that are kept."""
    with desk.database.reading() as session:
        return set(session.execute(text(f"SELECT {column} FROM session")).scalars())  # noqa: S608


@pytest.fixture(autouse=True)
def _nobody_is_signed_in_yet(embedded: EmbeddedDesk) -> None:
    """Leave out the sessions that the making of the template began."""
    with embedded.database.writing() as session:
        session.execute(text("DELETE FROM session"))


@pytest.fixture
def other(embedded: EmbeddedDesk, clock: SettableClock) -> Iterator[EmbeddedDesk]:
    """Return the desk as another process has it."""
    with opened_again(embedded, clock) as desk:
        yield desk


# --- what is kept -----------------------------------------------------------------------------


def test_only_the_hash_of_a_token_is_kept(embedded: EmbeddedDesk):
    token = enter(embedded, "alice")
    assert sessions(embedded) == {hash_of(token)}
    assert token not in repr(dump(embedded.database))
    assert not is_signed_in(embedded, hash_of(token))


def test_a_session_outlives_the_program(embedded: EmbeddedDesk, clock: SettableClock):
    token = enter(embedded, "alice")
    embedded.close()
    with opened_again(embedded, clock) as again:
        assert current(again, token).user.username == "alice"


def test_another_process_knows_the_session(embedded: EmbeddedDesk, other: EmbeddedDesk):
    assert current(other, enter(embedded, "bob")).user.username == "bob"


@pytest.mark.desk_kinds(*LOCAL)  # some of them no header can hold
@pytest.mark.parametrize("token", [None, "", "x", "\x00", "\ud800", "x" * 10_000, "' OR 1=1 --"])
def test_any_other_token_is_nobodys_and_writes_nothing(embedded: EmbeddedDesk, token: str | None):
    enter(embedded, "alice")
    before = dump(embedded.database)
    with pytest.raises(SignedOut, match="Sign in first" if token is None else "has ended"):
        current(embedded, token)
    embedded.executor.execute(operations_of(Sessions)["sign_out"], {}, token=token)
    assert dump(embedded.database) == before


# --- how it ends ------------------------------------------------------------------------------


def test_a_session_ends_after_a_month_however_much_it_is_used(
    embedded: EmbeddedDesk, clock: SettableClock
):
    token = enter(embedded, "alice")
    for _ in range(71):
        clock.forward(hours=10)
        current(embedded, token)
    clock.forward(hours=9, minutes=59)
    current(embedded, token)
    clock.forward(minutes=1)
    for _ in range(2):
        with pytest.raises(SignedOut, match="has ended"):
            current(embedded, token)


def test_what_has_ended_is_gone_and_comes_back_with_no_clock(
    embedded: EmbeddedDesk, clock: SettableClock
):
    token = enter(embedded, "alice")
    clock.forward(hours=13)
    assert not is_signed_in(embedded, token)
    assert sessions(embedded) == set()
    clock.forward(hours=-13)
    assert not is_signed_in(embedded, token)


def test_looking_for_news_keeps_no_session_alive(embedded: EmbeddedDesk, clock: SettableClock):
    token = enter(embedded, "alice")
    for _ in range(11):
        clock.forward(hours=1)
        Bearer(embedded, token).call(CHANGES, {"after": ""})
    clock.forward(hours=1, seconds=1)
    with pytest.raises(SignedOut, match="has ended"):
        Bearer(embedded, token).call(CHANGES, {"after": ""})


def _deactivate(admin: EmbeddedDesk, _: str) -> None:
    dana = person(admin, "dana")
    (alice,) = (u for u in (dana.users.view(1),))
    dana.users.deactivate(alice.id, Leaving(version=alice.version))


def _reset(admin: EmbeddedDesk, _: str) -> None:
    person(admin, "dana").users.reset_password(1)


def _change_password(admin: EmbeddedDesk, _: str) -> None:
    change = PasswordChange(old_password=PASSWORD, new_password="some words together")
    person(admin, "alice").sessions.change_password(change)


def _sign_out(admin: EmbeddedDesk, token: str) -> None:
    admin.executor.execute(operations_of(Sessions)["sign_out"], {}, token=token)


def _close_window(admin: EmbeddedDesk, token: str) -> None:
    admin.executor.end_session(token)


@pytest.mark.parametrize(
    "revoke", [_deactivate, _reset, _change_password, _sign_out, _close_window]
)
def test_what_ends_a_session_is_in_force_at_once_in_every_process(
    embedded: EmbeddedDesk, other: EmbeddedDesk, revoke: Callable[[EmbeddedDesk, str], None]
):
    token, bystander = enter(embedded, "alice"), enter(embedded, "bob")
    assert is_signed_in(embedded, token)
    revoke(other, token)
    assert not is_signed_in(embedded, token)
    assert is_signed_in(embedded, bystander)


def test_an_account_that_is_let_in_again_has_no_old_session(
    embedded: EmbeddedDesk, other: EmbeddedDesk
):
    token, dana = enter(embedded, "alice"), person(other, "dana")
    left = dana.users.deactivate(1, Leaving(version=dana.users.view(1).version))
    for _ in range(2):
        with pytest.raises(SignedOut, match="deactivated; ask an admin"):
            current(embedded, token)
    back = dana.users.reactivate(1, left.version)
    with pytest.raises(SignedOut, match="has ended"):
        current(embedded, token)
    token = enter(embedded, "alice")
    dana.users.reactivate(1, back.version)
    assert is_signed_in(embedded, token)


def test_a_role_is_that_of_this_moment_in_every_process(
    embedded: EmbeddedDesk, other: EmbeddedDesk
):
    token, dana = enter(embedded, "bob"), person(other, "dana")
    assert "work_ticket" in current(embedded, token).permissions
    bob = dana.users.view(3)
    dana.users.change(3, UserChange(role=Role.USER, version=bob.version))
    view = current(embedded, token)
    assert (view.user.role, "work_ticket" in view.permissions) == (Role.USER, False)


def test_an_account_marked_inactive_behind_the_programs_back_is_refused(embedded: EmbeddedDesk):
    token = enter(embedded, "alice")
    with embedded.database.writing() as session:
        session.execute(text('UPDATE "user" SET active = false WHERE id = 1'))
    with pytest.raises(SignedOut, match="deactivated"):
        current(embedded, token)


# --- noting the use ---------------------------------------------------------------------------


def used_at(desk: EmbeddedDesk) -> object:
    (moment,) = sessions(desk, "used_at")
    return moment


def test_a_use_is_noted_once_a_minute(embedded: EmbeddedDesk, clock: SettableClock):
    token = enter(embedded, "alice")
    begun = used_at(embedded)
    clock.forward(seconds=59)
    current(embedded, token)
    assert used_at(embedded) == begun
    clock.forward(seconds=1)
    current(embedded, token)
    noted = used_at(embedded)
    assert isinstance(noted, int)
    assert isinstance(begun, int)
    assert noted - begun == 60_000_000
    clock.forward(seconds=30)
    current(embedded, token)
    assert used_at(embedded) == noted


def test_a_clock_set_back_a_little_is_followed(embedded: EmbeddedDesk, clock: SettableClock):
    token = enter(embedded, "alice")
    begun = used_at(embedded)
    clock.forward(hours=-1)
    current(embedded, token)
    assert used_at(embedded) != begun


def test_reading_goes_on_while_somebody_else_writes(embedded: EmbeddedDesk, clock: SettableClock):
    with opened_again(embedded, clock, busy_timeout_seconds=0.05) as desk:
        token = enter(desk, "alice")
        begun = used_at(desk)
        clock.forward(hours=1)
        with embedded.database.writing():
            assert current(desk, token).user.username == "alice"
            with pytest.raises(Busy):
                desk.executor.execute(
                    operations_of(Tickets)["open"], {"new": NewTicket(subject="x")}, token=token
                )
        assert used_at(desk) == begun
        clock.forward(minutes=1)
        current(desk, token)
        assert used_at(desk) != begun


def test_an_ended_session_is_refused_while_somebody_else_writes(
    embedded: EmbeddedDesk, clock: SettableClock
):
    with opened_again(embedded, clock, busy_timeout_seconds=0.05) as desk:
        token = enter(desk, "alice")
        clock.forward(hours=13)
        with embedded.database.writing():
            assert not is_signed_in(desk, token)
        assert not is_signed_in(desk, token)


def test_a_use_that_cannot_be_noted_at_once_is_not_waited_for(
    embedded: EmbeddedDesk, clock: SettableClock
):
    with opened_again(embedded, clock, busy_timeout_seconds=60) as desk:
        token = enter(desk, "alice")
        begun = used_at(desk)
        clock.forward(minutes=2)
        with embedded.database.writing():
            assert is_signed_in(desk, token)
        assert used_at(desk) == begun


# --- where nothing can be written -------------------------------------------------------------


@pytest.fixture
def read_only(embedded: EmbeddedDesk, clock: SettableClock) -> Iterator[EmbeddedDesk]:
    with opened_again(embedded, clock, read_only=True) as desk:
        yield desk


def test_a_session_of_a_desk_that_can_only_be_read_lives_in_memory(
    embedded: EmbeddedDesk, read_only: EmbeddedDesk, clock: SettableClock
):
    before = dump(embedded.database)
    token = enter(read_only, "alice")
    for _ in range(71):
        clock.forward(hours=10)
        assert current(read_only, token).user.username == "alice"
    assert not is_signed_in(embedded, token)
    clock.forward(hours=10)
    assert not is_signed_in(read_only, token)
    idle = enter(read_only, "alice")
    clock.forward(hours=13)
    assert not is_signed_in(read_only, idle)
    clock.forward(hours=-13)
    assert not is_signed_in(read_only, idle)
    left = enter(read_only, "alice")
    _sign_out(read_only, left)
    assert not is_signed_in(read_only, left)
    assert dump(embedded.database) == before


def test_who_is_deactivated_elsewhere_reads_no_longer(
    embedded: EmbeddedDesk, read_only: EmbeddedDesk
):
    token = enter(read_only, "alice")
    _deactivate(embedded, token)
    with pytest.raises(SignedOut, match="deactivated"):
        current(read_only, token)
    dana = person(embedded, "dana")
    dana.users.reactivate(1, dana.users.view(1).version)
    assert not is_signed_in(read_only, token)


# --- clearing up ------------------------------------------------------------------------------


def test_what_has_ended_is_forgotten_in_time(embedded: EmbeddedDesk, clock: SettableClock):
    old = enter(embedded, "alice")
    clock.forward(hours=20)
    idle, fresh = enter(embedded, "alice"), enter(embedded, "bob")
    clock.forward(days=29)

    def forget(*, unused: int = 90, begun: int = 90) -> set[object]:
        now = clock()
        with embedded.database.writing() as session:
            SessionRepository(session).forget_before(
                now,
                unused_since=now - timedelta(days=unused),
                begun_since=now - timedelta(days=begun),
            )
        return sessions(embedded)

    assert forget() == {hash_of(old), hash_of(idle), hash_of(fresh)}
    clock.forward(hours=5)
    assert forget() == {hash_of(idle), hash_of(fresh)}
    assert forget(begun=30) == {hash_of(idle), hash_of(fresh)}
    late = enter(embedded, "bob")
    assert forget(begun=29) == {hash_of(late)}
    clock.forward(days=1, seconds=1)
    assert forget(unused=2) == {hash_of(late)}
    assert forget(unused=1) == set()


def test_the_feed_is_begun_anew_on_demand(embedded: EmbeddedDesk):
    bob = person(embedded, "bob")
    cursor = bob.tickets.changes("").cursor
    with embedded.database.writing() as session:
        DeskChangeRepository(session, SYSTEM).begin_anew()
    changes = bob.tickets.changes(cursor)
    assert changes.everything
    assert changes.cursor != cursor
    assert not bob.tickets.changes(changes.cursor).everything


def test_a_refusal_is_a_known_error(embedded: EmbeddedDesk):
    with pytest.raises(DeskError) as caught:
        current(embedded, "hdk_unknown")
    assert (type(caught.value), str(caught.value)) == (
        SignedOut,
        "This API key is not known; ask an admin for one.",
    )
