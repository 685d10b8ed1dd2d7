# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back to a lost password: the same for everybody who asks, by a code that counts once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import (
    DeskError,
    Invalid,
    NewPasswordDue,
    ReadOnly,
    SignedOut,
    TooManyAttempts,
    WrongPassword,
)
from helpdesk.core.schemas.accounts import EmailChange, Forgotten, PasswordReset
from helpdesk.core.schemas.audit import AuditAction, AuditQuery
from helpdesk.core.schemas.notifications import DeliveryState
from helpdesk.core.schemas.users import (
    AccountOrigin,
    ImportedUser,
    Leaving,
    NewSession,
    PasswordChange,
    UserBatch,
    UserChange,
)
from helpdesk.jobs import housekeeping, resets
from helpdesk.models import AuditEntry, PendingSignIn, ResetRequest, User
from helpdesk.services.delivering import Delivering
from helpdesk.services.password_resets import MOST_BY_SOURCE
from helpdesk.services.session_registry import hash_of
from tests.conftest import PASSWORD, SettableClock, SignIn
from tests.contract.desks import dump, opened_again, statements
from tests.matrix import LOCAL_SQLITE
from tests.outboxes import states, use_mail
from tests.smtp_server import CUT, MailServer, Step, mail_server

NEW = "some other words together"
CODE = re.compile(r"Your code is ([a-z0-9-]+)")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture
def desk(embedded: EmbeddedDesk, server: MailServer) -> EmbeddedDesk:
    """Return a desk that sends mail."""
    use_mail(embedded.database, server.port)
    return embedded


def ask(desk: EmbeddedDesk, name: str) -> None:
    desk.facade().sessions.forgotten(Forgotten(username=name))


def send(desk: EmbeddedDesk, clock: SettableClock) -> int:
    """Let the jobs write and send what was asked for."""
    resets.write_mails(desk, clock())
    return Delivering(desk.database, desk.settings, clock()).run()


def body_of(server: MailServer, number: int = -1) -> str:
    part = server.received[number].message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def code_of(server: MailServer, number: int = -1) -> str:
    match = CODE.search(body_of(server, number))
    assert match is not None
    return match[1]


def asked(desk: EmbeddedDesk, clock: SettableClock, server: MailServer, name: str) -> str:
    """Return the code of the mail that comes to who asks."""
    ask(desk, name)
    assert send(desk, clock) == 1
    return code_of(server)


def reset(desk: EmbeddedDesk, code: str, new: str = NEW) -> None:
    desk.facade().sessions.reset(PasswordReset(code=code, new_password=new))


def enter(desk: EmbeddedDesk, username: str, password: str) -> HelpDesk:
    facade = desk.facade()
    facade.sessions.sign_in(NewSession(username=username, password=password))
    return facade


def change_user(desk: EmbeddedDesk, username: str, **values: object) -> None:
    with desk.database.writing() as session:
        session.execute(update(User).where(User.username == username).values(**values))


def test_what_is_typed_for_a_name_is_kept_in_no_row(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer
):
    # A password, typed into the field for the name.
    ask(desk, "a secret of mine")
    assert "a secret of mine" not in repr(dump(desk.database))
    assert resets.write_mails(desk, clock()) == 0
    assert "a secret of mine" not in repr(dump(desk.database))


def test_the_code_of_the_mail_gives_a_new_password(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer, sign_in: SignIn
):
    assert desk.facade().desks.info().can_reset
    here = sign_in("alice")
    code = asked(desk, clock, server, "ALICE")
    message = server.received[-1].message
    assert (message["To"], message["Subject"]) == (
        "Alice Moreau <alice@corp.example>", "Your way back to the help desk",
    )  # fmt: skip
    html = message.get_body(("html",))
    assert html is not None
    for said in (body_of(server), html.get_content()):
        assert code in said
        assert "account alice" in said
        assert "23 November 2026, 10:00 UTC" in said
        # It works without a server that a link could lead to.
        assert "http" not in said
    reset(desk, code.replace("-", " "))
    with pytest.raises(SignedOut):
        here.sessions.current()
    with pytest.raises(WrongPassword):
        enter(desk, "alice", PASSWORD)
    enter(desk, "alice", NEW)
    assert send(desk, clock) == 1
    assert server.received[-1].message["Subject"] == "Your password was changed"
    assert "tell an admin" in body_of(server)
    with desk.database.reading() as session:
        rows = session.execute(
            select(AuditEntry.action, AuditEntry.about_name).order_by(AuditEntry.id.desc()).limit(4)
        ).all()
    assert [row.action.value for row in rows] == [
        "signed_in", "sign_in_failed", "reset_done", "reset_asked",
    ]  # fmt: skip
    assert {row.about_name for row in rows} == {"Alice Moreau"}


def test_a06_the_code_lies_nowhere_but_in_the_mail(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer
):
    code = asked(desk, clock, server, "alice")
    assert 31 ** len(code.replace("-", "")) > 2**128
    everything = repr(dump(desk.database))
    assert code not in everything
    assert code.replace("-", "") not in everything


