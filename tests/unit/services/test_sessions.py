# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in: one answer for every failure, waits that grow and end, sessions that end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import (
    DeskError,
    Invalid,
    NewPasswordDue,
    NotFound,
    ReadOnly,
    SignedOut,
    TooLarge,
    TooManyAttempts,
    Unreachable,
    WrongPassword,
)
from helpdesk.core.schemas.accounts import Unlock
from helpdesk.core.schemas.security import SecurityChange
from helpdesk.core.schemas.users import Leaving, NewSession, PasswordChange, UserQuery
from helpdesk.jobs import housekeeping
from helpdesk.models import AuditEntry, SignInSession, User
from helpdesk.models.sign_in_failure import name_digest
from helpdesk.services.failure_log import KEPT_AN_HOUR
from helpdesk.services.passwords import hash_password
from tests.conftest import PASSWORD, SettableClock, SignIn
from tests.contract.desks import dump, id_of, opened_again
from tests.matrix import cannot_be_sent

FREE_ATTEMPTS, LONGEST_DELAY = 4, 900


def enter(desk: EmbeddedDesk, username: str, password: str, new: str | None = None) -> HelpDesk:
    facade = desk.facade()
    facade.sessions.sign_in(NewSession(username=username, password=password, new_password=new))
    return facade


def failure_of(desk: EmbeddedDesk, username: str, password: str = "wrong") -> DeskError:
    with pytest.raises(DeskError) as caught:
        enter(desk, username, password)
    return caught.value


def seconds_of(error: DeskError) -> int:
    return int("".join(letter for letter in str(error) if letter.isdigit()))


@pytest.fixture
def reopened(embedded: EmbeddedDesk, clock: SettableClock) -> Iterator[EmbeddedDesk]:
    """Return the same desk as another start of the program sees it."""
    with opened_again(embedded, clock) as desk:
        yield desk


# --- one answer -------------------------------------------------------------------------------


@pytest.fixture
def kinds(embedded: EmbeddedDesk) -> dict[str, str]:
    """Return a name of each kind that cannot be signed in to with the word 'wrong'."""
    with embedded.database.writing() as session:
        users = {user.username: user for user in session.scalars(select(User))}
        users["erin"].active = False
        users["frank"].password_hash = None
        users["charlie"].password_one_time = True
    return {
        "known": "alice", "unknown": "nobody", "inactive": "erin", "without a password": "frank",
        "with a one-time password": "charlie", "empty": "", "of signs": "' OR 1=1 --",
        "with NUL": "a\x00b",
        "with a lone surrogate": "a\ud800", "of 200 letters": "x" * 200,
        "with a line break": "alice\nbob",
    }  # fmt: skip


def test_every_failure_is_answered_alike(embedded: EmbeddedDesk, kinds: dict[str, str]):
    answers = set()
    for username in kinds.values():
        for _ in range(FREE_ATTEMPTS):
            error = failure_of(embedded, username)
            answers.add((type(error), str(error), error.field))
        error = failure_of(embedded, username)
        answers.add((type(error), str(error), error.field))
    assert answers == {
        (WrongPassword, "The user name or the password is wrong.", None),
        (TooManyAttempts, "Too many wrong passwords; try again in 2 seconds.", None),
    }


def test_the_right_password_of_an_inactive_account_is_answered_like_a_wrong_one(
    embedded: EmbeddedDesk, kinds: dict[str, str]
):
    assert type(failure_of(embedded, "erin", PASSWORD)) is WrongPassword


@pytest.mark.parametrize(
    "password", ["", " ", "\x00", "\ud800", "x" * 10_000_000, "😀" * 1000, PASSWORD + " "]
)
def test_any_text_may_be_tried_as_a_password(embedded: EmbeddedDesk, password: str, desk_kind: str):
    lost = cannot_be_sent(desk_kind, password)
    assert isinstance(
        failure_of(embedded, "alice", password), (Invalid, TooLarge) if lost else WrongPassword
    )
    assert bool(dump(embedded.database)["sign_in_failure"]) != lost


