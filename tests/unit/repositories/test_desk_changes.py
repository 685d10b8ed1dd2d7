# SPDX-License-Identifier: GPL-3.0-or-later
"""The feed of changes besides tickets: who hears of what, and what a cursor can rely on."""

from __future__ import annotations

import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict
from helpdesk.core.permissions import SYSTEM
from helpdesk.core.schemas.tickets import Changed, Changes, NewTicket
from helpdesk.core.schemas.users import Leaving, NewUser, Role, UserChange
from helpdesk.database.backup import copy_database
from helpdesk.database.renewal import forget_sessions
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.repositories.desk_changes import CATEGORY, DeskChangeRepository, Position
from tests.conftest import SettableClock, SignIn
from tests.matrix import LOCAL_SQLITE

ALICE, BOB, DANA = 1, 3, 6


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


def newest(facade: HelpDesk) -> str:
    return facade.tickets.changes("").cursor


def users_in(changes: Changes) -> tuple[int, ...]:
    assert not changes.everything
    assert {changed.kind for changed in changes.others} <= {"user"}
    return changes.others[0].ids if changes.others else ()


def rename(dana: HelpDesk, user_id: int, name: str) -> None:
    version = dana.users.view(user_id).version
    dana.users.change(user_id, UserChange(full_name=name, version=version))


# --- who hears of what ------------------------------------------------------------------------


def test_admins_hear_of_every_account_and_others_of_their_own(dana: HelpDesk, sign_in: SignIn):
    alice, bob, charlie = (sign_in(name) for name in ("alice", "bob", "charlie"))
    cursors = {facade: newest(facade) for facade in (alice, bob, charlie, dana)}
    rename(dana, ALICE, "Alice M.")
    rename(dana, BOB, "Bob K.")
    rename(dana, ALICE, "Alice Moreau")
    heard = {facade: users_in(facade.tickets.changes(cursors[facade])) for facade in cursors}
    assert heard == {alice: (ALICE,), bob: (BOB,), charlie: (), dana: (ALICE, BOB)}
    for facade in cursors:
        assert users_in(facade.tickets.changes(newest(facade))) == ()


def test_every_change_of_an_account_is_told(dana: HelpDesk):
    cursor = newest(dana)
    seen: list[tuple[int, ...]] = []

    def look() -> None:
        nonlocal cursor
        changes = dana.tickets.changes(cursor)
        cursor = changes.cursor
        seen.append(users_in(changes))

    kim = dana.users.add(NewUser(username="kim", full_name="Kim")).user
    look()
    kim = dana.users.change(kim.id, UserChange(role=Role.TECHNICIAN, version=kim.version))
    look()
    kim = dana.users.deactivate(kim.id, Leaving(version=kim.version))
    look()
    dana.users.reactivate(kim.id, kim.version)
    look()
    dana.users.reset_password(kim.id)
    look()
    dana.users.view(kim.id)
    look()
    assert seen == [(kim.id,)] * 5 + [()]


def test_what_failed_is_not_told(dana: HelpDesk):
    cursor = newest(dana)
    with pytest.raises(Conflict):
        dana.users.change(ALICE, UserChange(full_name="x", version=99))
    assert newest(dana) == cursor


def test_tickets_and_accounts_come_together(dana: HelpDesk, sign_in: SignIn):
    cursor = newest(dana)
    ticket = sign_in("alice").tickets.open(NewTicket(subject="x")).id
    rename(dana, BOB, "Bob K.")
    changes = dana.tickets.changes(cursor)
    assert changes.ticket_ids == (ticket,)
    assert changes.others == (Changed(kind="user", ids=(BOB,)),)


def test_other_kinds_are_told_to_those_they_are_for(
    embedded: EmbeddedDesk, clock: SettableClock, dana: HelpDesk, sign_in: SignIn
):
    alice = sign_in("alice")
    cursors = {facade: newest(facade) for facade in (alice, dana)}
    with embedded.database.writing() as session:
        feed = DeskChangeRepository(session, SYSTEM)
        feed.record(CATEGORY, [2, 2, 9], clock())
        feed.record("api_key", [5], clock())
        feed.record("secret", [7], clock())
        feed.record("nothing", [], clock())
    categories = Changed(kind="category", ids=(2, 9))
    assert alice.tickets.changes(cursors[alice]).others == (categories,)
    keys = Changed(kind="api_key", ids=(5,))
    assert dana.tickets.changes(cursors[dana]).others == (keys, categories)


def test_too_many_changes_are_told_as_everything(
    embedded: EmbeddedDesk, clock: SettableClock, dana: HelpDesk
):
    cursor = newest(dana)
    with embedded.database.writing() as session:
        DeskChangeRepository(session, SYSTEM).record("user", range(1, 502), clock())
    changes = dana.tickets.changes(cursor)
    assert (changes.others, changes.everything) == ((), True)


