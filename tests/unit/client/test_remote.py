# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk behind a real server: the same calls, news, and who is remembered on the workstation."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import keyring
import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.remote import Connection, RemoteDesk
from helpdesk.core.errors import Conflict, Invalid, NotFound, Pending, SignedOut, Unreachable
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import (
    Changes,
    NewComment,
    NewTicket,
    Priority,
    TicketChange,
    TicketQuery,
)
from helpdesk.core.schemas.users import Leaving, NewSession, PasswordChange
from helpdesk.core.settings import Settings
from tests.conftest import PASSWORD, SignIn
from tests.keyrings import MemoryKeyring
from tests.servers import serving, wait_until

Open = Callable[[], RemoteDesk]


@pytest.fixture
def url(embedded: EmbeddedDesk) -> Iterator[str]:
    with serving(embedded) as url:
        yield url


@pytest.fixture
def opened(url: str, folder: DataFolder, settings: Settings) -> Iterator[Open]:
    desks: list[RemoteDesk] = []

    def make() -> RemoteDesk:
        desks.append(RemoteDesk.open(url, settings, folder))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def remote(opened: Open) -> RemoteDesk:
    return opened()


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def person(username: str) -> NewSession:
    return NewSession(username=username, password=PASSWORD)


def test_a_day_of_work_over_the_wire(remote: RemoteDesk):
    assert str(remote.connection) == "connecting"
    desk = remote.facade()
    assert not desk.desks.info().demo
    view = desk.sessions.sign_in(person("bob")).session
    assert remote.connection is Connection.CONNECTED
    ticket = desk.tickets.open(NewTicket(subject="Tür klemmt 🚪"))
    seen = desk.tickets.comment(ticket.id, NewComment(body="Hallo"))
    changed = desk.tickets.change(
        ticket.id, TicketChange(priority=Priority.URGENT, version=seen.version)
    )
    assert changed.priority is Priority.URGENT
    assert [row.id for row in desk.tickets.search(TicketQuery(text="tür")).items] == [ticket.id]
    assert desk.sessions.current().user.id == view.user.id
    assert remote.outbox.entries() == ()


def test_errors_arrive_as_they_were_raised(remote: RemoteDesk):
    desk = remote.facade()
    with pytest.raises(SignedOut):
        desk.tickets.search(TicketQuery())
    desk.sessions.sign_in(person("bob"))
    with pytest.raises(NotFound):
        desk.tickets.view(999)
    ticket = desk.tickets.open(NewTicket(subject="Printer jam"))
    with pytest.raises(Conflict) as stale:
        desk.tickets.change(ticket.id, TicketChange(priority=Priority.LOW, version=99))
    assert stale.value.current == ticket
    assert remote.outbox.entries() == ()


def test_opening_sends_nothing_and_names_the_host(folder: DataFolder, settings: Settings):
    desk = RemoteDesk.open("https://Desk.example.org/", settings, folder)
    assert (desk.url, desk.host) == ("https://desk.example.org", "desk.example.org")
    assert desk.connection is Connection.CONNECTING
    desk.close()
    with pytest.raises(Invalid, match="https://"):
        RemoteDesk.open("http://desk.example.org", settings, folder)


def test_the_thread_of_a_window_is_refused(remote: RemoteDesk):
    remote.transport().refuse_thread(threading.get_ident())
    desk = remote.facade()
    for call in (desk.desks.info, lambda: desk.tickets.open(NewTicket(subject="x"))):
        with pytest.raises(RuntimeError, match="main thread"):
            call()


def test_the_program_starts_without_what_speaks_http():
    """A desk on this workstation must not pay for it at each start."""
    script = "import sys, helpdesk.client.remote; print('httpx' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


# --- news ---------------------------------------------------------------------------------------


def test_what_a_colleague_does_is_heard(remote: RemoteDesk, sign_in: SignIn):
    remote.facade().sessions.sign_in(person("bob"))
    heard: list[Changes] = []
    stop = remote.stream(heard.append)
    wait_until(lambda: len(heard) == 1)
    ticket = sign_in("alice").tickets.open(NewTicket(subject="Printer jam"))
    wait_until(lambda: any(ticket.id in each.ticket_ids for each in heard))
    stop()
    stop()
    assert not [each for each in threading.enumerate() if each.name == "event stream"]


def test_the_end_of_the_account_ends_the_session_here(
    remote: RemoteDesk, sign_in: SignIn, memory: MemoryKeyring
):
    bob = remote.facade()
    view = bob.sessions.sign_in(person("bob")).session
    assert remote.remember()
    heard: list[Connection] = []
    remote.on_connection(heard.append)
    news: list[Changes] = []
    remote.stream(news.append)
    wait_until(lambda: len(news) == 1)
    sign_in("dana").users.deactivate(view.user.id, Leaving(version=view.user.version))
    wait_until(lambda: remote.connection is Connection.SIGNED_OUT)
    assert heard == [Connection.SIGNED_OUT]
    wait_until(lambda: memory.secrets == {})
    with pytest.raises(SignedOut):
        remote.stream(news.append)
    with pytest.raises(SignedOut):
        bob.tickets.open(NewTicket(subject="x"))


