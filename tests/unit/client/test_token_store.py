# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is remembered: in a keyring that keeps secrets, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null

from helpdesk.client.token_store import TokenStore
from tests.keyrings import (
    ClearKeyring,
    ForgetfulKeyring,
    LockedKeyring,
    MemoryKeyring,
)

URL = "https://desk.example.org"


@pytest.fixture(autouse=True)
def _own_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.fixture
def memory() -> MemoryKeyring:
    made = MemoryKeyring()
    keyring.set_keyring(made)
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "desk" / "remembered.json"


@pytest.fixture
def store(file: Path) -> TokenStore:
    return TokenStore(URL, file)


def test_a_token_is_kept_in_the_keyring_under_the_desks_name(
    memory: MemoryKeyring, store: TokenStore, file: Path
):
    assert store.works
    assert store.recall() is None
    assert store.remember("alice", "secret-token")
    assert memory.secrets == {(f"Help Desk {URL}", "alice"): "secret-token"}
    assert store.recall() == ("alice", "secret-token")
    assert "secret-token" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_forgotten_token_is_gone(memory: MemoryKeyring, store: TokenStore):
    store.remember("alice", "secret-token")
    store.forget()
    store.forget()
    assert memory.secrets == {}
    assert store.recall() is None


def test_servers_are_kept_apart_and_the_last_person_is_recalled(
    memory: MemoryKeyring, store: TokenStore, file: Path
):
    other = TokenStore("https://other.example.org", file)
    store.remember("alice", "one")
    other.remember("bob", "two")
    store.remember("carol", "three")
    assert store.recall() == ("carol", "three")
    assert sorted(memory.secrets.values()) == ["three", "two"]
    assert other.recall() == ("bob", "two")
    store.forget()
    assert other.recall() == ("bob", "two")


@pytest.mark.parametrize(
    "backend",
    [fail.Keyring, null.Keyring, ClearKeyring],
    ids=["no backend", "switched off", "a readable file"],
)
def test_without_a_keyring_that_keeps_secrets_nothing_is_remembered(
    store: TokenStore, file: Path, backend: type[KeyringBackend]
):
    keyring.set_keyring(backend())
    assert not store.works
    assert not store.remember("alice", "secret-token")
    assert store.recall() is None
    store.forget()
    assert not file.exists()


@pytest.mark.parametrize(
    "backend",
    [
        LockedKeyring(),
        LockedKeyring(RuntimeError("no D-Bus")),
        LockedKeyring(TypeError("x")),
        ForgetfulKeyring(),
    ],
    ids=["locked", "no service", "a bug of the backend", "forgetful"],
)
def test_a_keyring_that_fails_stops_nobody(store: TokenStore, file: Path, backend: MemoryKeyring):
    keyring.set_keyring(backend)
    assert not store.remember("alice", "secret-token")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'{{"{URL}": "alice"}}')
    assert store.recall() is None
    store.forget()


@pytest.mark.parametrize(
    "content", ["", "[]", "{", "[" * 100_000, '{"https://desk.example.org": 5}']
)
def test_a_damaged_file_of_names_is_nobody(
    memory: MemoryKeyring, store: TokenStore, file: Path, content: str
):
    file.parent.mkdir(parents=True)
    file.write_text(content)
    assert store.recall() is None
    assert store.remember("alice", "secret-token")
    assert store.recall() == ("alice", "secret-token")


def test_a_folder_that_cannot_be_written_remembers_nobody(memory: MemoryKeyring, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    store = TokenStore(URL, tmp_path / "file" / "remembered.json")
    assert not store.remember("alice", "secret-token")
    assert memory.secrets == {}
