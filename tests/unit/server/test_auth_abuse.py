# SPDX-License-Identifier: GPL-3.0-or-later
"""Guessing at the door of a server: from many addresses, over a restart, for unknown names."""

from __future__ import annotations

import httpx

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.paths import DataFolder
from helpdesk.core.settings import Settings
from tests.conftest import PASSWORD, SettableClock
from tests.servers import running

TRIES = 30


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


def test_a02_others_sign_in_meanwhile(url: str):
    for number in range(TRIES):
        sign_in(url, "alice", f"guess {number}")
    assert sign_in(url, "bob", PASSWORD).status_code == 201


def test_a05_known_unknown_and_ended_accounts_are_answered_alike(url: str, embedded: EmbeddedDesk):
    users = embedded.as_system().users
    erin = users.named("erin")
    users.deactivate(erin.id, erin.version)
    answers = [sign_in(url, name, "not the password") for name in ("alice", "nobody", "erin")]
    seen = {(a.status_code, a.text, frozenset(a.headers) - {"date"}) for a in answers}
    assert len(seen) == 1
    assert answers[0].status_code == 401
