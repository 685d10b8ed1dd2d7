# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from people: what cannot be stored is replaced, everything else stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helpdesk.core.text import ellipsis, folded, single_line, storable


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a\x00b", "a\ufffdb"),
        ("a\ud800b\udfff", "a\ufffdb\ufffd"),
        ("hit \x02x\x03", "hit \ufffdx\ufffd"),
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("tab\tand \u202eright-to-left\u202c", "tab\tand \u202eright-to-left\u202c"),
        ("Z\u0300\u0301\u0302" * 3, "Z\u0300\u0301\u0302" * 3),
        ("👩‍👩‍👧 😀", "👩‍👩‍👧 😀"),
    ],
)
def test_only_what_no_database_holds_is_replaced(text: str, stored: str):
    assert storable(text) == stored


@hypothesis_settings(deadline=None, database=None)
@given(st.text(st.characters()))
def test_what_is_storable_stays_so_and_can_be_encoded(text: str):
    once = storable(text)
    assert storable(once) == once
    once.encode("utf-8")
    assert not set(once) & set("\x00\x02\x03\r")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two\nlines\r\n ", "two lines"),
        ("a\u2028b\u2029c\x85d\x1b[31m", "a b c d [31m"),
        ("\n\t\n", ""),
        ("a\x00b", "a\ufffdb"),
    ],
)
def test_a_line_has_no_breaks_and_no_control_characters(text: str, line: str):
    assert single_line(text) == line


@hypothesis_settings(deadline=None, database=None)
@given(st.text(st.characters()))
def test_a_line_is_one_line(text: str):
    assert len(single_line(text).splitlines()) <= 1


@pytest.mark.parametrize(
    ("one", "other"), [("ALICE", "alice"), ("Straße", "STRASSE"), ("ﬁn", "FIN"), ("ａ b", " A B ")]
)
def test_names_are_compared_in_any_case_and_form(one: str, other: str):
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("text", "cut"), [("short", "short"), ("exactly ten", "exactly t…"), ("blank     at", "blank…")]
)
def test_what_is_cut_says_so(text: str, cut: str):
    assert ellipsis(text, 10) == cut