@pytest.mark.parametrize("username", ["ALICE", " alice ", "ａｌｉｃｅ", "alice\n"])
def test_a_user_name_is_the_same_in_any_case_and_width(embedded: EmbeddedDesk, username: str):
    assert enter(embedded, username, PASSWORD).sessions.current().user.username == "alice"


# --- waiting ----------------------------------------------------------------------------------


def wait_after_each_failure(
    desk: EmbeddedDesk, clock: SettableClock, username: str, failures: int
) -> list[int]:
    """Fail that often, each time as soon as it is allowed, and return the waits in between."""
    waits = []
    for _ in range(failures):
        error = failure_of(desk, username)
        waited = 0
        while isinstance(error, TooManyAttempts):
            waited += seconds_of(error)
            clock.forward(seconds=seconds_of(error))
            error = failure_of(desk, username)
        assert type(error) is WrongPassword
        waits.append(waited)
    return waits


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_the_wait_grows_with_each_failure_up_to_a_limit(
    embedded: EmbeddedDesk, clock: SettableClock, username: str
):
    waits = wait_after_each_failure(embedded, clock, username, 16)
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_even_the_right_password_waits_and_then_works(embedded: EmbeddedDesk, clock: SettableClock):
    wait_after_each_failure(embedded, clock, "alice", 12)
    error = failure_of(embedded, "alice", PASSWORD)
    assert type(error) is TooManyAttempts
    assert seconds_of(error) <= LONGEST_DELAY
    clock.forward(seconds=seconds_of(error) - 1)
    assert type(failure_of(embedded, "ALICE", PASSWORD)) is TooManyAttempts
    clock.forward(seconds=1)
    enter(embedded, "alice", PASSWORD)
    assert type(failure_of(embedded, "alice")) is WrongPassword


def test_the_wait_survives_another_start_of_the_program(
    embedded: EmbeddedDesk, reopened: EmbeddedDesk, clock: SettableClock
):
    wait_after_each_failure(embedded, clock, "alice", 8)
    assert type(failure_of(reopened, "alice", PASSWORD)) is TooManyAttempts


def test_others_do_not_wait(embedded: EmbeddedDesk, clock: SettableClock):
    wait_after_each_failure(embedded, clock, "alice", 8)
    enter(embedded, "bob", PASSWORD)


@pytest.mark.parametrize(
    "jump",
    [timedelta(hours=-1), timedelta(days=-3650), timedelta(days=3650), timedelta(seconds=-1)],
)
def test_a_clock_that_jumps_locks_nobody_out_for_longer_than_the_longest_wait(
    embedded: EmbeddedDesk, clock: SettableClock, jump: timedelta
):
    wait_after_each_failure(embedded, clock, "alice", 14)
    clock.now += jump
    waited = 0
    try:
        enter(embedded, "alice", PASSWORD)
    except TooManyAttempts as error:
        waited = seconds_of(error)
        clock.forward(seconds=waited)
        enter(embedded, "alice", PASSWORD)
    assert waited <= LONGEST_DELAY


def test_setting_the_clock_back_does_not_spare_the_wait(
    embedded: EmbeddedDesk, clock: SettableClock
):
    wait_after_each_failure(embedded, clock, "alice", 14)
    clock.forward(hours=-5)
    assert seconds_of(failure_of(embedded, "alice", PASSWORD)) == LONGEST_DELAY