# --- what a cursor can rely on ----------------------------------------------------------------


@pytest.fixture(autouse=True)
def _no_changes_yet(embedded: EmbeddedDesk) -> None:
    """Leave out what the making of the template did, at the time that it was made."""
    with embedded.database.writing() as session:
        # The newest one stays, as it always does.
        newest = "(SELECT max(id) FROM desk_change)"
        session.execute(text(f"DELETE FROM desk_change WHERE id < {newest}"))  # noqa: S608
        session.execute(text("UPDATE desk_change SET at = 0"))


def forget(embedded: EmbeddedDesk, clock: SettableClock) -> int:
    with embedded.database.writing() as session:
        return DeskChangeRepository(session, SYSTEM).forget_before(clock())


def test_who_was_away_while_changes_were_forgotten_loads_everything(
    embedded: EmbeddedDesk, clock: SettableClock, dana: HelpDesk
):
    rename(dana, ALICE, "A")
    away = newest(dana)
    rename(dana, ALICE, "B")
    rename(dana, ALICE, "C")
    seen_all = newest(dana)
    clock.forward(minutes=1)
    assert forget(embedded, clock) > 0
    assert dana.tickets.changes(away).everything
    assert users_in(dana.tickets.changes(seen_all)) == ()


def test_a_number_is_never_given_twice(
    embedded: EmbeddedDesk, clock: SettableClock, dana: HelpDesk
):
    rename(dana, ALICE, "A")
    cursor = newest(dana)
    clock.forward(minutes=1)
    forget(embedded, clock)
    assert forget(embedded, clock) == 0
    rename(dana, BOB, "B")
    assert users_in(dana.tickets.changes(cursor)) == (BOB,)


def test_what_is_newer_is_not_forgotten(
    embedded: EmbeddedDesk, clock: SettableClock, dana: HelpDesk
):
    rename(dana, BOB, "B")
    clock.forward(hours=2)
    cursor = newest(dana)
    rename(dana, ALICE, "A")
    rename(dana, ALICE, "B")
    with embedded.database.writing() as session:
        hour_ago = clock() - timedelta(hours=1)
        assert DeskChangeRepository(session, SYSTEM).forget_before(hour_ago) == 2
    assert users_in(dana.tickets.changes(cursor)) == (ALICE,)


def test_a_cursor_of_a_feed_without_an_epoch_still_works(embedded: EmbeddedDesk, dana: HelpDesk):
    with embedded.database.writing() as session:
        session.execute(text("DELETE FROM desk_fact WHERE name = 'feed_epoch'"))
    cursor = newest(dana)
    rename(dana, ALICE, "A")
    assert users_in(dana.tickets.changes(cursor)) == (ALICE,)


def test_every_desk_has_an_epoch_of_its_own(embedded: EmbeddedDesk, dana: HelpDesk):
    assert re.fullmatch(r"[0-9a-f]{16}\.\d+\.\d+", newest(dana))


@given(st.text() | st.from_regex(r"[a-z0-9.]*\.[0-9-]*\.[0-9]*", fullmatch=True))
def test_any_text_is_a_cursor_or_none(cursor: str):
    position = Position.of(cursor)
    assert position is None or position.event < 2**63
    assert position is None or position.change < 2**63


# --- a copy that is put back ------------------------------------------------------------------


@pytest.mark.desk_kinds(LOCAL_SQLITE)
def test_a_copy_that_is_put_back_has_no_sessions_and_a_new_feed(
    embedded: EmbeddedDesk, tmp_path: Path, dana: HelpDesk, sign_in: SignIn
):
    assert isinstance(embedded.database, SqliteManager)
    sign_in("alice")
    cursor = newest(dana)
    copy_database(embedded.database, tmp_path / "copy.db")
    copy = SqliteManager(tmp_path / "copy.db")
    connection = copy.connect()
    forget_sessions(connection)
    connection.close()
    with copy.reading() as session:
        assert session.execute(text("SELECT count(*) FROM session")).scalar_one() == 0
        position = DeskChangeRepository(session, SYSTEM).newest().position
    copy.dispose()
    epoch, rest = cursor.split(".", 1)
    assert position.cursor.split(".", 1)[1] == rest
    assert position.epoch != epoch


def test_a_copy_of_an_older_schema_is_left_as_it_is(tmp_path: Path):
    connection = sqlite3.connect(tmp_path / "old.db")
    connection.execute("CREATE TABLE desk_fact (name TEXT PRIMARY KEY, value TEXT)")
    forget_sessions(connection)
    assert connection.execute("SELECT count(*) FROM desk_fact").fetchone() == (0,)
    connection.close()
