# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes out of a text what nobody sees but a terminal, a model or a renderer obeys."""

from __future__ import annotations

import re

from helpdesk.core.text import ellipsis

_TERMINAL = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles and links
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours and cursor moves
    r"|\x1b[ -/]*[0-~]"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    # Tags and variation selectors spell whole sentences that only a model reads.
    "\U000e0000-\U000e01ef]"
)
_SELECTORS = re.compile("[\ufe00-\ufe0f]{2,}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")


def plain(text: str, limit: int) -> str:
    """Return a text without invisible and control characters, at most ``limit`` long.

    Line breaks and tabs stay, more than one empty line becomes one, and '…' ends a cut text.
    """
    return ellipsis(_seen(text), limit)


def one_line(text: str, limit: int) -> str:
    """Return a text as one line without invisible characters, at most ``limit`` long."""
    return ellipsis(" ".join(_seen(text).split()), limit)


def has_unseen(text: str) -> bool:
    """Whether a text holds characters that spell something a person does not see.

    A single one is no sign: many programs put a joiner or a byte order mark into what is copied.
    """
    return len(_UNSEEN.findall(text)) + sum(map(len, _SELECTORS.findall(text))) >= _SUSPICIOUS


_SUSPICIOUS = 8


def _seen(text: str) -> str:
    text = _LINE_ENDS.sub("\n", _TERMINAL.sub("", _whole_characters(text)))
    text = _SELECTORS.sub("", _UNSEEN.sub("", text))
    return _EMPTY_LINES.sub("\n\n", text).strip()


def _whole_characters(text: str) -> str:
    """Join the halves of characters that came in two pieces, and replace what has no other half."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
