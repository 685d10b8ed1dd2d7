# SPDX-License-Identifier: GPL-3.0-or-later
"""How Markdown is written: what a button or Enter makes of the text around the cursor."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

TABLE = "| Column | Column |\n| --- | --- |\n|  |  |\n"
_ITEM = re.compile(r"^(?P<indent>[ \t]*)(?P<mark>[-*+]|\d{1,9}[.)])(?P<gap>[ \t]+)"
                   r"(?P<task>\[[ xX]\][ \t]+)?(?P<text>.*)$")  # fmt: skip
_QUOTED = re.compile(r"^(?P<mark>[ \t]*(?:>[ \t]?)+)(?P<text>.*)$")
_HEADING = re.compile(r"^(#{1,6})[ \t]+")
_BULLET = re.compile(r"^([ \t]*)[-*+][ \t]+")
_NUMBER = re.compile(r"^([ \t]*)\d{1,9}[.)][ \t]+")
_QUOTE = re.compile(r"^[ \t]*>[ \t]?")
_ADDRESS = re.compile(r"(?:https?://|mailto:)\S+", re.IGNORECASE)
_SPECIAL = re.compile(r"([\\`*_\[\]<>])")
_LEVELS = {0: "## ", 2: "### "}
"""What follows a line without a heading, and one of the second level; after others, none."""


class Edit(NamedTuple):
    """A text that takes the place of the chosen one, and what is chosen in it then."""

    text: str
    start: int
    end: int


def wrapped(chosen: str, mark: str, before: str, after: str) -> tuple[Edit, int]:
    """Put marks around what is chosen, or take them away.

    ``before`` and ``after`` stand around it. Also returns how many characters on either side of
    the chosen text the edit takes the place of, too.
    """
    size = len(mark)
    if _ends_in(before, mark) and _ends_in(after[::-1], mark):
        return Edit(chosen, 0, len(chosen)), size
    if len(chosen) >= 2 * size and chosen.startswith(mark) and chosen.endswith(mark):
        bare = chosen[size:-size]
        return Edit(bare, 0, len(bare)), 0
    inner = chosen.strip()
    lead = chosen[: len(chosen) - len(chosen.lstrip())] if inner else ""
    trail = chosen[len(chosen.rstrip()) :] if inner else chosen
    start = len(lead) + size
    return Edit(f"{lead}{mark}{inner}{mark}{trail}", start, start + len(inner)), 0


def _ends_in(text: str, mark: str) -> bool:
    """Return whether a text ends in just this mark: one star, but not two."""
    run = len(text) - len(text.rstrip(mark[0]))
    return run == len(mark) or run == 3


def with_headings(lines: Sequence[str]) -> list[str]:
    """Make lines headings, headings smaller ones, and the smallest plain lines."""
    found = _HEADING.match(lines[0])
    prefix = _LEVELS.get(len(found[1]) if found else 0, "")
    return [prefix + _HEADING.sub("", line) for line in lines]


def with_bullets(lines: Sequence[str]) -> list[str]:
    """Make lines items of a list, or plain lines if all of them are."""
    return _toggled(lines, _BULLET, (_NUMBER,), lambda _: "- ")


def with_numbers(lines: Sequence[str]) -> list[str]:
    """Make lines items of a numbered list, or plain lines if all of them are."""
    return _toggled(lines, _NUMBER, (_BULLET,), lambda place: f"{place}. ")


def quoted(lines: Sequence[str]) -> list[str]:
    """Make lines a quotation, or plain lines if all of them are."""
    if all(_QUOTE.match(line) for line in lines):
        return [_QUOTE.sub("", line) for line in lines]
    return [f"> {line}".rstrip() if line.strip() else ">" for line in lines]


def _toggled(
    lines: Sequence[str],
    own: re.Pattern[str],
    others: Sequence[re.Pattern[str]],
    mark: Callable[[int], str],
) -> list[str]:
    filled = [line for line in lines if line.strip()]
    if filled and all(own.match(line) for line in filled):
        return [own.sub(r"\1", line) for line in lines]
    made: list[str] = []
    place = 0
    for line in lines:
        if not line.strip() and len(lines) > 1:
            made.append(line)
            continue
        place += 1
        bare = line
        for pattern in (own, *others):
            bare = pattern.sub(r"\1", bare)
        indent = bare[: len(bare) - len(bare.lstrip())]
        made.append(f"{indent}{mark(place)}{bare.lstrip()}")
    return made


def as_code(chosen: str) -> str:
    """Return several lines as a block of code, or a block of code as its lines."""
    lines = chosen.split("\n")
    if len(lines) > 2 and lines[0].startswith("```") and lines[-1].strip("`") == "":
        return "\n".join(lines[1:-1])
    longest = max((len(run) for run in re.findall("`{3,}", chosen)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{chosen}\n{fence}"


def web_link(chosen: str) -> Edit:
    """Return a link to the web: the words or the address are there already, the other is asked."""
    if _ADDRESS.fullmatch(chosen.strip()):
        return Edit(f"[]({chosen.strip()})", 1, 1)
    start = len(chosen) + 3
    return Edit(f"[{chosen}](https://)", start, start + len("https://"))


def continued(line: str) -> str | None:
    """Return what Enter begins the next line with, ``""`` to end the list, ``None`` for no list."""
    item = _ITEM.match(line)
    if item:
        if not item["text"].strip():
            return ""
        mark = item["mark"]
        if mark[:-1].isdigit():
            mark = f"{int(mark[:-1]) + 1}{mark[-1]}"
        task = "[ ] " if item["task"] else ""
        return f"{item['indent']}{mark}{item['gap']}{task}"
    quote = _QUOTED.match(line)
    if quote:
        return quote["mark"] if quote["text"].strip() else ""
    return None


def article_link(title: str, number: str) -> str:
    """Return the link to an article, with none of the title's signs at work."""
    return f"[{escaped(title)}]({number})"


def escaped(text: str) -> str:
    """Return words as Markdown that shows them as they are."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
