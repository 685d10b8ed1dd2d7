# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets at rest: the key comes from environment or keyring, and never lies beside them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest

from helpdesk.core.errors import Conflict
from helpdesk.core.settings import SecuritySettings, Settings
from helpdesk.services.secret_box import can_keep, new_key, sealed, unsealed
from tests.keyrings import (
    ClearKeyring,
    ForgetfulKeyring,
    LockedKeyring,
    MemoryKeyring,
    SharedKeyring,
)

MAKES_A_KEY = """
from helpdesk.core.settings import load
from helpdesk.core.paths import DataFolder
from helpdesk.services.secret_box import sealed, unsealed
security = load(DataFolder.locate()).security
print("ready", flush=True)
input()
kept = sealed(security, 7, "SECRET")
print(unsealed(security, 7, kept), flush=True)
"""
"""What each of two servers does at the first app that is set up."""


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


class Server:
    """A process of the same user, with a desk and a folder of its own."""

    def __init__(self, folder: Path, shared: Path, home: Path) -> None:
        own = {
            "HELPDESK_DATA_DIR": str(folder), "XDG_DATA_HOME": str(home),
            "PYTHON_KEYRING_BACKEND": "tests.keyrings.SharedKeyring",
            SharedKeyring.FILE: str(shared), "PYTHONPATH": os.pathsep.join(sys.path),
        }  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-c", MAKES_A_KEY], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, **own}, encoding="utf-8", bufsize=1,
        )  # fmt: skip

    def says(self) -> str:
        """Return the next line, once it comes."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go_on(self) -> None:
        """Let it begin, or keep a key."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")

    def end(self) -> None:
        """Let it come to its end."""
        self._process.communicate(timeout=60)


def test_two_processes_that_need_the_first_key_take_the_same_one(tmp_path: Path):
    shared, home = tmp_path / "keyring", tmp_path / "home"
    first, second = (Server(tmp_path / name, shared, home) for name in ("one", "two"))
    try:
        assert (first.says(), second.says()) == ("ready", "ready")
        first.go_on()
        while first.says() != "keeping":
            pass
        second.go_on()
        assert second.says() == "nothing"
        # The second has seen that there is no key, and the first has not kept its own yet.
        first.go_on()
        assert first.says() == "SECRET"
        assert second.says() == "SECRET", "it made a key of its own"
    finally:
        first.end()
        second.end()


def test_a_key_is_made_also_where_no_lock_can_be(
    security: SecuritySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(in_the_way))
    assert unsealed(security, 7, sealed(security, 7, "SECRET")) == "SECRET"
