# SPDX-License-Identifier: GPL-3.0-or-later
"""What seems secret in a reply is named with its place, and what quotes a note is found."""

from __future__ import annotations

import pytest

from helpdesk.core.secret_words import common_passage, quoted_from, secrets_of

CASES = (
    ("Hello,\nthe password is Tr0ub4dor&3", "a password or code", 2),
    ("Hi,\n\nThe password is: Tr0ub4dor!", "a password or code", 3),
    ("Das Kennwort lautet : Tr0ub4dor!", "a password or code", 1),
    ("Password: hunter2", "a password or code", 1),
    ("Use ghp_" + "a1B2" * 9 + " for it", "a key or token", 1),
    ("Card:\n\n4111 1111 1111 1111", "the number of a card", 3),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----", "a private key",
     1),
    ("Authorization: Bearer abcdefghijklmnop.qrstuvwxyz", "a key or token", 1),
)  # fmt: skip


@pytest.mark.parametrize(("text", "what", "line"), CASES)
def test_each_kind_is_named_with_its_line_and_not_repeated(text: str, what: str, line: int):
    (found,) = secrets_of(text)
    assert (found.what, found.line) == (what, line)
    for secret in ("Tr0ub4dor", "hunter2", "1111 1111", "a1B2a1B2", "qrstuvwxyz"):
        assert secret not in found.shown


@pytest.mark.parametrize(
    "text",
    [
        "Your password was changed.",
        "The token is wrong.",
        "The password is: unchanged.",
        "Call 555-1234.",
        "See HD-1042 and KB-7.",
    ],
)
def test_plain_replies_pass(text: str):
    assert secrets_of(text) == ()


def test_what_stands_before_a_secret_shows_no_other_one_and_begins_with_a_word():
    key = "ghp_" + "a1B2" * 9
    first, second = secrets_of(
        f"Your new password is Tr0ub4dor!, and the key of the big printer is {key}"
    )
    assert first.shown == "Your new password is Tr•••"
    assert "r0ub" not in second.shown
    assert second.shown == "…the key of the big printer is gh•••"


NOTE = "The requester has called four times already; their manager asked us to be patient with it."


def test_a_quoted_note_is_found_however_it_is_broken():
    quoted = (
        "Dear Alice,\n> The requester has called four\n> times already; their manager asked\n Bye"
    )
    found = quoted_from(quoted, ["Nothing.", NOTE])
    assert found is not None
    assert found[0] == 1
    assert found[1].startswith("The requester has called four times already")


def test_some_words_in_common_are_no_quotation():
    assert common_passage("The requester has called us.", NOTE) == ""
    assert common_passage("", NOTE) == ""
