# SPDX-License-Identifier: GPL-3.0-or-later
"""Amounts of time are understood as people write them, and as the program does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.time_amounts import read, read_span, written


@given(st.integers(0, 9_999 * 3_600))
def test_what_is_written_is_read_as_the_same(seconds: int):
    assert read(written(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90", 90), ("1h 30m", 90), ("1h30", None), (" 1H 30M ", 90), ("1:30", 90), ("0:05", 5),
        ("1.5h", 90), ("1,5 h", 90), ("2 hours", 120), ("1 h 5 min", 65), ("45 minutes", 45),
        ("1:60", None), ("", None), ("h", None), ("-5", None), ("soon", None), ("1m 1h", None),
        ("9" * 30, None), ("٣", None),
    ],
)  # fmt: skip
def test_people_write_amounts_in_many_ways(text: str, minutes: int | None):
    assert read(text) == (None if minutes is None else minutes * 60)


@settings(max_examples=50)
@given(st.text(max_size=20))
def test_anything_else_is_no_amount_and_no_fault(text: str):
    assert (read(text) or 0) >= 0


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("9:00-10:30", (540, 630)), ("9:00 – 10:30", (540, 630)), ("23:00 to 24:00", (1380, 1440)),
        ("10:30-9:00", None), ("9:00-9:00", None), ("9:00", None), ("22:00-25:00", None),
    ],
)  # fmt: skip
def test_a_span_of_a_day_is_understood(text: str, span: tuple[int, int] | None):
    assert read_span(text) == span
