# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets at rest: the key comes from environment or keyring, and never lies beside them."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest

from helpdesk.core.errors import Conflict
from helpdesk.core.settings import SecuritySettings, Settings
from helpdesk.services.secret_box import can_keep, new_key, sealed, unsealed
from tests.keyrings import ClearKeyring, ForgetfulKeyring, LockedKeyring, MemoryKeyring


@pytest.fixture(autouse=True)
def memory() -> Iterator[MemoryKeyring]:
    before, made = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def security(settings: Settings) -> SecuritySettings:
    return settings.security


def with_key(security: SecuritySettings, *keys: str) -> SecuritySettings:
    return security.model_copy(update={"secret_key": ", ".join(keys)})


def test_the_key_of_the_keyring_is_made_once(security: SecuritySettings, memory: MemoryKeyring):
    first, second = sealed(security, 7, "SECRET"), sealed(security, 7, "SECRET")
    assert len(memory.secrets) == 1
    assert first != second
    assert [unsealed(security, 7, kept) for kept in (first, second)] == ["SECRET"] * 2
    assert "SECRET" not in first


def test_what_is_anothers_is_not_told(security: SecuritySettings):
    kept = sealed(security, 7, "SECRET")
    with pytest.raises(Conflict, match="recovery code"):
        unsealed(security, 77, kept)
    with pytest.raises(Conflict):
        unsealed(security, 7, kept[:-6] + "AAAA==")


def test_the_first_key_of_the_environment_encrypts_and_the_others_still_decrypt(
    security: SecuritySettings, memory: MemoryKeyring
):
    old, new = new_key(), new_key()
    by_keyring = sealed(security, 1, "A")
    by_old = sealed(with_key(security, old), 1, "B")
    both = with_key(security, new, old)
    by_new = sealed(both, 1, "C")
    assert unsealed(both, 1, by_old) == "B"
    assert unsealed(with_key(security, new), 1, by_new) == "C"
    # What was kept before there was one in the environment is still read where it was kept.
    assert unsealed(both, 1, by_keyring) == "A"
    memory.secrets.clear()
    for kept in (by_keyring, by_old):
        with pytest.raises(Conflict, match="HELPDESK_SECURITY__SECRET_KEY"):
            unsealed(with_key(security, new), 1, kept)


def test_a_key_that_is_none_is_told(security: SecuritySettings):
    with pytest.raises(Conflict, match="several parted by commas"):
        sealed(with_key(security, "too short"), 1, "A")


@pytest.mark.parametrize("kind", [ClearKeyring, ForgetfulKeyring, LockedKeyring])
def test_nothing_is_kept_where_a_secret_would_not_be_one(
    security: SecuritySettings, kind: type[MemoryKeyring]
):
    keyring.set_keyring(kind())
    with pytest.raises(Conflict, match="helpdesk secret-key"):
        sealed(security, 1, "A")
    assert can_keep(with_key(security, new_key()))
    assert can_keep(security) == (kind is not ClearKeyring)