def test_a_month_without_a_try_forgets_the_failures(embedded: EmbeddedDesk, clock: SettableClock):
    wait_after_each_failure(embedded, clock, "alice", 10)
    clock.forward(days=29)
    assert wait_after_each_failure(embedded, clock, "alice", 2) == [0, 256]
    clock.forward(days=31)
    assert wait_after_each_failure(embedded, clock, "alice", 4) == [0, 0, 0, 0]


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_tries_at_the_same_time_do_not_pass_together(
    embedded: EmbeddedDesk, reopened: EmbeddedDesk, username: str
):
    together = Barrier(12)

    def tried(number: int) -> type[DeskError]:
        together.wait(timeout=60)
        return type(failure_of((embedded, reopened)[number % 2], username))

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(tried, range(12)))
    assert answers.count(WrongPassword) == FREE_ATTEMPTS
    assert answers.count(TooManyAttempts) == 12 - FREE_ATTEMPTS


def test_the_seconds_to_wait_are_told_to_programs_too(embedded: EmbeddedDesk, clock: SettableClock):
    for _ in range(FREE_ATTEMPTS):
        assert failure_of(embedded, "alice").retry_after is None
    for seconds in (2, 2, 1):
        error = failure_of(embedded, "alice")
        assert (type(error), error.retry_after) == (TooManyAttempts, seconds)
        clock.forward(seconds=0.6)


def test_the_wait_outlives_the_program(embedded: EmbeddedDesk, reopened: EmbeddedDesk):
    for _ in range(FREE_ATTEMPTS):
        failure_of(embedded, "alice")
    embedded.close()
    assert type(failure_of(reopened, "alice", PASSWORD)) is TooManyAttempts


def test_a_try_is_counted_before_the_password_is_looked_at(
    embedded: EmbeddedDesk, monkeypatch: pytest.MonkeyPatch
):
    counted: list[list[tuple[object, ...]]] = []

    def looked_at(*_arguments: object) -> bool:
        counted.append(dump(embedded.database)["sign_in_failure"])
        return True

    monkeypatch.setattr("helpdesk.services.sessions.is_right", looked_at)
    enter(embedded, "alice", "whatever")
    ((here, everywhere),) = counted
    assert {(name, count) for name, _, count, _ in (here, everywhere)} == {
        (name_digest("alice"), 1)
    }
    assert here[1] != everywhere[1]
    assert dump(embedded.database)["sign_in_failure"] == []


# --- one-time passwords -----------------------------------------------------------------------


@pytest.fixture
def one_time(embedded: EmbeddedDesk, sign_in: SignIn) -> str:
    dana = sign_in("dana")
    (alice,) = dana.users.search(UserQuery(text="alice")).items
    return dana.users.reset_password(alice.id).password


def test_a_one_time_password_begins_no_session_by_itself(embedded: EmbeddedDesk, one_time: str):
    before = dump(embedded.database)
    error = failure_of(embedded, "alice", one_time)
    assert type(error) is NewPasswordDue
    assert dump(embedded.database) == before


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("short", "at least 15"),
        ("", "at least 15"),
        ("x" * 2000, "between 1 and 1024"),
        ("letmeinletmein1234", "too easy to guess"),
        ("with \ud800 inside it", "between 1 and 1024"),
        (None, "other than the one-time"),
    ],
)
def test_its_replacement_must_be_good(
    embedded: EmbeddedDesk, one_time: str, new: str | None, sentence: str, desk_kind: str
):
    before = dump(embedded.database)
    lost = cannot_be_sent(desk_kind, new or "")
    with pytest.raises(Invalid, match="cannot be sent" if lost else sentence) as caught:
        enter(embedded, "alice", one_time, one_time if new is None else new)
    assert caught.value.field == (None if lost else "new_password")
    assert dump(embedded.database) == before


def test_once_replaced_it_is_worth_nothing(embedded: EmbeddedDesk, one_time: str):
    enter(embedded, "alice", one_time, "some words together").sessions.current()
    for new in (None, "other words together"):
        with pytest.raises(WrongPassword):
            enter(embedded, "alice", one_time, new)
    enter(embedded, "alice", "some words together")


def test_a_new_password_without_need_changes_nothing(embedded: EmbeddedDesk):
    enter(embedded, "alice", PASSWORD, "some words together")
    enter(embedded, "alice", PASSWORD)


