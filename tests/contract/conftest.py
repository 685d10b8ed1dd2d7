# SPDX-License-Identifier: GPL-3.0-or-later
"""A keyring that keeps secrets for as long as the tests of operations run."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest

from tests.keyrings import MemoryKeyring


@pytest.fixture(scope="module", autouse=True)
def _keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(before)
