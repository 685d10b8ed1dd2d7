# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes at sign-in: asked for, taken once, never guessed, never skipped; A03, A04 and A09."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import keyring
import pyotp
import pytest
from sqlalchemy import select, text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import (
    Conflict,
    DeskError,
    Forbidden,
    Invalid,
    NotFound,
    ReadOnly,
    SignedOut,
    TooManyAttempts,
    WrongPassword,
)
from helpdesk.core.schemas.accounts import (
    CodeEntry,
    CodeProof,
    Confirmation,
    Pending,
    Proof,
    RecoveryCodes,
)
from helpdesk.core.schemas.users import Leaving, NewSession, SignInView
from helpdesk.models import AuditEntry, RecoveryCode, SecondFactor
from helpdesk.repositories.facts import FactRepository
from helpdesk.services import security_setup
from helpdesk.services.totp import STEP
from tests.conftest import PASSWORD, SettableClock, SignIn
from tests.contract.desks import dump, id_of, opened_again
from tests.keyrings import ClearKeyring, MemoryKeyring

FREE_ATTEMPTS = 4
PROOF = Proof(password=PASSWORD)


@pytest.fixture(autouse=True)
def memory() -> Iterator[MemoryKeyring]:
    before, made = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def password_given(desk: EmbeddedDesk, username: str = "alice") -> tuple[HelpDesk, SignInView]:
    facade = desk.facade()
    return facade, facade.sessions.sign_in(NewSession(username=username, password=PASSWORD))


def entered(facade: HelpDesk, token: str | None, code: str) -> SignInView:
    return facade.second_factors.enter(CodeEntry(pending_token=token or "", code=code))


class App:
    """An authenticator app with a secret in it, and the paper with the recovery codes."""

    def __init__(self, secret: str, clock: SettableClock) -> None:
        self._totp, self._clock = pyotp.TOTP(secret), clock
        self.paper: tuple[str, ...] = ()

    def code(self, *, steps: int = 0) -> str:
        return self._totp.at(self._clock() + steps * STEP)

    def next_code(self) -> str:
        """Wait until a code stands there that was not used."""
        self._clock.forward(seconds=STEP.total_seconds())
        return self.code()

    def wrong_code(self) -> str:
        near = {self.code(steps=steps) for steps in range(-2, 3)}
        return next(f"{n:06}" for n in range(10) if f"{n:06}" not in near)


def enrolled(facade: HelpDesk, clock: SettableClock) -> App:
    app = App(facade.second_factors.begin(PROOF).secret, clock)
    app.paper = facade.second_factors.confirm(Confirmation(code=app.code())).codes
    return app


@pytest.fixture
def app(sign_in: SignIn, clock: SettableClock) -> App:
    """Return the app that Alice has set up."""
    return enrolled(sign_in("alice"), clock)


def require_of(desk: EmbeddedDesk, roles: str) -> None:
    with desk.database.writing() as session:
        kept = f'{{"second_factor_roles": [{roles}]}}'
        FactRepository(session).set(security_setup.FACT, kept)


def actions(desk: EmbeddedDesk) -> list[tuple[str, str, str]]:
    """Return what the audit log says since the desk was made."""
    with desk.database.reading() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.action.value, row.actor_name, row.about_name) for row in rows]


# --- one-time passwords -------------------------------------------------------------------------


def test_a_one_time_password_is_replaced_by_the_right_code_alone(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock, app: App
):
    dana, here = sign_in("dana"), embedded.facade()
    one_time = dana.users.reset_password(dana.users.named("alice").id).password
    new, theirs = "words of my own together", "words of a thief together"

    def begun(replacement: str) -> tuple[HelpDesk, SignInView]:
        facade = embedded.facade()
        session = NewSession(username="alice", password=one_time, new_password=replacement)
        return facade, facade.sessions.sign_in(session)

    # Who has only caught the password gets no further, and keeps nobody out.
    thief, caught = begun(theirs)
    with pytest.raises(WrongPassword):
        entered(thief, caught.pending_token, app.wrong_code())
    owner, view = begun(new)
    changed = ("password_changed", "Alice Moreau", "Alice Moreau")
    before = actions(embedded).count(changed)
    app.next_code()
    entered(owner, view.pending_token, app.code())
    assert owner.sessions.current().user.username == "alice"
    assert actions(embedded).count(changed) == before + 1
    with pytest.raises(SignedOut):
        entered(thief, caught.pending_token, app.next_code())
    for password in (one_time, theirs):
        with pytest.raises(WrongPassword):
            here.sessions.sign_in(NewSession(username="alice", password=password))
    assert here.sessions.sign_in(NewSession(username="alice", password=new)).pending_token


