# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls over HTTP: what is sent, and the truth about what became of it, whoever answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qsl

import pytest

from helpdesk.client.connection import Connection
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core.api import API_LEVEL, LEVEL_HEADER
from helpdesk.core.errors import (
    Busy,
    Conflict,
    DeskError,
    Fault,
    Invalid,
    NewerServer,
    OlderServer,
    SignedOut,
    TooLarge,
    Unanswered,
    Unreachable,
    WrongPassword,
)
from helpdesk.core.operation import operations_of
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery
from helpdesk.core.schemas.users import NewSession
from helpdesk.core.settings import ClientSettings, Settings
from helpdesk.services.tickets import Tickets
from tests.unit.client.scripted import Exchange, Scripted, Step, problem, says, sends, whole

USER = {
    "id": 1, "username": "alice", "full_name": "Alice Moreau", "email": None, "role": "user",
    "active": True, "password_set": True, "created_at": "2026-11-23T09:00:00Z",
    "last_sign_in_at": None, "open_tickets": 0, "version": 1,
}  # fmt: skip
SESSION = {"token": "secret-token", "user": USER, "permissions": []}
CATEGORIES = says(200, [{"id": 1, "name": "Hardware"}])
HTML = "<html><body>Please sign in to the guest network</body></html>"
Connect = Callable[..., tuple[HelpDesk, Scripted, HttpTransport]]


