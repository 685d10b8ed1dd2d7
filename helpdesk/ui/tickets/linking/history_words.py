# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what the history tells of followers, links, merges and splits."""

from __future__ import annotations

from helpdesk.core.schemas.tickets import EventView

WATCHED = ("watchers", "ticket")
"""Fields of entries that tell of a follower, or of a linked ticket."""
_WORDS = {
    ("merged", "into"): "merged it into",
    ("merged", "from"): "merged into it",
    ("unmerged", "into"): "undid its merge into",
    ("unmerged", "from"): "undid the merge of",
    ("split", "into"): "split off",
    ("split", "from"): "split it from",
}
LINKED = tuple({kind for kind, _ in _WORDS})
"""Kinds of entries that tell of another ticket."""


def linked_sentence(event: EventView, who: str) -> str:
    """Say one entry in words."""
    other = event.new or event.old or ""
    if event.field == "watchers":
        verb = "follows it" if event.new else "no longer follows it"
        return f"{other} {verb}" if other == who else f"{other} {verb} ({who})"
    if event.field == "ticket":
        return f"{who} linked: {other}" if event.new else f"{who} unlinked: {other}"
    verb = _WORDS.get((event.kind, event.field or ""), event.kind)
    return f"{who} {verb} {other}"