# --- enrolment --------------------------------------------------------------------------------


def test_the_text_of_the_picture_gives_codes_that_sign_in(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock
):
    alice = sign_in("alice")
    before = alice.second_factors.state()
    assert (before.on, before.required, before.can_enrol) == (False, False, True)
    enrolment = alice.second_factors.begin(PROOF)
    assert "issuer=Help%20Desk" in enrolment.uri
    by_picture = pyotp.parse_uri(enrolment.uri)
    assert isinstance(by_picture, pyotp.TOTP)
    assert by_picture.secret == enrolment.secret
    assert len(enrolment.secret) == 32
    # It does not count before a code has confirmed it.
    assert password_given(embedded)[1].token
    codes = alice.second_factors.confirm(Confirmation(code=by_picture.at(clock())))
    state = alice.second_factors.state()
    assert (state.on, state.since, state.recovery_codes_left) == (True, clock(), 10)
    assert len(set(codes.codes)) == 10
    clock.forward(seconds=30)
    facade, view = password_given(embedded)
    assert (view.token, view.user, view.enrols) == (None, None, False)
    code = by_picture.at(clock())
    session = entered(facade, view.pending_token, f"{code[:3]} {code[3:]}").session
    assert session.user.username == "alice"
    assert facade.sessions.current().user == session.user


def test_the_secret_lies_nowhere_in_clear(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock
):
    alice = sign_in("alice")
    secret = alice.second_factors.begin(PROOF).secret
    codes = alice.second_factors.confirm(Confirmation(code=App(secret, clock).code()))
    everything = repr(dump(embedded.database))
    for kept in (secret, *codes.codes, *(code.replace("-", "") for code in codes.codes)):
        assert kept not in everything


def test_a_secret_put_in_anothers_place_opens_nothing(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock, app: App
):
    enrolled(sign_in("bob"), clock)
    with embedded.database.writing() as session:
        kept = session.get_one(SecondFactor, 1).secret
        session.get_one(SecondFactor, 3).secret = kept
    facade, view = password_given(embedded, "bob")
    with pytest.raises(Conflict, match="recovery code"):
        entered(facade, view.pending_token, app.next_code())


@pytest.mark.parametrize(
    ("who", "said"), [("alice", "Ask an admin."), ("dana", "HELPDESK_SECURITY__SECRET_KEY")]
)
def test_without_a_place_for_secrets_the_remedy_is_told(sign_in: SignIn, who: str, said: str):
    keyring.set_keyring(ClearKeyring())
    desk = sign_in(who)
    state = desk.second_factors.state()
    assert not state.can_enrol
    assert said in state.remedy
    with pytest.raises(Conflict, match=said):
        desk.second_factors.begin(PROOF)


def test_another_app_takes_the_place_of_the_first_once_it_is_confirmed(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock, app: App
):
    facade, view = password_given(embedded)
    entered(facade, view.pending_token, app.next_code())
    with pytest.raises(Invalid, match="asked for already") as caught:
        facade.second_factors.begin(PROOF)
    assert caught.value.field == "code"
    with pytest.raises(Invalid, match="wrong or was used"):
        facade.second_factors.begin(Proof(password=PASSWORD, code=app.wrong_code()))
    proof = Proof(password=PASSWORD, code=app.next_code())
    other = App(facade.second_factors.begin(proof).secret, clock)
    # Until then the first one counts.
    again, waiting = password_given(embedded)
    entered(again, waiting.pending_token, app.next_code())
    facade.second_factors.confirm(Confirmation(code=other.next_code()))
    again, waiting = password_given(embedded)
    with pytest.raises(WrongPassword):
        entered(again, waiting.pending_token, app.next_code())
    entered(again, waiting.pending_token, other.code())


