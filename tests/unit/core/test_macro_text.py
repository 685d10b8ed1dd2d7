# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of canned replies: filled from a list, once, and never silently empty."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.macro_text import SAMPLE, VARIABLES, fill, unfilled


def test_every_variable_has_a_meaning_and_a_sample():
    assert VARIABLES.keys() == SAMPLE.keys()
    assert all(SAMPLE.values())


def test_what_is_not_known_or_missing_stays_and_is_told():
    filled = fill("{{ me.name }}, {{nonsense}}, {{ ticket.team }}", {"me.name": "Bob"})
    assert filled.text == "Bob, {{nonsense}}, {{ ticket.team }}"
    assert (filled.unknown, filled.missing) == (("nonsense",), ("ticket.team",))
    assert "no variable" in filled.problem
    assert unfilled(filled.text) == ("{{nonsense}}", "{{ ticket.team }}")


@settings(max_examples=60)
@given(value=st.text(min_size=1), body=st.text())
def test_what_is_put_in_is_never_looked_at_again(value: str, body: str):
    assert fill("{{ ticket.subject }}", {"ticket.subject": value}).text == value
    assert fill(body, SAMPLE).text == body or "{{" in body
