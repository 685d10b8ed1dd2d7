# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory that never answers, and strangers who make the desk ask it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from helpdesk.channels import outside
from helpdesk.channels.outside import MOST_ASKING, MOST_WAITING, Outside
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.repositories.facts import FactRepository
from helpdesk.server import pace
from helpdesk.services import directory_setup, directory_sign_in
from tests.conftest import PASSWORD
from tests.matrix import LOCAL_SQLITE
from tests.unit.server.test_auth_abuse import sign_in

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE)
_LONGEST_SECONDS = 20.0


@pytest.fixture
def silent(embedded: EmbeddedDesk, monkeypatch) -> Iterator[socket.socket]:
    """The directory of the desk, which takes connections and says nothing."""
    monkeypatch.setattr(directory_sign_in, "OUTSIDE", Outside())
    monkeypatch.setattr(outside, "LONGEST_WAIT_SECONDS", _LONGEST_SECONDS)
    with socket.create_server(("127.0.0.1", 0), backlog=100) as hole:
        hole.settimeout(_LONGEST_SECONDS)
        kept = {
            "enabled": True, "host": "127.0.0.1", "port": hole.getsockname()[1],
            "security": "none", "base_dn": "dc=corp,dc=example",
        }  # fmt: skip
        with embedded.database.writing() as session:
            FactRepository(session).set(directory_setup.FACT, json.dumps(kept))
        yield hole


def test_local_people_get_in_while_strangers_wait_for_it(url: str, silent: socket.socket):
    strangers = MOST_ASKING + MOST_WAITING
    with ThreadPoolExecutor(strangers) as pool, ExitStack() as stack:
        waiting = [pool.submit(sign_in, url, f"stranger{n}", "x") for n in range(strangers)]
        for _ in range(MOST_ASKING):
            # As many hang at once as may; more threads than there are processors to hash.
            stack.enter_context(silent.accept()[0])
        assert sign_in(url, "dana", PASSWORD).status_code == 201
        assert not any(each.done() for each in waiting)
        silent.close()
        stack.close()
        assert {each.result().status_code for each in waiting} == {502}


def test_strangers_sign_in_only_so_often_from_one_place(url: str, monkeypatch):
    monkeypatch.setattr(pace, "AT_THE_DOOR", 3)
    body = {"code": "no code", "new_password": "words that nobody knew"}
    there = {"X-Forwarded-For": "203.0.113.9"}
    with httpx.Client(base_url=f"{url}/api/v1", trust_env=False, headers=there) as stranger:
        seen = [stranger.post("/session/reset", json=body) for _ in range(4)]
        assert [each.status_code == 429 for each in seen] == [False, False, False, True]
        assert int(seen[-1].headers["retry-after"]) > 0
        entry = {"username": "nobody", "password": "x"}
        assert stranger.post("/session", json=entry).status_code == 429
        assert stranger.get("/desk").status_code != 429
    assert sign_in(url, "dana", PASSWORD).status_code == 201
