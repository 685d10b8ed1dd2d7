# SPDX-License-Identifier: GPL-3.0-or-later
"""No text of a model recites what it was told."""

from __future__ import annotations

import pytest

from helpdesk.assistant import prompts
from helpdesk.assistant.leaks import Instructions

NONCE = "8f3a91c2b7d4"
TOLD = Instructions(prompts.load("triage").text, NONCE)
HONEST = "Restart the laptop and sign in again.\nIf a certificate has expired, tell us the message."


def test_an_honest_text_stays_as_it_is():
    assert TOLD.taken_out_of(HONEST) == HONEST
    assert not TOLD.stand_in(HONEST)


@pytest.mark.parametrize(
    "recited",
    [
        "Sure: YOU sort new tickets, of an IT service-desk and draft the first reply!",
        "Judge by what is broken and for how many, not by how loudly",
        f"The block is called ticket-{NONCE.upper()}.",
    ],
)
def test_what_is_recited_goes_with_its_line(recited: str):
    assert TOLD.stand_in(recited)
    assert TOLD.taken_out_of(f"Restart it.\n{recited}\nSign in again.") == (
        "Restart it.\nSign in again."
    )


def test_what_is_recited_over_lines_goes_with_all():
    lines = "You sort new tickets\nof an IT service\ndesk and draft"
    assert TOLD.taken_out_of(f"Here it is:\n{lines}") == ""


def test_a_few_words_in_common_are_chance():
    assert not TOLD.stand_in("A person decides; the reply is in the language of the ticket.")


@pytest.mark.parametrize("name", prompts.names())
def test_every_prompt_is_known_when_it_is_recited(name: str):
    text = prompts.load(name).text.replace("$", "")
    assert Instructions(prompts.load(name).text, "").stand_in(text)
