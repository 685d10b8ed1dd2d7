# SPDX-License-Identifier: GPL-3.0-or-later
"""The sums of a day as one whole number, so that a ticket is added to them in one addition.

Each sum has a lane of 64 bits; amounts may be negative, as long as they are taken off again.
"""

from __future__ import annotations

import struct

COLUMNS = (
    "created",
    "resolved",
    "closed",
    "now_new",
    "now_open",
    "now_in_progress",
    "now_awaiting",
    "unassigned",
    "responded",
    "response_seconds",
    "response_met",
    "response_missed",
    "resolution_seconds",
    "resolution_met",
    "resolution_missed",
    "reopened",
    "escalated",
    "score_1",
    "score_2",
    "score_3",
    "score_4",
    "score_5",
    "suggested",
    "accepted",
    "avoided",
    "timed",
    "seconds_new",
    "seconds_open",
    "seconds_in_progress",
    "seconds_awaiting",
)
"""The columns of sums, as ``daily_figure`` has them; histograms are kept beside them."""

_LANE = 64
_HALF = 1 << (_LANE - 1)
_LAYOUT = struct.Struct(f"<{len(COLUMNS)}Q")
_LIFTED = sum(_HALF << (_LANE * place) for place in range(len(COLUMNS)))
"""Lifts every lane above zero, so that none borrows from the next."""

ONE = {name: 1 << (_LANE * place) for place, name in enumerate(COLUMNS)}
"""One of each column; sums are added up of multiples of these."""


def amounts(sums: int) -> tuple[int, ...]:
    """Return the sums in the order of ``COLUMNS``."""
    lanes = _LAYOUT.unpack((sums + _LIFTED).to_bytes(_LAYOUT.size, "little"))
    return tuple([lane - _HALF for lane in lanes])


def packed(values: tuple[int, ...]) -> int:
    """Return the sums whose amounts are given in the order of ``COLUMNS``."""
    lifted = _LAYOUT.pack(*(value + _HALF for value in values))
    return int.from_bytes(lifted, "little") - _LIFTED
