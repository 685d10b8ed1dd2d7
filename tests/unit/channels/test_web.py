# SPDX-License-Identifier: GPL-3.0-or-later
"""F01, F02: nothing inside is asked, nobody is followed, and no answer is waited for long."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from helpdesk.channels import web
from helpdesk.channels.web import WebFault, checked, fetch, post
from helpdesk.core.errors import Invalid
from tests.faults.model_server import JSON, Call, ModelServer, Play, model_server, says
from tests.unit.client.authority import Authority

SECRET = "T0P-S3CRET-T0KEN"
PATH = f"/services/{SECRET}?key={SECRET}"
Found = dict[str, list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Found:
    """Return what names stand for; each look-up takes the first address that is left."""
    found: Found = {}

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        if host not in found:
            raise socket.gaierror(-2, "Name or service not known")
        addresses, found[host] = found[host], []
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return found


@asynccontextmanager
async def playing(play: Play, **more: Any) -> AsyncIterator[tuple[ModelServer, str]]:
    async with model_server(play, **more) as server:
        yield server, server.url.rpartition(":")[2]


def asked(play: Play, call: Callable[[str], Any], **more: Any) -> tuple[Any, ModelServer]:
    """Return what a call gets from a server, by its port, and what came to the server."""

    async def run() -> tuple[Any, ModelServer]:
        async with playing(play, **more) as (server, port):
            return await asyncio.to_thread(call, port), server

    return asyncio.run(run())


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.0.0.0x1"),
        *("[::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[fe80::1]"),
        *("[2002:7f00:1::]", "[fc00::1]", "[fe80::1%25eth0]", "10.0.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "224.0.0.1", "0.0.0.0", "255.255.255.255"),  # noqa: S104
        *("me:secret@example.org", "example.org:8443", "example.org:0", "exa%6dple.org", "a..b"),
        *("", "a b", "exa\u2024mple.org", "example.org\\@evil.example", "１２７.0.0.1"),
    ],
)
def test_addresses_inside_and_odd_ones_are_refused(host: str, names: Found):
    with pytest.raises(Invalid) as caught:
        checked(f"https://{host}{PATH}", ())
    assert caught.value.field == "url"
    assert SECRET not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://example.org/", "file:///etc/passwd", "example.org", "//x"])
def test_other_schemes_are_refused(url: str):
    with pytest.raises(Invalid, match="Write the whole address"):
        checked(url, ())


def test_without_encryption_only_hosts_are_asked_that_the_owner_names():
    with pytest.raises(Invalid, match="without encryption"):
        checked("http://feeds.example.org/a.ics", ("other.example.org",))
    assert checked("http://Chat.corp/a?b", ("CHAT.corp",)).rest == "/a?b"
    assert checked("http://[::1]:80/", ("[::1]",)).shown == "[::1]"
    with pytest.raises(Invalid):
        checked("https://chat.corp:9/", ("chat.corp:8443",))


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "100.64.0.1", "64:ff9b::a00:1", "fe80::1%lo", "224.0.0.9"]
)
def test_a_name_that_stands_for_an_address_inside_is_not_asked(names: Found, address: str):
    names["rebound.example.org"] = ["93.184.216.34", address]
    with pytest.raises(Invalid, match=r"rebound\.example\.org is not on the public internet"):
        post(f"https://rebound.example.org{PATH}", {}, allowed=())


def test_the_address_that_was_checked_is_the_one_that_is_asked(names: Found):
    def call(port: str) -> web.Answer:
        # A second look-up would find nothing any more.
        names["chat.corp"] = ["127.0.0.1"]
        return post(f"http://chat.corp:{port}{PATH}", {"text": "ä"}, allowed=[f"chat.corp:{port}"])

    answer, server = asked(says("fine", kind=JSON), call)
    assert (answer.status, answer.text, answer.retry_after) == (200, "fine", None)
    (came,) = server.calls
    assert (came.path, came.json) == (PATH, {"text": "ä"})
    assert came.header("host").startswith("chat.corp:")
    assert came.header("accept-encoding") == "identity"


def test_the_certificate_has_to_be_that_of_the_name(
    names: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

    def call(host: str, port: str) -> bytes:
        names[host] = ["127.0.0.1"]
        return fetch(f"https://{host}:{port}/", largest=99, allowed=[host])

    tls = authority.server("feeds.corp")
    assert asked(says("BEGIN"), partial(call, "feeds.corp"), tls=tls)[0] == b"BEGIN"
    with pytest.raises(WebFault, match="certificate of other"):
        asked(says("BEGIN"), partial(call, "other.corp"), tls=tls)


def test_no_redirect_is_followed_and_no_proxy_used(names: Found, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    play = says("", status=302, location="http://127.0.0.1:1/inside")

    def call(port: str) -> None:
        names["127.0.0.1"] = ["127.0.0.1"]
        fetch(f"http://127.0.0.1:{port}{PATH}", largest=99, allowed=["127.0.0.1"])

    with pytest.raises(WebFault, match="sends elsewhere") as caught:
        asked(play, call)
    assert SECRET not in str(caught.value)


def test_what_is_too_large_is_not_read_to_its_end(names: Found, monkeypatch: pytest.MonkeyPatch):
    async def pour(call: Call) -> None:
        await call.begin(kind=JSON)
        await call.pour(b"x" * 8192)

    def call(kind: str, port: str) -> Any:
        names["127.0.0.1"] = ["127.0.0.1"]
        url, allowed = f"http://127.0.0.1:{port}/", ["127.0.0.1"]
        if kind == "fetch":
            return fetch(url, largest=4096, allowed=allowed)
        return post(url, {}, allowed=allowed)

    with pytest.raises(WebFault, match="larger than 4 KB"):
        asked(pour, partial(call, "fetch"))
    answer, _ = asked(pour, partial(call, "post"))
    assert len(answer.text) == web.LARGEST_ANSWER


@pytest.mark.parametrize("kind", ["silence", "drip"])
def test_who_hangs_is_left_after_the_total_time(
    names: Found, monkeypatch: pytest.MonkeyPatch, kind: str
):
    monkeypatch.setattr(web, "TOTAL_SECONDS", 0.3)

    async def hang(call: Call) -> None:
        if kind == "silence":
            await call.silence()
        else:
            await call.drip("HTTP/1.1 200 OK\r\n" + "X-More: y\r\n" * 99, 0.05)

    def call(port: str) -> None:
        names["127.0.0.1"] = ["127.0.0.1"]
        post(f"http://127.0.0.1:{port}{PATH}", {}, allowed=["127.0.0.1"])

    with pytest.raises(WebFault, match="took longer") as caught:
        asked(hang, call)
    assert caught.value.arrived


def test_what_certainly_did_not_arrive_is_told_from_what_may_have(names: Found):
    with pytest.raises(WebFault, match="no host called gone") as caught:
        post("https://gone.example.org/", {}, allowed=())
    assert not caught.value.arrived
    names["127.0.0.1"] = ["127.0.0.1"]
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(WebFault, match="cannot be reached") as caught:
            post(f"http://127.0.0.1:{port}/", {}, allowed=["127.0.0.1"])
    assert not caught.value.arrived

    async def reset(call: Call) -> None:
        call.reset()

    def call(port: str) -> None:
        names["127.0.0.1"] = ["127.0.0.1"]
        post(f"http://127.0.0.1:{port}/", {}, allowed=["127.0.0.1"])

    with pytest.raises(WebFault, match="broke off") as caught:
        asked(reset, call)
    assert caught.value.arrived


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("3600", 3600),
        ("999999999999", web.LONGEST_WAIT_SECONDS),
        ("soon", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Fri, 31 Dec 2900 23:59:59 GMT", web.LONGEST_WAIT_SECONDS),
    ],
)
def test_how_long_a_server_wants_to_be_left_alone(names: Found, said: str, seconds: int | None):
    def call(port: str) -> web.Answer:
        names["127.0.0.1"] = ["127.0.0.1"]
        return post(f"http://127.0.0.1:{port}/", {}, allowed=["127.0.0.1"])

    answer, _ = asked(says("slow down", status=429, retry_after=said), call)
    assert (answer.status, answer.retry_after) == (429, seconds)


def test_no_record_holds_the_address(names: Found, caplog: pytest.LogCaptureFixture):
    def call(port: str) -> None:
        names["127.0.0.1"] = ["127.0.0.1"]
        post(f"http://127.0.0.1:{port}{PATH}", {}, allowed=["127.0.0.1"])

    with caplog.at_level(logging.DEBUG):
        asked(says("ok"), call)
    assert SECRET not in caplog.text