# --- sessions ---------------------------------------------------------------------------------


def test_a_session_tells_who_it_is_and_what_they_may(sign_in: SignIn, clock: SettableClock):
    view = sign_in("bob").sessions.current()
    assert (view.user.username, view.user.last_sign_in_at) == ("bob", clock.now)
    assert {"work_ticket", "own_account"} <= view.permissions
    assert "manage_users" not in view.permissions
    assert len(view.token) >= 43


def test_signing_out_ends_this_session_alone(sign_in: SignIn):
    first, second = sign_in("alice"), sign_in("alice")
    first.sessions.sign_out()
    with pytest.raises(SignedOut, match="Sign in first"):
        first.sessions.current()
    first.sessions.sign_out()
    second.sessions.current()
    second.close()
    # Over HTTP a closed window has no connection any more, either.
    with pytest.raises((SignedOut, Unreachable)):
        second.sessions.current()


@pytest.mark.parametrize("jump", [timedelta(hours=12, seconds=1), timedelta(days=-1)])
def test_a_session_ends_when_it_is_not_used(sign_in: SignIn, clock: SettableClock, jump: timedelta):
    alice = sign_in("alice")
    clock.now += jump
    with pytest.raises(SignedOut, match="has ended"):
        alice.sessions.current()
    clock.now -= jump
    with pytest.raises(SignedOut):
        alice.sessions.current()


def test_a_session_in_use_goes_on_for_days(sign_in: SignIn, clock: SettableClock):
    alice = sign_in("alice")
    for _ in range(10):
        clock.forward(hours=11)
        alice.sessions.current()
    clock.forward(hours=-1)
    alice.sessions.current()


def test_a_clock_far_ahead_for_a_moment_makes_no_eternal_session(
    sign_in: SignIn, clock: SettableClock
):
    clock.forward(days=3650)
    alice = sign_in("alice")
    clock.forward(days=-3650)
    with pytest.raises(SignedOut):
        alice.sessions.current()


# --- changing one's password ------------------------------------------------------------------


def change(facade: HelpDesk, old: str, new: str) -> None:
    facade.sessions.change_password(PasswordChange(old_password=old, new_password=new))


def test_a_new_password_ends_every_other_session(embedded: EmbeddedDesk, sign_in: SignIn):
    here, there, bob = sign_in("alice"), sign_in("alice"), sign_in("bob")
    change(here, PASSWORD, "😀 and 😎" * 8)
    here.sessions.current()
    bob.sessions.current()
    with pytest.raises(SignedOut):
        there.sessions.current()
    with pytest.raises(WrongPassword):
        enter(embedded, "alice", PASSWORD)
    with pytest.raises(WrongPassword):
        enter(embedded, "alice", "😀 and 😎" * 7)
    enter(embedded, "alice", "😀 and 😎" * 8)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong", "some words together", "old_password"),
        ("", "some words together", "old_password"),
        ("x" * 10_000_000, "some words together", "old_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "x" * 1025, "new_password"),
        (PASSWORD, "lone \ud800 surrogate", "new_password"),
    ],
)
def test_a_refused_new_password_changes_nothing(
    embedded: EmbeddedDesk, sign_in: SignIn, old: str, new: str, field: str, desk_kind: str
):
    alice, there = sign_in("alice"), sign_in("alice")
    # The failure is counted, and stands in the audit log.
    told = ("sign_in_failure", "audit_entry", "desk_change")
    before = dump(embedded.database, without=told)
    lost = cannot_be_sent(desk_kind, old + new)
    with pytest.raises((Invalid, TooLarge) if lost else Invalid) as caught:
        change(alice, old, new)
    assert caught.value.field == (None if lost else field)
    assert dump(embedded.database, without=told) == before
    there.sessions.current()