class Waits:
    """Waits for nothing, and keeps for how long it should have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, event: threading.Event, seconds: float) -> bool:
        self.seconds.append(seconds)
        return event.is_set()


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def client_settings(settings: Settings) -> ClientSettings:
    return settings.client.model_copy(update={"read_seconds": 0.3, "connect_seconds": 2.0})


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def transport_to(
    stack: ExitStack, client_settings: ClientSettings, waits: Waits
) -> Callable[..., HttpTransport]:
    def made(url: str, **changed: Any) -> HttpTransport:
        settings = client_settings.model_copy(update=changed)
        transport = HttpTransport(url, settings, chance=lambda: 0.5, wait=waits)
        stack.callback(transport.close)
        return transport

    return made


@pytest.fixture
def connect(stack: ExitStack, transport_to: Callable[..., HttpTransport]) -> Connect:
    def connected(*steps: Step, **changed: Any) -> tuple[HelpDesk, Scripted, HttpTransport]:
        server = stack.enter_context(Scripted(list(steps)))
        transport = transport_to(server.url, **changed)
        return HelpDesk(transport), server, transport

    return connected


def sign_in(desk: HelpDesk) -> None:
    desk.sessions.sign_in(NewSession(username="alice", password="correct horse"))


def write(desk: HelpDesk) -> object:
    return desk.tickets.open(NewTicket(subject="Printer jam"))


# --- what is sent -------------------------------------------------------------------------------


def test_a_session_is_proved_by_its_token_and_over_after_sign_out(connect: Connect):
    desk, server, transport = connect(says(201, SESSION), CATEGORIES, says(204), CATEGORIES)
    sign_in(desk)
    assert desk.tickets.categories()[0].name == "Hardware"
    desk.sessions.sign_out()
    assert transport.token is None
    assert transport.state.present is Connection.SIGNED_OUT
    desk.tickets.categories()
    told = [exchange.headers.get("authorization") for exchange in server.exchanges]
    assert told == [None, "Bearer secret-token", "Bearer secret-token", None]
    assert [exchange.method for exchange in server.exchanges] == ["POST", "GET", "DELETE", "GET"]


def test_each_call_tells_its_level_and_asks_for_nothing_packed(connect: Connect):
    desk, server, _ = connect(CATEGORIES)
    desk.tickets.categories()
    headers = server.exchanges[0].headers
    assert headers[LEVEL_HEADER.lower()] == str(API_LEVEL)
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"].startswith("HelpDesk/")
    assert "idempotency-key" not in headers


def test_what_a_person_writes_carries_a_key_of_its_own(connect: Connect):
    desk, server, transport = connect(problem(422, "invalid"))
    for _ in range(3):
        with pytest.raises(Invalid):
            write(desk)
    with pytest.raises(Invalid):
        sign_in(desk)
    keys = [exchange.headers.get("idempotency-key") for exchange in server.exchanges]
    assert keys[3] is None
    assert len(set(keys)) == 4
    operation, new = operations_of(Tickets)["open"], NewTicket(subject="x")
    with pytest.raises(Invalid):
        transport.call(operation, {"new": new}, idempotency_key="mine")
    assert server.exchanges[-1].headers["idempotency-key"] == "mine"


@pytest.mark.parametrize(
    "key",
    ["", "two words", "x" * 201, "é", "a\r\nAuthorization: x"],
    ids=["empty", "a blank", "too long", "not ASCII", "a header"],
)
def test_a_key_that_is_none_is_refused_before_it_is_sent(connect: Connect, key: str):
    _, server, transport = connect(CATEGORIES)
    operation = operations_of(Tickets)["open"]
    with pytest.raises(Invalid, match="Idempotency-Key"):
        transport.call(operation, {"new": NewTicket(subject="x")}, idempotency_key=key)
    assert server.connections == 0


def test_what_cannot_be_sent_is_invalid(connect: Connect):
    desk, server, _ = connect(CATEGORIES)
    with pytest.raises(Invalid, match="cannot be sent"):
        desk.users.named("\ud800")
    assert server.connections == 0


def test_connections_are_used_again(connect: Connect):
    desk, server, _ = connect(CATEGORIES)
    for _ in range(5):
        desk.tickets.categories()
    assert (server.connections, len(server.exchanges)) == (1, 5)


def test_the_environment_sends_nothing_elsewhere(connect: Connect, monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    desk, server, _ = connect(CATEGORIES)
    desk.tickets.categories()
    assert server.connections == 1


def test_the_thread_of_a_window_is_refused(connect: Connect):
    desk, server, transport = connect(CATEGORIES)
    transport.refuse_thread(threading.get_ident())
    with pytest.raises(RuntimeError, match="main thread"):
        desk.tickets.categories()
    with pytest.raises(RuntimeError, match="main thread"):
        desk.sessions.sign_out()
    assert server.connections == 0


# --- what comes back ----------------------------------------------------------------------------


ERRORS = {
    "invalid": (problem(422, "invalid", field="subject"), Invalid),
    "conflict": (problem(409, "conflict"), Conflict),
    "wrong password": (problem(401, "wrong_password"), WrongPassword),
    "a bug there": (problem(500, "fault"), Fault),
    "busy": (problem(503, "busy", retry_after=30), Busy),
    "a proxy's limit": (says(413, HTML, Content_Type="text/html", Help_Desk_Level=""), TooLarge),
    "no such route": (says(404, {"detail": "Not Found"}), Fault),
    "half an answer": (says(200, {"id": 7}), Fault),
    "a page": (says(200, HTML), Fault),
    "no text": (says(200, b"\xff"), Fault),
    "a deep answer": (says(200, "[" * 100_000), Fault),
    "a deep problem": (says(400, "[" * 100_000), Fault),
}


@pytest.mark.parametrize(("step", "kind"), ERRORS.values(), ids=ERRORS.keys())
def test_an_error_arrives_as_what_it_is(connect: Connect, step: Step, kind: type[DeskError]):
    desk, server, transport = connect(step)
    with pytest.raises(DeskError) as raised:
        write(desk)
    assert type(raised.value) is kind
    assert len(server.exchanges) == 1
    assert transport.state.present is Connection.CONNECTED


STRANGERS = {
    "a portal": (says(200, HTML, Content_Type="text/html", Help_Desk_Level=""), "Something other"),
    "another API": (says(200, [], Help_Desk_Level=""), "Something other"),
    "an odd level": (says(200, [], Help_Desk_Level="one"), "Something other"),
    "a page": (says(404, HTML, Content_Type="text/html", Help_Desk_Level=""), "Something other"),
    "another's problem": (says(401, {"detail": "x", "code": "y"}, Help_Desk_Level=""), "other"),
    "moved for now": (says(302, Location="http://127.0.0.1:9/", Help_Desk_Level=""), "elsewhere"),
    "moved": (says(307, Location="/api/v2"), "elsewhere"),
}
CHATTER = {
    "SSH": sends(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "noise": sends(bytes(range(256)) * 4000),
    "a head without end": sends(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000),
    "an upgrade": says(101, Upgrade="websocket", Connection="Upgrade", Content_Length=""),
}
CALLS = {"read": lambda desk: desk.tickets.categories(), "write": write}


@pytest.mark.parametrize(("step", "sentence"), STRANGERS.values(), ids=STRANGERS.keys())
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_somebody_else_answering_is_said_in_one_sentence(
    connect: Connect, step: Step, sentence: str, call: Callable[[HelpDesk], object]
):
    desk, _, transport = connect(step)
    with pytest.raises(Unreachable, match=sentence) as raised:
        call(desk)
    assert "127.0.0.1" in str(raised.value)
    assert transport.state.present is Connection.AWAY


@pytest.mark.parametrize("step", CHATTER.values(), ids=CHATTER.keys())
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_what_is_no_http_is_said_in_one_sentence(
    connect: Connect, step: Step, call: Callable[[HelpDesk], object]
):
    def and_close(exchange: Exchange) -> None:
        step(exchange)
        exchange.close()

    desk, _, transport = connect(and_close)
    with pytest.raises(Unreachable, match=r"lost|other than") as raised:
        call(desk)
    assert "127.0.0.1" in str(raised.value)
    assert transport.state.present is Connection.AWAY


def test_a_redirect_is_not_followed(connect: Connect, stack: ExitStack):
    elsewhere = stack.enter_context(Scripted([CATEGORIES]))
    desk, _, _ = connect(says(301, Location=elsewhere.url + "/api/v1/categories"))
    with pytest.raises(Unreachable):
        desk.tickets.categories()
    assert elsewhere.connections == 0


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_proxy_that_lost_the_server_leaves_a_write_unknown(connect: Connect, status: int):
    proxy = says(status, HTML, Content_Type="text/html", Help_Desk_Level="")
    desk, server, _ = connect(proxy)
    with pytest.raises(Unanswered, match="look whether it was done"):
        write(desk)
    assert len(server.exchanges) == 1
    with pytest.raises(Unreachable) as raised:
        desk.tickets.categories()
    assert type(raised.value) is Unreachable
    assert len(server.exchanges) == 4


def test_a_newer_server_is_named_with_both_levels(connect: Connect):
    desk, _, transport = connect(
        says(426, {"code": "newer_server", "detail": "No."}, Help_Desk_Level="9")
    )
    with pytest.raises(NewerServer, match=rf"level 9\).*level {API_LEVEL}\).*install the newer"):
        desk.tickets.categories()
    assert transport.state.present is Connection.TOO_NEW


def test_a_newer_server_that_still_understands_us_is_used(connect: Connect):
    desk, _, _ = connect(says(200, [], Help_Desk_Level=str(API_LEVEL + 1)))
    assert desk.tickets.categories() == ()


def test_an_older_server_is_named_with_both_levels(connect: Connect):
    desk, _, transport = connect(says(200, [], Help_Desk_Level="0"))
    with pytest.raises(OlderServer, match=rf"level 0\).*level {API_LEVEL}\).*ask whoever runs"):
        desk.tickets.categories()
    assert transport.state.present is Connection.TOO_NEW


def test_after_the_end_of_the_session_its_token_is_forgotten(connect: Connect):
    desk, server, transport = connect(says(201, SESSION), problem(401, "signed_out"), CATEGORIES)
    heard: list[str | None] = []
    transport.on_session(lambda view: heard.append(view.user.username if view else None))
    sign_in(desk)
    with pytest.raises(SignedOut):
        desk.tickets.categories()
    assert transport.token is None
    assert transport.state.present is Connection.SIGNED_OUT
    desk.tickets.categories()
    assert "authorization" not in server.exchanges[-1].headers
    assert heard == ["alice", None]


def test_a_late_answer_of_an_older_session_leaves_the_present_one(connect: Connect):
    other = SESSION | {"token": "other-token"}

    def meanwhile(exchange: Exchange) -> None:
        sign_in(desk)
        problem(401, "signed_out")(exchange)

    desk, _, transport = connect(
        says(201, SESSION), meanwhile, says(201, other), says(204), CATEGORIES
    )
    sign_in(desk)
    with pytest.raises(SignedOut):
        desk.tickets.categories()
    assert transport.token == "other-token"
    assert transport.state.present is Connection.CONNECTED


def test_signing_in_anew_ends_the_session_before(connect: Connect):
    other = SESSION | {"token": "other-token"}
    desk, server, _ = connect(says(201, SESSION), says(201, other), says(204))
    sign_in(desk)
    sign_in(desk)
    last = server.exchanges[-1]
    assert (last.method, last.headers["authorization"]) == ("DELETE", "Bearer secret-token")


def test_a_failed_sign_in_keeps_the_session_there_was(connect: Connect):
    desk, _, transport = connect(says(201, SESSION), problem(401, "wrong_password"))
    sign_in(desk)
    with pytest.raises(WrongPassword):
        sign_in(desk)
    assert transport.token == "secret-token"


def test_signing_out_needs_no_server(connect: Connect):
    desk, server, transport = connect(says(201, SESSION), Exchange.reset)
    sign_in(desk)
    desk.sessions.sign_out()
    assert transport.token is None
    assert len(server.exchanges) == 2


def test_closing_ends_the_session_unless_it_is_kept(connect: Connect):
    for kept, methods in ((False, ["POST", "DELETE"]), (True, ["POST"])):
        desk, server, transport = connect(says(201, SESSION), says(204))
        sign_in(desk)
        transport.keeps_session = kept
        desk.close()
        desk.close()
        assert [exchange.method for exchange in server.exchanges] == methods
        with pytest.raises(Unreachable, match="closed"):
            desk.tickets.categories()


def test_closing_does_not_wait_for_a_server_that_is_away(connect: Connect):
    desk, server, transport = connect(says(201, SESSION), Exchange.reset)
    sign_in(desk)
    with pytest.raises(Unanswered):
        write(desk)
    transport.close()
    assert [exchange.method for exchange in server.exchanges] == ["POST", "POST"]


# --- a server that is away, slow or lost --------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_server_that_is_not_there_is_unreachable(
    transport_to: Callable[..., HttpTransport], waits: Waits
):
    transport = transport_to(f"http://127.0.0.1:{free_port()}")
    desk = HelpDesk(transport)
    with pytest.raises(
        Unreachable, match=r"^The server 127\.0\.0\.1:\d+ does not answer; "
    ) as away:
        write(desk)
    assert type(away.value) is Unreachable
    assert waits.seconds == []
    with pytest.raises(Unreachable):
        desk.tickets.categories()
    assert waits.seconds == [0.1, 0.2]
    assert transport.state.present is Connection.AWAY


def test_a_name_that_is_none_is_said(transport_to: Callable[..., HttpTransport]):
    desk = HelpDesk(transport_to("https://no-such-host.invalid"))
    with pytest.raises(Unreachable, match=r"no server called no-such-host\.invalid"):
        write(desk)


LOST = {
    "before a word": Exchange.reset,
    "closed": Exchange.close,
    "in mid-head": sends(b"HTTP/1.1 200 O", Exchange.reset),
    "in mid-body": sends(whole(200, "[" + " " * 99)[:-50], Exchange.reset),
    "short body": sends(whole(200, "[]", Content_Length="99"), Exchange.close),
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST.keys())
def test_a_lost_read_is_tried_again_and_a_lost_write_is_not(connect: Connect, lost: Step):
    desk, server, _ = connect(lost, lost, CATEGORIES)
    assert desk.tickets.categories()[0].id == 1
    assert len(server.exchanges) == 3
    desk, server, transport = connect(lost, CATEGORIES)
    with pytest.raises(Unanswered, match="look whether it was done"):
        write(desk)
    assert len(server.exchanges) == 1
    assert transport.state.present is Connection.AWAY


def test_a_read_is_tried_three_times_and_no_more(connect: Connect, waits: Waits):
    desk, server, _ = connect(Exchange.reset)
    with pytest.raises(Unreachable, match="lost"):
        desk.tickets.categories()
    assert len(server.exchanges) == 3
    assert waits.seconds == [0.1, 0.2]


@pytest.mark.parametrize(("asked", "tries"), [(0, 3), (2, 3), (3, 1), (600, 1)])
def test_a_busy_server_is_given_the_time_it_asks_for_if_that_is_short(
    connect: Connect, waits: Waits, asked: int, tries: int
):
    desk, server, _ = connect(says(503, {"code": "busy", "detail": "x"}, Retry_After=str(asked)))
    with pytest.raises(Busy) as busy:
        desk.tickets.categories()
    assert busy.value.retry_after == asked
    assert len(server.exchanges) == tries
    assert all(seconds >= asked for seconds in waits.seconds)


def test_a_silent_server_is_given_up_in_time_and_not_asked_again(connect: Connect):
    desk, server, _ = connect(lambda exchange: None)
    started = time.perf_counter()
    with pytest.raises(Unreachable, match="does not answer") as silent:
        desk.tickets.categories()
    assert not isinstance(silent.value, Unanswered)
    with pytest.raises(Unanswered):
        write(desk)
    assert len(server.exchanges) == 2
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    "begun",
    [b"H", b"HTTP/1.1 200 OK\r\nX: ", whole(200, "[" + " " * 999)[:-990]],
    ids=["in the first line", "in the head", "in the body"],
)
def test_an_answer_that_drips_has_a_deadline(connect: Connect, begun: bytes):
    gone = threading.Event()

    def drip(exchange: Exchange) -> None:
        exchange.send(begun)
        for _ in range(500):
            if gone.wait(0.02):
                return
            exchange.send(b" ")

    desk, _, _ = connect(drip, answer_seconds=0.5)
    started = time.perf_counter()
    with pytest.raises(Unreachable):
        desk.tickets.categories()
    gone.set()
    assert time.perf_counter() - started < 8


@pytest.mark.parametrize("told", ["", str(2 * 1024 * 1024)], ids=["not told", "told"])
def test_an_answer_has_a_largest_size(connect: Connect, told: str):
    sent = 0

    def flood(exchange: Exchange) -> None:
        nonlocal sent
        kind = {"Content_Length": told} if told else {"Content_Length": "", "Connection": "close"}
        exchange.send(whole(200, **kind))
        for _ in range(2000):
            exchange.send(b"[" * 65536)
            sent += 65536

    desk, server, _ = connect(flood, largest_answer_mb=1)
    with pytest.raises(Unreachable, match="more than this program takes"):
        desk.tickets.categories()
    with pytest.raises(Unanswered, match="more than this program takes"):
        write(desk)
    assert len(server.exchanges) == 2
    assert sent < 100 * 1024 * 1024


def test_closing_ends_a_call_under_way_at_once(connect: Connect):
    begun = threading.Event()
    desk, _, transport = connect(lambda exchange: begun.set(), read_seconds=60.0)
    raised: list[BaseException] = []

    def call() -> None:
        try:
            desk.tickets.categories()
        except DeskError as error:
            raised.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    assert begun.wait(10)
    started = time.perf_counter()
    transport.close()
    thread.join(10)
    assert not thread.is_alive()
    assert time.perf_counter() - started < 3
    assert isinstance(raised[0], Unreachable)


def test_many_threads_share_one_transport(connect: Connect):
    def echo(exchange: Exchange) -> None:
        number = exchange.target.rpartition("before=")[2]
        author = {"id": int(number), "full_name": "x"}
        comment = {
            "id": 1, "author": author, "by_staff": False, "body": "", "internal": False,
            "created_at": "2026-11-23T09:00:00Z",
        }  # fmt: skip
        exchange.send(whole(200, [comment]))

    desk, server, _ = connect(echo)
    wrong: list[int] = []

    def work(number: int) -> None:
        for before in range(number, number + 20):
            if desk.tickets.comments(1, before)[0].author.id != before:
                wrong.append(before)

    threads = [threading.Thread(target=work, args=(number * 100,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
    assert len(server.exchanges) == 160
    assert server.connections <= 10


def test_no_secret_stands_in_what_can_be_printed(connect: Connect):
    desk, _, transport = connect(says(201, SESSION))
    sign_in(desk)
    assert "secret-token" not in repr(transport)
    assert "secret-token" not in repr(vars(transport))


def test_a_search_is_sent_as_it_was_asked(connect: Connect):
    desk, server, _ = connect(says(200, {"items": [], "next_cursor": None}))
    desk.tickets.search(TicketQuery(text="a&b #?ü"))
    path, _, query = server.exchanges[0].target.partition("?")
    assert path == "/api/v1/tickets"
    assert parse_qsl(query, strict_parsing=True) == [("q", "a&b #?ü")]
    assert server.exchanges[0].body == b""
