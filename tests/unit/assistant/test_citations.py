# SPDX-License-Identifier: GPL-3.0-or-later
"""Each sentence is shown with the sources it names, and whether they say it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.assistant.citations import Passage, cited, split_sentences, without_marks

PASSAGES = (
    Passage(
        "KB-12", "VPN drops", "Choose the travel profile in the client and restart the laptop."
    ),
    Passage("HD-5", "Slow line", "Restart the router at home."),
)


def stems(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 3}


def _cited(text: str) -> list[tuple[str, tuple[str, ...], bool]]:
    return [(each.text, each.numbers, each.supported) for each in cited(text, PASSAGES, stems)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Open e.g. Word. Then restart it! Does it work?", 3),
        ("See 10.0.0.1 or version 10.2 now. (Really?) Yes.", 3),
        ("z. B. Outlook, bzw. Word. Neu starten.", 2),
        ("1. Open the menu.\n2. Choose Sync. Wait.\n- Done", 4),
        ("He said “Stop.” Then it stopped…  And more", 3),
        ("再起動してください。次に待ちます。", 2),
        ("\n \n", 0),
    ],
)
def test_sentences_end_where_people_end_them(text: str, sentences: int):
    assert len(split_sentences(text)) == sentences


@given(st.text(st.sampled_from("Ab1.!? \n[]()-*\"'")))
def test_no_letter_is_lost(text: str):
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Choose the travel profile in the client [KB-12].",
            [("Choose the travel profile in the client.", ("KB-12",), True)],
        ),
        (
            "Choose the travel profile in the client. [KB-12] Have fun.",
            [
                ("Choose the travel profile in the client.", ("KB-12",), True),
                ("Have fun.", (), False),
            ],
        ),
        (
            "[KB-12] Choose the travel profile in the client",
            [("Choose the travel profile in the client", ("KB-12",), True)],
        ),
        (
            "Restart the router at home (see kb 12; HD-5) [KB-99].",
            [("Restart the router at home.", ("KB-12", "HD-5"), True)],
        ),
        (
            "Restart the router at home [KB-12].",
            [("Restart the router at home.", ("KB-12",), False)],
        ),
        ("Restart it.\n[HD-5]", [("Restart it.", (), False)]),
        (
            "By RFC 822 (RFC 822) [EMAIL_1] [1].",
            [("By RFC 822 (RFC 822) [EMAIL_1] [1].", (), False)],
        ),
        ("1. [KB-12]\n", []),
    ],
)
def test_marks_become_numbers(text: str, found: list[tuple[str, tuple[str, ...], bool]]):
    assert _cited(text) == found


PIECES = st.sampled_from(
    [
        "[KB-12]",
        "[HD-5]",
        "[KB-99]",
        "[KB-12, HD-5]",
        "Restart.",
        "the router",
        "\n",
        " ",
        "KB-12",
        "[",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5)).map("".join))
def test_only_what_was_given_is_cited_and_support_needs_a_source(text: str):
    for sentence in cited(text, PASSAGES, stems):
        assert set(sentence.numbers) <= {"KB-12", "HD-5"}
        assert sentence.numbers or not sentence.supported
        assert "[KB-12]" not in sentence.text
        assert sentence.text.strip()


def test_a_reply_goes_out_without_marks():
    text = "Restart it [KB-12]. Wait (KB-99). By RFC 822 (RFC 822)."
    assert without_marks(text, PASSAGES) == "Restart it. Wait. By RFC 822 (RFC 822)."


def test_a_long_line_is_read_to_its_end():
    assert len(cited("[KB-12, KB-1" * 10_000 + "a. " * 30_000, PASSAGES, stems)) >= 1
