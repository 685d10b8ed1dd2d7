# SPDX-License-Identifier: GPL-3.0-or-later
"""Cursors: what is encoded comes back, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helpdesk.core.errors import Invalid
from helpdesk.core.text import storable
from helpdesk.repositories.cursors import decoded, encoded

_number = st.integers(-(2**63) + 1, 2**63 - 1)
_name = st.text(max_size=300).map(storable)


@hypothesis_settings(deadline=None, database=None)
@given(_name, _number)
def test_a_key_comes_back_as_it_was(name: str, number: int):
    cursor = encoded((name, number))
    assert cursor.isascii()
    assert "=" not in cursor
    assert decoded(cursor, (str, int)) == (name, number)


@hypothesis_settings(deadline=None, database=None)
@given(st.text())
def test_any_other_text_is_refused_or_a_key(text: str):
    try:
        key = decoded(text, (str, int))
    except Invalid:
        return
    assert [type(part) for part in key] == [str, int]


def test_the_longest_name_of_an_account_fits():
    longest = "😀" * 200
    assert decoded(encoded((longest, 1)), (str, int)) == (longest, 1)


@pytest.mark.parametrize("kinds", [(int,), (int, int, int), (str, int), (int, str)])
def test_a_key_of_other_kinds_is_refused(kinds: tuple[type, ...]):
    with pytest.raises(Invalid):
        decoded(encoded((1, 2)), kinds)