def test_an_unattended_window_cannot_be_used_to_guess_the_password(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock
):
    alice = sign_in("alice")
    for _ in range(FREE_ATTEMPTS):
        with pytest.raises(Invalid, match="old password is wrong"):
            change(alice, "guess", "some words together")
    with pytest.raises(TooManyAttempts):
        change(alice, PASSWORD, "some words together")
    clock.forward(seconds=2)
    change(alice, PASSWORD, "some words together")
    enter(embedded, "alice", "some words together")


def test_the_program_itself_has_no_session_and_no_password(embedded: EmbeddedDesk):
    system = embedded.as_system()
    with pytest.raises(NotFound):
        system.sessions.current()
    with pytest.raises(NotFound):
        change(system, "x", "some words together")


def test_a_password_reset_in_between_is_not_overrun(
    embedded: EmbeddedDesk, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    alice, dana = sign_in("alice"), sign_in("dana")
    resets: list[str] = []

    def reset_meanwhile(password: str, cost: int) -> str:
        if not resets:
            resets.append("")
            resets[0] = dana.users.reset_password(id_of(alice)).password
        return hash_password(password, cost)

    monkeypatch.setattr("helpdesk.services.sessions.hash_password", reset_meanwhile)
    with pytest.raises(SignedOut, match="has ended"):
        change(alice, PASSWORD, "some words together")
    assert type(failure_of(embedded, "alice", "some words together")) is WrongPassword
    assert type(failure_of(embedded, "alice", resets[0])) is NewPasswordDue


def test_an_account_ended_in_between_gets_no_new_password(
    embedded: EmbeddedDesk, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    alice, dana = sign_in("alice"), sign_in("dana")
    user = alice.sessions.current().user

    def deactivate_meanwhile(password: str, cost: int) -> str:
        dana.users.deactivate(user.id, Leaving(version=user.version))
        return hash_password(password, cost)

    monkeypatch.setattr("helpdesk.services.sessions.hash_password", deactivate_meanwhile)
    with pytest.raises(SignedOut, match="deactivated"):
        change(alice, PASSWORD, "some words together")
    monkeypatch.undo()
    dana.users.reactivate(user.id, dana.users.view(user.id).version)
    assert type(failure_of(embedded, "alice", "some words together")) is WrongPassword
    sign_in("alice")


# --- the log ----------------------------------------------------------------------------------


def test_failed_sign_ins_are_logged_without_what_was_typed(
    embedded: EmbeddedDesk, caplog: pytest.LogCaptureFixture
):
    for username in ("alice", "my own password\nby mistake"):
        for _ in range(FREE_ATTEMPTS + 1):
            failure_of(embedded, username, "guessed it")
    told = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert set(told) == {
        "wrong password for 1",
        "wrong password for 'my\\u2026'",
        "too many wrong passwords for 'ali\\u2026'",
        "too many wrong passwords for 'my\\u2026'",
    }
    assert "guessed" not in caplog.text


def told(desk: EmbeddedDesk) -> list[tuple[str, int | None, str, str]]:
    """Return what the audit log says: action, actor, whom it is about, and what changed."""
    with desk.database.reading() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.action.value, row.actor_id, row.about_name, row.changes) for row in rows]


def test_sign_ins_and_failures_stand_in_the_audit_log(embedded: EmbeddedDesk, sign_in: SignIn):
    before = len(told(embedded))
    failure_of(embedded, "alice")
    failure_of(embedded, "my own password by mistake")
    alice = sign_in("alice")
    with pytest.raises(WrongPassword):
        alice.sessions.unlock(Unlock(password="wrong"))
    alice.sessions.unlock(Unlock(password=PASSWORD))
    change(alice, PASSWORD, "some words together")
    alice.sessions.sign_out()
    alice.sessions.sign_out()
    entries = told(embedded)[before:]
    assert [entry[:3] for entry in entries] == [
        # Whoever failed has not proved to be Alice.
        ("sign_in_failed", None, "Alice Moreau"),
        ("sign_in_failed", None, "'my\\u2026'"),
        ("signed_in", 1, "Alice Moreau"),
        ("sign_in_failed", 1, "Alice Moreau"),
        ("password_changed", 1, "Alice Moreau"),
        ("signed_out", 1, "Alice Moreau"),
    ]


