# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is given a ticket: who has the least to do, or whose turn it is, and why in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from helpdesk.rules.phrases import counted


class Candidate(NamedTuple):
    """Somebody on duty."""

    id: int
    name: str
    open_tickets: int


class Choice(NamedTuple):
    """Who was chosen, and why."""

    id: int
    name: str
    why: str


def least_busy(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return those who have the fewest open tickets: one, or several who have as few."""
    fewest = min((each.open_tickets for each in candidates), default=0)
    return tuple(each for each in candidates if each.open_tickets == fewest)


def by_workload(candidates: Sequence[Candidate], newest: Mapping[int, int]) -> Choice:
    """Choose who has the fewest open tickets; of several, who has waited longest for a new one.

    ``newest`` holds each one's newest ticket; who has none has waited longest.
    """
    among = least_busy(candidates)
    chosen = min(among, key=lambda each: (newest.get(each.id, 0), each.id))
    tickets = counted(chosen.open_tickets, "open ticket")
    if len(candidates) == 1:
        return Choice(chosen.id, chosen.name, f"{tickets}, the only one on duty")
    why = f"{tickets}, the fewest of {len(candidates):,} on duty"
    if len(among) > 1:
        why += f", and longest without a new one of {len(among):,} who have as few"
    return Choice(chosen.id, chosen.name, why)


def in_turn(candidates: Sequence[Candidate], last_id: int | None) -> Choice:
    """Choose who comes after the last one, by the order of their accounts."""
    ordered = sorted(candidates, key=lambda each: each.id)
    later = [each for each in ordered if each.id > (last_id or 0)]
    chosen = (later or ordered)[0]
    if len(candidates) == 1:
        return Choice(chosen.id, chosen.name, "the only one on duty")
    return Choice(chosen.id, chosen.name, f"next in turn of {len(candidates):,} on duty")
