# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens nobody can guess, told apart by their kind, and sessions that live in memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.core.api import API_KEY_PREFIX
from helpdesk.services.session_registry import (
    SessionRegistry,
    hash_of,
    is_api_key,
    new_api_key,
    new_token,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONGEST = timedelta(days=30)


@pytest.fixture
def registry() -> SessionRegistry:
    return SessionRegistry(LONGEST)


@pytest.mark.parametrize("make", [new_token, new_api_key])
def test_tokens_are_long_and_never_repeat(make):
    tokens = {make() for _ in range(500)}
    assert len(tokens) == 500
    assert min(map(len, tokens)) >= 64


def test_a_key_is_told_from_the_token_of_a_session():
    assert new_api_key().startswith(API_KEY_PREFIX)
    assert is_api_key(new_api_key())
    assert not any(is_api_key(token) for token in (None, "", *(new_token() for _ in range(100))))


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "ü" * 10_000])
def test_any_text_has_a_hash_that_does_not_hold_it(token: str):
    assert len(hash_of(token)) == 64
    assert hash_of(token) != hash_of(token + "x")


def test_a_token_belongs_to_one_person_and_is_not_kept(registry: SessionRegistry):
    first, second = registry.begin(1, NOON), registry.begin(2, NOON)
    for token, user in ((first, 1), (second, 2)):
        held = registry.found(hash_of(token))
        assert held is not None
        assert (held.user_id, held.used_at, held.ends_at) == (user, NOON, NOON + LONGEST)
        assert registry.found(token) is None


def test_a_use_is_noted_and_an_ended_session_is_gone(registry: SessionRegistry):
    token_hash = hash_of(registry.begin(1, NOON))
    registry.note_use(token_hash, NOON + LONGEST / 2)
    held = registry.found(token_hash)
    assert held is not None
    assert held.used_at == NOON + LONGEST / 2
    registry.end(token_hash)
    registry.end(token_hash)
    registry.note_use(token_hash, NOON)
    assert registry.found(token_hash) is None


def test_threads_may_begin_use_and_end_sessions_together(registry: SessionRegistry):
    def live(user: int) -> None:
        for _ in range(200):
            token_hash = hash_of(registry.begin(user, NOON))
            held = registry.found(token_hash)
            assert held is not None
            assert held.user_id == user
            registry.note_use(token_hash, NOON)
            registry.end(token_hash)

    with ThreadPoolExecutor(4) as threads:
        for job in [threads.submit(live, user) for user in range(4)]:
            job.result()
