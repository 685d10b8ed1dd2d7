# SPDX-License-Identifier: GPL-3.0-or-later
"""The slices of all tickets that sums are kept of, so that a figure costs days, not tickets."""

from __future__ import annotations

from enum import IntEnum


class Slice(IntEnum):
    """A way to take the tickets apart; the numbers are stored.

    The first id of a row is what stands first in the name, the second what stands second.
    """

    ALL = 1
    CATEGORY = 2
    PRIORITY = 3
    """By rank: 1 is Urgent."""
    TEAM = 4
    TEAM_CATEGORY = 5
    TEAM_PRIORITY = 6
    TEAM_TECHNICIAN = 7
    TECHNICIAN = 8
    TECHNICIAN_CATEGORY = 9
    TECHNICIAN_PRIORITY = 10