def test_any_number_of_unknown_names_does_not_fill_the_audit_log(
    embedded: EmbeddedDesk, clock: SettableClock
):
    before = len(told(embedded))
    for number in range(KEPT_AN_HOUR + 15):
        failure_of(embedded, f"nobody {number}")
    failure_of(embedded, "alice")
    assert len(told(embedded)) == before + KEPT_AN_HOUR + 1
    assert told(embedded)[-1][2] == "Alice Moreau"
    clock.forward(hours=1)
    failure_of(embedded, "nobody again")
    assert told(embedded)[-1][3] == '[["others that are not listed", "", "15"]]'


def test_a_session_knows_where_it_came_from(embedded: EmbeddedDesk):
    facade = embedded.facade()
    wanted = NewSession(username="bob", password=PASSWORD, device="Linux, desk-17")
    facade.sessions.sign_in(wanted)
    with embedded.database.reading() as session:
        newest = select(SignInSession).order_by(SignInSession.id.desc()).limit(1)
        row = session.scalars(newest).one()
    assert row.device == "Linux, desk-17"
    assert row.source in {"local", "127.0.0.1"}


def test_the_rules_that_an_admin_has_set_are_in_force_at_once(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock
):
    alice = sign_in("alice")
    rules = SecurityChange(
        session_hours=1, session_days=2, free_attempts=1, longest_delay_seconds=30,
        password_min_length=20,
    )  # fmt: skip
    sign_in("dana").security.change(rules)
    with pytest.raises(Invalid, match="at least 20"):
        change(alice, PASSWORD, "some words together")
    assert type(failure_of(embedded, "bob")) is WrongPassword
    assert seconds_of(failure_of(embedded, "bob")) == 2
    clock.forward(hours=1, seconds=1)
    with pytest.raises(SignedOut):
        alice.sessions.current()
    bob = sign_in("bob")
    for _ in range(49):
        clock.forward(minutes=58)
        bob.sessions.current()
    clock.forward(minutes=50)
    with pytest.raises(SignedOut):
        bob.sessions.current()


def test_a_shorter_longest_time_holds_for_sessions_that_have_begun(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock
):
    alice, phone = sign_in("alice"), sign_in("alice")
    clock.forward(hours=2)
    sign_in("dana").security.change(SecurityChange(session_days=0.1))
    later = sign_in("alice")
    before = alice.profiles.sessions().items
    clock.forward(minutes=24)
    assert len(later.profiles.sessions().items) == len(before) - 2
    with pytest.raises(SignedOut):
        alice.sessions.current()
    assert housekeeping.forget_sessions(embedded, clock()) >= 1
    with pytest.raises(SignedOut):
        phone.sessions.current()
    later.sessions.current()


# --- reading only -----------------------------------------------------------------------------


def test_people_sign_in_where_nothing_can_be_written(embedded: EmbeddedDesk, clock: SettableClock):
    before = dump(embedded.database)
    with opened_again(embedded, clock, read_only=True) as desk:
        for _ in range(FREE_ATTEMPTS + 3):
            assert type(failure_of(desk, "alice")) is WrongPassword
        alice = enter(desk, "alice", PASSWORD)
        assert id_of(alice) == 1
    assert dump(embedded.database) == before


def test_a_one_time_password_is_refused_where_its_replacement_cannot_be_kept(
    embedded: EmbeddedDesk, one_time: str, clock: SettableClock
):
    with opened_again(embedded, clock, read_only=True) as desk:
        for new in (None, "some words together"):
            with pytest.raises(ReadOnly, match="sign in where it can be written"):
                enter(desk, "alice", one_time, new)
