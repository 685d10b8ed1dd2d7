# SPDX-License-Identifier: GPL-3.0-or-later
"""Guessing at the door of a server: from many addresses, over a restart, for unknown names."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

import httpx
import pytest
from sqlalchemy import func, select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.users import Leaving, NewPassword
from helpdesk.core.settings import Settings
from helpdesk.models import SignInFailure, SignInSource
from tests.conftest import PASSWORD, SettableClock
from tests.outboxes import use_mail
from tests.servers import running
from tests.unit.server.conftest import with_server

TRIES = 30
HOME, HOTEL = "192.0.2.1", "2001:db8:7::1"
ADDRESSES = [f"203.0.113.{number}" for number in range(10)]


def sign_in(url: str, username: str, password: str, address: str = "") -> httpx.Response:
    headers = {"X-Forwarded-For": address, "Forwarded": f"for={address}"} if address else {}
    body = {"username": username, "password": password}
    return httpx.post(f"{url}/api/v1/session", json=body, headers=headers, timeout=30)


def test_a02_guessing_is_slowed_whatever_address_it_claims_and_over_a_restart(
    url: str,
    embedded: EmbeddedDesk,
    folder: DataFolder,
    settings: Settings,
    clock: SettableClock,
):
    answers = [sign_in(url, "alice", f"guess {n}", f"203.0.113.{n}") for n in range(TRIES)]
    assert {a.status_code for a in answers[5:]} == {429}
    assert all(int(a.headers["Retry-After"]) > 0 for a in answers[5:])
    again = EmbeddedDesk.open(folder, settings, clock=clock)
    try:
        with running(again, settings) as restarted:
            assert sign_in(restarted.url, "alice", "one more").status_code == 429
            clock.forward(minutes=15)
            assert sign_in(restarted.url, "alice", PASSWORD).status_code == 201
    finally:
        again.close()


@pytest.fixture
def proxied(embedded: EmbeddedDesk, settings: Settings) -> Iterator[str]:
    """Return the URL of a server that believes this machine who asks."""
    behind = with_server(settings, trusted_proxies=(ip_network("127.0.0.1"),))
    with running(embedded, behind) as server:
        yield server.url


def guess(url: str, clock: SettableClock, username: str = "alice") -> int:
    """Guess from many addresses, as often as that is looked at; return how often it was."""
    looked_at = number = 0
    while True:
        answer = sign_in(url, username, "a guess", f"203.0.{number // 250}.{number % 250}")
        number += 1
        if answer.status_code == 401:
            looked_at += 1
        elif "Retry-After" not in answer.headers:
            return looked_at
        else:
            clock.forward(seconds=int(answer.headers["Retry-After"]))


def test_a02_guesses_from_many_addresses_are_slowed_together(proxied: str):
    answers = [
        sign_in(proxied, "alice", f"guess {n}", ADDRESSES[n % len(ADDRESSES)]) for n in range(TRIES)
    ]
    assert [a.status_code for a in answers].count(401) == 4
    assert {a.status_code for a in answers[5:]} == {429}


def test_a02_the_owner_signs_in_where_they_have_been_and_soon_elsewhere(
    proxied: str, clock: SettableClock
):
    assert sign_in(proxied, "alice", PASSWORD, HOME).status_code == 201
    for number in range(TRIES):
        sign_in(proxied, "alice", f"guess {number}", ADDRESSES[number % len(ADDRESSES)])
    assert sign_in(proxied, "alice", PASSWORD, HOTEL).status_code == 429
    clock.forward(minutes=15)
    assert sign_in(proxied, "alice", PASSWORD, HOTEL).status_code == 201
    for number in range(TRIES):
        sign_in(proxied, "alice", f"guess {number}", ADDRESSES[number % len(ADDRESSES)])
    assert sign_in(proxied, "alice", PASSWORD, HOME).status_code == 201


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_a02_strangers_have_a_hundred_guesses(proxied: str, clock: SettableClock, username: str):
    sign_in(proxied, username, PASSWORD, HOME)
    assert guess(proxied, clock, username) == (100 if username == "alice" else 99)
    refused = sign_in(proxied, username, PASSWORD, HOTEL)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert "ask an admin to let you try again" in refused.json()["detail"]
    at_home = sign_in(proxied, username, PASSWORD, HOME).status_code
    assert at_home == (201 if username == "alice" else 429)


def test_a02_an_address_that_nobody_believes_makes_no_place_known(
    url: str, embedded: EmbeddedDesk, clock: SettableClock
):
    assert sign_in(url, "alice", PASSWORD, HOME).status_code == 201
    with embedded.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignInSource)) == 1
    for number in range(TRIES):
        sign_in(url, "alice", f"guess {number}", ADDRESSES[number % len(ADDRESSES)])
    # All of it came from one place: from this machine.
    assert sign_in(url, "alice", PASSWORD, HOME).status_code == 429
    with embedded.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignInFailure)) == 1


def test_a02_others_sign_in_meanwhile(url: str):
    for number in range(TRIES):
        sign_in(url, "alice", f"guess {number}")
    assert sign_in(url, "bob", PASSWORD).status_code == 201


def test_a05_known_unknown_and_ended_accounts_are_answered_alike(url: str, embedded: EmbeddedDesk):
    users = embedded.as_system().users
    erin = users.named("erin")
    users.deactivate(erin.id, Leaving(version=erin.version))
    answers = [sign_in(url, name, "not the password") for name in ("alice", "nobody", "erin")]
    seen = {(a.status_code, a.text, frozenset(a.headers) - {"date"}) for a in answers}
    assert len(seen) == 1
    assert answers[0].status_code == 401


def test_a01_a_password_of_emoji_counts_to_its_end_and_megabytes_are_refused(
    url: str, embedded: EmbeddedDesk
):
    owner = embedded.as_system().users
    emoji = "".join(chr(0x1F600 + number % 64) for number in range(64))
    owner.set_password(owner.named("alice").id, NewPassword(password=emoji))
    assert len(emoji.encode()) == 256
    assert sign_in(url, "alice", emoji).status_code == 201
    other_tail = emoji[:18] + "x" * 46
    assert emoji.encode()[:72] == other_tail.encode()[:72]
    assert sign_in(url, "alice", other_tail).status_code == 401
    assert sign_in(url, "alice", "x" * 10_000_000).status_code == 413


def test_a05_who_has_forgotten_a_password_is_answered_alike(url: str, embedded: EmbeddedDesk):
    users = embedded.as_system().users
    erin = users.named("erin")
    users.deactivate(erin.id, Leaving(version=erin.version))
    for port in (0, 9):
        if port:
            use_mail(embedded.database, port)
        names = ("alice", "nobody", "erin", "alice@corp.example", "")
        seen = set()
        for name in names:
            body = {"username": name}
            answer = httpx.post(f"{url}/api/v1/session/forgotten", json=body, timeout=30)
            seen.add((answer.status_code, answer.text, frozenset(answer.headers) - {"date"}))
        assert {status for status, *_ in seen} == {204 if port else 422}
        assert len(seen) == 1


@pytest.mark.parametrize("code", ["", " ", "null", None, "x", "x" * 1000])
def test_a06_what_is_no_code_is_refused(url: str, code: str | None):
    body = {"code": code, "new_password": "words that nobody knew"}
    answer = httpx.post(f"{url}/api/v1/session/reset", json=body, timeout=30)
    assert answer.status_code == 422
