# SPDX-License-Identifier: GPL-3.0-or-later
"""Without a model a question gets the sentences that answer it, word for word, or nothing."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.assistant.citations import Passage
from helpdesk.assistant.extracts import answer

FULL = Passage(
    "KB-5",
    "Mailbox is full",
    "A mailbox holds 50 GB.\n\n## Make room\n\n"
    "1. Right-click **Deleted Items** and choose *Empty*.\n"
    "2. Sort by [size](https://x.example) and delete what is large.\n\n"
    "## Archive\n\n| What | Where |\n|---|---|\n| Archive mailbox | Ask the `service desk` |\n",
)
VPN = Passage(
    "KB-12",
    "VPN drops",
    "The client shows a message. Error 809 means that the network blocks the VPN tunnel.\n\n"
    "- Choose the travel profile in the VPN client.\n",
)


def stems(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 2}


def _answer(question: str, *passages: Passage, limit: int = 4) -> list[tuple[str, tuple[str, ...]]]:
    found = answer(stems(question), passages, stems, limit)
    return [(each.text, each.numbers) for each in found]


def test_the_steps_of_the_article_that_the_question_names_come_in_their_order():
    assert _answer("mailbox full", VPN, FULL, limit=2) == [
        ("1. Right-click Deleted Items and choose *Empty*.", ("KB-5",)),
        ("2. Sort by size and delete what is large.", ("KB-5",)),
    ]


def test_a_sentence_that_speaks_of_the_question_is_found_in_a_text():
    assert _answer("error 809 tunnel", FULL, VPN) == [
        ("Error 809 means that the network blocks the VPN tunnel.", ("KB-12",))
    ]


def test_a_row_of_a_table_is_one_sentence():
    assert _answer("archive mailbox where", FULL, limit=1) == [
        ("Archive mailbox: Ask the service desk", ("KB-5",))
    ]


def test_what_no_passage_speaks_of_gets_no_answer():
    assert _answer("coffee machine", FULL, VPN) == []
    assert _answer("coffee machine broken mailbox", FULL, VPN) == []
    assert _answer("", FULL) == []
    assert _answer("mailbox") == []


@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=30), st.integers(1, 5))
def test_nothing_is_made_up(texts: list[str], question: str, limit: int):
    passages = [Passage(f"KB-{number}", "mailbox", text) for number, text in enumerate(texts)]
    found = answer(stems(question + " mailbox"), passages, stems, limit)
    assert len(found) <= limit
    for sentence in found:
        source = passages[int(sentence.numbers[0].removeprefix("KB-"))].text
        assert stems(sentence.text) <= stems(source)