def test_a05_whoever_asks_is_answered_alike_and_by_the_same_statements(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer
):
    erin = desk.as_system().users.named("erin")
    desk.as_system().users.deactivate(erin.id, Leaving(version=erin.version))
    change_user(desk, "frank", email=None)
    change_user(desk, "charlie", password_hash=None)
    ask(desk, "bob")
    seen = set()
    for name in ("alice", "nobody", "erin", "frank", "charlie", "' OR 1=1 --", "", "😀"):
        with statements() as sent:
            ask(desk, name)
        seen.add(tuple(sent))
    assert len(seen) == 1
    assert send(desk, clock) == 2
    assert sorted(str(each.to[0]) for each in server.received) == [
        "alice@corp.example", "bob@corp.example",
    ]  # fmt: skip
    with desk.database.reading() as session:
        names = set(session.scalars(select(AuditEntry.about_name)))
    assert "nobody" not in names


def test_an_address_is_as_good_as_a_name_and_may_be_of_several(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer
):
    change_user(desk, "bob", email="Alice@Corp.example")
    ask(desk, " ALICE@corp.EXAMPLE")
    assert send(desk, clock) == 2
    assert "account alice" in body_of(server, 0)
    assert "account bob" in body_of(server, 1)
    assert code_of(server, 0) != code_of(server, 1)
    reset(desk, code_of(server, 1))
    enter(desk, "bob", NEW)
    enter(desk, "alice", PASSWORD)


def test_who_has_the_password_elsewhere_is_told_so(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer
):
    change_user(desk, "alice", origin=AccountOrigin.LDAP, external_id="x", password_hash=None)
    ask(desk, "alice")
    assert send(desk, clock) == 1
    assert "kept by the help desk but by your organisation" in body_of(server)
    assert CODE.search(body_of(server)) is None


def test_a06_a_code_is_refused_when_it_is_used_old_or_not_one(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer
):
    code = asked(desk, clock, server, "alice")
    for wrong in ("", " ", "null", "-", code.upper(), code[:-1], code + "a", "x" * 64):
        with pytest.raises(Invalid, match="not valid, or not any more") as caught:
            reset(desk, wrong)
        assert caught.value.field == "code"
    for weak in ("short", "alicealicealice", "Alice Moreau 2026!!", "corp.example.corp.example"):
        with pytest.raises(Invalid) as caught:
            reset(desk, code, weak)
        assert caught.value.field == "new_password"
    clock.forward(minutes=59)
    reset(desk, code)
    with pytest.raises(Invalid, match="not valid"):
        reset(desk, code, "yet some other words")
    late = asked(desk, clock, server, "bob") if send(desk, clock) else ""
    clock.forward(minutes=60)
    with pytest.raises(Invalid, match="not valid"):
        reset(desk, late)
    enter(desk, "alice", NEW)


def test_a06_a_changed_password_and_an_ended_account_make_codes_void(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer, sign_in: SignIn
):
    alice, dana = sign_in("alice"), sign_in("dana")
    by_owner = asked(desk, clock, server, "alice")
    alice.sessions.change_password(PasswordChange(old_password=PASSWORD, new_password=NEW))
    by_admin = asked(desk, clock, server, "bob") if send(desk, clock) else ""
    bob = dana.users.named("bob")
    one_time = dana.users.reset_password(bob.id).password
    send(desk, clock)
    of_leaver = asked(desk, clock, server, "erin")
    erin = dana.users.named("erin")
    dana.users.deactivate(erin.id, Leaving(version=erin.version))
    for code in (by_owner, by_admin, of_leaver):
        with pytest.raises(Invalid, match="not valid"):
            reset(desk, code, "yet some other words")
    enter(desk, "alice", NEW)
    with pytest.raises(NewPasswordDue):
        enter(desk, "bob", one_time)


def test_of_many_that_come_with_a_code_at_once_one_changes_the_password(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer
):
    code = asked(desk, clock, server, "alice")
    with opened_again(desk, clock) as elsewhere:
        together = Barrier(4)

        def tried(number: int) -> str:
            together.wait(timeout=60)
            try:
                reset((desk, elsewhere)[number % 2], code, f"{NEW} {number}")
            except DeskError as error:
                return type(error).__name__
            return "done"

        with ThreadPoolExecutor(4) as threads:
            answers = sorted(threads.map(tried, range(4)))
    assert answers == ["Invalid"] * 3 + ["done"]


def test_a_mail_that_may_have_arrived_comes_again_and_both_codes_count(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer
):
    def cut_once(step: Step) -> str | None:
        return CUT if step.command == "DATA" and step.before == 0 else None

    server.play = cut_once
    ask(desk, "alice")
    assert send(desk, clock) == 0
    clock.forward(minutes=5)
    assert send(desk, clock) == 1
    assert server.received[0].id == server.received[1].id
    first, second = code_of(server, 0), code_of(server, 1)
    assert first != second
    reset(desk, first)
    with pytest.raises(Invalid):
        reset(desk, second, "yet some other words")


