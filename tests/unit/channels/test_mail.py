# SPDX-License-Identifier: GPL-3.0-or-later
"""E07, on the wire: what each answer of a real mail server means for a message."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from helpdesk.channels.mail import (
    Connection,
    MailServer,
    ServerFault,
    WrongSettings,
    connected,
)
from helpdesk.channels.mail_message import Envelope, compose
from helpdesk.channels.outcome import Outcome, Sent
from helpdesk.core.schemas.notifications import MailBody, MailSecurity
from tests import smtp_server
from tests.smtp_server import CUT, Step, mail_server
from tests.unit.client.authority import Authority

ALICE, BOB = "alice@corp.example", "bob@corp.example"
SENDER = "helpdesk@corp.example"
PASSWORD = "canary-pässword"
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def tls(authority: Authority) -> ssl.SSLContext:
    return authority.server("localhost")


@pytest.fixture
def server() -> Iterator[smtp_server.MailServer]:
    with mail_server() as made:
        yield made


def reached(server: smtp_server.MailServer, **changes: object) -> MailServer:
    plain = MailServer(
        "localhost", server.port, MailSecurity.NONE, username="", password="", sender=SENDER,
        ca_file="",
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def message(to: str = ALICE, key: str = "1@desk") -> EmailMessage:
    body = MailBody(title="Hello", lines=(".", "..a", "ü"), to_name="Alice")
    return compose(Envelope(SENDER, "Help Desk", to, key, "", AT), body, "Hello")


def sent(connection: Connection, to: str = ALICE, key: str = "1@desk") -> tuple[Sent, int]:
    """Send a message; return what became of it and how often the server was about to get it."""
    handed: list[bool] = []
    outcome = connection.send(message(to, key), to, lambda: handed.append(True))
    return outcome, len(handed)


def test_messages_go_over_one_connection_as_they_were_composed(server: smtp_server.MailServer):
    steps: list[str] = []
    with connected(reached(server), steps.append) as connection:
        for key in ("1@desk", "2@desk"):
            assert sent(connection, key=key) == (Sent(Outcome.SENT), 1)
    assert (server.connections, steps) == (1, ["connected"])
    assert [each.id for each in server.received] == ["<1@desk>", "<2@desk>"]
    first = server.received[0]
    assert (first.sender, first.to) == (SENDER, (ALICE,))
    # Dots at the beginning of lines are the same at the other end.
    parts = list(first.message.iter_parts())
    assert [part.get_content() for part in parts] == [
        part.get_content().replace("\n", "\r\n") for part in message().iter_parts()
    ]


def test_it_signs_in_once_all_is_encrypted(authority, tls):
    with mail_server(tls, accounts={"desk": PASSWORD}) as server:
        ready = reached(
            server, security=MailSecurity.STARTTLS, username="desk", password=PASSWORD,
            ca_file=str(authority.file),
        )  # fmt: skip
        steps: list[str] = []
        with connected(ready, steps.append) as connection:
            assert sent(connection)[0].outcome is Outcome.SENT
        assert steps == ["connected", "encrypted", "signed in"]
        with pytest.raises(WrongSettings, match="refuses user name or password: 535"):
            Connection(replace(ready, password="wrong"), steps.append)
        assert PASSWORD not in repr(ready)


def test_encryption_may_come_before_the_first_word(authority, tls):
    with mail_server(tls, implicit=True) as server:
        ready = reached(server, security=MailSecurity.TLS, ca_file=str(authority.file))
        steps: list[str] = []
        with connected(ready, steps.append) as connection:
            assert sent(connection)[0].outcome is Outcome.SENT
        assert steps == ["connected", "encrypted"]


def test_no_password_travels_where_anybody_can_read_it(server: smtp_server.MailServer, authority):
    with pytest.raises(WrongSettings, match="would travel unencrypted"):
        Connection(reached(server, username="desk", password=PASSWORD), print)
    assert server.connections == 0
    ready = reached(server, username="desk", password=PASSWORD, security=MailSecurity.STARTTLS)
    with pytest.raises(WrongSettings, match="offers no encryption"):
        Connection(ready, print)
    with pytest.raises(WrongSettings, match="not known on this machine"):
        Connection(replace(ready, password=""), print)


def test_a_stranger_with_another_certificate_is_told_nothing(tls, tmp_path: Path, authority):
    with mail_server(tls) as server:
        ready = reached(server, security=MailSecurity.STARTTLS)
        with pytest.raises(WrongSettings, match="certificate of the mail server localhost is not"):
            Connection(ready, print)
        named = replace(ready, host="127.0.0.1", ca_file=str(authority.file))
        with pytest.raises(WrongSettings, match="not trusted here"):
            Connection(named, print)
        with pytest.raises(WrongSettings, match="cannot be read"):
            Connection(replace(ready, ca_file=str(tmp_path / "none.pem")), print)
        with pytest.raises(WrongSettings, match="check the port and the encryption"):
            Connection(replace(ready, security=MailSecurity.TLS), print)
        assert server.received == []


@pytest.mark.parametrize(
    ("command", "answer", "outcome", "handed"),
    [
        ("RCPT", "450 4.2.1 mailbox busy", Outcome.LATER, 0),
        ("RCPT", "550 5.1.1 no such user", Outcome.REFUSED, 0),
        ("MAIL", "451 4.3.0 later", Outcome.LATER, 0),
        ("MAIL", "552 5.3.4 too large", Outcome.REFUSED, 0),
        ("MAIL", "421 4.3.2 going down", Outcome.LATER, 0),
        ("MAIL", CUT, Outcome.LATER, 0),
        ("DATA", "452 4.3.1 no room", Outcome.LATER, 1),
        ("DATA", "554 5.7.1 spam", Outcome.REFUSED, 1),
        ("DATA", "421 4.3.2 going down", Outcome.LATER, 1),
        ("DATA", CUT, Outcome.UNSURE, 1),
    ],
)
def test_what_is_wrong_with_one_message_concerns_it_alone(
    server: smtp_server.MailServer, command: str, answer: str, outcome: Outcome, handed: int
):
    server.play = lambda step: answer if step.command == command and step.before == 0 else None
    with connected(reached(server)) as connection:
        first, times = sent(connection)
        assert (first.outcome, times) == (outcome, handed)
        is_over = answer == CUT or answer.startswith("421")
        assert first.cut == is_over
        assert (answer == CUT) == ("broke off" in first.sentence) or answer.startswith("421")
        if not is_over:
            assert answer.partition(" ")[0] in first.sentence
            assert sent(connection, key="2@desk")[0].outcome is Outcome.SENT


@pytest.mark.parametrize(
    ("command", "answer", "sentence"),
    [
        ("MAIL", "550 5.7.60 not your address", "refuses the sender helpdesk@corp.example: 550"),
        ("MAIL", "530 5.7.0 authentication required", "asks for a user name"),
        ("RCPT", "530 5.7.0 authentication required", "asks for a user name"),
    ],
)
def test_what_is_wrong_with_every_message_is_no_fault_of_one(
    server: smtp_server.MailServer, command: str, answer: str, sentence: str
):
    server.play = lambda step: answer if step.command == command else None
    with connected(reached(server)) as connection, pytest.raises(WrongSettings, match=sentence):
        sent(connection)


def test_a_server_that_is_away_or_busy_is_tried_again(server: smtp_server.MailServer):
    server.play = lambda step: "421 4.3.2 too many connections"
    with pytest.raises(ServerFault, match="takes nothing at present: 421") as fault:
        Connection(reached(server), print)
    assert type(fault.value) is ServerFault
    server.down()
    with pytest.raises(ServerFault, match="cannot be reached on port") as fault:
        Connection(reached(server), print)
    assert type(fault.value) is ServerFault


def test_what_is_no_mail_server_is_left_after_a_while():
    """It greets, and then drips: each byte comes in time, and the answer never."""
    stopped = threading.Event()

    def drip(listener: socket.socket) -> None:
        line, _ = listener.accept()
        with line:
            line.sendall(b"220 ")
            while not stopped.wait(0.02):
                try:
                    line.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        ready = MailServer(
            "127.0.0.1", listener.getsockname()[1], MailSecurity.NONE, "", "", SENDER, ""
        )
        with pytest.raises(ServerFault):
            Connection(ready, print, 0.3)
        stopped.set()
        thread.join(10)


def test_letters_of_the_world_in_an_address_need_a_server_that_knows_them(
    server: smtp_server.MailServer,
):
    jörg = "jörg@exämple.org"
    with connected(reached(server)) as connection:
        assert connection.send(message(jörg), "jörg@xn--exmple-cua.org", lambda: None) == Sent(
            Outcome.SENT
        )
        assert sent(connection, key="2@desk")[0].outcome is Outcome.SENT
    assert server.received[0].to == ("jörg@xn--exmple-cua.org",)
    assert str(server.received[0].message["To"]) == "Alice <jörg@xn--exmple-cua.org>"

    def old(step: Step) -> str | None:
        return "502 unknown" if step.command == "EHLO" else None

    server.play = old
    with connected(reached(server)) as connection:
        refused = connection.send(message(jörg), "jörg@xn--exmple-cua.org", lambda: None)
        assert refused.outcome is Outcome.REFUSED
        assert "letters such as these" in refused.sentence