def test_what_was_not_begun_cannot_be_confirmed(sign_in: SignIn, app: App):
    bob = sign_in("bob")
    with pytest.raises(NotFound, match="Set up the app first"):
        bob.second_factors.confirm(Confirmation(code=app.code()))
    with pytest.raises(NotFound):
        bob.second_factors.remove(CodeProof(password=PASSWORD, code=app.code()))


# --- the wait ---------------------------------------------------------------------------------


def test_a_pending_token_is_good_for_the_code_alone(
    embedded: EmbeddedDesk, app: App, clock: SettableClock
):
    facade, view = password_given(embedded)
    with pytest.raises(SignedOut):
        facade.sessions.current()
    with pytest.raises(Conflict, match="Nothing is to be set up"):
        facade.second_factors.enrol(Pending(pending_token=view.pending_token or ""))
    for token in ("", " ", "x" * 64, (view.pending_token or "").upper()):
        with pytest.raises(SignedOut, match="took too long"):
            entered(facade, token, app.code(steps=1))
    entered(facade, view.pending_token, app.next_code())
    with pytest.raises(SignedOut):
        entered(embedded.facade(), view.pending_token, app.next_code())


@pytest.mark.parametrize("away", [timedelta(minutes=5), timedelta(days=-1)])
def test_a_sign_in_waits_for_five_minutes(
    embedded: EmbeddedDesk, app: App, clock: SettableClock, away: timedelta
):
    facade, view = password_given(embedded)
    clock.now += away
    with pytest.raises(SignedOut):
        entered(facade, view.pending_token, app.code())


def test_what_becomes_of_the_account_ends_the_wait(
    embedded: EmbeddedDesk, sign_in: SignIn, app: App
):
    dana = sign_in("dana")
    first, waiting = password_given(embedded)
    user = dana.users.named("alice")
    dana.users.deactivate(user.id, Leaving(version=user.version))
    with pytest.raises(SignedOut):
        entered(first, waiting.pending_token, app.next_code())
    dana.users.reactivate(user.id, dana.users.view(user.id).version)
    dana.users.reset_password(user.id)
    with pytest.raises(SignedOut):
        entered(first, waiting.pending_token, app.next_code())


def test_a_role_that_needs_an_app_sets_it_up_at_sign_in(
    embedded: EmbeddedDesk, clock: SettableClock
):
    require_of(embedded, '"user"')
    facade, view = password_given(embedded)
    assert (view.token, view.enrols) == (None, True)
    pending = Pending(pending_token=view.pending_token or "")
    with pytest.raises(Invalid, match="Set up the app first"):
        entered(facade, view.pending_token, "123456")
    app = App(facade.second_factors.enrol(pending).secret, clock)
    with pytest.raises(WrongPassword, match="scan the picture"):
        entered(facade, view.pending_token, app.wrong_code())
    done = entered(facade, view.pending_token, app.code())
    assert len(done.recovery_codes) == 10
    assert facade.sessions.current().user.username == "alice"
    state = facade.second_factors.state()
    assert (state.on, state.required) == (True, True)
    proof = CodeProof(password=PASSWORD, code=app.next_code())
    with pytest.raises(Forbidden, match="Your role needs the authenticator app"):
        facade.second_factors.remove(proof)
    assert password_given(embedded, "bob")[1].token
    again, waiting = password_given(embedded)
    assert not waiting.enrols
    entered(again, waiting.pending_token, app.code())


# --- once, and no guessing --------------------------------------------------------------------


def test_a03_a_code_counts_once(embedded: EmbeddedDesk, app: App, clock: SettableClock):
    first, waiting = password_given(embedded)
    # The code that has confirmed the app is used up, too.
    with pytest.raises(WrongPassword, match="used before"):
        entered(first, waiting.pending_token, app.code())
    code = app.next_code()
    entered(first, waiting.pending_token, code)
    clock.forward(seconds=30)
    second, waiting = password_given(embedded)
    with pytest.raises(WrongPassword, match="used before"):
        entered(second, waiting.pending_token, code)
    clock.forward(seconds=2)
    entered(second, waiting.pending_token, app.code())


