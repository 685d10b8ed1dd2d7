# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds canned replies by words of their names, folders and texts, the best first."""

from __future__ import annotations

from collections.abc import Iterable

from helpdesk.core.schemas.macros import MacroView
from helpdesk.core.text import folded


def found(macros: Iterable[MacroView], text: str) -> list[MacroView]:
    """Return those that have all words: by name before by folder and text, often used first."""
    words = folded(text).split()
    hits = [(_rank(each, words), each) for each in macros]
    fitting = [(rank, each) for rank, each in hits if rank is not None]
    fitting.sort(key=lambda hit: (hit[0], -hit[1].used, folded(hit[1].name)))
    return [each for _, each in fitting]


def _rank(macro: MacroView, words: list[str]) -> int | None:
    name = folded(macro.name)
    if all(word in name for word in words):
        return 0 if not words or name.startswith(words[0]) else 1
    around = f"{name} {folded(macro.folder)}"
    if all(word in around for word in words):
        return 2
    return 3 if all(word in f"{around} {folded(macro.body)}" for word in words) else None