def test_a_mail_that_comes_too_late_is_not_sent(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer
):
    ask(desk, "alice")
    resets.write_mails(desk, clock())
    clock.forward(minutes=60)
    assert send(desk, clock) == 0
    assert list(states(desk.database).values()) == [DeliveryState.DROPPED]
    ask(desk, "bob")
    clock.forward(minutes=61)
    assert send(desk, clock) == 0
    assert server.received == []


def test_nobody_is_flooded_with_mail(desk: EmbeddedDesk, clock: SettableClock, server: MailServer):
    for _ in range(10):
        ask(desk, "alice")
    assert send(desk, clock) == 3
    for number in range(MOST_BY_SOURCE - 10):
        ask(desk, f"nobody {number}")
    with pytest.raises(TooManyAttempts, match="asked too often") as caught:
        ask(desk, "bob")
    assert caught.value.retry_after == 3600
    clock.forward(hours=1, seconds=1)
    assert asked(desk, clock, server, "alice")


def test_without_mail_the_window_and_who_asks_are_told(embedded: EmbeddedDesk):
    assert not embedded.facade().desks.info().can_reset
    for name in ("alice", "nobody"):
        with pytest.raises(Invalid, match="ask an admin for a one-time password"):
            ask(embedded, name)
    assert dump(embedded.database)["reset_request"] == []


def test_where_nothing_can_be_written_no_password_is_replaced(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer
):
    code = asked(desk, clock, server, "alice")
    with opened_again(desk, clock, read_only=True) as reading:
        assert not reading.facade().desks.info().can_reset
        with pytest.raises(ReadOnly):
            ask(reading, "alice")
        with pytest.raises(ReadOnly):
            reset(reading, code)


def test_what_was_asked_for_long_ago_is_forgotten(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer
):
    asked(desk, clock, server, "alice")
    ask(desk, "nobody")
    assert resets.is_waiting(desk, clock())
    resets.write_mails(desk, clock())
    assert not resets.is_waiting(desk, clock())
    assert housekeeping.forget_sign_in_steps(desk, clock() + timedelta(days=1)) == 0
    assert housekeeping.forget_sign_in_steps(desk, clock() + timedelta(days=3)) == 3
    with desk.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ResetRequest)) == 0


@pytest.mark.desk_kinds(LOCAL_SQLITE)
@pytest.mark.parametrize("way", ["own", "admin", "file"])
def test_a_new_address_voids_the_codes_of_the_old_one_and_tells_it(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer, sign_in: SignIn, way: str
):
    dana, alice = sign_in("dana"), sign_in("alice")
    code = asked(desk, clock, server, "alice")
    new = "alice@home.example"
    if way == "own":
        alice.profiles.change_email(EmailChange(email=new, password=PASSWORD))
    elif way == "admin":
        seen = dana.users.named("alice")
        dana.users.change(seen.id, UserChange(email=new, version=seen.version))
    else:
        row = ImportedUser(line=1, username="alice", full_name="", email=new)
        dana.users.import_some(UserBatch(rows=(row,), updates=True, trial=False))
    with pytest.raises(Invalid, match="not valid"):
        reset(desk, code)
    enter(desk, "alice", PASSWORD)
    send(desk, clock)
    message = server.received[-1].message
    assert message["To"] == "Alice Moreau <alice@corp.example>"
    assert message["Subject"] == "The e-mail address of your account was changed"
    (told,) = (
        entry.changes
        for entry in dana.audit.search(AuditQuery(actions=(AuditAction.USER_CHANGED,))).items
        if entry.about_name == "Alice Moreau"
    )
    assert [(each.name, each.before, each.after) for each in told] == [
        ("e-mail address", "alice@corp.example", new)
    ]


@pytest.mark.desk_kinds(LOCAL_SQLITE)
def test_neither_a_code_nor_a_sign_in_that_waits_outlives_an_account_that_comes_back(
    desk: EmbeddedDesk, clock: SettableClock, server: MailServer, sign_in: SignIn
):
    dana = sign_in("dana")
    code, bob = asked(desk, clock, server, "bob"), dana.users.named("bob")
    with desk.database.writing() as session:
        verified = session.get_one(User, bob.id).password_hash
        session.add(
            PendingSignIn(
                token_hash=hash_of("waits"), person_id=bob.id, verified=verified, device="",
                created_at=clock(), ends_at=clock() + timedelta(minutes=5),
            )
        )  # fmt: skip
    left = dana.users.deactivate(bob.id, Leaving(version=bob.version))
    dana.users.reactivate(bob.id, left.version)
    with pytest.raises(Invalid, match="not valid"):
        reset(desk, code)
    with desk.database.reading() as session:
        assert session.get(PendingSignIn, hash_of("waits")) is None
    enter(desk, "bob", PASSWORD)
