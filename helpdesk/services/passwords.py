# SPDX-License-Identifier: GPL-3.0-or-later
"""Hashes and verifies passwords of any length with bcrypt.

bcrypt reads 72 bytes at the most, so a password is first normalised (NFKC, as NIST SP 800-63B
advises) and condensed by HMAC-SHA-384 in Base64 (64 bytes, never a NUL; keyed, so that a stolen
hash cannot be tried against plain SHA collections). The stored text begins with the name of
this scheme, so that another one can follow.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import string
import unicodedata
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

import bcrypt

from helpdesk.core.errors import Invalid
from helpdesk.core.paths import resource
from helpdesk.core.text import folded

if TYPE_CHECKING:
    from helpdesk.models import User

LONGEST_BYTES = 1024

_SCHEME = "hmac-sha384-bcrypt:"
_LABEL = b"helpdesk password v1"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 4
_PROGRAM = "helpdesk"
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiopasdfghjklzxcvbnm")
_DECORATION = string.digits + string.punctuation + string.whitespace
_LONGEST_RHYTHM = 3
_SHORTEST_PART = 3
"""Letters of a name that by themselves are worth being tried."""
# More at once than there are processors would only make all of them late, and the rest too.
_AT_ONCE = BoundedSemaphore(max(1, os.cpu_count() or 1))
_RANDOM_COST = 4
_UNUSABLE = f"A password has between 1 and {LONGEST_BYTES} bytes; choose another."
_EASY = "That password is too easy to guess; choose a few words that only you would put together."


def hash_password(password: str, cost: int) -> str:
    """Return what to store. Raises ``Invalid`` for an empty or over-long password."""
    condensed = _condensed(password)
    if condensed is None:
        raise Invalid(_UNUSABLE, field="new_password")
    return _SCHEME + _hashed(condensed, cost).decode("ascii")


def hash_random(password: str) -> str:
    """Return what to store of a password that ``one_time_password`` made.

    Nobody guesses 79 random bits, however quick a try is: hundreds of accounts of a file can have
    one at once.
    """
    return hash_password(password, _RANDOM_COST)


def is_right(password: str, stored: str | None, cost: int) -> bool:
    """Return whether a password fits what is stored.

    It takes as long when nothing is stored, and when that was hashed at a lower cost.
    """
    condensed = _condensed(password)
    if condensed is None:
        return False
    if stored is None or not stored.startswith(_SCHEME):
        _hashed(condensed, cost)
        return False
    try:
        kept = stored.removeprefix(_SCHEME).encode()
        with _AT_ONCE:
            fits = bcrypt.checkpw(condensed, kept)
    except ValueError:
        # What is stored is damaged; another password can still be set.
        return False
    if _cost_of(kept) < cost:
        _hashed(condensed, cost)
    return fits


def _cost_of(kept: bytes) -> int:
    """Return the cost that a hash of bcrypt names: ``$2b$12$...``."""
    return int(kept.split(b"$")[2])


def _hashed(condensed: bytes, cost: int) -> bytes:
    with _AT_ONCE:
        return bcrypt.hashpw(condensed, bcrypt.gensalt(cost))


def words_of(user: User) -> tuple[str, ...]:
    """Return what anybody knows of somebody, and would try first: the user name comes first."""
    local, _, domain = (user.email or "").partition("@")
    return (user.username, user.full_name, local, domain, domain.partition(".")[0])


def require_good(password: str, minimum: int, username: str, *words: str) -> None:
    """Raise ``Invalid`` for a password nobody should have; ``words`` are known of its owner."""
    if len(password) < minimum:
        raise Invalid(
            f"Choose a password of at least {minimum} characters; a few words are best.",
            field="new_password",
        )
    if _condensed(password) is None:
        raise Invalid(_UNUSABLE, field="new_password")
    if password.casefold() == username.casefold():
        raise Invalid("Choose a password that is not your user name.", field="new_password")
    if _is_easy(folded(password), _context(username, *words)):
        raise Invalid(_EASY, field="new_password")


def one_time_password() -> str:
    """Return a random password that is easy to read out: about 79 bits in four groups."""
    groups = (
        "".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
    )
    return "-".join(groups)


def _context(*words: str) -> frozenset[str]:
    """Return some words as somebody would type them, as a whole and part by part."""
    whole = [folded(word) for word in words]
    parts = [part for word in whole for part in re.split(r"[\W_]+", word)]
    return frozenset(
        part for word in whole for part in (word, re.sub(r"[\W_]+", "", word)) if part
    ) | {part for part in parts if len(part) >= _SHORTEST_PART}


def _is_easy(password: str, context: frozenset[str]) -> bool:
    """Return whether a folded password is among the first that anybody would try.

    That is a well-known one, what is known of its owner or the program's name, alone or again and
    again, and what a finger types along a row of keys; digits and signs around it make it no
    better.
    """
    known = {_PROGRAM, *context, *_common()}
    bare = password.strip(_DECORATION) or password
    whole = {password, bare, "".join(bare.split()) or bare}
    units = {_unit(word) for word in whole}
    if any(len(unit) <= _LONGEST_RHYTHM for unit in units):
        return True
    joined = re.sub(r"[\W_]+", "", bare)
    if joined and (joined in known or _unit(joined) in known):
        return True
    return any(word in known or _is_row(word) for word in whole | units)


def _unit(text: str) -> str:
    """Return the shortest text that ``text`` repeats; the last time may be cut short."""
    lengths = range(1, len(text))
    return next((text[:n] for n in lengths if text.startswith(text[n:])), text)


def _is_row(word: str) -> bool:
    return any(word in row * 3 or word[::-1] in row * 3 for row in _ROWS)


@cache
def _common() -> frozenset[str]:
    text = resource("passwords/common.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def _condensed(password: str) -> bytes | None:
    # The length is looked at first: normalising megabytes would be work for a stranger to order.
    if not password or len(password) > LONGEST_BYTES:
        return None
    try:
        normal = unicodedata.normalize("NFKC", password).encode("utf-8")
    except UnicodeEncodeError:
        return None
    if len(normal) > LONGEST_BYTES:
        return None
    return base64.b64encode(hmac.new(_LABEL, normal, hashlib.sha384).digest())