# --- who is remembered --------------------------------------------------------------------------


def test_a_remembered_person_is_signed_in_at_the_next_start(opened: Open, memory: MemoryKeyring):
    first = opened()
    assert first.can_remember
    assert first.resume() is None
    assert not first.remember()
    view = first.facade().sessions.sign_in(person("alice")).session
    assert first.remember()
    first.close()
    second = opened()
    resumed = second.resume()
    assert resumed is not None
    assert resumed.user.id == view.user.id
    assert second.facade().tickets.open(NewTicket(subject="Printer jam")).id
    assert second.connection is Connection.CONNECTED


def test_a_person_who_is_not_remembered_is_signed_out_at_the_end(
    opened: Open, memory: MemoryKeyring, embedded: EmbeddedDesk
):
    desk = opened()
    desk.facade().sessions.sign_in(person("alice"))
    desk.remember()
    desk.forget()
    token = desk._http.token  # noqa: SLF001 -- what a thief would have
    desk.close()
    assert opened().resume() is None
    assert memory.secrets == {}
    thief = opened()
    assert token is not None
    assert thief._http.resume(token) is None  # noqa: SLF001


def test_signing_out_forgets(opened: Open, memory: MemoryKeyring):
    desk = opened()
    desk.facade().sessions.sign_in(person("alice"))
    desk.remember()
    desk.facade().sessions.sign_out()
    assert memory.secrets == {}
    assert desk.connection is Connection.SIGNED_OUT
    assert opened().resume() is None


def test_a_session_that_ended_meanwhile_is_forgotten(
    opened: Open, memory: MemoryKeyring, sign_in: SignIn
):
    desk = opened()
    desk.facade().sessions.sign_in(person("alice"))
    desk.remember()
    desk.close()
    new = PasswordChange(old_password=PASSWORD, new_password="another horse battery")
    sign_in("alice").sessions.change_password(new)
    later = opened()
    assert later.resume() is None
    assert memory.secrets == {}


def test_a_server_that_is_away_forgets_nobody(
    opened: Open, memory: MemoryKeyring, folder: DataFolder, settings: Settings
):
    memory.secrets["Help Desk http://127.0.0.1:9", "alice"] = "secret-token"
    (folder.path / "remembered.json").write_text('{"http://127.0.0.1:9": "alice"}')
    desk = RemoteDesk.open("http://127.0.0.1:9", settings, folder)
    with pytest.raises(Unreachable):
        desk.resume()
    assert list(memory.secrets.values()) == ["secret-token"]
    desk.close()
    assert list(memory.secrets.values()) == ["secret-token"]


@pytest.mark.parametrize(
    "token",
    ["two words", "a\r\nX: y", "é", "x" * 10_000],
    ids=["a blank", "a header", "not ASCII", "too long"],
)
def test_a_token_that_is_none_is_forgotten(opened: Open, memory: MemoryKeyring, token: str):
    desk = opened()
    desk.facade().sessions.sign_in(person("alice"))
    desk.remember()
    (service,) = memory.secrets
    memory.secrets[service] = token
    assert opened().resume() is None
    assert memory.secrets == {}


# --- the outbox behind the facade ---------------------------------------------------------------


def test_what_is_written_while_away_is_sent_when_the_person_is_back(
    folder: DataFolder, settings: Settings, embedded: EmbeddedDesk, sign_in: SignIn
):
    with serving(embedded) as url:
        desk = RemoteDesk.open(url, settings, folder)
        desk.facade().sessions.sign_in(person("alice"))
        real = desk._http.address  # noqa: SLF001 -- the network goes, not the server
        desk._http.address = real._replace(url="http://127.0.0.1:9")  # noqa: SLF001
        with pytest.raises(Pending):
            desk.facade().tickets.open(NewTicket(subject="Printer jam"))
        assert desk.connection is Connection.AWAY
        with pytest.raises(Unreachable):
            desk.facade().tickets.search(TicketQuery())
        assert len(desk.outbox.entries()) == 1
        desk._http.address = real  # noqa: SLF001
        desk.facade().desks.info()
        wait_until(lambda: desk.outbox.entries() == ())
        desk.close()
    subjects = [row.subject for row in sign_in("alice").tickets.search(TicketQuery()).items]
    assert subjects == ["Printer jam"]


def test_no_secret_lies_in_the_data_folder_or_the_log(
    remote: RemoteDesk, folder: DataFolder, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG):
        remote.facade().sessions.sign_in(person("alice"))
        remote.remember()
        token = remote._http.token or ""  # noqa: SLF001
        remote.facade().tickets.open(NewTicket(subject="Printer jam"))
    found = [file for file in folder.path.rglob("*") if file.is_file()]
    for secret in (token.encode(), PASSWORD.encode()):
        assert not [file for file in found if secret in file.read_bytes()]
        assert secret.decode() not in caplog.text
