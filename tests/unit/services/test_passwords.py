# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords of any length and script: verified as typed, refused fast, never cut at 72 bytes."""

from __future__ import annotations

import os
import threading
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import bcrypt
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helpdesk.core.errors import Invalid
from helpdesk.core.paths import resource
from helpdesk.core.schemas.users import Role
from helpdesk.core.text import folded
from helpdesk.models import User
from helpdesk.services.passwords import (
    LONGEST_BYTES,
    hash_password,
    is_right,
    one_time_password,
    require_good,
    words_of,
)

COST = 4
BASE = "x" * 72


def fits(password: str, stored_for: str) -> bool:
    return is_right(password, hash_password(stored_for, COST), COST)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "😀" * 64,
        "密码" * 100,
        " outer blanks ",
        "a\x00b",
        "x" * LONGEST_BYTES,
    ],
)
def test_the_right_password_fits(password: str):
    assert fits(password, password)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (BASE + "a", BASE + "b"),
        (BASE, BASE + "b"),
        ("😀" * 18 + "a", "😀" * 18 + "b"),
        ("a\x00b", "a\x00c"),
        ("a", "a\x00"),
        ("Password one", "password one"),
        ("password one", "password one "),
        ("pássword", "password"),
    ],
)
def test_a_password_counts_to_its_last_character(typed: str, stored: str):
    assert not fits(typed, stored)


@pytest.mark.parametrize(
    "password", ["é und ü", "ﬁve ligatures", "Ångström 12", "①②③ wide ｗｉｄｅ"]
)
def test_the_same_letters_in_another_form_are_the_same_password(password: str):
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fits(unicodedata.normalize(form, password), password)


@hypothesis_settings(deadline=None, max_examples=20, database=None)
@given(st.text(min_size=1, max_size=60, alphabet=st.characters(exclude_categories=["Cs"])))
def test_every_text_is_a_password(password: str):
    stored = hash_password(password, COST)
    assert is_right(password, stored, COST)
    assert not is_right(password + "x", stored, COST)


UNUSABLE = ["", "\ud800", "ok\udfff", "x" * (LONGEST_BYTES + 1), "😀" * 257, "ﷺ" * 100]


@pytest.mark.parametrize("password", UNUSABLE, ids=lambda text: ascii(text[:3]))
def test_what_cannot_be_a_password_is_refused_and_never_fits(password: str):
    with pytest.raises(Invalid) as caught:
        hash_password(password, COST)
    assert caught.value.field == "new_password"
    assert not is_right(password, hash_password("x", COST), COST)
    assert not is_right(password, None, COST)


def test_ten_megabytes_are_refused_fast():
    stored = hash_password("x", COST)
    started = time.process_time()
    for password in ("x" * 10_000_000, "é" * 10_000_000, "\ud800" * 10_000_000):
        assert not is_right(password, stored, COST)
    assert time.process_time() - started < 0.1


def test_what_is_stored_tells_the_scheme_and_differs_each_time():
    first, second = hash_password("same words", COST), hash_password("same words", COST)
    assert first != second
    assert first.startswith("hmac-sha384-bcrypt:$2b$04$")
    assert hash_password("x", 5).startswith("hmac-sha384-bcrypt:$2b$05$")


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "plain",
        "$2b$04$abc",
        "sha1:abc",
        "hmac-sha384-bcrypt:",
        "hmac-sha384-bcrypt:$2b$é",
    ],
)
def test_nothing_fits_what_is_not_of_this_scheme(stored: str | None):
    assert not is_right("x", stored, COST)


def test_an_unknown_account_takes_as_long_as_a_known_one():
    """Compared by the work that is done: the clock of a busy machine proves nothing."""
    cost = 8
    stored = hash_password("x", cost)
    taken = []
    for candidate in (stored, None):
        tries = []
        for _ in range(5):
            started = time.process_time()
            is_right("y", candidate, cost)
            tries.append(time.process_time() - started)
        taken.append(min(tries))
    known, unknown = taken
    assert 0.5 < unknown / known < 2


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "at least 8 characters"),
        ("short", "at least 8 characters"),
        ("😀" * 7, "at least 8 characters"),
        ("alice.moreau", "not your user name"),
        ("ALICE.MOREAU", "not your user name"),
    ],
)
def test_a_bad_password_is_refused_with_a_remedy(password: str, sentence: str):
    with pytest.raises(Invalid, match=sentence) as caught:
        require_good(password, 8, "alice.moreau")
    assert caught.value.field == "new_password"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "only lower case",
        "😀 and 😎 and then 😈",
        "831940275516293",
        "gul blå och röd",
    ],
)
def test_no_rule_of_composition_is_made(password: str):
    require_good(password, 15, "alice")


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaa", "😀" * 15, "abcabcabcabcabca", "123456789012345", "987654321098765",
        "abcdefghijklmnop", "qwertyuiopasdfgh", "Password1234567", "PASSWORDpassword",
        "Password Password", "ｐａｓｓｗｏｒｄ ２０２６２０２６", "correct horse battery staple",
        "alicealicealice", "alice alice alice", "Alice!!!!!!!!!!2026", "HelpDesk1234567",
        "helpdeskhelpdesk", " " * 15,
    ],
)  # fmt: skip
def test_what_anybody_would_try_first_is_refused(password: str):
    with pytest.raises(Invalid, match="too easy to guess; choose a few words") as caught:
        require_good(password, 15, "alice")
    assert caught.value.field == "new_password"


@pytest.mark.parametrize(
    "password",
    [
        "Charlie Hart 2026", "charliehart!!!!!!", "hart-hart-hart-hart", "c.hart c.hart c.hart",
        "corp.example 12345", "CorpCorpCorpCorp", "charlie hart charlie hart",
    ],
)  # fmt: skip
def test_what_is_known_of_somebody_is_no_password_of_theirs(password: str):
    email = "c.hart@corp.example"
    owner = User.new("chart", "Charlie Hart", email, Role.MANAGER, datetime.now(UTC))
    with pytest.raises(Invalid, match="too easy to guess"):
        require_good(password, 15, *words_of(owner))
    require_good(password, 15, "somebody", "Else Entirely", "x@other.example")
    for good in ("charlie plants a hart", "example of other words", "my hart will go on"):
        require_good(good, 15, *words_of(owner))


def test_the_shipped_list_is_folded_and_free_of_what_is_refused_anyway():
    text = resource("passwords/common.txt").read_text(encoding="utf-8")
    words = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(words) > 300
    assert len(set(words)) == len(words)
    assert all(len(word) >= 8 and word == folded(word) for word in words)


def test_a_one_time_password_is_good():
    require_good(one_time_password(), 16, "alice")


def test_no_more_are_hashed_at_once_than_there_are_processors(monkeypatch: pytest.MonkeyPatch):
    lock, under_way, most = threading.Lock(), 0, 0
    hashed = bcrypt.hashpw

    def hash_slowly(*arguments: bytes) -> bytes:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        try:
            return hashed(*arguments)
        finally:
            with lock:
                under_way -= 1

    monkeypatch.setattr(bcrypt, "hashpw", hash_slowly)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: hash_password("some words together", 8), range(48)))
    assert 1 <= most <= (os.cpu_count() or 1)
