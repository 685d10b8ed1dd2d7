# SPDX-License-Identifier: GPL-3.0-or-later
"""An excerpt is a short piece of a text as it was written, with every hit in it marked."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helpdesk.core.text import HIT_END, HIT_START
from helpdesk.database.excerpts import EXCERPT_WORDS, excerpt, patterns_of
from helpdesk.database.fulltext import words_of
from helpdesk.database.tokens import tokens_of


def cut(typed: str, *texts: str) -> str:
    """Return an excerpt with [ and ] for the marks."""
    words = words_of(typed)
    patterns = patterns_of(tokens_of(words.all), unfinished=words.unfinished is not None)
    return excerpt(texts, patterns).replace(HIT_START, "[").replace(HIT_END, "]")


@pytest.mark.parametrize(
    ("typed", "said", "shown"),
    [
        ("jam ", "Printer jam!", "Printer [jam]!"),
        ("print", "Printer, printers", "[Printer], [printers]"),
        ("print ", "Print printer", "[Print] printer"),
        ("GRUNE ", "Die grüne Lampe", "Die [grüne] Lampe"),
        ("grün", "gru\u0308ne Lampe", "[gru\u0308ne] Lampe"),
        ("grun ", "e\u0301 gru\u0308n\u0301 \u0301x", "e\u0301 [gru\u0308n\u0301] \u0301x"),
        ("йод ", "Йод", "[Йод]"),
        ("и ", "и\u0306 й", "[и\u0306] й"),
        ("한국", "한국어", "[한국어]"),
        ('"heavy paper"', "paper heavy  paper", "paper [heavy  paper]"),
        ("vpn-gate", "the VPN-gateway.", "the [VPN-gateway]."),
        ("a b ", "a b c", "[a] [b] c"),
        ('"a b" b ', "a b b", "[a b] [b]"),
        ("a*b", "a+b", "[a+b]"),
        ("印刷", "印刷できません", "[印刷できません]"),
        ("nothing", "else", "else"),
    ],
)
def test_hits_are_marked(typed: str, said: str, shown: str):
    assert cut(typed, said) == shown


def test_only_the_part_around_the_hit_is_shown():
    long = " ".join(["lorem"] * 60)
    shown = cut("wombat", f"{long} wombat {long}")
    assert shown.startswith("…lorem")
    assert shown.endswith("lorem…")
    assert "lorem [wombat] lorem" in shown
    assert len(re.findall(r"\w+", shown)) == EXCERPT_WORDS


def test_the_part_with_the_most_terms_is_shown():
    long = " ".join(["lorem"] * 60)
    assert "[red] [fox]" in cut("red fox ", f"red {long} red fox {long} fox")


def test_the_first_text_with_the_most_terms_is_shown():
    assert cut("red fox ", "red", "a red fox", "fox red") == "a [red] [fox]"
    assert cut("red ", "a subject", "a red text", "red") == "a [red] text"


def test_many_hits_far_apart_cost_no_more_than_their_number():
    filler = " ".join(["lorem"] * 30)
    started = time.process_time()
    shown = cut("red fox ", " ".join(f"red {filler} fox {filler}" for _ in range(2_000)))
    assert shown.count("[") == 1
    assert time.process_time() - started < 2


def test_where_there_is_no_text_the_excerpt_is_empty():
    assert cut("red ") == cut("red ", "", "!") == ""


_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\x02\x03"))


@hypothesis_settings(deadline=None, database=None)
@given(_text, st.lists(_text, max_size=3))
def test_whatever_is_typed_the_marks_are_in_pairs_and_the_text_is_as_written(
    typed: str, texts: list[str]
):
    shown = cut(typed, *(said.replace("[", "").replace("]", "") for said in texts))
    assert re.sub(r"\[[^\[\]]+\]", "", shown).count("[") == 0
    assert shown.count("[") == shown.count("]")
