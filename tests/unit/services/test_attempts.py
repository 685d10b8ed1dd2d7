# SPDX-License-Identifier: GPL-3.0-or-later
"""Guessing at passwords: slowed and ended, and no way to keep the owner of an account out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import (
    DeskError,
    Invalid,
    NewPasswordDue,
    TooManyAttempts,
    WrongPassword,
)
from helpdesk.core.operation import operations_of
from helpdesk.core.schemas.users import NewSession, PasswordChange
from helpdesk.jobs.housekeeping import forget_sign_in_failures
from helpdesk.repositories.facts import SOURCE_SALT, FactRepository
from helpdesk.services.sessions import Sessions
from tests.conftest import PASSWORD, SettableClock
from tests.contract.desks import dump, opened_again
from tests.matrix import LOCAL

pytestmark = pytest.mark.desk_kinds(*LOCAL)

OPERATIONS = operations_of(Sessions)
HOME, HOTEL, MALLORY = "192.0.2.1", "192.0.2.77", "198.51.100.7"
FREE_ATTEMPTS, LONGEST_DELAY, CEILING = 4, 900, 100
NEW = "some words together"


@pytest.fixture
def reopened(embedded: EmbeddedDesk, clock: SettableClock) -> Iterator[EmbeddedDesk]:
    """Return the same desk as another process has it."""
    with opened_again(embedded, clock) as desk:
        yield desk


def enter(
    desk: EmbeddedDesk, source: str, username: str = "alice", password: str = PASSWORD
) -> str:
    """Sign in from somewhere and return the token."""
    wanted = NewSession(username=username, password=password)
    view = desk.executor.execute(OPERATIONS["sign_in"], {"new": wanted}, source=source)
    token: str = view.token
    return token


def tried(
    desk: EmbeddedDesk, source: str, username: str = "alice", password: str = "a guess"
) -> DeskError:
    """Fail to sign in from somewhere and return why."""
    with pytest.raises(DeskError) as caught:
        enter(desk, source, username, password)
    return caught.value


def is_looked_at(desk: EmbeddedDesk, source: str, username: str = "alice") -> bool:
    """Guess once, and tell whether the guess was looked at."""
    error = tried(desk, source, username)
    assert isinstance(error, (WrongPassword, TooManyAttempts))
    return isinstance(error, WrongPassword)


def strangers() -> Iterator[str]:
    """Yield addresses that nobody has come from before."""
    for number in range(1_000_000):
        yield f"203.0.{number // 256}.{number % 256}"


def reach_the_ceiling(desk: EmbeddedDesk, clock: SettableClock, username: str = "alice") -> int:
    """Guess from ever new addresses, as often as that is looked at; return how often it was."""
    looked_at = 0
    for source in strangers():
        error = tried(desk, source, username)
        if isinstance(error, WrongPassword):
            looked_at += 1
        elif error.retry_after is None:
            return looked_at
        else:
            clock.forward(seconds=error.retry_after)
    raise AssertionError


def guess_each_minute(desk: EmbeddedDesk, clock: SettableClock, minutes: int) -> int:
    """Guess from one address, and return how often it was looked at."""
    looked_at = 0
    for _ in range(minutes):
        looked_at += is_looked_at(desk, MALLORY)
        clock.forward(minutes=1)
    return looked_at


# --- the owner gets in --------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [5, 61, 600])
def test_a_stranger_keeps_nobody_out_where_they_have_been(
    embedded: EmbeddedDesk, clock: SettableClock, minutes: int
):
    enter(embedded, HOME)
    guess_each_minute(embedded, clock, minutes)
    enter(embedded, HOME)


@pytest.mark.parametrize("seed", range(3))
def test_a_stranger_keeps_nobody_out_elsewhere_for_longer_than_a_quarter_of_an_hour(
    embedded: EmbeddedDesk, clock: SettableClock, seed: int
):
    minutes = random.Random(seed).randrange(900)  # noqa: S311 -- repeatable
    looked_at = guess_each_minute(embedded, clock, minutes)
    for _ in range(15):
        # The stranger is always a little quicker.
        looked_at += is_looked_at(embedded, MALLORY)
        try:
            enter(embedded, HOTEL)
        except TooManyAttempts:
            clock.forward(minutes=1)
        else:
            break
    else:
        pytest.fail("kept out")
    assert looked_at < CEILING


def test_whoever_waits_as_long_as_is_said_gets_in(embedded: EmbeddedDesk, clock: SettableClock):
    guess_each_minute(embedded, clock, 300)
    error = tried(embedded, HOTEL, password=PASSWORD)
    assert error.retry_after is not None
    assert error.retry_after <= LONGEST_DELAY // 3
    clock.forward(seconds=error.retry_after)
    enter(embedded, HOTEL)


def test_where_somebody_has_been_they_wait_for_their_own_guesses(
    embedded: EmbeddedDesk, clock: SettableClock
):
    enter(embedded, HOME)
    waits = []
    for _ in range(2 * CEILING):
        error = tried(embedded, HOME)
        if isinstance(error, TooManyAttempts):
            waits.append(error.retry_after)
            clock.forward(seconds=error.retry_after or 0)
    assert waits[:9] == [2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert set(waits[9:]) == {LONGEST_DELAY}
    # None of this was a stranger's.
    enter(embedded, HOTEL)
    clock.forward(seconds=LONGEST_DELAY)
    enter(embedded, HOME)


def test_after_a_month_elsewhere_a_place_is_a_strange_one(
    embedded: EmbeddedDesk, clock: SettableClock
):
    enter(embedded, HOME)
    clock.forward(days=29)
    enter(embedded, HOTEL)
    clock.forward(days=1, seconds=1)
    reach_the_ceiling(embedded, clock)
    assert isinstance(tried(embedded, HOME, password=PASSWORD), TooManyAttempts)
    enter(embedded, HOTEL)
    enter(embedded, HOME)


def test_a_place_is_known_for_one_person_alone(embedded: EmbeddedDesk, clock: SettableClock):
    enter(embedded, HOME, "erin")
    reach_the_ceiling(embedded, clock)
    assert isinstance(tried(embedded, HOME, password=PASSWORD), TooManyAttempts)
    enter(embedded, HOTEL, "erin")


# --- guesses end --------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_strangers_have_a_hundred_guesses_and_no_more(
    embedded: EmbeddedDesk, reopened: EmbeddedDesk, clock: SettableClock, username: str
):
    assert reach_the_ceiling(embedded, clock, username) == CEILING
    for days in (0, 1, 31, 400):
        clock.forward(days=days)
        forget_sign_in_failures(embedded, clock())
        error = tried(reopened, HOTEL, username, PASSWORD)
        assert (type(error), error.retry_after) == (TooManyAttempts, None)
        assert "sign in from where you did before, or ask an admin" in str(error)


def test_strangers_share_a_delay_that_grows(embedded: EmbeddedDesk, clock: SettableClock):
    waits = []
    for source in strangers():
        error = tried(embedded, source)
        if isinstance(error, TooManyAttempts):
            waits.append(error.retry_after)
            clock.forward(seconds=error.retry_after or 0)
        if len(waits) == 12:
            break
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]


def test_a_guess_a_day_reaches_the_ceiling_too(embedded: EmbeddedDesk, clock: SettableClock):
    looked_at = 0
    for _, source in zip(range(130), strangers(), strict=False):
        looked_at += is_looked_at(embedded, source)
        clock.forward(days=1)
    assert looked_at == CEILING


def test_a_month_without_a_guess_below_the_ceiling_forgets_them(
    embedded: EmbeddedDesk, clock: SettableClock
):
    for _, source in zip(range(FREE_ATTEMPTS), strangers(), strict=False):
        assert is_looked_at(embedded, source)
    clock.forward(days=29)
    assert is_looked_at(embedded, HOTEL)
    assert not is_looked_at(embedded, MALLORY)
    clock.forward(days=31)
    for _, source in zip(range(FREE_ATTEMPTS), strangers(), strict=False):
        assert is_looked_at(embedded, source)


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_guesses_at_the_same_time_from_many_places_do_not_pass_together(
    embedded: EmbeddedDesk, reopened: EmbeddedDesk, username: str
):
    together = Barrier(12)

    def guess(number: int) -> bool:
        together.wait(timeout=60)
        return is_looked_at((embedded, reopened)[number % 2], f"203.0.113.{number}", username)

    with ThreadPoolExecutor(12) as threads:
        assert sum(threads.map(guess, range(12))) == FREE_ATTEMPTS


# --- beginning anew -----------------------------------------------------------------------------


def test_a_sign_in_where_somebody_has_been_lets_strangers_try_again(
    embedded: EmbeddedDesk, clock: SettableClock
):
    enter(embedded, HOME)
    reach_the_ceiling(embedded, clock)
    assert isinstance(tried(embedded, HOTEL, password=PASSWORD), TooManyAttempts)
    enter(embedded, HOME)
    enter(embedded, HOTEL)


def test_a_sign_in_elsewhere_does_not_spare_a_stranger_the_wait(
    embedded: EmbeddedDesk, clock: SettableClock
):
    enter(embedded, HOME)
    guess_each_minute(embedded, clock, 120)
    while is_looked_at(embedded, MALLORY):
        pass
    enter(embedded, HOME)
    assert not is_looked_at(embedded, MALLORY)


def test_an_admins_reset_lets_the_owner_in_and_forgets_every_place(
    embedded: EmbeddedDesk, clock: SettableClock
):
    enter(embedded, HOME)
    reach_the_ceiling(embedded, clock)
    users = embedded.as_system().users
    one_time = users.reset_password(users.named("alice").id).password
    assert isinstance(tried(embedded, HOTEL, password=one_time), NewPasswordDue)
    reach_the_ceiling(embedded, clock)
    # Whoever has known the old password may have been there, too.
    assert isinstance(tried(embedded, HOME, password=one_time), TooManyAttempts)


def change(desk: EmbeddedDesk, source: str, token: str, old: str, new: str = NEW) -> None:
    wanted = PasswordChange(old_password=old, new_password=new)
    desk.executor.execute(
        OPERATIONS["change_password"], {"change": wanted}, token=token, source=source
    )


def test_a_new_password_lets_only_the_place_that_it_comes_from_be_known(
    embedded: EmbeddedDesk, clock: SettableClock
):
    token, _ = enter(embedded, HOME), enter(embedded, HOTEL)
    reach_the_ceiling(embedded, clock)
    change(embedded, HOME, token, PASSWORD)
    reach_the_ceiling(embedded, clock)
    assert isinstance(tried(embedded, HOTEL, password=NEW), TooManyAttempts)
    enter(embedded, HOME, password=NEW)


# --- in a session -------------------------------------------------------------------------------


def test_guesses_at_the_door_keep_nobody_from_changing_their_password(
    embedded: EmbeddedDesk, clock: SettableClock
):
    token = enter(embedded, HOME)
    reach_the_ceiling(embedded, clock)
    change(embedded, HOTEL, token, PASSWORD)


def test_a_stolen_session_has_no_more_guesses_from_many_places(embedded: EmbeddedDesk):
    token = enter(embedded, HOME)
    for number in range(FREE_ATTEMPTS):
        with pytest.raises(Invalid, match="old password is wrong"):
            change(embedded, f"203.0.113.{number}", token, "a guess")
    for number in range(10):
        with pytest.raises(TooManyAttempts):
            change(embedded, f"203.0.113.{number}", token, PASSWORD)
    # Which concerns nobody who comes with the right one.
    enter(embedded, HOTEL)


# --- what is kept -------------------------------------------------------------------------------


def test_nobody_reads_from_the_counts_who_signs_in_from_where(embedded: EmbeddedDesk):
    enter(embedded, HOME)
    tried(embedded, MALLORY)
    # Admins are to know it, and read it in the audit log.
    kept = repr(dump(embedded.database, without=("audit_entry",)))
    assert HOME not in kept
    assert MALLORY not in kept


def test_each_desk_hashes_with_a_salt_of_its_own(embedded: EmbeddedDesk):
    enter(embedded, HOME)
    (first,) = hashes(embedded)
    with embedded.database.writing() as session:
        assert len(FactRepository(session).get(SOURCE_SALT) or "") == 32
        FactRepository(session).set(SOURCE_SALT, "another")
    enter(embedded, HOME)
    (second,) = hashes(embedded) - {first}
    assert len(first) == len(second) == 64


def hashes(desk: EmbeddedDesk) -> set[str]:
    return {str(row[1]) for row in dump(desk.database)["sign_in_source"]}
