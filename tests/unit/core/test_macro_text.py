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


def test_blanks_around_a_name_are_no_part_of_it_and_long_text_is_no_name():
    spaced = "{{ \t me.name" + " " * 500 + "}}"
    assert fill(spaced, {"me.name": "Bob"}).text == "Bob"
    assert unfilled(spaced) == (spaced,)
    for none in ("{{" + "x" * 101 + "}}", "{{ me.\nname }}", "{{ me.name }"):
        assert unfilled(none) == ()
        assert fill(none, {"me.name": "Bob"}) == (none, (), ())


def test_a_text_of_braces_and_blanks_is_read_once_however_long_it_is():
    for hostile in (
        "{{" + " " * 990_000,
        "{{" * 490_000,
        "{{ x " * 190_000,
        "{{" + "\t " * 490_000,
    ):
        assert unfilled(hostile) == ()
        assert fill(hostile, SAMPLE).text == hostile
    assert unfilled("{{" + " " * 990_000 + "today }}") == ("{{" + " " * 990_000 + "today }}",)


@settings(max_examples=60)
@given(value=st.text(min_size=1), body=st.text())
def test_what_is_put_in_is_never_looked_at_again(value: str, body: str):
    assert fill("{{ ticket.subject }}", {"ticket.subject": value}).text == value
    assert fill(body, SAMPLE).text == body or "{{" in body
