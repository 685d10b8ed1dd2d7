# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions in memory: tokens nobody can guess, ended one by one or for a person."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.core.errors import SignedOut
from helpdesk.services.session_registry import SessionRegistry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDLE = timedelta(hours=1)


@pytest.fixture
def registry() -> SessionRegistry:
    return SessionRegistry(IDLE)


def test_a_token_belongs_to_one_person(registry: SessionRegistry):
    first, second = registry.begin(1, NOON), registry.begin(2, NOON)
    assert registry.user_of(first, NOON) == 1
    assert registry.user_of(second, NOON) == 2


def test_tokens_are_long_and_never_repeat(registry: SessionRegistry):
    tokens = {registry.begin(1, NOON) for _ in range(500)}
    assert len(tokens) == 500
    assert min(map(len, tokens)) >= 43


@pytest.mark.parametrize("token", [None, "", "x", "\x00", "\ud800"])
def test_any_other_token_is_nobodys(registry: SessionRegistry, token: str | None):
    registry.begin(1, NOON)
    with pytest.raises(SignedOut, match="Sign in first"):
        registry.user_of(token, NOON)
    registry.end(token)


def test_each_use_prolongs_a_session(registry: SessionRegistry):
    token = registry.begin(1, NOON)
    for step in range(1, 5):
        registry.user_of(token, NOON + step * IDLE)
    with pytest.raises(SignedOut, match="has ended"):
        registry.user_of(token, NOON + 5 * IDLE + timedelta(seconds=1))
    with pytest.raises(SignedOut, match="Sign in first"):
        registry.user_of(token, NOON)


def test_the_sessions_of_a_person_end_except_the_one_named(registry: SessionRegistry):
    kept, ended, other = (registry.begin(user, NOON) for user in (1, 1, 2))
    registry.end_of(1, but=kept)
    assert registry.user_of(kept, NOON) == 1
    assert registry.user_of(other, NOON) == 2
    with pytest.raises(SignedOut):
        registry.user_of(ended, NOON)
    registry.end_of(1)
    with pytest.raises(SignedOut):
        registry.user_of(kept, NOON)


def test_threads_may_begin_use_and_end_sessions_together(registry: SessionRegistry):
    def live(user: int) -> None:
        for _ in range(200):
            token = registry.begin(user, NOON)
            assert registry.user_of(token, NOON) == user
            registry.end(token)
            registry.end_of(user)

    with ThreadPoolExecutor(4) as threads:
        for job in [threads.submit(live, user) for user in range(4)]:
            job.result()
