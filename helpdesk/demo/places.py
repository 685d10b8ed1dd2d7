# SPDX-License-Identifier: GPL-3.0-or-later
"""The sites of the made-up company and who works where, so that people and texts agree."""

from __future__ import annotations

SITES = ("Lyon", "Leeds", "Porto", "Gdansk", "Austin", "Pune")
UTC_OFFSETS = (1, 0, 0, 1, -6, 5)
"""Hours ahead of UTC at each site, near enough for an office rhythm."""

_SITE_OF_TWENTY = (0, 0, 1, 2, 3, 0, 1, 4, 0, 2, 5, 1, 0, 3, 2, 0, 1, 5, 3, 4)
SITE_SIZES = tuple(_SITE_OF_TWENTY.count(site) for site in range(len(SITES)))


def site_of(person: int) -> int:
    """Return the index of the site where the person with this index works."""
    return _SITE_OF_TWENTY[person % len(_SITE_OF_TWENTY)]
