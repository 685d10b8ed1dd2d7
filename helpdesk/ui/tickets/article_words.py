# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes of an article's Markdown what can be read in a reply: its steps and tables stay."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpdesk.core.markdown import article_in, is_no_prose

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+")
_CODE = re.compile(r"((`{1,3})(?!`)[^`\n]{1,400}(?<!`)\2(?!`))")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_HIDDEN = re.compile("[\ue000-\ue07f]")
_TARGET = r"\([ \t]{0,9}<?(?P<to>[^\s()<>]{0,2000})>?(?:[ \t]{1,9}\"[^\"\n]{0,400}\")?[ \t]{0,9}\)"
_PICTURE = re.compile(rf"!\[[^\[\]\n]{{0,400}}\]{_TARGET}")
_LINK = re.compile(rf"\[(?P<words>[^\[\]\n]{{0,400}})\]{_TARGET}")
_BARE = re.compile(r"<((?:https?://|mailto:)[^\s<>]{1,2000})>", re.IGNORECASE)
_MARKED = (
    re.compile(r"\*\*(?=[^\s*])([^\n]{1,400}?)(?<=[^\s*])\*\*"),
    re.compile(r"(?<!\w)__(?=[^\s_])([^\n]{1,400}?)(?<=[^\s_])__(?!\w)"),
    re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,400}?)(?<=\S)\*(?![\w*])"),
    re.compile(r"(?<![\w_])_(?=[^\s_])([^_\n]{1,400}?)(?<=\S)_(?![\w_])"),
)
_SHIFT = 0xE000
"""Signs that are not at work stand among the private characters until the others are gone."""


def reply_words(markdown: str) -> str:
    """Return Markdown without what only a renderer wants; what it says stands as it stood."""
    lines = list(_lines(markdown, bare=is_no_prose(markdown)))
    return "\n".join(lines).strip("\n")


def _lines(markdown: str, *, bare: bool) -> Iterator[str]:
    fence, was_empty = "", True
    for line in markdown.splitlines():
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
            said = line
        elif fence:
            said = line
            if found and found[1].startswith(fence):
                fence = ""
        else:
            said = line if bare else _plain(line)
            if not said.strip() and (was_empty or line.strip()):
                # A line that showed a picture alone, or what it stood apart by.
                continue
        was_empty = not said.strip()
        yield said.rstrip()


def _plain(line: str) -> str:
    """Take the marks off a line, but not those in its code."""
    parts = _CODE.split(_HEADING.sub("", _HIDDEN.sub("", line)))
    # Each piece of code is followed by the group of its own signs.
    return "".join(
        part if place % 3 == 1 else _without_marks(part)
        for place, part in enumerate(parts)
        if place % 3 != 2
    )


def _without_marks(text: str) -> str:
    text = _ESCAPED.sub(lambda found: chr(_SHIFT + ord(found[1])), text)
    text = _LINK.sub(_link_words, _PICTURE.sub("", text))
    text = _BARE.sub(r"\1", text)
    for pattern in _MARKED:
        text = pattern.sub(r"\1", text)
    return _HIDDEN.sub(lambda found: chr(ord(found[0]) - _SHIFT), text)


def _link_words(found: re.Match[str]) -> str:
    words, number = found["words"], article_in(found["to"])
    if number is None or not words.strip():
        return words or found["to"]
    named = f"KB-{number}"
    return words if named in words.split() else f"{words} ({named})"
