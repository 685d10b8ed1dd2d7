# SPDX-License-Identifier: GPL-3.0-or-later
"""Two servers over one PostgreSQL: what is done at one is known at the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.api import API_PREFIX, STREAM_PATH
from helpdesk.core.schemas.users import NewSession, NewUser, Role
from helpdesk.core.settings import Settings
from helpdesk.database import schema
from helpdesk.database.db_manager import database_at
from tests.conftest import PASSWORD
from tests.servers import Running, running
from tests.unit.server.conftest import token_of


@pytest.fixture
def servers(empty_database: str, settings: Settings) -> Iterator[tuple[Running, Running]]:
    """Return two servers, with a database manager each, as two processes have."""
    database = database_at(empty_database)
    schema.create(database)
    with ExitStack() as stack:
        desks = [EmbeddedDesk(database, settings), EmbeddedDesk.at(empty_database, settings)]
        for desk in desks:
            stack.callback(desk.close)
        for username, role in (("bob", Role.TECHNICIAN), ("dana", Role.ADMIN)):
            new = NewUser(username=username, full_name=username.title(), role=role)
            one_time = desks[0].as_system().users.add(new).password
            desks[0].facade().sessions.sign_in(
                NewSession(username=username, password=one_time, new_password=PASSWORD)
            )
        first, second = (stack.enter_context(running(desk, settings)) for desk in desks)
        yield first, second


def test_a_session_and_its_news_are_known_at_both(servers: tuple[Running, Running]):
    first, second = servers
    with (
        httpx.Client(base_url=first.url, trust_env=False) as here,
        httpx.Client(base_url=second.url, trust_env=False, timeout=20) as there,
    ):
        token = token_of(here, "bob")
        here.headers["Authorization"] = there.headers["Authorization"] = f"Bearer {token}"
        assert there.get(f"{API_PREFIX}/session").json()["user"]["username"] == "bob"
        assert there.get("/health").status_code == 200
        with there.stream("GET", API_PREFIX + STREAM_PATH) as answer:
            lines = answer.iter_lines()
            assert next(lines) == "event: changes"
            here.post(f"{API_PREFIX}/tickets", json={"subject": "From the other one"})
            assert any('"ticket_ids":[1]' in line for line in lines)
            assert here.delete(f"{API_PREFIX}/session").status_code == 204
            assert "event: signed_out" in lines
        assert there.get(f"{API_PREFIX}/session").status_code == 401


def test_where_the_database_lies_is_not_told(servers: tuple[Running, Running], empty_database: str):
    for server in servers:
        info = httpx.get(f"{server.url}{API_PREFIX}/desk", trust_env=False)
        assert info.json()["place"] == ""
        assert empty_database.rpartition("/")[2] not in info.text
