# SPDX-License-Identifier: GPL-3.0-or-later
"""The number of a ticket is read however it is written, and nothing else is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.ticket_numbers import number_in


@pytest.mark.parametrize("text", ["HD-12", "hd 12", "HD12", "#12", "  Hd-0012 "])
def test_a_number_is_read_however_it_is_written(text: str):
    assert number_in(text, marked=True) == number_in(text, marked=False) == 12


def test_digits_alone_are_a_number_where_no_mark_is_needed():
    assert number_in("12", marked=False) == 12
    assert number_in("12", marked=True) is None


@pytest.mark.parametrize(
    "text", ["", "HD-", "##12", "HD-\u00b2", "\u00b2", "\u2460", "1" * 19, "-1"]
)
def test_nothing_else_is_a_number(text: str):
    assert number_in(text, marked=False) is None


@given(
    text=st.text(st.characters(categories=("Nd", "No", "Nl")), max_size=20), marked=st.booleans()
)
def test_no_sign_that_looks_like_a_digit_stops_it(text: str, marked: bool):
    number = number_in(text, marked=marked)
    assert number is None or 0 <= number < 10**18
