# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes text from people safe to store alike in every database."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints

SUBJECT_LIMIT = 250
BODY_LIMIT = 1_000_000
NAME_LIMIT = 200
TAG_LIMIT = 50
SEARCH_LIMIT = 10_000

HIT_START, HIT_END = "\x02", "\x03"
"""The marks around a hit in an excerpt of a search; no stored text can hold them."""

_UNSTORABLE = re.compile(f"[\x00{HIT_START}{HIT_END}\ud800-\udfff]")
_LINE_BREAKS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]+")


def storable(text: str) -> str:
    """Replace NUL, the marks of a hit and lone surrogates by U+FFFD; fold line ends to ``\\n``.

    SQLite would keep a NUL and then cut the text at it, PostgreSQL refuses it, and a lone
    surrogate cannot be encoded at all; replacing them is the same on both.
    """
    return _UNSTORABLE.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")


def single_line(text: str) -> str:
    """Collapse control characters and line breaks to spaces, for subjects and names."""
    return _LINE_BREAKS.sub(" ", storable(text)).strip()


def folded(text: str) -> str:
    """Fold case and compatibility forms, for comparing names on every database alike."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def ellipsis(text: str, limit: int) -> str:
    """Cut ``text`` to ``limit`` characters, the last of them '…' where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def only_text(value: Any) -> Any:
    """Make a value storable if it is text; what else it is, its type tells later."""
    return storable(value) if isinstance(value, str) else value


def one_line(limit: int) -> BeforeValidator:
    """Make one line of a text, but leave one that is too long as it was sent, to be refused."""

    def made(value: Any) -> Any:
        return single_line(value) if isinstance(value, str) and len(value) <= limit else value

    return BeforeValidator(made)


def _without_outer_blanks(value: str) -> str:
    return value.strip("\n ").rstrip()


Line = Annotated[str, one_line(NAME_LIMIT), StringConstraints(max_length=NAME_LIMIT)]
Subject = Annotated[str, one_line(SUBJECT_LIMIT), StringConstraints(max_length=SUBJECT_LIMIT)]
SearchText = Annotated[str, BeforeValidator(only_text), StringConstraints(max_length=SEARCH_LIMIT)]
Body = Annotated[
    str,
    BeforeValidator(only_text),
    AfterValidator(_without_outer_blanks),
    StringConstraints(max_length=BODY_LIMIT),
]
TagName = Annotated[
    str,
    one_line(TAG_LIMIT),
    StringConstraints(min_length=1, max_length=TAG_LIMIT, pattern=r"^[^\s,;:\"]+$"),
]
"""One word, so that a query can name it."""