def test_a_code_counts_in_its_time_and_one_step_later(
    embedded: EmbeddedDesk, app: App, clock: SettableClock
):
    clock.forward(seconds=300)
    facade, waiting = password_given(embedded)
    for steps in (1, -2):
        with pytest.raises(WrongPassword):
            entered(facade, waiting.pending_token, app.code(steps=steps))
    entered(facade, waiting.pending_token, app.code(steps=-1))


@pytest.mark.parametrize("kind", ["app", "paper"])
def test_a03_of_many_that_come_with_a_code_at_once_one_gets_in(
    embedded: EmbeddedDesk, app: App, clock: SettableClock, kind: str
):
    code = app.next_code() if kind == "app" else app.paper[3]
    with opened_again(embedded, clock) as elsewhere:
        waiting = [password_given((embedded, elsewhere)[n % 2]) for n in range(FREE_ATTEMPTS)]
        together = Barrier(len(waiting))

        def tried(each: tuple[HelpDesk, SignInView]) -> type[object]:
            together.wait(timeout=60)
            try:
                return type(entered(each[0], each[1].pending_token, code))
            except DeskError as error:
                return type(error)

        with ThreadPoolExecutor(len(waiting)) as threads:
            answers = list(threads.map(tried, waiting))
    assert sorted(each.__name__ for each in answers) == ["SignInView"] + ["WrongPassword"] * 3


def test_a04_wrong_codes_are_counted_for_the_account_whatever_comes_between(
    embedded: EmbeddedDesk, sign_in: SignIn, app: App, clock: SettableClock
):
    looked_at, waited, sentence = 0, 0, ""
    for number in range(20):
        # A new sign-in with the right password before every third try.
        if number % 3 == 0:
            facade, view = password_given(embedded)
        try:
            entered(facade, view.pending_token, app.wrong_code())
        except WrongPassword:
            looked_at += 1
        except TooManyAttempts as error:
            waited, sentence = error.retry_after or 0, str(error)
    assert sentence == "Too many wrong codes; try again in 2 seconds."
    assert (looked_at, waited) == (FREE_ATTEMPTS, 2)
    facade, view = password_given(embedded)
    with pytest.raises(TooManyAttempts):
        entered(facade, view.pending_token, app.code(steps=1))
    clock.forward(seconds=2)
    with pytest.raises(WrongPassword):
        entered(facade, view.pending_token, app.wrong_code())
    with pytest.raises(TooManyAttempts, match="in 4 seconds"):
        entered(facade, view.pending_token, app.code(steps=1))
    # Others do not wait, and neither does the owner for longer than the longest wait.
    sign_in("bob")
    clock.forward(minutes=15)
    facade, view = password_given(embedded)
    entered(facade, view.pending_token, app.code())


def test_a_recovery_code_counts_once_and_is_told(
    embedded: EmbeddedDesk, app: App, clock: SettableClock
):
    facade, waiting = password_given(embedded)
    entered(facade, waiting.pending_token, app.paper[0].upper().replace("-", " "))
    assert facade.second_factors.state().recovery_codes_left == 9
    again, waiting = password_given(embedded)
    with pytest.raises(WrongPassword):
        entered(again, waiting.pending_token, app.paper[0])
    with embedded.database.reading() as session:
        used = session.scalars(select(RecoveryCode).where(RecoveryCode.used_at.is_not(None))).all()
        assert len(used) == 1
    proof = CodeProof(password=PASSWORD, code=app.paper[1])
    made = facade.second_factors.renew_codes(proof)
    assert isinstance(made, RecoveryCodes)
    with pytest.raises(WrongPassword):
        entered(again, waiting.pending_token, app.paper[2])
    entered(again, waiting.pending_token, made.codes[2])


def test_recovery_codes_have_64_bits_and_more(app: App):
    for code in app.paper:
        groups = code.split("-")
        assert [len(group) for group in groups] == [4, 4, 4, 4]
        assert 31 ** len("".join(groups)) > 2**64


@pytest.mark.parametrize(
    "code", ["", " ", "-", "000000000", "１２３４５６", "x" * 64, "'; --", "nul\x00"]
)
def test_any_text_may_be_tried_as_a_code(embedded: EmbeddedDesk, app: App, code: str):
    facade, waiting = password_given(embedded)
    with pytest.raises((WrongPassword, Invalid)):
        entered(facade, waiting.pending_token, code)


