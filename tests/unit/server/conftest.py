# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of a fresh desk, and clients who are signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.api import API_PREFIX
from helpdesk.core.settings import Settings
from tests.conftest import PASSWORD
from tests.servers import serving

Client = Callable[[str], httpx.Client]


@pytest.fixture
def url(embedded: EmbeddedDesk) -> Iterator[str]:
    """Return the URL of a server of the desk."""
    with serving(embedded) as found:
        yield found


@pytest.fixture
def anybody(url: str) -> Iterator[httpx.Client]:
    """Return a client that nobody has signed in with."""
    with httpx.Client(base_url=url, trust_env=False) as client:
        yield client


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    """Return a function that signs somebody in and gives their client."""
    with ExitStack() as stack:

        def signed_in(username: str) -> httpx.Client:
            found = stack.enter_context(httpx.Client(base_url=url + API_PREFIX, trust_env=False))
            found.headers["Authorization"] = f"Bearer {token_of(found, username)}"
            return found

        yield signed_in


def token_of(client: httpx.Client, username: str) -> str:
    """Begin a session and return its token."""
    answer = client.post(
        str(client.base_url.join(f"{API_PREFIX}/session")),
        json={"username": username, "password": PASSWORD},
    )
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


def with_server(settings: Settings, **changed: object) -> Settings:
    """Return the settings with some of the server's changed."""
    return settings.model_copy(update={"server": settings.server.model_copy(update=changed)})
