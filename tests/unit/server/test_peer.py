# SPDX-License-Identifier: GPL-3.0-or-later
"""What depends on who is at the other end: cleartext over the network, demo passwords."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.api import API_PREFIX
from helpdesk.core.schemas.users import Role
from helpdesk.core.settings import Settings
from helpdesk.repositories.facts import DEMO_ACCOUNTS, FactRepository
from helpdesk.server.app import make_app
from helpdesk.server.peer import Peer, source_of
from tests.conftest import PASSWORD
from tests.unit.server.conftest import with_server

PROXY = "10.0.0.5"
STRANGER = "198.51.100.7"
HTTPS = {"X-Forwarded-Proto": "https"}
FROM_HERE = {"X-Forwarded-For": "127.0.0.1"}


def asked(
    embedded: EmbeddedDesk,
    settings: Settings,
    peer: str,
    headers: dict[str, str],
    path: str = "/session",
    proxies: tuple[str, ...] = (PROXY,),
) -> httpx.Response:
    """Return what somebody at an address is answered: a sign-in, or another path by GET."""
    trusted = tuple(ip_network(proxy) for proxy in proxies)
    app = make_app(embedded, with_server(settings, trusted_proxies=trusted))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(peer, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            if path != "/session":
                prefix = "" if path == "/metrics" else API_PREFIX
                return await client.get(prefix + path, headers=headers)
            body = {"username": "alice", "password": PASSWORD}
            return await client.post(API_PREFIX + path, json=body, headers=headers)

    try:
        return asyncio.run(ask())
    finally:
        app.state.threads.stop()


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        (STRANGER, {}),
        (STRANGER, HTTPS),
        (STRANGER, HTTPS | FROM_HERE),
        ("::ffff:198.51.100.7", HTTPS),
        (PROXY, {}),
        (PROXY, FROM_HERE),
        (PROXY, {"X-Forwarded-Proto": "http"}),
    ],
)
def test_beside_a_proxy_nobody_talks_in_the_clear(embedded, settings, peer, headers):
    answer = asked(embedded, settings, peer, headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "use https" in answer.json()["detail"]


def test_a_balancer_may_ask_in_the_clear_whether_the_server_lives(embedded, settings):
    app = make_app(embedded, with_server(settings, trusted_proxies=(ip_network(PROXY),)))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(PROXY, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            return await client.get("/health")

    try:
        assert asyncio.run(ask()).json() == {"status": "ok"}
    finally:
        app.state.threads.stop()


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        (PROXY, HTTPS),
        (PROXY, HTTPS | {"X-Forwarded-For": STRANGER}),
        (f"::ffff:{PROXY}", HTTPS),
        ("127.0.0.1", {}),
        ("::1", {}),
        ("::ffff:127.0.0.1", {}),
    ],
)
def test_what_nobody_can_overhear_is_taken(embedded, settings, peer, headers):
    assert asked(embedded, settings, peer, headers).status_code == 201


@pytest.mark.parametrize(
    ("peer", "headers", "source"),
    [
        (STRANGER, {}, STRANGER),
        (f"::ffff:{STRANGER}", {}, STRANGER),
        (STRANGER, {"X-Forwarded-For": "192.0.2.1"}, STRANGER),
        (PROXY, {}, PROXY),
        (PROXY, {"X-Forwarded-For": STRANGER}, STRANGER),
        (PROXY, {"X-Forwarded-For": f"192.0.2.1, {STRANGER}"}, STRANGER),
        (PROXY, {"X-Forwarded-For": f"::ffff:{STRANGER}"}, STRANGER),
        (PROXY, {"X-Forwarded-For": f"{STRANGER}:50123"}, STRANGER),
        (PROXY, {"X-Forwarded-For": "[2001:db8:7:1::1]:50123"}, "2001:db8:7:1::/64"),
        (PROXY, {"X-Forwarded-For": "unknown"}, "unknown"),
        # A household has the addresses of a whole network.
        ("2001:db8:7:1::1", {}, "2001:db8:7:1::/64"),
        ("2001:db8:7:1:ffff::2", {}, "2001:db8:7:1::/64"),
        ("fe80::1%eth0", {}, "fe80::/64"),
        ("", {}, ""),
    ],
)
def test_where_a_request_comes_from(peer, headers, source):
    found: list[str] = []

    async def note(scope: Any, _receive: Any, _send: Any) -> None:
        found.append(source_of(scope))

    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "scheme": "http", "headers": pairs}
    if peer:
        scope["client"] = (peer, 5000)
    believing: Any = ProxyHeadersMiddleware(note, [PROXY])
    nothing: Any = None
    asyncio.run(Peer(believing, behind_proxy=True)(scope, nothing, nothing))
    assert found == [source]


@pytest.fixture
def demo(embedded: EmbeddedDesk) -> EmbeddedDesk:
    """Return a desk that says it is a demo desk with one account."""
    account = f'[{{"username":"alice","full_name":"A","role":"{Role.USER}","password":"known"}}]'
    with embedded.database.writing() as session:
        FactRepository(session).set(DEMO_ACCOUNTS, account)
    return embedded


def test_demo_passwords_are_told_on_this_machine_alone(demo: EmbeddedDesk, settings: Settings):
    here = asked(demo, settings, "127.0.0.1", {}, "/desk", proxies=()).json()
    assert [each["password"] for each in here["demo_accounts"]] == ["known"]
    passed_on = asked(demo, settings, "127.0.0.1", HTTPS, "/desk", proxies=())
    _tells_no_password(passed_on)


@pytest.mark.parametrize("proxies", [(PROXY,), ("127.0.0.1",), ("127.0.0.0/8", "::1")])
@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        (PROXY, HTTPS),
        (PROXY, HTTPS | FROM_HERE),
        ("127.0.0.1", HTTPS),
        ("127.0.0.1", {}),
        ("::1", {}),
        ("127.0.0.1", HTTPS | FROM_HERE),
        ("127.0.0.1", HTTPS | {"X-Forwarded-For": STRANGER}),
    ],
)
def test_beside_a_proxy_nobody_counts_as_being_here(demo, settings, proxies, peer, headers):
    asks = {"proxies": proxies}
    if peer == PROXY and PROXY not in proxies:
        assert asked(demo, settings, peer, headers, "/desk", **asks).status_code == 403
        return
    _tells_no_password(asked(demo, settings, peer, headers, "/desk", **asks))
    figures = asked(demo, settings, peer, headers, "/metrics", **asks)
    assert (figures.status_code, figures.json()["code"]) == (403, "forbidden")


def test_without_a_proxy_the_figures_are_for_this_machine(demo, settings):
    assert asked(demo, settings, "127.0.0.1", {}, "/metrics", proxies=()).status_code == 200
    for headers in (HTTPS, {"Via": "1.1 proxy"}, {"X-Real-IP": STRANGER}):
        answer = asked(demo, settings, "127.0.0.1", headers, "/metrics", proxies=())
        assert answer.status_code == 403


def _tells_no_password(answer: httpx.Response) -> None:
    assert answer.json()["demo"] is True
    assert answer.json()["demo_accounts"] == []
    assert "known" not in answer.text