def test_a_clock_that_was_ahead_for_years_does_not_lock_out_for_years(
    embedded: EmbeddedDesk, app: App, clock: SettableClock
):
    clock.forward(days=3650)
    facade, waiting = password_given(embedded)
    entered(facade, waiting.pending_token, app.code())
    clock.forward(days=-3650, seconds=60)
    facade, waiting = password_given(embedded)
    entered(facade, waiting.pending_token, app.code())
    with pytest.raises((WrongPassword, SignedOut)):
        entered(facade, waiting.pending_token, app.code())


# --- proving it is oneself ---------------------------------------------------------------------


def wrongly(facade: HelpDesk, app: App) -> tuple[Callable[[], object], ...]:
    factors = facade.second_factors
    return (
        lambda: factors.begin(Proof(password="wrong", code=app.code(steps=1))),
        lambda: factors.remove(CodeProof(password="wrong", code=app.code(steps=1))),
        lambda: factors.renew_codes(CodeProof(password="", code=app.code(steps=1))),
    )


def test_a09_nothing_of_it_is_changed_without_the_password(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock
):
    alice = sign_in("alice")
    app = enrolled(alice, clock)
    clock.forward(seconds=30)
    told = ("audit_entry", "desk_change", "sign_in_failure")
    before = dump(embedded.database, without=told)
    for call in wrongly(alice, app):
        with pytest.raises(Invalid, match="password is wrong") as caught:
            call()
        assert caught.value.field == "password"
    with pytest.raises(Invalid):
        wrongly(alice, app)[0]()
    with pytest.raises(TooManyAttempts):
        alice.second_factors.begin(PROOF)
    assert dump(embedded.database, without=told) == before


def test_a09_switching_codes_on_or_off_ends_every_other_session(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock
):
    here, there = sign_in("alice"), sign_in("alice")
    app = enrolled(here, clock)
    with pytest.raises(SignedOut):
        there.sessions.current()
    facade, waiting = password_given(embedded)
    entered(facade, waiting.pending_token, app.next_code())
    here.second_factors.remove(CodeProof(password=PASSWORD, code=app.next_code()))
    here.sessions.current()
    with pytest.raises(SignedOut):
        facade.sessions.current()
    assert password_given(embedded)[1].token
    assert not here.second_factors.state().on
    with embedded.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM recovery_code")).scalar_one() == 0


def test_what_is_done_with_codes_stands_in_the_audit_log(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock
):
    alice, before = sign_in("alice"), len(actions(embedded))
    app = enrolled(alice, clock)
    facade, waiting = password_given(embedded)
    with pytest.raises(WrongPassword):
        entered(facade, waiting.pending_token, app.wrong_code())
    entered(facade, waiting.pending_token, app.paper[0])
    facade.second_factors.remove(CodeProof(password=PASSWORD, code=app.next_code()))
    told = actions(embedded)[before:]
    assert [action for action, *_ in told] == [
        "second_factor_on", "recovery_codes_made", "code_failed", "recovery_code_used",
        "signed_in", "second_factor_off",
    ]  # fmt: skip
    assert {(actor, about) for _, actor, about in told} == {("Alice Moreau", "Alice Moreau")}


# --- reading only -----------------------------------------------------------------------------


def test_codes_are_asked_for_where_nothing_can_be_written(
    embedded: EmbeddedDesk, app: App, clock: SettableClock, sign_in: SignIn
):
    clock.forward(seconds=30)
    before = dump(embedded.database)
    with opened_again(embedded, clock, read_only=True) as desk:
        facade, waiting = password_given(desk)
        assert waiting.token is None
        for _ in range(FREE_ATTEMPTS - 1):
            with pytest.raises(WrongPassword):
                entered(facade, waiting.pending_token, app.wrong_code())
        with pytest.raises(ReadOnly, match="recovery code"):
            entered(facade, waiting.pending_token, app.paper[0])
        with pytest.raises(TooManyAttempts):
            entered(facade, waiting.pending_token, app.code())
        clock.forward(seconds=30)
        entered(facade, waiting.pending_token, app.code())
        assert id_of(facade) == 1
        again, waiting = password_given(desk)
        with pytest.raises(WrongPassword):
            entered(again, waiting.pending_token, app.code())
    assert dump(embedded.database) == before
