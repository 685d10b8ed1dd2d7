# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a model's address lies is known while it is typed, and half of one is no fault."""

from __future__ import annotations

import pytest

from helpdesk.client.endpoint_address import address_of, name_in


@pytest.mark.parametrize(
    ("text", "private", "host", "reach"),
    [
        ("", False, "", ""),
        ("http://127.0.0.1:11434/v1", False, "127.0.0.1:11434", "loopback"),
        ("http://10.1.2.3", False, "10.1.2.3", "private"),
        ("https://llm.corp", False, "llm.corp", "public"),
        ("http://llm.corp", True, "llm.corp", "private"),
    ],
)
def test_the_reach_of_an_address(text, private, host, reach):
    assert address_of(text, private=private) == (host, reach, "")


def test_a_name_in_clear_has_two_remedies_and_nonsense_one():
    assert address_of("http://llm.corp", private=False).problem.endswith("say so under Advanced.")
    assert "Advanced" not in address_of("http://a:b@llm.corp", private=False).problem


def test_every_beginning_of_an_address_can_be_typed():
    whole = "https://[::1]:8080/v1"
    for end in range(1, len(whole) + 1):
        address = address_of(whole[:end], private=True)
        assert bool(address.reach) is not bool(address.problem)
        assert isinstance(name_in(whole[:end]), str)
